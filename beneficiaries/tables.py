"""The tables of participants that may be taken away as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy

from beneficiaries.columns import Sheet, sheet_of
from beneficiaries.models import Participation, ParticipationQuerySet
from core.access import Permission
from core.export import csv_lines, csv_rows
from projects.models import Programme
from projects.tables import Table

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
    sheet = sheet_for(rows.values_list("project__number", flat=True).first() or "")
    whole = enumerate(_whole(rows).iterator(chunk_size=500), start=1)
    return csv_lines(sheet.heads, (sheet.row(_values(number, row)) for number, row in whole))


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
    _personal, "participant.exported", filters=("project",), needs="project", of_people=True, personal=True,
    named=lambda query: f"{query['project']}_microdata",
)  # fmt: skip
