"""Reports a project owes: the board of what is due, writing one, submitting it, and what the office decides."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.actions import today_in
from budgets.forms import add_refusal
from core import formats
from core.access import Permission, Refused
from projects.actions import require
from projects.models import ContractVersion, Project, Reach, can, reach
from reports import actions
from reports.forms import AddFilingForm, DecideForm, ScheduleForm, SectionsForm, SkipForm
from reports.models import Filing, Remark, Report
from reports.tasks import wake

P = Permission
State = Filing.State
PER_PAGE = 50
SHOWN = ("open", "overdue", "submitted", "all")


def _visible(request: HttpRequest, key: UUID) -> Filing:
    rows = Filing.objects.visible_to(request.user).select_related("project__programme", "contract")
    return get_object_or_404(rows, key=key)


# --- the board -------------------------------------------------------------------------------------------------------


@require_safe
@login_required
def filings(request: HttpRequest) -> HttpResponse:
    """What the office waits for, the longest due first; also what is overdue, submitted, or everything."""
    if reach(request.user, P.FILING_VIEW) == Reach():
        raise PermissionDenied(_("Your role does not open the reports of projects. An administrator can give access."))
    today, show = localdate(), request.GET.get("show", "open")
    show = show if show in SHOWN else "open"
    mine = Filing.objects.visible_to(request.user)
    rows: QuerySet[Filing] = {
        "open": mine.awaited(), "overdue": mine.overdue(today),
        "submitted": mine.filter(state=State.SUBMITTED), "all": mine,
    }[show]  # fmt: skip
    rows = rows.select_related("project__programme").order_by("due_on", "pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "reports/filings.html", {"page": page, "show": show, "today": today})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def schedule(request: HttpRequest, number: str) -> HttpResponse:
    """Lay the reports of a contract out, or ask for one more."""
    project = get_object_or_404(
        Project.objects.visible_to(request.user).select_related("programme").prefetch_related("contracts"),
        number=number,
    )
    require(request.user, P.FILING_DECIDE, project)
    at = now()
    contract = project.contract_on(today_in(project, at))
    adds = request.POST.get("do") == "add"
    given = request.POST if request.method == "POST" else None
    agreed = actions.agreed(contract)
    form = ScheduleForm(None if adds else given, agreed=agreed)
    one = AddFilingForm(given if adds else None, prefix="one")
    used: AddFilingForm | ScheduleForm = one if adds else form
    if given is not None and used.is_valid():
        try:
            if adds:
                actions.add_filing(project, **one.cleaned_data, by=request.user, at=at)
                messages.success(request, _("The report is in the schedule."))
            else:
                made = actions.lay_out(project, **form.cleaned_data, by=request.user, at=at)
                words = _("Reports put into the schedule: %(n)s.") if made else _("The schedule had them all already.")
                messages.success(request, words % {"n": len(made)} if made else words)
            return redirect("reports:schedule", number=number)
        except Refused as refused:
            add_refusal(used, refused)
    page = {
        "project": project, "contract": contract, "form": form, "one_form": one, "used": used, "today": localdate(),
        "rows": project.filings.order_by("due_on", "pk"),
        "new": _proposed(project, contract, agreed) if contract and not form.fields else None,
    }  # fmt: skip
    return render(request, "reports/schedule.html", page, status=200 if given is None else 422)


def _proposed(
    project: Project, contract: ContractVersion, agreed: dict[str, int]
) -> list[tuple[Any, actions.Due]] | None:
    """What the schedule lacks of what the contract says, with the names of the kinds; None while it has no days."""
    try:
        return [(Filing.Kind(due.kind).label, due) for due in actions.proposed(project, contract, **agreed)]
    except Refused:
        return None


# --- one report ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def filing(request: HttpRequest, key: UUID) -> HttpResponse:
    """One report: its texts to be written or read, its versions, what the office says. POST saves the texts, and with
    `submit` hands the report in."""
    one = _visible(request, key)
    if request.method != "POST":
        return _page(request, one)
    require(request.user, P.FILING_EDIT, one.project)
    form = _sections(one, request)
    try:
        if not form.is_valid():
            return _page(request, one, form=form, status=422)
        done = actions.write(one, form.texts(), seen=form.seen(), by=request.user, at=now())
        if done.clashes:
            return _page(request, one, form=_yours(one, form), clashes=done.clashes, status=409)
        if "submit" not in request.POST:
            messages.success(request, _("The texts are saved."))
            return redirect("reports:filing", key=key)
        stale = request.POST.get("version", "") != str(one.version)
        version = 0 if stale else _visible(request, key).version  # saving may have begun the draft
        made = actions.submit(one, version=version, by=request.user, at=now()).made
    except Refused as refused:
        return _page(request, one, form=form, refused=refused, status=409)
    wake(made)
    messages.success(request, _("The report is submitted and sealed. Its files are being made."))
    return redirect("reports:filing", key=key)


def _sections(one: Filing, request: HttpRequest | None = None) -> SectionsForm:
    own = one.project.programme.language
    given = request.POST if request else None
    return SectionsForm(given, places=actions.places(one), own=own, text_language=one.language)


def _yours(one: Filing, sent: SectionsForm) -> SectionsForm:
    """The form again after a clash: your words, and the versions as they are now, so that saving again keeps yours."""
    form = _sections(one)
    typed = sent.texts()
    for n, place in enumerate(form.places):
        form.initial[f"text_{n}"] = typed.get(place.number, place.text)
    return form


@require_POST
@login_required
def filing_draft(request: HttpRequest, key: UUID) -> HttpResponse:
    """Keep what is typed while it is typed; answers with words about it and the versions the page then stands on."""
    one, at = _visible(request, key), now()
    require(request.user, P.FILING_EDIT, one.project)
    form = _sections(one, request)
    if not form.is_valid():
        return JsonResponse(
            {"detail": " ".join(str(text) for texts in form.errors.values() for text in texts)}, status=422
        )
    try:
        done = actions.write(one, form.texts(), seen=form.seen(), by=request.user, at=at)
    except Refused as refused:
        return JsonResponse({"detail": " ".join(refused.messages)}, status=409)
    names = [field.number or pgettext("section of a report", "Summary") for field in done.clashes]
    said = _("Draft saved %(at)s") % {"at": formats.clock(localtime(at), get_language() or "en")}
    if names:
        said = _("Not saved: %(sections)s. Somebody else wrote there. Press “Save” to compare.") % {
            "sections": ", ".join(names)
        }
    seen = {f"seen_{n}": done.versions.get(place.number) for n, place in enumerate(form.places)}
    fields = {"version": _visible(request, key).version} | {name: n for name, n in seen.items() if n is not None}
    return JsonResponse({"said": said, "fields": fields})


@require_POST
@login_required
def filing_decide(request: HttpRequest, key: UUID) -> HttpResponse:
    """Approve the submitted version or return it with remarks."""
    one = _visible(request, key)
    require(request.user, P.FILING_DECIDE, one.project)
    form = DecideForm(request.POST, places=actions.places(one), own=one.project.programme.language)
    if form.is_valid():
        try:
            decision = actions.decide(one, **form.facts(), by=request.user, at=now())
        except Refused as refused:
            add_refusal(form, refused)
        else:
            done = _("The report is approved.") if decision.approved else _("The report is returned to the project.")
            messages.success(request, done)
            return redirect("reports:filing", key=key)
    return _page(request, one, decide=form, status=422)


@require_POST
@login_required
def filing_skip(request: HttpRequest, key: UUID) -> HttpResponse:
    """Say that this report is not needed, and why."""
    one = _visible(request, key)
    require(request.user, P.FILING_DECIDE, one.project)
    form = SkipForm(request.POST)
    if form.is_valid():
        try:
            actions.skip(one, because=form.cleaned_data["because"], by=request.user, at=now())
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The office does not wait for this report any more."))
            return redirect("reports:filing", key=key)
    return _page(request, one, skip=form, status=422)


def _page(
    request: HttpRequest, one: Filing, *, form: SectionsForm | None = None, decide: DecideForm | None = None,
    skip: SkipForm | None = None, clashes: list[actions.Place] | None = None, refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    one = _visible(request, one.key)
    project, today, state = one.project, localdate(), one.state
    writes = state in Filing.OPEN and can(request.user, P.FILING_EDIT, project)
    decides = can(request.user, P.FILING_DECIDE, project)
    places = actions.places(one)
    handed_in = list(one.submissions.select_related("made", "by", "decision__by").defer("made__snapshot"))
    last = handed_in[-1] if handed_in else None
    remarks = _remarks(last.decision.pk) if last and state == State.RETURNED else {}
    if writes and form is None:
        form = _sections(one)
    if decides and state == State.SUBMITTED and decide is None:
        decide = DecideForm(initial={"version": one.version}, places=places, own=project.programme.language)
    if decides and (State(state), State.SKIPPED) in Filing.MOVES and skip is None:
        skip = SkipForm()
    shows = writes or state in (State.SUBMITTED, State.APPROVED)
    theirs = {place.number: place for place in clashes or []}
    page: dict[str, Any] = {
        "one": one, "project": project, "today": today, "form": form if writes else None, "decide": decide,
        "skip": skip, "refused": refused, "handed_in": handed_in[::-1], "last": last,
        "sections": [
            _section(place, n, one, form if writes else None, remarks, theirs) for n, place in enumerate(places)
        ] if shows else [],
        "overdue": one.state in Filing.OPEN and one.due_on < today,
        "made": Report.State.DONE,
        "may_schedule": decides,
    }  # fmt: skip
    return render(request, "reports/filing.html", page, status=status)


def _remarks(decision: int) -> dict[int | None, str]:
    return dict(Remark.objects.filter(decision=decision).values_list("activity_id", "text"))


def _section(place: actions.Place, n: int, one: Filing, form, remarks, theirs) -> dict[str, Any]:
    name, spoken = place.name(get_language() or "en", one.project.programme.language)
    clash = theirs.get(place.number)
    return {
        "number": place.number, "name": name, "lang": spoken, "text": place.text,
        "remark": remarks.get(place.activity.pk if place.activity else None),
        "field": form[f"text_{n}"] if form else None, "seen": form[f"seen_{n}"] if form else None,
        "theirs": clash.text if clash else None,
    }  # fmt: skip
