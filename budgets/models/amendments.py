"""Amendments: a copy of the contract that is edited, sent and decided; and what an approved version says for good."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access import Permission
from core.ids import uuid7
from projects.models import ContractVersion, Project, reach


class VersionTerms(models.Model):
    """Everything one contract version says, kept for good: facts, budget lines, targets, partners.

    From the day its terms are kept a version is final: the database refuses to change it or its lines
    (migration `budgets/*_versions_are_final`). `terms` is a tree as `budgets.snapshot` reads it.
    """

    contract = models.OneToOneField(ContractVersion, models.CASCADE, related_name="terms")
    terms = models.JSONField(_("terms"))
    kept_at = models.DateTimeField(_("kept"))

    class Meta:
        verbose_name = _("terms of a contract version")
        verbose_name_plural = _("terms of contract versions")

    def __str__(self) -> str:
        return str(self.contract)


class AmendmentQuerySet(models.QuerySet["Amendment"]):
    def visible_to(self, user, permission: Permission = Permission.AMENDMENT_VIEW) -> AmendmentQuerySet:
        return self.filter(reach(user, permission).projects_q("project__"))

    def open(self) -> AmendmentQuerySet:
        return self.filter(state__in=Amendment.OPEN)


class Amendment(models.Model):
    """A wish to change a contract: `base` is the version it was copied from, `draft` the copy as it was edited.

    Both are trees as `budgets.snapshot` reads them. An approved amendment is a fact: its version is `result`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("amendment state", "Draft")
        SENT = "sent", pgettext_lazy("amendment state", "Waits for a decision")
        RETURNED = "returned", pgettext_lazy("amendment state", "Returned to be corrected")
        APPROVED = "approved", pgettext_lazy("amendment state", "Approved")
        REFUSED = "refused", pgettext_lazy("amendment state", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("amendment state", "Withdrawn")

    MOVES = {  # (from, to): what one must be allowed to do; there are no others
        (State.DRAFT, State.SENT): Permission.AMENDMENT_EDIT,
        (State.DRAFT, State.WITHDRAWN): Permission.AMENDMENT_EDIT,
        (State.SENT, State.RETURNED): Permission.AMENDMENT_DECIDE,  # with a reason
        (State.SENT, State.REFUSED): Permission.AMENDMENT_DECIDE,  # with a reason
        (State.SENT, State.APPROVED): Permission.AMENDMENT_DECIDE,  # by another person than the one who sent it
        (State.RETURNED, State.SENT): Permission.AMENDMENT_EDIT,
        (State.RETURNED, State.WITHDRAWN): Permission.AMENDMENT_EDIT,
    }
    EDITED = (State.DRAFT, State.RETURNED)  # the copy may change
    OPEN = (*EDITED, State.SENT)  # not decided yet
    DECIDED = (State.APPROVED, State.REFUSED)

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="amendments")
    contract = models.ForeignKey(
        ContractVersion, models.PROTECT, related_name="amendments", verbose_name=_("copied from")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    because = models.TextField(_("why the contract should change"))
    base = models.JSONField(_("as it was copied"))
    draft = models.JSONField(_("as it should be"))
    begun_at = models.DateTimeField(_("begun"))
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(_("last changed"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.TextField(_("reason of the decision"), blank=True)
    result = models.OneToOneField(
        ContractVersion, models.PROTECT, null=True, blank=True, related_name="made_by", verbose_name=_("version made")
    )
    carried_at = models.DateTimeField(
        _("targets and partners in force since"), null=True, blank=True,
        help_text=_("Empty until the day from which the approved version is in force."),
    )  # fmt: skip
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = AmendmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("amendment")
        verbose_name_plural = _("amendments")
        ordering = ["-begun_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="approved", result__isnull=False) | (~Q(state="approved") & Q(result=None)),
                name="amendment_approved_makes_a_version",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | Q(sent_at__isnull=False),
                name="amendment_sent_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None) | ~Q(state="approved") | Q(sent_by=None) | Q(decided_by=None)
                | ~Q(sent_by=F("decided_by")),
                name="amendment_approved_by_a_second_person",
                violation_error_message=_("Another person than the one who sent it must approve."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"]) | Q(decided_at__isnull=False),
                name="amendment_decided_has_a_day",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.contract} {self.get_state_display()}"
