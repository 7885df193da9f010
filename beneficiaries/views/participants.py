"""C3: the list of participants and the record of one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from activities.actions import require, today_in
from activities.models import Group
from beneficiaries import actions
from beneficiaries.figures import hours_of
from beneficiaries.forms import FilterForm, education_label
from beneficiaries.models import (
    Attendance,
    Counting,
    Erasure,
    GroupMember,
    Participation,
    ParticipationQuerySet,
    SensitiveAnswer,
)
from beneficiaries.views.common import (
    key_from,
    language,
    may_ask_for_names,
    name_of,
    remember_names,
    require_any,
    shows_names,
)
from beneficiaries.views.duplicates import merges_of
from beneficiaries.views.history import History
from core import formats
from core.access import Permission
from core.models import Organisation
from core.models.texts import said
from projects.models import Project, can
from projects.models.projects import ProjectQuerySet

PAGE_SIZES = (25, 50, 100)
MOST_TO_CHOOSE = 200  # projects in the list to choose from; who sees more types the number
SORTED_BY_NAME = 3000  # up to so many rows are put into the order of the alphabet; beyond it, of the database


# --- the list --------------------------------------------------------------------------------------------------------


@require_GET
@login_required
def participants(request: HttpRequest) -> HttpResponse:
    """Participants of one project, of one school or all that may be seen, with what makes each count."""
    user = request.user
    visible_projects = Project.objects.visible_to(user, Permission.PARTICIPANT_VIEW).select_related("programme")
    projects = list(visible_projects.defer("summary", "source")[: MOST_TO_CHOOSE + 1])
    if not projects:
        require_any(user, Permission.PARTICIPANT_VIEW)
        return render(request, "beneficiaries/participants.html", {"project": None})
    school_key = key_from(request.GET.get("school"))
    project = _project(request, visible_projects, school_key)
    visible = Participation.objects.visible_to(user).filter(project=project)
    schools = _schools(visible)
    school = next((s for s in schools if s.key == school_key), schools[0] if len(schools) == 1 else None)
    people = visible.filter(school=school) if school else visible
    names = shows_names(request, list_place(project), project, school)
    groups = Group.objects.visible_to(user).filter(project=project)
    form = FilterForm(request.GET, groups=groups.filter(school=school) if school else groups)
    filtered = _filtered(people, form.chosen(), names)
    page = _page(request, filtered, names)
    rows = _rows(page.object_list, names)
    may_edit = can(user, Permission.PARTICIPANT_EDIT, project, school)
    context = {
        "project": project,
        "projects": projects if 1 < len(projects) <= MOST_TO_CHOOSE else [],
        "many_projects": len(projects) > MOST_TO_CHOOSE,
        "school": school,
        "schools": schools if len(schools) > 1 else [],
        "form": form,
        "chips": _chips(request, form),
        "page": page,
        "rows": rows,
        "all_sample": bool(rows) and all(row["participation"].synthetic for row in rows),
        "more_filters": {"incomplete", "left"} & set(form.chosen()) or "size" in request.GET,
        "sizes": PAGE_SIZES,
        "size": page.paginator.per_page,
        "all_count": people.count(),
        "counted": people.counted().count(),
        "names": names,
        "may_choose": may_edit,
        "all_chosen": "all" in request.GET,
        "may_ask_for_names": not names and may_ask_for_names(request, project, school),
        "may_merge": can(user, Permission.PARTICIPANT_MERGE, project, school),
        "may_see_answers": may_edit and can(user, Permission.PARTICIPANT_SENSITIVE, project, school),
        "add_url": _add_url(project, school) if may_edit else "",
    }
    return render(request, "beneficiaries/participants.html", context)


def _add_url(project: Project, school: Organisation | None) -> str:
    query = {"project": project.number} | ({"school": str(school.key)} if school else {})
    return f"{reverse('beneficiaries:add')}?{urlencode(query)}"


def _chips(request: HttpRequest, form: FilterForm) -> list[tuple[str, str, str]]:
    """The filters in force: what, its value in words, and the address of the list without it."""
    found = []
    for name, value in form.chosen().items():
        rest = request.GET.copy()
        rest.pop(name, None)
        rest.pop("page", None)
        words = dict(getattr(form.fields[name], "choices", [])) if isinstance(value, str) else {}
        found.append((str(form.fields[name].label), str(words.get(value, value)), f"?{rest.urlencode()}"))
    return found


def list_place(project: Project) -> str:
    return f"list:{project.number}"


def _project(request: HttpRequest, projects: ProjectQuerySet, school_key: UUID | None) -> Project:
    """The project asked for; else one in which the school takes part; else the first with participants."""
    number = request.GET.get("project")
    if number:
        found = projects.filter(number=number.strip()).first()
        if found is None:
            raise Http404(_("There is no such project among those you may open."))
        return found
    seen = Participation.objects.visible_to(request.user)
    busy = seen.filter(school__key=school_key) if school_key else seen
    found = projects.filter(pk__in=busy.values("project")).first() or projects.first()
    if found is None:
        raise Http404(_("There is no such project among those you may open."))
    return found


def _schools(people: ParticipationQuerySet) -> list[Organisation]:
    schools = Organisation.objects.filter(pk__in=people.order_by().values("school"))
    return sorted(schools, key=lambda s: formats.sort_key(said(s.name, language())[0], language()))


def _filtered(people: ParticipationQuerySet, chosen: dict[str, Any], names: bool) -> ParticipationQuerySet:
    if text := chosen.get("q"):
        people = actions.matching(people, text, names=names)
    if group := chosen.get("group"):
        members = GroupMember.objects.filter(group=group, until_on=None)
        people = people.filter(pk__in=members.values("participation"))
    if state := chosen.get("incomplete"):
        people = people.not_counted() if state == "1" else people.where_counting(state)
    if left := chosen.get("left"):
        people = people.filter(left_on__isnull=left == "no")
    return people


def _page(request: HttpRequest, people: ParticipationQuerySet, names: bool) -> Page:
    """One page of the list: in the order of the alphabet where names show, else of the codes."""
    size = request.GET.get("size", "")
    per_page = int(size) if size.isdecimal() and int(size) in PAGE_SIZES else PAGE_SIZES[0]
    order: Any = people.order_by("person__code").values_list("pk", flat=True)
    if names:
        parts = ("person__identity__family_name", "person__identity__given_name")
        rows = list(people.order_by(*parts, "pk").values_list("pk", *parts)[: SORTED_BY_NAME + 1])
        if len(rows) <= SORTED_BY_NAME:
            rows.sort(key=lambda row: formats.sort_key(f"{row[1] or ''} {row[2] or ''}", language()))
            order = [row[0] for row in rows]
        else:
            order = people.order_by(*parts, "pk").values_list("pk", flat=True)
    return Paginator(order, per_page).get_page(request.GET.get("page"))


def _rows(keys: Any, names: bool) -> list[dict[str, Any]]:
    """The rows of one page, in its order, with a fixed number of queries."""
    keys = list(keys)
    groups = GroupMember.objects.filter(until_on=None).select_related("group").order_by("group__name")
    rows = Participation.objects.with_counting()
    rows = rows.select_related("person__identity" if names else "person", "school")
    people = rows.prefetch_related(Prefetch("group_members", groups, to_attr="now_in")).in_bulk(keys)
    came = _attendance(keys)
    return [
        {
            "participation": people[key],
            "name": name_of(people[key], names),
            "missing": actions.lacking(people[key]),
            "attendance": came.get(key),
        }
        for key in keys
        if key in people
    ]


def _attendance(keys: list[int]) -> dict[int, dict[str, int]]:
    """Per participation: how often they came, of how many marks, and that in percent."""
    rows = Attendance.objects.filter(participation__in=keys).order_by().values("participation")
    rows = rows.annotate(of=Count("pk"), came=Count("pk", filter=Q(mark__in=Attendance.CAME)))
    return {
        row["participation"]: {"came": row["came"], "of": row["of"], "percent": _percent(row["came"], row["of"])}
        for row in rows
    }


def _percent(part: int, whole: int) -> int:
    """A whole number of per cent, halves rounded up."""
    return (200 * part + whole) // (2 * whole)


@require_POST
@login_required
def list_names(request: HttpRequest) -> HttpResponse:
    """Show the names of a project's participants, and write down that they were shown."""
    visible = Project.objects.visible_to(request.user, Permission.PARTICIPANT_VIEW)
    project = get_object_or_404(visible, number=request.POST.get("project", ""))
    if may_ask_for_names(request, project):
        actions.show_names(project, project=project, by=request.user, at=now())
        remember_names(request, list_place(project))
    else:
        require(request.user, Permission.PARTICIPANT_NAMES, project)
        messages.info(request, _("Your settings hide the names of children on screen."))
    back = request.POST.get("back", "")
    return redirect(
        reverse("beneficiaries:participants") + (back if back.startswith("?") else f"?project={project.number}")
    )


# --- the record ------------------------------------------------------------------------------------------------------


def record_of(request: HttpRequest, key: UUID) -> Participation:
    """The participation, if this person may see it; whether they may change it is decided by the action."""
    visible = Participation.objects.visible_to(request.user).with_counting()
    return get_object_or_404(visible.select_related("person__identity", "project__programme", "school"), key=key)


def record_place(participation: Participation) -> str:
    return f"record:{participation.key}"


def answers_place(participation: Participation) -> str:
    return f"answers:{participation.key}"


@require_GET
@login_required
def participant(request: HttpRequest, key: UUID) -> HttpResponse:
    """The record of one participant in one project. Opening it leaves an audit row."""
    participation = record_of(request, key)
    project, school, user = participation.project, participation.school, request.user
    actions.open_record(participation, by=user, at=now())
    names = shows_names(request, record_place(participation), project, school)
    may_edit = can(user, Permission.PARTICIPANT_EDIT, project, school)
    may_see_answers = can(user, Permission.PARTICIPANT_SENSITIVE, project, school)
    answers_shown = may_see_answers and answers_place(participation) in request.session.get("names", [])
    asked = participation.sensitive_answers.exclude(answer=SensitiveAnswer.Answer.NOT_ASKED)
    missing = actions.lacking(participation)
    consents = participation.consents.select_related("notice", "file")
    erasure = Erasure.objects.filter(person=participation.person).first()
    page = {
        "participation": participation,
        "project": project,
        "names": names,
        "name": name_of(participation, names),
        "missing": missing,
        "tag_kind": "warn" if missing else "ok",
        "counting": Counting(participation.counting).label,  # type: ignore[attr-defined]
        "without_consent": participation.counting == Counting.NOT_COUNTED,  # type: ignore[attr-defined]
        "consents": consents,
        "may_open_forms": can(user, Permission.PARTICIPANT_NAMES, project, school),
        "has_notices": actions.notices(participation, today_in(project, now())).exists(),
        "follow_up": participation.follow_ups.order_by("-left_on").first() if participation.left_on else None,
        "education": education_label(participation.education),
        "attendance": _attendance([participation.pk]).get(participation.pk),
        "hours": (hours := hours_of(participation.pk)),
        "hours_total": sum((one.hours for one in hours), Decimal("0.00")),
        "last_marks": participation.attendance.select_related("session__group").order_by("-session__on")[:10],
        "stays": participation.stays.all(),
        "members": participation.group_members.select_related("group").order_by("-from_on"),
        "results": participation.results.order_by("seen_on"),
        "results_until": participation.left_on and participation.left_on + actions.RESULT_TERM,
        "counts_esf": project.programme.counts_esf_indicators,
        "asked_count": asked.count(),
        "question_count": len(SensitiveAnswer.Question),
        "may_see_answers": may_see_answers,
        "answers": participation.sensitive_answers.order_by("pk") if answers_shown else None,
        "may_edit": may_edit and erasure is None,
        "erasure": erasure,
        "may_erase": erasure is None and can(user, Permission.PARTICIPANT_ERASE, project),
        "moves": participation.moves.select_related("from_school", "to_school"),
        "other_schools": may_edit and actions.other_schools(participation).exists(),
        "merges": merges_of(participation.person),
        "may_merge": can(user, Permission.PARTICIPANT_MERGE, project, school),
        "may_ask_for_names": not names and may_ask_for_names(request, project, school),
        "history": History(participation) if may_edit or can(user, Permission.TRAIL_VIEW, project, school) else None,
    }
    return render(request, "beneficiaries/participant.html", page)


@require_POST
@login_required
def record_names(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show the name of one participant, and write down that it was shown."""
    participation = record_of(request, key)
    if may_ask_for_names(request, participation.project, participation.school):
        project, school = participation.project, participation.school
        actions.show_names(participation, project=project, school=school, by=request.user, at=now())
        remember_names(request, record_place(participation))
    else:
        require(request.user, Permission.PARTICIPANT_NAMES, participation.project, participation.school)
        messages.info(request, _("Your settings hide the names of children on screen."))
    return redirect("beneficiaries:participant", key=key)


@require_POST
@login_required
def record_answers(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show the sensitive answers of one participant, and write down that they were shown."""
    participation = record_of(request, key)
    actions.show_sensitive(participation, by=request.user, at=now())
    remember_names(request, answers_place(participation))
    return redirect(reverse("beneficiaries:participant", args=[key]) + "#answers")
