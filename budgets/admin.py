from django.contrib import admin

from budgets.models import BudgetLine, Payment, ReportedCost
from core.admin import AuditedAdmin, ReadOnlyAdmin


@admin.register(BudgetLine)
class BudgetLineAdmin(AuditedAdmin):
    list_display = ("code", "contract", "form", "total", "synthetic")
    list_select_related = ("contract",)
    search_fields = ("code", "contract__number")
    autocomplete_fields = ("partner",)
    raw_id_fields = ("contract", "activity")


@admin.register(ReportedCost)
class ReportedCostAdmin(ReadOnlyAdmin):
    list_display = ("project", "document", "document_on", "reported_on", "total", "currency", "corrects", "synthetic")
    list_select_related = ("project", "corrects")
    search_fields = ("project__number", "document")


@admin.register(Payment)
class PaymentAdmin(AuditedAdmin):
    list_display = ("project", "kind", "paid_on", "amount", "currency", "synthetic")
    list_select_related = ("project",)
    search_fields = ("project__number",)
    raw_id_fields = ("project",)
