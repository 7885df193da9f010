"""Sessions from a spreadsheet: each is planned as on the page of the week. A group has one session at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from activities.actions import change_session, plan_session
from activities.models import Activity, Session
from beneficiaries.actions.imports.ground import Ground, Place
from beneficiaries.actions.imports.modes import Mode, mode_of, stays
from beneficiaries.actions.imports.rowwise import Doubt, Left, Row, each
from beneficiaries.columns import fold
from core.access import Refused
from core.imports import Outcome, finding

COMPARED = ("ends_at", "activity", "hours", "place", "leader", "topic")


def run(ground: Ground, rows: Iterable[Row]) -> Iterator[Outcome]:
    activities: dict[int, dict[str, Activity]] = {}

    def activity_of(place: Place, number: str) -> Activity:
        assert place.project
        if place.project.pk not in activities:
            found = Activity.objects.filter(project=place.project).select_related("project")
            activities[place.project.pk] = {fold(activity.number): activity for activity in found}
        known = activities[place.project.pk]
        if fold(number) not in known:
            words = {"number": number, "known": ", ".join(a.number for a in known.values()) or "—"}
            message = _("There is no activity %(number)s in this project. Use one of: %(known)s.")
            raise Refused({"activity": [message % words]})
        return known[fold(number)]

    def do(values: dict[str, Any], place: Place, reason: str) -> list[list[Any]]:
        start, end = values["starts_at"], values["ends_at"]
        if end <= start:
            raise Refused({"ends_at": [_("The session must end after it starts.")]})
        details = {
            "activity": activity_of(place, values["activity"]), "ends_at": end,
            "hours": values["hours"] or _hours(start, end),
            **{name: values[name] for name in ("place", "leader", "topic")},
        }  # fmt: skip
        there = Session.objects.filter(group=place.group, on=values["on"], starts_at=start)
        session = there.exclude(state=Session.State.CANCELLED).select_related("activity").first()
        who: dict[str, Any] = {"by": ground.by, "at": ground.at}
        if session is None:
            session = plan_session(
                project=place.project, school=place.school, group=place.group, on=values["on"],  # type: ignore[arg-type]
                starts_at=start, **details, **who,
            )  # fmt: skip
            return [[Session._meta.label_lower, session.pk, None]]
        told = {name for name in COMPARED if values[name] not in ("", None)}
        new = {name: details[name] for name in told if details[name] != getattr(session, name)}
        if not new:
            return []
        message = _("The portal says “%(known)s” for this session. Correct the row, or accept it with a reason.")
        doubts = [
            finding(name, str(value), message % {"known": getattr(session, name)}, "doubt")
            for name, value in new.items()
        ]
        if mode_of(ground.source) == Mode.ADD:
            raise Left(*map(stays, doubts))
        if not reason:
            raise Doubt(*doubts)
        before = {name: _plain(getattr(session, name)) for name in new if name != "activity"}
        before |= {"activity_id": session.activity_id} if "activity" in new else {}
        change_session(session, version=session.version, **new, **who)
        return [[Session._meta.label_lower, session.pk, before]]

    yield from each(ground, rows, do)


def _hours(start, end) -> Decimal:
    """The hours from `start` to `end` of a day, with two decimals."""
    minutes = (end.hour - start.hour) * 60 + end.minute - start.minute
    return (Decimal(minutes) / 60).quantize(Decimal("0.01"))


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else str(value)
