"""The pages of amendments (O6) and of contract versions: what changes, what follows, who decides."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.actions import today_in
from budgets import actions, forms
from budgets.actions import amendments as acts
from budgets.models import Amendment, VersionTerms
from budgets.snapshot import consequences
from budgets.snapshot.terms import ONLY, PARTS, Row, Tree, differences, in_order, terms_of
from budgets.views.words import Words, compared
from core.access import Permission, Refused
from projects.actions import require
from projects.models import ContractVersion, Project, can

P = Permission
FORMS: dict[str, Any] = {
    "contract": forms.ContractTermsForm,
    "lines": forms.LineTermsForm,
    "figures": forms.TargetTermsForm,
    "outputs": forms.OutputTermsForm,
    "partners": forms.PartnerTermsForm,
}
ADDED = ("lines", "figures", "outputs", "partners")  # parts to which a row may be added
REMOVED = ("lines", "figures", "outputs")


def amendment_of(request: HttpRequest, key: UUID, permission: Permission = P.AMENDMENT_VIEW) -> Amendment:
    """The amendment, 404 for strangers, 403 with a sentence for those without the right."""
    rows = Amendment.objects.visible_to(request.user, P.PROJECT_VIEW)
    rows = rows.select_related("contract", "project__programme", "begun_by", "sent_by", "decided_by", "result")
    amendment = get_object_or_404(rows, key=key)
    require(request.user, permission, amendment.project)
    return amendment


@login_required
@require_http_methods(["GET", "POST"])
def amendment_new(request: HttpRequest, number: str) -> HttpResponse:
    """Copy the newest version of the contract, with the reason why it should change."""
    project = get_object_or_404(Project.objects.visible_to(request.user).select_related("programme"), number=number)
    require(request.user, P.AMENDMENT_EDIT, project)
    form = forms.BecauseForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = actions.begin_amendment(project, **form.cleaned_data, by=request.user, at=now())
            except Refused as refused:
                forms.add_refusal(form, refused)
            else:
                return redirect("budgets:amendment", key=made.key)
    contract = project.contracts.order_by("-version").first()
    page = {"project": project, "contract": contract, "form": form}
    return render(request, "budgets/amendment_new.html", page, status=status)


@login_required
@require_safe
def amendment(request: HttpRequest, key: UUID) -> HttpResponse:
    return amendment_page(request, amendment_of(request, key))


def amendment_page(request: HttpRequest, one: Amendment, *, status: int = 200, **more: Any) -> HttpResponse:
    project, contract = one.project, one.contract
    changes = differences(one.base, one.draft)
    moved = acts.moved(one)
    words = Words(project, contract.currency, one.base, one.draft, *([moved.theirs] if moved else []))
    may_edit, may_decide = (can(request.user, p, project) for p in (P.AMENDMENT_EDIT, P.AMENDMENT_DECIDE))
    edits = may_edit and one.state in Amendment.EDITED
    follows = consequences.all_of(one, today_in(project, now())) if one.state in Amendment.OPEN else []
    decides = may_decide and one.state == Amendment.State.SENT and one.sent_by_id != request.user.pk
    first = {"number": acts.next_number(contract)}
    context = {
        "one": one, "project": project, "contract": contract, "words": words,
        "compared": compared(words, one.base, one.draft, changes),
        "follows": follows, "stops": any(each.stops for each in follows),
        "effects": {e.name: e for e in consequences.effects(one)},
        "moved": moved,
        "theirs": compared(words, one.base, moved.theirs, differences(one.base, moved.theirs)) if moved else None,
        "clashes": [words.clash(clash, one.draft) for clash in moved.clashes] if moved else [],
        "edits": edits, "may_edit": may_edit, "copy": _copy(words, one) if edits else None,
        "decides": decides, "papers": one.papers.there().select_related("file", "added_by"),
        "paper_form": forms.PaperForm() if edits else None,
        "own": may_decide and one.state == Amendment.State.SENT and one.sent_by_id == request.user.pk,
        "approve_form": forms.ApproveForm(initial=first, warns=bool(follows), prefix="approve"),
        "turn_form": forms.BecauseForm(prefix="turn"), **more,
    }  # fmt: skip
    return render(request, "budgets/amendment.html", context, status=status)


def _copy(words: Words, one: Amendment) -> list[dict[str, Any]]:
    """The rows of the copy as they may be changed, by part."""
    titles = {
        "lines": _("Budget lines"), "figures": _("Head-counts"), "outputs": _("Outputs"), "partners": _("Partners")
    }  # fmt: skip
    shown = {"lines": "total", "figures": "planned", "outputs": "planned", "partners": "until_on"}
    heads = {"lines": _("Contracted"), "figures": _("Planned"), "outputs": _("Planned"), "partners": _("Last day")}
    return [
        {
            "part": part, "title": title, "head": heads[part], "adds": part in ADDED,
            "rows": [
                {"ref": ref, "name": words.name(part, row), "value": words.value(part, shown[part], row[shown[part]])}
                for ref, row in ((ref, one.draft[part][ref]) for ref in in_order(one.draft[part]))
            ],
        }
        for part, title in titles.items()
    ]  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def amendment_row(request: HttpRequest, key: UUID, part: str) -> HttpResponse:
    """Change one row of the copy, add one (without ?row=) or take one out."""
    one = amendment_of(request, key, P.AMENDMENT_EDIT)
    ref = ONLY if part == "contract" else request.GET.get("row", "")
    if part not in PARTS or (ref and ref not in one.draft[part]) or (not ref and part not in ADDED):
        raise Http404
    row = one.draft[part].get(ref) if ref else None
    chosen: dict[str, Any] = {"row": row, "project": one.project, "currency": one.contract.currency}
    if part == "partners":
        chosen["user"] = request.user
    out = request.method == "POST" and "out" in request.POST
    form = FORMS[part](
        request.POST if request.method == "POST" and not out else None, initial={"seen": acts.seen(row)}, **chosen
    )
    status = 200
    if request.method == "POST":
        status = 422
        if out or form.is_valid():
            was = request.POST.get("seen", "") if out else form.cleaned_data["seen"]
            new = None if out else form.plain_row()
            try:
                actions.change_amendment(one, part=part, ref=ref, row=new, was=was, by=request.user, at=now())
            except Refused as refused:
                if out:
                    return amendment_page(request, amendment_of(request, key), status=409, refused=refused.messages)
                forms.add_refusal(form, refused)
            else:
                messages.success(request, _("The copy is changed."))
                return redirect("budgets:amendment", key=key)
    words = Words(one.project, one.contract.currency, one.draft)
    page = {
        "one": one, "project": one.project, "form": form, "part": part, "ref": ref, "seen": acts.seen(row),
        "name": words.name(part, row) if row else "", "removes": bool(ref) and part in REMOVED,
    }  # fmt: skip
    return render(request, "budgets/amendment_row.html", page, status=status)


MOVES: dict[str, Any] = {
    "send": (actions.send_amendment, gettext_lazy("The amendment is sent. Another person decides.")),
    "withdraw": (actions.withdraw_amendment, gettext_lazy("The amendment is withdrawn.")),
    "renew": (
        actions.renew_amendment,
        gettext_lazy("The amendment is up to date. Look at it again before you send it."),
    ),
}


@login_required
@require_POST
def amendment_move(request: HttpRequest, key: UUID) -> HttpResponse:
    """Send the copy, give it up, or bring it up to date."""
    one = amendment_of(request, key, P.AMENDMENT_EDIT)
    act, words = MOVES.get(request.POST.get("to", ""), (None, ""))
    if act is None:
        return amendment_page(request, one, status=422, refused=[_("You cannot make this move now.")])
    try:
        act(one, by=request.user, at=now())
    except Refused as refused:
        return amendment_page(request, amendment_of(request, key), status=409, refused=refused.messages)
    messages.success(request, words)
    return redirect("budgets:amendment", key=key)


@login_required
@require_POST
def amendment_decide(request: HttpRequest, key: UUID) -> HttpResponse:
    """Approve from a day, return to be corrected, or refuse."""
    one = amendment_of(request, key, P.AMENDMENT_DECIDE)
    to, at = request.POST.get("to", ""), now()
    approving = to == Amendment.State.APPROVED
    follows = consequences.all_of(one, today_in(one.project, at))
    form: Any = (
        forms.ApproveForm(request.POST, warns=bool(follows), prefix="approve")
        if approving
        else forms.BecauseForm(request.POST, prefix="turn")
    )
    given = {"approve_form" if approving else "turn_form": form, "wrong": form}
    if not form.is_valid():
        return amendment_page(request, one, status=422, **given)
    facts = {name: value for name, value in form.cleaned_data.items() if name != "read"}
    try:
        if approving:
            contract = actions.approve_amendment(one, **facts, by=request.user, at=at)
            words = _("Version %(version)s is made.") % {"version": contract.version}
        else:
            actions.turn_amendment(one, to, **facts, by=request.user, at=at)
            words = _("The decision is sent.")
    except Refused as refused:
        forms.add_refusal(form, refused)
        return amendment_page(request, amendment_of(request, key), status=409, **given)
    messages.success(request, words)
    return redirect("budgets:amendment", key=key)


@login_required
@require_safe
def version(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """A contract version as it was approved, and what differs from another one (?with=)."""
    project = get_object_or_404(Project.objects.visible_to(request.user).select_related("programme"), number=number)
    require(request.user, P.AMENDMENT_VIEW, project)
    versions = list(project.contracts.order_by("version"))
    one = next((each for each in versions if each.version == version), None)
    if one is None:
        raise Http404
    other = _other(request, versions, one)
    tree = terms_of(one)
    trees = [tree] if other is None else [terms_of(other), tree]
    words = Words(project, one.currency, *trees)
    in_force = project.contract_on(today_in(project, now()))
    made_by = Amendment.objects.visible_to(request.user).filter(result=one).first()
    page = {
        "project": project, "one": one, "other": other, "versions": versions, "in_force": in_force,
        "papers": made_by.papers.there().select_related("file", "added_by") if made_by else [],
        "has_samples": one.budget_lines.filter(synthetic=True).exists(),
        "kept": VersionTerms.objects.filter(contract=one).first(),
        "made_by": made_by,
        "facts": [(words.label("contract", name), words.value("contract", name, tree["contract"][ONLY].get(name)))
                  for name in SHOWN],
        "lines": [{"row": row, "name": words.name("lines", row), "total": consequences.amount(row["total"]),
                   "activity": row["activity"] or "", "form": words.value("lines", "form", row["form"])}
                  for row in _rows(tree, "lines")],
        "total": consequences.sums(tree)["total"],
        "targets": [(words.name(part, row), words.value(part, "planned", row["planned"]))
                    for part in ("figures", "outputs") for row in _rows(tree, part)],
        "partners": [words.name("partners", row) for row in _rows(tree, "partners")],
        "compared": compared(words, trees[0], tree, differences(trees[0], tree)) if other else None,
    }  # fmt: skip
    return render(request, "budgets/version.html", page)


SHOWN = ("starts_on", "ends_on", "eligible_from", "eligible_to", "total", "eu_part", "national_part", "own_part",
         "instalments", "interim_months", "interim_days", "report_days")  # fmt: skip


def _rows(tree: Tree, part: str) -> list[Row]:
    return [tree[part][ref] for ref in in_order(tree[part])]


def _other(request: HttpRequest, versions: list[ContractVersion], one: ContractVersion) -> ContractVersion | None:
    """The version to compare with: as asked, else the one before."""
    asked = request.GET.get("with", "")
    wanted = int(asked) if asked.isdecimal() and len(asked) < 6 else one.version - 1
    return next((each for each in versions if each.version == wanted and each != one), None)
