"""Who may open the rows of a sensitive indicator. Each row tells an answer of special category (GDPR Art. 9): whoever
may see the answers opens them, and whoever checks figures (officers and auditors) with a reason, which stands in the
trail with every page that was looked at. Nobody else does."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from core.access import Permission
from projects.actions import require
from projects.models import Project, can
from reports.indicators.forms import ReasonForm

P = Permission


def may_open(user, project: Project, *, sensitive: bool) -> bool:
    """Whether a person may open rows of participants of a project, with a reason or without."""
    return can(user, P.PARTICIPANT_VIEW, project) and (
        not sensitive or can(user, P.PARTICIPANT_SENSITIVE, project) or can(user, P.TRAIL_VIEW, project)
    )


def reason_of(request: HttpRequest, project: Project, *, sensitive: bool) -> str | None:
    """Why rows are opened: "" where no reason is needed, None where it has yet to be asked for (`ask`).

    Raises PermissionDenied for whoever may not open them.
    """
    require(request.user, P.PARTICIPANT_VIEW, project)
    if not sensitive or can(request.user, P.PARTICIPANT_SENSITIVE, project):
        return ""
    require(request.user, P.TRAIL_VIEW, project)
    return request.session.get(_key(project))


def ask(request: HttpRequest, project: Project, form: ReasonForm | None = None) -> HttpResponse:
    """The page that asks for the reason and then leads on to the rows that were asked for."""
    form, status = (form, 422) if form else (ReasonForm(initial={"back": request.get_full_path()}), 200)
    return render(request, "indicators/reason.html", {"project": project, "form": form}, status=status)


@login_required
@require_POST
def reason(request: HttpRequest, number: str) -> HttpResponse:
    """Keep the reason for the rest of this sign-in; it is written down with each page of rows, not here."""
    project = get_object_or_404(Project.objects.visible_to(request.user), number=number)
    require(request.user, P.PARTICIPANT_VIEW, project)
    require(request.user, P.TRAIL_VIEW, project)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return ask(request, project, form)
    request.session[_key(project)] = form.cleaned_data["reason"]
    back = form.cleaned_data["back"]
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("indicators:project", args=[number])
    return redirect(back)


def _key(project: Project) -> str:
    return f"rows_opened_because_{project.pk}"
