"""A person keeps a filter of the list of claims under a name, and drops it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from budgets.models import SavedFilter
from core import audit
from core.access import Refused

MOST = 20


@transaction.atomic
def save_filter(*, name: str, query: str, by, at: datetime) -> SavedFilter:
    """Keep a query under a name; the same name again takes its place. Raises Refused by field without a name, and
    above twenty."""
    name = name.strip()
    if not name or len(name) > 60:
        raise Refused({"name": [_("Give the filter a name of at most 60 characters.")]})
    if by.saved_filters.exclude(name=name).count() >= MOST:
        raise Refused({"name": [_("You have 20 filters already. Drop one first.")]})
    saved, _new = SavedFilter.objects.update_or_create(user=by, name=name, defaults={"query": query[:500]})
    audit.record("account.preferences", by, by=by, at=at, key=str(by.key), after={"filter": query[:500]})
    return saved


@transaction.atomic
def drop_filter(saved: SavedFilter, *, by, at: datetime) -> None:
    """Drop an own filter."""
    if saved.user_id != by.pk:
        raise Refused(_("This filter is not yours."))
    audit.record("account.preferences", by, by=by, at=at, key=str(by.key), before={"filter": saved.query})
    saved.delete()
