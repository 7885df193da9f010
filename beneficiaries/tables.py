"""Tables that may be taken away as CSV, the same lines whether they are streamed at once or written by a worker; from
how many rows on a worker writes them; and the tables of participants. `settings.EXPORT_TABLES` names all of them."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.columns import Sheet, sheet_of
from beneficiaries.models import Participation, ParticipationQuerySet
from core.access import Permission
from core.export import FORMULA, csv_rows
from projects.models import Programme, Reach, reach

FIRST_GAPS = 50  # rows that are named before a sheet is written
COLUMNS = {
    "participation": F("key"),
    "code": F("person__code"),
    "project_number": F("project__number"),
    "school_key": F("school__key"),
    "gender": F("person__gender"),
    "born_on": F("person__born_on"),
    "entered": F("entered_on"),
    "left": F("left_on"),
    "situation_at_entry": F("labour_status"),
    "isced_at_entry": F("education"),
    "sample_data": F("synthetic"),
}


@dataclass(frozen=True)
class Table:
    """A table that may be taken away. `found(user, query)` gives the rows this person sees of a query, in order, and
    `lines` their CSV in chunks of whole lines, heads first; `url` names the page that gives a short one at once, and
    `event` what the trail says of who took it. `of_project`: only of one project; `of_people`: about participants, so
    that their erasing ends the file; `personal`: with their names and sensitive answers, so that one says what it is
    for."""

    key: str
    title: Promise
    permission: Permission
    url: str
    found: Callable[[Any, Mapping[str, str]], QuerySet[Any]]
    lines: Callable[[Any], Iterator[bytes]]
    event: str
    filters: tuple[str, ...] = ("project", "school")
    of_project: bool = False
    of_people: bool = False
    personal: bool = False

    def rows(self, user, query: Mapping[str, str]) -> QuerySet[Any]:
        """What `user` may see of it now. Raises PermissionDenied without the right."""
        if reach(user, self.permission) == Reach() or (self.of_project and not query.get("project")):
            raise PermissionDenied(_("Your role does not open this page. An administrator can give you access."))
        return self.found(user, query)

    def told(self, query: Mapping[str, str]) -> dict[str, str]:
        """What the trail says about who took it away."""
        return dict(query) | ({"kind": self.key} if self.personal else {})

    def file_name(self, query: Mapping[str, str], day: date) -> str:
        return f"{query['project']}_{self.key}_{day}.csv" if self.of_project else f"{self.key}_{day}.csv"

    def rights(self, user) -> str:
        """A hash of where `user` may see it: a file made with other rights is not handed out."""
        where = asdict(reach(user, self.permission))
        told = sorted((name, value if isinstance(value, bool) else sorted(value)) for name, value in where.items())
        return hashlib.sha256(repr(told).encode()).hexdigest()


def at_once(rows: QuerySet[Any]) -> bool:
    """The rule for all tables: up to EXPORT_ROWS_AT_ONCE rows the file comes at once, above it a worker writes it.
    Papers (consent forms, certificates) come at once: they are of those chosen on one page of the list, at most 100."""
    most = settings.EXPORT_ROWS_AT_ONCE
    return not rows[most : most + 1].exists()


def _people(permission: Permission) -> Callable[[Any, Mapping[str, str]], ParticipationQuerySet]:
    """The participants of the `project` (number) and `school` (key) of a query."""

    def found(user, query: Mapping[str, str]) -> ParticipationQuerySet:
        rows = Participation.objects.visible_to(user, permission)
        if "project" in query:
            rows = rows.filter(project__number=query["project"])
        if "school" in query:
            rows = rows.filter(school__key=query["school"])
        if "complete" in query:  # a sheet without the rows its system would refuse
            rows = rows.exclude(sheet_for(query["project"]).lacking())
        return rows.order_by("pk")

    return found


def _coded(rows: ParticipationQuerySet) -> Iterator[bytes]:
    """Codes hold no formulas (they are made by the portal), so no cell needs to be neutralised."""
    return csv_rows(rows.values(**COLUMNS))


def _personal(rows: ParticipationQuerySet) -> Iterator[bytes]:
    """The columns of the national micro-data sheet, which the managing authority takes in (Regulation (EU) 2021/1057
    Annex I). National numbers stay empty, as the portal keeps none."""
    sheet, lines = sheet_for(rows.values_list("project__number", flat=True).first() or ""), csv.writer(_Line())
    yield "\ufeff".encode() + lines.writerow(sheet.heads)
    for number, row in enumerate(_whole(rows).iterator(chunk_size=500), start=1):
        yield lines.writerow([_harmless(text) for text in sheet.row(_values(number, row))])


def sheet_for(project: str) -> Sheet:
    """The sheet of the country of a project (its number)."""
    country = Programme.objects.filter(projects__number=project).values_list("country", flat=True).first()
    return sheet_of(country or "")


@dataclass(frozen=True)
class Gaps:
    """What the national system will miss: how many rows, the first of them with the headings they lack, and the columns
    it asks for that the portal never keeps."""

    rows: int
    first: list[tuple[Participation, list[str]]]
    outside: list[str]
    language: str  # of the headings


def gaps(rows: QuerySet[Participation], project: str) -> Gaps:
    """The check before the sheet of a project is written."""
    sheet = sheet_for(project)
    lacking = rows.filter(sheet.lacking())
    first = [(row, sheet.missing(_values(0, row))) for row in _whole(lacking)[:FIRST_GAPS]]
    return Gaps(lacking.count(), first, sheet.outside, sheet.country.lower())


def _whole(rows: QuerySet[Participation]) -> QuerySet[Participation]:
    return rows.select_related("person__identity").prefetch_related("sensitive_answers", "results")


class _Line:
    """A file for csv.writer that hands each line back."""

    def write(self, text: str) -> bytes:
        return text.encode()


def _harmless(text: str) -> str:
    return f"'{text}" if re.match(FORMULA, text) else text


def _values(number: int, row: Participation) -> dict[str, Any]:
    """What the sheet asks of one participation, by the names of the columns of imports."""
    person, identity = row.person, getattr(row.person, "identity", None)
    answers = {answer.question: answer.answer for answer in row.sensitive_answers.all()}
    results = sorted(row.results.all(), key=lambda result: result.seen_on)
    born, entered = person.born_on, row.entered_on
    age = entered.year - born.year - ((entered.month, entered.day) < (born.month, born.day)) if born else None
    return {
        "number": number, "age": age, "born_on": born, "gender": person.gender, "labour_status": row.labour_status,
        "given_name": identity.given_name if identity else "", "family_name": identity.family_name if identity else "",
        "education": row.education, "entered_on": entered, "left_on": row.left_on,
        "result": results[0].kind if results else None, **answers,
    }  # fmt: skip


PARTICIPANTS = Table(
    "participants", gettext_lazy("All participants as CSV: codes, no names"), Permission.PARTICIPANT_VIEW,
    "beneficiaries:participants_csv", _people(Permission.PARTICIPANT_VIEW), _coded, "participant.exported",
    of_people=True,
)  # fmt: skip
MICRODATA = Table(
    "microdata", gettext_lazy("National micro-data sheet (CSV): names and sensitive answers"),
    Permission.PARTICIPANT_SENSITIVE, "beneficiaries:microdata_csv", _people(Permission.PARTICIPANT_SENSITIVE),
    _personal, "participant.exported", filters=("project",), of_project=True, of_people=True, personal=True,
)  # fmt: skip


@cache
def tables() -> dict[str, Table]:
    """Key → table, of all apps."""
    found = [import_string(path) for path in settings.EXPORT_TABLES]
    return {table.key: table for table in found}
