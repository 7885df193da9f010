"""Lump sums: what a line promises to deliver, what was delivered, and how a call pays for it.

The rules of a call are data, for they differ from grant agreement to grant agreement and from year to year.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models import Evidence
from core.access import Permission
from core.ids import uuid7
from core.models.texts import Text
from projects.models import Call, Project, reach


class LumpRule(models.Model):
    """How a call pays lump sums; a call without a row pays a line when all it promised is done."""

    class Release(models.TextChoices):
        WHOLE = "whole", _("The whole sum when everything is done, nothing before")
        SHARE = "share", _("The share of each deliverable as it is done")

    call = models.OneToOneField(Call, models.CASCADE, related_name="lump_rule")
    release = models.CharField(_("a lump sum is released"), max_length=10, choices=Release, default=Release.WHOLE)

    class Meta:
        verbose_name = _("rule about lump sums of a call")
        verbose_name_plural = _("rules about lump sums of calls")

    def __str__(self) -> str:
        return f"{self.call} {self.release}"


class ScoreBand(models.Model):
    """By how much a call lowers the grant when the final report scores below a bar; the lowest bar passed counts."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="score_bands")
    below = models.DecimalField(
        _("score below"), max_digits=5, decimal_places=2, help_text=_("Of 100 points, such as 70.")
    )
    lowers = models.DecimalField(_("lowers the grant by, %"), max_digits=5, decimal_places=2)

    class Meta:
        verbose_name = _("score that lowers the grant")
        verbose_name_plural = _("scores that lower the grant")
        ordering = ["call_id", "below"]
        constraints = [
            models.UniqueConstraint(fields=["call", "below"], name="scoreband_once"),
            models.CheckConstraint(
                condition=Q(below__gt=0, below__lte=100, lowers__gt=0, lowers__lte=100),
                name="scoreband_within_a_hundred",
                violation_error_message=_("Enter numbers above 0 and at most 100."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call} < {self.below}: {self.lowers}"


class DeliverableQuerySet(models.QuerySet["Deliverable"]):
    def visible_to(self, user, permission: Permission = Permission.CLAIM_VIEW) -> DeliverableQuerySet:
        return self.filter(reach(user, permission).projects_q("project__"))


class Deliverable(models.Model):
    """Something a lump-sum line promises. `line` is the code of the line, the same in every contract version."""

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("deliverable state", "Planned")
        DELIVERED = "delivered", pgettext_lazy("deliverable state", "Delivered, not decided")
        DONE = "done", pgettext_lazy("deliverable state", "Done")
        NOT_DONE = "not_done", pgettext_lazy("deliverable state", "Not done")

    MOVES = {  # (from, to): what one must be allowed to do; what is done stays done, for a sum may be paid on it
        (State.PLANNED, State.DELIVERED): Permission.CLAIM_EDIT,
        (State.NOT_DONE, State.DELIVERED): Permission.CLAIM_EDIT,
        (State.DELIVERED, State.DONE): Permission.CLAIM_CHECK,  # by another person than the one who delivered
        (State.DELIVERED, State.NOT_DONE): Permission.CLAIM_CHECK,  # with a reason
    }
    OPEN = (State.PLANNED, State.NOT_DONE)  # its plan may change, and it may be delivered

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="deliverables")
    line = models.CharField(_("budget line"), max_length=20)
    name = Text(_("name"))
    due_on = models.DateField(_("due on"))
    share = models.DecimalField(
        _("share of the lump sum, %"), max_digits=5, decimal_places=2, null=True, blank=True,
        help_text=_("Where the call pays by share. The shares of a line make 100."),
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    papers = models.ManyToManyField(Evidence, blank=True, related_name="deliverables", verbose_name=_("evidence"))
    version = models.PositiveIntegerField(pgettext_lazy("of a record", "version"), default=1)
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = DeliverableQuerySet.as_manager()

    class Meta:
        verbose_name = _("deliverable")
        verbose_name_plural = _("deliverables")
        ordering = ["project_id", "line", "due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(share=None) | Q(share__gt=0, share__lte=100),
                name="deliverable_share_is_a_percentage",
                violation_error_message=_("Enter a share above 0 and at most 100, or leave the field empty."),
            ),
        ]

    def __str__(self) -> str:
        return next(iter(self.name.values()), "")


class DeliverableMove(models.Model):
    """A state a deliverable came to, who brought it there and why. Rows only come."""

    deliverable = models.ForeignKey(Deliverable, models.PROTECT, related_name="moves")
    before = models.CharField(max_length=10, choices=Deliverable.State)
    after = models.CharField(max_length=10, choices=Deliverable.State)
    comment = models.TextField(_("comment"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("move of a deliverable")
        verbose_name_plural = _("moves of deliverables")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class Assessment(models.Model):
    """The score of a final report. Rows only come: the newest counts."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="assessments")
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2)
    comment = models.TextField(_("comment"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("assessment of a final report")
        verbose_name_plural = _("assessments of final reports")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=100), name="assessment_score_of_a_hundred"),
        ]

    def __str__(self) -> str:
        return f"{self.project_id}: {self.score}"
