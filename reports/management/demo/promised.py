"""What the work packages of the invented partnership promise, and what of it was delivered and decided by today."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import SimpleUploadedFile

from activities.models import Evidence
from budgets import actions
from budgets.models import LumpRule, ScoreBand
from core.models import User
from projects.models import Call, Programme, Project
from reports.management.demo import lists
from reports.management.demo.cast import SAMPLE
from reports.management.demo.facts import KEY_ACTION

CALL = "KA220-SCH"
BANDS = ((70, 10), (55, 40), (40, 70))  # a score below … lowers the grant by … per cent
PROMISED = [  # work package, name, due day, whether it is done by that day
    ("WP1", {"bg": "Междинен доклад за напредъка", "en": "Interim progress report"}, "2027-05-31", True),
    ("WP1", {"bg": "Окончателен отчет", "en": "Final report"}, "2028-12-15", True),
    ("WP2", {"bg": "Карта на пречките в трите държави", "en": "Map of the barriers in three countries"}, "2026-03-31",
     True),
    ("WP2", {"bg": "Сравнително изследване", "en": "Comparative study"}, "2026-06-30", True),
    ("WP3", {"bg": "Програма на клубовете", "en": "Programme of the clubs"}, "2026-02-27", True),
    ("WP3", {"bg": "Шейсет клубни срещи", "en": "Sixty club meetings"}, "2026-10-30", False),
    ("WP4", {"bg": "Наръчник на четири езика", "en": "Handbook in four languages"}, "2028-06-30", True),
    ("WP5", {"bg": "Междусрочна конференция", "en": "Mid-term conference"}, "2027-03-31", True),
]  # fmt: skip


def make_call() -> Call:
    """The call of the sample partnership with its rules, once."""
    programme = Programme.objects.get(code=KEY_ACTION)
    name = {
        "bg": "партньорства за сътрудничество в училищното образование",
        "en": "Cooperation partnerships in school education",
    }
    facts = {"name": name, "management_share": Decimal(20)}
    call, made = Call.objects.get_or_create(programme=programme, code=CALL, defaults=facts)
    if made:
        LumpRule.objects.create(call=call, release=LumpRule.Release.WHOLE)
        ScoreBand.objects.bulk_create(ScoreBand(call=call, below=below, lowers=lowers) for below, lowers in BANDS)
    return call


def add(project: Project, users: dict[str, User], today: date, at: datetime) -> None:
    """Deliverables of the sample partnership, moved on as far as their days have come by `today`."""
    contract = project.contract_on(today)
    if project.number != SAMPLE or contract is None or contract.starts_on is None or today < contract.starts_on:
        return
    school, officer = users.get("admin"), users.get("officer")
    zone = ZoneInfo(project.programme.time_zone)
    begun = datetime.combine(contract.starts_on, time(10, 0), zone)
    for line, name, due, is_done in PROMISED:
        day = date.fromisoformat(due)
        one = actions.plan_deliverable(project, line=line, name=name, due_on=day, by=officer, at=begun)
        if day > today:
            continue
        when = min(datetime.combine(day, time(15, 0), zone), at)
        title = name["bg"]
        paper = lists.invoice(title=title, rows=[("Проект", project.number), ("Работен пакет", line)], language="bg")
        upload = SimpleUploadedFile(f"{line.lower()}-{one.pk}.pdf", paper, content_type="application/pdf")
        one = actions.deliver(one, uploads=[upload], version=one.version, by=school, at=when)
        if is_done:
            actions.judge_deliverable(one, done=True, version=one.version, by=officer, at=when)
    Evidence.objects.filter(deliverables__project=project).update(synthetic=True)
