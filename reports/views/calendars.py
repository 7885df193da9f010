"""The link with which a calendar reads one's sessions and deadlines, and what it reads through it."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.api.conditions import tag_of
from core.requests import Request
from reports import actions
from reports.calendar import calendar_of
from reports.models import CalendarLink


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def calendar(request: Request) -> HttpResponse:
    """Make, renew and revoke the own link; a new one is shown on the answer and never again."""
    address = ""
    if request.POST.get("what") == "revoke":
        if actions.revoke_calendar_link(by=request.user, at=now()):
            messages.success(request, _("The link no longer works."))
        return redirect("reports:calendar")
    if request.method == "POST":
        secret = actions.make_calendar_link(by=request.user, at=now())
        address = settings.SITE_URL + reverse("calendar_feed", args=[secret])
    link = CalendarLink.objects.usable().filter(user=request.user).first()
    return render(request, "reports/calendar.html", {"link": link, "address": address})


@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar of whoever made the link, for programs that cannot sign in. A link that no longer works is 404."""
    at = now()
    link = actions.calendar_link_of(secret, at=at)
    if link is None:
        raise Http404
    content = calendar_of(link.user, at=at, language=link.user.language or settings.LANGUAGE_CODE)
    return calendar_answer(request, content)


@require_safe
@never_cache
@login_required
def calendar_file(request: Request) -> HttpResponse:
    """The same as a file, once."""
    content = calendar_of(request.user, at=now(), language=get_language() or settings.LANGUAGE_CODE)
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="calendar.ics"'
    return response


def calendar_answer(request: HttpRequest, content: bytes) -> HttpResponse:
    """A calendar with its ETag; 304 to who has it."""
    etag = quote_etag(tag_of(content))
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["ETag"], response["Cache-Control"], response["X-Robots-Tag"] = etag, "private, no-cache", "noindex"
    return get_conditional_response(request, etag=etag, response=response) or response
