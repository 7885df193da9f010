"""What every page about participants asks: who sees names, and what the keys in an address mean."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from activities.actions import Locks, closes_on
from beneficiaries.models import Participation
from core import formats
from core.access import Permission
from core.models import Organisation, Role
from projects.models import Membership, Project, can, reach


def key_from(text: str | None) -> UUID | None:
    """The key in an address; None when it is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def language() -> str:
    return get_language() or "en"


def shows_names(request: HttpRequest, place: str, project: Project, school=None) -> bool:
    """Who enters the names sees them; others with the right see codes until they ask for the names of this page; the
    switch of the person's settings hides them from everybody."""
    if not may_ask_for_names(request, project, school):
        return False
    return place in request.session.get("names", []) or can(request.user, Permission.PARTICIPANT_EDIT, project, school)


def may_ask_for_names(request: HttpRequest, project: Project, school=None) -> bool:
    hidden = request.user.hide_names  # type: ignore[union-attr]
    return not hidden and can(request.user, Permission.PARTICIPANT_NAMES, project, school)


def remember_names(request: HttpRequest, place: str) -> None:
    """Show the names of this page for as long as the browser's session lasts."""
    places = [p for p in request.session.get("names", []) if p != place]
    request.session["names"] = [*places, place][-100:]


def name_of(participation: Participation, names: bool) -> str:
    """How a participant is called on a page: by name, or by code."""
    identity = getattr(participation.person, "identity", None) if names else None
    return str(identity) if identity else participation.person.code


def require_any(user, permission: Permission) -> None:
    """Refuse somebody who has this right nowhere, saying who can give it."""
    where = reach(user, permission)
    if not (where.everywhere or where.programmes or where.projects or where.schools):
        raise PermissionDenied(_("Your role does not open this page. An administrator can give you access."))


def lock_note(
    locks: Locks, project: Project, school: Organisation, day: date, *, may_ask: bool
) -> dict[str, Any] | None:
    """What parts/lock_note.html says about the month of `day` at a school: which month, since when, why, who can open
    it again and where to ask them (`may_ask`); None while it is open."""
    late_days = project.programme.late_days
    if late_days is None or not locks.why(school.pk, day):
        return None
    query = urlencode({"project": project.number, "school": school.key, "month": f"{day:%Y-%m}"})
    officers = Membership.objects.in_force(locks.today).filter(programme=project.programme_id, role=Role.OFFICER)
    names = sorted(str(member.user) for member in officers.filter(user__is_active=True).select_related("user"))
    why = ngettext(
        "A month can be entered until %(n)s day after its end.",
        "A month can be entered until %(n)s days after its end.",
        late_days,
    )
    return {
        "what": formats.month(day, language()),
        "since": closes_on(day, late_days) + timedelta(days=1),
        "why": why % {"n": late_days},
        "url": f"{reverse('activities:period_ask')}?{query}" if may_ask else "",
        "who": ", ".join(names[:3]) or _("The officer of the programme"),
    }
