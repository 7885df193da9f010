"""A layout before it is used: its pages with invented figures, about a project (or call, programme, school) the person
may see. Nothing is counted, so it is there at once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import override

from core import pictures
from core.access import Permission, Refused
from projects.models import Project, reach
from reports import pdf, snapshot, subjects
from reports.catalogue import SUBMITTED, Subject
from reports.columns import KINDS, Column
from reports.models import Filing, LayoutVersion, Report
from reports.subjects import FIELDS, Thing

ROWS = 3  # of each table


def preview(version: LayoutVersion, *, language: str, page: int, by, at: datetime) -> pictures.Picture:
    """A page (from 1) of a report in this layout and language. Raises Refused where there is nothing to speak of yet,
    NoPicture where there is no such page."""
    document = pdf.html(invented(version, language, by, at), preview=True)
    made = pdf.lay_out(document).accessible(bytes(16))
    return pictures.of_document(made, page)


def invented(version: LayoutVersion, language: str, by, at: datetime) -> dict[str, Any]:
    """A snapshot with the texts of the layout and made-up rows in its tables."""
    layout = version.layout
    subject, thing = _example(version, by)
    kind, today = layout.of_kind, localdate(at)
    first, last = kind.period(date(today.year, 1, 1), today)
    report = Report(kind=layout.kind, from_on=first, to_on=last, language=language, asked_by=by)
    setattr(report, FIELDS[subject], thing)
    taken = snapshot.uncounted(report, at) | snapshot.laid_out(version, language)
    keys = [each["table"] for each in taken["layout"]["sections"] if each.get("table") in kind.table_keys]
    with override(language):
        if layout.kind == SUBMITTED:
            taken["submitted"] = {"kind": Filing.Kind.INTERIM, "version": 1, "at": taken["data_at"]}
            told = {"number": "1", "name": [_("Activity"), ""], "text": _("Here stands what the project writes.")}
            taken["told"] = [told]
        taken["tables"] = {key: _table(KINDS[key].columns, last) for key in keys}
    return taken


def _example(version: LayoutVersion, by) -> tuple[Subject, Thing]:
    """Something in the programme, or in the call, that a report of this kind could be about."""
    layout = version.layout
    within = Project.objects.filter(programme=layout.programme)
    if layout.call:
        within = within.filter(call=layout.call)
    for subject in layout.of_kind.subjects:
        rows = subjects.things(subject, reach(by, Permission.REPORT_VIEW))
        if subject == Subject.PROGRAMME:
            rows = rows.filter(pk=layout.programme_id)
        elif subject == Subject.CALL:
            rows = rows.filter(programme=layout.programme)
        elif subject == Subject.SCHOOL:
            rows = rows.filter(partnerships__project__in=within)
        else:
            rows = rows.filter(pk__in=within)
        if found := rows.first():
            return subject, found
    raise Refused(_("There is no project yet to show the layout with. It can be published all the same."))


def _table(columns: tuple[Column, ...], day: date) -> dict[str, Any]:
    """An encoded table with made-up values of the right sort."""
    values: dict[str, Any] = {
        "code": "1.1", "text": _("Example"), "said": [_("Example"), ""], "day": day.isoformat(), "count": 12,
        "number": "12", "hours": "40.00", "money": "1234.50", "percent": "50.00",
    }  # fmt: skip
    return {"rows": [{column.key: values[column.kind] for column in columns}] * ROWS, "total": None}
