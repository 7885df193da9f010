from django.contrib import admin

from core.admin import AuditedAdmin, ReadOnlyAdmin
from projects.models import (
    Call,
    ContractVersion,
    Holiday,
    Membership,
    Objective,
    Partner,
    PlannedFigure,
    Priority,
    PriorityRate,
    Programme,
    Project,
    ProjectPlace,
    SpecificObjective,
    TargetGroup,
    TypeOfAction,
)


class _ReadOnlyInline(admin.TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


class ContractInline(_ReadOnlyInline):
    model = ContractVersion
    fields = ("number", "version", "kind", "signed_on", "in_force_from", "currency", "total")


class PartnerInline(_ReadOnlyInline):
    model = Partner
    fields = ("organisation", "role", "since_on", "until_on", "synthetic")


class ObjectiveInline(_ReadOnlyInline):
    model = Objective


class TargetGroupInline(_ReadOnlyInline):
    model = TargetGroup


class PlannedFigureInline(_ReadOnlyInline):
    model = PlannedFigure


class PlaceInline(_ReadOnlyInline):
    model = ProjectPlace


@admin.register(Programme)
class ProgrammeAdmin(AuditedAdmin):
    list_display = ("code", "fund", "country", "statement", "synthetic")
    search_fields = ("code", "name")


@admin.register(Holiday)
class HolidayAdmin(AuditedAdmin):
    list_display = ("programme", "from_on", "to_on", "__str__", "synthetic")
    list_filter = ("programme",)
    list_select_related = ("programme",)


@admin.register(Priority)
class PriorityAdmin(AuditedAdmin):
    list_display = ("programme", "code", "eu_rate")
    list_select_related = ("programme",)


@admin.register(PriorityRate)
class PriorityRateAdmin(AuditedAdmin):
    list_display = ("priority", "region", "eu_rate")
    list_select_related = ("priority__programme",)


@admin.register(SpecificObjective)
class SpecificObjectiveAdmin(AuditedAdmin):
    list_display = ("code", "priority")
    list_select_related = ("priority__programme",)


@admin.register(Call)
class CallAdmin(AuditedAdmin):
    list_display = ("code", "programme", "opened_on", "closes_on")
    list_select_related = ("programme",)
    search_fields = ("code", "name")


@admin.register(TypeOfAction)
class TypeOfActionAdmin(AuditedAdmin):
    list_display = ("__str__", "programme", "managed_by", "position")
    list_select_related = ("programme",)


@admin.register(Project)
class ProjectAdmin(AuditedAdmin):
    """State, days and publication. Texts and contracts are changed on the pages of the project."""

    list_display = ("number", "programme", "state", "published", "synthetic", "updated_at")
    list_filter = ("state", "published", "programme")
    list_select_related = ("programme",)
    search_fields = ("number", "title")
    inlines = (ContractInline, PartnerInline, ObjectiveInline, TargetGroupInline, PlannedFigureInline, PlaceInline)
    filter_horizontal = ("intervention_fields",)
    autocomplete_fields = ("beneficiary", "granting_authority", "call")
    readonly_fields = ("title", "summary", "updated_at", "synthetic")


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    list_display = ("user", "role", "programme", "project", "organisation", "from_on", "until_on")
    list_filter = ("role",)
    list_select_related = ("user", "programme", "project", "organisation")
    search_fields = ("user__email", "user__name")
