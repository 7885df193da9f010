"""C2: the class sheet of a session: marks, names on demand, who came besides, a blank list to sign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from activities.actions import PeriodLocked, locks_of, require, today_in
from activities.forms import EvidenceForm
from activities.models import Evidence, Session
from beneficiaries import actions, pdf
from beneficiaries.models import Attendance, Participation
from beneficiaries.views.common import (
    key_from,
    language,
    lock_note,
    may_ask_for_names,
    name_of,
    remember_names,
    shows_names,
)
from beneficiaries.views.week import week_of
from core import formats
from core.access import Permission, Refused
from projects.models import can


def _session(request: HttpRequest, key: UUID) -> Session:
    visible = Session.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("project__programme", "school", "group", "activity"), key=key)


def _place(session: Session) -> str:
    return f"session:{session.key}"


@require_GET
@login_required
def session(request: HttpRequest, key: UUID) -> HttpResponse:
    return _sheet_page(request, _session(request, key))


def _sheet_page(
    request: HttpRequest,
    session: Session,
    *,
    typed: Mapping[str, str] | None = None,
    conflicts: list[actions.MarkConflict] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The class sheet; after a refusal with the marks as they were chosen (`typed`), so that nothing is lost."""
    project, school, user = session.project, session.school, request.user
    names = shows_names(request, _place(session), project, school)
    lines = _lines(session, names, typed or {}, conflicts or [])
    may_edit = can(user, Permission.SESSION_EDIT, project, school)
    is_cancelled = session.state == Session.State.CANCELLED
    in_future = session.on > today_in(project, now())
    locks = locks_of(project, by=user, at=now())
    lock = lock_note(locks, project, school, session.on, may_ask=may_edit)
    late = project.programme.marks_late
    counts = Counter(line["there"] for line in lines)
    files = Evidence.objects.visible_to(user).filter(session=session, removed_at=None)
    page = {
        "session": session,
        "project": project,
        "week": week_of(session.on),
        "school_key": str(school.key),
        "state_kind": "ok" if session.state == Session.State.HELD else "neutral",
        "lines": lines,
        "twice": sum(1 for line in lines if line["elsewhere"]),
        "marked": len(lines) - counts[""],
        "choices": [(v, label) for v, label in Attendance.Mark.choices if late or v != Attendance.Mark.LATE],
        "counts": {mark: counts[mark] for mark in Attendance.Mark.values} | {"unmarked": counts[""]},
        "late": late,
        "lock": lock,
        "code": pdf.code(session),
        "may_edit": may_edit and not lock,
        "may_print": may_edit,
        "may_mark": may_edit and not is_cancelled and not in_future and not lock,
        "may_attach": can(user, Permission.EVIDENCE_ADD, project, school),
        "is_cancelled": is_cancelled,
        "in_future": in_future,
        "files": files.select_related("file", "added_by"),
        "evidence_form": EvidenceForm(limit=filesizeformat(settings.UPLOAD_LIMIT)),
        "upload_limit": settings.UPLOAD_LIMIT,
        "names": names,
        "may_ask_for_names": not names and may_ask_for_names(request, project, school),
        "conflicts": conflicts,
        "problem": problem,
        "left_open": request.GET.get("left") == "1" and counts[""],
    }
    return render(request, "beneficiaries/session.html", page, status=status)


def _lines(
    session: Session, names: bool, typed: Mapping[str, str], conflicts: list[actions.MarkConflict]
) -> list[dict[str, Any]]:
    """One line a participant, in the order of the alphabet: the mark there is, and the one to show."""
    marks = dict(session.attendance.values_list("participation_id", "mark"))
    clashes = {clash.participation: clash for clash in conflicts}
    labels = dict(Attendance.Mark.choices)
    elsewhere = {} if session.state == Session.State.CANCELLED else actions.elsewhere(session)
    lines = []
    people = actions.on_sheet(session)
    for participation in people.select_related("person__identity") if names else people:
        there = marks.get(participation.pk, "")
        mark = typed.get(str(participation.key), there)
        own = names and participation.school_id == session.school_id  # who moved is another school's to name
        line = {"participation": participation, "name": name_of(participation, own), "there": there, "mark": mark}
        line["label"] = labels.get(mark, "")
        line["elsewhere"] = elsewhere.get(participation.pk) if there in ("", *Attendance.CAME) else None
        if clash := clashes.get(str(participation.key)):
            line["clash"] = {"who": clash.who, "theirs": labels.get(clash.theirs, _("Not marked"))}
        lines.append(line)
    return sorted(lines, key=lambda line: formats.sort_key(line["name"], language()))


@require_POST
def marks(request: HttpRequest, key: UUID) -> HttpResponse:
    """Store marks: pairs that app.js sends at once (answers JSON), or the whole sheet of the form (answers a page)."""
    wants_json = "application/json" in request.headers.get("Accept", "")
    if not request.user.is_authenticated:
        if wants_json:
            return JsonResponse({"detail": _("Please sign in again.")}, status=401)
        return redirect(f"{reverse('account_login')}?next={reverse('beneficiaries:session', args=[key])}")
    session = _session(request, key)
    sent, seen = dict[str, str](), dict[str, str]()
    conflicts: list[actions.MarkConflict] = []
    try:
        sent, seen = _sent_marks(request.POST)
        summary = _mark(request, session, sent, seen)
    except actions.MarkedMeanwhile as meanwhile:
        status, problem, conflicts = 409, " ".join(meanwhile.messages), meanwhile.conflicts
    except Refused as refused:
        closed = isinstance(refused, actions.Closed | PeriodLocked)
        status, problem = 423 if closed else 422, " ".join(refused.messages)
    except PermissionDenied as denied:
        if not wants_json:
            raise
        status, problem = 403, str(denied)
    else:
        return _marks_json(summary) if wants_json else _marks_done(request, session, summary)
    if wants_json:
        clashes = {"conflicts": [vars(clash) for clash in conflicts]} if conflicts else {}
        return JsonResponse({"detail": problem} | clashes, status=status)
    return _sheet_page(request, session, typed=sent, conflicts=conflicts, problem=problem, status=status)


@transaction.atomic
def _mark(request: HttpRequest, session: Session, sent: Mapping[str, str], seen: Mapping[str, str]) -> actions.Summary:
    by, at, key = request.user, now(), request.headers.get("Idempotency-Key", "")
    summary = actions.mark_attendance(session, sent, seen=seen, by=by, at=at, idempotency_key=key)
    return actions.mark_all_present(session, by=by, at=at) if "all" in request.POST else summary


def _sent_marks(data: QueryDict) -> tuple[dict[str, str], dict[str, str]]:
    """Marks, and what each was before: pairs `participation`, `mark`, `base`, or fields `mark-<key>`, `base-<key>`."""
    keys = data.getlist("participation")
    if not keys:
        sent = {name.removeprefix("mark-"): str(data[name]) for name in data if name.startswith("mark-")}
        seen = {name.removeprefix("base-"): str(data[name]) for name in data if name.startswith("base-")}
        return sent, seen
    marks, bases = data.getlist("mark"), data.getlist("base")
    if len(marks) != len(keys) or len(bases) not in (0, len(keys)):
        raise Refused(_("Send one mark for each participant."))
    return dict(zip(keys, marks, strict=True)), dict(zip(keys, bases, strict=False))


def _marks_json(summary: actions.Summary) -> JsonResponse:
    saved_at = localtime(datetime.fromisoformat(summary.saved_at))
    return JsonResponse(summary.as_json() | {"saved_at": formats.clock(saved_at, language())})


def _marks_done(request: HttpRequest, session: Session, summary: actions.Summary) -> HttpResponse:
    """Back to the sheet; from “Done” with everybody marked, back to the week."""
    messages.success(request, _said(summary, late=session.project.programme.marks_late))
    here = reverse("beneficiaries:session", args=[session.key])
    if "done" not in request.POST:
        return redirect(here)
    if summary.unmarked:
        return redirect(f"{here}?left=1")
    return redirect(f"{reverse('beneficiaries:week')}?week={week_of(session.on)}&school={session.school.key}")


def _said(summary: actions.Summary, *, late: bool) -> str:
    parts = [
        ngettext("%(n)s here", "%(n)s here", summary.here) % {"n": summary.here},
        ngettext("%(n)s absent", "%(n)s absent", summary.absent) % {"n": summary.absent},
        ngettext("%(n)s excused", "%(n)s excused", summary.excused) % {"n": summary.excused},
    ]
    if late:
        parts.append(ngettext("%(n)s late", "%(n)s late", summary.late) % {"n": summary.late})
    parts.append(ngettext("%(n)s not marked", "%(n)s not marked", summary.unmarked) % {"n": summary.unmarked})
    return _("Saved: %(counts)s.") % {"counts": ", ".join(parts)}


@require_POST
@login_required
def names(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show the names on this sheet, and write down that they were shown."""
    session = _session(request, key)
    if may_ask_for_names(request, session.project, session.school):
        actions.show_names(session, project=session.project, school=session.school, by=request.user, at=now())
        remember_names(request, _place(session))
    else:
        require(request.user, Permission.PARTICIPANT_NAMES, session.project, session.school)
        messages.info(request, _("Your settings hide the names of children on screen."))
    return redirect("beneficiaries:session", key=key)


@login_required
def join(request: HttpRequest, key: UUID) -> HttpResponse:
    """A participant who came without being in the group: found by name or code, then a member from this day."""
    session = _session(request, key)
    require(request.user, Permission.PARTICIPANT_EDIT, session.project, session.school)
    names = shows_names(request, _place(session), session.project, session.school)
    text, problem = request.GET.get("q", ""), ""
    there = Participation.objects.visible_to(request.user).filter(project=session.project, school=session.school)
    if request.method == "POST":
        participation = get_object_or_404(there, key=key_from(request.POST.get("participation")))
        try:
            actions.join_group(participation, group=session.group, from_on=session.on, by=request.user, at=now())
        except Refused as refused:
            problem = " ".join(refused.messages)
        else:
            messages.success(request, _("The participant is in the group from this day."))
            return redirect(reverse("beneficiaries:session", args=[key]) + f"#p-{participation.key}")
    others = there.exclude(pk__in=actions.on_sheet(session).values("pk")).filter(entered_on__lte=session.on)
    found = actions.matching(others, text, names=names).select_related("person__identity")[:20] if text else []
    people = [{"participation": p, "name": name_of(p, names)} for p in found]
    page = {"session": session, "text": text, "people": people, "problem": problem}
    return render(request, "beneficiaries/session_join.html", page, status=422 if problem else 200)


@require_GET
@login_required
def blank_list(request: HttpRequest, key: UUID) -> HttpResponse:
    """The list to print and sign, as PDF. It has names on it, so printing it leaves an audit row."""
    session = _session(request, key)
    require(request.user, Permission.SESSION_EDIT, session.project, session.school)
    names = shows_names(request, _place(session), session.project, session.school)
    if names:
        actions.show_names(session, project=session.project, school=session.school, by=request.user, at=now())
    lines = [line["name"] for line in _lines(session, names, {}, [])]
    address = request.build_absolute_uri(reverse("beneficiaries:session", args=[key]))
    answer = HttpResponse(pdf.attendance_list(session, lines, language(), address), content_type="application/pdf")
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Disposition"] = f'inline; filename="list-{session.on}-{session.key.hex[-6:]}.pdf"'
    return answer
