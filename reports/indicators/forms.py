"""Input of the library, of typed values, estimates and school figures."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from budgets.forms.money import MoneyField
from core.forms import DayField, offer
from core.models import Code
from core.models.texts import said
from projects.forms import LANGUAGE_NAMES
from projects.models import Allocation, Priority, Programme, Project, Region, SpecificObjective
from reports.indicators.actions.values import Amounts, Part, parts_of
from reports.indicators.figures.rules import ANSWERS, NUMBERS, RESULTS, STATUSES
from reports.indicators.figures.words import AGE_WORDS, EDUCATION_WORDS, GENDER_WORDS
from reports.indicators.models import Definition, Indicator, SchoolFigure, Target

Source = Definition.Source
EMPTY = [("", "—")]
NOTHING = Decimal(0)


def _words(label: Any, rows: int = 2, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=2000, widget=forms.Textarea(attrs={"rows": rows}), **more)


def _several(label: Any, choices: type[TextChoices]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices.choices, required=False, widget=forms.CheckboxSelectMultiple
    )


def _number(label: Any, most: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=most, required=False)


class ReasonForm(forms.Form):
    """Why somebody who checks figures opens rows that tell sensitive answers, and the page to go on to."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, error_messages={"required": _("Write why you open these rows.")}
    )
    back = forms.CharField(widget=forms.HiddenInput, required=False)


class DefinitionForm(forms.Form):
    """What an indicator means and who counts; the names by language, the rule by its conditions."""

    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    code = forms.CharField(label=_("Code"), max_length=20)
    unit = forms.ChoiceField(label=_("Unit"), choices=Definition.Unit.choices)
    kind = forms.ChoiceField(label=_("Kind of indicator"), choices=Definition.Kind.choices)
    source = forms.ChoiceField(
        label=_("Counted from"), choices=[c for c in Source.choices if c[0] != Source.COMMON],
        help_text=_("Type values only where no record can exist."),
    )  # fmt: skip
    complete = forms.BooleanField(label=_("Only complete records count"), required=False)
    status = _several(_("Situation on the day of entry"), STATUSES)
    years_from = _number(_("Age at entry from"), 120)
    years_to = _number(_("Age at entry to"), 120)
    education_from = _number(_("Completed education from (ISCED level)"), 8)
    education_to = _number(_("Completed education to (ISCED level)"), 8)
    hours_from = _number(_("Came to so many hours or more"), 10000)
    answers = _several(_("Answered yes to one of"), ANSWERS)
    results = _several(_("Reached one of these after leaving"), RESULTS)
    over_time = forms.ChoiceField(
        label=_("Rule over time"), choices=Definition.OverTime.choices,
        help_text=_("What is counted from records is a sum. A ratio is the sum of numerators over the sum of "
                    "denominators, never the mean of ratios."),
    )  # fmt: skip
    cumulative = forms.BooleanField(
        label=_("Cumulative"), required=False, initial=True, help_text=_("Periods add up to the value to date.")
    )
    sensitive = forms.BooleanField(
        label=_("Sensitive"), required=False,
        help_text=_("Only those who may see sensitive answers open its rows. It may hold an informed estimate."),
    )  # fmt: skip
    categories = _several(_("Typed values are split by"), Definition.Category)
    because = _words(_("Reason of the change"), required=False)

    def __init__(self, *args: Any, programme: Programme, changes: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = programme.language
        self.languages = list(dict.fromkeys([own, *LANGUAGE_NAMES]))
        for language in self.languages:
            spoken = LANGUAGE_NAMES.get(language, language)
            self.fields[f"name_{language}"] = forms.CharField(
                label=_("Name, %(language)s") % {"language": spoken}, max_length=300, required=language == own,
                widget=forms.TextInput(attrs={"lang": language}),
            )  # fmt: skip
            self.fields[f"text_{language}"] = _words(
                _("Definition, %(language)s") % {"language": spoken}, required=False
            )
        names = [f"{name}_{language}" for name in ("name", "text") for language in self.languages]
        self.order_fields(["version", "code", *names])
        del self.fields["code" if changes else "because"]

    def facts(self) -> dict[str, Any]:
        """What the actions take: texts by language and the rule without conditions that were left empty."""
        given = self.cleaned_data

        def texts(name: str) -> dict[str, str]:
            return {each: given[f"{name}_{each}"] for each in self.languages if given[f"{name}_{each}"]}

        rule: dict[str, Any] = {name: given[name] for name in NUMBERS if given[name] is not None}
        rule |= {name: given[name] for name in ("status", "answers", "results") if given[name]}
        rule |= {"complete": True} if given["complete"] else {}
        plain = ("unit", "kind", "source", "over_time", "cumulative", "sensitive", "categories")
        return {name: given[name] for name in plain} | {"name": texts("name"), "text": texts("text"), "rule": rule}

    @staticmethod
    def initial_of(definition: Definition) -> dict[str, Any]:
        plain = ("version", "unit", "kind", "source", "over_time", "cumulative", "sensitive", "categories")
        texts = {f"{n}_{lang}": t for n in ("name", "text") for lang, t in getattr(definition, n).items()}
        return {name: getattr(definition, name) for name in plain} | texts | definition.rule


class _Named(forms.ModelChoiceField):
    def label_from_instance(self, row: Any) -> str:
        code = getattr(row, "number", "") or getattr(row, "school_code", "") or getattr(row, "code", "")
        names = getattr(row, "name", None) or getattr(row, "title", {})
        return f"{code} {said(names, get_language() or 'en')[0]}".strip()[:80]


class TargetForm(forms.Form):
    """What is to be reached by a day, in the whole programme or at one place."""

    kind = forms.ChoiceField(label=_("Kind of value"), choices=Target.Kind.choices)
    on = DayField(label=_("On the day"))
    value = forms.DecimalField(
        label=_("Value"), max_digits=14, decimal_places=2, required=False, localize=True, min_value=0,
        help_text=_("Leave it empty to take a value out."),
    )  # fmt: skip
    project = _Named(queryset=Project.objects.none(), required=False, label=_("Project"), to_field_name="number",
                     empty_label=_("The whole programme"))  # fmt: skip
    region = forms.ChoiceField(label=_("Category of region"), choices=[*EMPTY, *Region.choices], required=False)
    school = _Named(queryset=Project.objects.none(), required=False, label=_("School"), to_field_name="key")
    municipality = _Named(queryset=Project.objects.none(), required=False, label=_("Municipality"))
    specific_objective = _Named(
        queryset=SpecificObjective.objects.none(), required=False, label=_("Specific objective"),
        help_text=_("Annex VII gives milestones and targets by specific objective and category of region."),
    )  # fmt: skip
    based_on = _Named(
        queryset=Indicator.objects.none(), required=False, label=_("Set from the output indicator"),
        to_field_name="code", help_text=_("For the target of a result."),
    )  # fmt: skip
    in_percent = forms.BooleanField(required=False, label=_("The value is per cent of that output indicator"))

    def __init__(
        self, *args: Any, projects: Any, schools: Any, municipalities: Any, objectives: Any, outputs: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(
            self, project=projects, school=schools, municipality=municipalities, specific_objective=objectives,
            based_on=outputs,
        )  # fmt: skip


class AllocationForm(forms.Form):
    """A part of the financial plan. `part` names a priority by its code, or with a slash a specific objective in it."""

    version = forms.IntegerField(widget=forms.HiddenInput, initial=0)
    part = forms.ChoiceField(label=_("Part of the programme"))
    region = forms.ChoiceField(label=_("Category of region"), choices=[*EMPTY, *Region.choices], required=False)
    basis = forms.ChoiceField(label=_("Basis of the Union contribution"), choices=Allocation.Basis.choices)
    total = MoneyField(label=_("Total allocation, €"))
    eu_rate = forms.DecimalField(
        label=_("Co-financing rate, %"), max_digits=5, decimal_places=2, min_value=0, max_value=100, localize=True
    )

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts: dict[str, tuple[Priority, SpecificObjective | None]] = {}
        language = get_language() or "en"
        choices: list[tuple[str, Any]] = []
        for priority in programme.priorities.prefetch_related("specific_objectives").order_by("code"):
            within: list[tuple[str, Any]] = [(priority.code, _("The priority as a whole"))]
            self.parts[priority.code] = (priority, None)
            for objective in sorted(priority.specific_objectives.all(), key=lambda each: each.code):
                value = f"{priority.code}/{objective.code}"
                self.parts[value] = (priority, objective)
                within.append((value, f"{objective.code} {said(objective.name, language)[0]}".strip()[:80]))
            choices.append((f"{priority.code} {said(priority.name, language)[0]}".strip()[:80], within))
        field = self.fields["part"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @staticmethod
    def initial_of(one: Allocation) -> dict[str, Any]:
        objective = one.specific_objective
        part = f"{one.priority.code}/{objective.code}" if objective else one.priority.code
        return {"part": part} | {
            name: getattr(one, name) for name in ("version", "region", "basis", "total", "eu_rate")
        }

    def facts(self) -> dict[str, Any]:
        """What the actions take."""
        priority, objective = self.parts[self.cleaned_data["part"]]
        plain = {name: self.cleaned_data[name] for name in ("region", "basis", "total", "eu_rate")}
        return {"priority": priority, "specific_objective": objective} | plain


class _Period(forms.Form):
    indicator = _Named(queryset=Indicator.objects.none(), label=_("Indicator"), to_field_name="code", empty_label=None)
    from_on = DayField(label=_("From"))
    to_on = DayField(label=_("To"))

    def __init__(self, *args: Any, indicators: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, indicator=indicators)


class BeginForm(_Period):
    """Which value is typed: indicator, period, and the school or all."""

    school = _Named(queryset=Project.objects.none(), required=False, label=_("School"), to_field_name="key",
                    empty_label=_("The project as a whole"))  # fmt: skip

    def __init__(self, *args: Any, schools: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, school=schools)


class EstimateForm(_Period):
    """An informed estimate with where it comes from."""

    value = forms.IntegerField(label=_("Estimated number"), min_value=0)
    method = _words(_("Method"), help_text=_("How the number was worked out."))
    basis = _words(_("Basis"), help_text=_("The source it rests on, such as a survey or a census."))
    estimated_on = DayField(label=_("Estimated on"))


class PartsForm(forms.Form):
    """One field for each part of a typed value, two where it is a ratio; an empty part is 0."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, definition: Definition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts = parts_of(definition)
        self.ratio = definition.over_time == Definition.OverTime.RATIO
        for i, part in enumerate(self.parts):
            words = part_words(part)
            if self.ratio:
                self.fields[f"amount_{i}"] = self._number(_("Numerator"), words)
                self.fields[f"base_{i}"] = self._number(_("Denominator"), words)
            else:
                self.fields[f"amount_{i}"] = self._number("" if words else _("Value"), words)

    @staticmethod
    def _number(label: Any, words: str) -> forms.DecimalField:
        shown = ", ".join(str(each) for each in (label, words) if each)
        return forms.DecimalField(
            label=shown, max_digits=14, decimal_places=2, min_value=0, required=False, localize=True
        )

    def amounts(self) -> Amounts:
        given = self.cleaned_data
        return {
            part: (given[f"amount_{i}"] or NOTHING, (given[f"base_{i}"] or NOTHING) if self.ratio else None)
            for i, part in enumerate(self.parts)
        }

    @staticmethod
    def initial_of(value: Any) -> dict[str, Any]:
        cells = {(c.gender, c.age, c.education): c for c in value.cells.all()}
        start: dict[str, Any] = {"version": value.version}
        for i, part in enumerate(parts_of(value.definition)):
            if part in cells:
                start |= {f"amount_{i}": cells[part].amount, f"base_{i}": cells[part].base}
        return start


class DecideForm(forms.Form):
    """Approve, or return with a remark."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    approve = forms.TypedChoiceField(
        label=_("Decision"), coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        choices=[("yes", _("Approve the value: it counts")), ("no", _("Return the value with a remark"))],
    )  # fmt: skip
    comment = _words(_("Seen by the school"), required=False, help_text=_("Needed when it is returned."))


class CorrectForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    because = _words(_("Reason of the correction"))


def part_words(part: Part) -> str:
    """A combination of categories in words; empty where a value is not split."""
    gender, age, education = part
    words = (GENDER_WORDS.get(gender), AGE_WORDS.get(age), EDUCATION_WORDS.get(education))
    return ", ".join(str(each) for each in words if each)


class ExplainForm(forms.Form):
    explanation = _words(_("What happened"))


class SchoolYearForm(forms.Form):
    """All measures of a school year; empty is not reported."""

    def __init__(self, *args: Any, measures: list[Code], there: dict[str, SchoolFigure], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.measures = measures
        spoken = (get_language() or "en")[:2]
        for code in measures:
            name, figure = said(code.name, spoken)[0], there.get(code.code)
            for side, field, column in (("top", "numerator", "numerator"), ("base", "denominator", "denominator")):
                words = code.more.get(f"{column}_{spoken}") or code.more.get(f"{column}_en")
                if side == "base" and code.more["form"] == "count":
                    continue
                self.fields[f"{code.code}_{side}"] = forms.DecimalField(
                    label=f"{name}: {words}", max_digits=14, decimal_places=2, min_value=0, required=False,
                    localize=True, initial=getattr(figure, field) if figure else None,
                )  # fmt: skip
        self.fields["because"] = _words(
            _("Reason of the correction"), required=False, help_text=_("Needed when a value changes.")
        )

    def figures(self) -> dict[str, tuple[Decimal | None, Decimal | None]]:
        given = self.cleaned_data
        return {c.code: (given[f"{c.code}_top"], given.get(f"{c.code}_base")) for c in self.measures}


class SchoolListForm(forms.Form):
    upload = forms.FileField(label=_("CSV file"))
    because = _words(_("Reason of the correction"), required=False, help_text=_("Needed when a value changes."))
