"""Making, renewing and revoking the secret link to a person's calendar."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q

from core import audit
from reports.models import CalendarLink

SEEN_AGAIN = timedelta(hours=1)  # reading is noted at most so often


@transaction.atomic
def make_calendar_link(*, by, at: datetime) -> str:
    """A new link to the calendar of `by`; one that was there no longer works. Returns the secret, which is never stored
    and shown once."""
    get_user_model().objects.select_for_update().get(pk=by.pk)
    before = CalendarLink.objects.filter(user=by, revoked_at=None).update(revoked_at=at)
    secret = CalendarLink.new_secret()
    link = CalendarLink.objects.create(user=by, digest=CalendarLink.hash(secret), made_at=at)
    audit.record("calendar.renewed" if before else "calendar.made", link, by=by, at=at)
    return secret


@transaction.atomic
def revoke_calendar_link(*, by, at: datetime) -> bool:
    """The link of `by` is useless from now on; returns whether there was one."""
    link = CalendarLink.objects.select_for_update().filter(user=by, revoked_at=None).first()
    if link is None:
        return False
    link.revoked_at = at
    link.save(update_fields=["revoked_at"])
    audit.record("calendar.revoked", link, by=by, at=at)
    return True


def calendar_link_of(secret: str, *, at: datetime) -> CalendarLink | None:
    """The link that still works, with its person; that it was used is noted."""
    link = CalendarLink.objects.usable().select_related("user").filter(digest=CalendarLink.hash(secret)).first()
    if link is not None:
        long_ago = Q(last_used_at=None) | Q(last_used_at__lt=at - SEEN_AGAIN)
        CalendarLink.objects.filter(long_ago, pk=link.pk).update(last_used_at=at)
    return link
