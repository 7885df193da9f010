"""Figures over many projects at once: lists, the dashboard, the public numbers. Read only, with as many queries for a
thousand projects as for one.

What one project has reported, what an indicator counts and what a table sums stands in `reports.figures` and below it;
here the same facts are grouped by project. Amounts in euro: every currency is summed first and converted once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    prefetch_related_objects,
)
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities.models import Session
from beneficiaries.figures import INDICATORS, Row
from beneficiaries.models import Attendance, Participation, Person, Result, SensitiveAnswer, consented, counted
from budgets.figures import Amount, Money, money_of
from budgets.models import Payment, ReportedCost
from core import formats
from core.models import AuditEvent, AuditSeal
from core.models.texts import said
from core.money import BGN_PER_EUR, share
from projects.models import (
    Clarification,
    ClarificationQuerySet,
    ContractVersion,
    PlannedFigure,
    Project,
    ProjectPlace,
)
from reports.figures import time_gone
from reports.models import Report

# --- lists -----------------------------------------------------------------------------------------------------------


def with_contract(projects: QuerySet[Project], day: date) -> QuerySet[Project]:
    """Adds begins_on, ends_on and agreed (euro) of the contract in force on `day`, so that a list can be sorted by
    them; the choice is that of `Project.contract_on`."""
    versions = ContractVersion.objects.filter(project=OuterRef("pk")).annotate(
        stage=Case(
            When(Q(in_force_from=None) | Q(in_force_from__lte=day), then=F("version")),
            default=-F("version"),
            output_field=IntegerField(),
        ),
        eur=Case(When(currency="BGN", then=F("total") / Value(BGN_PER_EUR)), default=F("total")),
    )
    newest = versions.order_by("-stage")[:1]
    return projects.annotate(
        begins_on=Subquery(newest.values("starts_on")),
        ends_on=Subquery(newest.values("ends_on")),
        agreed=Subquery(newest.values("eur")),
    )


SORTS = {"number": "number", "state": "state", "begins": "begins_on", "ends": "ends_on", "total": "agreed"}


def ordered(projects: QuerySet[Project], sort: str, day: date, language: str) -> QuerySet[Project]:
    """The projects in the order `sort`: a key of SORTS or "title" (in the alphabet of `language`), "-" before it turns
    it round; anything else is by number. Unknown values come last."""
    name, down = sort.removeprefix("-"), sort.startswith("-")
    if name == "title":
        found = list(projects.order_by("pk").values_list("pk", "title", "programme__language"))
        found.sort(key=lambda row: formats.sort_key(said(row[1], language, row[2])[0], language), reverse=down)
        places = Value([row[0] for row in found], output_field=ArrayField(BigIntegerField()))
        place = Func(places, F("pk"), function="array_position", output_field=IntegerField())
        return projects.annotate(place=place).order_by("place")
    column = F(SORTS.get(name, "number"))
    order = column.desc(nulls_last=True) if down else column.asc(nulls_last=True)
    return with_contract(projects, day).order_by(order, "number")


# --- money -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Portfolio:
    """The money of many projects on a day, in euro. The shares are of the contracted amount, in per cent."""

    projects: int
    without_amount: int  # projects whose contract gives no amount
    contracted: Decimal
    reported: Decimal
    paid: Decimal

    @property
    def reported_share(self) -> Decimal | None:
        return share(self.reported, self.contracted)

    @property
    def paid_share(self) -> Decimal | None:
        return share(self.paid, self.contracted)


def portfolio(projects: Sequence[Project], money: dict[int, Money], day: date, *, public: bool = False) -> Portfolio:
    """What these projects have contracted, reported and been paid by `day`. `money` is that of `money_of`."""
    ids = [project.pk for project in projects]
    real = {"synthetic": False} if public else {}
    contracted, reported, paid = Amount(), Amount(), Amount()
    for project in projects:
        contracted.add(money[project.pk].currency, money[project.pk].original)
    costs = ReportedCost.objects.filter(project__in=ids, **real).reported_by(day)
    for currency, total in costs.values_list("currency").annotate(sum=Sum("total")).order_by():
        reported.add(currency, total)
    payments = Payment.objects.filter(project__in=ids, paid_on__lte=day, **real)
    for currency, total in payments.values_list("currency").annotate(sum=Sum("amount")).order_by():
        paid.add(currency, total)
    return Portfolio(
        projects=len(projects),
        without_amount=sum(money[project.pk].original is None for project in projects),
        contracted=contracted.eur,
        reported=reported.eur,
        paid=paid.eur,
    )


@dataclass(frozen=True)
class Month:
    """What was reported and paid up to the end of a month, or up to today in the running one; euro."""

    until: date
    reported: Decimal
    paid: Decimal


def months(projects: Iterable[int], day: date) -> list[Month]:
    """Reported and paid to date, month by month up to `day`, for the projects with these ids."""
    ids = list(projects)
    costs = ReportedCost.objects.filter(project__in=ids).reported_by(day).annotate(month=TruncMonth("reported_on"))
    paid = Payment.objects.filter(project__in=ids, paid_on__lte=day).annotate(month=TruncMonth("paid_on"))
    facts = {
        "reported": list(costs.values_list("month", "currency").annotate(sum=Sum("total")).order_by()),
        "paid": list(paid.values_list("month", "currency").annotate(sum=Sum("amount")).order_by()),
    }
    first = min((month for rows in facts.values() for month, _currency, _sum in rows), default=None)
    found: list[Month] = []
    so_far = {"reported": Amount(), "paid": Amount()}
    while first is not None and first <= day:
        following = (first + timedelta(days=32)).replace(day=1)
        for kind, rows in facts.items():
            for month, currency, amount in rows:
                if month == first:
                    so_far[kind].add(currency, amount)
        until = min(following - timedelta(days=1), day)
        found.append(Month(until, so_far["reported"].eur, so_far["paid"].eur))
        first = following
    return found


# --- people ----------------------------------------------------------------------------------------------------------


MISSING = {  # what a record may lack; what lacks none of them is `Participation.objects.counted()`
    "gender": Q(person__gender=""),
    "born_on": Q(person__born_on=None),
    "labour_status": Q(labour_status=""),
    "education": Q(education=None),
    "consent": ~consented(),
}


def participants(projects: Iterable[int], day: date) -> dict[int, tuple[int, int]]:
    """(counted, not counted because the record is incomplete) of each project on `day`; a project without any is not
    in the answer. The same rule as the table “People and schools”, in one pass."""
    entered = Participation.objects.filter(project__in=list(projects), entered_on__lte=day)
    lacking = Count("pk", filter=~counted())
    rows = entered.values_list("project_id").annotate(n=Count("pk"), lacking=lacking).order_by()
    return {project: (n - lacking, lacking) for project, n, lacking in rows}


def attendance(projects: Iterable[int], start: date, end: date) -> dict[int, tuple[int, int]]:
    """(marks of people who came, all marks) of each project at sessions held from `start` to `end`."""
    marks = Attendance.objects.filter(
        session__project__in=list(projects), session__state=Session.State.HELD, session__on__range=(start, end)
    )
    rows = marks.values_list("session__project_id").annotate(
        came=Count("pk", filter=Q(mark__in=Attendance.CAME)), all=Count("pk")
    )
    return {project: (came, every) for project, came, every in rows.order_by()}


def missing_items(project: Project, start: date, end: date) -> dict[str, int]:
    """How many records of people who entered from `start` to `end` lack each of the data every record needs.

    A record may lack several, so the numbers overlap and are never added.
    """
    rows = Participation.objects.filter(project=project, entered_on__range=(start, end))
    return rows.aggregate(**{name: Count("pk", filter=lacks) for name, lacks in MISSING.items()})


# --- why a record counts ---------------------------------------------------------------------------------------------

_SENSITIVE = {
    "EECO12": SensitiveAnswer.Question.DISABILITY,
    "EECO13": SensitiveAnswer.Question.THIRD_COUNTRY,
    "EECO14": SensitiveAnswer.Question.FOREIGN_BACKGROUND,
    "EECO15": SensitiveAnswer.Question.MINORITY,
    "EECO16": SensitiveAnswer.Question.HOMELESS,
    "EECO17": SensitiveAnswer.Question.RURAL,
}
_RESULTS = {
    "EECR01": Result.Kind.SEARCHING,
    "EECR02": Result.Kind.IN_EDUCATION,
    "EECR03": Result.Kind.QUALIFICATION,
    "EECR04": Result.Kind.EMPLOYED,
    "EECR05": Result.Kind.EMPLOYED_LATER,
    "EECR06": Result.Kind.BETTER_LATER,
}


def by_exit(code: str) -> bool:
    """Whether an indicator is placed in a period by the exit date (results) instead of the entry date."""
    return INDICATORS[code][1] == "left_on"


def status_words(status: str) -> str:
    return str(Participation.LabourStatus(status).label) if status else ""


def why_counted(code: str, row: Row, language: str) -> str:
    """The fact of a record that makes it count in indicator `code`, in words."""
    if code in _SENSITIVE:
        return _("The answer to “%(question)s” is yes.") % {"question": _SENSITIVE[code].label}
    if code in _RESULTS:
        words = {"result": _RESULTS[code].label, "day": formats.day(row.left_on, language)}
        if code in ("EECR05", "EECR06"):
            return _("Left on %(day)s. Seen six months later or more: %(result)s.") % words
        return _("Left on %(day)s. Seen within four weeks: %(result)s.") % words
    if code in ("EECO02", "EECO03", "EECO04", "EECO05"):
        return _("On the day of entry: %(status)s.") % {"status": status_words(row.status)}
    if code in ("EECO06", "EECO07", "EECO08"):
        return _age(row)
    if code in ("EECO09", "EECO10", "EECO11"):
        return _("Highest completed education: ISCED level %(level)s.") % {"level": row.education}
    words = {"day": formats.day(row.entered_on, language)}
    return _("The record is complete, and the person entered on %(day)s.") % words


def _age(row: Row) -> str:
    return ngettext("%(n)s year old on the day of entry.", "%(n)s years old on the day of entry.", row.years or 0) % {
        "n": row.years
    }


def why_outside(code: str, row: Row, language: str) -> str:
    """Why a complete record does not count in indicator `code`, in words."""
    if code in _SENSITIVE:
        return _("No answer “yes” to “%(question)s”.") % {"question": _SENSITIVE[code].label}
    if code in _RESULTS:
        return _("No such result was seen in time, or the situation at entry rules it out (at entry: %(status)s).") % {
            "status": status_words(row.status)
        }
    wanted = {
        "EECO02": _("Counts people without work who look for it."),
        "EECO03": _("Counts people without work for longer."),
        "EECO04": _("Counts people who neither work nor look for work, pupils included."),
        "EECO05": _("Counts people who work."),
        "EECO06": _("Counts people younger than 18."),
        "EECO07": _("Counts people from 18 to 29."),
        "EECO08": _("Counts people of 55 and older."),
        "EECO09": _("Counts ISCED levels 0 to 2."),
        "EECO10": _("Counts ISCED levels 3 and 4."),
        "EECO11": _("Counts ISCED levels 5 to 8."),
    }
    return f"{why_counted(code, row, language)} {wanted.get(code, '')}".strip()


def why_incomplete(row: Row) -> str:
    """Which of the data a record lacks; it counts in no indicator until they are there."""
    words = {
        _("gender"): not row.gender,
        _("date of birth"): row.years is None,
        _("situation on the day of entry"): not row.status,
        _("completed education"): row.education is None,
        _("consent"): not row.consented,
    }
    return _("Missing: %(items)s.") % {"items": ", ".join(word for word, lacks in words.items() if lacks)}


def outside_rows(
    code: str, participations: QuerySet[Participation], counted: Iterable[str], start: date, end: date, gender: str
) -> list[Row]:
    """The complete records of the period that do not count in indicator `code`: those that are not in `counted`."""
    day = INDICATORS[code][1]
    rows = participations.counted().filter(**{f"{day}__range": (start, end)})  # type: ignore[attr-defined]
    if gender:
        rows = rows.filter(person__gender=gender)
    rows = rows.exclude(key__in=list(counted)).select_related("person").order_by("entered_on", "pk")
    return [
        Row(
            str(p.key), p.person.code, p.project_id, p.person.gender, _years(p.person, p.entered_on), p.labour_status,
            p.education, p.entered_on, p.left_on,
        )
        for p in rows
    ]  # fmt: skip


def _years(person: Person, on: date) -> int | None:
    born = person.born_on
    if born is None:
        return None
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


# --- the dashboard ---------------------------------------------------------------------------------------------------

FAR_BEHIND = Decimal(25)  # points by which the share of money may lag behind the share of time
TOO_EARLY = Decimal(20)  # per cent of time gone before the rule looks
LOW_ATTENDANCE = Decimal(60)  # per cent
WEEKS_LOOKED_AT = 4


@dataclass(frozen=True)
class Standing:
    """How one project stands on a day; `risks` are sentences that name the figures a rule fired on."""

    project: Project
    money: Money
    time_gone: Decimal | None
    reported_share: Decimal | None
    counted: int
    planned: int | None
    incomplete: int
    attendance: Decimal | None
    risks: list[str] = field(default_factory=list)

    @property
    def behind(self) -> Decimal | None:
        """Points by which the share of money lags behind the share of time; negative when it is ahead."""
        return None if self.time_gone is None or self.reported_share is None else self.time_gone - self.reported_share


People = dict[int, tuple[int, int]]  # what `participants` gives


def standings(
    projects: Sequence[Project], money: dict[int, Money], people: People, day: date, language: str
) -> list[Standing]:
    """Time against money, participants, attendance of the last four weeks and risks of each project on `day`.

    Projects should come with `contracts` and `planned_figures` prefetched.
    """
    came = attendance([project.pk for project in projects], day - timedelta(weeks=WEEKS_LOOKED_AT), day)
    found = []
    for project in projects:
        m = money[project.pk]
        gone, reported = time_gone(m.contract, day), share(m.reported, m.contracted)
        rate = share(*came.get(project.pk, (0, 0)))
        counted, incomplete = people.get(project.pk, (0, 0))
        planned = next((p.planned for p in project.planned_figures.all() if p.counter == "participants"), None)
        risks = _risks(project, gone, reported, rate, language)
        found.append(Standing(project, m, gone, reported, counted, planned, incomplete, rate, risks))
    return found


def _risks(
    project: Project, gone: Decimal | None, reported: Decimal | None, rate: Decimal | None, language: str
) -> list[str]:
    """The rules that fire for a project at work, each as a sentence."""
    if project.state != Project.State.IN_PROGRESS:
        return []
    found = []
    if gone is not None and reported is not None and gone >= TOO_EARLY and gone - reported >= FAR_BEHIND:
        words = {"money": formats.percent(reported, language), "time": formats.percent(gone, language)}
        found.append(_("%(money)s of the money reported with %(time)s of the time gone") % words)
    if rate is not None and rate < LOW_ATTENDANCE:
        words = {"rate": formats.percent(rate, language)}
        found.append(_("attendance of %(rate)s in the last four weeks") % words)
    return found


@dataclass(frozen=True)
class Waiting:
    """Something that waits for somebody: how many, in which projects (number, how many), the oldest day."""

    key: str
    n: int
    projects: list[tuple[str, int]]
    since: date | None = None


def waiting(
    day: date,
    *,
    sessions: Iterable[int],
    records: dict[str, int],
    costs: Iterable[int],
    reports: Iterable[int],
    questions: Iterable[int] = (),
) -> list[Waiting]:
    """What waits on `day`, from the facts held; only what is not empty.

    `sessions`, `costs`, `reports` and `questions` are the ids of the projects in which the reader may see them (or ask,
    for questions), `records` the number of incomplete records by project number.
    """
    unmarked = Session.objects.filter(project__in=list(sessions), state=Session.State.PLANNED, on__lt=day)
    bare = ReportedCost.objects.filter(project__in=list(costs), evidence=None, corrects=None, reported_on__lte=day)
    of = Report.objects.filter(project__in=list(reports))
    done = of.filter(state=Report.State.DONE, finished_at__date__gte=quarter_of(day)[0])
    silent = Project.objects.filter(pk__in=list(reports), state=Project.State.IN_PROGRESS)
    silent = silent.exclude(pk__in=done.values("project_id")).order_by("number")
    first = unmarked.order_by("on").values_list("on", flat=True).first()
    lacking = sorted(((n, number) for number, n in records.items() if n), key=lambda each: (-each[0], each[1]))
    numbers = [(number, 1) for number in silent.values_list("number", flat=True)]
    found = [
        _waiting("sessions", unmarked, first),
        Waiting("records", sum(n for n, _number in lacking), [(number, n) for n, number in lacking]),
        _waiting("evidence", bare),
        *_clarifications(Clarification.objects.filter(project__in=list(questions)), day),
        _waiting("failed", of.filter(state=Report.State.FAILED)),
        _waiting("at_work", of.filter(state__in=[Report.State.QUEUED, Report.State.RUNNING])),
        Waiting("no_report", len(numbers), numbers),
    ]
    return [each for each in found if each.n]


def _clarifications(asked: ClarificationQuerySet, day: date) -> list[Waiting]:
    """Those with every answer, and those whose answers are overdue. Few are open at a time: one query fetches all."""
    rows: Any = asked.open().with_counts()
    found = list(rows.values_list("project__number", "due_on", "asked", "replied"))
    answered = Counter(number for number, _due, n, replied in found if replied >= n)
    late = [(number, due) for number, due, n, replied in found if replied < n and due < day]
    overdue = Counter(number for number, _due in late)
    return [
        Waiting("answered", answered.total(), answered.most_common()),
        Waiting("unanswered", overdue.total(), overdue.most_common(), min((due for _n, due in late), default=None)),
    ]


def _waiting(key: str, rows: QuerySet[Any], since: date | None = None) -> Waiting:
    by_project = list(rows.values_list("project__number").annotate(n=Count("pk")).order_by("-n", "project__number"))
    return Waiting(key, sum(n for _number, n in by_project), by_project, since)


def quarter_of(day: date) -> tuple[date, date]:
    """First and last day of the quarter of the year in which `day` lies."""
    first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    return first, (first + timedelta(days=95)).replace(day=1) - timedelta(days=1)


# --- the trail -------------------------------------------------------------------------------------------------------

LINKS_CHECKED = 200


@dataclass(frozen=True)
class Chain:
    """How far the trail is chained: the event that was sealed last, whether any was, how many newer events wait,
    whether the last links hold."""

    sealed: bool
    last: AuditEvent | None
    waiting: int
    intact: bool


def chain() -> Chain:
    """The state of the hash chain. The last links are computed anew from their events; `manage.py verify_audit` walks
    the whole chain."""
    seals = list(AuditSeal.objects.order_by("-position")[: LINKS_CHECKED + 1])
    events = AuditEvent.objects.in_bulk([seal.event_id for seal in seals])
    intact = all(
        seal.event_id in events
        and events[seal.event_id].digest() == seal.digest
        and seal.position == before.position + 1
        and seal.chain == AuditSeal.link(before.chain, seal.digest)
        for seal, before in pairwise(seals)
    )
    last = events.get(seals[0].event_id) if seals else None
    intact = intact and (not seals or last is not None)
    return Chain(bool(seals), last, AuditEvent.objects.unsealed().count(), intact)


# --- the public list -------------------------------------------------------------------------------------------------


def real_public() -> QuerySet[Project]:
    """The published projects that are not sample data."""
    return Project.objects.public().filter(synthetic=False)


@dataclass(frozen=True)
class PublicNumbers:
    """The three numbers of the front page, without sample data."""

    projects: int
    contracted: Decimal
    without_amount: int
    schools: int  # promised in the contracts; 0 when none names a number
    places: int


def public_numbers(day: date) -> PublicNumbers:
    projects = list(real_public().prefetch_related("contracts"))
    whole = portfolio(projects, money_of(projects, day, public=True), day, public=True)
    ids = [p.pk for p in projects]
    places = ProjectPlace.objects.filter(project__in=ids).values("place").distinct().count()
    promised = PlannedFigure.objects.filter(project__in=ids, counter=PlannedFigure.Counter.SCHOOLS)
    schools = promised.aggregate(n=Sum("planned"))["n"] or 0
    return PublicNumbers(whole.projects, whole.contracted, whole.without_amount, schools, places)


def has_samples(projects: Iterable[int]) -> bool:
    """Whether figures of these projects (ids) rest on sample data: the projects, their costs or their records."""
    ids = list(projects)
    return (
        Project.objects.filter(pk__in=ids, synthetic=True).exists()
        or ReportedCost.objects.filter(project__in=ids, synthetic=True).exists()
        or Participation.objects.filter(project__in=ids, synthetic=True).exists()
    )


def only_samples(projects: Iterable[int]) -> set[int]:
    """The projects (ids) whose reported costs are all sample data: what was really reported there is not known."""
    rows = ReportedCost.objects.filter(project__in=list(projects)).values_list("project_id")
    found = rows.annotate(real=Count("pk", filter=Q(synthetic=False))).order_by()
    return {project for project, real in found if not real}


def with_lists(projects: Iterable[Project]) -> list[Project]:
    """The projects with what a list shows of them. A fixed number of queries."""
    found = list(projects)
    prefetch_related_objects(found, "programme", "beneficiary", "contracts", "places__place")
    return found
