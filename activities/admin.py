"""The back office of support staff: to look things up. Changes go through the pages, which leave an audit trail."""

from __future__ import annotations

from django.contrib import admin

from activities.models import (
    Activity,
    Evidence,
    Group,
    LockException,
    LockRequest,
    OutreachCount,
    PlannedOutput,
    Session,
)


class ReadOnly(admin.ModelAdmin):
    """Shown, searched and filtered, never changed here."""

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Activity)
class ActivityAdmin(ReadOnly):
    list_display = ["number", "project", "starts_on", "ends_on", "synthetic"]
    list_select_related = ["project"]
    search_fields = ["number", "project__number"]


@admin.register(PlannedOutput)
class PlannedOutputAdmin(ReadOnly):
    list_display = ["activity", "counts", "planned"]
    list_select_related = ["activity"]


@admin.register(OutreachCount)
class OutreachCountAdmin(ReadOnly):
    list_display = ["on", "activity", "people"]
    list_select_related = ["activity"]


@admin.register(Group)
class GroupAdmin(ReadOnly):
    list_display = ["name", "project", "school"]
    list_select_related = ["project", "school"]
    search_fields = ["name", "project__number"]


@admin.register(Session)
class SessionAdmin(ReadOnly):
    list_display = ["on", "starts_at", "group", "project", "state"]
    list_filter = ["state"]
    list_select_related = ["group", "project"]
    search_fields = ["project__number", "group__name"]
    date_hierarchy = "on"


@admin.register(LockException)
class LockExceptionAdmin(ReadOnly):
    list_display = ["month", "project", "school", "person", "until_on", "taken_back_at"]
    list_select_related = ["project", "school", "person"]


@admin.register(LockRequest)
class LockRequestAdmin(ReadOnly):
    list_display = ["month", "project", "school", "asked_at", "settled_at"]
    list_select_related = ["project", "school"]


@admin.register(Evidence)
class EvidenceAdmin(ReadOnly):
    list_display = ["file", "kind", "project", "added_at", "removed_at"]
    list_filter = ["kind"]
    list_select_related = ["file", "project"]
