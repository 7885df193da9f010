"""Many participants and many marks at once, read from JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from beneficiaries.actions.imports import Sent, take_sent
from beneficiaries.actions.marking import Wish, mark_many
from beneficiaries.models import Attendance
from beneficiaries.serializers import SentMark, SentParticipant
from core.api import pointers
from core.bulk import Result

_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NAMES = {"session", "participation", "mark", "seen"}
_MARKS = {"", *Attendance.Mark.values}


class Participants:
    """Participants of projects: people who are new are added, who is known is completed."""

    one_by_one = False

    def take(self, rows: Sequence[Any], *, by, at: datetime, going_on=None) -> list[Result]:
        sent, refused = [], []
        for index, row in enumerate(rows):
            shape = SentParticipant(data=row)
            if shape.is_valid():
                sent.append(_sent(index, shape.validated_data))
            else:
                refused.append(Result(index, errors=pointers(shape.errors)))
        return refused + take_sent(sent, by=by, at=at, going_on=going_on)


def _sent(index: int, told: dict[str, Any]) -> Sent:
    """A row as the machinery of imports takes it."""
    how = {"external": told.pop("external", None), "same_as": told.pop("same_as"), "because": told.pop("because")}
    is_other = told.pop("confirmed_not_duplicate")
    told |= told.pop("sensitive", {})
    said = {name: str(value) for name, value in told.items() if value not in ("", None)}
    return Sent(index, said, is_other=is_other, **how)


class Marks:
    """Marks of participants in any sessions."""

    one_by_one = False

    def take(self, rows: Sequence[Any], *, by, at: datetime, going_on=None) -> list[Result]:
        wishes, refused = [], []
        for index, row in enumerate(rows):
            if _is_plain(row):
                wishes.append(Wish(index, row["session"], row["participation"], row["mark"], row.get("seen")))
                continue
            shape = SentMark(data=row)
            if shape.is_valid():
                wishes.append(Wish(index, **shape.validated_data))
            else:
                refused.append(Result(index, errors=pointers(shape.errors)))
        return refused + mark_many(wishes, by=by, at=at, going_on=going_on)


def _is_plain(row: Any) -> bool:
    """Whether a row is surely right, of keys and marks as they are mostly written; the shape reads all others."""
    if type(row) is not dict or not row.keys() <= _NAMES:
        return False
    session, participation, mark, seen = (row.get(name, "") for name in ("session", "participation", "mark", "seen"))
    return (
        type(session) is str and type(participation) is str and type(mark) is str and type(seen) is str
        and "mark" in row and mark in _MARKS and seen in _MARKS
        and _KEY.fullmatch(session) is not None and _KEY.fullmatch(participation) is not None
    )  # fmt: skip


PARTICIPANTS, ATTENDANCE = Participants(), Marks()
