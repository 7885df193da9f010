"""Input of the account pages."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.timezone import localdate, make_aware
from django.utils.translation import gettext_lazy as _

from core.formats import parse_day
from core.models import ApiToken, User
from core.ranges import ranges_in


class DayField(forms.DateField):
    """A date as people write it: 9.12.25, 09/12/2025, 2025-12-09."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if not isinstance(value, str):
            return super().to_python(value)
        try:
            return parse_day(value)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def prepare_value(self, value):
        return f"{value:%d.%m.%Y}" if hasattr(value, "strftime") else value


class RangesField(forms.CharField):
    """Ranges of addresses, one a line; the value is a list of them, empty for anywhere."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"})
    default_error_messages = {
        "wrong": _("“%(part)s” is not an address or a range of addresses."),
        "many": _("Name at most 20 ranges."),
    }

    def to_python(self, value):
        try:
            found = ranges_in(super().to_python(value) or "")
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["wrong"], params={"part": str(error)[:60]}) from None
        if len(found) > 20:
            raise forms.ValidationError(self.error_messages["many"])
        return found


def offer(form: forms.BaseForm, **offered: Any) -> None:
    """Set what fields are chosen from, by name: rows for a field of rows, pairs of value and words for a list of
    choices. Raises TypeError for a field that is typed."""
    for name, choices in offered.items():
        match form.fields[name]:
            case forms.ModelChoiceField() as field:
                field.queryset = choices
            case forms.ChoiceField() as field:
                field.choices = choices
            case other:
                raise TypeError(f"{name} is a {type(other).__name__}: nothing to choose from")


class PreferencesForm(forms.ModelForm):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = User
        fields = ["language", "theme", "density", "hide_names"]


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What the token is for, such as “School register, 5th school”.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=ApiToken.Scope, widget=forms.CheckboxSelectMultiple
    )
    until = DayField(label=_("Last day"), help_text=_("At most one year from today."))
    ranges = RangesField(
        label=_("From which addresses"),
        required=False,
        help_text=_("Such as 192.0.2.0/24 or 2001:db8::/32, one a line. Empty: from anywhere."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["until"].initial = localdate() + timedelta(days=90)

    def expires_at(self) -> datetime:
        return make_aware(datetime.combine(self.cleaned_data["until"], time(23, 59, 59)))
