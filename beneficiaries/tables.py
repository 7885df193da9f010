"""Tables of participants as CSV, the same lines whether they are streamed at once or written by a worker; and from how
many rows on a worker writes them."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.columns import Writer, microdata
from beneficiaries.models import Participation, ParticipationQuerySet
from core.access import Permission
from core.export import FORMULA, csv_rows
from projects.models import Reach, reach

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
    """A table that may be taken away: `lines` gives its CSV in chunks of whole lines, heads first. `of_project`: only
    of one project; `personal`: with names and sensitive answers, so that one says what the file is for."""

    key: str
    title: Promise
    permission: Permission
    lines: Callable[[ParticipationQuerySet], Iterator[bytes]]
    of_project: bool = False
    personal: bool = False

    def rows(self, user, query: Mapping[str, str]) -> ParticipationQuerySet:
        """What `user` may see of it now, of the `project` (number) and `school` (key) of the query. Raises
        PermissionDenied without the right."""
        where = reach(user, self.permission)
        found = Participation.objects.visible_to(user, self.permission)
        if where == Reach() or (self.of_project and not query.get("project")):
            raise PermissionDenied(_("Your role does not open this page. An administrator can give you access."))
        if "project" in query:
            found = found.filter(project__number=query["project"])
        if "school" in query:
            found = found.filter(school__key=query["school"])
        return found.order_by("pk")

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


def at_once(rows: ParticipationQuerySet) -> bool:
    """The rule for all tables: up to EXPORT_ROWS_AT_ONCE rows the file comes at once, above it a worker writes it.
    Papers (consent forms, certificates) come at once: they are of those chosen on one page of the list, at most 100."""
    most = settings.EXPORT_ROWS_AT_ONCE
    return not rows[most : most + 1].exists()


def _coded(rows: ParticipationQuerySet) -> Iterator[bytes]:
    """Codes hold no formulas (they are made by the portal), so no cell needs to be neutralised."""
    return csv_rows(rows.values(**COLUMNS))


def _personal(rows: ParticipationQuerySet) -> Iterator[bytes]:
    """The 35 columns of the national micro-data sheet, which the managing authority takes in (Regulation (EU) 2021/1057
    Annex I). National numbers stay empty, as the portal keeps none."""
    mapping, headings = microdata()
    writer, lines = Writer(mapping, headings), csv.writer(_Line())
    yield "\ufeff".encode() + lines.writerow(headings)
    people = rows.select_related("person__identity").prefetch_related("sensitive_answers", "results")
    for number, row in enumerate(people.iterator(chunk_size=500), start=1):
        yield lines.writerow([_harmless(text) for text in writer.row(_values(number, row))])


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
        "number": number, "age": age, "gender": person.gender, "labour_status": row.labour_status,
        "given_name": identity.given_name if identity else "", "family_name": identity.family_name if identity else "",
        "education": row.education, "entered_on": entered, "left_on": row.left_on,
        "result": results[0].kind if results else None, **answers,
    }  # fmt: skip


TABLES = {
    table.key: table
    for table in (
        Table(
            "participants", gettext_lazy("All participants as CSV: codes, no names"), Permission.PARTICIPANT_VIEW,
            _coded,
        ),
        Table(
            "microdata", gettext_lazy("National micro-data sheet (CSV): names and sensitive answers"),
            Permission.PARTICIPANT_SENSITIVE, _personal, of_project=True, personal=True,
        ),
    )
}  # fmt: skip
