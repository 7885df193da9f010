"""The only writer of the audit trail."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

from django.db import connection, transaction

from core.copying import copy_in, packed
from core.models.audit import FIRST_CHAIN, AuditEvent, AuditSeal

origin: ContextVar[str] = ContextVar("audit_origin", default="command")  # page, api, task, import, command


def record(
    action: str, thing: Any, *, by, at, project: str = "", key: str = "", before=None, after=None, note: str = ""
) -> AuditEvent:
    """Write down that `by` did `action` to `thing` (a model row). Call inside the transaction of the change itself.

    `before` and `after` hold only what changed, with codes and keys, never names of participants.
    """
    return AuditEvent.objects.create(**_row(action, thing, by, at, project, key, before, after, note))


def record_many(events: Iterable[dict[str, Any]]) -> None:
    """Write down many events at once, each given as the arguments of `record` by name, with COPY.

    `thing` may be a model and `key` then says which row. Call inside the transaction of the changes themselves.
    """
    defaults: dict[str, Any] = {"project": "", "key": "", "before": None, "after": None, "note": ""}
    rows = [_row(**(defaults | event)) for event in events]
    for row in rows:
        row["before"], row["after"] = packed(row["before"]), packed(row["after"])
    if rows:
        copy_in(AuditEvent._meta.db_table, list(rows[0]), [list(row.values()) for row in rows])


def _row(action, thing, by, at, project, key, before, after, note) -> dict[str, Any]:
    return {
        "at": at,
        "by_key": getattr(by, "key", None),
        "by_name": str(by) if by is not None and getattr(by, "pk", None) else "",
        "origin": origin.get(),
        "action": action,
        "kind": thing._meta.label_lower,
        "key": key or str(getattr(thing, "number", "") or getattr(thing, "key", "") or thing.pk),
        "project": project,
        "before": before or {},
        "after": after or {},
        "note": note,
    }


def changes(thing: Any, new: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """What would change on `thing` if `new` were set: two dictionaries of texts, before and after."""
    fields = [name for name, value in new.items() if getattr(thing, name) != value]
    return ({n: str(getattr(thing, n)) for n in fields}, {n: str(new[n]) for n in fields})


@transaction.atomic
def seal(at) -> int:
    """Chain every event that has no seal yet; returns how many. Safe to run twice at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('audit.seal'))")
    last = AuditSeal.objects.order_by("-position").first()
    position, chain = (last.position, last.chain) if last else (0, FIRST_CHAIN)
    seals = []
    for event in AuditEvent.objects.unsealed():
        position += 1
        digest = event.digest()
        chain = AuditSeal.link(chain, digest)
        seals.append(AuditSeal(position=position, event=event, digest=digest, chain=chain, sealed_at=at))
    AuditSeal.objects.bulk_create(seals, batch_size=1000)
    return len(seals)


def verify() -> tuple[AuditSeal | None, str]:
    """Walk the chain from its start. Returns the last good seal and what is wrong after it ("" when nothing is)."""
    good, chain = None, FIRST_CHAIN
    for seal_ in _seals_with_events():
        expected = good.position + 1 if good else 1
        event = seal_.sealed_event
        if seal_.position != expected:
            return good, f"seal {expected} is missing"
        if event is None:
            return good, f"event {seal_.event_id} of seal {seal_.position} is missing"
        if event.digest() != seal_.digest:
            return good, f"event {event.pk} was altered after it was sealed"
        chain = AuditSeal.link(chain, seal_.digest)
        if chain != seal_.chain:
            return good, f"seal {seal_.position} does not follow the one before it"
        good = seal_
    return good, ""


def _seals_with_events() -> Iterable[Any]:
    batch, after = 2000, 0
    while seals := list(AuditSeal.objects.filter(position__gt=after).order_by("position")[:batch]):
        events = AuditEvent.objects.in_bulk([s.event_id for s in seals])
        for seal_ in seals:
            seal_.sealed_event = events.get(seal_.event_id)  # type: ignore[attr-defined]
            yield seal_
        after = seals[-1].position
