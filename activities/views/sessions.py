"""Pages that plan, change and cancel sessions, and that take and hand out evidence."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from activities import actions
from activities.forms import CancelForm, EvidenceForm, SessionForm, choose, first_values, rebase, refuse
from activities.models import Evidence, Group, Session
from core import storage
from core.access import Permission, Refused
from core.formats import parse_day
from core.models import Organisation
from projects.models import Project, reach


@login_required
def plan(request: HttpRequest) -> HttpResponse:
    """Plan a session: first the group (unless there is only one), then the rest, begun as the group's last session."""
    groups = Group.objects.visible_to(request.user, Permission.SESSION_EDIT).select_related("project", "school")
    if not groups.exists():
        return _no_group(request)
    if "group" in request.GET:
        group = get_object_or_404(groups, key=key_of(request.GET["group"]))
    elif groups.count() == 1:
        group = groups.get()
    else:
        chosen = groups.order_by("project__number", "school_id", "name")[:500]
        return render(request, "activities/session_group.html", {"groups": chosen, "day": request.GET.get("on", "")})
    project = group.project
    form = SessionForm(request.POST or None, project=project, initial=begin_as_last(group, request.GET.get("on", "")))
    only_look = "look" in request.POST  # without JavaScript: who is elsewhere at that time, before anything is saved
    if request.method == "POST" and form.is_valid() and not only_look:
        try:
            session = actions.plan_session(
                project=project, school=group.school, group=group, by=request.user, at=now(), **form.details()
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The session is planned."))
            return redirect("beneficiaries:session", key=session.key)
    page = {"form": form, "group": group, "project": project, "several": groups.count() > 1}
    wrong = form.is_bound and (form.errors or not only_look)
    return render(request, "activities/session_plan.html", page, status=422 if wrong else 200)


def _no_group(request: HttpRequest) -> HttpResponse:
    """Nobody plans for a group that does not exist; who may not plan at all is told who can let them."""
    where = reach(request.user, Permission.SESSION_EDIT)
    if not (where.everywhere or where.programmes or where.projects or where.schools):
        raise PermissionDenied(_("Your role does not plan sessions. An administrator can give you access."))
    return render(request, "activities/session_group.html", {"groups": []})


def key_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def begin_as_last(group: Group, on: str) -> dict:
    last = group.sessions.exclude(state=Session.State.CANCELLED).select_related("activity").order_by("on").last()
    begin = {n: v for n, v in first_values(last).items() if n not in ("on", "topic", "version")} if last else {}
    try:
        return begin | {"on": parse_day(on)}
    except ValueError:
        return begin


def _session(request: HttpRequest, key: UUID) -> Session:
    """The session, if this person may see it; whether they may change it is decided by the action."""
    visible = Session.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("project__programme", "school", "group", "activity"), key=key)


@login_required
def change(request: HttpRequest, key: UUID) -> HttpResponse:
    session = _session(request, key)
    actions.require(request.user, Permission.SESSION_EDIT, session.project, session.school)
    page: dict[str, Any] = {"session": session, "project": session.project}
    if request.method != "POST":
        form = SessionForm(project=session.project, initial=first_values(session))
        return render(request, "activities/session_change.html", page | {"form": form})
    typed = _completed(choose(request.POST), session)
    form = SessionForm(typed, project=session.project)
    if form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            actions.change_session(session, version=version, by=request.user, at=now(), **form.touched())
        except actions.Stale as stale:
            session.refresh_from_db()
            form = SessionForm(rebase(typed, stale, session.version, form), project=session.project)
            page |= {"form": form, "stale": stale, "differences": _differences(form, stale)}
            return render(request, "activities/session_change.html", page, status=409)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The session is changed."))
            return redirect("beneficiaries:session", key=session.key)
    return render(request, "activities/session_change.html", page | {"form": form}, status=422)


def _completed(data: QueryDict, session: Session) -> QueryDict:
    """A form that sends one detail only, such as the topic, leaves the others as they are."""
    data = data.copy()
    blank = SessionForm(project=session.project)
    for name, value in first_values(session).items():
        if name not in data:
            shown = blank.fields[name].prepare_value(value)
            data[name] = data[f"initial-{name}"] = "" if shown is None else str(shown)
    return data


def _differences(form: SessionForm, stale: actions.Stale) -> list[dict]:
    """For each field in question: its label, and both values as the form shows them."""
    found = []
    for difference in stale.differences:
        field = form.fields[difference.field]
        said = field.label_from_instance if hasattr(field, "label_from_instance") else field.prepare_value
        values = {"yours": said(difference.yours), "theirs": said(difference.theirs)}
        found.append({"name": difference.field, "label": field.label, **values})
    return found


@login_required
def cancel(request: HttpRequest, key: UUID) -> HttpResponse:
    session = _session(request, key)
    actions.require(request.user, Permission.SESSION_EDIT, session.project, session.school)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel_session(session, by=request.user, at=now(), **form.cleaned_data)
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("The session is cancelled."))
            return redirect("beneficiaries:session", key=session.key)
    page = {"session": session, "project": session.project, "form": form}
    return render(request, "activities/session_cancel.html", page, status=422 if form.is_bound else 200)


@require_POST
@login_required
def copy_week(request: HttpRequest) -> HttpResponse:
    """Plan last week's sessions of a school again for the week shown."""
    school = get_object_or_404(Organisation, key=key_of(request.POST.get("school", "")))
    back = reverse("beneficiaries:week")
    try:
        monday = date.fromisoformat(request.POST.get("monday", ""))
    except ValueError:
        return redirect(back)
    projects = Project.objects.visible_to(request.user, Permission.SESSION_EDIT).filter(groups__school=school)
    planned, refused = 0, list[actions.Unplanned]()
    if not projects:
        raise PermissionDenied(_("Your role may not plan sessions here. A coordinator of the school can."))
    for project in projects.distinct():
        done, reasons = actions.copy_week(
            project=project,
            school=school,
            monday=monday - timedelta(days=7),
            to_monday=monday,
            by=request.user,
            at=now(),
        )
        planned, refused = planned + len(done), refused + reasons
    if planned:
        words = ngettext("%(n)s session is planned.", "%(n)s sessions are planned.", planned) % {"n": planned}
        messages.success(request, words)
    for day in refused:
        messages.warning(request, day.why)
    year, week, _day = monday.isocalendar()
    return redirect(f"{back}?week={year}-W{week:02}&school={school.key}")


@login_required
def evidence_add(request: HttpRequest, key: UUID) -> HttpResponse:
    """Attach one or several files to a session. Answers JSON to the script that sends them one by one."""
    session = _session(request, key)
    wants_json = "application/json" in request.headers.get("Accept", "")
    try:
        actions.require(request.user, Permission.EVIDENCE_ADD, session.project, session.school)
    except PermissionDenied as denied:
        if wants_json:
            return JsonResponse({"detail": str(denied)}, status=403)
        raise
    limit = filesizeformat(settings.UPLOAD_LIMIT)
    page = {"session": session, "upload_limit": settings.UPLOAD_LIMIT, "may_attach": True}
    if request.method != "POST":
        form = EvidenceForm(limit=limit)
        return render(request, "activities/evidence_add.html", page | {"form": form})
    form = EvidenceForm(request.POST, request.FILES, limit=limit)
    if form.is_valid():
        try:
            added = _attach_all(session, form.cleaned_data, request.user)
        except Refused as refused:
            refuse(form, refused)
        else:
            if wants_json:
                return JsonResponse({"added": added}, status=201)
            messages.success(request, ngettext("The file is attached.", "The files are attached.", added))
            return redirect(reverse("beneficiaries:session", args=[session.key]) + "#evidence")
    if wants_json:
        said = [str(message) for errors in form.errors.values() for message in errors]
        return JsonResponse({"detail": " ".join(said)}, status=422)
    return render(request, "activities/evidence_add.html", page | {"form": form}, status=422)


@transaction.atomic
def _attach_all(session: Session, data: dict, by) -> int:
    """All the files or none."""
    for upload in data["upload"]:
        actions.attach_evidence(
            project=session.project, upload=upload, kind=data["kind"], session=session, by=by, at=now()
        )
    return len(data["upload"])


@require_GET
@login_required
def evidence_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file itself, as a download; every download leaves an audit row."""
    there = Evidence.objects.visible_to(request.user).filter(removed_at=None)
    evidence = get_object_or_404(there.select_related("file", "project", "school", "session"), pk=pk)
    try:
        answer = storage.answer(evidence.file)
    except FileNotFoundError:
        raise Http404(_("The file is missing from the store. Please tell an administrator.")) from None
    actions.hand_out_evidence(evidence, by=request.user, at=now())
    return answer


@login_required
def evidence_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once, then take the file off the list."""
    there = Evidence.objects.visible_to(request.user).filter(removed_at=None)
    evidence = get_object_or_404(there.select_related("file", "project", "school", "session__group"), pk=pk)
    actions.require(request.user, Permission.EVIDENCE_ADD, evidence.project, evidence.school)
    if request.method != "POST":
        return render(request, "activities/evidence_remove.html", {"evidence": evidence})
    try:
        actions.remove_evidence(evidence, by=request.user, at=now())
    except Refused as refused:
        page = {"evidence": evidence, "problem": " ".join(refused.messages)}
        return render(request, "activities/evidence_remove.html", page, status=422)
    messages.success(request, _("The file “%(name)s” is off the list.") % {"name": evidence.file.name})
    if evidence.session:
        return redirect("beneficiaries:session", key=evidence.session.key)
    return redirect("core:start")
