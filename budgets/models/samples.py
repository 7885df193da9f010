"""Which lines of a claim are examined: drawn by risk with a seed, so that the same seed gives the same lines."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budgets.models.claims import Claim, ClaimLine
from core.money import EUR
from projects.models import Programme


class Risk(models.TextChoices):
    """Why a line is drawn more easily than others."""

    AMOUNT = "amount", _("At least twice the mean amount")
    NEW_SUPPLIER = "new_supplier", _("Supplier not seen in an earlier claim")
    WARNINGS = "warnings", _("Flagged by a check")
    SIMILAR = "similar", _("Similar to another document")
    ERRORS = "errors", _("Supplier or budget line with an earlier finding")


class SampleRule(models.Model):
    """How a programme draws: what share of the lines or of their value, and what a risk weighs. A line without any
    risk weighs 1."""

    class Of(models.TextChoices):
        LINES = "lines", pgettext_lazy("share of", "the number of lines")
        VALUE = "value", pgettext_lazy("share of", "the amount claimed")

    programme = models.OneToOneField(Programme, models.CASCADE, related_name="sample_rule")
    share = models.DecimalField(_("share examined, %"), max_digits=5, decimal_places=2, default=Decimal(20))
    of = models.CharField(_("share of"), max_length=10, choices=Of, default=Of.LINES)
    least = models.PositiveSmallIntegerField(_("lines at least"), default=5)
    amount = models.PositiveSmallIntegerField(Risk.AMOUNT.label, default=3)
    new_supplier = models.PositiveSmallIntegerField(Risk.NEW_SUPPLIER.label, default=2)
    warnings = models.PositiveSmallIntegerField(Risk.WARNINGS.label, default=3)
    similar = models.PositiveSmallIntegerField(Risk.SIMILAR.label, default=5)
    errors = models.PositiveSmallIntegerField(Risk.ERRORS.label, default=3)
    synthetic = models.BooleanField(_("sample data"), default=False)

    class Meta:
        verbose_name = _("method of sampling")
        verbose_name_plural = _("methods of sampling")
        constraints = [
            models.CheckConstraint(
                condition=Q(share__gt=0, share__lte=100),
                name="samplerule_share_is_a_percentage",
                violation_error_message=_("Enter a share above 0 and at most 100."),
            )
        ]

    def __str__(self) -> str:
        return str(self.programme)


class ClaimSample(models.Model):
    """One draw from the lines of a claim that no earlier draw took. Rows only come: a sample is widened, not redone."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="samples")
    position = models.PositiveSmallIntegerField(_("position"))
    seed = models.CharField(_("seed"), max_length=40)
    method = models.JSONField(_("method"))
    population = models.PositiveIntegerField(_("lines drawn from"))
    value = models.DecimalField(_("amount drawn from"), **EUR)
    units = models.JSONField(_("what was drawn from"))
    sha256 = models.CharField(_("hash of what was drawn from"), max_length=64)
    because = models.TextField(_("why it was widened"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("sample of a claim")
        verbose_name_plural = _("samples of claims")
        ordering = ["claim_id", "position"]
        constraints = [models.UniqueConstraint(fields=["claim", "position"], name="sample_position_once")]

    def __str__(self) -> str:
        return f"{self.claim_id}/{self.position}"


class SampledLine(models.Model):
    """A line that was drawn, with what made it weigh."""

    sample = models.ForeignKey(ClaimSample, models.PROTECT, related_name="lines")
    line = models.OneToOneField(ClaimLine, models.PROTECT, related_name="sampled")
    weight = models.PositiveSmallIntegerField(_("weight"))
    risks = models.JSONField(_("risks"), default=list)

    class Meta:
        verbose_name = _("sampled line")
        verbose_name_plural = _("sampled lines")
        ordering = ["line_id"]

    def __str__(self) -> str:
        return f"{self.sample_id}: {self.line_id}"

    @property
    def reasons(self) -> list[str]:
        return [str(Risk(risk).label) for risk in self.risks]
