"""Payment claims: what is claimed for a period, and the moves a claim makes from draft to its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models import Evidence
from budgets.models.costs import ReportedCost
from core.access import Permission
from core.ids import uuid7
from core.models.outages import Outage, days_down, moved
from core.money import EUR
from projects.models import Clarification, ContractVersion, Project, reach

DOWN = ("from_at", "to_at", "reason")  # of an outage, what a clock reads
TERM = 80
"""Days within which the beneficiary is paid, counted from the claim (Regulation (EU) 2021/1060, Art. 74(1)(b))."""


@dataclass(frozen=True)
class Clock:
    """How far the term of a claim has run: its day today, its last day, since when it stands still (None: it runs)."""

    day: int
    due_on: date
    stopped: date | None = None
    of: int = TERM
    planned: date | None = None  # the last day before it moved, for the portal itself was down on it
    because: str = ""  # why the portal was down

    @property
    def over(self) -> bool:
        return self.day > self.of + ((self.due_on - self.planned).days if self.planned else 0)

    @property
    def soon(self) -> bool:
        return self.day >= 60


def run_clock(received_on: date, waits: Iterable[tuple[date, date | None]], today: date) -> Clock:
    """The clock of a claim received on a day. `waits` are the times the school was asked, from a day to a day (None:
    still); each moves the last day by as many days, and days on which two overlap move it once."""
    spans = sorted((max(since, received_on), min(until or today, today)) for since, until in waits if since <= today)
    lost, reached = 0, received_on
    for since, until in spans:
        if until > reached:
            lost += (until - max(since, reached)).days
            reached = until
    stopped = min((since for since, until in waits if until is None and since <= today), default=None)
    return Clock((today - received_on).days - lost, received_on + timedelta(days=TERM + lost), stopped)


class ClaimQuerySet(models.QuerySet["Claim"]):
    def visible_to(self, user, permission: Permission = Permission.CLAIM_VIEW) -> ClaimQuerySet:
        """Those of the own projects; a draft only for those who may prepare it."""
        seen, mine = self.filter(reach(user, permission).projects_q("project__")), reach(user, Permission.CLAIM_EDIT)
        return seen if mine.everywhere else seen.filter(~Q(state="draft") | mine.projects_q("project__"))

    def waiting(self) -> ClaimQuerySet:
        """Those an officer has to work on."""
        return self.filter(state__in=Claim.AT_OFFICE)

    def with_clock(self) -> ClaimQuerySet:
        """Fetches what `clock_on` reads, with queries that do not grow with the claims."""
        down = Outage.objects.order_by("from_at", "pk")
        return self.prefetch_related("moves", "questions__clarification__questions__answers").annotate(
            **{f"down_{name}": ArraySubquery(down.values(name)) for name in DOWN}
        )


class Claim(models.Model):
    """A payment claim of a project under one contract version. Its figures are sums of facts, in that contract's
    currency, from the day it is sent."""

    class Kind(models.TextChoices):
        ADVANCE = "advance", _("Advance")
        ADVANCE_VERIFIED = "advance_verified", _("Advance with verification")
        INTERIM = "interim", _("Interim claim")
        FINAL = "final", _("Final claim")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("claim state", "Draft")
        SENT = "submitted", pgettext_lazy("claim state", "Sent")
        IN_CHECK = "in_review", pgettext_lazy("claim state", "In check")
        PROPOSED = "waiting", pgettext_lazy("claim state", "Waits for the second person")
        RETURNED = "returned", pgettext_lazy("claim state", "Returned")
        ACCEPTED = "accepted", pgettext_lazy("claim state", "Accepted")
        REJECTED = "rejected", pgettext_lazy("claim state", "Rejected")
        REOPENED = "reopened", pgettext_lazy("claim state", "Reopened")

    MOVES = {  # (from, to): what one must be allowed to do; who may not be the same person is said in the actions
        (State.DRAFT, State.SENT): Permission.CLAIM_EDIT,
        (State.RETURNED, State.SENT): Permission.CLAIM_EDIT,
        (State.SENT, State.IN_CHECK): Permission.CLAIM_CHECK,
        (State.IN_CHECK, State.RETURNED): Permission.CLAIM_CHECK,
        (State.IN_CHECK, State.REJECTED): Permission.CLAIM_CHECK,
        (State.IN_CHECK, State.PROPOSED): Permission.CLAIM_CHECK,
        (State.REOPENED, State.PROPOSED): Permission.CLAIM_CHECK,
        (State.PROPOSED, State.IN_CHECK): Permission.CLAIM_CHECK,
        (State.PROPOSED, State.ACCEPTED): Permission.CLAIM_CHECK,
        (State.ACCEPTED, State.REOPENED): Permission.CLAIM_CHECK,
    }
    EDITED = (State.DRAFT, State.RETURNED)  # the school works on it
    CHECKED = (State.IN_CHECK, State.REOPENED)  # lines are decided
    AT_OFFICE = (State.SENT, State.IN_CHECK, State.PROPOSED, State.REOPENED)

    class Declaration(models.TextChoices):
        """What whoever sends a claim declares."""

        TRUE = "true", _("The costs were incurred and paid for this project and stand in our accounts.")
        ONCE = "once", _("No cost here is claimed from another programme or fund (Art. 63(9)).")
        KEPT = "kept", _("The documents are kept and open to checks and audits (Art. 82).")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="claims")
    contract = models.ForeignKey(ContractVersion, models.PROTECT, related_name="claims")
    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"))
    advance = models.DecimalField(_("amount of the advance"), null=True, blank=True, **EUR)
    results = models.TextField(_("what was done and reached"), blank=True)
    declarations = models.JSONField(_("declarations"), default=list, blank=True)
    reasons = models.JSONField(_("reasons for warnings"), default=dict, blank=True)
    received_on = models.DateField(_("received on"), null=True, blank=True)
    version = models.PositiveIntegerField(pgettext_lazy("of a record", "version"), default=1)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(_("made"))
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment claim")
        verbose_name_plural = _("payment claims")
        ordering = ["project_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="claim_number_once_per_project"),
            models.CheckConstraint(
                condition=Q(to_on__gte=F("from_on")),
                name="claim_ends_after_it_begins",
                violation_error_message=_("The last day lies before the first day."),
            ),
            models.CheckConstraint(
                condition=Q(kind="advance", advance__gt=0) | (~Q(kind="advance") & Q(advance=None)),
                name="claim_advance_has_an_amount",
                violation_error_message=_("Enter the amount of an advance; other claims are made of costs."),
            ),
            models.CheckConstraint(
                condition=Q(state="draft", received_on=None) | (~Q(state="draft") & Q(received_on__isnull=False)),
                name="claim_sent_has_its_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id}/{self.number}"

    def clock_on(self, today: date) -> Clock | None:
        """The clock on a day, None while it is a draft. It ends with the claim. Reads `with_clock` without queries.

        A last day on which the portal was down moves (`core.models.outages`)."""
        if self.received_on is None:
            return None
        waits: list[tuple[date, date | None]] = []
        moves = sorted(self.moves.all(), key=lambda m: m.pk)
        end = None
        for move in moves:
            on = localdate(move.at)
            if move.after == self.State.RETURNED:
                waits.append((on, None))
            elif move.before == self.State.RETURNED and waits:
                waits[-1] = (waits[-1][0], on)
            end = on if move.after in (self.State.ACCEPTED, self.State.REJECTED) else None
        for asked in self.questions.all():
            closed = asked.clarification.closed_at
            for question in asked.clarification.questions.all():
                ends = [a.at for a in question.answers.all()] + ([closed] if closed else [])
                waits.append((localdate(question.asked_at), localdate(min(ends)) if ends else None))
        return self._moved(run_clock(self.received_on, waits, min(today, end) if end else today))

    def _moved(self, clock: Clock) -> Clock:
        """The clock with its last day moved where the portal was down on it."""
        kept = vars(self)
        if "down_from_at" in kept:
            found = list(zip(*(kept[f"down_{name}"] for name in DOWN), strict=True))
        else:
            found = list(Outage.objects.order_by("from_at", "pk").values_list(*DOWN))
        due_on = moved(clock.due_on, days_down((begin, end) for begin, end, _reason in found))
        if due_on == clock.due_on:
            return clock
        because = next(r for begin, end, r in found if localdate(begin) <= clock.due_on <= localdate(end))
        return replace(clock, due_on=due_on, planned=clock.due_on, because=because)


class ClaimMove(models.Model):
    """A state a claim left and the one it came to. Rows only come."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="moves")
    before = models.CharField(max_length=20, choices=Claim.State)
    after = models.CharField(max_length=20, choices=Claim.State)
    comment = models.TextField(_("comment"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("move of a claim")
        verbose_name_plural = _("moves of claims")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class ClaimLineQuerySet(models.QuerySet["ClaimLine"]):
    def held(self) -> ClaimLineQuerySet:
        """Those that hold their cost: neither withdrawn nor parked for a later claim."""
        return self.filter(released=False)


class ClaimLine(models.Model):
    """A reported cost in a claim; without a cost it is the advance itself."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField(_("number"))
    cost = models.ForeignKey(ReportedCost, models.PROTECT, null=True, related_name="claim_lines")
    papers = models.ManyToManyField(Evidence, blank=True, related_name="claim_lines", verbose_name=_("evidence"))
    released = models.BooleanField(_("returns in a later claim"), default=False)

    objects = ClaimLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim line")
        verbose_name_plural = _("claim lines")
        ordering = ["claim_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "number"], name="claimline_number_once"),
            models.UniqueConstraint(
                fields=["cost"],
                condition=Q(released=False),
                name="cost_in_one_claim_only",
                violation_error_message=_("This cost stands in a claim already."),
            ),
            models.UniqueConstraint(fields=["claim"], condition=Q(cost=None), name="claim_one_advance"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id}/{self.number}"


class ClaimQuestions(models.Model):
    """A clarification asked about a claim: while a question of it has no answer, the clock stands still."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="questions")
    clarification = models.OneToOneField(Clarification, models.PROTECT, related_name="asked_about")

    class Meta:
        verbose_name = _("questions about a claim")
        verbose_name_plural = _("questions about claims")

    def __str__(self) -> str:
        return f"{self.claim_id}: {self.clarification_id}"
