"""What lies on the officer's desk in the demo: settings of the programmes, months opened again, reports awaited."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from activities.actions import closes_on
from activities.models import LockException, LockRequest
from core.models import User
from projects.models import Holiday, Programme, Project
from reports import actions
from reports.management.demo.cast import SAMPLE
from reports.management.demo.facts import EDUCATION, LATVIA, TOGETHER

LATE_DAYS = {EDUCATION: 10, LATVIA: 15}
SUPPORT_HOURS = {EDUCATION: Decimal(20), LATVIA: Decimal(40)}
HOLIDAYS = {  # of a school year: years after its first, month, day, how many days, name
    EDUCATION: (
        (0, 10, 30, 4, {"bg": "Есенна ваканция", "en": "Autumn holidays"}),
        (0, 12, 24, 10, {"bg": "Коледна ваканция", "en": "Christmas holidays"}),
        (1, 3, 3, 1, {"bg": "Ден на Освобождението", "en": "Liberation Day"}),
        (1, 4, 1, 8, {"bg": "Пролетна ваканция", "en": "Spring holidays"}),
    ),
    LATVIA: (
        (0, 10, 20, 5, {"lv": "Rudens brīvdienas", "en": "Autumn holidays"}),
        (0, 12, 22, 14, {"lv": "Ziemas brīvdienas", "en": "Winter holidays"}),
        (1, 3, 9, 5, {"lv": "Pavasara brīvdienas", "en": "Spring holidays"}),
    ),
}
REQUEST = "Ръководителят на клуба беше в болнични и още не е въвел последните занятия от месеца."
PAPER = "Първите месеци се въвеждат от хартиените дневници на училището."


def set_rules() -> None:
    """Sample settings of the programmes, where an administrator has set none."""
    for code, days in LATE_DAYS.items():
        Programme.objects.filter(code=code, late_days=None).update(late_days=days)
        Programme.objects.filter(code=code, support_hours=None).update(support_hours=SUPPORT_HOURS[code])


def set_holidays(today: date) -> None:
    """The closed days of a school year around today, as sample rows, where a programme has none."""
    year = today.year if today.month > 7 else today.year - 1
    for code, days in HOLIDAYS.items():
        programme = Programme.objects.filter(code=code, holidays=None).first()
        if programme is None:
            continue
        Holiday.objects.bulk_create(
            Holiday(programme=programme, from_on=date(year + plus, month, day), name=name, synthetic=True,
                    to_on=date(year + plus, month, day) + timedelta(days=length - 1))
            for plus, month, day, length, name in days
        )  # fmt: skip


def fill_desk(project: Project, users: dict[str, User], today: date, at: datetime) -> None:
    """The first school of the first project still enters its early months, from paper."""
    officer = users.get("officer")
    contract = project.contract_on(today)
    if project.number != TOGETHER or officer is None or contract is None or contract.starts_on is None:
        return
    first = project.partners.filter(role="school", synthetic=True).order_by("pk").first()
    if first is None:
        return
    month, limit = contract.starts_on.replace(day=1), (today - timedelta(days=92)).replace(day=1)
    while month < limit and closes_on(month, LATE_DAYS[EDUCATION]) < today:
        LockException.objects.create(
            project=project, month=month, school=first.organisation, because=PAPER,
            until_on=today + timedelta(days=60), given_at=at, given_by=officer,
        )  # fmt: skip
        month = (month + timedelta(days=31)).replace(day=1)
    if not users.get("coordinator"):
        return
    asked = (today - timedelta(days=62)).replace(day=1)
    if closes_on(asked, LATE_DAYS[EDUCATION]) < today and asked >= contract.starts_on.replace(day=1):
        LockRequest.objects.create(
            project=project, school=first.organisation, month=asked, because=REQUEST, asked_at=at,
            asked_by=users["coordinator"],
        )  # fmt: skip


def lay_out_reports(project: Project, users: dict[str, User], today: date) -> None:
    """The schedule of the invented partnership, as its contract says it."""
    if project.number == SAMPLE:
        at = datetime.combine(today, time(8, 0), ZoneInfo(project.programme.time_zone))
        actions.lay_out(project, by=users.get("officer"), at=at)
