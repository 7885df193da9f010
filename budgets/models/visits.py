"""On-the-spot visits (Regulation (EU) 2021/1060, Art. 74(2)): planned, made, and what was found, until it is closed."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models import Evidence
from budgets.models.checklists import Checklist, ChecklistAnswer, ChecklistQuestion
from budgets.models.claims import Claim, ClaimLine
from budgets.models.verification import LineDecision
from core.access import Permission
from core.ids import uuid7
from core.models import Organisation
from core.money import EUR
from projects.models import Project, reach


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, user, permission: Permission = Permission.CLAIM_VIEW) -> VisitQuerySet:
        """Those of the own projects; one that is not announced only for the office and auditors until it is made."""
        seen = self.filter(reach(user, permission).projects_q("project__"))
        office = reach(user, Permission.VISIT_INTERNAL)
        if office.everywhere:
            return seen
        return seen.filter(Q(announced=True) | ~Q(state__in=["planned", "cancelled"]) | office.projects_q("project__"))

    def late(self, today: date) -> VisitQuerySet:
        """Planned for a day that has passed, or with a finding the school has not answered in time."""
        steps = FindingStep.objects.filter(finding=OuterRef("pk"))
        open_ones = Finding.objects.filter(visit=OuterRef("pk"), due_on__lt=today).exclude(Exists(steps))
        return self.filter(Q(state="planned", planned_on__lt=today) | Q(state="done") & Exists(open_ones))


class Visit(models.Model):
    """Officers look at a project where it happens. What was recorded of a visit is final."""

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("visit state", "Planned")
        DONE = "done", pgettext_lazy("visit state", "Made")
        CLOSED = "closed", pgettext_lazy("visit state", "Closed")
        CANCELLED = "cancelled", pgettext_lazy("visit state", "Cancelled")

    MOVES = {(State.PLANNED, State.DONE), (State.PLANNED, State.CANCELLED), (State.DONE, State.CLOSED)}

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="visits")
    number = models.PositiveSmallIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    planned_on = models.DateField(_("planned for"))
    announced = models.BooleanField(_("the school is told"), default=True)
    partner = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("school or partner")
    )
    place = models.CharField(_("place"), max_length=200, blank=True)
    claims = models.ManyToManyField(Claim, blank=True, related_name="visits", verbose_name=_("payment claims"))
    goes = models.CharField(_("who goes"), max_length=300)
    about = models.TextField(_("what is looked at"))
    checklist = models.ForeignKey(Checklist, models.PROTECT, null=True, blank=True, related_name="visits")
    done_on = models.DateField(_("made on"), null=True, blank=True)
    result = models.TextField(_("short result"), blank=True)
    note = models.TextField(_("internal note"), blank=True)
    papers = models.ManyToManyField(Evidence, blank=True, related_name="visits", verbose_name=_("evidence"))
    version = models.PositiveIntegerField(pgettext_lazy("of a record", "version"), default=1)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(_("entered"))
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("on-the-spot visit")
        verbose_name_plural = _("on-the-spot visits")
        ordering = ["project_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="visit_number_once_per_project"),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "cancelled"], done_on=None)
                | (Q(state__in=["done", "closed"], done_on__isnull=False) & ~Q(result="")),
                name="visit_made_has_day_and_result",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id}/{self.number}"


class VisitAnswer(models.Model):
    """What the officers answered on the checklist when the visit was recorded. Rows only come."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="answers")
    question = models.ForeignKey(ChecklistQuestion, models.PROTECT, related_name="visit_answers")
    answer = models.CharField(_("answer"), max_length=3, choices=ChecklistAnswer.Answer)
    remark = models.TextField(_("remark"), blank=True)

    class Meta:
        verbose_name = _("answer on the checklist of a visit")
        verbose_name_plural = _("answers on checklists of visits")
        ordering = ["question__position"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "question"], name="visitanswer_once"),
            models.CheckConstraint(condition=~Q(answer="no") | ~Q(remark=""), name="visitanswer_no_is_explained"),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id}/{self.question_id} {self.answer}"


class Finding(models.Model):
    """Something a visit found wrong. It changes no money: a decision or a correction of the claim does."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="findings")
    number = models.PositiveSmallIntegerField(_("number"))
    line = models.ForeignKey(ClaimLine, models.PROTECT, null=True, blank=True, related_name="findings")
    error = models.CharField(_("type of error"), max_length=12, choices=LineDecision.Error)
    text = models.TextField(_("what was found"))
    amount = models.DecimalField(_("amount proposed"), null=True, blank=True, **EUR)
    due_on = models.DateField(_("to be answered until"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("finding of a visit")
        verbose_name_plural = _("findings of visits")
        ordering = ["visit_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "number"], name="finding_number_once_per_visit"),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gt=0),
                name="finding_amount_above_zero",
                violation_error_message=_("Enter an amount above 0."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id}/{self.number}"

    @property
    def closed(self) -> bool:
        """Reads its steps."""
        return any(step.kind == FindingStep.Kind.CLOSED for step in self.steps.all())


class FindingStep(models.Model):
    """What the school answered to a finding, and how the office closed it. Rows only come."""

    class Kind(models.TextChoices):
        ANSWER = "answer", pgettext_lazy("step of a finding", "Answer of the school")
        CLOSED = "closed", pgettext_lazy("step of a finding", "Closed by the office")

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=8, choices=Kind)
    text = models.TextField(_("text"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("step of a finding")
        verbose_name_plural = _("steps of findings")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["finding"], condition=Q(kind="closed"), name="finding_closed_once")
        ]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.kind}"
