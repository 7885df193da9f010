"""Possible duplicates: while a name is typed, as a queue, side by side; and the merge that can be undone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from activities.actions import require
from beneficiaries import actions
from beneficiaries.forms import NewParticipantForm, education_label
from beneficiaries.models import Attendance, Merge, Participation, Person
from beneficiaries.views.common import key_from, may_ask_for_names, name_of, remember_names, require_any, shows_names
from core.access import Permission, Refused
from core.models import Organisation
from projects.models import Project

MERGE = Permission.PARTICIPANT_MERGE


@require_POST
@login_required
def typed(request: HttpRequest) -> HttpResponse:
    """Who may be the person whose name is being typed on the entry form: a part of that page."""
    number, school_key = request.GET.get("project", ""), key_from(request.GET.get("school"))
    visible = Project.objects.visible_to(request.user, Permission.PARTICIPANT_EDIT)
    project = get_object_or_404(visible.select_related("programme"), number=number)
    school = get_object_or_404(Organisation, key=school_key)
    require(request.user, Permission.PARTICIPANT_EDIT, project, school)
    form = NewParticipantForm(request.POST, project=project, school=school)
    form.is_valid()
    said = form.cleaned_data
    alike = []
    if said.get("given_name") and said.get("family_name"):
        alike = actions.possible_duplicates(
            project=project, given_name=said["given_name"], family_name=said["family_name"], born_on=said.get("born_on")
        )
    records = {
        row.person_id: row
        for row in Participation.objects.visible_to(request.user)
        .filter(project=project, person__in=[d.person for d in alike])
        .select_related("person__identity")
    }
    names = shows_names(request, "", project, school)
    rows = [(d, records.get(d.person.pk)) for d in alike]
    others = [{"duplicate": d, "record": row, "name": row and name_of(row, names)} for d, row in rows]
    return render(request, "beneficiaries/alike_typed.html", {"others": others, "likely": actions.LIKELY})


@require_GET
@login_required
def queue(request: HttpRequest) -> HttpResponse:
    """Pairs of records of one project that may be one person and wait for a decision."""
    visible = Project.objects.visible_to(request.user, MERGE).select_related("programme")
    if not (number := request.GET.get("project")):
        require_any(request.user, MERGE)
        busy = Participation.objects.visible_to(request.user, MERGE).order_by().values("project")
        project = visible.filter(pk__in=busy).first()
    else:
        project = get_object_or_404(visible, number=number)
    pairs, more = actions.pairs_to_decide(project=project, by=request.user) if project else ([], False)
    names = False
    if project:  # a coordinator sees the names of the own school, and may not see those of another
        keys = {row.pk for p in pairs for row in (p.one, p.other)}
        known = Participation.objects.visible_to(request.user, Permission.PARTICIPANT_NAMES).filter(pk__in=keys)
        names = shows_names(request, f"list:{project.number}", project) and known.count() == len(keys)
    page = {
        "project": project,
        "projects": visible.filter(pk__in=Participation.objects.visible_to(request.user, MERGE).values("project")),
        "rows": [{"pair": p, "one": name_of(p.one, names), "other": name_of(p.other, names)} for p in pairs],
        "names": names,
        "more": more,
        "likely": actions.LIKELY,
    }
    return render(request, "beneficiaries/alike.html", page)


def _reached(request: HttpRequest, key: UUID) -> Participation:
    visible = Participation.objects.visible_to(request.user, MERGE)
    return get_object_or_404(visible.select_related("person__identity", "project__programme", "school"), key=key)


@login_required
def pair(request: HttpRequest, one: UUID, other: UUID) -> HttpResponse:
    """Two participations side by side, and the decision: the same person, or two."""
    rows = [_reached(request, one), _reached(request, other)]
    if rows[0].person_id == rows[1].person_id:
        raise Http404(_("These are two participations of one person."))
    if request.method == "POST":
        return _decide(request, rows)
    place = f"pair:{rows[0].key}"
    names = all(shows_names(request, place, row.project, row.school) for row in rows)
    score, reasons = actions.likeness(rows[0].person, rows[1].person)
    page = {
        "rows": rows,
        "score": score,
        "reasons": reasons,
        "likely": actions.LIKELY,
        "compared": _side_by_side(rows, names),
        "names": names,
        "may_ask_for_names": not names and all(may_ask_for_names(request, row.project, row.school) for row in rows),
        "same_project": rows[0].project_id == rows[1].project_id,
    }
    return render(request, "beneficiaries/alike_pair.html", page)


def _decide(request: HttpRequest, rows: list[Participation]) -> HttpResponse:
    back = redirect("beneficiaries:pair", one=rows[0].key, other=rows[1].key)
    if "names" in request.POST:
        for row in rows:
            require(request.user, Permission.PARTICIPANT_NAMES, row.project, row.school)
            actions.show_names(row, project=row.project, school=row.school, by=request.user, at=now())
        remember_names(request, f"pair:{rows[0].key}")
        return back
    people = {row.person.code: row.person for row in rows}
    try:
        if "different" in request.POST:
            actions.not_same(one=rows[0].person, other=rows[1].person, by=request.user, at=now())
            messages.success(request, _("Two people: you will not be asked about them again."))
            return redirect("beneficiaries:alike")
        kept = people.get(request.POST.get("keep", ""))
        if kept is None:
            messages.error(request, _("Choose which record is kept."))
            return back
        gone = next(person for person in people.values() if person != kept)
        actions.merge_people(kept=kept, gone=gone, by=request.user, at=now())
    except Refused as refused:
        messages.error(request, " ".join(refused.messages))
        return back
    messages.success(
        request, _("One record now: %(gone)s is part of %(kept)s.") % {"gone": gone.code, "kept": kept.code}
    )
    shown = Participation.objects.visible_to(request.user).filter(person=kept, project=rows[0].project).first()
    return redirect("beneficiaries:participant", key=shown.key) if shown else redirect("beneficiaries:alike")


def _side_by_side(rows: list[Participation], names: bool) -> list[tuple[str, Any, Any, bool]]:
    """What is known of the two: label, one, other, whether they say the same."""

    def of(row: Participation) -> list[tuple[str, Any]]:
        person = row.person
        identity = getattr(person, "identity", None)
        marks = row.attendance.count()
        came = row.attendance.filter(mark__in=Attendance.CAME).count()
        return [
            (_("Name"), name_of(row, True) if names else "•"),
            (_("Date of birth"), person.born_on if names or not person.born_on else person.born_on.year),
            (_("National number"), _("known") if identity and identity.national_number_hash else ""),
            (_("Gender"), person.get_gender_display()),
            (_("Project"), row.project.number),
            (_("School"), row.school),
            (_("Entry date"), row.entered_on),
            (_("Exit date"), row.left_on),
            (_("Situation on the day of entry"), row.get_labour_status_display()),
            (_("Highest completed education"), education_label(row.education)),
            (_("Groups"), ", ".join(sorted({m.group.name for m in row.group_members.select_related("group")}))),
            (_("Attendance"), _("%(came)s of %(marks)s") % {"came": came, "marks": marks} if marks else ""),
        ]

    return [(label, a, b, a == b) for (label, a), (_label, b) in zip(*map(of, rows), strict=True)]


@require_POST
@login_required
def undo(request: HttpRequest, key: UUID, merge: UUID) -> HttpResponse:
    """Make one record two again."""
    row = _reached(request, key)
    found = get_object_or_404(Merge, key=merge, kept=row.person)
    try:
        actions.undo_merge(found, by=request.user, at=now())
    except Refused as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("Two records again: every row is back where it came from."))
    return redirect("beneficiaries:participant", key=key)


def merges_of(person: Person) -> list[dict[str, Any]]:
    """The merges that made this record, with the tables their rows came from and how many."""
    found = []
    for merge in person.merges.filter(undone_at=None).select_related("gone").order_by("-pk"):
        counts: dict[str, int] = {}
        for table in merge.rows.filter(came_from=merge.gone).values_list("table", flat=True):
            counts[table] = counts.get(table, 0) + 1
        found.append({"merge": merge, "rows": [(str(_table(t)), n) for t, n in sorted(counts.items())]})
    return found


def _table(label: str) -> Any:
    return apps.get_model(label)._meta.verbose_name_plural
