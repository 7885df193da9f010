"""The project (EU law: operation): the unit for indicators, audit sampling and the public list."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access import Permission
from core.ids import uuid7
from core.models import Code, Organisation
from core.models.texts import Text
from projects.models.access import reach
from projects.models.contracts import ContractVersion, in_force
from projects.models.programmes import Call, Programme, Region, SpecificObjective, TypeOfAction


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user, permission: Permission = Permission.PROJECT_VIEW) -> ProjectQuerySet:
        """The projects in which `user` has `permission`; by default: those they may open inside the portal."""
        return self.filter(reach(user, permission).projects_q())

    def public(self) -> ProjectQuerySet:
        """What anyone may read (CPR Art. 49): projects with a contract, marked for publication."""
        return self.filter(published=True)


class Project(models.Model):
    """A supported project. Its number never changes; dates and amounts come from the contract version in force."""

    class State(models.TextChoices):
        SELECTED = "selected", pgettext_lazy("project state", "Selected")
        IN_PROGRESS = "in_progress", pgettext_lazy("project state", "In progress")
        SUSPENDED = "suspended", pgettext_lazy("project state", "Suspended")
        TERMINATED = "terminated", pgettext_lazy("project state", "Terminated")
        COMPLETED = "completed", pgettext_lazy("project state", "Completed")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    number = models.CharField(
        _("project number"),
        max_length=60,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9.\-]*$", _("Use letters, digits, dots and dashes only."))],
    )
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="projects")
    call = models.ForeignKey(Call, models.PROTECT, null=True, blank=True, related_name="projects")
    specific_objective = models.ForeignKey(SpecificObjective, models.PROTECT, null=True, blank=True, related_name="+")
    region = models.CharField(
        _("category of region"), max_length=10, choices=Region, blank=True,
        help_text=_("The highest EU rate of its priority depends on it."),
    )  # fmt: skip
    type_of_action = models.ForeignKey(TypeOfAction, models.PROTECT, null=True, blank=True, related_name="projects")
    granting_authority = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    beneficiary = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("beneficiary")
    )
    title = Text(_("title"))
    summary = Text(_("description"), blank=True)
    state = models.CharField(_("state"), max_length=20, choices=State)
    applied_on = models.DateField(_("application date"), null=True, blank=True)
    completed_on = models.DateField(_("actually completed on"), null=True, blank=True)
    last_payment_on = models.DateField(
        _("last payment to the beneficiary"), null=True, blank=True, help_text=_("Starts the retention period.")
    )
    intervention_fields = models.ManyToManyField(Code, blank=True, related_name="+", verbose_name=_("intervention"))
    published = models.BooleanField(_("on the public pages"), default=False)
    updated_at = models.DateTimeField(_("updated"))
    source = models.TextField(_("source of these data"), blank=True)
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number

    def contract_on(self, day) -> ContractVersion | None:
        """The contract version that is `in_force` on `day`. Works on prefetched `contracts` without a further query."""
        return in_force(self.contracts.all(), day)


class ProjectPlace(models.Model):
    """Where the project works: a NUTS region or a municipality."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="places")
    place = models.ForeignKey(Code, models.PROTECT, related_name="+", verbose_name=_("place"))

    class Meta:
        verbose_name = _("place of a project")
        verbose_name_plural = _("places of projects")
        constraints = [models.UniqueConstraint(fields=["project", "place"], name="projectplace_once")]

    def __str__(self) -> str:
        return str(self.place)


class Objective(models.Model):
    """One aim of the project, in the order of its contract."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="objectives")
    position = models.PositiveSmallIntegerField(_("position"))
    text = Text(_("objective"))

    class Meta:
        verbose_name = _("objective")
        verbose_name_plural = _("objectives")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["project", "position"], name="objective_position_once")]

    def __str__(self) -> str:
        return next(iter(self.text.values()), "")


class TargetGroup(models.Model):
    """Whom the project is for, and whom it is expressly not for."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="target_groups")
    position = models.PositiveSmallIntegerField(_("position"))
    text = Text(_("target group"))
    excluded = Text(_("not included"), blank=True)

    class Meta:
        verbose_name = _("target group")
        verbose_name_plural = _("target groups")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["project", "position"], name="targetgroup_position_once")]

    def __str__(self) -> str:
        return next(iter(self.text.values()), "")


class PlannedFigure(models.Model):
    """A head-count the contract promises. People reached by outreach and participants are two counters that are never
    added: the first are counted as a number, the second one by one with their data (ESF+ Annex I)."""

    class Counter(models.TextChoices):
        OUTREACH = "outreach", _("People reached by outreach")
        PARTICIPANTS = "participants", _("Participants")
        SCHOOLS = "schools", _("Schools")

    project = models.ForeignKey(Project, models.CASCADE, related_name="planned_figures")
    counter = models.CharField(_("counter"), max_length=20, choices=Counter)
    planned = models.PositiveIntegerField(_("planned"))
    note = Text(_("in the words of the contract"), blank=True)

    class Meta:
        verbose_name = _("planned figure")
        verbose_name_plural = _("planned figures")
        constraints = [models.UniqueConstraint(fields=["project", "counter"], name="plannedfigure_once")]

    def __str__(self) -> str:
        return f"{self.counter} {self.planned}"


class Partner(models.Model):
    """A body with a role in the project. Contractors and sub-contractors are not partners in the legal sense."""

    class Role(models.TextChoices):
        PARTNER = "partner", _("Partner")
        ASSOCIATE = "associate", _("Associated partner")
        SCHOOL = "school", _("School in the project")
        CONTRACTOR = "contractor", _("Contractor")
        SUBCONTRACTOR = "subcontractor", _("Sub-contractor")

    project = models.ForeignKey(Project, models.CASCADE, related_name="partners")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="partnerships")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    since_on = models.DateField(_("since"), null=True, blank=True)
    until_on = models.DateField(_("until"), null=True, blank=True)
    synthetic = models.BooleanField(_("sample data"), default=False)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        constraints = [
            models.UniqueConstraint(fields=["project", "organisation", "role"], name="partner_once_per_role"),
            models.CheckConstraint(
                condition=Q(since_on=None) | Q(until_on=None) | Q(until_on__gte=models.F("since_on")),
                name="partner_ends_after_it_began",
                violation_error_message=_("The last day lies before the first day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} ({self.role})"
