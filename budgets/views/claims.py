"""Payment claims: the list, and the task list by which a claim is prepared and sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Sum, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from activities.actions import today_in
from activities.models import Evidence
from budgets import actions
from budgets.checks import claim_facts, exchanged, less
from budgets.checks import claims as checks
from budgets.checks.claim_flats import flats_due
from budgets.checks.forms_of_cost import rules_of
from budgets.checks.packages import package_of
from budgets.checks.taken import taken
from budgets.forms import ClaimForm, DeclarationsForm, PaperForm, PeriodForm, ResultsForm, SendForm, add_refusal
from budgets.forms.conflicts import choices_of, chosen
from budgets.models import Claim, ClaimLine, Clock, Computation, LineFact
from budgets.views.filters import narrowed
from budgets.views.paid import money_box
from core.access import Permission, Refused
from core.models.texts import said
from core.money import NOTHING
from core.requests import Request
from projects.actions import require
from projects.models import Project, Reach, can, reach

P = Permission
ROWS = 50


def claim_of(request: HttpRequest, key: UUID, permission: Permission = P.CLAIM_VIEW) -> Claim:
    """The claim, 404 for strangers, 403 with a sentence for those without the right."""
    found = Claim.objects.visible_to(request.user).select_related(
        "project__programme", "project__beneficiary", "project__call", "contract"
    )
    claim = get_object_or_404(found, key=key)
    require(request.user, permission, claim.project)
    return claim


def head_of(claim: Claim, at: Any) -> dict[str, Any]:
    """What the head of every page of a claim shows. What its clock reads is fetched with the claim."""
    prefetch_related_objects([claim], "moves", "questions__clarification__questions__answers")
    return {
        "claim": claim,
        "project": claim.project,
        "letters": claim.letters.select_related("file"),
        "currency": claim.contract.currency,
        "rates": claim.rates.all(),
        "clock": claim.clock_on(today_in(claim.project, at)),
    }


def to_edit(request: HttpRequest, key: UUID) -> tuple[Claim, HttpResponse | None]:
    """A claim to be filled; where it is sent already, the way to its page."""
    claim = claim_of(request, key, P.CLAIM_EDIT)
    if request.method == "GET" and claim.state not in Claim.EDITED:
        return claim, redirect("budgets:claim", key=key)
    return claim, None


# --- the list --------------------------------------------------------------------------------------------------------

TABS = {"open": (), "draft": Claim.EDITED, "ended": (Claim.State.ACCEPTED, Claim.State.REJECTED)}


@dataclass(frozen=True)
class Listed:
    """A claim in the list, with its clock, and whether it leads this person to the verification sheet."""

    claim: Claim
    clock: Clock | None
    in_check: bool


@login_required
@require_safe
def claims(request: Request) -> HttpResponse:
    """The claims a person may see; those that wait for an officer with the oldest first."""
    if reach(request.user, P.CLAIM_VIEW) == Reach():
        raise PermissionDenied(_("Your role does not open payment claims. An administrator can give you access."))
    tab = request.GET.get("state", "open")
    states = TABS.get(tab) or Claim.AT_OFFICE
    rows = Claim.objects.visible_to(request.user).with_clock()
    if number := request.GET.get("project"):
        rows = rows.filter(project__number=number)
    elif tab not in ("draft", "ended"):
        rows = rows.filter(state__in=states)
    if tab in ("draft", "ended"):
        rows = rows.filter(state__in=states)
    at = now()
    rows, filter_form = narrowed(rows, request, localdate(at))
    declared = LineFact.objects.filter(line__claim=OuterRef("pk"), step=LineFact.Step.DECLARED).order_by()
    total = declared.values("line__claim").annotate(sum=Sum("total")).values("sum")
    rows = rows.annotate(total=total).select_related("project__programme", "contract")
    page = Paginator(rows.order_by("received_on", "pk"), 25).get_page(request.GET.get("page"))
    checked = reach(request.user, P.CLAIM_CHECK)
    listed = [
        Listed(
            claim, claim.clock_on(today_in(claim.project, at)),
            claim.state in Claim.AT_OFFICE and checked.covers(claim.project),
        )
        for claim in page.object_list
    ]  # fmt: skip
    mine = Project.objects.visible_to(request.user, P.CLAIM_EDIT).filter(contracts__isnull=False).distinct()
    context = {
        "page": page, "listed": listed, "tab": tab, "number": number, "projects": mine.order_by("number")[:25],
        "filter": filter_form,
        "sees_accounts": reach(request.user, P.ACCOUNT_VIEW) != Reach(),
    }  # fmt: skip
    return render(request, "budgets/claims.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def claim_new(request: HttpRequest, number: str) -> HttpResponse:
    """Begin a claim."""
    visible = Project.objects.visible_to(request.user).select_related("programme", "beneficiary")
    project = get_object_or_404(visible.prefetch_related("contracts"), number=number)
    require(request.user, P.CLAIM_EDIT, project)
    at = now()
    contract = project.contract_on(today_in(project, at))
    form = ClaimForm(request.POST or None, currency=contract.currency if contract else "EUR")
    if form.is_valid():
        try:
            claim = actions.start_claim(project, **form.cleaned_data, by=request.user, at=at)
        except Refused as refused:
            add_refusal(form, refused)
        else:
            return redirect("budgets:claim", key=claim.key)
    page = {"project": project, "form": form}
    return render(request, "budgets/claim_new.html", page, status=422 if form.is_bound else 200)


# --- one claim -------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def claim(request: HttpRequest, key: UUID) -> HttpResponse:
    """The tasks of a claim while the school works on it; then its amounts, lines and what was decided."""
    claim = claim_of(request, key)
    at = now()
    editable = claim.state in Claim.EDITED and can(request.user, P.CLAIM_EDIT, claim.project)
    lines = Paginator(lines_of(claim), ROWS).get_page(request.GET.get("page"))
    shown = with_amounts(claim, list(lines.object_list), officer=can(request.user, P.CLAIM_CHECK, claim.project))
    moves = list(claim.moves.select_related("by").order_by("-pk"))
    context = {
        **head_of(claim, at),
        "tasks": _tasks(claim, today_in(claim.project, at)) if editable else [],
        "editable": editable,
        "sources": by_source(claim, checks.sums(claim)),
        "package": [said(code.name, get_language() or "en")[0] for code in package_of(claim)],
        "page": lines,
        "rows": shown,
        "moves": moves,
        "returned": moves[0] if moves and claim.state == Claim.State.RETURNED else None,
        "may_check": claim.state not in Claim.EDITED and can(request.user, P.CLAIM_CHECK, claim.project),
        "threads": [each.clarification for each in claim.questions.all()],
        "box": money_box(claim, request.user),
        "visits": list(claim.visits.visible_to(request.user).order_by("number")),
    }
    return render(request, "budgets/claim.html", context)


def lines_of(claim: Claim) -> Any:
    lines = claim.lines.order_by("number").select_related("cost__line", "cost__evidence__file")
    return lines.prefetch_related("papers__file")


def papers_on(line: ClaimLine) -> list[Evidence]:
    """The files of a line and of its cost that are there."""
    papers = [paper for paper in line.papers.all() if paper.removed_at is None]
    if line.cost and line.cost.evidence and line.cost.evidence.removed_at is None:
        papers.append(line.cost.evidence)
    return papers


def with_amounts(
    claim: Claim, lines: list[ClaimLine], *, officer: bool, known: Mapping[int, claim_facts.Row] | None = None
) -> list[dict[str, Any]]:
    """Lines as tables show them: claimed, eligible, decision. The school reads decisions once they are told to it.
    `known` are the rows of the whole claim by line, where they are fetched already."""
    facts = LineFact.objects.filter(line__in=[line.pk for line in lines]).values_list("line_id", "step")
    sums = {(line, step): total for line, step, total in facts.annotate(sum=Sum("total")).order_by()}
    told = officer or claim.state in (Claim.State.RETURNED, Claim.State.ACCEPTED, Claim.State.REJECTED)
    decided = checks.decisions_of(claim, lines) if told else {}
    currency, others = claim.contract.currency, lines
    if known is None:
        computed = set(Computation.objects.filter(cost__claim_lines__in=lines).values_list("cost_id", flat=True))
    else:
        computed = {row.cost for row in known.values() if row.computed}
        others = [line for line in lines if line.pk in known and known[line.pk].exchange]
    foreign = taken(claim, today_in(claim.project, now()), others) if others else {}
    found = []
    for line in lines:
        claimed = sums.get((line.pk, "declared"))
        paper = foreign.get(line.pk)
        if claimed is None:
            claimed = claim.advance if line.cost is None else exchanged(line.cost.total, line.cost.currency, currency)
            claimed = paper.total if paper else claimed
        found.append(
            {
                "line": line, "cost": line.cost, "claimed": claimed, "papers": papers_on(line),
                "paper": paper,
                "computed": line.cost_id in computed,
                "eligible": sums.get((line.pk, "verified"), NOTHING if claim.state == Claim.State.ACCEPTED else None),
                "decision": decided.get(line.pk),
            }
        )  # fmt: skip
    return found


def by_source(claim: Claim, sums: Mapping[str, Mapping[str, Decimal | None]]) -> list[dict[str, Any]]:
    """Claimed, put off, eligible and refused by source, of the `sums` of a claim: rows of a table that add up. Nothing
    counts as eligible before the second person has confirmed it."""
    ended = claim.state == Claim.State.ACCEPTED
    rows = [
        {"label": LineFact.Step(step).label, "amounts": [sums[step][name] for name in claim_facts.AMOUNTS]}
        for step in (LineFact.Step.DECLARED, LineFact.Step.RELEASED, LineFact.Step.VERIFIED)
        if step == LineFact.Step.DECLARED or sums[step]["total"] or (ended and step == LineFact.Step.VERIFIED)
    ]
    if ended:
        declared, released, verified = (sums[step] for step in ("declared", "released", "verified"))
        refused = [less(declared[n], released[n], verified[n]) for n in claim_facts.AMOUNTS]
        rows.append({"label": _("Not eligible"), "amounts": refused})
    return rows


def _tasks(claim: Claim, today: Any) -> list[dict[str, Any]]:
    """The parts of the claim with what is still open in each."""
    found = checks.findings(claim, today)
    n = claim.lines.held().exclude(cost=None).count()
    costs = ngettext("%(n)s cost", "%(n)s costs", n) % {"n": n}
    steps = [("period", _("Period"), ""), ("results", _("Results"), ""), ("declarations", _("Declarations"), "")]
    if claim.kind == Claim.Kind.ADVANCE:
        steps = [steps[0], steps[2]]
    else:
        steps[1:1] = [("costs", _("Costs"), costs), ("evidence", _("Evidence"), "")]
    tasks = []
    for step, label, why in steps:
        mine = [finding for finding in found if finding.step == step]
        kind = "danger" if any(f.blocks for f in mine) else "warn" if mine else "ok"
        tag = {"danger": _("To do"), "warn": _("Look again"), "ok": _("Done")}[kind]
        tasks.append({"label": label, "url": _part(claim, step), "why": why, "tag": tag, "kind": kind})
    return tasks


def _part(claim: Claim, step: str) -> str:
    if step in ("costs", "evidence"):
        return reverse(f"budgets:claim_{step}", args=[claim.key])
    return reverse("budgets:claim_part", args=[claim.key, step])


# --- its parts -------------------------------------------------------------------------------------------------------

FORMS: dict[str, type[Any]] = {"period": PeriodForm, "results": ResultsForm, "declarations": DeclarationsForm}


@login_required
@require_http_methods(["GET", "POST"])
def claim_part(request: HttpRequest, key: UUID, part: str) -> HttpResponse:
    """Period, results or declarations."""
    if part not in FORMS:
        raise Http404
    claim, elsewhere = to_edit(request, key)
    if elsewhere:
        return elsewhere
    initial = {name: getattr(claim, name) for name in ("from_on", "to_on", "advance", "results", "declarations")}
    groups = [(name,) for name in FORMS[part].base_fields if name in initial]
    data = chosen(request.POST, FORMS[part], initial, groups) if request.method == "POST" else None
    form = FORMS[part](data, initial=initial | {"version": claim.version}, claim=claim)
    status, clashes = 200, []
    if request.method == "POST":
        status = 422
        if form.is_valid():
            new = {name: value for name, value in form.cleaned_data.items() if name != "version"}
            try:
                actions.change_claim(claim, version=form.cleaned_data["version"], **new, by=request.user, at=now())
            except actions.ChangedMeanwhile as meanwhile:
                status, currency = 409, claim.contract.currency
                shown = [group for group in groups if group[0] in form.fields]
                clashes = choices_of(form, initial, shown, currency=currency)
                form.data = data
                form.data["version"] = str(claim.version)  # the next save is meant for what is there now
                add_refusal(form, meanwhile)
            except Refused as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, _("Saved."))
                return redirect("budgets:claim", key=key)
    titles = {"period": _("Period"), "results": _("Results"), "declarations": _("Declarations")}
    clashing = {clash.name for clash in clashes}
    page = {**head_of(claim, now()), "form": form, "title": titles[part], "clashes": clashes, "clashing": clashing}
    return render(request, "budgets/claim_part.html", page, status=status)


@login_required
@require_safe
def claim_evidence(request: HttpRequest, key: UUID) -> HttpResponse:
    """The costs of the claim with their files; those without stand first."""
    claim, elsewhere = to_edit(request, key)
    if elsewhere:
        return elsewhere
    papers = ClaimLine.papers.through.objects.filter(claimline=OuterRef("pk"))
    lines = lines_of(claim).filter(released=False).exclude(cost=None).annotate(has_papers=Exists(papers))
    page = Paginator(lines.order_by("has_papers", "cost__evidence", "number"), ROWS).get_page(request.GET.get("page"))
    rows = with_amounts(claim, list(page.object_list), officer=False)
    return render(request, "budgets/claim_evidence.html", {**head_of(claim, now()), "page": page, "rows": rows})


@login_required
@require_http_methods(["GET", "POST"])
def claim_paper(request: HttpRequest, key: UUID, number: int) -> HttpResponse:
    """Add a file to one line."""
    claim, elsewhere = to_edit(request, key)
    if elsewhere:
        return elsewhere
    line = get_object_or_404(lines_of(claim), number=number)
    form = PaperForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.attach_paper(line, upload=form.cleaned_data["upload"], by=request.user, at=now())
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The file is attached."))
            return redirect("budgets:claim_evidence", key=key)
    rows = with_amounts(claim, [line], officer=False)
    page = {**head_of(claim, now()), "form": form, "row": rows[0]}
    return render(request, "budgets/claim_paper.html", page, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
def claim_send(request: HttpRequest, key: UUID) -> HttpResponse:
    """Everything that stands against sending, at once; then the claim goes to the office."""
    claim, elsewhere = to_edit(request, key)
    if elsewhere:
        return elsewhere
    at = now()
    found = checks.findings(claim, today_in(claim.project, at))
    warnings = [finding for finding in found if not finding.blocks]
    blockers = [{"finding": finding, "url": _part(claim, finding.step)} for finding in found if finding.blocks]
    initial = {"version": claim.version} | {f"reason_{name}": text for name, text in claim.reasons.items()}
    form = SendForm(request.POST or None, warnings=warnings, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.send_claim(
                claim, version=form.cleaned_data["version"], reasons=form.reasons(), by=request.user, at=at
            )
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Claim %(number)s is sent.") % {"number": claim.number})
            return redirect("budgets:claim", key=key)
    left = claim_facts.left_to_claim(claim, today_in(claim.project, at))
    flats = flats_due(claim, left, rules_of(claim.project))
    chosen = sum((each.here["total"] for each in left.values()), claim.advance or NOTHING)
    context = {
        **head_of(claim, at), "form": form, "blockers": blockers, "flats": flats,
        "total": sum((flat.gap for flat in flats), chosen),
    }  # fmt: skip
    return render(request, "budgets/claim_send.html", context, status=409 if form.is_bound else 200)
