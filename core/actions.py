"""Changes to accounts, preferences, saved filters, API tokens and kept answers; times in which the portal was down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from core import audit
from core.access import Refused
from core.models import ApiToken, AuditEvent, KeptAnswer, Outage, SavedFilter, System
from core.models.filters import kept

LONGEST_TOKEN_LIFE = timedelta(days=366)
KEPT = timedelta(days=30)  # an Idempotency-Key is known for so long
MOST_FILTERS = 20  # a person keeps of one list
TOLD_AGAIN = timedelta(hours=1)  # a system is refused for the same reason


@transaction.atomic
def make_token(
    *, user, name: str, scopes: list[str], expires_at, by, at, ranges: Sequence[str] = (), secret: str = ""
) -> tuple[ApiToken, str]:
    """Make an API token for `user`, to be used from the `ranges` of addresses (none: from anywhere); returns the row
    and its secret, which is never stored and shown once.

    Raises Refused when it would expire in the past, live longer than a year, or open nothing.
    """
    if not at < expires_at <= at + LONGEST_TOKEN_LIFE:
        raise Refused(_("Choose a last day between tomorrow and one year from today."))
    if not scopes:
        raise Refused(_("Choose at least one scope."))
    secret = secret or ApiToken.new_secret()
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=secret[:8],
        digest=ApiToken.hash(secret),
        scopes=sorted(scopes),
        ranges=list(ranges),
        created_at=at,
        expires_at=expires_at,
    )
    told = {"name": name, "scopes": sorted(scopes), "ranges": list(ranges)}
    audit.record("token.made", token, by=by, at=at, after=told)
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, by, at) -> None:
    """Make a token useless from now on; a second call changes nothing."""
    token = ApiToken.objects.select_for_update().get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])
        audit.record("token.revoked", token, by=by, at=at)


def refused(system: System, why: System.Refusal, *, address: str, at: datetime) -> None:
    """Write down that a system that came from `address` was turned away, once an hour for each reason."""
    since = at - TOLD_AGAIN
    told = AuditEvent.objects.filter(
        kind=System._meta.label_lower, key=str(system.key), action="system.refused", at__gt=since, after__refusal=why
    )
    if told.exists():
        return
    with transaction.atomic():
        System.objects.select_for_update().get(pk=system.pk)  # of many at once one writes
        if not told.exists():
            audit.record("system.refused", system, by=None, at=at, after={"refusal": why, "address": address})


@transaction.atomic
def change_preferences(user, *, by, at, **new) -> None:
    """Set language, theme, density or hidden names of a person."""
    before, after = audit.changes(user, new)
    if not after:
        return
    for name, value in new.items():
        setattr(user, name, value)
    user.save(update_fields=list(new))
    audit.record("account.preferences", user, by=by, at=at, before=before, after=after)


@transaction.atomic
def save_filter(*, page: str, name: str, query: str, by, at: datetime) -> SavedFilter:
    """Keep the filter of a list (one of `LISTS`) under a name; the same name again takes its place.

    The audit row says which list and name, never the query. Raises Refused without a name or a filter, for one that is
    too long, and above twenty of a list.
    """
    name, query = name.strip(), kept(page, QueryDict(query))
    if not name or len(name) > 60:
        raise Refused({"name": [_("Give the filter a name of at most 60 characters.")]})
    if not 0 < len(query) <= 2000:
        raise Refused(_("Narrow the list first: without a filter, or with a very long one, nothing can be saved."))
    get_user_model().objects.select_for_update().get(pk=by.pk)
    mine = SavedFilter.objects.filter(user=by, page=page)
    if mine.exclude(name=name).count() >= MOST_FILTERS:
        raise Refused({"name": [_("You have 20 filters already. Drop one first.")]})
    saved, _new = mine.update_or_create(user=by, page=page, name=name, defaults={"query": query})
    audit.record("account.filter_saved", by, by=by, at=at, key=str(by.key), after={"page": page, "name": name})
    return saved


@transaction.atomic
def drop_filter(saved: SavedFilter, *, by, at: datetime) -> None:
    """Drop an own filter; of one that is gone already nothing is written."""
    if saved.user_id != by.pk:
        raise Refused(_("This filter is not yours."))
    if SavedFilter.objects.filter(pk=saved.pk).delete()[0]:
        before = {"page": saved.page, "name": saved.name}
        audit.record("account.filter_dropped", by, by=by, at=at, key=str(by.key), before=before)


@transaction.atomic
def record_outage(*, from_at: datetime, to_at: datetime, reason: str, by, at: datetime) -> Outage:
    """Write down that the portal was down; deadlines that end on a lost day move (see `core.models.outages`).

    For the back office and the command line. Raises Refused for times out of order or to come, and without a reason.
    """
    made = Outage(from_at=from_at, to_at=to_at, reason=reason.strip(), by=by, at=at)
    try:
        made.full_clean(exclude=["by"])
    except ValidationError as error:
        raise Refused(error) from None
    if to_at > at:
        raise Refused({"to_at": [_("This moment lies in the future. Write an outage down when it is over.")]})
    made.save()
    audit.record(
        "outage.recorded", made, by=by, at=at, after={"from": from_at.isoformat(), "to": to_at.isoformat()},
        note=made.reason,
    )  # fmt: skip
    return made


def forget_answers(*, before: datetime) -> int:
    """Remove answers of the API that were kept for repeats before a moment; returns how many went."""
    return KeptAnswer.objects.filter(answered_at__lt=before).delete()[0]
