"""Other currencies than euro and lev: the Commission's accounting rate of a month, and the rate a cost was taken at."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from budgets.models.costs import ReportedCost
from core.money import EUR, cents

CODE = RegexValidator(r"^[A-Z]{3}$", _("Give the code of the currency, such as RON."))


class RateQuerySet(models.QuerySet["Rate"]):
    def of_day(self, currency: str, day: date) -> Rate | None:
        """The rate of the month of this day."""
        return self.filter(currency=currency, month=day.replace(day=1)).first()


class Rate(models.Model):
    """What one euro was worth in a month by the Commission's accounting rates (Regulation (EU) 2021/1060, Art. 76)."""

    month = models.DateField(_("month"), help_text=_("Its first day."))
    currency = models.CharField(_("currency"), max_length=3, validators=[CODE])
    rate = models.DecimalField(
        _("for one euro"), max_digits=16, decimal_places=6, validators=[MinValueValidator(Decimal("0.000001"))]
    )
    source = models.CharField(_("source"), max_length=300)

    objects = RateQuerySet.as_manager()

    class Meta:
        verbose_name = _("accounting rate")
        verbose_name_plural = _("accounting rates")
        ordering = ["-month", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["month", "currency"], name="rate_once_a_month"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="rate_above_zero"),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="rate_of_a_month",
                violation_error_message=_("Give the first day of the month."),
            ),
            models.CheckConstraint(
                condition=~Q(currency__in=["EUR", "BGN"]),
                name="rate_of_another_currency",
                violation_error_message=_("The euro needs no rate, and the one of the lev is fixed."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.currency} {self.rate}"

    def euro(self, amount: Decimal) -> Decimal:
        """The amount in euro, to the cent."""
        return cents(amount / self.rate)


class Exchange(models.Model):
    """The amount on a document in another currency, and the rate at which it was estimated when it was reported. What
    counts is the rate of the month in which it is first claimed (`ClaimRate`)."""

    cost = models.OneToOneField(ReportedCost, models.PROTECT, related_name="exchange")
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.DecimalField(_("amount on the document"), **EUR)
    rate = models.DecimalField(_("for one euro"), max_digits=16, decimal_places=6)
    month = models.DateField(_("month of the rate"))
    source = models.CharField(_("source"), max_length=300)

    class Meta:
        verbose_name = _("amount in another currency")
        verbose_name_plural = _("amounts in other currencies")
        constraints = [models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_above_zero")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class ClaimRate(models.Model):
    """The rate at which a claim took the documents of one currency when it was sent: the one of that month. Written
    once, and read by every later sending of the same costs; a rate that comes or changes later changes no claim."""

    claim = models.ForeignKey("budgets.Claim", models.PROTECT, related_name="rates")
    currency = models.CharField(_("currency"), max_length=3)
    month = models.DateField(_("month of the rate"))
    rate = models.DecimalField(_("for one euro"), max_digits=16, decimal_places=6)
    source = models.CharField(_("source"), max_length=300)

    class Meta:
        verbose_name = _("rate of a claim")
        verbose_name_plural = _("rates of claims")
        ordering = ["currency", "month"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "currency", "month", "rate"], name="claimrate_once"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="claimrate_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id}: {self.currency} {self.rate}"
