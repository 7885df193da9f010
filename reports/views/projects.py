"""The list of projects and the pages of one: overview, money, people, indicators with the records behind them,
evidence, history. Every figure comes from `reports.figures` and is shown with its day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from activities.actions import today_in
from activities.models import Evidence, Session
from beneficiaries.actions import response
from beneficiaries.figures import EARLIEST, INDICATORS, Row, esf_rows
from beneficiaries.models import FollowUp, Participation, Person
from budgets.checks import spent, unplanned
from budgets.figures import flows_of, money_of
from budgets.models import Amendment, ReportedCost
from core import audit, formats
from core.access import Permission
from core.charts import Chart
from core.models import AuditEvent, Code, Role
from core.models.texts import said
from core.requests import Request
from projects.actions import require
from projects.filters import ProjectFilter
from projects.models import Clarification, Membership, Partner, PlannedFigure, Project, can, reach
from projects.views import query_of, taken_away
from reports import overview as facts
from reports.charts import charts_of
from reports.figures import Progress, progress, time_gone
from reports.filters import PeriodForm
from reports.indicators.figures import library_of
from reports.indicators.figures.hiding import SENSITIVE
from reports.indicators.views.reasons import ask, may_open, reason_of
from reports.models import Report
from reports.snapshot import of_progress
from reports.tables import Shown, shown
from reports.taken import PROJECTS
from reports.views.indicator_lines import TABLES, lines_of
from reports.views.trail import SIZES, chips, size_of, told

P = Permission
ROWS_ON_A_PAGE = 100
ALL = 1_000_000  # records of one project: more than any has


def language() -> str:
    return get_language() or "en"


# --- the list --------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def projects(request: HttpRequest) -> HttpResponse:
    """The projects a person may open, filtered and sorted."""
    visible = Project.objects.visible_to(request.user).select_related("programme", "beneficiary")
    filtered = ProjectFilter(request.GET, queryset=visible)
    sort = request.GET.get("sort", "number")
    day = now().date()
    rows = facts.ordered(filtered.qs, sort, day, language())
    page = Paginator(rows, size_of(request)).get_page(request.GET.get("page"))
    listed = facts.with_lists(page.object_list)
    context = {
        "filter": filtered,
        "form": filtered.form,
        "chips": chips(filtered, request),
        "sort": sort,
        "page": page,
        "rows": _list_rows(request, listed, day),
        "sees_money": bool(_reached(request, listed, P.BUDGET_VIEW)),
        "day": day,
        "sizes": SIZES,
        "size": size_of(request),
    }
    return render(request, "reports/projects.html", context)


def _reached(request: HttpRequest, listed: list[Project], permission: Permission) -> set[int]:
    """Which of these projects the person reaches with a permission."""
    where = reach(request.user, permission)
    own = {*where.projects, *(project for project, _school in where.schools)}
    return {p.pk for p in listed if where.everywhere or p.programme_id in where.programmes or p.pk in own}


def _list_rows(request: HttpRequest, listed: list[Project], day: date) -> list[dict[str, Any]]:
    money = money_of(listed, day)
    open_to = _reached(request, listed, P.BUDGET_VIEW)
    return [
        {
            "project": p,
            "contract": money[p.pk].contract,
            "money": money[p.pk],
            "reported": money[p.pk].reported if p.pk in open_to else None,
            "share": facts.share(money[p.pk].reported, money[p.pk].contracted) if p.pk in open_to else None,
            "time_gone": time_gone(money[p.pk].contract, day),
        }
        for p in listed
    ]


@login_required
@require_safe
def projects_csv(request: Request) -> HttpResponseBase:
    """What the list shows, all pages of it, as CSV; many projects are written by a worker."""
    return taken_away(request, PROJECTS, query_of(request, *PROJECTS.filters))


# --- one project -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    url: str


TABS = {  # key: (url name, what opens it)
    "overview": ("reports:project", P.PROJECT_VIEW),
    "money": ("reports:project_money", P.BUDGET_VIEW),
    "packages": ("reports:project_packages", P.CLAIM_VIEW),
    "people": ("reports:project_people", P.SESSION_VIEW),
    "indicators": ("reports:project_indicators", P.SESSION_VIEW),
    "evidence": ("reports:project_evidence", P.EVIDENCE_VIEW),
    "amendments": ("reports:project_amendments", P.AMENDMENT_VIEW),
    "messages": ("reports:project_messages", P.QUESTION_VIEW),
    "history": ("reports:project_history", P.TRAIL_VIEW),
}


def _labels() -> dict[str, str]:
    return {
        "overview": pgettext("tab of a project", "Overview"),
        "money": pgettext("tab of a project", "Activities and budget"),
        "packages": pgettext("tab of a project", "Deliverables"),
        "people": pgettext("tab of a project", "Sessions and people"),
        "indicators": pgettext("tab of a project", "Indicators"),
        "evidence": pgettext("tab of a project", "Evidence"),
        "amendments": pgettext("tab of a project", "Amendments"),
        "messages": pgettext("tab of a project", "Messages"),
        "history": pgettext("tab of a project", "History"),
    }


class Page:
    """What the pages of one project share: the project, the day it is there, the period, the tabs that are open."""

    def __init__(self, request: HttpRequest, number: str, tab: str) -> None:
        visible = Project.objects.visible_to(request.user).select_related(
            "programme", "call", "specific_objective", "type_of_action", "beneficiary__place", "granting_authority"
        )
        self.request, self.tab = request, tab
        self.project = get_object_or_404(visible.prefetch_related("contracts"), number=number)
        self.may = {p: can(request.user, p, self.project) for p in dict.fromkeys(p for _url, p in TABS.values())}
        if not self.may[TABS[tab][1]]:
            require(request.user, TABS[tab][1], self.project)
        self.at: datetime = now()
        self.today = today_in(self.project, self.at)
        self.form = PeriodForm(request.GET, project=self.project, today=self.today)
        self.start, self.end = self.form.period

    @property
    def query(self) -> str:
        """The chosen period, to go along from tab to tab."""
        return f"?from={self.start}&to={self.end}" if self.form.chosen else ""

    def progress(self) -> Progress:
        return progress(self.project, self.start, self.end, language())

    def table(self, found: Progress, key: str) -> Shown | None:
        return _table(found, key)

    def context(self, **more: Any) -> dict[str, Any]:
        contract = self.project.contract_on(self.today)
        open_tabs = [key for key, (_url, permission) in TABS.items() if self.may[permission]]
        if not self.project.programme.uses_work_packages and self.tab != "packages" and "packages" in open_tabs:
            open_tabs.remove("packages")
        labels = _labels()
        return {
            "project": self.project,
            "contract": contract,
            "time_gone": time_gone(contract, self.today),
            "tabs": [
                Tab(key, labels[key], reverse(TABS[key][0], args=[self.project.number]) + self.query)
                for key in open_tabs
            ],
            "tab": self.tab,
            "tab_label": labels[self.tab],
            "today": self.today,
            "form": self.form,
            "start": self.start,
            "end": self.end,
            "query": self.query,
            "may_make_report": can(self.request.user, P.REPORT_MAKE, self.project),
            "may_edit": can(self.request.user, P.PROJECT_EDIT, self.project),
            "may_edit_money": can(self.request.user, P.BUDGET_EDIT, self.project),
            "may_see_claims": self.may[P.CLAIM_VIEW],
            "sees_money": self.may[P.BUDGET_VIEW],
            "sees_people": self.may[P.SESSION_VIEW],
            **more,
        }

    def money_words(self, found: Progress) -> dict[str, Any]:
        """Reported and paid as shares of the contracted amount, as numbers and in words."""
        m = found.money
        shares = {"reported": facts.share(m.reported, m.contracted), "paid": facts.share(m.paid, m.contracted)}
        words = {
            f"{name}_words": _("%(share)s of contracted") % {"share": formats.percent(value, language())}
            if value is not None
            else ""
            for name, value in shares.items()
        }
        return words | {f"{name}_share": value for name, value in shares.items()}

    def answer(self, **more: Any) -> HttpResponse:
        template = f"reports/project_{self.tab}.html"
        return render(self.request, template, self.context(**more), status=422 if self.form.errors else 200)


def _table(found: Progress, key: str) -> Shown | None:
    table = found.tables.get(key)
    if table is None:
        return None
    both = formats.shows_both(localdate(), found.project.programme.country)
    return shown(key, table.encoded(), found.language, found.money.currency, both=both)


def _charts(found: Progress, *keys: str) -> list[Chart]:
    return [chart for chart in charts_of(of_progress(found)) if chart.key in keys]


@login_required
@require_safe
def overview(request: HttpRequest, number: str) -> HttpResponse:
    page = Page(request, number, "overview")
    project = page.project
    found = page.progress()
    wanted = [
        *(["money"] if page.may[P.BUDGET_VIEW] else []),
        *(["promises", "weeks"] if page.may[P.SESSION_VIEW] else []),
    ]
    planned = {p.counter: p for p in project.planned_figures.all()}
    events = AuditEvent.objects.filter(project=project.number).order_by("-pk")[:10] if page.may[P.TRAIL_VIEW] else []
    reports = Report.objects.visible_to(request.user).filter(project=project).order_by("-pk")[:5]
    return page.answer(
        money=found.money,
        **page.money_words(found),
        has_samples=found.has_samples,
        contracts=sorted(project.contracts.all(), key=lambda c: -c.version),
        sources=_table(found, "money_sources"),
        counters=_table(found, "counters") if page.may[P.SESSION_VIEW] else None,
        charts=_charts(found, *wanted),
        partners=project.partners.select_related("organisation__place").order_by("role", "pk"),
        partner_roles=Partner.Role,
        places=project.places.select_related("place").order_by("pk"),
        target_groups=project.target_groups.all(),
        objectives=project.objectives.all(),
        planned=[planned[c] for c in PlannedFigure.Counter.values if c in planned],
        interventions=project.intervention_fields.all(),
        events=told(events),
        reports=reports,
        officers=_officers(project, page.today),
    )


def _officers(project: Project, today: date) -> list[str]:
    """Who answers for the project at the programme."""
    rows = Membership.objects.in_force(today).filter(role=Role.OFFICER, programme=project.programme_id)
    return [str(row.user) for row in rows.select_related("user").order_by("user__name")]


@dataclass(frozen=True)
class ShownCost:
    """A reported cost in the list: whether the person may open its evidence, and why it corrects another one."""

    cost: ReportedCost
    opens: bool
    why: str


@login_required
@require_safe
def money(request: HttpRequest, number: str) -> HttpResponse:
    page = Page(request, number, "money")
    project = page.project
    found = page.progress()
    contract = found.contract
    lines, used = [], {}
    if contract is not None:
        lines = list(contract.budget_lines.select_related("activity", "partner").order_by("code"))
        used = spent(contract)
    costs = ReportedCost.objects.visible_to(request.user).filter(
        project=project, reported_on__range=(page.start, page.end)
    )
    costs = costs.select_related("line", "activity", "line__activity", "evidence__file", "corrects", "exchange")
    listed = Paginator(costs.order_by("-reported_on", "-pk"), size_of(request, 50)).get_page(request.GET.get("page"))
    shown = list(listed.object_list)
    listed.object_list = shown
    files = Evidence.objects.visible_to(request.user).filter(costs__in=[cost.pk for cost in shown])
    opens, why = set(files.values_list("pk", flat=True)), _reasons(shown)
    return page.answer(
        money=found.money,
        **page.money_words(found),
        has_samples=found.has_samples,
        activities=_table(found, "money_activities"),
        sources=_table(found, "money_sources"),
        charts=_charts(found, "money"),
        lines=[(line, used[line.code], line.total - used[line.code]) for line in lines],
        costs_total=found.tables["costs"].total,
        page=listed,
        costs=[ShownCost(cost, cost.evidence_id in opens, why.get(str(cost.key), "")) for cost in shown],
        flows=flows_of(project, page.end),
        gap=unplanned(contract, lines) if contract else None,
    )


def _reasons(costs: Any) -> dict[str, str]:
    """Why each correction among these costs was made: its note in the trail, by key."""
    keys = [str(c.key) for c in costs if c.corrects_id]
    events = AuditEvent.objects.filter(kind="budgets.reportedcost", action="cost.corrected", key__in=keys)
    return dict(events.values_list("key", "note"))


@login_required
@require_safe
def people(request: HttpRequest, number: str) -> HttpResponse:
    page = Page(request, number, "people")
    found = page.progress()
    unmarked = Session.objects.visible_to(request.user).filter(
        project=page.project, state=Session.State.PLANNED, on__lt=page.today
    )
    return page.answer(
        has_samples=found.has_samples,
        activities=_table(found, "activities"),
        outputs=_table(found, "outputs"),
        counters=_table(found, "counters"),
        weeks=_table(found, "weeks"),
        charts=_charts(found, "weeks", "hours", "promises"),
        unmarked=unmarked.select_related("group", "school", "activity").order_by("on", "starts_at", "pk")[:50],
        unmarked_count=unmarked.count(),
    )


# --- indicators ------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def indicators(request: HttpRequest, number: str) -> HttpResponse:
    page = Page(request, number, "indicators")
    found = page.progress()
    missing = facts.missing_items(page.project, page.start, page.end) if found.people else {}
    words = {
        "gender": _("gender"),
        "born_on": _("date of birth"),
        "labour_status": _("situation on the day of entry"),
        "education": _("completed education"),
        "consent": _("consent"),
    }
    opens_rows = may_open(request.user, page.project, sensitive=False)
    opens = {"opens_rows": opens_rows, "opens_sensitive": may_open(request.user, page.project, sensitive=True)}
    tables = [table for table in (_table(found, key) for key in TABLES) if table and table.rows]
    library, period = dict(library_of(page.project.programme_id)), (page.start, page.end)
    return page.answer(
        has_samples=found.has_samples,
        tables=[(table, lines_of(page.project, library, table, period, **opens)) for table in tables],
        counted=found.people,
        missing=[(words[name], n) for name, n in missing.items() if n],
        opens_rows=opens_rows,
        response=response(FollowUp.objects.filter(participation__project=page.project), page.today),
    )


@login_required
@require_safe
def indicator_rows(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """The records behind one figure, by code and never by name, each with why it counts or not. The view is logged."""
    page = Page(request, number, "indicators")
    if code != "incomplete" and code not in INDICATORS:
        raise Http404
    reason = reason_of(request, page.project, sensitive=code in SENSITIVE)
    if reason is None:
        return ask(request, page.project)
    start = EARLIEST if request.GET.get("all") else page.start
    gender = request.GET.get("gender", "")
    gender = gender if gender in Person.Gender.values else ""
    heap = "incomplete" if code == "incomplete" else request.GET.get("rows", "counted")
    visible = Participation.objects.visible_to(request.user).filter(project=page.project)
    rows, hidden = _rows(page, code, heap, start, gender, visible)
    listed = Paginator(rows, ROWS_ON_A_PAGE).get_page(request.GET.get("page"))
    audit.record(
        "participant.rows_viewed", page.project, by=request.user, at=page.at, project=page.project.number,
        after={"indicator": code, "from": str(start), "to": str(page.end), "rows": len(listed.object_list)},
        note=reason,
    )  # fmt: skip
    keys = [row.key for row in listed.object_list]
    samples = {str(key) for key in visible.filter(key__in=keys, synthetic=True).values_list("key", flat=True)}
    name = Code.objects.of("esf_indicators").filter(code=code).first()
    context = page.context(
        code=code,
        name=said(name.name, language())[0] if name else "",
        heap=heap,
        gender=gender,
        genders=Person.Gender.choices,
        whole=bool(request.GET.get("all")),
        page=listed,
        rows=[_row_words(code, heap, row) | {"sample": row.key in samples} for row in listed.object_list],
        hidden=hidden,
        by_exit=code in INDICATORS and facts.by_exit(code),
    )
    return render(request, "reports/project_indicator_rows.html", context, status=422 if page.form.errors else 200)


def _rows(page: Page, code: str, heap: str, start: date, gender: str, visible: Any) -> tuple[list[Row], int]:
    """The rows of one heap (counted, outside, incomplete) that the person may see, and how many are hidden because
    they belong to another school."""
    project = [page.project.pk]
    if heap == "outside":
        counted = esf_rows(code, project, start, page.end, limit=ALL)
        return facts.outside_rows(code, visible, [r.key for r in counted], start, page.end, gender), 0
    wanted = "incomplete" if heap == "incomplete" else code
    found = esf_rows(wanted, project, start, page.end, gender=gender, limit=ALL)
    where = reach(page.request.user, P.PARTICIPANT_VIEW)
    whole = where.everywhere or page.project.programme_id in where.programmes or page.project.pk in where.projects
    if whole:
        return found, 0
    keys = {str(key) for key in visible.values_list("key", flat=True)}
    mine = [row for row in found if row.key in keys]
    return mine, len(found) - len(mine)


def _row_words(code: str, heap: str, row: Row) -> dict[str, Any]:
    if heap == "incomplete":
        why = facts.why_incomplete(row)
    elif heap == "outside":
        why = facts.why_outside(code, row, language())
    else:
        why = facts.why_counted(code, row, language())
    return {
        "row": row,
        "gender": Person.Gender(row.gender).label if row.gender else "",
        "status": facts.status_words(row.status),
        "why": why,
    }


# --- evidence and history --------------------------------------------------------------------------------------------


@login_required
@require_safe
def evidence(request: HttpRequest, number: str) -> HttpResponse:
    page = Page(request, number, "evidence")
    files = Evidence.objects.visible_to(request.user).filter(project=page.project, removed_at=None)
    files = files.select_related("file", "session__activity", "session__group", "activity", "school", "added_by")
    listed = Paginator(files.order_by("-added_at", "-pk"), size_of(request, 50)).get_page(request.GET.get("page"))
    return page.answer(page=listed)


@login_required
@require_safe
def history(request: HttpRequest, number: str) -> HttpResponse:
    page = Page(request, number, "history")
    events = AuditEvent.objects.filter(project=page.project.number).select_related("seal").order_by("-pk")
    listed = Paginator(events, size_of(request, 50)).get_page(request.GET.get("page"))
    return page.answer(page=listed, events=told(listed.object_list))


@login_required
@require_safe
def messages(request: HttpRequest, number: str) -> HttpResponse:
    """What was asked about the project, open ones first."""
    page = Page(request, number, "messages")
    rows = Clarification.objects.visible_to(request.user).filter(project=page.project).with_counts()
    rows = rows.select_related("project__programme", "school").order_by(F("closed_at").desc(nulls_first=True), "due_on")
    listed = Paginator(rows, 25).get_page(request.GET.get("page"))
    return page.answer(page=listed, may_ask=can(request.user, P.QUESTION_ASK, page.project))


@login_required
@require_safe
def amendments(request: HttpRequest, number: str) -> HttpResponse:
    """How the contract changed and who wishes to change it."""
    page = Page(request, number, "amendments")
    return page.answer(
        amendments=Amendment.objects.visible_to(request.user).filter(project=page.project),
        contracts=sorted(page.project.contracts.all(), key=lambda c: -c.version),
        may_amend=can(request.user, P.AMENDMENT_EDIT, page.project),
    )
