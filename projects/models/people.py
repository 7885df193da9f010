"""Who works where, as what, from when to when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Organisation, Role


class MembershipQuerySet(models.QuerySet["Membership"]):
    def in_force(self, on) -> MembershipQuerySet:
        return self.filter(Q(from_on=None) | Q(from_on__lte=on), Q(until_on=None) | Q(until_on__gte=on))


class Membership(models.Model):
    """A person's role: everywhere, in a programme, in a project, or in one school of a project."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    programme = models.ForeignKey("projects.Programme", models.CASCADE, null=True, blank=True, related_name="members")
    project = models.ForeignKey("projects.Project", models.CASCADE, null=True, blank=True, related_name="members")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True, related_name="members")
    from_on = models.DateField(_("from"), null=True, blank=True)
    until_on = models.DateField(_("until"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "programme", "project", "organisation"],
                name="membership_once",
                nulls_distinct=False,
                violation_error_message=_("This person has this role here already."),
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.ADMINISTRATOR) | Q(programme=None, project=None, organisation=None),
                name="membership_administrator_is_everywhere",
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.OFFICER) | Q(programme__isnull=False, project=None, organisation=None),
                name="membership_officer_has_a_programme",
                violation_error_message=_("An officer works for a programme: choose it."),
            ),
            models.CheckConstraint(
                condition=~Q(role__in=[Role.COORDINATOR, Role.PARTNER_FINANCE])
                | Q(programme=None, project__isnull=False, organisation__isnull=False),
                name="membership_school_role_has_project_and_school",
                violation_error_message=_("Choose the project and the school or partner this person works for."),
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.AUDITOR)
                | (Q(until_on__isnull=False) & (Q(programme__isnull=False) | Q(project__isnull=False))),
                name="membership_auditor_is_scoped_and_ends",
                violation_error_message=_("An audit has a programme or project and a last day: enter both."),
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.API_CLIENT) | Q(programme__isnull=False) | Q(project__isnull=False),
                name="membership_client_is_scoped",
            ),
            models.CheckConstraint(
                condition=Q(from_on=None) | Q(until_on=None) | Q(until_on__gte=models.F("from_on")),
                name="membership_ends_after_it_began",
                violation_error_message=_("The last day lies before the first day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role}"
