"""What is decided on the lines of a claim, and the amounts that follow, as facts that are never changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budgets.models.claims import ClaimLine
from core.money import EUR
from projects.models.contracts import PARTS_MESSAGE, parts_add_up


class LineDecisionQuerySet(models.QuerySet["LineDecision"]):
    def newest(self) -> LineDecisionQuerySet:
        """Of each line the one that counts."""
        return self.order_by("line_id", "-position").distinct("line_id")


class LineDecision(models.Model):
    """What an officer decided on a line. Rows only come: the one with the highest position counts."""

    class Verdict(models.TextChoices):
        ACCEPT = "accept", pgettext_lazy("decision on a claim line", "Accept")
        REDUCE = "reduce", pgettext_lazy("decision on a claim line", "Reduce")
        REFUSE = "refuse", pgettext_lazy("decision on a claim line", "Refuse")
        ASK = "ask", pgettext_lazy("decision on a claim line", "Ask")

    class Error(models.TextChoices):
        DATE = "date", _("Outside the eligible days")
        BUDGET = "budget", _("Not in the budget, or above it")
        EVIDENCE = "evidence", _("Not proved")
        SUM = "sum", _("Calculated wrongly")
        TWICE = "twice", _("Financed twice")
        PROCUREMENT = "procurement", _("Procurement rules not kept")
        VAT = "vat", _("VAT not eligible")
        OTHER = "other", pgettext_lazy("type of error", "Other")

    ARTICLES = {  # of Regulation (EU) 2021/1060, on which a lower amount stands
        Error.DATE: "Art. 63(2)",
        Error.BUDGET: "Art. 73(3)",
        Error.EVIDENCE: "Art. 69(6)",
        Error.SUM: "Art. 53(1)",
        Error.TWICE: "Art. 63(9)",
        Error.PROCUREMENT: "Art. 74(1)(a)",
        Error.VAT: "Art. 64(1)(c)",
        Error.OTHER: "Art. 74(1)(a)",
    }
    line = models.ForeignKey(ClaimLine, models.PROTECT, related_name="decisions")
    position = models.PositiveSmallIntegerField(_("position"))
    verdict = models.CharField(_("decision"), max_length=10, choices=Verdict)
    total = models.DecimalField(_("eligible"), **EUR)
    error = models.CharField(_("type of error"), max_length=20, choices=Error, blank=True)
    comment = models.TextField(_("comment to the school"), blank=True)
    note = models.TextField(_("internal note"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("when"))

    objects = LineDecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision on a claim line")
        verbose_name_plural = _("decisions on claim lines")
        ordering = ["line_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["line", "position"], name="decision_position_once"),
            models.CheckConstraint(
                condition=Q(verdict__in=["accept", "ask"], error="")
                | (Q(verdict__in=["reduce", "refuse"]) & ~Q(error="")),
                name="decision_lower_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(verdict__in=["refuse", "ask"]) | Q(total=0), name="decision_refused_is_nothing"
            ),
            models.CheckConstraint(
                condition=Q(verdict="accept") | Q(verdict="reduce") | ~Q(comment=""), name="decision_is_explained"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}/{self.position} {self.verdict}"


class LineFact(models.Model):
    """An amount on a claim line, in the currency of the claim's contract. Totals are sums of these rows, which are
    never changed: what changes an amount is a further row."""

    class Step(models.TextChoices):
        DECLARED = "declared", pgettext_lazy("step of an amount", "Claimed")
        RELEASED = "released", pgettext_lazy("step of an amount", "Returns in a later claim")
        VERIFIED = "verified", pgettext_lazy("step of an amount", "Eligible")
        CORRECTED = "corrected", pgettext_lazy("step of an amount", "Corrected")  # approved is eligible less this
        CERTIFIED = "certified", pgettext_lazy("step of an amount", "Certified")  # to the Commission, once a line
        WITHDRAWN = "withdrawn", pgettext_lazy("step of an amount", "Withdrawn")  # from what was certified
        PAID = "paid", pgettext_lazy("step of an amount", "Paid")
        SETTLED = "settled", pgettext_lazy("step of an amount", "Settled by the advance")  # on the advance: negative
        RECOVERED = "recovered", pgettext_lazy("step of an amount", "Recovered")

    AFTER = (Step.CORRECTED, Step.CERTIFIED, Step.WITHDRAWN, Step.PAID, Step.SETTLED, Step.RECOVERED)
    """What follows once a claim is accepted; it stays accepted then."""

    line = models.ForeignKey(ClaimLine, models.PROTECT, related_name="facts")
    step = models.CharField(_("step"), max_length=10, choices=Step)
    total = models.DecimalField(_("amount"), **EUR)
    eu_part = models.DecimalField(_("EU part"), null=True, **EUR)
    national_part = models.DecimalField(_("national part"), null=True, **EUR)
    own_part = models.DecimalField(_("own part"), null=True, **EUR)
    payment = models.ForeignKey("budgets.Payment", models.PROTECT, null=True, related_name="facts")
    correction = models.ForeignKey("budgets.Correction", models.PROTECT, null=True, related_name="facts")
    entry = models.ForeignKey("budgets.ApplicationEntry", models.PROTECT, null=True, related_name="facts")
    rate = models.ForeignKey("budgets.ClaimRate", models.PROTECT, null=True, related_name="facts")
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("amount on a claim line")
        verbose_name_plural = _("amounts on claim lines")
        ordering = ["pk"]
        indexes = [models.Index(fields=["line", "step"], name="fact_by_line_and_step")]
        constraints = [
            models.CheckConstraint(condition=~Q(total=0), name="fact_is_not_zero"),
            models.UniqueConstraint(fields=["line"], condition=Q(step="certified"), name="line_is_certified_once"),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{cause}__isnull": False, "step__in": steps})
                    | (Q(**{cause: None}) & ~Q(step__in=steps)),
                    name=f"fact_names_its_{cause}",
                )
                for cause, steps in (
                    ("payment", ["paid", "settled", "recovered"]),
                    ("correction", ["corrected"]),
                    ("entry", ["certified", "withdrawn"]),
                )
            ),
            models.CheckConstraint(condition=Q(rate=None) | Q(step="declared"), name="fact_rate_is_of_what_is_claimed"),
            models.CheckConstraint(
                condition=~Q(step__in=["paid", "settled", "recovered"]) | Q(own_part=None) | Q(own_part=0),
                name="fact_own_part_is_not_paid",
            ),
            models.CheckConstraint(
                condition=parts_add_up(), name="fact_parts_add_up", violation_error_message=PARTS_MESSAGE
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.step} {self.total}"
