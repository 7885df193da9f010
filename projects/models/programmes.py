"""Programmes and what hangs below them. Programmes differ as data: an ESF+ programme counts the common indicators, an
Erasmus+ one works in packages and lump sums, a foundation's does neither."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.ids import uuid7
from core.models import Organisation
from core.models.texts import Text


class Programme(models.Model):
    """A source of funding with its rules (reference: CPR Art. 22; other funders the same way)."""

    class Fund(models.TextChoices):
        ESF_PLUS = "ESF+", _("European Social Fund Plus")
        ERASMUS_PLUS = "Erasmus+", _("Erasmus+")
        FOUNDATION = "foundation", _("Foundation")
        NATIONAL = "national", _("National budget")

    class Statement(models.TextChoices):
        """The funding statement beside the emblem (Regulation (EU) 2021/1060, Annex IX)."""

        COFUNDED = "cofunded", _("Co-funded by the European Union")
        FUNDED = "funded", _("Funded by the European Union")
        NONE = "none", _("No statement: no EU money")

    code = models.CharField(_("code"), max_length=40, unique=True, help_text=_("CCI such as 2021BG05SFPR001."))
    name = Text(_("name"))
    period = models.CharField(_("period"), max_length=40, blank=True)
    fund = models.CharField(_("fund"), max_length=20, choices=Fund)
    funder = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    description = Text(_("description"), blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    language = models.CharField(_("own language"), max_length=2)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Sofia")
    statement = models.CharField(_("funding statement"), max_length=10, choices=Statement)
    disclaimer = models.BooleanField(_("prints the Erasmus+ disclaimer"), default=False)
    counts_esf_indicators = models.BooleanField(_("counts the ESF+ common indicators"), default=False)
    keeps_annex_xvii = models.BooleanField(_("keeps the fields of CPR Annex XVII"), default=False)
    uses_work_packages = models.BooleanField(_("activities are work packages with a lump sum"), default=False)
    marks_late = models.BooleanField(_("attendance knows “late”"), default=False)
    late_days = models.PositiveSmallIntegerField(
        _("days for late entry"), null=True, blank=True,
        help_text=_("A month is locked this many days after it ends: with 10, March can be entered until 10 April. "
                    "Empty: nothing is locked."),
    )  # fmt: skip
    support_hours = models.DecimalField(
        _("hours of support that count"), max_digits=6, decimal_places=2, null=True, blank=True,
        help_text=_("A participant counts as supported from so many hours in the project, such as 40. Empty: no bar."),
    )  # fmt: skip
    retention_years = models.PositiveSmallIntegerField(
        _("years documents are kept"), default=5,
        help_text=_("From 31 December of the year of the last payment to the beneficiary; then identities are erased."),
    )  # fmt: skip
    consent_to_count = models.BooleanField(
        _("counts participants only with their consent"),
        default=False,
        db_default=False,
        help_text=_("Off where the law is the basis of counting (GDPR Art. 6(1)(c), (e)): the notice is enough there."),
    )
    source = models.TextField(_("source of these data"), blank=True)
    synthetic = models.BooleanField(_("sample data"), default=False)

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(support_hours=None) | Q(support_hours__gt=0),
                name="programme_support_hours_above_zero",
                violation_error_message=_("Enter hours above 0, or leave the field empty."),
            )
        ]

    def __str__(self) -> str:
        return self.code


class Holiday(models.Model):
    """Days on which the schools of a programme are closed: a series of sessions skips them unless told otherwise."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="holidays")
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("to"))
    name = Text(_("name"))
    synthetic = models.BooleanField(_("sample data"), default=False)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["from_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__gte=models.F("from_on")),
                name="holiday_ends_after_it_began",
                violation_error_message=_("The last day lies before the first day."),
            )
        ]

    def __str__(self) -> str:
        return next(iter(self.name.values()), "")


class Priority(models.Model):
    """A numbered axis of a programme."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="priorities")
    code = models.CharField(_("code"), max_length=20)
    name = Text(_("name"), blank=True)
    eu_rate = models.DecimalField(
        _("highest EU rate, %"), max_digits=5, decimal_places=2, null=True, blank=True,
        help_text=_("By category of region where it differs; empty when not known."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("priority")
        verbose_name_plural = _("priorities")
        constraints = [
            models.UniqueConstraint(fields=["programme", "code"], name="priority_once_per_programme"),
            models.CheckConstraint(
                condition=Q(eu_rate=None) | Q(eu_rate__gte=0, eu_rate__lte=100), name="priority_rate_is_a_percentage"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme.code} {self.code}"


class Region(models.TextChoices):
    """Categories of region (Regulation (EU) 2021/1060, Art. 108), on which the highest rate depends."""

    LESS = "less", _("Less developed region")
    TRANSITION = "transition", _("Transition region")
    MORE = "more", _("More developed region")


class PriorityRate(models.Model):
    """The highest EU rate of a priority in one category of region; elsewhere the rate of the priority itself counts."""

    priority = models.ForeignKey(Priority, models.CASCADE, related_name="rates")
    region = models.CharField(_("category of region"), max_length=10, choices=Region)
    eu_rate = models.DecimalField(_("highest EU rate, %"), max_digits=5, decimal_places=2)

    class Meta:
        verbose_name = _("rate of a category of region")
        verbose_name_plural = _("rates of categories of region")
        constraints = [
            models.UniqueConstraint(fields=["priority", "region"], name="priorityrate_once_per_region"),
            models.CheckConstraint(condition=Q(eu_rate__gte=0, eu_rate__lte=100), name="priorityrate_is_a_percentage"),
        ]

    def __str__(self) -> str:
        return f"{self.priority} {self.region}: {self.eu_rate}"


class SpecificObjective(models.Model):
    """A specific objective inside a priority: ESF+ (a) to (m), or the national numbering."""

    priority = models.ForeignKey(Priority, models.PROTECT, related_name="specific_objectives")
    code = models.CharField(_("code"), max_length=20)
    name = Text(_("name"), blank=True)

    class Meta:
        verbose_name = _("specific objective")
        verbose_name_plural = _("specific objectives")
        constraints = [models.UniqueConstraint(fields=["priority", "code"], name="objective_once_per_priority")]

    def __str__(self) -> str:
        return self.code


class Call(models.Model):
    """A call (bg: процедура, lv: pasākums) in which projects apply."""

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="calls")
    priority = models.ForeignKey(Priority, models.PROTECT, null=True, blank=True, related_name="calls")
    specific_objective = models.ForeignKey(
        SpecificObjective, models.PROTECT, null=True, blank=True, related_name="calls"
    )
    code = models.CharField(_("code"), max_length=40)
    name = Text(_("name"))
    management_share = models.DecimalField(
        _("project management at most, %"), max_digits=5, decimal_places=2, null=True, blank=True,
        help_text=_("Of the grant, such as 20 for an Erasmus+ cooperation partnership. Empty: no limit."),
    )  # fmt: skip
    line_tolerance = models.DecimalField(
        _("claims above a budget line at most, %"), max_digits=5, decimal_places=2, default=Decimal(0),
        help_text=_("Of the amount of the line. The sum of the contract is never passed."),
    )  # fmt: skip
    settled_share = models.DecimalField(
        _("set against the advance, % of each claim"), max_digits=5, decimal_places=2, default=Decimal(100),
        help_text=_("How much of what is approved of a claim is settled by the advance, until nothing is left of it."),
    )  # fmt: skip
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    closes_on = models.DateField(_("closes on"), null=True, blank=True)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = [
            models.UniqueConstraint(fields=["programme", "code"], name="call_once_per_programme"),
            models.CheckConstraint(
                condition=Q(settled_share__gte=0, settled_share__lte=100), name="call_settled_share_is_a_percentage"
            ),
            models.CheckConstraint(
                condition=Q(management_share=None) | Q(management_share__gt=0, management_share__lte=100),
                name="call_management_share_is_a_percentage",
                violation_error_message=_("Enter a share above 0 and at most 100, or leave the field empty."),
            ),
            models.CheckConstraint(
                condition=Q(line_tolerance__gte=0, line_tolerance__lte=100),
                name="call_line_tolerance_is_a_percentage",
                violation_error_message=_("Enter a share from 0 to 100."),
            ),
            models.CheckConstraint(
                condition=Q(opened_on=None) | Q(closes_on=None) | Q(closes_on__gte=models.F("opened_on")),
                name="call_closes_after_it_opened",
                violation_error_message=_("A call cannot close before it opens."),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class TypeOfAction(models.Model):
    """A type of action of Erasmus+ and who manages it."""

    class ManagedBy(models.TextChoices):
        AGENCY = "agency", _("National agency")
        EACEA = "eacea", _("European Education and Culture Executive Agency (EACEA)")
        EITHER = "either", _("National agency or EACEA, by field and kind of applicant")

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="types_of_action")
    position = models.PositiveSmallIntegerField(_("position"))
    group = Text(_("group"))
    name = Text(_("name"))
    managed_by = models.CharField(_("managed by"), max_length=10, choices=ManagedBy)

    class Meta:
        verbose_name = _("type of action")
        verbose_name_plural = _("types of action")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["programme", "position"], name="typeofaction_position_once")]

    def __str__(self) -> str:
        return next(iter(self.name.values()), "")
