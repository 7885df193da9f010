"""The library of a programme: each indicator with the versions of its definition, and what is to be reached."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access import Permission
from core.models import Organisation
from core.models.texts import Text
from projects.models import Programme, Project, Region, SpecificObjective, reach

NUMBER: dict[str, Any] = {"max_digits": 14, "decimal_places": 2}


class IndicatorQuerySet(models.QuerySet["Indicator"]):
    def visible_to(self, user, permission: Permission = Permission.SESSION_VIEW) -> IndicatorQuerySet:
        """The library of every programme in which `user` has the right somewhere: definitions hold no figures."""
        return self.filter(programme__in=programmes_of(user, permission))

    def current(self) -> IndicatorQuerySet:
        return self.filter(ended=False)


def programmes_of(user, permission: Permission) -> models.QuerySet[Programme]:
    """The programmes in which `user` has the right as a whole or in a project."""
    where = reach(user, permission)
    if where.everywhere:
        return Programme.objects.all()
    own = Project.objects.filter(where.projects_q()).values("programme")
    return Programme.objects.filter(Q(pk__in=where.programmes) | Q(pk__in=own))


class Indicator(models.Model):
    """One indicator of a programme, known by its code; what it means stands in its definitions."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="indicators")
    code = models.CharField(_("code"), max_length=20)
    position = models.PositiveSmallIntegerField(_("position"))
    ended = models.BooleanField(_("no longer in use"), default=False)

    objects = IndicatorQuerySet.as_manager()

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "code"], name="indicator_once_per_programme",
                violation_error_message=_("The programme has an indicator with this code."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.code


class DefinitionQuerySet(models.QuerySet["Definition"]):
    def newest(self) -> DefinitionQuerySet:
        """The version in force of each indicator, in the order of the library."""
        last = self.order_by("indicator_id", "-version").distinct("indicator_id").values("pk")
        return self.filter(pk__in=last).select_related("indicator").order_by("indicator__position", "indicator__code")


class Definition(models.Model):
    """One version of what an indicator means. Versions are final: figures made with one keep it."""

    class Kind(models.TextChoices):
        OUTPUT = "output", pgettext_lazy("kind of indicator", "Output")
        RESULT = "result", pgettext_lazy("kind of indicator", "Result")

    class Unit(models.TextChoices):
        PERSONS = "persons", pgettext_lazy("unit", "Persons")
        BODIES = "bodies", pgettext_lazy("unit", "Bodies")
        SESSIONS = "sessions", pgettext_lazy("unit", "Sessions")
        HOURS = "hours", pgettext_lazy("unit", "Hours")
        PERCENT = "percent", pgettext_lazy("unit", "Per cent")
        NUMBER = "number", pgettext_lazy("unit", "Number")

    class Source(models.TextChoices):
        COMMON = "common", _("Participants, by the rule of the ESF+ regulation")
        PEOPLE = "people", _("Participants who fit the rule")
        SCHOOLS = "schools", _("Schools with participants who fit the rule")
        SESSIONS = "sessions", _("Sessions held")
        HOURS = "hours", _("Hours of sessions held")
        OUTREACH = "outreach", _("People reached by outreach")
        TYPED = "typed", _("Typed: no record can exist")

    class OverTime(models.TextChoices):
        SUM = "sum", _("Sum")
        LATEST = "latest", _("Latest value")
        MAXIMUM = "maximum", _("Highest value")
        AVERAGE = "average", _("Average")
        RATIO = "ratio", _("Ratio of sums")

    class Category(models.TextChoices):
        GENDER = "gender", _("Gender")
        AGE = "age", _("Age at entry")
        EDUCATION = "education", _("Completed education")

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="definitions")
    version = models.PositiveSmallIntegerField(_("version"))
    name = Text(_("name"))
    unit = models.CharField(_("unit"), max_length=10, choices=Unit)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    text = Text(_("definition"), blank=True)
    source = models.CharField(_("counted from"), max_length=10, choices=Source)
    rule = models.JSONField(_("who counts"), default=dict, blank=True)
    over_time = models.CharField(_("rule over time"), max_length=10, choices=OverTime, default=OverTime.SUM)
    cumulative = models.BooleanField(_("cumulative"), default=True)
    sensitive = models.BooleanField(
        _("sensitive"), default=False,
        help_text=_("Only those who may see sensitive answers open its rows. It may hold an informed estimate."),
    )  # fmt: skip
    categories = models.JSONField(_("typed values are split by"), default=list, blank=True)
    because = models.TextField(_("reason of the change"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("since"))

    objects = DefinitionQuerySet.as_manager()

    class Meta:
        verbose_name = _("definition")
        verbose_name_plural = _("definitions")
        ordering = ["indicator", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "version"], name="definition_version_once"),
            models.CheckConstraint(
                condition=Q(source="typed") | Q(over_time="sum"), name="definition_counts_add_up",
                violation_error_message=_("What is counted from records is a sum. Choose another source or “Sum”."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.indicator_id} v{self.version}"

    @property
    def counts_people(self) -> bool:
        return self.source in (self.Source.COMMON, self.Source.PEOPLE)


class Target(models.Model):
    """A value to start from or to reach by a day: of the programme, or of one project or place. Never summed."""

    class Kind(models.TextChoices):
        BASELINE = "baseline", _("Baseline")
        MILESTONE = "milestone", _("Milestone")
        TARGET = "target", _("Target")

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="targets")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    on = models.DateField(_("day"))
    value = models.DecimalField(_("value"), **NUMBER)
    project = models.ForeignKey(Project, models.PROTECT, null=True, blank=True, related_name="+")
    school = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    municipality = models.ForeignKey("core.Code", models.PROTECT, null=True, blank=True, related_name="+")
    region = models.CharField(_("category of region"), max_length=10, choices=Region, blank=True)
    specific_objective = models.ForeignKey(SpecificObjective, models.PROTECT, null=True, blank=True, related_name="+")
    based_on = models.ForeignKey(
        Indicator, models.PROTECT, null=True, blank=True, related_name="+",
        help_text=_("Output indicator from which the target of a result is set."),
    )  # fmt: skip
    in_percent = models.BooleanField(_("in per cent of that output indicator"), default=False)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ["on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "kind", "on", "project", "school", "municipality", "region", "specific_objective"],
                name="target_once_per_day_and_place", nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(in_percent=False) | Q(based_on__isnull=False),
                name="target_in_percent_has_a_basis",
                violation_error_message=_("Say which output indicator the per cent are of."),
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0), name="target_not_negative",
                violation_error_message=_("A value cannot be negative."),
            ),
            models.CheckConstraint(
                condition=Q(school=None, municipality=None) | Q(school=None, region="")
                | Q(municipality=None, region=""),
                name="target_has_one_place",
                violation_error_message=_("Choose one of school, municipality and category of region."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.on}: {self.value}"
