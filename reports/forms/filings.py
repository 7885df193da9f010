"""Input of the reports a project owes: their schedule, what is written in them, what is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.forms import DayField
from reports.actions import Place
from reports.models import LONGEST_TEXT, Filing


class _Needed(forms.CharField):
    """A text that may be empty in a draft and is asked for when that is submitted: nothing calls it optional."""

    def validate(self, value: Any) -> None:
        """An empty one is told when the report is submitted."""


def _text(label: Any, rows: int = 6, *, needed: bool = False, **more: Any) -> forms.CharField:
    widget, kind = forms.Textarea(attrs={"rows": rows}), _Needed if needed else forms.CharField
    return kind(label=label, max_length=LONGEST_TEXT, required=needed, widget=widget, **more)


class ScheduleForm(forms.Form):
    """The rhythm of the reports where the contract does not say it; `agreed` is what it says, by field."""

    months = forms.IntegerField(
        label=_("An interim report every so many months"), min_value=0, max_value=60, initial=6,
        help_text=_("Counted from the first day of the contract. 0: no interim reports."),
    )  # fmt: skip
    days = forms.IntegerField(
        label=_("Days for an interim report"), min_value=0, max_value=365, initial=30,
        help_text=_("Counted from the last day of its period."),
    )  # fmt: skip
    final_days = forms.IntegerField(
        label=_("Days for the final report"), min_value=0, max_value=1000, initial=60,
        help_text=_("Counted from the last day of work, such as 60."),
    )  # fmt: skip

    def __init__(self, *args: Any, agreed: Mapping[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = {name: n for name, n in agreed.items() if name != "days" or agreed.get("months") != 0}
        self.said = [(field.label, told[name]) for name, field in self.fields.items() if name in told]
        for name in agreed:
            del self.fields[name]


class AddFilingForm(forms.Form):
    """One report the schedule does not foresee."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Filing.Kind.choices)
    from_on = DayField(label=_("First day of the period"))
    to_on = DayField(label=_("Last day of the period"))
    due_on = DayField(label=_("Due on"))


class SectionsForm(forms.Form):
    """A text for each section of a report, and which version of it the writer saw; `places` in their order."""

    use_required_attribute = False

    def __init__(self, *args: Any, places: list[Place], own: str, text_language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places
        for n, place in enumerate(places):
            name, _spoken = place.name(get_language() or "en", own)
            label = f"{place.number} {name}".strip()
            self.fields[f"text_{n}"] = field = _text(label, initial=place.text, needed=place.needed)
            field.widget.attrs["lang"] = text_language
            self.fields[f"seen_{n}"] = forms.IntegerField(
                widget=forms.HiddenInput, min_value=0, initial=place.version, required=False
            )

    def texts(self) -> dict[str, str]:
        """The texts that were sent, by number of the activity."""
        sent = [(n, place) for n, place in enumerate(self.places) if f"text_{n}" in self.data]
        return {place.number: self.cleaned_data[f"text_{n}"] for n, place in sent}

    def seen(self) -> dict[str, int]:
        return {place.number: self.cleaned_data[f"seen_{n}"] or 0 for n, place in enumerate(self.places)}


class DecideForm(forms.Form):
    """Approve or return a submitted report, with a remark beside each section that is to be corrected."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    approve = forms.TypedChoiceField(
        label=_("Decision"), coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        choices=[("no", _("Return it to be corrected")), ("yes", _("Approve it"))],
    )  # fmt: skip
    comment = _text(_("Remark on the whole report"), 3, help_text=_("The project reads it."))

    def __init__(self, *args: Any, places: list[Place], own: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places
        for n, place in enumerate(places):
            name, _spoken = place.name(get_language() or "en", own)
            title = f"{place.number} {name}".strip()
            self.fields[f"remark_{n}"] = _text(_("To be corrected in “%(section)s”") % {"section": title}, 2)

    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        remarks = {place.number: given[f"remark_{n}"] for n, place in enumerate(self.places)}
        return {name: given[name] for name in ("version", "approve", "comment")} | {"remarks": remarks}


class SkipForm(forms.Form):
    because = _text(_("Why this report is not needed"), 2, help_text=_("The project reads it."))
