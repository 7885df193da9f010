"""A sample life around a project: schools, participants, a term of sessions with attendance, outreach, papers."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from activities.models import Activity, Evidence, Group, OutreachCount, PlannedOutput, Session
from beneficiaries.actions import name_keys
from beneficiaries.models import (
    Attendance,
    GroupMember,
    Identity,
    Participation,
    Person,
    Result,
    SensitiveAnswer,
    Stay,
)
from core import audit, storage
from core.formats import clock, day
from core.models import Code, Organisation, User
from projects.models import Answer, Clarification, Partner, Project, Question
from reports.management.demo import lists
from reports.management.demo.cast import STAGES, Circle, Kind, Someone, Stage, dice, people
from reports.management.demo.facts import COMMUNITY, TOGETHER

WEEK = timedelta(days=7)
TERM = (-10, 2)  # weeks of sessions around the current one
HALF_A_YEAR = timedelta(days=184)
SOON = 26  # days after leaving in which the first results are seen; four weeks are the limit
ANSWERS = {  # of pupils and parents in ESF+ programmes, in per cent: yes, no, refused, not asked
    "disability": (7, 83, 5, 5),
    "third_country": (2, 93, 2, 3),
    "foreign_background": (6, 84, 4, 6),
    "minority": (41, 39, 13, 7),
    "homeless": (1, 90, 4, 5),
    "rural": (18, 74, 3, 5),
}
OUT_OF_WORK = ("UE", "LTU", "IN")
FITS = {  # whose situation on the day of entry a result can follow on
    "searching": ("IN",),
    "employed": OUT_OF_WORK,
    "employed_later": OUT_OF_WORK,
    "better_later": ("EM", "SE"),
}
QUESTIONS = (  # subject, questions with their answers, asked so many days ago, whether closed
    (
        "Занятия с родители през октомври",
        (
            (
                "Кой води занятията с родителите и по кой график?",
                "Образователният медиатор, в четвъртък от 17:30 ч.",
            ),
            ("Защо в два от присъствените списъци липсва подпис на водещия?", ""),
        ),
        5,
        False,
    ),
    (
        "Пътни разходи за посещение на музей",
        (("С колко превозни средства е извършено пътуването?", "С един автобус с 45 места; фактурата е приложена."),),
        40,
        True,
    ),
)
RETURNS = (3, 2)  # the one who goes and comes back: circle and place in it, in the first project


@dataclass(frozen=True)
class Calendar:
    """The days the filling is laid around: today, as far as the contract allows it."""

    today: date
    first: date
    last: date

    @classmethod
    def of(cls, project: Project, today: date) -> Calendar:
        contract = project.contract_on(today)
        first = (contract and contract.starts_on) or date.min
        last = (contract and contract.ends_on) or date.max
        return cls(min(max(today, first), last), first, last)

    @property
    def monday(self) -> date:
        return self.today - timedelta(days=self.today.weekday())

    @property
    def marking_day(self) -> date:
        """The working day on which a class waits to be marked: today, at a weekend the Friday before."""
        return min(self.today, self.monday + timedelta(days=4))

    def days(self, circle: Circle) -> list[date]:
        """The days on which a circle meets."""
        first, last = circle.weeks or TERM
        start = self.monday + first * WEEK
        weekdays = circle.days or (self.marking_day.weekday(), (self.marking_day.weekday() + 2) % 5)
        every = (start + timedelta(days=n) for n in range(7 * (last - first + 1)))
        return [d for d in every if d.weekday() in weekdays and self.first <= d <= self.last]


@dataclass
class Member:
    """A participation and the times somebody belonged to a circle: from, until (None: still)."""

    participation: Participation
    times: list[tuple[date, date | None]]
    keen: float  # how often they come

    def there(self, on: date) -> bool:
        return any(start <= on and (end is None or on <= end) for start, end in self.times)


@dataclass
class Filled:
    """What a circle became."""

    circle: Circle
    group: Group
    members: list[Member] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)


def make_schools(project: Project) -> None:
    """The invented schools and partner of a project; a page that does not say where it works keeps its silence."""
    stage = _stage(project)
    for school in stage.schools:
        place = Code.objects.of(school.place[0]).get(code=school.place[1]) if school.place else None
        _partner(
            project, Partner.Role.SCHOOL, kind=Organisation.Kind.SCHOOL, name=school.name, place=place,
            school_code=school.school_code,
        )  # fmt: skip
    if stage.partner:
        _partner(project, Partner.Role.PARTNER, kind=Organisation.Kind.NGO, name=stage.partner)


def _partner(project: Project, role: str, **fields) -> None:
    organisation = Organisation.objects.create(country=project.programme.country, synthetic=True, **fields)
    Partner.objects.create(project=project, organisation=organisation, role=role, synthetic=True)


def fill(project: Project, users: dict[str, User], today: date, at: datetime) -> None:
    """Everything that happens in a project of the demo around `today`, with one audit event."""
    stage, calendar = _stage(project), Calendar.of(project, today)
    schools = _schools(project)
    hands = {TOGETHER: users.get("coordinator"), COMMUNITY: users.get("coordinator.lv")}
    coordinator = hands.get(project.number)
    _activities(project, stage)
    activities = {activity.number: activity for activity in project.activities.all()}
    _outputs(activities, stage)
    _outreach(activities, stage, calendar)
    filled = [
        Filled(circle, Group(project=project, school=schools[circle.school], name=circle.name, synthetic=True))
        for circle in stage.circles
    ]
    Group.objects.bulk_create(one.group for one in filled if calendar.days(one.circle))
    _participants(project, stage, calendar, filled)
    _sessions(project, stage, calendar, filled, activities, coordinator)
    _attendance(project, filled, calendar, coordinator)
    _papers(project, stage, filled, coordinator)
    if coordinator and project.number == TOGETHER:
        _questions(project, schools[0], users.get("officer"), coordinator, today, at)
    counts = {
        "groups": project.groups.count(),
        "participants": project.participations.count(),
        "sessions": project.sessions.count(),
    }
    audit.record("demo.filled", project, by=None, at=at, project=project.number, after=counts)


def _questions(
    project: Project, school: Organisation, officer: User | None, coordinator: User, today: date, at
) -> None:
    """A clarification that waits for one answer more, and one that was closed."""
    for subject, asked, days, closed in QUESTIONS:
        begun = at - timedelta(days=days)
        thread = Clarification.objects.create(
            project=project, school=school, subject=subject, due_on=today - timedelta(days=days) + 2 * WEEK,
            asked_by=officer, asked_at=begun, closed_by=officer if closed else None,
            closed_at=begun + timedelta(days=6) if closed else None, synthetic=True,
        )  # fmt: skip
        for number, (question, told) in enumerate(asked, start=1):
            row = Question.objects.create(clarification=thread, number=number, text=question, asked_at=begun)
            if told:
                Answer.objects.create(question=row, text=told, by=coordinator, at=begun + timedelta(days=2))


def _stage(project: Project) -> Stage:
    return next(stage for stage in STAGES if stage.number == project.number)


def _schools(project: Project) -> list[Organisation]:
    """The schools in the order of the stage; those of the sample partnership are its partners."""
    partners = project.partners.filter(organisation__kind=Organisation.Kind.SCHOOL, synthetic=True)
    return [partner.organisation for partner in partners.select_related("organisation").order_by("pk")]


def _activities(project: Project, stage: Stage) -> None:
    there = project.activities.count()
    Activity.objects.bulk_create(
        Activity(project=project, position=there + n, number=number, title=title, synthetic=True)
        for n, (number, title) in enumerate(stage.activities, start=1)
    )


def _outputs(activities: dict[str, Activity], stage: Stage) -> None:
    PlannedOutput.objects.bulk_create(
        PlannedOutput(
            activity=activities[number], position=10 + n, name=name, counts=counts, planned=planned, synthetic=True
        )
        for n, (number, counts, planned, name) in enumerate(stage.outputs)
    )


def _outreach(activities: dict[str, Activity], stage: Stage, calendar: Calendar) -> None:
    """Weekly counts until last week; together they stay below what the project promises."""
    if stage.outreach is None:
        return
    number, times, (fewest, most) = stage.outreach
    chance = dice(stage.number, "outreach")
    days = [calendar.monday - n * WEEK + timedelta(days=2) for n in range(times, 0, -1)]
    OutreachCount.objects.bulk_create(
        OutreachCount(activity=activities[number], on=on, people=chance.randint(fewest, most), synthetic=True)
        for on in days
        if calendar.first <= on <= calendar.last
    )


# --- people ----------------------------------------------------------------------------------------------------------


def _participants(project: Project, stage: Stage, calendar: Calendar, filled: list[Filled]) -> None:
    """People, their participations and memberships. Those a circle borrows come from the circle before it."""
    chance = dice(stage.number, "participations")
    new: list[tuple[Someone, Participation]] = []
    for i, (circle, cast) in enumerate(people(stage, calendar.today.year)):
        days = calendar.days(circle)
        if not days:
            continue
        one = filled[i]
        opening = min(days[0], calendar.today)  # on the first days of a project: before the first session
        one.members = [
            Member(member.participation, [(max(opening, member.participation.entered_on), None)], member.keen)
            for member in filled[i - 1].members[: circle.borrowed]
        ]
        for place, someone in enumerate(cast):
            times = _times(circle, opening, days, calendar, chance)
            if stage.number == TOGETHER and (i, place) == RETURNS and len(days) > 5:
                times = [(opening, days[2]), (days[4], None)]
            participation = Participation(
                project=project,
                person=Person(code=_code(chance), gender=someone.gender, born_on=someone.born_on, synthetic=True),
                school=one.group.school,
                entered_on=times[0][0],
                left_on=times[-1][1],
                labour_status=someone.labour_status,
                education=someone.education,
                synthetic=True,
            )
            new.append((someone, participation))
            one.members.append(Member(participation, times, chance.uniform(0.62, 0.99)))
    Person.objects.bulk_create(participation.person for _someone, participation in new)
    Identity.objects.bulk_create(
        Identity(
            person=participation.person,
            given_name=someone.given,
            family_name=someone.family,
            synthetic=True,
            **name_keys(someone.given, someone.family),
        )
        for someone, participation in new
    )
    Participation.objects.bulk_create(participation for _someone, participation in new)
    GroupMember.objects.bulk_create(
        GroupMember(group=one.group, participation=member.participation, from_on=start, until_on=end)
        for one in filled
        for member in one.members
        for start, end in member.times
    )
    own = [(one.circle, member) for one in filled for member in one.members[one.circle.borrowed :]]
    Stay.objects.bulk_create(
        Stay(participation=member.participation, entered_on=start, left_on=end)
        for _circle, member in own
        for start, end in member.times
    )
    if project.programme.counts_esf_indicators:
        SensitiveAnswer.objects.bulk_create(_answers(own, chance))
        Result.objects.bulk_create(_results(own, calendar, chance))


def _times(
    circle: Circle, opening: date, days: list[date], calendar: Calendar, chance: random.Random
) -> list[tuple[date, date | None]]:
    """When somebody belongs to a circle. A class that is to be marked loses nobody; a course ends for all together."""
    past = [d for d in days if d < calendar.monday]
    start = past[min(chance.randint(1, 4), len(past) - 1)] if past and chance.random() < 0.1 else opening
    if circle.weeks:
        return [(opening, days[-1])]
    if circle.days and chance.random() < 0.08 and len(past) > 6:
        return [(opening, past[chance.randint(4, len(past) - 2)])]
    return [(start, None)]


def _code(chance: random.Random) -> str:
    return "P-" + "".join(chance.choices("23456789ABCDEFGHJKLMNPQRSTUVWXYZ", k=7))


def _answers(own: list[tuple[Circle, Member]], chance: random.Random) -> Iterator[SensitiveAnswer]:
    for circle, member in own:
        for question, weights in ANSWERS.items():
            answer = chance.choices(("yes", "no", "refused", "not_asked"), weights)[0]
            if circle.kind is Kind.TEACHERS and question in ("minority", "homeless"):
                answer = "not_asked"
            yield SensitiveAnswer(participation=member.participation, question=question, answer=answer)


def _results(own: list[tuple[Circle, Member]], calendar: Calendar, chance: random.Random) -> Iterator[Result]:
    """What became of most of those who left. Of pupils who left nothing is known yet, so their coordinator is asked."""
    for circle, member in own:
        left, status = member.participation.left_on, member.participation.labour_status
        if left is None:
            continue
        for kind in circle.results:
            later = kind.endswith("_later")
            seen = left + (HALF_A_YEAR if later else timedelta()) + timedelta(days=chance.randint(3, SOON))
            if chance.random() < 0.8 and seen <= calendar.today and status in FITS.get(kind, (status,)):
                yield Result(participation=member.participation, kind=kind, seen_on=seen)


# --- sessions --------------------------------------------------------------------------------------------------------


def _sessions(
    project: Project,
    stage: Stage,
    calendar: Calendar,
    filled: list[Filled],
    activities: dict[str, Activity],
    coordinator: User | None,
) -> None:
    chance = dice(stage.number, "sessions")
    for i, one in enumerate(filled):
        circle = one.circle
        for n, on in enumerate(calendar.days(circle)):
            state = _state(circle, on, calendar)
            if state == Session.State.HELD and circle.days and chance.random() < 0.06:
                state = Session.State.CANCELLED
            if i == 1 and on > calendar.monday + 2 * WEEK:
                state = Session.State.CANCELLED
            hours, minutes = divmod(circle.starts_at.hour * 60 + circle.starts_at.minute + circle.minutes, 60)
            one.sessions.append(
                Session(
                    project=project,
                    activity=activities[circle.activity],
                    school=one.group.school,
                    group=one.group,
                    on=on,
                    starts_at=circle.starts_at,
                    ends_at=time(hours, minutes),
                    hours=Decimal(circle.minutes) / 60,
                    place=circle.place,
                    leader=circle.leader,
                    topic=circle.topics[n % len(circle.topics)],
                    state=state,
                    cancelled_because=chance.choice(stage.cancelled) if state == Session.State.CANCELLED else "",
                    created_by=coordinator if circle.school == 0 else None,
                    synthetic=True,
                )
            )
    Session.objects.bulk_create(session for one in filled for session in one.sessions)


def _state(circle: Circle, on: date, calendar: Calendar) -> str:
    """Past sessions are held and marked, except the newest of a slow circle and the one of the class that is to be
    marked; what is not over is planned."""
    waits_from = calendar.marking_day if not circle.days else calendar.today
    if circle.slow:
        waits_from = min(waits_from, calendar.monday - timedelta(days=3))
    return Session.State.HELD if on < waits_from else Session.State.PLANNED


def _attendance(project: Project, filled: Iterable[Filled], calendar: Calendar, coordinator: User | None) -> None:
    zone = ZoneInfo(project.programme.time_zone)
    chance = dice(project.number, "attendance")
    rows = []
    for one in filled:
        marked_by = coordinator if one.circle.school == 0 else None
        for session in one.sessions:
            if session.state != Session.State.HELD:
                continue
            marked_at = datetime.combine(session.on, session.ends_at, zone) + timedelta(minutes=7)
            for member in one.members:
                if member.there(session.on):
                    mark = _mark(member.keen, project.programme.marks_late, chance)
                    rows.append(
                        Attendance(
                            session=session,
                            participation=member.participation,
                            mark=mark,
                            marked_at=marked_at,
                            marked_by=marked_by,
                        )
                    )
    Attendance.objects.bulk_create(rows, batch_size=5000)


def _mark(keen: float, marks_late: bool, chance: random.Random) -> str:
    if chance.random() < keen:
        return Attendance.Mark.LATE if marks_late and chance.random() < 0.05 else Attendance.Mark.HERE
    return Attendance.Mark.EXCUSED if chance.random() < 0.45 else Attendance.Mark.ABSENT


# --- papers ----------------------------------------------------------------------------------------------------------


def _papers(project: Project, stage: Stage, filled: list[Filled], coordinator: User | None) -> None:
    """Signed lists of the newest sessions of the first school."""
    if project.number not in (TOGETHER, COMMUNITY):
        return
    how_many = {TOGETHER: 3, COMMUNITY: 1}[project.number]
    held = [session for session in filled[0].sessions if session.state == Session.State.HELD]
    zone = ZoneInfo(project.programme.time_zone)
    title = {"bg": "Присъствен списък", "lv": "Dalībnieku saraksts"}[stage.language]
    for session in held[-how_many:]:
        marks = session.attendance.select_related("participation__person__identity").order_by("pk")
        when = f"{day(session.on, stage.language)}, {clock(session.starts_at, stage.language)}"
        content = lists.signed_list(
            title=f"{title}: {filled[0].group.name}",
            facts=f"{project.number}, {when}, {session.place}",
            names=[(str(m.participation.person.identity), m.mark in Attendance.CAME) for m in marks],
            language=stage.language,
            lockup=f"img/eu/eu-{project.programme.statement}-{stage.language}-positive.svg",
        )
        added_at = datetime.combine(session.on, session.ends_at, zone) + timedelta(hours=1)
        name = f"spisak-{session.on}.pdf" if stage.language == "bg" else f"saraksts-{session.on}.pdf"
        Evidence.objects.create(
            project=project,
            school=session.school,
            session=session,
            activity=session.activity,
            kind=Evidence.Kind.SIGNED_LIST,
            file=storage.put([content], name=name, media_type="application/pdf", by=coordinator, at=added_at),
            added_at=added_at,
            added_by=coordinator,
            synthetic=True,
        )
