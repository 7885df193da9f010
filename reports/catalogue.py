"""The catalogue of reports: which kinds there are, what each is about, what it is asked with, and who may ask for it.

`settings.REPORT_KINDS` names them. A kind is one module of `reports.kinds` with its `take`, the contracts of its tables
(`reports.columns`) and, where the common one does not serve, a template; page, PDF, CSV, XLSX and API follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access import Permission

PROGRESS, SUBMITTED = "progress", "submitted"
FIRST_DAY = date(2021, 1, 1)  # costs of the period 2021 to 2027 are eligible from here (CPR Art. 63(2))


class Subject(TextChoices):
    """What a report may be about; the value is the name of the field in forms and in the API."""

    PROJECT = "project", pgettext_lazy("that a report is about", "Project")
    CALL = "call", pgettext_lazy("that a report is about", "Call")
    PROGRAMME = "programme", pgettext_lazy("that a report is about", "Programme")
    SCHOOL = "school", pgettext_lazy("that a report is about", "School")


class Asks(TextChoices):
    """What a report is asked with: a period, the day up to which everything counts, or a school year."""

    PERIOD = "period"
    DAY = "day"
    SCHOOL_YEAR = "school_year"


class Group(TextChoices):
    """Under which heading a kind is offered."""

    PROJECTS = "projects", _("What projects did and spent")
    FUNDER = "funder", _("For the funder")
    SCHOOLS = "schools", _("Schools")


@dataclass(frozen=True)
class Kind:
    """A kind of report.

    `take(report)` gives its own part of the snapshot, as plain JSON values in the language of the report: `tables`
    (key → encoded table; needed), and where it has them `facts` (pairs of label and value), `sections` (pairs of
    heading and keys of tables, in order), `notes` (sentences), `samples` (whether some of it is invented), `data_to`
    (the last day of the data, where it is not the day that was asked for). Everything else is added by
    `snapshot.take`. `charts` draw from a finished snapshot alone: key of a table → function.
    `problems(subject, from_on, to_on)` says by field what else speaks against a question.
    """

    key: str
    name: str | Promise
    about: str | Promise  # one sentence: what is in it and for whom
    take: Callable[[Any], dict[str, Any]] | None  # None: another act takes the snapshot
    group: Group = Group.PROJECTS
    subjects: tuple[Subject, ...] = (Subject.PROJECT,)
    asks: Asks = Asks.PERIOD
    asked_with: Permission | None = Permission.REPORT_MAKE  # None: nobody asks for it
    seen_with: tuple[Permission, ...] = (Permission.REPORT_VIEW,)  # one of them is enough
    begins: date = FIRST_DAY  # where counting starts when only a day is asked for
    template: str = "pdf/report.html"
    version: str = "1"  # of the template and of the shape of the snapshot
    writes: tuple[str, ...] = ("pdf", "archive", "xlsx", "csv")  # also: json
    charts: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    tables: tuple[tuple[str | Promise, tuple[str, ...]], ...] = ()  # by heading: what a layout may choose from
    problems: Callable[[Any, date, date], dict[str, list[str]]] | None = None

    @property
    def table_keys(self) -> tuple[str, ...]:
        """The tables it may hold, in the order of its standard layout."""
        return tuple(key for _heading, keys in self.tables for key in keys)

    def period(self, from_on: date | None, to_on: date) -> tuple[date, date]:
        """First and last day as they are kept: of what was given, of all time, or of the school year around a day."""
        if self.asks == Asks.DAY:
            return min(self.begins, to_on), to_on
        if self.asks == Asks.SCHOOL_YEAR:
            return school_year(to_on.year if to_on.month >= 9 else to_on.year - 1)
        return from_on or to_on, to_on


def school_year(first: int) -> tuple[date, date]:
    """The first and the last day of the school year that begins in the year `first`."""
    return date(first, 9, 1), date(first + 1, 8, 31)


@cache
def kinds() -> dict[str, Kind]:
    """Key → kind, in the order in which they are offered."""
    found = [import_string(path) for path in settings.REPORT_KINDS]
    return {kind.key: kind for kind in found}


def offered() -> list[Kind]:
    """The kinds people can ask for."""
    return [kind for kind in kinds().values() if kind.asked_with]


def choices() -> list[tuple[str, str | Promise]]:
    return [(kind.key, kind.name) for kind in kinds().values()]
