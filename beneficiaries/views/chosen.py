"""C3: what is done to several participants of the list at once. The chosen are shown first, then it is done to all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.http import require_POST

from activities.actions import today_in
from activities.models import Group
from beneficiaries import actions, pdf
from beneficiaries.actions import bulk
from beneficiaries.forms import ConsentPrintForm, LeaveForm, MoveGroupForm, PrintForm, refuse
from beneficiaries.models import Participation
from beneficiaries.views.common import key_from, language, may_ask_for_names, name_of, require_any, shows_names
from beneficiaries.views.participants import PAGE_SIZES, list_place
from core import formats
from core.access import Permission, Refused
from projects.models import Project


@require_POST
@login_required
def chosen(request: HttpRequest) -> HttpResponse:
    """`do` with the participants `chosen`: first who they are and what is asked, then, with `sure`, the change."""
    require_any(request.user, Permission.PARTICIPANT_EDIT)
    back = _back(request)
    keys = {key for text in request.POST.getlist("chosen") if (key := key_from(text))}
    if not keys or len(keys) > max(PAGE_SIZES):
        messages.error(request, _("Choose one or more participants first."))
        return redirect(back)
    found = Participation.objects.visible_to(request.user, Permission.PARTICIPANT_EDIT).filter(key__in=keys)
    rows = list(found.select_related("person__identity", "project__programme", "school"))
    do = DO.get(request.POST.get("do", ""))
    if len(rows) != len(keys) or len({row.project_id for row in rows}) > 1 or do is None:
        raise Http404
    return do(request, rows, back)


def _back(request: HttpRequest) -> str:
    """The list as it was."""
    said = request.POST.get("back", "")
    return reverse("beneficiaries:participants") + (said if said.startswith("?") else "")


def _page(
    request: HttpRequest, rows: list[Participation], form: forms.Form, back: str, words: dict[str, str],
    why: dict[int, list[str]] | None = None,
) -> HttpResponse:  # fmt: skip
    """Who is chosen, with what stands against each, and the form."""
    names = shows_names(request, list_place(rows[0].project), rows[0].project)
    people: list[dict[str, Any]] = [
        {"row": row, "name": name_of(row, names), "why": (why or {}).get(row.pk, []), "groups": _groups(row)}
        for row in rows
    ]
    people.sort(key=lambda one: formats.sort_key(one["name"], language()))
    page = {"people": people, "form": form, "back": back, "do": request.POST["do"], "project": rows[0].project} | words
    page["sent_back"] = request.POST.get("back", "")
    return render(request, "beneficiaries/participants_chosen.html", page, status=422 if form.is_bound else 200)


def _groups(row: Participation) -> str:
    return ", ".join(member.group.name for member in row.group_members.filter(until_on=None).select_related("group"))


def _typed(request: HttpRequest) -> Any:
    return request.POST if "sure" in request.POST else None


def _move(request: HttpRequest, rows: list[Participation], back: str) -> HttpResponse:
    if len({row.school_id for row in rows}) > 1:
        messages.error(request, _("Groups belong to one school. Choose participants of one school."))
        return redirect(back)
    groups = Group.objects.filter(project=rows[0].project_id, school=rows[0].school_id).order_by("name")
    form = MoveGroupForm(_typed(request), groups=groups, initial={"from_on": today_in(rows[0].project, now())})
    why: dict[int, list[str]] = {}
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        try:
            n = bulk.move_to_group(
                rows, into=told["group"], out_of=told["out_of"], from_on=told["from_on"], by=request.user, at=now()
            )
        except Refused as refused:
            why = _refused(form, refused)
        else:
            done = ngettext("%(n)s participant is in %(group)s.", "%(n)s participants are in %(group)s.", n)
            messages.success(request, done % {"n": n, "group": told["group"].name})
            return redirect(back)
    words = {"title": _("Move to a group"), "button": _("Move them")}
    return _page(request, rows, form, back, words, why)


def _left(request: HttpRequest, rows: list[Participation], back: str) -> HttpResponse:
    form = LeaveForm(_typed(request))
    why: dict[int, list[str]] = {}
    if form.is_bound and form.is_valid():
        try:
            left_on, results = form.cleaned_data["left_on"], form.results()
            n = bulk.mark_left(rows, left_on=left_on, results=results, by=request.user, at=now())
        except Refused as refused:
            why = _refused(form, refused)
        else:
            done = ngettext("The exit of %(n)s participant is saved.", "The exits of %(n)s participants are saved.", n)
            messages.success(request, done % {"n": n})
            return redirect(back)
    words = {"title": _("Mark as left, with the result"), "button": _("Save the exits")}
    return _page(request, rows, form, back, words, why)


def _refused(form: forms.Form, refused: Refused) -> dict[int, list[str]]:
    refuse(form, refused)
    return dict(refused.why) if isinstance(refused, bulk.NotAll) else {}


def _forms(request: HttpRequest, rows: list[Participation], back: str) -> HttpResponse:
    """Consent forms to print and sign, one page each; names on paper leave an audit row each."""
    project = rows[0].project
    notices = actions.notices(rows[0], today_in(project, now()))
    if not notices.exists():
        messages.error(request, _("The programme has no privacy notice yet. Ask its officer for one."))
        return redirect(back)
    begin = {"language": project.programme.language, "notice": notices.first()}
    form = ConsentPrintForm(_typed(request), notices=notices, initial=begin)
    if form.is_bound and form.is_valid():
        return _paper(request, rows, project, form.cleaned_data)
    words = {"title": _("Print consent forms"), "button": _("Make the PDF")}
    return _page(request, rows, form, back, words)


def _paper(request: HttpRequest, rows: list[Participation], project: Project, told: dict[str, Any]) -> HttpResponse:
    with_names = [row for row in rows if may_ask_for_names(request, project, row.school)]
    bulk.print_names(with_names, by=request.user, at=now())
    people = [(row, name_of(row, row in with_names), _groups(row)) for row in rows]
    people.sort(key=lambda one: formats.sort_key(one[1], told["language"]))
    with override(told["language"]):
        paper = pdf.consent_forms(project, people, told["notice"], told["language"])
    return _printed(paper, f"consent-forms-{today_in(project, now())}.pdf")


def _printed(paper: bytes, name: str) -> HttpResponse:
    """A PDF with names: shown, never kept on the way."""
    answer = HttpResponse(paper, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _certificates(request: HttpRequest, rows: list[Participation], back: str) -> HttpResponse:
    """Certificates of hours attended, one page each, for those who may see the names; each leaves an audit row."""
    project = rows[0].project
    if not all(may_ask_for_names(request, project, row.school) for row in rows):
        messages.error(request, _("A certificate carries the name: you need the right to see names, and to show them."))
        return redirect(back)
    form = PrintForm(_typed(request), initial={"language": project.programme.language})
    why: dict[int, list[str]] = {}
    if form.is_bound and form.is_valid():
        at, spoken = now(), form.cleaned_data["language"]
        day = today_in(project, at)

        def print_(certified: Mapping[int, pdf.Certified]) -> bytes:
            people = [(row, name_of(row, True), certified[row.pk]) for row in rows]
            people.sort(key=lambda one: formats.sort_key(one[1], spoken))
            return pdf.certificates(project, people, day, spoken)

        try:
            paper = bulk.certify(rows, print_=print_, by=request.user, at=at)
        except Refused as refused:
            why = _refused(form, refused)
        else:
            return _printed(paper, f"certificates-{day}.pdf")
    words = {"title": _("Print certificates"), "button": _("Make the PDF")}
    return _page(request, rows, form, back, words, why)


DO = {"move": _move, "left": _left, "forms": _forms, "certificates": _certificates}
