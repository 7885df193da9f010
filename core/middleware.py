"""What every request passes: the size limit, and the second factor of those who must have one."""

from __future__ import annotations

from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import resolve, reverse
from django.utils.translation import gettext as _

from core import audit
from core.requests import memory


class BodyLimitMiddleware:
    """Refuses a request that says it is larger than `BODY_LIMIT` before a byte of it is read."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length > settings.BODY_LIMIT:
            message = _("The file is too large: at most %(limit)s. Nothing was stored.") % {
                "limit": filesizeformat(settings.UPLOAD_LIMIT)
            }
            if request.path.startswith("/api/"):
                from core.api import problem_response

                return problem_response(413, message)
            return render(request, "413.html", {"message": message}, status=413)
        return self.get_response(request)


class MemoryMiddleware:
    """Lets a request that only reads remember what it read (`core.requests.memory`): it asks once who may see what."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = memory.set({} if request.method in ("GET", "HEAD") else None)
        try:
            return self.get_response(request)
        finally:
            memory.reset(token)


class SecondFactorMiddleware:
    """Roles named in `SECOND_FACTOR_ROLES` see only the set-up of a second factor until they have one.

    Also notes through which door a change comes, for the audit trail.
    """

    OPEN = ("account_", "mfa_")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = audit.origin.set("api" if request.path.startswith("/api/") else "page")
        try:
            if self._must_set_up(request):
                messages.warning(request, _("Your role needs a second step at sign-in. Set it up to continue."))
                return redirect(reverse("mfa_index"))
            return self.get_response(request)
        finally:
            audit.origin.reset(token)

    def _must_set_up(self, request: HttpRequest) -> bool:
        if not settings.SECOND_FACTOR_ROLES or not request.user.is_authenticated:
            return False
        name = resolve(request.path_info).url_name or ""
        if name.startswith(self.OPEN) or request.path.startswith((settings.STATIC_URL, "/api/")):
            return False
        roles = request.user.memberships.filter(role__in=settings.SECOND_FACTOR_ROLES)
        return roles.exists() and not get_adapter().is_mfa_enabled(request.user)
