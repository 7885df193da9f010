"""The first page of officers and auditors: what waits, how the money stands, which projects lag behind."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple
from urllib.parse import quote

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import OuterRef, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from budgets.figures import money_of
from budgets.models import Claim, Clock, LineFact, Visit
from core import formats
from core.access import Permission
from core.charts import Chart, Line, line
from core.models.texts import said
from projects.models import Project, Reach, reach
from reports import overview as facts
from reports.filters import DashboardFilter
from reports.views.trail import SIZES, size_of

P = Permission


@login_required
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """Over the projects whose money the person may see. Queries do not grow with their number."""
    where = reach(request.user, P.BUDGET_VIEW)
    if not (where.everywhere or where.programmes or where.projects or where.schools):
        raise PermissionDenied(_("Your role does not open the dashboard. An administrator can give you access."))
    at, day, language = now(), localdate(), get_language() or "en"
    visible = Project.objects.filter(where.projects_q()).select_related("programme", "beneficiary")
    filtered = DashboardFilter(request.GET, queryset=visible)
    found = list(filtered.qs.prefetch_related("contracts", "planned_figures").order_by("number"))
    ids = [p.pk for p in found]
    money = money_of(found, day)
    people = facts.participants(ids, day)
    standings = facts.standings(found, money, people, day, language)
    sort = request.GET.get("sort", "-behind")
    chosen = filtered.form.cleaned_data.get("programme") or ""
    page = Paginator(_sorted(standings, sort, language), size_of(request)).get_page(request.GET.get("page"))
    checking = _claims(request, ids, day)
    at_risk = [s for s in _sorted(standings, "-behind", language) if s.risks]
    waits = _claims_wait(checking) + _visits_wait(request, [project.pk for project in found], day)
    waits += _waiting(request, found, standings, day)
    context = {
        "filter": filtered,
        "form": filtered.form,
        "greeting": _greeting(localtime(at).hour),
        "waits": waits,
        "checking": checking[:10],
        "waits_count": sum(each["counts"] for each in waits),
        "whole": facts.portfolio(found, money, day),
        "chart": _chart(facts.months(ids, day), language),
        "at_risk": at_risk[:10],
        "more_at_risk": max(0, len(at_risk) - 10),
        "page": page,
        "sort": sort,
        "day": day,
        "sizes": SIZES,
        "size": size_of(request),
        "list_url": f"{reverse('reports:projects')}{'?programme=' + quote(chosen) if chosen else ''}",
        "samples": facts.has_samples(ids),
        "may_see_periods": reach(request.user, P.SESSION_VIEW) != Reach(),
        "may_erase": reach(request.user, P.PARTICIPANT_ERASE) != Reach(),
        "may_edit_members": reach(request.user, P.MEMBERS_EDIT).everywhere,
    }
    return render(request, "reports/dashboard.html", context)


def _greeting(hour: int) -> str:
    if hour < 11:
        return _("Good morning")
    return _("Good day") if hour < 18 else _("Good evening")


def _sorted(standings: list[facts.Standing], sort: str, language: str) -> list[facts.Standing]:
    """In the order of a column; what is not known comes last either way."""
    keys: dict[str, Any] = {
        "number": lambda s: s.project.number,
        "title": lambda s: formats.sort_key(said(s.project.title, language, s.project.programme.language)[0], language),
        "time": lambda s: s.time_gone,
        "money": lambda s: s.reported_share,
        "contracted": lambda s: s.money.contracted,
        "people": lambda s: s.counted,
        "incomplete": lambda s: s.incomplete,
        "attendance": lambda s: s.attendance,
        "behind": lambda s: s.behind,
    }
    key, down = keys.get(sort.removeprefix("-"), keys["behind"]), sort.startswith("-")
    known = [s for s in standings if key(s) is not None]
    return sorted(known, key=key, reverse=down) + [s for s in standings if key(s) is None]


def _chart(months: list[facts.Month], language: str) -> Chart:
    """Reported and paid to date. With one month there is no line to draw, so its beginning is the first point."""
    lines = [
        Line(_("Reported to date"), [(m.until, m.reported) for m in months], partial=True),
        Line(_("Paid to date"), [(m.until, m.paid) for m in months], partial=True),
    ]
    return line("portfolio", _("Money reported and paid to date"), lines, language=language)


class Checking(NamedTuple):
    """A claim that waits, and how far its term has run."""

    claim: Claim
    clock: Clock


def _claims(request: HttpRequest, ids: list[int], day: date) -> list[Checking]:
    """The claims that wait for this officer, oldest first."""
    rows = Claim.objects.visible_to(request.user, P.CLAIM_CHECK).waiting().filter(project__in=ids)
    declared = LineFact.objects.filter(line__claim=OuterRef("pk"), step=LineFact.Step.DECLARED).order_by()
    total = declared.values("line__claim").annotate(sum=Sum("total")).values("sum")
    found = rows.with_clock().select_related("project__programme", "contract").annotate(total=total)
    running = [Checking(claim, clock) for claim in found if (clock := claim.clock_on(day))]
    return sorted(running, key=lambda each: -each.clock.day)


def _claims_wait(claims: list[Checking]) -> list[dict[str, Any]]:
    if not claims:
        return []
    text = ngettext("%(n)s claim waits", "%(n)s claims wait", len(claims)) % {"n": len(claims)}
    since = _("the oldest is at day %(day)s of 80") % {"day": claims[0].clock.day}
    return [{"key": "claims", "text": f"{text}, {since}", "counts": 1, "url": reverse("budgets:claims"), "links": []}]


def _visits_wait(request: HttpRequest, ids: list[int], day: date) -> list[dict[str, Any]]:
    """Visits that were not made on their day, or whose findings the school has not answered in time."""
    n = Visit.objects.visible_to(request.user, P.CLAIM_CHECK).late(day).filter(project__in=ids).count()
    if not n:
        return []
    text = ngettext("%(n)s on-the-spot visit is late", "%(n)s on-the-spot visits are late", n) % {"n": n}
    return [{"key": "visits", "text": text, "counts": 1, "url": reverse("budgets:visits") + "?late=1", "links": []}]


def _within(where: Reach, projects: list[Project]) -> list[Project]:
    """The projects that a reach covers as a whole: what belongs to other schools is not told."""
    return [p for p in projects if where.everywhere or p.programme_id in where.programmes or p.pk in where.projects]


def _waiting(
    request: HttpRequest, projects: list[Project], standings: list[facts.Standing], day: Any
) -> list[dict[str, Any]]:
    """What waits, as sentences with links; `counts` is 0 for what only runs."""
    ids = {
        p: [project.pk for project in _within(reach(request.user, p), projects)]
        for p in (P.SESSION_VIEW, P.REPORT_VIEW, P.QUESTION_ASK)
    }
    people = {project.number for project in _within(reach(request.user, P.PARTICIPANT_VIEW), projects)}
    found = facts.waiting(
        day,
        sessions=ids[P.SESSION_VIEW],
        records={s.project.number: s.incomplete for s in standings if s.project.number in people},
        costs=[p.pk for p in projects],
        reports=ids[P.REPORT_VIEW],
        questions=ids[P.QUESTION_ASK],
    )
    return [_told(each, day) for each in found]


def _told(waits: facts.Waiting, day: Any) -> dict[str, Any]:
    n = {"n": waits.n}
    language = get_language() or "en"
    if waits.key == "sessions":
        text = ngettext("%(n)s past session is not marked", "%(n)s past sessions are not marked", waits.n) % n
        since = _("the oldest of %(day)s") % {"day": formats.day(waits.since, language)}
        text, page = f"{text}, {since}", "reports:project_people"
    elif waits.key == "records":
        text = ngettext(
            "%(n)s record of a participant is not complete", "%(n)s records of participants are not complete", waits.n
        ) % n  # fmt: skip
        page = "reports:project_indicators"
    elif waits.key == "evidence":
        text = ngettext("%(n)s reported cost has no evidence", "%(n)s reported costs have no evidence", waits.n) % n
        page = "reports:project_money"
    elif waits.key == "answered":
        words = ngettext("%(n)s clarification is answered", "%(n)s clarifications are answered", waits.n)
        text, page = words % n, "reports:project_messages"
    elif waits.key == "unanswered":
        words = ngettext("%(n)s clarification is overdue", "%(n)s clarifications are overdue", waits.n)
        since = _("due since %(day)s") % {"day": formats.day(waits.since, language)}
        text, page = f"{words % n}, {since}", "reports:project_messages"
    elif waits.key == "failed":
        text, page = ngettext("%(n)s report failed", "%(n)s reports failed", waits.n) % n, "reports:project"
    elif waits.key == "at_work":
        text = ngettext("%(n)s report is being made", "%(n)s reports are being made", waits.n) % n
        page = "reports:project"
    else:
        text = (
            ngettext(
                "%(n)s project has no report in the running quarter",
                "%(n)s projects have no report in the running quarter",
                waits.n,
            )
            % n
        )
        page = "reports:project"
    return {
        "key": waits.key,
        "text": text,
        "counts": 0 if waits.key == "at_work" else 1,
        "url": reverse("reports:reports") + f"?state={'failed' if waits.key == 'failed' else 'running'}"
        if waits.key in ("failed", "at_work")
        else "",
        "links": [
            {"number": number, "n": n, "url": _link(page, number, waits.key)} for number, n in waits.projects[:25]
        ],
        "more": max(0, len(waits.projects) - 25),
    }


def _link(page: str, number: str, key: str) -> str:
    if key == "no_report":
        return f"{reverse('reports:ask')}?project={number}"
    anchor = {"sessions": "#unmarked", "records": "#incomplete", "evidence": "#costs"}.get(key, "")
    return reverse(page, args=[number]) + anchor
