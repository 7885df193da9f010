"""Amendments in the demo, in the invented partnership only: one approved, one that waits for the officer."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from budgets import actions
from budgets.actions.amendments import next_number, seen
from budgets.models import Amendment
from budgets.snapshot.terms import ONLY
from core.models import User
from projects.models import Project
from reports.management.demo.cast import SAMPLE

BEGUN, IN_FORCE = date(2026, 1, 26), date(2026, 3, 2)
MORE_CLUBS = "Клубовете имат повече записани ученици от очакваното; наръчникът ще е по-кратък."
GRANTED = "Преместването не променя целта на партньорството."
LONGER = "Разпространението на резултатите ще отнеме още три месеца заради междусрочната конференция в Рига."


def add(project: Project, users: dict[str, User], today: date, at: datetime) -> None:
    """Both amendments of the sample partnership, as far as their days have come by `today`."""
    if project.number != SAMPLE or today < IN_FORCE:
        return
    sender, officer = users.get("admin"), users.get("officer")
    zone = ZoneInfo(project.programme.time_zone)

    def on(day: date) -> datetime:
        return min(datetime.combine(day, time(11, 0), zone), at)

    first = actions.begin_amendment(project, because=MORE_CLUBS, by=sender, at=on(BEGUN))
    _move_money(first, "WP4", "WP3", Decimal(3000), sender, on(BEGUN))
    actions.send_amendment(first, by=sender, at=on(BEGUN + timedelta(days=2)))
    actions.approve_amendment(
        first, number=next_number(first.contract), signed_on=IN_FORCE - timedelta(days=4), in_force_from=IN_FORCE,
        because=GRANTED, by=officer, at=on(IN_FORCE),
    )  # fmt: skip
    asked = max(IN_FORCE, today - timedelta(days=6))
    second = actions.begin_amendment(project, because=LONGER, by=sender, at=on(asked))
    _put(second, "contract", ONLY, sender, on(asked), ends_on="2029-01-31")
    _move_money(second, "WP1", "WP5", Decimal(1500), sender, on(asked))
    actions.send_amendment(second, by=sender, at=on(asked + timedelta(days=1)))


def _put(amendment: Amendment, part: str, ref: str, by: User | None, at: datetime, **new: str) -> None:
    amendment.refresh_from_db()
    row = amendment.draft[part][ref]
    actions.change_amendment(amendment, part=part, ref=ref, row={**row, **new}, was=seen(row), by=by, at=at)


def _move_money(
    amendment: Amendment, from_line: str, to_line: str, amount: Decimal, by: User | None, at: datetime
) -> None:
    """Move an amount that the EU pays alone from one work package to another."""
    for code, change in ((from_line, -amount), (to_line, amount)):
        amendment.refresh_from_db()
        total = Decimal(amendment.draft["lines"][code]["total"]) + change
        _put(amendment, "lines", code, by, at, total=f"{total:.2f}", eu_part=f"{total:.2f}")
