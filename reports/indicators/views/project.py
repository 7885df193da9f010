"""The indicators of one project: every figure with its parts, and the rows behind each of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from activities.actions import today_in
from beneficiaries.models import Participation
from core import audit
from core.access import Permission
from core.formats import parse_day
from core.money import share
from projects.actions import require
from projects.models import Project, can, reach
from reports.indicators.figures import counted, estimates, library_of, told, typed
from reports.indicators.figures.behind import COUNTED, OUTSIDE, DeedRow, PersonRow, deeds_behind, people_behind
from reports.indicators.figures.counting import PARTS, Breakdown
from reports.indicators.figures.words import GENDER_WORDS, REASONS, words_of
from reports.indicators.models import Definition, Indicator, Target, Value
from reports.indicators.views.reasons import ask, may_open, reason_of

P = Permission
EARLIEST = date(1900, 1, 1)
ON_A_PAGE = 100


def language() -> str:
    return get_language() or "en"


@dataclass(frozen=True)
class Period:
    """The period of the figures of a page; without `from` all to date."""

    start: date
    end: date
    problem: str = ""

    @property
    def query(self) -> dict[str, str]:
        start = {} if self.start == EARLIEST else {"from": str(self.start)}
        return start | {"to": str(self.end)}


def project_of(request: HttpRequest, number: str, permission: Permission = P.SESSION_VIEW) -> Project:
    visible = Project.objects.visible_to(request.user).select_related("programme")
    project = get_object_or_404(visible, number=number)
    require(request.user, permission, project)
    return project


def period_of(request: HttpRequest, project: Project) -> Period:
    today = today_in(project, now())
    try:
        start = parse_day(request.GET["from"]) if request.GET.get("from") else EARLIEST
        end = parse_day(request.GET["to"]) if request.GET.get("to") else today
    except ValueError as error:
        return Period(EARLIEST, today, str(error))
    if start > end:
        return Period(EARLIEST, today, _("The period ends before it begins."))
    return Period(start, end)


def _figures(project: Project, library: Any, start: date, end: date) -> dict[str, Breakdown | None]:
    """All figures of a project. What does not add up over time is, to date, the value of the period itself."""
    return dict(counted(library, [project.pk], start, end)) | typed(library, [project.pk], start, end)


@login_required
@require_safe
def project(request: HttpRequest, number: str) -> HttpResponse:
    """Every indicator of the library in this project, against what is to be reached; estimates stand apart."""
    found = project_of(request, number)
    period, library = period_of(request, found), library_of(found.programme_id)
    figures = _figures(found, library, period.start, period.end)
    targets = {
        t.indicator_id: t for t in Target.objects.filter(
            Q(project=found), indicator__programme=found.programme_id, kind=Target.Kind.TARGET,
            school=None, municipality=None, region="",
        ).order_by("on")
    }  # fmt: skip
    rows = []
    for code, definition in library:
        figure, goal = figures.get(code), targets.get(definition.indicator_id)
        whole = figure.whole if figure else None
        rows.append({
            "code": code, "one": definition, "whole": whole, "target": goal,
            "share": share(whole.total, goal.value) if whole and goal else None,
        })  # fmt: skip
    values = Value.objects.visible_to(request.user).filter(project=found)
    page = {
        "project": found, "rows": rows, "period": period, "whole_time": period.start == EARLIEST,
        "estimates": estimates([found.pk], period.end),
        "values": values.select_related("definition__indicator", "school").prefetch_related("cells")[:200],
        "may_type": can(request.user, P.INDICATOR_TYPE, found), "may_edit": can(request.user, P.INDICATOR_EDIT, found),
    }  # fmt: skip
    return render(request, "indicators/project.html", page)


def _one(project: Project, code: str) -> Definition:
    indicator = get_object_or_404(Indicator, programme=project.programme_id, code=code)
    return indicator.definitions.select_related("indicator").order_by("-version")[0]


@login_required
@require_safe
def parts(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One figure with all its breakdowns; each number leads to its rows."""
    found = project_of(request, number)
    definition, period = _one(found, code), period_of(request, found)
    library = [(code, definition)]
    figure = _figures(found, library, period.start, period.end).get(code)
    opens = definition.source not in (Definition.Source.TYPED, Definition.Source.SCHOOLS)
    sensitive_closed = definition.sensitive and not may_open(request.user, found, sensitive=True)
    opens = opens and (not definition.counts_people or may_open(request.user, found, sensitive=definition.sensitive))
    link = reverse("indicators:rows", args=[number, code])
    tables = []
    for dimension in PARTS[:-1]:
        split = figure.parts.get(dimension) if figure else None
        if not split:
            continue
        words = words_of(dimension, list(split), language())
        lines = [
            {
                "label": words[part], "tally": tally,
                "url": f"{link}?{urlencode(period.query | {'by': dimension, 'part': part})}" if opens else "",
            }
            for part, tally in sorted(split.items(), key=lambda item: (item[0] == "U", words[item[0]]))
        ]  # fmt: skip
        tables.append({"key": dimension, "title": _dimension_words()[dimension], "lines": lines})
    page = {
        "project": found, "one": definition, "code": code, "figure": figure, "tables": tables, "period": period,
        "whole_time": period.start == EARLIEST, "rule": told(definition.rule), "opens": opens,
        "sensitive_closed": sensitive_closed and definition.counts_people,
        "by_gender": figure is not None and not figure.whole.whole and definition.unit == Definition.Unit.PERSONS,
        "url": f"{link}?{urlencode(period.query)}" if opens else "",
        "outside": (
            f"{link}?{urlencode(period.query | {'heap': OUTSIDE})}" if opens and definition.counts_people else ""
        ),
        "estimates": [e for e in estimates([found.pk], period.end) if e.indicator == code],
    }  # fmt: skip
    return render(request, "indicators/parts.html", page)


def _dimension_words() -> dict[str, str]:
    return {
        "age": _("By age at entry"), "education": _("By completed education"), "place": _("By place of the school"),
        "region": _("By category of region"), "school": _("By school"), "year": _("By year"),
    }  # fmt: skip


@login_required
@require_safe
def rows(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """The rows behind one number, or who of the same part is not counted and why. Participants by code, never by
    name; that somebody looked is written in the trail, and why where the indicator is sensitive."""
    found = project_of(request, number)
    definition, period = _one(found, code), period_of(request, found)
    by, part = request.GET.get("by", ""), request.GET.get("part", "")
    gender, heap = request.GET.get("gender", ""), request.GET.get("heap", COUNTED)
    if by not in ("", *PARTS) or gender not in ("", *GENDER_WORDS) or heap not in (COUNTED, OUTSIDE):
        raise Http404
    if "\x00" in part or (by == "school" and part != "U" and not part.isdecimal()):
        raise Http404
    listed: list[PersonRow | DeedRow]
    reason: str | None = ""
    if definition.counts_people:
        reason = reason_of(request, found, sensitive=definition.sensitive)
        if reason is None:
            return ask(request, found)
        listed = list(people_behind(
            code, definition, found.pk, period.start, period.end, dimension=by, part=part, gender=gender, heap=heap,
            schools=_schools(request, found),
        ))  # fmt: skip
    elif definition.source in (Definition.Source.TYPED, Definition.Source.SCHOOLS):
        raise Http404
    else:
        listed = list(deeds_behind(definition, found.pk, period.start, period.end, dimension=by, part=part))
    page: Page[PersonRow | DeedRow] = Paginator(listed, ON_A_PAGE).get_page(request.GET.get("page"))
    if definition.counts_people:
        audit.record(
            "participant.rows_viewed", found, by=request.user, at=now(), project=found.number,
            after={"indicator": code, "from": str(period.start), "to": str(period.end), "rows": len(page.object_list)},
            note=reason or "",
        )  # fmt: skip
    context = {
        "project": found, "one": definition, "code": code, "page": page, "period": period, "heap": heap,
        "whole_time": period.start == EARLIEST, "people": definition.counts_people,
        "rows": [_told(row, definition) for row in page.object_list],
        "part_label": words_of(by, [part], language())[part] if by else "", "gender": gender,
        "genders": GENDER_WORDS.items(),
        "back": reverse("indicators:parts", args=[number, code]) + f"?{urlencode(period.query)}",
    }  # fmt: skip
    return render(request, "indicators/rows.html", context)


def _schools(request: HttpRequest, project: Project) -> list[int] | None:
    """The schools of which this person may see participants; None: all."""
    where = reach(request.user, P.PARTICIPANT_VIEW)
    if where.everywhere or project.programme_id in where.programmes or project.pk in where.projects:
        return None
    return [school for of, school in where.schools if of == project.pk]


def _told(row: PersonRow | DeedRow, definition: Definition) -> dict[str, Any]:
    if isinstance(row, DeedRow):
        return {"row": row}
    return {
        "row": row, "gender": GENDER_WORDS[row.gender], "fails": [str(REASONS[name]) for name in row.fails],
        "status": Participation.LabourStatus(row.status).label if row.status else "",
    }  # fmt: skip
