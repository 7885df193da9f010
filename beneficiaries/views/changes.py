"""C3: pages that add a participant and change a record: correct, leave, results, come back, join a group."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from activities.actions import Stale, require, today_in
from activities.models import Group, Session
from beneficiaries import actions
from beneficiaries.forms import (
    ChangeParticipantForm,
    ComeBackForm,
    JoinForm,
    LeaveForm,
    MoveForm,
    NewParticipantForm,
    ResultsForm,
    choose,
    rebase,
    refuse,
)
from beneficiaries.models import GroupMember, Participation, Person, Result
from beneficiaries.views.common import key_from, language, name_of, require_any, shows_names
from beneficiaries.views.participants import answers_place, record_of, record_place
from core.access import Permission, Refused
from core.models import Organisation
from core.models.texts import said
from projects.models import Project, can, reach

# --- add -------------------------------------------------------------------------------------------------------------


@login_required
def add(request: HttpRequest) -> HttpResponse:
    """Add a participant at a school of a project; who may be there already is compared first."""
    session, places = _where(request)
    if len(places) != 1:
        if not places:
            require_any(request.user, Permission.PARTICIPANT_EDIT)
        return render(request, "beneficiaries/participant_where.html", {"places": places})
    project, school = places[0]
    require(request.user, Permission.PARTICIPANT_EDIT, project, school)
    begin: dict[str, Any] = {"entered_on": session.on if session else today_in(project, now())}
    begin |= {"group": session.group} if session else {}
    if request.method != "POST":
        form = NewParticipantForm(project=project, school=school, initial=begin)
        return _add_page(request, form, project, school, session)
    form = NewParticipantForm(request.POST, project=project, school=school)
    if "again" in request.POST or not form.is_valid():
        return _add_page(request, form, project, school, session, status=200 if "again" in request.POST else 422)
    same_as = Person.objects.filter(code=request.POST.get("same_as", "")).first()
    try:
        participation = actions.add_participant(
            project=project,
            school=school,
            **form.data_of_person(),
            sensitive=form.sensitive(),
            group=form.cleaned_data["group"],
            national_number=form.cleaned_data["national_number"],
            by=request.user,
            at=now(),
            confirmed_not_duplicate="confirmed" in request.POST,
            same_as=same_as,
            idempotency_key=form.cleaned_data["once"],
        )
    except actions.PossibleDuplicate as possible:
        return _compare_page(request, form, project, school, session, possible)
    except Refused as refused:
        refuse(form, refused)
        return _add_page(request, form, project, school, session, status=422)
    messages.success(
        request, _("The participant is added, with the code %(code)s.") % {"code": participation.person.code}
    )
    if session:
        return redirect(reverse("beneficiaries:session", args=[session.key]) + f"#p-{participation.key}")
    return redirect("beneficiaries:participant", key=participation.key)


def _where(request: HttpRequest) -> tuple[Session | None, list[tuple[Project, Organisation]]]:
    """The session somebody came to, if any, and the places (project, school) where a participant may be added."""
    user = request.user
    if "session" in request.GET:
        visible = Session.objects.visible_to(user).select_related("project__programme", "school", "group")
        session = get_object_or_404(visible, key=key_from(request.GET["session"]))
        return session, [(session.project, session.school)]
    where = reach(user, Permission.PARTICIPANT_EDIT)
    groups = Group.objects.visible_to(user, Permission.PARTICIPANT_EDIT).order_by()
    pairs = {*where.schools, *groups.values_list("project_id", "school_id").distinct()}
    projects = Project.objects.select_related("programme").in_bulk({p for p, _school in pairs})
    schools = Organisation.objects.in_bulk({s for _project, s in pairs})
    places = [(projects[p], schools[s]) for p, s in sorted(pairs)]
    number, school_key = request.GET.get("project"), key_from(request.GET.get("school"))
    if number:
        places = [place for place in places if place[0].number == number]
    if school_key:
        places = [place for place in places if place[1].key == school_key]
    return None, places


def _add_page(request, form, project, school, session, status: int = 200) -> HttpResponse:
    page = {"form": form, "project": project, "school": school, "session": session}
    return render(request, "beneficiaries/participant_add.html", page, status=status)


def _compare_page(request, form, project, school, session, possible: actions.PossibleDuplicate) -> HttpResponse:
    """The new person beside those who may be the same; of people this reader may not see, code and likeness only."""
    people = [d.person for d in possible.duplicates]
    visible = Participation.objects.visible_to(request.user).filter(person__in=people, project=project)
    records = {p.person_id: p for p in visible.select_related("person__identity", "school")}
    may_see = can(request.user, Permission.PARTICIPANT_NAMES, project, school) and not request.user.hide_names
    others = []
    for duplicate in possible.duplicates:
        record = records.get(duplicate.person.pk)
        others.append({"duplicate": duplicate, "record": record, "name": record and name_of(record, may_see)})
    left_out = ("csrfmiddlewaretoken", "confirmed", "same_as", "again")
    typed = [(name, value) for name, value in request.POST.items() if name not in left_out]
    page = {
        "form": form,
        "others": others,
        "likely": actions.LIKELY,
        "typed": typed,
        "project": project,
        "school": school,
        "session": session,
    }
    return render(request, "beneficiaries/participant_compare.html", page, status=409)


# --- change ----------------------------------------------------------------------------------------------------------


def to_change(request: HttpRequest, key: UUID) -> Participation:
    participation = record_of(request, key)
    require(request.user, Permission.PARTICIPANT_EDIT, participation.project, participation.school)
    return participation


def change_page(
    request: HttpRequest, template: str, participation: Participation, form, status: int, **more
) -> HttpResponse:
    names = shows_names(request, record_place(participation), participation.project, participation.school)
    page = {"participation": participation, "name": name_of(participation, names), "form": form, **more}
    return render(request, f"beneficiaries/{template}.html", page, status=status)


def record(participation: Participation) -> HttpResponse:
    return redirect("beneficiaries:participant", key=participation.key)


@login_required
def change(request: HttpRequest, key: UUID) -> HttpResponse:
    """Correct or complete a record. The sensitive answers are among the fields once they were asked to be shown."""
    participation = to_change(request, key)
    shown = answers_place(participation) in request.session.get("names", [])
    more = {"project": participation.project, "sensitive": shown}
    begin = actions.current_data(participation) | {"version": participation.version}
    if shown:
        begin |= {f"asked_{a.question}": a.answer for a in participation.sensitive_answers.all()}
    if request.method != "POST":
        return change_page(
            request, "participant_change", participation, ChangeParticipantForm(initial=begin, **more), 200
        )
    typed = choose(request.POST)
    form = ChangeParticipantForm(typed, **more)
    if form.is_valid():
        try:
            actions.change_participation(
                participation,
                version=form.cleaned_data["version"] or 0,
                because=form.cleaned_data["because"],
                national_number=form.cleaned_data["national_number"],
                sensitive=form.sensitive(),
                by=request.user,
                at=now(),
                **form.touched(),
            )
        except Stale as stale:
            participation.refresh_from_db()
            form = ChangeParticipantForm(rebase(typed, stale, participation.version, form), **more)
            differences = _differences(form, stale)
            context = {"stale": stale, "differences": differences}
            return change_page(request, "participant_change", participation, form, 409, **context)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The record is changed."))
            return record(participation)
    return change_page(request, "participant_change", participation, form, 422)


def _differences(form: ChangeParticipantForm, stale: Stale) -> list[dict[str, Any]]:
    """For each field in question: its label, and both values in words."""
    found = []
    for difference in stale.differences:
        field = form.fields[difference.field]
        words = {str(value): label for value, label in getattr(field, "choices", [])}
        yours, theirs = (str(field.prepare_value(v) or "") for v in (difference.yours, difference.theirs))
        values = {"yours": words.get(yours, yours), "theirs": words.get(theirs, theirs)}
        found.append({"name": difference.field, "label": field.label, **values})
    return found


@login_required
def leave(request: HttpRequest, key: UUID) -> HttpResponse:
    participation = to_change(request, key)
    form = LeaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            left_on, results = form.cleaned_data["left_on"], form.results()
            actions.leave(participation, left_on=left_on, results=results, by=request.user, at=now())
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The exit is saved."))
            return record(participation)
    return change_page(request, "participant_leave", participation, form, 422 if form.is_bound else 200)


@login_required
def results(request: HttpRequest, key: UUID) -> HttpResponse:
    """Results seen after somebody left."""
    participation = to_change(request, key)
    form = ResultsForm(request.POST or None, kinds=Result.Kind)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_results(participation, results=form.results(), by=request.user, at=now())
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The results are saved."))
            return record(participation)
    until = participation.left_on and participation.left_on + actions.RESULT_TERM
    status = 422 if form.is_bound else 200
    return change_page(request, "participant_results", participation, form, status, until=until)


@login_required
def come_back(request: HttpRequest, key: UUID) -> HttpResponse:
    participation = to_change(request, key)
    form = ComeBackForm(request.POST or None, participation=participation)
    if request.method == "POST" and form.is_valid():
        try:
            actions.come_back(participation, by=request.user, at=now(), **form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The return is saved."))
            return record(participation)
    return change_page(request, "participant_back", participation, form, 422 if form.is_bound else 200)


@login_required
def join_group(request: HttpRequest, key: UUID) -> HttpResponse:
    participation = to_change(request, key)
    today = today_in(participation.project, now())
    form = JoinForm(request.POST or None, participation=participation, initial={"from_on": today})
    if request.method == "POST" and form.is_valid():
        try:
            actions.join_group(participation, by=request.user, at=now(), **form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The participant is in the group."))
            return record(participation)
    return change_page(request, "participant_group", participation, form, 422 if form.is_bound else 200)


@require_POST
@login_required
def leave_group(request: HttpRequest, key: UUID, pk: int) -> HttpResponse:
    """End a membership today."""
    participation = to_change(request, key)
    member = get_object_or_404(GroupMember, pk=pk, participation=participation)
    try:
        until_on = max(today_in(participation.project, now()), member.from_on)
        actions.leave_group(member, until_on=until_on, by=request.user, at=now())
    except Refused as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("The participant is no longer in the group from tomorrow."))
    return record(participation)


@login_required
def move(request: HttpRequest, key: UUID) -> HttpResponse:
    """Hand a participant over to another school: from then on only that one sees the record."""
    participation = to_change(request, key)
    own = participation.project.programme.language
    data = request.POST if request.method == "POST" else None
    form = MoveForm(
        data,
        schools=actions.other_schools(participation),
        names=lambda school: said(school.name, language(), own)[0],
        initial={"on": today_in(participation.project, now())},
    )
    if form.is_bound and form.is_valid():
        try:
            actions.move_school(participation, by=request.user, at=now(), **form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("%(code)s goes on at the new school.") % {"code": participation.person.code})
            return redirect(reverse("beneficiaries:participants") + f"?project={participation.project.number}")
    return change_page(request, "participant_move", participation, form, 422 if form.is_bound else 200)
