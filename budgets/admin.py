from django import forms
from django.contrib import admin

from budgets.checks.forms_of_cost import form_not_allowed, rules_of
from budgets.models import (
    Amendment,
    BudgetLine,
    CallForm,
    Checklist,
    ChecklistQuestion,
    LetterText,
    LumpRule,
    Payment,
    Rate,
    ReportedCost,
    SampleRule,
    ScoreBand,
    VersionTerms,
)
from core.admin import AuditedAdmin, ReadOnlyAdmin


class BudgetLineForm(forms.ModelForm):
    """A line in the back office: its form of cost is one that the call allows."""

    def clean(self):
        facts = super().clean() or self.cleaned_data
        if contract := facts.get("contract"):
            rules = rules_of(contract.project)
            if wrong := form_not_allowed(facts.get("code", ""), facts.get("form", ""), facts.get("flat", ""), rules):
                self.add_error("form", wrong)
        return facts


@admin.register(BudgetLine)
class BudgetLineAdmin(AuditedAdmin):
    form = BudgetLineForm
    list_display = ("code", "contract", "form", "total", "synthetic")
    list_select_related = ("contract",)
    search_fields = ("code", "contract__number")
    autocomplete_fields = ("partner",)
    raw_id_fields = ("contract", "activity")

    def has_change_permission(self, request, obj=None) -> bool:
        """A line of a version that is final is read only; the database refuses it to every tool."""
        final = obj is not None and VersionTerms.objects.filter(contract=obj.contract_id).exists()
        return not final and super().has_change_permission(request, obj)


class ChecklistQuestionInline(admin.TabularInline):
    model = ChecklistQuestion
    extra = 1


@admin.register(Checklist)
class ChecklistAdmin(AuditedAdmin):
    """A checklist that was put to a claim is read only; the database refuses its change to every tool. What is to
    change is a new version."""

    list_display = ("programme", "version", "synthetic")
    inlines = (ChecklistQuestionInline,)

    def has_change_permission(self, request, obj=None) -> bool:
        used = obj is not None and obj.claims.exists()
        return not used and super().has_change_permission(request, obj)


@admin.register(SampleRule)
class SampleRuleAdmin(AuditedAdmin):
    """How lines of claims are drawn, programme by programme."""

    list_display = ("programme", "share", "of", "least", "synthetic")


@admin.register(LetterText)
class LetterTextAdmin(AuditedAdmin):
    """How a school may object, programme by programme."""

    list_display = ("programme", "synthetic")


@admin.register(CallForm)
class CallFormAdmin(AuditedAdmin):
    """The forms of cost a call allows, with its rates."""

    list_display = ("call", "form", "flat", "rate")
    list_select_related = ("call__programme",)
    autocomplete_fields = ("call",)


@admin.register(LumpRule)
class LumpRuleAdmin(AuditedAdmin):
    list_display = ("call", "release")
    list_select_related = ("call__programme",)
    autocomplete_fields = ("call",)


@admin.register(ScoreBand)
class ScoreBandAdmin(AuditedAdmin):
    list_display = ("call", "below", "lowers")
    list_select_related = ("call__programme",)
    autocomplete_fields = ("call",)


@admin.register(Rate)
class RateAdmin(AuditedAdmin):
    """The Commission's monthly accounting rates; `load_rates` takes them from a file. Costs keep the rate they had."""

    list_display = ("month", "currency", "rate", "source")
    list_filter = ("currency",)


@admin.register(Amendment)
class AmendmentAdmin(ReadOnlyAdmin):
    list_display = ("project", "contract", "state", "begun_at", "sent_at", "decided_at", "synthetic")
    list_select_related = ("project", "contract")
    search_fields = ("project__number",)


@admin.register(VersionTerms)
class VersionTermsAdmin(ReadOnlyAdmin):
    list_display = ("contract", "kept_at")
    list_select_related = ("contract",)


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
