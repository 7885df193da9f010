"""Pages that change a project itself: its texts, who works on it, what is asked about it; and how the lists of all apps
are taken away as files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from tempfile import SpooledTemporaryFile
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import connection, transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.access import Permission, Refused
from core.export import rows_in
from core.models import System
from core.requests import Request
from projects import actions
from projects.actions.exports import exported
from projects.actions.systems import make_system, refusals, renew_secret, revoke_system
from projects.forms import AnswersForm, AskForm, CloseForm, MemberForm, MoreForm, SystemForm, TextsForm
from projects.models import Clarification, Membership, Project, Question, can, reach
from projects.tables import Table, at_once

IN_MEMORY = 1 << 20  # bytes of a file that comes at once; a longer one lies on the disk until it is sent


def _project(request: HttpRequest, number: str, permission: Permission) -> Project:
    """The project, 404 for strangers, 403 with a sentence for those without the right."""
    visible = Project.objects.visible_to(request.user).select_related("programme", "beneficiary")
    project = get_object_or_404(visible, number=number)
    actions.require(request.user, permission, project)
    return project


def _refused(form, refused: ValidationError) -> None:
    by_field = refused.message_dict if hasattr(refused, "error_dict") else {"": refused.messages}
    for name, texts in by_field.items():
        for text in texts:
            form.add_error(name if name in form.fields else None, text)


@login_required
@require_http_methods(["GET", "POST"])
def texts(request: HttpRequest, number: str) -> HttpResponse:
    """Title and description by language. Somebody else's change in the meantime: 409, with both texts to compare."""
    project = _project(request, number, Permission.PROJECT_EDIT)
    form = TextsForm(request.POST if request.method == "POST" else None, project=project)
    differences: list[actions.Difference] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.change_project_texts(
                    project, seen_at=form.cleaned_data["seen_at"], title=form.texts("title"),
                    summary=form.texts("summary"), by=request.user, at=now(),
                )  # fmt: skip
            except actions.Stale as stale:
                differences, status = stale.differences, 409
                seen = Project.objects.get(pk=project.pk).updated_at.isoformat()
                form.data = {**form.data.dict(), "seen_at": seen}  # type: ignore[attr-defined] # the next save answers
            except Refused as refused:
                _refused(form, refused)
            else:
                messages.success(request, _("The texts are saved."))
                return redirect("reports:project", number=project.number)
    theirs = [
        {"label": form[f"{d.field}_{d.language}"].label, "language": d.language, "theirs": d.theirs}
        for d in differences
    ]
    page = {"project": project, "form": form, "differences": theirs}
    return render(request, "projects/texts.html", page, status=status)


def _require_administrator(request: HttpRequest) -> None:
    if not reach(request.user, Permission.MEMBERS_EDIT).everywhere:
        raise PermissionDenied(_("Only an administrator of the portal may decide who works here."))


@login_required
@require_http_methods(["GET", "POST"])
def members(request: HttpRequest) -> HttpResponse:
    """Everybody with a role, and the form that gives one. For administrators."""
    _require_administrator(request)
    form = MemberForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row = actions.add_member(**form.cleaned_data, by=request.user, at=now())
            except Refused as refused:
                _refused(form, refused)
            else:
                words = {"person": str(row.user), "role": row.get_role_display()}
                messages.success(request, _("%(person)s now works as: %(role)s.") % words)
                return redirect("projects:members")
    rows = Membership.objects.select_related("user", "programme", "project", "organisation").order_by(
        "user__name", "user__email", "role", "pk"
    )
    found = request.GET.get("q", "").strip()
    if found:
        rows = rows.filter(user__name__icontains=found) | rows.filter(user__email__icontains=found)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "q": found, "today": localdate()}
    return render(request, "projects/members.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def member_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what taking a role away means, and does it."""
    _require_administrator(request)
    rows = Membership.objects.select_related("user", "programme", "project", "organisation")
    membership = get_object_or_404(rows, pk=pk)
    problem, status = "", 200
    if request.method == "POST":
        words = {"person": str(membership.user), "role": membership.get_role_display()}
        try:
            actions.remove_member(membership, by=request.user, at=now())
        except Refused as refused:
            problem, status = " ".join(refused.messages), 409
        else:
            messages.success(request, _("%(person)s no longer works as: %(role)s.") % words)
            return redirect("projects:members")
    return render(request, "projects/member_remove.html", {"membership": membership, "problem": problem}, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def systems(request: HttpRequest) -> HttpResponse:
    """The systems that sign in by themselves, and the form that lets one in; its secret is shown on the answer and
    never again. For administrators."""
    _require_administrator(request)
    form = SystemForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made, secret = make_system(**form.cleaned_data, by=request.user, at=now())
        except Refused as refused:
            _refused(form, refused)
        else:
            return _systems(request, SystemForm(), made, secret)
    return _systems(request, form)


def _systems(request: HttpRequest, form: SystemForm, made: System | None = None, secret: str = "") -> HttpResponse:
    """The page, with a new secret that it shows once."""
    rows = System.objects.select_related("client", "user")
    context = {"form": form, "systems": rows, "made": made, "secret": secret, "refusals": refusals(now())}
    answer = render(request, "projects/systems.html", context, status=422 if form.errors else 200)
    if secret:
        answer["Cache-Control"] = "no-store"
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def system_secret(request: Request, key: UUID) -> HttpResponse:
    """Give a system another secret; it is shown on the answer and never again. For administrators."""
    _require_administrator(request)
    system, problem = get_object_or_404(System.objects.select_related("client", "user"), key=key), ""
    if request.method == "POST":
        try:
            secret = renew_secret(system, by=request.user, at=now())
        except Refused as refused:
            problem = " ".join(refused.messages)
        else:
            return _systems(request, SystemForm(), system, secret)
    context = {"system": system, "problem": problem}
    return render(request, "projects/system_secret.html", context, status=409 if problem else 200)


@login_required
@require_POST
def system_revoke(request: HttpRequest, key: UUID) -> HttpResponse:
    _require_administrator(request)
    system = get_object_or_404(System.objects.select_related("client"), key=key)
    revoke_system(system, by=request.user, at=now())
    messages.success(request, _("The system “%(name)s” gets in no more.") % {"name": str(system)})
    return redirect("projects:systems")


# --- clarifications --------------------------------------------------------------------------------------------------

TERM = timedelta(days=14)  # the day an officer is offered


def _visible(user) -> Any:
    rows = Clarification.objects.visible_to(user)
    return rows.select_related("project__programme", "school", "asked_by", "closed_by")


@login_required
@require_safe
def clarifications(request: HttpRequest) -> HttpResponse:
    """C7: the questions of one's own projects: those that wait for an answer first, then answered ones; or closed."""
    where = reach(request.user, Permission.QUESTION_VIEW)
    if not (where.everywhere or where.programmes or where.projects or where.schools):
        raise PermissionDenied(_("Your role does not open this page. An administrator can give you access."))
    rows = _visible(request.user).with_counts()
    closed = request.GET.get("state") == "closed"
    if closed:
        rows = rows.exclude(closed_at=None).order_by("-closed_at", "-pk")
    else:
        rows = rows.open().order_by("due_on", "pk")
    page = Paginator(rows, 25).get_page(request.GET.get("page"))
    context = {"page": page, "closed": closed, "today": localdate()}
    return render(request, "projects/clarifications.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def clarification_new(request: HttpRequest, number: str) -> HttpResponse:
    """The officer asks."""
    project = _project(request, number, Permission.QUESTION_ASK)
    schools = actions.schools_to_ask(project, localdate())
    form = AskForm(request.POST or None, schools=schools, initial={"due_on": localdate() + TERM})
    if request.method == "POST" and form.is_valid():
        try:
            asked = actions.ask(project, **form.details(), by=request.user, at=now())
        except Refused as refused:
            _refused(form, refused)
        else:
            messages.success(request, _("The questions are sent. Those who answer there are told by mail."))
            return redirect("projects:clarification", key=asked.key)
    context = {"project": project, "form": form}
    return render(request, "projects/clarification_new.html", context, status=422 if form.is_bound else 200)


@dataclass(frozen=True)
class _Asked:
    """A question as the page shows it: its field where one may answer, all answers, who answered meanwhile."""

    question: Question
    field: Any
    seen: Any
    answers: list[Any]
    late: bool
    theirs: Any


@login_required
@require_http_methods(["GET", "POST"])
def clarification(request: HttpRequest, key: UUID) -> HttpResponse:
    """The questions and their answers; who answers there writes them here, each by itself."""
    thread = get_object_or_404(_visible(request.user), key=key)
    form = AnswersForm(questions=_questions(thread))
    theirs: dict[int, Any] = {}
    status = 200
    if request.method == "POST":
        actions.require(request.user, Permission.QUESTION_ANSWER, thread.project, thread.school)
        form = AnswersForm(request.POST, questions=_questions(thread))
        status = 422
        if form.is_valid():
            try:
                done = actions.answer(thread, answers=form.answers(), seen=form.seen(), by=request.user, at=now())
            except actions.AnsweredMeanwhile as meanwhile:
                theirs, status = meanwhile.theirs, 409
                newest = {f"seen_{number}": str(answer.pk) for number, answer in theirs.items()}
                form.data = {**form.data.dict(), **newest}  # type: ignore[attr-defined] # the next save answers
                form.add_error(None, " ".join(meanwhile.messages))
            except Refused as refused:
                _refused(form, refused)
                status = 409
            else:
                words = {"n": len(done)}
                said = ngettext("%(n)s answer is sent.", "%(n)s answers are sent.", len(done)) % words
                messages.success(request, said)
                return redirect("projects:clarification", key=key)
    return _thread(request, thread, form, theirs=theirs, status=status)


def _questions(thread: Clarification) -> list[Question]:
    return list(thread.questions.prefetch_related("answers__by"))


def _thread(
    request: HttpRequest, thread: Clarification, form: AnswersForm, *, status: int, **more: Any
) -> HttpResponse:
    is_open = thread.closed_at is None
    may_answer = is_open and can(request.user, Permission.QUESTION_ANSWER, thread.project, thread.school)
    theirs = more.pop("theirs", {})
    rows = []
    for question in form.questions:
        answers, n = list(question.answers.all()), question.number
        late = bool(answers) and localdate(answers[-1].at) > thread.due_on
        field, seen = (form[f"answer_{n}"], form[f"seen_{n}"]) if may_answer else (None, None)
        rows.append(_Asked(question, field, seen, answers, late, theirs.get(n)))
    waits = sum(not row.answers for row in rows)
    context = {
        "thread": thread, "project": thread.project, "form": form, "rows": rows, "waits": waits, "today": localdate(),
        "may_answer": may_answer,
        "may_ask": is_open and can(request.user, Permission.QUESTION_ASK, thread.project),
        "more_form": MoreForm(), "close_form": CloseForm(waits=bool(waits)), **more,
    }  # fmt: skip
    return render(request, "projects/clarification.html", context, status=status)


def _of_officer(request: HttpRequest, key: UUID) -> Clarification:
    thread = get_object_or_404(_visible(request.user), key=key)
    actions.require(request.user, Permission.QUESTION_ASK, thread.project)
    return thread


@login_required
@require_POST
def clarification_more(request: HttpRequest, key: UUID) -> HttpResponse:
    """One question more."""
    thread, form = _of_officer(request, key), MoreForm(request.POST)
    if form.is_valid():
        try:
            actions.ask_more(thread, text=form.cleaned_data["text"], by=request.user, at=now())
        except Refused as refused:
            _refused(form, refused)
        else:
            messages.success(request, _("The question is sent."))
            return redirect("projects:clarification", key=key)
    return _thread(request, thread, AnswersForm(questions=_questions(thread)), more_form=form, wrong=form, status=422)


@login_required
@require_POST
def clarification_close(request: HttpRequest, key: UUID) -> HttpResponse:
    """The officer ends it."""
    thread = _of_officer(request, key)
    form = CloseForm(request.POST, waits=thread.questions.unanswered().exists())
    if form.is_valid():
        try:
            actions.close_clarification(thread, because=form.cleaned_data["because"], by=request.user, at=now())
        except Refused as refused:
            _refused(form, refused)
        else:
            messages.success(request, _("The clarification is closed."))
            return redirect("projects:clarification", key=key)
    return _thread(request, thread, AnswersForm(questions=_questions(thread)), close_form=form, wrong=form, status=422)


# --- lists as files --------------------------------------------------------------------------------------------------


def taken_away(request: Request, table: Table, chosen: Mapping[str, str], because: str = "") -> HttpResponseBase:
    """What a person sees of a table: a short one at once, its rows counted and written down; a long one from the page
    that has it made."""
    query = worded(table, chosen)
    if not at_once(table.rows(request.user, query)):
        return redirect(table.job_url(chosen))
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the answer closes it
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        rows = table.rows(request.user, query)
        wanted = rows.count()
        file.writelines(table.lines(rows))
    if (found := rows_in(file)) != wanted:
        raise RuntimeError(f"the table {table.key} came out with {found} rows, not {wanted}")
    exported(table, query, because=because, by=request.user, at=now())
    file.seek(0)
    name = table.file_name(query, localdate())
    answer = FileResponse(file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")
    answer["Cache-Control"] = "private, no-store"
    return answer


def worded(table: Table, chosen: Mapping[str, str]) -> dict[str, str]:
    """The query of a table, with the language of this page where its words are in one."""
    return dict(chosen) | ({"language": get_language() or "en"} if table.worded else {})


def query_of(request: HttpRequest, *names: str) -> dict[str, str]:
    """What a table is cut by: the filters in the address that are given, keys only when they are well formed."""
    chosen = {name: request.GET[name] for name in names if request.GET.get(name)}
    return {name: value for name, value in chosen.items() if name not in KEYS or _is_key(value)}


KEYS = ("school", "application")


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
