"""Contract versions: the signed facts about dates and money. The newest one in force gives dates and amounts."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.money import EUR, share


class Currency(models.TextChoices):
    """BGN is a historic currency: contracts signed before 2026 keep their lev amounts as facts."""

    EUR = "EUR", _("euro")
    BGN = "BGN", _("Bulgarian lev")


def parts_add_up(total: str = "total") -> Q:
    """Either no part is known, or the EU, national and own parts add up to the total to the cent."""
    unknown = Q(eu_part=None, national_part=None, own_part=None)
    known = Q(eu_part__isnull=False, national_part__isnull=False, own_part__isnull=False)
    return unknown | (known & Q(**{total: F("eu_part") + F("national_part") + F("own_part")}))


def instalments(text: str) -> list[int]:
    """The per cents of “80/20”: what is paid first, what is paid between, and the balance. Raises ValidationError for
    what is none, or does not make 100."""
    parts = text.split("/") if text else []
    if any(not part.isascii() or not part.isdigit() or not 0 < int(part[:4]) <= 100 for part in parts):
        raise ValidationError(_("Write the shares with a stroke between them, such as 80/20 or 40/40/20."))
    found = [int(part) for part in parts]
    if found and sum(found) != 100:
        raise ValidationError(_("The shares of the instalments make %(sum)s, not 100."), params={"sum": sum(found)})
    return found


def check_instalments(text: str) -> None:
    instalments(text)


PARTS_MESSAGE = _("The EU, national and own parts must add up to the total to the cent. Correct one of them.")


class ContractVersion(models.Model):
    """A signed contract or annex. A row is a fact: an annex is a new row with the next version number."""

    class Kind(models.TextChoices):
        NEW = "new", _("New contract")
        AMENDMENT = "amendment", _("Amendment")
        CHANGE = "change", _("Change")

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="contracts")
    number = models.CharField(_("contract number"), max_length=80, unique=True)
    version = models.PositiveSmallIntegerField(_("version"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.NEW)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    in_force_from = models.DateField(_("in force from"), null=True, blank=True)
    starts_on = models.DateField(_("work starts on"), null=True, blank=True)
    ends_on = models.DateField(_("work ends on"), null=True, blank=True)
    dates_to_the_month = models.BooleanField(
        _("start and end are known to the month only"), default=False,
        help_text=_("Shown as month and year; the first and last day of the months are stored."),
    )  # fmt: skip
    eligible_from = models.DateField(_("costs eligible from"), null=True, blank=True)
    eligible_to = models.DateField(_("costs eligible to"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, default=Currency.EUR)
    total = models.DecimalField(_("total"), null=True, blank=True, **EUR)
    eu_part = models.DecimalField(_("EU part"), null=True, blank=True, **EUR)
    national_part = models.DecimalField(_("national part"), null=True, blank=True, **EUR)
    own_part = models.DecimalField(_("own part"), null=True, blank=True, **EUR)
    whole_units = models.BooleanField(
        _("split in whole euro or lev"), default=False,
        help_text=_("The EU part of a budget line is rounded down to the euro or lev, not to the cent."),
    )  # fmt: skip
    instalments = models.CharField(
        _("instalments, %"), max_length=40, blank=True, validators=[check_instalments],
        help_text=_("Pre-financing, further payments and the balance, such as 80/20 or 40/40/20."),
    )  # fmt: skip
    report_days = models.PositiveSmallIntegerField(
        _("days for the final report"), null=True, blank=True,
        help_text=_("Counted from the last day of work, such as 60."),
    )  # fmt: skip
    interim_months = models.PositiveSmallIntegerField(
        _("an interim report every so many months"), null=True, blank=True, validators=[MaxValueValidator(60)],
        help_text=_("Counted from the first day of the contract. 0: no interim reports."),
    )  # fmt: skip
    interim_days = models.PositiveSmallIntegerField(
        _("days for an interim report"), null=True, blank=True, validators=[MaxValueValidator(365)],
        help_text=_("Counted from the last day of its period."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("contract version")
        verbose_name_plural = _("contract versions")
        ordering = ["project_id", "version"]
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="contract_version_once_per_project"),
            models.CheckConstraint(
                condition=Q(total=None) | Q(total__gte=0),
                name="contract_total_not_negative",
                violation_error_message=_("A contract total cannot be negative."),
            ),
            models.CheckConstraint(
                condition=parts_add_up(), name="contract_parts_add_up", violation_error_message=PARTS_MESSAGE
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="contract_ends_after_it_starts",
                violation_error_message=_("The work cannot end before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(eligible_from=None) | Q(eligible_to=None) | Q(eligible_to__gte=F("eligible_from")),
                name="contract_eligibility_in_order",
                violation_error_message=_("Eligibility cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(interim_months=None, interim_days=None)
                | Q(interim_months__isnull=False, interim_months=0)
                | Q(interim_months__isnull=False, interim_days__isnull=False),
                name="contract_interim_rhythm_whole",
                violation_error_message=_("Say both how often an interim report is made and in how many days."),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def eu_rate(self) -> Decimal | None:
        """EU part / total in percent with two decimals (CPR Art. 49(3)(k)); None while the parts are not known."""
        return share(self.eu_part, self.total)


def in_force(versions: Iterable[Any], day) -> Any:
    """Of contract versions, or rows with their `version` and `in_force_from`, the one in force on a day: the
    newest whose force began by then; before the first, the first. None where there is none."""
    ordered = sorted(versions, key=lambda c: c.version)
    begun = [c for c in ordered if c.in_force_from is None or c.in_force_from <= day]
    return begun[-1] if begun else next(iter(ordered), None)
