"""Payment applications: what a programme declares to the Commission in one accounting year, in euro."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import ExtractYear
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budgets.models.claims import Claim
from core.access import Permission
from core.ids import uuid7
from core.money import EUR
from projects.models import Currency, Programme, reach
from projects.models.contracts import PARTS_MESSAGE, parts_add_up


def accounting_year(day: date) -> int:
    """The accounting year of a day by the calendar year in which it begins: 1 July to 30 June (Art. 2(29))."""
    return day.year if day.month >= 7 else day.year - 1


class ApplicationQuerySet(models.QuerySet["PaymentApplication"]):
    def visible_to(self, user, permission: Permission = Permission.ACCOUNT_VIEW) -> ApplicationQuerySet:
        where = reach(user, permission)
        return self.all() if where.everywhere else self.filter(programme__in=where.programmes)


class PaymentApplication(models.Model):
    """A payment application of a programme. While it is a draft it names claims; sent, its entries are facts."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("state of a payment application", "Draft")
        SENT = "sent", pgettext_lazy("state of a payment application", "Sent")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="applications")
    entered_on = models.DateField(
        _("entered in the accounts on"),
        help_text=_("The day whose rate turns other currencies into euro (Art. 76). It gives the accounting year."),
    )
    year = models.SmallIntegerField(_("accounting year"), editable=False)
    number = models.PositiveSmallIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    claims = models.ManyToManyField(Claim, related_name="applications", verbose_name=_("payment claims"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(_("made"))
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment application")
        verbose_name_plural = _("payment applications")
        ordering = ["-year", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "year", "number"], name="application_number_once_a_year"),
            models.CheckConstraint(
                condition=Q(entered_on__month__gte=7, year=ExtractYear("entered_on"))
                | Q(entered_on__month__lt=7, year=ExtractYear("entered_on") - 1),
                name="application_year_of_its_day",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", sent_at=None, sent_by=None) | Q(state="sent", sent_at__isnull=False),
                name="application_sent_has_its_day",
            ),
            models.CheckConstraint(
                condition=Q(made_by=None) | Q(sent_by=None) | ~Q(made_by=F("sent_by")),
                name="application_sent_by_a_second_person",
                violation_error_message=_("Another person than the one who drew it up must send it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}/{self.year + 1}-{self.number}"

    @property
    def days(self) -> tuple[date, date]:
        """First and last day of its accounting year."""
        return date(self.year, 7, 1), date(self.year + 1, 6, 30)


class ApplicationEntry(models.Model):
    """What one claim adds to an application (CPR Annex XVII, fields 106 and 107), or takes back where it is negative:
    in the currency of its contract, and in euro at the rate of the day on which it was entered. A fact."""

    application = models.ForeignKey(PaymentApplication, models.PROTECT, related_name="entries")
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="entries")
    currency = models.CharField(_("currency"), max_length=3, choices=Currency)
    rate = models.DecimalField(_("units of it for one euro"), max_digits=14, decimal_places=6)
    total = models.DecimalField(_("amount"), **EUR)
    eu_part = models.DecimalField(_("EU part"), null=True, **EUR)
    national_part = models.DecimalField(_("national part"), null=True, **EUR)
    own_part = models.DecimalField(_("own part"), null=True, **EUR)
    eur_total = models.DecimalField(_("amount, €"), **EUR)
    eur_eu_part = models.DecimalField(_("EU part, €"), null=True, **EUR)
    eur_national_part = models.DecimalField(_("national part, €"), null=True, **EUR)
    eur_own_part = models.DecimalField(_("own part, €"), null=True, **EUR)

    class Meta:
        verbose_name = _("entry of a payment application")
        verbose_name_plural = _("entries of payment applications")
        ordering = ["application_id", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "claim"], name="entry_once_per_claim"),
            models.CheckConstraint(
                condition=parts_add_up(), name="entry_parts_add_up", violation_error_message=PARTS_MESSAGE
            ),
            models.CheckConstraint(
                condition=Q(eur_eu_part=None, eur_national_part=None, eur_own_part=None)
                | Q(
                    eur_eu_part__isnull=False, eur_national_part__isnull=False, eur_own_part__isnull=False,
                    eur_total=F("eur_eu_part") + F("eur_national_part") + F("eur_own_part"),
                ),
                name="entry_euro_parts_add_up",
            ),
            models.CheckConstraint(
                condition=~Q(currency="EUR") | Q(rate=1, total=F("eur_total")), name="entry_in_euro_stays_as_it_is"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.application_id}/{self.claim_id} {self.eur_total}"

    @property
    def public(self) -> Decimal:
        """The public contribution in euro: all but the own part."""
        return self.eur_total - (self.eur_own_part or Decimal(0))
