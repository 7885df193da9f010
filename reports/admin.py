from django.contrib import admin

from core.admin import ReadOnlyAdmin
from reports.models import SUBJECT, Report, ReportFile


class FileInline(admin.TabularInline):
    model = ReportFile
    extra = 0
    can_delete = False
    fields = ("position", "kind", "table", "file")

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    list_display = ("subject_code", "kind", "from_on", "to_on", "language", "state", "asked_by", "asked_at", "code")
    list_filter = ("state", "kind", "language")
    list_select_related = (*SUBJECT, "asked_by")
    search_fields = ("project__number", "call__code", "programme__code", "code")
    exclude = ("snapshot",)
    inlines = (FileInline,)
