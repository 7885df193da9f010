"""The verification sheet of a claim: its lines are decided, the school is asked, a second person finishes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from activities.models import Evidence
from budgets import actions
from budgets.checks import checklists, claim_facts
from budgets.checks import claims as checks
from budgets.checks.claim_flats import flats_eligible
from budgets.forms import ChecklistForm, ClaimQuestionsForm, DecisionForm, MoveForm, add_refusal
from budgets.forms.conflicts import Choice, choices_of, chosen
from budgets.models import Claim, ClaimLine, LineDecision, SampledLine
from budgets.tasks import wake
from budgets.views.claims import ROWS, by_source, claim_of, head_of, with_amounts
from budgets.views.papers import shown
from core.access import Permission, Refused
from core.money import NOTHING
from core.requests import Request

P = Permission
TERM = timedelta(days=10)
SHOW = ("all", "undecided", "asked", "flagged", "sampled")


class _Sheet:
    """What the sheet reads of a claim, with queries that do not grow with its lines."""

    def __init__(self, claim: Claim):
        self.claim = claim
        self.facts = claim_facts.Facts.of(claim, claim.received_on or claim.to_on)
        self.rows = {row.line: row for row in self.facts.rows}
        advances = claim.lines.held().filter(cost=None) if claim.kind == Claim.Kind.ADVANCE else ()
        self.numbers = {line.pk: line.number for line in advances} | {pk: row.number for pk, row in self.rows.items()}
        self.flags = checks.flags(self.facts)
        self.sampled = {each.line_id: each for each in SampledLine.objects.filter(line__claim=claim)}
        self.decided = checks.decided_of(claim)
        self.shown: dict[str, list[int]] = {  # by what is asked for, in the order of their numbers
            "all": list(self.numbers),
            "undecided": [pk for pk in self.numbers if pk not in self.decided],
            "asked": [
                pk for pk in self.numbers
                if pk in self.decided and self.decided[pk].verdict == LineDecision.Verdict.ASK
            ],
            "flagged": [pk for pk in self.numbers if pk in self.flags],
            "sampled": [pk for pk in self.numbers if pk in self.sampled],
        }  # fmt: skip
        self.open = [self.numbers[pk] for pk in self.shown["undecided"]]

    def plain(self) -> list[int]:
        """Undecided lines without flags, outside the sample."""
        return [pk for pk in self.shown["undecided"] if pk not in self.flags and pk not in self.sampled]

    def findings(self) -> int:
        """Lines of the sample of which less is eligible."""
        lower = (LineDecision.Verdict.REDUCE, LineDecision.Verdict.REFUSE)
        return sum(pk in self.decided and self.decided[pk].verdict in lower for pk in self.sampled)

    def totals(self, sums: Mapping[str, Mapping[str, Decimal | None]]) -> dict[str, Decimal]:
        """Claimed, found eligible so far, refused so far, and what nobody decided. `sums` are those of the claim: what
        was put off is claimed no more."""
        claimed = (sums["declared"]["total"] or NOTHING) - (sums["released"]["total"] or NOTHING)
        done = [(d, d.claimed) for pk, d in self.decided.items() if pk in self.numbers and d.claimed is not None]
        eligible = sum((d.total for d, _total in done), NOTHING)
        asked = sum((total for d, total in done if d.verdict == LineDecision.Verdict.ASK), NOTHING)
        decided = sum((total for _d, total in done), NOTHING)
        return {
            "claimed": claimed, "eligible": eligible, "asked": asked, "undecided": claimed - decided,
            "refused": decided - eligible - asked,
        }  # fmt: skip

    def next_after(self, number: int) -> int | None:
        """The number of the next undecided line after this one, else the first."""
        return next((n for n in self.open if n > number), self.open[0] if self.open else None)

    def before(self, number: int) -> int | None:
        """The number of the undecided line before this one, else the last."""
        return next((n for n in reversed(self.open) if n < number), self.open[-1] if self.open else None)


@login_required
@require_http_methods(["GET", "POST"])
def check(request: Request, key: UUID) -> HttpResponse:
    """The sheet; POST decides the line that is open."""
    claim = claim_of(request, key, P.CLAIM_CHECK)
    asked = request.POST.get("line") or request.GET.get("line", "")
    number = int(asked) if asked.isdigit() else 0
    show = request.GET.get("show", "all")
    show = show if show in SHOW else "all"
    form, asked_too, theirs, clashes, status = None, None, None, [], 200
    if request.method == "POST":
        line = get_object_or_404(claim.lines, number=number)
        posted = _settled(line, request.POST)
        form = DecisionForm(posted, currency=claim.contract.currency)
        asked_too = _questions(claim, line.pk, request.POST)
        status = 422
        if form.is_valid() & asked_too.is_valid():
            try:
                with transaction.atomic():
                    actions.decide(line, **form.cleaned_data, by=request.user, at=now())
                    if answers := asked_too.answers():
                        actions.answer_checklist(claim, answers=answers, line=line, by=request.user, at=now())
            except actions.DecidedMeanwhile as meanwhile:
                theirs, status = meanwhile.theirs, 409
                first, currency = ("verdict",), claim.contract.currency
                clashes = choices_of(form, _said_of(theirs), TOGETHER, theirs_first=first, currency=currency)
                form.data = {**posted.dict(), "seen": str(theirs.position)}
                form.add_error(None, meanwhile.messages)
            except Refused as refused:
                ofs = {name for name in getattr(refused, "error_dict", {}) if name in asked_too.fields}
                add_refusal(asked_too if ofs else form, refused)
                status = 409
            else:
                messages.success(request, _("Line %(number)s is decided.") % {"number": number})
                following = _Sheet(claim).next_after(number)
                place = f"?show={show}" + (f"&line={following}#line" if following else "")
                return redirect(reverse("budgets:claim_check", args=[key]) + place)
    return _sheet(request, claim, show, number, form, status, theirs, asked_too, clashes)


TOGETHER = (("verdict", "total", "error"), ("comment",), ("note",))
"""What of a decision is chosen together when two officers decided one line."""


def _said_of(decision: LineDecision) -> dict[str, Any]:
    return {name: getattr(decision, name) for group in TOGETHER for name in group}


def _settled(line: ClaimLine, data: QueryDict) -> QueryDict:
    """What was posted, with the decision of the other officer where it was chosen in the panel."""
    seen = data.get("seen", "")
    if not (seen.isdigit() and len(seen) < 6 and any(f"pick_{group[0]}" in data for group in TOGETHER)):
        return data
    theirs = line.decisions.filter(position=seen).first()
    return chosen(data, DecisionForm, _said_of(theirs), TOGETHER) if theirs else data


def _sheet(
    request: Request,
    claim: Claim,
    show: str,
    number: int,
    form: Any,
    status: int,
    theirs: Any = None,
    asked_too: ChecklistForm | None = None,
    clashes: list[Choice] | None = None,
) -> HttpResponse:
    sheet = _Sheet(claim)
    at, currency = now(), claim.contract.currency
    ids = sheet.shown[show]
    position = next((i for i, pk in enumerate(ids) if sheet.numbers[pk] == number), None)
    if number and position is None:  # a line that the filter leaves out is shown all the same
        ids = [pk for pk, n in sheet.numbers.items() if n == number] + ids
        position = 0
    chosen = request.GET.get("page") or (1 if position is None else position // ROWS + 1)
    page = Paginator(ids, ROWS).get_page(chosen)
    lines = claim.lines.filter(pk__in=page.object_list).select_related("cost__line", "cost__evidence__file")
    by_pk = {line.pk: line for line in lines.prefetch_related("papers__file")}
    there = [by_pk[pk] for pk in page.object_list if pk in by_pk]
    rows = with_amounts(claim, there, officer=True, known=sheet.rows)
    questions = checklists.questions_of(claim)
    deciding = claim.state in Claim.CHECKED
    for row in rows:
        decision = row["decision"]
        row["flags"] = sheet.flags.said(row["line"].pk)
        row["sampled"] = sheet.sampled.get(row["line"].pk)
        row["chosen"] = row["line"].number == number
        row["open"] = deciding and row["chosen"]
        if row["open"] and form is None:
            before = (
                {n: getattr(decision, n) for n in ("verdict", "total", "error", "comment", "note")} if decision else {}
            )
            initial = {"total": row["claimed"], "seen": 0} | before | ({"seen": decision.position} if decision else {})
            if decision and decision.verdict in ("refuse", "ask"):
                initial["total"] = row["claimed"]
            form = DecisionForm(initial=initial, currency=currency)
        if row["open"] and asked_too is None:
            asked_too = _questions(claim, row["line"].pk, questions=questions)
    papers: list[Evidence] = next((row["papers"] for row in rows if row["chosen"]), [])
    file = next((paper for paper in papers if str(paper.pk) == request.GET.get("file")), papers[0] if papers else None)
    decided = sheet.decided.values()
    head, sums = head_of(claim, at), checks.sums(claim)
    threads = [each.clarification for each in claim.questions.all()]
    last_asked = max((thread.asked_at for thread in threads), default=None)
    unsent = [
        d for d in decided if d.verdict == LineDecision.Verdict.ASK and (last_asked is None or d.at > last_asked)
    ]  # fmt: skip
    context = {
        **head, "page": page, "rows": rows, "form": form, "theirs": theirs, "show": show,
        "clashes": clashes, "clashing": {name for clash in clashes or [] for name in clash.fields},
        "place": f"?show={show}", "shown": shown(request, claim, papers, file, number, at) if file else None,
        "totals": sheet.totals(sums), "sources": by_source(claim, sums), "deciding": deciding,
        "plain": len(sheet.plain()), "counts": {each: len(sheet.shown[each]) for each in SHOW}, "unsent": len(unsent),
        "found": sheet.findings() if deciding else 0,
        "next": sheet.next_after(number) if deciding else None, "before": sheet.before(number) if deciding else None,
        "letter_ahead": not sheet.open and (deciding or claim.state == Claim.State.PROPOSED),
        "flats": flats_eligible(claim, sheet.decided, sheet.facts.left.values()),
        "undecided": len(sheet.open), "moves_open": _moves(claim, request.user),
        "left": [each for each in sheet.facts.left.values() if (each.left() or NOTHING) < 0],
        "reasons": _reasons(claim),
        "why_not_second": actions.may_not_confirm(claim, request.user) if claim.state == Claim.State.PROPOSED else "",
        "asked_too": asked_too, "unanswered": actions.unanswered(claim, questions) if deciding else [],
        "move_form": MoveForm(), "threads": threads,
    }  # fmt: skip
    return render(request, "budgets/claim_check.html", context, status=status)


def _questions(claim: Claim, line: int, data: Any = None, questions: Any = None) -> ChecklistForm:
    """The questions of the checklist about one line."""
    questions = checklists.questions_of(claim) if questions is None else questions
    answers = checklists.answers_of(claim, line) if questions else {}
    return ChecklistForm(data, questions=questions, answers=answers, line=line, own=claim.project.programme.language)


def _reasons(claim: Claim) -> list[tuple[str, str]]:
    names = {
        "evidence": _("No evidence"), "not_paid": _("Day of payment missing"),
        "paid_before": _("Paid before the document"), "units": _("Number of units missing"), "vat": _("VAT"),
    }  # fmt: skip
    return [(names.get(name, name), text) for name, text in claim.reasons.items()]


LABELS = {  # what the button of a move says, by where it leads
    Claim.State.RETURNED: (lambda: _("Return to the school"), "secondary"),
    Claim.State.REJECTED: (lambda: _("Reject the claim"), "danger"),
    Claim.State.PROPOSED: (lambda: _("Hand to the second person"), "primary"),
    Claim.State.ACCEPTED: (lambda: _("Confirm and accept"), "primary"),
    Claim.State.IN_CHECK: (lambda: _("Check it again"), "secondary"),
    Claim.State.REOPENED: (lambda: _("Open again"), "secondary"),
}


def _moves(claim: Claim, user: Any) -> list[dict[str, Any]]:
    """The moves an officer may make now, the main one first."""
    found = []
    for (before, after), needed in Claim.MOVES.items():
        if before == claim.state and needed == P.CLAIM_CHECK:
            label, kind = LABELS[after]
            if before == Claim.State.SENT:
                label, kind = (lambda: _("Start the check")), "primary"
            found.append({"to": str(after), "label": label(), "kind": kind})
    return sorted(found, key=lambda each: each["kind"] != "primary")


@login_required
@require_POST
def claim_move(request: Request, key: UUID) -> HttpResponse:
    """Take up, return, reject, hand on, confirm, open again."""
    claim = claim_of(request, key, P.CLAIM_CHECK)
    form = MoveForm(request.POST)
    if form.is_valid():
        to, comment = form.cleaned_data["to"], form.cleaned_data["comment"]
        who: dict[str, Any] = {"by": request.user, "at": now()}
        try:
            if to == Claim.State.IN_CHECK and claim.state == Claim.State.SENT:
                actions.take_up(claim, **who)
            elif to == Claim.State.ACCEPTED:
                actions.confirm(claim, **who)
            else:
                act = {
                    Claim.State.RETURNED: actions.return_claim, Claim.State.REJECTED: actions.reject_claim,
                    Claim.State.PROPOSED: actions.propose, Claim.State.REOPENED: actions.reopen,
                }.get(to, actions.send_back)  # fmt: skip
                act(claim, comment=comment, **who)
        except Refused as refused:
            for message in refused.messages:
                messages.error(request, message)
        else:
            wake(claim)
            messages.success(request, _("Saved."))
    return redirect("budgets:claim_check", key=key)


@login_required
@require_http_methods(["GET", "POST"])
def claim_accept(request: Request, key: UUID) -> HttpResponse:
    """Accept all undecided lines without flags: the list first."""
    claim = claim_of(request, key, P.CLAIM_CHECK)
    sheet = _Sheet(claim)
    ids = sheet.plain()
    wrong: list[str] = []
    if request.method == "POST":
        shown = {int(pk) for pk in request.POST.getlist("line") if pk.isdigit()}
        try:
            n = actions.accept_lines(claim, lines=[pk for pk in ids if pk in shown], by=request.user, at=now())
        except Refused as refused:
            wrong = refused.messages
        else:
            messages.success(request, ngettext("%(n)s line is accepted.", "%(n)s lines are accepted.", n) % {"n": n})
            return redirect("budgets:claim_check", key=key)
    lines = claim.lines.filter(pk__in=ids).order_by("number").select_related("cost__line", "cost__evidence")
    rows = with_amounts(claim, list(lines.prefetch_related("papers")), officer=True)
    total = sum((row["claimed"] for row in rows), NOTHING)
    page = {**head_of(claim, now()), "rows": rows, "total": total, "wrong": wrong}
    return render(request, "budgets/claim_accept.html", page, status=409 if wrong else 200)


@login_required
@require_http_methods(["GET", "POST"])
def claim_ask(request: Request, key: UUID) -> HttpResponse:
    """Send the questions on the lines; the clock stops."""
    claim = claim_of(request, key, P.CLAIM_CHECK)
    form = ClaimQuestionsForm(request.POST or None, initial={"due_on": localdate() + TERM})
    if request.method == "POST" and form.is_valid():
        try:
            asked = actions.ask_school(claim, **form.cleaned_data, by=request.user, at=now())
        except Refused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The questions are sent. The clock stands still until they are answered."))
            return redirect("projects:clarification", key=asked.key)
    decided = checks.decisions_of(claim)
    lines = claim.lines.select_related("cost").in_bulk(list(decided))
    rows = [(lines[pk], d) for pk, d in decided.items() if d.verdict == LineDecision.Verdict.ASK]
    page = {**head_of(claim, now()), "form": form, "rows": sorted(rows, key=lambda row: row[0].number)}
    return render(request, "budgets/claim_ask.html", page, status=409 if form.is_bound else 200)
