"""Pages that belong to no other app: where each role starts, settings, saved filters, tokens, help, health."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template import loader
from django.urls import reverse, translate_url
from django.utils.timezone import localdate, now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core import actions, charts, context
from core.access import Refused
from core.api import problem_response
from core.forms import PreferencesForm, TokenForm
from core.models import ApiToken, SavedFilter
from core.models.filters import LISTS, kept
from core.requests import Request


@require_GET
@login_required
def start(request: Request) -> HttpResponse:
    """Send a person to the page their role begins with, in their language."""
    nav = context.portal(request)["nav"]
    url = nav[0]["url"] if nav else "/"
    language = request.user.language
    return redirect(translate_url(url, language) if language else url)


@login_required
def preferences(request: Request) -> HttpResponse:
    form = PreferencesForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        request.user.refresh_from_db()
        actions.change_preferences(request.user, by=request.user, at=now(), **form.cleaned_data)
        messages.success(request, _("Your settings are saved."))
        return redirect(translate_url(request.get_full_path(), form.cleaned_data["language"]))
    return render(request, "core/settings.html", {"form": form}, status=422 if form.is_bound else 200)


@login_required
def tokens(request: Request) -> HttpResponse:
    """List, make and revoke the API tokens of the person; a new secret is shown on the answer and never again."""
    form = TokenForm(request.POST or None)
    secret, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _token, secret = actions.make_token(
                    user=request.user,
                    name=form.cleaned_data["name"],
                    scopes=form.cleaned_data["scopes"],
                    ranges=form.cleaned_data["ranges"],
                    expires_at=form.expires_at(),
                    by=request.user,
                    at=now(),
                )
            except Refused as refused:
                form.add_error("until", refused)
            else:
                form, status = TokenForm(), 200
    mine = ApiToken.objects.filter(user=request.user).order_by("-pk")
    page = {"form": form, "tokens": mine, "secret": secret, "now": now()}
    return render(request, "core/tokens.html", page, status=status)


@require_POST
@login_required
def token_revoke(request: Request, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk, user=request.user)
    actions.revoke_token(token, by=request.user, at=now())
    messages.success(request, _("The token “%(name)s” no longer works.") % {"name": token.name})
    return redirect("core:tokens")


@require_POST
@login_required
def saved_filter(request: Request) -> HttpResponse:
    """Keep the filter of a list under a name, or drop one; then the list again, as it was narrowed."""
    page, drop = request.POST.get("page", ""), request.POST.get("drop", "")
    if page not in LISTS:
        raise Http404(_("There is no such list."))
    query = kept(page, QueryDict(request.POST.get("query", "")))
    try:
        if drop:
            saved = get_object_or_404(SavedFilter, user=request.user, page=page, pk=drop if drop.isdecimal() else 0)
            actions.drop_filter(saved, by=request.user, at=now())
            messages.success(request, _("The filter is dropped."))
        else:
            actions.save_filter(page=page, name=request.POST.get("name", ""), query=query, by=request.user, at=now())
            messages.success(request, _("The filter is saved."))
    except Refused as refused:
        for message in refused.messages:
            messages.error(request, message)
    return redirect(reverse(page) + (f"?{query}" if query else ""))


@require_GET
def page(request: HttpRequest, name: str) -> HttpResponse:
    """A page of words: help, privacy, accessibility."""
    return render(request, f"core/{name}.html", {"deployer": settings.DEPLOYER})


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in its states."""
    form = TokenForm({"name": "", "until": "31.02.2026"})
    form.is_valid()
    page = {
        "form": form,
        "charts": _sample_charts(get_language() or "en"),
        "page": Paginator(range(240), 25).page(4),
        "now": now(),
        "today": localdate(),
    }
    return render(request, "core/styleguide.html", page)


def _sample_charts(language: str) -> list[charts.Chart]:
    """One chart of each form, with figures of nobody."""
    first, names = date(2026, 1, 1), [_("Club of interests"), _("Work with parents"), _("Training of teachers")]
    months = [first.replace(month=m) for m in range(1, 7)]
    reported = [(day, Decimal(n * n * 900)) for n, day in enumerate(months)]
    planned = [(day, Decimal(n * 5000)) for n, day in enumerate(months)]
    lines = [charts.Line(_("Planned"), planned, plan=True), charts.Line(_("Reported"), reported)]
    bars = [charts.Bar(name, (Decimal(42 - 11 * n),)) for n, name in enumerate(names)]
    bullets = [charts.Bullet(name, 30 + 20 * n, 90, 45, 0) for n, name in enumerate(names)]
    stacks = [charts.Stack(name, (12 + n, 9 - n, 1)) for n, name in enumerate(names)]
    weeks = [charts.Week(first + timedelta(days=4 + 7 * n), 20 + n % 5, 28) for n in range(10)]
    genders = [_("Women"), _("Men"), _("Non-binary")]
    return [
        charts.line("g-line", _("Money to date"), lines, language=language),
        charts.bar("g-bar", _("Hours held"), bars, language=language, kind="hours"),
        charts.bullet("g-bullet", _("Reached against promised"), bullets, language=language),
        charts.stacked_bar("g-stack", _("Participants"), stacks, language=language, parts=genders),
        charts.strip("g-strip", _("Attendance by week"), weeks, language=language),
        charts.strip("g-empty", _("Attendance by week"), [], language=language, starts_on=first),
    ]


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """200 when the database answers; for load balancers and health checks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok", "version": settings.VERSION})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was sent without a valid session: nothing was stored, and what was typed is shown again."""
    kept = [
        (name, value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken" and "pass" not in name
    ]
    return render(request, "403_csrf.html", {"kept": kept}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """What went wrong on our side, without the database; 503 while that is away: what was asked may be asked again."""
    away = isinstance(sys.exc_info()[1], (OperationalError, InterfaceError))
    code = 503 if away else 500
    response: HttpResponse
    if request.path.startswith("/api/"):
        words = _("The database is away. Try again in a moment.") if away else _("Something went wrong on our side.")
        response = problem_response(code, words)
    else:
        response = HttpResponse(loader.get_template(f"{code}.html").render(), status=code)
    if away:
        response.headers["Retry-After"] = "10"
    return response
