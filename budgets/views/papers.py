"""The files behind a claim: their pages as pictures, and the files and letters themselves as downloads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from activities.models import Evidence
from budgets import actions, pdf
from budgets.models import Claim, ClaimLine, PaperLook
from budgets.views.claims import claim_of, head_of, papers_on
from core import pdf as core_pdf
from core import pictures, storage
from core.access import Permission, Refused
from core.requests import Request
from projects.models import can

MOST_ZOOM = 3
MOST_OTHERS = 20


def _papers_of(claim: Claim) -> Any:
    there = Evidence.objects.filter(project=claim.project, removed_at=None).select_related("file")
    lines = claim.lines.filter(papers=OuterRef("pk")), claim.lines.filter(cost__evidence=OuterRef("pk"))
    return there.filter(Exists(lines[0]) | Exists(lines[1]))


@login_required
@require_safe
def claim_file(request: Request, key: UUID, pk: int) -> HttpResponseBase:
    """A file of the claim, as a download; every download leaves an audit row."""
    claim = claim_of(request, key)
    paper = get_object_or_404(_papers_of(claim), pk=pk)
    try:
        answer = storage.answer(paper.file)
    except FileNotFoundError:
        raise Http404(_("The file is missing from the store. Please tell an administrator.")) from None
    actions.hand_out_paper(claim, paper, by=request.user, at=now())
    return answer


@login_required
@require_safe
def claim_letter(request: Request, key: UUID, letter: UUID) -> HttpResponseBase:
    """A letter about the claim, as a download."""
    claim = claim_of(request, key)
    found = get_object_or_404(claim.letters.select_related("file", "claim__project"), key=letter, file__isnull=False)
    assert found.file
    answer = storage.answer(found.file)
    actions.hand_out_letter(found, by=request.user, at=now())
    return answer


@login_required
@require_safe
def claim_letter_ahead(request: Request, key: UUID) -> HttpResponse:
    """The letter that a confirmation would send, as a page: the document the PDF is made of, marked as a preview."""
    claim = claim_of(request, key, Permission.CLAIM_CHECK)
    try:
        taken = actions.letter_ahead(claim, by=request.user, at=now())
    except Refused as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect("budgets:claim_check", key=key)
    above = render_to_string("budgets/claim_letter_ahead.html", {"claim": claim})
    style, logo = static("css/pdf.css"), core_pdf.lockup(claim.project.programme.statement, taken["language"])
    return HttpResponse(pdf.html(taken, "", preview=above, stylesheet=style, lockup=logo and static(logo)))


@dataclass(frozen=True)
class Shown:
    """One page of a file as the viewer shows it."""

    claim: Claim
    papers: list[Evidence]  # of the same line, among which one may choose
    paper: Evidence
    look: PaperLook
    line: int  # number of the claim line the viewer stands beside
    page: int
    turn: int
    zoom: int
    picture: pictures.Picture | None
    problem: str
    others: list[ClaimLine]  # which the same file proves, too; shown to officers

    def to(self, **new: int) -> str:
        """The query of the same view with something changed."""
        values = {"line": self.line, "leaf": self.page, "turn": self.turn, "zoom": self.zoom} | new
        return "?" + "&".join(f"{name}={value}" for name, value in values.items())

    @property
    def before(self) -> str:
        return self.to(leaf=self.page - 1) if self.page > 1 else ""

    @property
    def after(self) -> str:
        return self.to(leaf=self.page + 1) if self.picture and self.page < self.picture.pages else ""

    @property
    def larger(self) -> str:
        return self.to(zoom=self.zoom + 1) if self.zoom < MOST_ZOOM else ""

    @property
    def smaller(self) -> str:
        return self.to(zoom=self.zoom - 1) if self.zoom > 1 else ""

    @property
    def turned(self) -> str:
        return self.to(turn=(self.turn + 90) % 360)


def shown(request: Request, claim: Claim, papers: list[Evidence], paper: Evidence, line: int, at: datetime) -> Shown:
    """The page of a file that the address asks for, drawn; that somebody looks is written down."""
    asked = {name: request.GET.get(name, "") for name in ("leaf", "turn", "zoom")}
    page, turn, zoom = (int(text) if text.isdigit() and len(text) < 6 else 0 for text in asked.values())
    page, turn, zoom = max(page, 1), turn if turn in pictures.TURNS else 0, min(max(zoom, 1), MOST_ZOOM)
    picture, problem = None, ""
    try:
        picture = pictures.of(paper.file, page, turn)
    except pictures.NoPicture as no:
        problem = " ".join(no.messages)
    look = actions.look_at_paper(claim, paper, by=request.user, at=at)
    others = _others(request, claim, paper, line) if can(request.user, Permission.CLAIM_CHECK, claim.project) else []
    return Shown(claim, papers, paper, look, line, page, turn, zoom, picture, problem, others)


def _others(request: Request, claim: Claim, paper: Evidence, number: int) -> list[ClaimLine]:
    """Further lines that a file with the same bytes stands behind, in claims this officer may see."""
    same = Q(papers__file__sha256=paper.file.sha256) | Q(cost__evidence__file__sha256=paper.file.sha256)
    lines = ClaimLine.objects.filter(same, claim__in=Claim.objects.visible_to(request.user)).distinct()
    found = lines.exclude(claim=claim, number=number).select_related("claim__project", "cost")
    return list(found.order_by("claim__project__number", "claim__number", "number")[:MOST_OTHERS])


@login_required
@require_safe
def claim_pages(request: Request, key: UUID, pk: int) -> HttpResponse:
    """The viewer: a page of a file as a picture, with its words, other pages, zoom and the file itself."""
    claim = claim_of(request, key)
    paper = get_object_or_404(_papers_of(claim), pk=pk)
    asked = request.GET.get("line", "")
    number = int(asked) if asked.isdigit() and len(asked) < 9 else 0
    line = claim.lines.filter(number=number).select_related("cost__evidence__file").first()
    papers = papers_on(line) if line else []
    if paper not in papers:
        papers, number = [paper], 0
    context = {**head_of(claim, now()), "shown": shown(request, claim, papers, paper, number, now())}
    part = "#viewer" if request.htmx else ""
    return render(request, f"budgets/claim_pages.html{part}", context)


@login_required
@require_safe
def claim_page(request: Request, key: UUID, pk: int, page: int, turn: int) -> HttpResponse:
    """The picture itself."""
    claim = claim_of(request, key)
    paper = get_object_or_404(_papers_of(claim), pk=pk)
    if turn not in pictures.TURNS:
        raise Http404
    try:
        picture = pictures.of(paper.file, page, turn)
    except pictures.NoPicture as no:
        raise Http404(" ".join(no.messages)) from None
    actions.look_at_paper(claim, paper, by=request.user, at=now())
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(picture.jpeg, content_type="image/jpeg", headers=headers)
