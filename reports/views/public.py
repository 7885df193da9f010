"""What anyone may read: the front page, the projects, the programmes, the data. No personal data, no sample figures,
no cookie before somebody signs in."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from activities.models import Activity
from budgets.figures import Money, money_of
from core import formats
from core.models.texts import said
from core.money import share
from core.sheets.marking import XLSX
from projects.filters import ProjectFilter
from projects.models import Partner, PlannedFigure, Programme, Project
from reports import overview as facts
from reports.book import plain
from reports.figures import progress, time_gone
from reports.filters import default_period
from reports.kinds import operations
from reports.tables import Shown, shown, to_csv
from reports.views.results import LICENCE, public, published, results_of
from reports.views.trail import SIZES, chips, size_of, without_page

LISTED = 24  # projects on the page of a programme


def _language() -> str:
    return get_language() or "en"


@public
def home(request: HttpRequest) -> HttpResponse:
    newest = published().filter(synthetic=False).prefetch_related("contracts", "places__place")
    programmes = Programme.objects.annotate(n=Count("projects", filter=Q(projects__published=True))).order_by("code")
    day = localdate()
    listed = list(newest.order_by("-updated_at", "-pk")[:6])
    context = {
        "numbers": facts.public_numbers(day),
        "day": day,
        "both": any(formats.shows_both(day, each.country) for each in programmes if each.n),
        "rows": _rows(listed, day),
        "programmes": programmes,
    }
    return render(request, "reports/home.html", context)


def _rows(projects: list[Project], day: Any) -> list[dict[str, Any]]:
    money = money_of(projects, day, public=True)
    unknown = facts.only_samples(p.pk for p in projects)
    return [
        {
            "project": p,
            "money": money[p.pk],
            "contract": money[p.pk].contract,
            "places": [place.place for place in p.places.all()],
            "share": None if p.pk in unknown else share(money[p.pk].reported, money[p.pk].contracted),
        }
        for p in projects
    ]


def _filtered(request: HttpRequest) -> tuple[ProjectFilter, Any]:
    filtered = ProjectFilter(request.GET, queryset=published())
    return filtered, facts.ordered(filtered.qs, request.GET.get("sort", "number"), localdate(), _language())


@public
def projects(request: HttpRequest) -> HttpResponse:
    filtered, rows = _filtered(request)
    page = Paginator(rows, size_of(request)).get_page(request.GET.get("page"))
    listed = facts.with_lists(page.object_list)
    context = {
        "filter": filtered,
        "form": filtered.form,
        "chips": chips(filtered, request),
        "sort": request.GET.get("sort", "number"),
        "page": page,
        "rows": _rows(listed, localdate()),
        "day": localdate(),
        "updated_at": Project.objects.public().aggregate(at=Max("updated_at"))["at"],
        "sizes": SIZES,
        "size": size_of(request),
        "orders": _orders(),
        "csv_url": f"{reverse('reports:public_projects_csv')}?{without_page(request)}",
        "xlsx_url": f"{reverse('reports:public_projects_xlsx')}?{without_page(request)}",
        "json_url": f"{reverse('reports:public_projects_json')}?{without_page(request)}",
    }
    return render(request, "reports/public_projects.html", context)


def _orders() -> list[tuple[str, str]]:
    return [
        ("number", pgettext("order of projects", "Number")),
        ("title", pgettext("order of projects", "Title")),
        ("-begins", pgettext("order of projects", "Newest start")),
        ("ends", pgettext("order of projects", "Earliest end")),
        ("-total", pgettext("order of projects", "Largest amount")),
    ]


def _operations(request: HttpRequest) -> dict[str, Any]:
    """The list of operations (CPR Art. 49(3)) that the filters leave."""
    _filter, rows = _filtered(request)
    return operations.table(rows, localdate(), _language()).encoded()


@public
def projects_csv(request: HttpRequest) -> HttpResponse:
    """The list of operations as CSV."""
    return _download(to_csv("operations", _operations(request)), "text/csv; charset=utf-8", "csv")


@public
def projects_xlsx(request: HttpRequest) -> HttpResponse:
    """The list of operations as a workbook that says what its columns mean."""
    facts = [
        (_("List of operations"), settings.SITE_URL), (_("Legal basis"), operations.LEGAL_BASIS),
        (_("Data of"), formats.day(localdate(), _language())), (_("Licence"), f"{LICENCE[0]}, {LICENCE[1]}"),
    ]  # fmt: skip
    made = plain({"operations": _operations(request)}, facts, _language(), now())
    return _download(made, XLSX, "xlsx")


def _download(content: bytes, media_type: str, ending: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="projects_{localdate()}.{ending}"'
    return answer


@public
def projects_json(request: HttpRequest) -> HttpResponse:
    """The list of operations as JSON; amounts are text, so that no cent is lost."""
    return operations_json(_operations(request))


def operations_json(table: dict[str, Any]) -> JsonResponse:
    """The list of operations, an encoded table, with what it is."""
    found = table["rows"]
    body = {
        "title": _("List of operations"),
        "legal_basis": operations.LEGAL_BASIS,
        "as_of": localdate().isoformat(),
        "language": _language(),
        "licence": LICENCE[0],
        "licence_url": LICENCE[1],
        "count": len(found),
        "projects": found,
    }
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


@public
def project(request: HttpRequest, number: str) -> HttpResponse:
    """One project as on the national portal, with its true amounts: 0.00 reported is shown as 0.00."""
    found = get_object_or_404(
        published()
        .select_related("call", "specific_objective", "type_of_action", "granting_authority", "beneficiary__place")
        .prefetch_related("contracts", "places__place", "intervention_fields"),
        number=number,
    )
    day = localdate()
    start, end = default_period(found, day)
    figures = progress(found, start, end, _language(), public=True)
    known = not facts.only_samples([found.pk])
    partners = found.partners.select_related("organisation__place").order_by("role", "pk")
    planned = {p.counter: p for p in found.planned_figures.all()}
    both = formats.shows_both(day, found.programme.country)
    context = {
        "project": found,
        "programme": found.programme,
        "contract": figures.contract,
        "time_gone": time_gone(figures.contract, day),
        "day": day,
        "money": figures.money,
        "reported_known": known,
        **_money_words(figures.money, known),
        "activities": _activities(
            found,
            shown(
                "money_activities",
                _encoded(figures, "money_activities"),
                _language(),
                figures.money.currency,
                both=both,
            ),
            known,
        ),
        "sources": _columns(
            shown("money_sources", _encoded(figures, "money_sources"), _language(), both=both),
            "source",
            "contracted",
            "share",
        ),
        "partners": [p for p in partners if found.synthetic or not (p.synthetic or p.organisation.synthetic)],
        "partner_roles": Partner.Role,
        "body": found.beneficiary
        if found.beneficiary and (found.synthetic or not found.beneficiary.synthetic)
        else None,
        "places": [p.place for p in found.places.all()],
        "objectives": found.objectives.all(),
        "target_groups": found.target_groups.all(),
        "planned": [planned[c] for c in PlannedFigure.Counter.values if c in planned],
        "interventions": found.intervention_fields.all(),
        "results": results_of(found, _language()),
        "in_lev": figures.money.currency == "BGN",
        "untranslated": _untranslated(found),
        "own_language": dict(settings.LANGUAGES).get(found.programme.language, found.programme.language),
    }
    return render(request, "reports/public_project.html", context)


def _money_words(money: Money, reported_known: bool) -> dict[str, Any]:
    """The amount in the currency of the contract, and reported as a share of contracted, in words."""
    reported = share(money.reported, money.contracted) if reported_known else None
    words = {"share": formats.percent(reported, _language())}
    lev = formats.money(money.original, _language(), money.currency) if money.currency != "EUR" else ""
    return {
        "lev_words": lev,
        "reported": money.reported if reported_known else None,
        "reported_share": reported,
        "reported_words": "" if reported is None else _("%(share)s of contracted") % words,
    }


def _body(found: Project) -> Any:
    """The beneficiary, unless it is an invented one of a real project."""
    body = found.beneficiary
    return body if body and (found.synthetic or not body.synthetic) else None


def _encoded(figures: Any, key: str) -> Any:
    return figures.tables[key].encoded()


def _columns(table: Shown, *keys: str) -> dict[str, Any]:
    """Some columns of a table, in the order of `keys`."""
    place = {column.key: i for i, column in enumerate(table.columns)}
    wanted = [place[key] for key in keys]
    return {
        "columns": [table.columns[i] for i in wanted],
        "rows": [[row[i] for i in wanted] for row in table.rows],
        "total": [table.total[i] for i in wanted] if table.total else None,
    }


def _activities(found: Project, table: Shown, reported_known: bool) -> list[dict[str, Any]]:
    """The activities with what is contracted and reported, in the order of the contract, without sample activities.

    A part of an activity that has no line and no cost of its own shows no amounts: they stand at its activity.
    """
    place = {column.key: i for i, column in enumerate(table.columns)}
    real = {} if found.synthetic else {"synthetic": False}
    by_number = {a.number: a for a in Activity.objects.filter(project=found, **real).select_related("responsible")}
    rows = []
    for row, level in zip(table.rows, table.levels, strict=True):
        number, contracted = row[place["number"]].value, row[place["contracted"]].value
        reported = row[place["to_date"]].value if reported_known else None
        if number and number not in by_number:
            continue
        rows.append(
            {
                "activity": by_number.get(number),
                "title": row[place["title"]],
                "level": level,
                "original": row[place["original"]].value if "original" in place else None,
                "contracted": contracted,
                "reported": reported,
                "own": contracted is not None or (reported is not None and (not level or Decimal(reported) != 0)),
            }
        )
    return rows


def _untranslated(found: Project) -> bool:
    """Whether a reader of this language meets texts in another one."""
    texts = [found.title, found.summary, *(o.text for o in found.objectives.all())]
    return any(said(t, _language(), found.programme.language)[1] not in ("", _language()) for t in texts)


@public
def programme(request: HttpRequest, code: str) -> HttpResponse:
    """A programme: what it is for, its types of action and who manages each, its calls and its projects."""
    found = get_object_or_404(Programme.objects.select_related("funder"), code=code)
    day = localdate()
    listed = list(
        published()
        .filter(programme=found)
        .prefetch_related("contracts", "places__place")
        .order_by("number")[: LISTED + 1]
    )
    groups: dict[str, dict[str, Any]] = {}
    for action in found.types_of_action.all():
        key = said(action.group, _language(), found.language)[0]
        groups.setdefault(key, {"group": action.group, "actions": []})["actions"].append(action)
    context = {
        "programme": found,
        "day": day,
        "groups": list(groups.values()),
        "calls": found.calls.annotate(n=Count("projects", filter=Q(projects__published=True))).order_by("code"),
        "rows": _rows(listed[:LISTED], day),
        "more": len(listed) > LISTED,
    }
    return render(request, "reports/public_programme.html", context)


@public
def data(request: HttpRequest) -> HttpResponse:
    """Downloads, the API, the licence, and what each column of the list of operations means."""
    updated = Project.objects.public().aggregate(at=Max("updated_at"))["at"]
    context = {
        "columns": operations.fields(_language()),
        "updated_at": updated,
        "next_by": updated and (updated + timedelta(days=120)).date(),
        "licence": LICENCE[0],
        "licence_url": LICENCE[1],
        "count": Project.objects.public().count(),
        "site": settings.SITE_URL,
    }
    return render(request, "reports/data.html", context)
