"""Pages that change a project itself: its texts, and who works on it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.access import Permission, Refused
from projects import actions
from projects.forms import MemberForm, TextsForm
from projects.models import Membership, Project, reach


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
