"""One change for several participants at once: for all of them or for none, each by the action of its own record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from secrets import token_hex

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from activities.actions import require, today_in
from activities.models import Group
from beneficiaries.actions.looking import show_names
from beneficiaries.actions.participants import join_group, leave, leave_group
from beneficiaries.figures import hours_of_each
from beneficiaries.models import Certificate, GroupMember, Participation
from beneficiaries.pdf import Certified
from core import audit, sealing
from core.access import Permission, Refused


class NotAll(Refused):
    """Some of the chosen cannot be changed that way, so nobody was: participation (id) → why."""

    def __init__(self, why: Mapping[int, list[str]]):
        super().__init__(_("Nobody was changed: see why beside the names, and take the tick off there."))
        self.why = why


@transaction.atomic
def move_to_group(
    rows: Iterable[Participation], *, into: Group, out_of: Group | None, from_on: date, by, at: datetime
) -> int:
    """Make participants members of `into` from a day; they leave `out_of` the day before, if one is named. Returns how
    many. Raises NotAll, and Refused where the same stands against everybody."""
    if into == out_of:
        raise Refused({"out_of": _("Choose another group than the one they go to.")})

    def move(row: Participation) -> None:
        still = Q(until_on=None) | Q(until_on__gte=from_on)
        for member in GroupMember.objects.filter(still, participation=row, group=out_of) if out_of else ():
            leave_group(member, until_on=from_on - timedelta(days=1), by=by, at=at)
        join_group(row, group=into, from_on=from_on, by=by, at=at)

    return _each(rows, move)


@transaction.atomic
def mark_left(
    rows: Iterable[Participation], *, left_on: date, results: Mapping[str, date], by, at: datetime
) -> int:  # fmt: skip
    """Write down that participants left on a day with the same results (kind → day it was seen); as `move_to_group`."""
    return _each(rows, lambda row: leave(row, left_on=left_on, results=results, by=by, at=at))


@transaction.atomic
def print_names(rows: Iterable[Participation], *, by, at: datetime) -> int:
    """Write down of each participant that `by` takes the name away on paper."""
    return _each(rows, lambda row: show_names(row, project=row.project, school=row.school, by=by, at=at))


@transaction.atomic
def certify(
    rows: Iterable[Participation], *, print_: Callable[[Mapping[int, Certified]], bytes], by, at: datetime
) -> bytes:
    """Certify to participants the hours they came to: the paper that `print_` makes of them (id → what is certified),
    written down with the name taken away on it and, by code and hash, for whoever checks it. Raises NotAll where
    somebody came to no session."""
    rows = list(rows)
    hours = hours_of_each(row.pk for row in rows)
    certified = {row.pk: Certified(sealing.check_code(token_hex(32)), hours[row.pk]) for row in rows}

    def write_down(row: Participation) -> None:
        mine = certified[row.pk]
        if not mine.hours:
            raise Refused(_("No attended session is recorded, so there is nothing to certify."))
        require(by, Permission.PARTICIPANT_NAMES, row.project, row.school)
        audit.record(
            "participant.certified", row, by=by, at=at, project=row.project.number,
            after={"code": row.person.code, "certificate": mine.code, "sessions": mine.sessions,
                   "hours": str(mine.total)},
        )  # fmt: skip

    _each(rows, write_down)
    paper = print_(certified)
    Certificate.objects.bulk_create(
        Certificate(
            project=row.project, code=mine.code, sha256=sha256(paper).hexdigest(), sessions=mine.sessions,
            hours=mine.total, issued_on=today_in(row.project, at), issued_at=at, issued_by=by,
        )
        for row in rows
        if (mine := certified[row.pk])
    )  # fmt: skip
    return paper


def _each(rows: Iterable[Participation], do: Callable[[Participation], object]) -> int:
    """Do it for everybody, in one order for all who do the same at once; tell of each who cannot be changed."""
    refusals: dict[int, Refused] = {}
    rows = sorted(rows, key=lambda row: row.pk)
    for row in rows:
        try:
            with transaction.atomic():
                do(row)
        except Refused as refused:
            refusals[row.pk] = refused
    why = {pk: refused.messages for pk, refused in refusals.items()}
    if why and len(why) == len(rows) and len({tuple(said) for said in why.values()}) == 1:
        raise next(iter(refusals.values()))
    if why:
        raise NotAll(why)
    return len(rows)
