"""What every page shows around its content."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import resolve, reverse, translate_url
from django.urls.exceptions import Resolver404
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, override, pgettext_lazy

from core.access import Permission, roles_with
from core.accounts import demo_signins
from core.models import Role

PUBLIC_NAV = [
    ("reports:public_projects", pgettext_lazy("navigation", "Projects")),
    ("reports:verify", pgettext_lazy("navigation", "Check a file")),
    ("reports:data", pgettext_lazy("navigation", "Data and API")),
    ("core:help", pgettext_lazy("navigation", "Help")),
]
NAV = [  # (url name, label, permission that opens it)
    ("reports:dashboard", pgettext_lazy("navigation", "Dashboard"), Permission.BUDGET_VIEW),
    ("beneficiaries:week", pgettext_lazy("navigation", "This week"), Permission.SESSION_EDIT),
    ("beneficiaries:participants", pgettext_lazy("navigation", "Participants"), Permission.PARTICIPANT_VIEW),
    ("beneficiaries:school_results", pgettext_lazy("navigation", "Results"), Permission.SESSION_EDIT),
    ("beneficiaries:imports", pgettext_lazy("navigation", "Import"), Permission.PARTICIPANT_EDIT),
    ("reports:projects", pgettext_lazy("navigation", "Projects"), Permission.PROJECT_VIEW),
    ("indicators:library", pgettext_lazy("navigation", "Indicators"), Permission.INDICATOR_EDIT),
    ("budgets:claims", pgettext_lazy("navigation", "Claims"), Permission.CLAIM_VIEW),
    ("projects:clarifications", pgettext_lazy("navigation", "Messages"), Permission.QUESTION_VIEW),
    ("reports:filings", pgettext_lazy("navigation", "Due reports"), Permission.FILING_EDIT),  # others: on Reports
    ("reports:reports", pgettext_lazy("navigation", "Reports"), Permission.REPORT_VIEW),
    ("reports:trail", pgettext_lazy("navigation", "Trail"), Permission.TRAIL_VIEW),
]
DENSE_ROLES = {Role.ADMINISTRATOR, Role.OFFICER, Role.AUDITOR, Role.PARTNER_FINANCE}


def portal(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    roles: list[str] = list(user.memberships.values_list("role", flat=True).distinct()) if signed_in else []  # type: ignore[union-attr]
    return {
        "portal_name": settings.PORTAL_NAME,
        "version": settings.VERSION,
        "is_trial": settings.TRIAL,
        "demo_signins": SimpleLazyObject(demo_signins),
        "demo_password": settings.DEMO_PASSWORD,
        "lang": get_language(),
        "languages": SimpleLazyObject(lambda: _languages(request)),
        "theme": user.theme if signed_in else "system",  # type: ignore[union-attr]
        "density": (user.density or ("dense" if DENSE_ROLES & set(roles) else "comfortable"))  # type: ignore[union-attr]
        if signed_in
        else "comfortable",
        "is_public": not signed_in,
        "nav": _nav(request, user, roles) if signed_in else _links(request, PUBLIC_NAV),
        "role_label": ", ".join(str(Role(role).label) for role in sorted(roles)),
        "idle_minutes": settings.IDLE_MINUTES if signed_in else None,
        "eu_lockups": settings.EU_LOCKUP_DIR,
    }


def _links(request: HttpRequest, entries) -> list[dict[str, Any]]:
    here = request.path
    links = [{"url": reverse(name), "label": label} for name, label in entries]
    best = max((link["url"] for link in links if here.startswith(link["url"])), key=len, default=None)
    return [{**link, "current": link["url"] == best} for link in links]


def _nav(request: HttpRequest, user, roles: list[str]) -> list[dict[str, Any]]:
    """The pages the roles of this person open; without a database query per entry."""
    entries = [(name, label) for name, label, permission in NAV if set(roles_with(permission, user)) & set(roles)]
    return _links(request, entries)


def _languages(request: HttpRequest) -> list[dict[str, Any]]:
    """The same page in each language."""
    current = get_language()
    try:
        resolve(request.path_info)
        path = request.get_full_path()
    except Resolver404:
        path = "/"
    found = []
    for code, name in settings.LANGUAGES:
        url = translate_url(path, code)
        if url == path and code != current:
            with override(code):
                url = reverse("reports:home")
        found.append({"code": code, "name": name, "url": url, "current": code == current})
    return found
