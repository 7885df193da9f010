"""Input of the session and evidence pages. Forms clean and narrow; what the office allows is decided in actions."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from activities import checks
from activities.actions import Stale
from activities.models import Activity, Evidence, Session
from core import formats
from core.forms import DayField, offer
from core.models.texts import said


def refuse(form: forms.Form, refused: ValidationError) -> None:
    """Put the messages of a refusal beside their fields; what names no field of this form goes to its head."""
    by_field = refused.error_dict if hasattr(refused, "error_dict") else {NON_FIELD_ERRORS: refused.error_list}
    for name, errors in by_field.items():
        form.add_error(name if name in form.fields else None, errors)


def rebase(data: QueryDict, stale: Stale, version: int, form: forms.Form) -> QueryDict:
    """What was typed, set upon what is stored now: sending it again changes only what the person still wants."""
    data = data.copy()
    data["version"] = str(version)
    for difference in stale.differences:
        theirs = form.fields[difference.field].prepare_value(difference.theirs)
        data[f"initial-{difference.field}"] = "" if theirs is None else str(theirs)
    return data


def choose(data: QueryDict) -> QueryDict:
    """Take their value where the person chose it in the comparison (`keep_<field>` = theirs)."""
    data = data.copy()
    for name in [name for name in data if name.startswith("keep_") and data[name] == "theirs"]:
        field = name.removeprefix("keep_")
        data[field] = data.get(f"initial-{field}", "")
    return data


class ClockField(forms.TimeField):
    """A time of day: 14:00, 14.00 or 14."""

    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "w-short"})
    input_formats = ("%H:%M", "%H.%M", "%H:%M:%S", "%H")
    default_error_messages = {"invalid": _("Enter a time such as 14:00."), "required": _("Enter a time such as 14:00.")}

    def prepare_value(self, value):
        return f"{value:%H:%M}" if isinstance(value, time) else value


class HoursField(forms.DecimalField):
    """Hours, with comma or dot."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "w-num w-short", "autocomplete": "off"})
    default_error_messages = {
        "invalid": _("Enter the hours as a number, such as 1.5."),
        "required": _("Enter the hours as a number, such as 1.5."),
        "max_digits": _("Enter the hours as a number above 0 and at most 24."),
        "max_whole_digits": _("Enter the hours as a number above 0 and at most 24."),
        "max_decimal_places": _("Enter the hours with at most two decimals, such as 1.25."),
    }

    def to_python(self, value):
        if isinstance(value, str):
            value = "".join(value.split()).replace(",", ".")
        return super().to_python(value)

    def prepare_value(self, value):
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class ActivityField(forms.ModelChoiceField):
    def label_from_instance(self, activity: Activity) -> str:
        return f"{activity.number} · {said(activity.title, get_language() or 'en')[0]}"


class SessionForm(forms.Form):
    """Details of a session of one group; the fields remember what they began with, to tell who changed what."""

    on = DayField(label=_("Day"), widget=forms.DateInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))
    starts_at = ClockField(label=_("From"))
    ends_at = ClockField(label=_("To"))
    hours = HoursField(
        label=_("Hours"),
        max_digits=5,
        decimal_places=2,
        help_text=_("What counts as delivered, in hours of 60 minutes."),
    )
    activity = ActivityField(
        label=_("Activity"),
        queryset=Activity.objects.none(),
        to_field_name="key",
        error_messages={
            "required": _("Choose an activity."),
            "invalid_choice": _("Choose an activity of this project."),
        },
    )
    place = forms.CharField(label=_("Place"), max_length=120, required=False)
    leader = forms.CharField(label=_("Led by"), max_length=120, required=False)
    topic = forms.CharField(
        label=_("Topic"), max_length=300, required=False, help_text=_("What is taught. No names of children.")
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, project, **kwargs):
        super().__init__(*args, **kwargs)
        activities = Activity.objects.filter(project=project, parts=None).order_by("position")
        offer(self, activity=activities)
        for name, field in self.fields.items():
            field.show_hidden_initial = name != "version"
        self.fields["on"].error_messages["required"] = _("Enter a date such as 9.12.2025 or 2025-12-09.")

    def details(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def touched(self) -> dict[str, Any]:
        """Only the details the person changed."""
        return {name: value for name, value in self.details().items() if name in self.changed_data}


class SeriesForm(SessionForm):
    """A session that repeats every week until a day."""

    until = DayField(label=_("Every week until"), error_messages={"required": _("Enter the last day of the series.")})
    field_order = ("on", "until")

    def clean(self):
        data = super().clean() or {}
        if (first := data.get("on")) and (until := data.get("until")) and (wrong := checks.series_until(first, until)):
            self.add_error("until", wrong)
        return data

    def details(self) -> dict[str, Any]:
        return {name: value for name, value in super().details().items() if name not in ("on", "until")}

    def days(self) -> list[date]:
        return checks.weekly(self.cleaned_data["on"], self.cleaned_data["until"])


def first_values(session: Session) -> dict[str, Any]:
    """What the form of an existing session begins with."""
    names = ("activity", "on", "starts_at", "ends_at", "hours", "place", "leader", "topic", "version")
    return {name: getattr(session, name) for name in names}


class OpenAgainForm(forms.Form):
    """A locked month to open again, for a school or a person (`who` is "school:<pk>" or "person:<pk>")."""

    month = forms.ChoiceField(label=_("Month"), error_messages={"required": _("Choose a month.")})
    who = forms.ChoiceField(
        label=_("For whom"), error_messages={"required": _("Choose one school or one person.")},
        help_text=_("A school: all who enter its sessions. A person: at each of their schools in the project."),
    )  # fmt: skip
    because = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Both sides see it. No names of children."),
        error_messages={"required": _("Say why the month is opened again.")},
    )
    until_on = DayField(
        label=_("Open until"),
        help_text=_("The last day; then the month locks by itself."),
        error_messages={"required": _("Enter today or a later day.")},
    )

    def __init__(self, data=None, *, project, today, initial):
        super().__init__(data, initial=initial | {"until_on": today + timedelta(days=7)})
        self.project = project
        months = checks.locked_months(project, today)
        language = get_language() or "en"
        names = [("", _("Choose a month")), *((f"{m:%Y-%m}", formats.month(m, language)) for m in months)]
        offer(self, month=names)
        self.schools = {f"school:{s.pk}": s for s in checks.schools_of(project)}
        self.people = {f"person:{u.pk}": u for u in checks.entering(project, today)}
        who = [
            ("", _("Choose one school or one person")),
            (_("A whole school"), [(value, said(s.name, language)[0]) for value, s in self.schools.items()]),
            (_("One person"), [(value, str(u)) for value, u in self.people.items()]),
        ]
        offer(self, who=who)

    def exception(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "month": date.fromisoformat(f"{data['month']}-01"),
            "school": self.schools.get(data["who"]),
            "person": self.people.get(data["who"]),
            "because": data["because"],
            "until_on": data["until_on"],
        }


class AskToOpenForm(forms.Form):
    because = forms.CharField(
        label=_("Why should the month be opened again?"),
        max_length=300,
        help_text=_("The officer reads it. No names of children."),
        error_messages={"required": _("Say why the month should be opened again.")},
    )


class CancelForm(forms.Form):
    because = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Such as “school closed because of flu”. No names of children."),
        error_messages={"required": _("Say why the session is cancelled.")},
    )


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several; whether each is what it says is found out when it is stored."""

    widget = FilesInput(attrs={"multiple": True, "accept": ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png"})
    default_error_messages = {"required": _("Choose a file."), "missing": _("Choose a file.")}

    def clean(self, data, initial=None):
        files = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files or [None]]


class EvidenceForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=Evidence.Kind,
        initial=Evidence.Kind.SIGNED_LIST,
        error_messages={
            "required": _("Choose what kind of file it is."),
            "invalid_choice": _("Choose one of the kinds."),
        },
    )
    upload = FilesField(label=_("File"), allow_empty_file=True, max_length=500)

    def __init__(self, *args, limit: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        words = _("A photo or scan: PDF, JPEG or PNG, at most %(limit)s each.") % {"limit": limit}
        self.fields["upload"].help_text = words
