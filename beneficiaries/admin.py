"""The back office of support staff: counting data by code. Names and sensitive answers are not shown here."""

from __future__ import annotations

from django.contrib import admin

from beneficiaries.models import Attendance, Consent, Notice, Participation, Person
from core.admin import AuditedAdmin


class ReadOnly(admin.ModelAdmin):
    """Shown, searched and filtered, never changed here: changes go through the pages, which leave an audit trail."""

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Person)
class PersonAdmin(ReadOnly):
    list_display = ["code", "gender", "synthetic"]
    list_filter = ["gender", "synthetic"]
    search_fields = ["code"]
    fields = ["code", "gender", "synthetic"]


@admin.register(Participation)
class ParticipationAdmin(ReadOnly):
    list_display = ["person", "project", "school", "entered_on", "left_on"]
    list_select_related = ["person", "project", "school"]
    search_fields = ["person__code", "project__number"]


@admin.register(Attendance)
class AttendanceAdmin(ReadOnly):
    list_display = ["session", "participation", "mark", "marked_at"]
    list_filter = ["mark"]
    list_select_related = ["session", "participation__person"]
    show_full_result_count = False


@admin.register(Notice)
class NoticeAdmin(AuditedAdmin):
    """Versions of the privacy notice: written once, and final from the first time one is handed out."""

    list_display = ["programme", "version", "from_on"]
    list_select_related = ["programme"]

    def has_change_permission(self, request, obj=None) -> bool:
        used = obj is not None and Consent.objects.filter(notice=obj).exists()
        return not used and super().has_change_permission(request, obj)
