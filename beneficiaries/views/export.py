"""Participants as CSV: everything the list may show, by code, never by name; and the national micro-data sheet."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET

from activities.actions import require
from beneficiaries import actions
from beneficiaries.columns import Writer, microdata
from beneficiaries.forms import ExportForm
from beneficiaries.models import Participation
from beneficiaries.views.common import key_from, require_any
from core.access import Permission
from core.export import FORMULA, csv_rows
from core.requests import Request
from projects.models import Project

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


@require_GET
@login_required
def participants_csv(request: Request) -> StreamingHttpResponse:
    """All participations this person sees, or those of `?project=` and `?school=`; streamed with flat memory.

    Codes hold no formulas (they are made by the portal), so no cell needs to be neutralised. The export is written
    down in the trail.
    """
    require_any(request.user, Permission.PARTICIPANT_VIEW)
    rows = Participation.objects.visible_to(request.user)
    chosen = {name: request.GET[name] for name in ("project", "school") if request.GET.get(name)}
    if "project" in chosen:
        rows = rows.filter(project__number=chosen["project"])
    if school := key_from(chosen.get("school", "")):
        rows = rows.filter(school__key=school)
    actions.exported(chosen, by=request.user, at=now())
    body = csv_rows(rows.order_by("pk").values(**COLUMNS))
    response = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="participants_{now():%Y-%m-%d}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
def microdata_csv(request: Request) -> HttpResponseBase:
    """The participants of `?project=` as the 35 columns of the national micro-data sheet, which the managing authority
    takes in (Regulation (EU) 2021/1057 Annex I): with names and sensitive answers, so only for those who hold them.

    National numbers stay empty, as the portal keeps none. The page asks what the file is for; the export and the
    reason are written down in the trail.
    """
    require_any(request.user, Permission.PARTICIPANT_SENSITIVE)
    project = get_object_or_404(Project.objects.visible_to(request.user), number=request.GET.get("project", ""))
    require(request.user, Permission.PARTICIPANT_SENSITIVE, project)
    form = ExportForm(request.POST or None)
    if not form.is_valid():
        page = {"form": form, "project": project}
        return render(request, "beneficiaries/microdata.html", page, status=422 if form.is_bound else 200)
    people = Participation.objects.visible_to(request.user, Permission.PARTICIPANT_SENSITIVE).filter(project=project)
    people = people.select_related("person__identity").prefetch_related("sensitive_answers", "results")
    told = {"project": project.number, "kind": "microdata"}
    actions.exported(told, because=form.cleaned_data["because"], by=request.user, at=now())
    mapping, headings = microdata()
    writer = Writer(mapping, headings)
    lines = csv.writer(_Line())

    def body() -> Iterator[bytes]:
        yield "\ufeff".encode() + lines.writerow(headings)
        for number, row in enumerate(people.order_by("pk").iterator(chunk_size=500), start=1):
            yield lines.writerow([_harmless(text) for text in writer.row(_values(number, row))])

    response = StreamingHttpResponse(body(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{project.number}_microdata_{now():%Y-%m-%d}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


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
