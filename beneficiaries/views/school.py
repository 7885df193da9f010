"""C6 and the dashboards: what the own school reached and who is not counted, and the attendance of each class."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from activities.models import Group, OutreachCount, PlannedOutput
from beneficiaries import figures
from beneficiaries.actions import response
from beneficiaries.checks import lacking
from beneficiaries.models import FollowUp, Participation
from beneficiaries.views.common import key_from, language, name_of, require_any, shows_names
from beneficiaries.views.participants import list_place
from core import formats
from core.access import Permission
from core.charts import Bullet, Chart, Week, bullet, strip
from core.charts.data import Kind
from core.models import Code, Organisation
from core.models.texts import said
from core.money import share
from projects.models import Project

MOST_TO_CHOOSE = 200  # schools in the list to choose from
MOST_LISTED = 100  # records not counted that one page lists


@require_GET
@login_required
def results(request: HttpRequest) -> HttpResponse:
    """Indicators of one school in one project, who is not counted and why, and its classes with their attendance."""
    user, today = request.user, localdate()
    groups = Group.objects.visible_to(user).select_related("project__programme", "school")
    places = sorted(
        {(g.project, g.school) for g in groups.order_by("pk")[:5000]},
        key=lambda place: (formats.sort_key(said(place[1].name, language())[0], language()), place[0].number),
    )
    if not places:
        require_any(user, Permission.SESSION_VIEW)
        return render(request, "beneficiaries/school_results.html", {"school": None})
    wanted, number = key_from(request.GET.get("school")), request.GET.get("project", "")
    fits = [p for p in places if p[1].key == wanted and number in ("", p[0].number)] if wanted else places
    project, school = (fits or places)[0]
    term = figures.term_of(today)
    own = list(groups.filter(project=project, school=school))
    people = Participation.objects.visible_to(user).filter(project=project, school=school)
    out = people.not_counted().with_counting().select_related("person__identity").order_by("entered_on", "pk")
    names = shows_names(request, list_place(project), project, school)
    indicators = _indicators(project, school, today)
    page = {
        "school": school,
        "project": project,
        "places": places if 1 < len(places) <= MOST_TO_CHOOSE else [],
        "today": today,
        "term": term,
        "promises": _promises(project, school, today),
        "indicators": [row for row in indicators if row["count"].total],
        "response": response(FollowUp.objects.filter(participation__in=people), today),
        "empty_indicators": sum(1 for row in indicators if not row["count"].total),
        "people_count": people.count(),
        "out": [{"participation": p, "name": name_of(p, names), "missing": lacking(p)} for p in out[:MOST_LISTED]],
        "out_count": out.count(),
        "weeks": _strip(project, own, term, today),
        "classes": _classes(own, term),
    }
    return render(request, "beneficiaries/school_results.html", page)


def _indicators(project: Project, school: Organisation, today: date) -> list[dict[str, Any]]:
    """The ESF+ common indicators of the school to date, in the order of the list; none where they are not counted."""
    if not project.programme.counts_esf_indicators:
        return []
    counted = figures.esf_indicators([project.pk], figures.EARLIEST, today, school=school.pk).to_date
    names = {code.code: said(code.name, language())[0] for code in Code.objects.of("esf_indicators")}
    return [{"code": code, "name": names.get(code, code), "count": count} for code, count in counted.items()]


def _promises(project: Project, school: Organisation, today: date) -> Chart | None:
    """What this school brought to date of what the contract promises of the whole project; None where it promises
    nothing that is counted."""
    outputs = PlannedOutput.objects.filter(activity__project=project, planned__gt=0).select_related("activity")
    outputs = outputs.order_by("activity__position", "position")
    if not outputs:
        return None
    bar, told = project.programme.support_hours, (project.pk, figures.EARLIEST, today)
    own, all_ = (figures.deliveries(*told, bar=bar, school=one) for one in (school.pk, None))
    reached = OutreachCount.objects.filter(activity__project=project, on__lte=today).order_by()
    outreach = {
        row["activity"]: (row["own"] or 0, row["everybody"])
        for row in reached.values("activity").annotate(
            own=Sum("people", filter=Q(school=school)), everybody=Sum("people")
        )
    }
    bullets = []
    for output in outputs:
        if name := figures.OF_DELIVERY.get(output.counts):
            values = [getattr(d.with_parts.get(output.activity_id, figures.Delivery()), name) for d in (own, all_)]
        else:
            values = list(outreach.get(output.activity_id, (0, 0)))
        kind: Kind = "hours" if output.counts == PlannedOutput.Counts.HOURS else "count"
        say = formats.hours if kind == "hours" else formats.count
        words = {"output": said(output.name, language())[0], "all": say(values[1], language())}
        label = _("%(output)s (all schools: %(all)s)") % words
        planned = output.planned if kind == "hours" else int(output.planned)
        bullets.append(Bullet(label, values[0], planned, kind=kind))
    title = _("What the school brought of what the contract promises")
    note = _("The target is that of the whole project.")
    return bullet("promises", title, bullets, language=language(), head=pgettext("column", "Output"), note=note)


def _strip(project: Project, groups: list[Group], term: tuple[date, date], today: date) -> Chart:
    """Attendance of these groups week by week in the term; the current week may not be over."""
    monday = today - timedelta(days=today.weekday())
    found = figures.weeks(project.pk, term[0], min(term[1], today), groups=[group.pk for group in groups])
    weeks = [Week(start, came, marks, partial=start == monday) for start, _sessions, marks, came in found]
    return strip("attendance", _("Attendance by week"), weeks, language=language())


def _classes(groups: list[Group], term: tuple[date, date]) -> list[dict[str, Any]]:
    """One row a group: who has marks, how many lessons were missed in all, whom the flag meets."""
    by_group: dict[int, list[figures.Absence]] = {}
    for absence in figures.absences([group.pk for group in groups], *term):
        by_group.setdefault(absence.group, []).append(absence)
    rows = []
    for group in groups:
        there = by_group.get(group.pk, [])
        lessons = sum(a.lessons for a in there)
        rows.append({
            "group": group,
            "people": len(there),
            "rate": share(lessons - sum((a.missed for a in there), Decimal(0)), lessons) if lessons else None,
            "flagged": sum(1 for a in there if a.flagged),
        })  # fmt: skip
    return rows


@require_GET
@login_required
def group(request: HttpRequest, key: UUID) -> HttpResponse:
    """One class over the term: attendance by week, and who missed how much, flagged from 25 % of the lessons on."""
    found = get_object_or_404(
        Group.objects.visible_to(request.user).select_related("project__programme", "school"), key=key
    )
    project, school, today = found.project, found.school, localdate()
    term = figures.term_of(today)
    names = shows_names(request, list_place(project), project, school)
    missed = {absence.participation: absence for absence in figures.absences([found.pk], *term)}
    people = Participation.objects.filter(pk__in=missed).select_related("person__identity")
    rows: list[dict[str, Any]] = [
        {"participation": p, "name": name_of(p, names), "absence": missed[p.pk]} for p in people
    ]
    page = {
        "group": found,
        "project": project,
        "school_key": str(school.key),
        "term": term,
        "until": min(term[1], today),
        "weeks": _strip(project, [found], term, today),
        "rows": sorted(rows, key=lambda row: (not row["absence"].flagged, formats.sort_key(row["name"], language()))),
        "flagged": sum(1 for absence in missed.values() if absence.flagged),
        "late": project.programme.marks_late,
        "codes": not names,
    }
    return render(request, "beneficiaries/group.html", page)
