"""Input of the report pages: what a report is asked with, how reports are found, and what is checked for being true."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from core.forms import DayField
from core.models import Organisation, User
from core.models.texts import said
from projects.models import ContractVersion, Project
from reports import checks
from reports.catalogue import Asks, Kind, Subject, choices, school_year
from reports.models import Layout, LayoutVersion, Report
from reports.overview import quarter_of
from reports.subjects import FIELDS, Thing, code, find, programme, spelled, title

MOST_IN_A_LIST = 100  # more projects than this are typed by number, not picked from a list


def named(project: Project) -> str:
    """A project as a choice: its number and its title in the reader's language."""
    title = said(project.title, get_language() or "en", project.programme.language)[0]
    return f"{project.number} – {title}" if title else project.number


def _plain(number: str) -> str:
    return re.sub(r"[^a-z0-9]", "", number.casefold())


def find_project(projects: QuerySet[Project], number: str) -> Project:
    """The one of `projects` with this number or contract number, with or without its dashes and dots.

    Raises ValidationError that names the numbers that come close.
    """
    number = number.strip()
    found = projects.filter(Q(number__iexact=number) | Q(contracts__number__iexact=number)).distinct().first()
    if found:
        return found
    numbers = dict(projects.values_list("number", "pk"))
    contracts = ContractVersion.objects.filter(project__in=numbers.values())
    spelled = {_plain(n): pk for n, pk in contracts.values_list("number", "project_id")}
    spelled |= {_plain(n): pk for n, pk in numbers.items()}
    if _plain(number) in spelled:
        return projects.get(pk=spelled[_plain(number)])
    close = difflib.get_close_matches(number.upper(), numbers, n=3, cutoff=0.75)
    if close:
        message = _("There is no project with the number “%(number)s”. Did you mean %(close)s?")
    else:
        message = _("There is no project with the number “%(number)s”. Check it: it stands on the contract.")
    raise ValidationError(message % {"number": number[:80], "close": ", ".join(close)}, code="unknown_project")


def limits(project: Project, today: date) -> tuple[date | None, date | None]:
    """The first and the last day a report of `project` may speak of; None where the contract does not say."""
    contract = project.contract_on(today)
    if contract is None:
        return None, None
    begins = min((d for d in (contract.starts_on, contract.eligible_from) if d), default=None)
    ends = max((d for d in (contract.ends_on, contract.eligible_to) if d), default=None)
    return begins, ends


def periods(project: Project | None, today: date) -> list[tuple[Any, date, date]]:
    """Periods people ask for, inside the contract: name, first day, last day. The first one is the usual one."""
    begins, ends = limits(project, today) if project else (None, None)
    now = min(max(today, begins or today), ends or today)
    this, last = quarter_of(now), quarter_of(quarter_of(now)[0] - timedelta(days=1))
    wanted = [
        (pgettext_lazy("period of a report", "this quarter"), *this),
        (pgettext_lazy("period of a report", "last quarter"), *last),
        (pgettext_lazy("period of a report", "this year"), date(now.year, 1, 1), date(now.year, 12, 31)),
        (pgettext_lazy("period of a report", "from the start until today"), begins or this[0], now),
    ]
    if begins is None:
        wanted.pop()
    inside = [(name, max(first, begins or first), min(until, ends or until)) for name, first, until in wanted]
    return [(name, first, until) for name, first, until in inside if first <= until]


class ProjectField(forms.Field):
    """The number of a project among those given; cleans to the project."""

    def __init__(self, projects: QuerySet[Project], **kwargs: Any):
        self.projects = projects
        chosen = list(projects[: MOST_IN_A_LIST + 1])
        self.only = chosen[0] if len(chosen) == 1 else None
        widget: forms.Widget
        if len(chosen) <= MOST_IN_A_LIST:
            empty = [] if self.only else [("", pgettext_lazy("choice", "Choose a project"))]
            widget = forms.Select(choices=[*empty, *((p.number, named(p)) for p in chosen)])
        else:
            widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
            kwargs.setdefault("help_text", gettext_lazy("Its number, with or without dashes, or the contract number."))
        super().__init__(widget=widget, **kwargs)

    def to_python(self, value: Any) -> Project | None:
        if value in self.empty_values or isinstance(value, Project):
            return value or None
        return find_project(self.projects, str(value))

    def prepare_value(self, value: Any) -> Any:
        return value.number if isinstance(value, Project) else value


class ThingField(forms.ChoiceField):
    """A call, a programme or a school among those given, by its code; cleans to its row."""

    def __init__(self, rows: QuerySet, **kwargs: Any):
        self.rows = rows
        chosen = list(rows)
        self.only = chosen[0] if len(chosen) == 1 else None
        empty = [] if self.only else [("", pgettext_lazy("choice", "Choose one"))]
        super().__init__(choices=[*empty, *((spelled(row), _spoken(row)) for row in chosen)], **kwargs)

    def clean(self, value: Any) -> Thing | None:
        if not value:
            return super().clean(value)
        return find(self.rows, value) if isinstance(value, str) else value

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else spelled(value)


def _spoken(thing: Thing) -> str:
    texts, own = title(thing)
    name = said(texts, get_language() or "en", own)[0]
    return f"{code(thing)} – {name}" if name and not isinstance(thing, Organisation) else name or code(thing)


class DayInput(forms.DateInput):
    """A typed day, with a line below it that says what was understood."""

    template_name = "reports/ask_day.html"


def _day(label: Any) -> DayField:
    return DayField(label=label, widget=DayInput(attrs={"inputmode": "numeric", "autocomplete": "off"}))


class LayoutField(forms.TypedChoiceField):
    """One of the published layouts, by the key of its layout; cleans to its version, or None for the usual one."""

    def __init__(self, layouts: Sequence[LayoutVersion]):
        self.rows = {str(each.layout.key): each for each in layouts}
        named = [(key, f"{each.layout.name} ({_owner(each.layout)})") for key, each in self.rows.items()]
        super().__init__(
            label=gettext_lazy("Layout"), required=False, coerce=self.rows.get, empty_value=None,
            choices=[("", pgettext_lazy("layout of a report", "The usual one")), *named],
            help_text=gettext_lazy("Order, headings and texts of the PDF. Figures are the same in each."),
        )  # fmt: skip


def _owner(layout: Layout) -> str:
    """The code of the programme, and of the call, a layout is for."""
    return f"{layout.programme.code}/{layout.call.code}" if layout.call else layout.programme.code


class AskForm(forms.Form):
    """What a report of a kind about one sort of thing is asked with. Its field names are those of the API and of
    `reports.checks`; `rows` are the things this person may ask about."""

    def __init__(
        self, *args: Any, rows: QuerySet, today: date, kind: Kind, subject: Subject,
        layouts: Sequence[LayoutVersion] = (), **kwargs: Any,
    ):  # fmt: skip
        super().__init__(*args, **kwargs)
        self.kind, self.subject = kind, subject
        about: ProjectField | ThingField
        if subject == Subject.PROJECT:
            about = ProjectField(rows, label=gettext_lazy("Project"))
        else:
            about = ThingField(rows, label=subject.label)
        self.fields = {
            str(subject): about,
            **_days(kind, today),
            "language": forms.ChoiceField(
                label=gettext_lazy("Language of the report"),
                help_text=gettext_lazy("Apart from the language of these pages."),
                choices=settings.LANGUAGES,
                widget=forms.RadioSelect,
            ),
            **({"layout": LayoutField(layouts)} if layouts else {}),
            "mail": forms.BooleanField(label=gettext_lazy("Mail me when it is ready"), required=False),
            "again": forms.UUIDField(required=False),  # the report that was offered instead, and declined
            "empty": forms.BooleanField(required=False),  # told that the period holds nothing, and wanted still
        }
        chosen = self.initial.get(str(subject)) or about.only
        usual = periods(chosen if isinstance(chosen, Project) else None, today)[0]
        spoken = programme(chosen) if chosen else None
        language = spoken.language if spoken else get_language()
        proposed = {
            str(subject): chosen,
            "from": usual[1],
            "to": today if kind.asks == Asks.DAY else usual[2],
            "school_year": str(_first_year(today)),
            "language": language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
            "mail": True,
        }
        self.initial = proposed | {name: value for name, value in self.initial.items() if value}

    @property
    def names(self) -> list[str]:
        """The fields that make the question."""
        return [name for name in self.fields if name not in ("mail", "again", "empty")]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("school_year"):
            data["from"], data["to"] = school_year(int(data["school_year"]))
        if (thing := self.about()) and data.get("to") and (data.get("from") or self.kind.asks == Asks.DAY):
            for name, texts in checks.question(self.kind, thing, data.get("from"), data["to"]).items():
                for text in texts:
                    self.add_error(name if name in self.fields else None, text)
            for text in checks.layout(data.get("layout"), self.kind.key, thing).get("layout", []):
                self.add_error("layout", text)
        return data

    def about(self) -> Thing | None:
        """What the report is to be about, once that is valid."""
        return getattr(self, "cleaned_data", {}).get(str(self.subject))

    def question(self) -> dict[str, Any]:
        """The valid input as arguments of `reports.actions.ask`."""
        data = self.cleaned_data
        first, last = self.kind.period(data.get("from"), data["to"])
        return {
            FIELDS[self.subject]: data[str(self.subject)],
            "kind": self.kind.key,
            "from_on": first,
            "to_on": last,
            "language": data["language"],
            "layout": data.get("layout"),
        }


def _first_year(today: date) -> int:
    return today.year if today.month >= 9 else today.year - 1


def _days(kind: Kind, today: date) -> dict[str, forms.Field]:
    """The fields for the time a report of this kind speaks of."""
    if kind.asks == Asks.SCHOOL_YEAR:
        years = [(str(y), f"{y}/{y + 1}") for y in range(_first_year(today), _first_year(today) - 8, -1)]
        return {"school_year": forms.ChoiceField(label=gettext_lazy("School year"), choices=years)}
    if kind.asks == Asks.DAY:
        return {"to": _day(pgettext_lazy("day up to which everything counts", "Up to the day"))}
    return {
        "from": _day(pgettext_lazy("start of a period", "From")),
        "to": _day(pgettext_lazy("end of a period", "To")),
    }


class FindForm(forms.Form):
    """Which reports to list: every field may stay empty."""

    q = forms.CharField(
        label=gettext_lazy("Project, check code or file"),
        required=False,
        max_length=200,
    )
    project = forms.CharField(label=gettext_lazy("Project number"), required=False, max_length=60)
    kind = forms.ChoiceField(required=False)
    by = forms.ChoiceField(
        label=gettext_lazy("Asked for by"),
        required=False,
        choices=[("", pgettext_lazy("filter: who asked", "All")), ("me", pgettext_lazy("filter: who asked", "Me"))],
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", pgettext_lazy("filter: states", "All")), *Report.State.choices],
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=[("", pgettext_lazy("filter: languages", "All")), *settings.LANGUAGES],
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["kind"] = forms.ChoiceField(
            label=pgettext_lazy("of report", "Kind"),
            required=False,
            choices=[("", pgettext_lazy("filter: kinds", "All")), *choices()],
        )

    def find(self, reports: QuerySet[Report], me: User) -> QuerySet[Report]:
        """Those of `reports` that fit the valid part of the input of `me`."""
        found = {name: value for name, value in self.cleaned_data.items() if value}
        if found.get("by"):
            reports = reports.filter(asked_by=me)
        if number := found.get("project"):
            reports = reports.filter(project__number__icontains=number.strip())
        if kind := found.get("kind"):
            reports = reports.filter(kind=kind)
        if state := found.get("state"):
            reports = reports.filter(state=state)
        if language := found.get("language"):
            reports = reports.filter(language=language)
        text = found.get("q", "")
        if (code := as_code(text)) and (coded := reports.filter(code=code)).exists():
            return coded
        for word in text.split()[:8]:
            reports = reports.filter(_speaks_of(word))
        return reports

    def in_force(self) -> list[tuple[str, Any, str]]:
        """The filters that are set: name, label, value in words."""
        chosen = []
        for name, value in self.cleaned_data.items():
            if value:
                words = dict(getattr(self.fields[name], "choices", ())).get(value, value)
                chosen.append((name, self.fields[name].label, str(words)))
        return chosen


def _speaks_of(word: str) -> Q:
    """Reports in whose subject or files this word stands."""
    about = Q(project__number__icontains=word) | Q(call__code__icontains=word) | Q(programme__code__icontains=word)
    for language, _name in settings.LANGUAGES:
        for texts in ("project__title", "call__name", "programme__name", "organisation__name"):
            about |= Q(**{f"{texts}__{language}__icontains": word})
    if len(word) >= 8:
        about |= Q(files__file__sha256=word.lower()) | Q(files__file__name__iexact=word)
    return Q(pk__in=Report.objects.filter(about).values("pk"))


# Letters and digits people mix up on paper; check codes hold A to Z and 2 to 7 only.
_MISREAD = str.maketrans("018", "OIB")


def as_code(text: str) -> str:
    """A check code as it is kept, from how people type it: “abcd efgh 2345” is ABCD-EFGH-2345. "" when it is none."""
    letters = re.sub(r"[\s\-–—]", "", text).upper().translate(_MISREAD)
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}" if re.fullmatch("[A-Z2-7]{12}", letters) else ""


class VerifyForm(forms.Form):
    """One of three: the check code of a report, the SHA-256 of a file, or the file itself."""

    code = forms.CharField(
        label=gettext_lazy("Check code"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("From the cover of the report, such as ABCD-EFGH-2345."),
        widget=forms.TextInput(attrs={"class": "w-half", "autocomplete": "off", "spellcheck": "false"}),
    )
    sha256 = forms.CharField(
        label="SHA-256",
        required=False,
        max_length=200,
        help_text=gettext_lazy("The hash of a file: 64 digits and letters from a to f."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=pgettext_lazy("to be checked", "File"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(
            attrs={
                "data-hash-into": "id_sha256",
                "data-hash-state": "hash-state",
                "data-working": gettext_lazy("Working out the SHA-256…"),
                "data-done": gettext_lazy("The SHA-256 stands below. The file stays on your device. Press Check."),
                "data-failed": gettext_lazy("Your browser could not read this file. Paste its SHA-256 below."),
            }
        ),
    )

    def clean_code(self) -> str:
        typed = self.cleaned_data["code"]
        if typed and not as_code(typed):
            raise ValidationError(
                _("A check code has 12 letters and digits, such as ABCD-EFGH-2345. Check what you typed.")
            )
        return as_code(typed)

    def clean_sha256(self) -> str:
        typed = self.cleaned_data["sha256"]
        digits = re.sub(r"[\s:]", "", typed).lower()
        if digits and not re.fullmatch("[0-9a-f]{64}", digits):
            raise ValidationError(
                _("A SHA-256 has 64 digits and letters from a to f; this has %(n)s. Copy it whole.")
                % {"n": len(digits)}
            )
        return digits

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not any(data.get(name) for name in ("code", "sha256")) and data.get("file") is None:
            raise ValidationError(_("Enter a check code or a SHA-256, or choose a file."))
        return data
