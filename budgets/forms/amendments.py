"""Input of amendments: one form for each part of a contract version, and what is asked when one is decided.

A form of a part gets the row of the copy and gives a row of plain values back; the action decides.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from activities.models import Activity, PlannedOutput
from budgets.forms.money import (
    PART_LABELS,
    MoneyField,
    day_field,
    in_currency,
    instalments_field,
    interim_days_field,
    interim_months_field,
    report_days_field,
    whole_units_field,
)
from budgets.models import BudgetLine, Flat, Nature
from budgets.snapshot.terms import PARTS, Row, fields_of, plain
from core.forms import offer
from core.models import Code, Organisation
from core.models.texts import said
from projects.models import Partner, PlannedFigure, Project
from projects.serializers import known_organisations


class BecauseForm(forms.Form):
    """A reason in words."""

    because = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class ApproveForm(forms.Form):
    """From which day, under which number; that the consequences were read where there are any."""

    number = forms.CharField(label=_("Number of the annex"), max_length=80)
    signed_on = day_field(_("Signed on"), required=False)
    in_force_from = day_field(_("In force from"), help_text=_("From this day its dates, amounts and targets count."))
    because = forms.CharField(
        label=_("Remark"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    read = forms.BooleanField(label=_("I have read what follows from this amendment"))

    def __init__(self, *args: Any, warns: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not warns:
            del self.fields["read"]


class _Terms(forms.Form):
    """A row of the copy; `seen` says which row the person had before them."""

    part: str
    fixed: tuple[str, ...] = ()  # shown and never changed on a row that is there already

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, row: Row | None, project: Project, currency: str, **kwargs: Any) -> None:
        self.row, self.project = row, project
        super().__init__(*args, **kwargs)
        for name in self.fixed if row is not None else ():
            del self.fields[name]
        in_currency(self, currency)
        language = project.programme.language
        for model_field in fields_of(PARTS[self.part].model):
            name = model_field.name
            if row is None or name not in self.fields or name not in row:
                continue
            field, value = self.fields[name], row[name]
            if name == "name":
                value = said(value, language, language)[0]
            elif not isinstance(field, forms.ModelChoiceField) and value is not None:
                value = model_field.to_python(value)
            self.initial.setdefault(name, value)

    def plain_row(self) -> Row:
        """The fields as plain values; a name is written in the language of the programme."""
        found = {name: plain(value) for name, value in self.cleaned_data.items() if name != "seen"}
        if "name" in found:
            language, old = self.project.programme.language, (self.row or {}).get("name") or {}
            changed = found["name"] != said(old, language, language)[0]
            found["name"] = {language: found["name"]} if changed else old
        return {name: None if value == "" and name in _EMPTY else value for name, value in found.items()}


_EMPTY = ("activity", "partner", "category", "unit_price")


class ContractTermsForm(_Terms):
    part = "contract"

    starts_on = day_field(_("Work starts on"), required=False)
    ends_on = day_field(_("Work ends on"), required=False)
    eligible_from = day_field(_("Costs eligible from"), required=False)
    eligible_to = day_field(_("Costs eligible to"), required=False)
    total = MoneyField(label=_("Total"), required=False)
    eu_part = MoneyField(label=PART_LABELS["eu_part"], required=False)
    national_part = MoneyField(label=PART_LABELS["national_part"], required=False)
    own_part = MoneyField(label=PART_LABELS["own_part"], required=False)
    whole_units = whole_units_field()
    instalments = instalments_field()
    report_days = report_days_field()
    interim_months = interim_months_field()
    interim_days = interim_days_field()


class _Named(forms.ModelChoiceField):
    """A choice named by its text."""

    def label_from_instance(self, thing: Any) -> str:
        language = get_language() or "en"
        if isinstance(thing, Activity):
            title = said(thing.title, language, thing.project.programme.language)[0]
            return f"{thing.number} {title}"[:80]
        return said(thing.name, language)[0]


class LineTermsForm(_Terms):
    part = "lines"
    fixed = ("code",)

    code = forms.CharField(label=_("Code"), max_length=20)
    name = forms.CharField(label=pgettext_lazy("of a budget line", "Name"), max_length=300)
    activity = _Named(queryset=Activity.objects.none(), label=_("Activity"), required=False, to_field_name="number")
    partner = _Named(queryset=Organisation.objects.none(), label=_("Partner"), required=False, to_field_name="key")
    category = _Named(queryset=Code.objects.none(), label=_("Cost category"), required=False, to_field_name="code")
    year = forms.IntegerField(label=_("Year"), required=False, min_value=2000, max_value=2100)
    nature = forms.ChoiceField(
        label=_("Kind of cost"), choices=[("", "—"), *Nature.choices], required=False,
        help_text=_("Needed where a flat rate is used."),
    )  # fmt: skip
    form = forms.ChoiceField(label=_("Form of cost"), choices=[("", "—"), *BudgetLine.Form.choices], required=False)
    flat = forms.ChoiceField(
        label=_("Flat rate"), choices=[("", "—"), *Flat.choices], required=False,
        help_text=_("Its amount is computed from its base."),
    )  # fmt: skip
    unit = forms.ChoiceField(
        label=_("Unit"), choices=[("", "—"), *BudgetLine.Unit.choices], required=False, help_text=_("Of a unit cost.")
    )
    unit_price = MoneyField(label=_("Amount per unit"), required=False, help_text=_("Of a unit cost."))
    total = MoneyField(label=_("Contracted"))
    eu_part = MoneyField(
        label=PART_LABELS["eu_part"], required=False, help_text=_("All three empty: split as the contract is.")
    )
    national_part = MoneyField(label=PART_LABELS["national_part"], required=False)
    own_part = MoneyField(label=PART_LABELS["own_part"], required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        activities = self.project.activities.select_related("project__programme").order_by("position")
        partners = Organisation.objects.filter(partnerships__project=self.project).distinct().order_by("pk")
        categories = Code.objects.of("cost_categories").current()
        offer(self, category=categories, activity=activities, partner=partners)


class TargetTermsForm(_Terms):
    part = "figures"
    fixed = ("counter",)

    counter = forms.ChoiceField(label=_("Counter"), choices=PlannedFigure.Counter.choices)
    planned = forms.IntegerField(label=_("Planned"), min_value=0, widget=forms.TextInput(attrs={"class": "w-num"}))


class OutputTermsForm(_Terms):
    part = "outputs"
    fixed = ("activity", "name", "counts")

    activity = _Named(queryset=Activity.objects.none(), label=_("Activity"), to_field_name="number")
    name = forms.CharField(label=_("Output"), max_length=300)
    counts = forms.ChoiceField(label=_("Counted from"), choices=PlannedOutput.Counts.choices)
    planned = MoneyField(label=_("Planned"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "activity" in self.fields:
            activities = self.project.activities.select_related("project__programme").order_by("position")
            self.fields["activity"] = _Named(
                queryset=activities, label=_("Activity"), to_field_name="number"
            )  # fmt: skip
            self.order_fields(["seen", "activity", "name", "counts", "planned"])


class PartnerTermsForm(_Terms):
    part = "partners"
    fixed = ("organisation", "role")

    organisation = _Named(queryset=Organisation.objects.none(), label=_("Organisation"), to_field_name="key")
    role = forms.ChoiceField(label=_("Role"), choices=Partner.Role.choices)
    since_on = day_field(pgettext_lazy("first day of a partner", "Since"), required=False)
    until_on = day_field(
        pgettext_lazy("last day of a partner", "Until"), required=False, help_text=_("The last day of who leaves.")
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "organisation" in self.fields:
            offer(self, organisation=known_organisations(user).order_by("pk"))
