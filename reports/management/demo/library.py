"""The libraries of the demo programmes: the ESF+ common set, and own indicators. What a page promises is a target (580
visited, 90 who take part, 297 schools); every other own indicator is invented and says so in its name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.models import User
from core.money import to_eur
from projects.models import Allocation, Priority, Programme, Project, SpecificObjective
from reports.indicators import actions
from reports.indicators.models import Indicator
from reports.management.demo.cast import SAMPLE
from reports.management.demo.facts import COMMUNITY, EDUCATION, FUTURE, KEY_ACTION, LATVIA, NETWORK, TOGETHER, Words

MARK = {"bg": " (пример)", "en": " (sample)", "lv": " (paraugs)"}
ELIGIBLE_UNTIL = date(2029, 12, 31)  # of costs (CPR Art. 63(2)); where a contract gives no end
PUPILS = {"years_to": 19, "status": ["INE"]}
SURVEY = {"source": "typed", "unit": "percent", "over_time": "ratio", "cumulative": False, "kind": "result"}


@dataclass(frozen=True)
class Own:
    """An indicator of a programme; `goals`: project ("" for the programme), kind, value, day (None: its end)."""

    code: str
    name: Words
    facts: dict[str, Any]
    goals: tuple[tuple[str, str, int, date | None], ...] = ()
    invented: bool = True


@dataclass(frozen=True)
class Library:
    programme: str
    common: bool
    own: tuple[Own, ...]
    goals: tuple[tuple[str, str, int], ...] = field(default=())  # of the common set: code, project, target


LIBRARIES = (
    Library(
        EDUCATION,
        common=True,
        goals=(("EECO01", FUTURE, 90),),
        own=(
            Own("EDU-REACH",
                {"bg": "Хора, достигнати на терен и от кампании", "en": "People reached in the field and by campaigns",
                 "lv": "Cilvēki, kas sasniegti uz vietas un kampaņās"},
                {"source": "outreach", "unit": "number", "kind": "output"},
                ((FUTURE, "target", 580, None),), invented=False),
            Own("EDU-PUPILS",
                {"bg": "Ученици в общи занятия", "en": "Pupils in joint sessions", "lv": "Skolēni kopīgās nodarbībās"},
                {"source": "people", "unit": "persons", "kind": "output", "rule": PUPILS},
                ((TOGETHER, "baseline", 0, date(2025, 12, 9)), (TOGETHER, "milestone", 200, date(2027, 6, 30)),
                 (TOGETHER, "target", 400, None), ("", "milestone", 1500, date(2024, 12, 31)),
                 ("", "target", 4000, None))),
            Own("EDU-HOURS",
                {"bg": "Часове проведени занятия", "en": "Hours of sessions held", "lv": "Novadīto nodarbību stundas"},
                {"source": "hours", "unit": "hours", "kind": "output"}, ((TOGETHER, "target", 960, None),)),
            Own("EDU-VIEW",
                {"bg": "Родители с положителна нагласа към общото учене",
                 "en": "Parents in favour of learning together", "lv": "Vecāki, kas atbalsta kopīgu mācīšanos"},
                SURVEY, ((TOGETHER, "baseline", 41, date(2025, 12, 9)), (TOGETHER, "target", 60, None))),
        ),
    ),
    Library(
        LATVIA,
        common=True,
        own=(
            Own("SK-PUPILS",
                {"lv": "Individuāli atbalstīti izglītojamie", "bg": "Ученици с индивидуална подкрепа",
                 "en": "Pupils with individual support"},
                {"source": "people", "unit": "persons", "kind": "output", "rule": PUPILS},
                ((COMMUNITY, "milestone", 4000, date(2027, 8, 31)), (COMMUNITY, "target", 9000, None))),
            Own("SK-MENTORS",
                {"lv": "Mentori, kas pabeiguši mācības", "bg": "Ментори, завършили обучение",
                 "en": "Mentors who completed the training"},
                {"source": "people", "unit": "persons", "kind": "result", "rule": {"results": ["qualification"]}},
                ((COMMUNITY, "target", 600, None),)),
            Own("SK-WELL",
                {"lv": "Skolēni, kas skolā jūtas labi", "bg": "Ученици, които се чувстват добре в училище",
                 "en": "Pupils who feel well at school"},
                SURVEY, ((COMMUNITY, "baseline", 54, date(2025, 1, 1)), (COMMUNITY, "target", 70, None))),
        ),
    ),
    Library(
        NETWORK,
        common=False,
        own=(
            Own("NET-SCHOOLS",
                {"bg": "Училища с участващи ученици", "en": "Schools with pupils who take part",
                 "lv": "Skolas ar iesaistītiem skolēniem"},
                {"source": "schools", "unit": "bodies", "kind": "output", "rule": PUPILS},
                ((NETWORK, "baseline", 297, date(2023, 12, 31)),), invented=False),
            Own("NET-PUPILS",
                {"bg": "Ученици в клубове и лидерски академии", "en": "Pupils in clubs and leadership academies",
                 "lv": "Skolēni pulciņos un līderu akadēmijās"},
                {"source": "people", "unit": "persons", "kind": "output", "rule": PUPILS},
                ((NETWORK, "target", 120, None),)),
            Own("NET-PARENT",
                {"bg": "Родители, които идват на срещите", "en": "Parents who come to the meetings",
                 "lv": "Vecāki, kas nāk uz sapulcēm"},
                SURVEY, ((NETWORK, "target", 65, None),)),
        ),
    ),
    Library(
        KEY_ACTION,
        common=False,
        own=(
            Own("KA-PUPILS",
                {"bg": "Ученици в клубовете", "en": "Pupils in the clubs", "lv": "Skolēni klubos"},
                {"source": "people", "unit": "persons", "kind": "output", "rule": PUPILS},
                ((SAMPLE, "target", 60, None),)),
            Own("KA-MEETINGS",
                {"bg": "Срещи на клубовете", "en": "Meetings of the clubs", "lv": "Klubu tikšanās"},
                {"source": "sessions", "unit": "sessions", "kind": "output"}, ((SAMPLE, "target", 72, None),)),
            Own("KA-DIGITAL",
                {"bg": "Ученици с по-добри цифрови умения", "en": "Pupils with better digital skills",
                 "lv": "Skolēni ar labākām digitālajām prasmēm"},
                SURVEY, ((SAMPLE, "target", 75, None),)),
        ),
    ),
)  # fmt: skip
ALLOCATED = (  # priority, specific objective, total, currency, rate: what the pages say of the only part they tell of
    (EDUCATION, "1", "", Decimal("28600000.00"), "BGN", Decimal("85.00")),
    (LATVIA, "4", "4.2.3", Decimal("29545252.00"), "EUR", Decimal("85.00")),
)


def make(officer: User | None, at: datetime) -> None:
    """The library of each demo programme that has none, with its targets, and what is allocated for Annex VII."""
    for library in LIBRARIES:
        programme = Programme.objects.get(code=library.programme)
        if programme.indicators.exists():
            continue
        if library.common:
            actions.add_common(programme, by=officer, at=at)
        for code, project, value in library.goals:
            _goal(programme, code, project, "target", value, None, officer, at)
        for own in library.own:
            name = {language: text + MARK[language] * own.invented for language, text in own.name.items()}
            actions.add_indicator(programme, code=own.code, name=name, by=officer, at=at, **own.facts)
            for project, kind, value, on in own.goals:
                _goal(programme, own.code, project, kind, value, on, officer, at)
    for code, priority, objective, total, currency, rate in ALLOCATED:
        of = Priority.objects.get(programme__code=code, code=priority)
        Allocation.objects.get_or_create(
            priority=of, specific_objective=SpecificObjective.objects.filter(priority=of, code=objective).first(),
            defaults={"total": to_eur(total, currency), "eu_rate": rate},
        )  # fmt: skip


def _goal(
    programme: Programme, code: str, number: str, kind: str, value: int, on: date | None, officer: User | None, at
) -> None:
    project = Project.objects.get(number=number) if number else None
    contract = project.contracts.latest("version") if project else None
    actions.set_target(
        Indicator.objects.get(programme=programme, code=code), kind=kind, value=Decimal(value), project=project,
        on=on or (contract and contract.ends_on) or ELIGIBLE_UNTIL, by=officer, at=at,
    )  # fmt: skip
