"""The invented cast: schools, groups of people, names. No school, class or person here exists."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time
from enum import Enum, auto
from typing import Any

from reports.management.demo.facts import COMMUNITY, FUTURE, NETWORK, TOGETHER, Words

CAPITAL = ("bg_municipalities", "SOF46")
SAMPLE = "2025-1-BG01-KA220-SCH-000000000"  # the sample partnership; no grant has this number


def dice(*words: object) -> random.Random:
    """A source of chance that falls the same way each time for the same words."""
    return random.Random(" ".join(str(word) for word in words))  # noqa: S311 - nobody has to guess these


class Kind(Enum):
    """Whom a group is made of; decides age, work and education on the day of entry."""

    PUPILS = auto()
    PARENTS = auto()
    TEACHERS = auto()


@dataclass(frozen=True)
class School:
    name: Words
    school_code: str = ""
    place: tuple[str, str] | None = None  # (code list, code); None where the page does not say where the project works


@dataclass(frozen=True)
class Circle:
    """A group at a school and its weekly sessions. `weeks` counts from the current week; None: the whole term."""

    school: int
    name: str
    activity: str
    size: int
    kind: Kind
    days: tuple[int, ...]  # of the week, Monday is 0; () means: on the day to be marked, and two days later
    starts_at: time
    minutes: int
    leader: str
    place: str
    topics: tuple[str, ...]
    ages: tuple[int, int] = (10, 11)  # of pupils
    borrowed: int = 0  # how many of them are members of the circle before this one
    slow: bool = False  # the newest sessions still wait for their marks
    weeks: tuple[int, int] | None = None
    results: tuple[str, ...] = ()  # what became of those who have left
    language: str = ""  # of the names, where it is not that of the stage


@dataclass(frozen=True)
class Stage:
    """What happens around one project."""

    number: str
    language: str
    schools: tuple[School, ...]  # none: the partners of the project are its schools
    circles: tuple[Circle, ...]
    cancelled: tuple[str, ...]
    outreach: tuple[str, int, tuple[int, int]] | None = None  # (activity, how often, from how many to how many people)
    outputs: tuple[tuple[str, str, int, Words], ...] = ()  # (activity, what counts, planned, name)
    activities: tuple[tuple[str, Words], ...] = ()  # invented ones, where the page lists none
    partner: Words = field(default_factory=dict)  # an association beside the schools


TALK = ("Запознаване", "Моят празник и твоят празник", "Приказки от различни краища", "Песни и игри",
        "Работа по двойки", "Карта на нашия квартал", "Хляб и сол", "Театър без думи", "Как решаваме спор",
        "Писмо до приятел")  # fmt: skip
LESSONS = ("Демократична култура в класната стая", "Работа с предразсъдъци", "Интеркултурен диалог",
           "Учене чрез сътрудничество", "Работа с родители", "Наблюдение и обратна връзка")  # fmt: skip
MEETINGS = ("Как помагаме в ученето", "Разговор с образователния медиатор", "Права на детето", "Безопасност в интернет",
            "Ден в училище", "Какво след седми клас")  # fmt: skip
LV_TALK = ("Iepazīšanās", "Mana diena skolā", "Kā lūgt palīdzību", "Darbs pāros", "Mācīšanās paradumi",
           "Sarunas aplī", "Mūsu kopienas karte", "Ko es protu")  # fmt: skip
LV_LESSONS = ("Gadījuma analīze", "Sadarbība ar ģimeni", "Izdegšanas mazināšana", "Atbalsta plāns", "Robežas un lomas")
EN_TALK = ("Getting to know each other", "Compass of values", "Digital diary", "Mapping barriers", "Peer teaching")

REASONS_BG = ("Грипна ваканция", "Ръководителят е болен", "Училищен празник в същия час", "Няма отопление в залата")
REASONS_LV = ("Nodarbības vadītājs ir slims", "Skolā notiek projektu diena", "Skola slēgta stipra sala dēļ")

STAGES = (
    Stage(
        TOGETHER,
        "bg",
        schools=(
            School({"bg": "Основно училище „Златен пергел“", "en": "Basic school “Golden Compasses”"}, "9900001"),
            School({"bg": "Основно училище „Шарено въже“", "en": "Basic school “Motley Rope”"}, "9900002"),
            School({"bg": "Основно училище „Бяла камбана“", "en": "Basic school “White Bell”"}, "9900003"),
            School({"bg": "Средно училище „Три кестена“", "en": "Secondary school “Three Chestnuts”"}, "9900004"),
        ),
        circles=(
            Circle(0, "5 „А“ клас", "1", 30, Kind.PUPILS, (), time(13, 30), 60, "Гергана Илиева", "Стая 12", TALK),
            Circle(0, "Клуб „Приятели“", "1", 14, Kind.PUPILS, (0,), time(15, 0), 90, "Тодор Полянов", "Актова зала",
                   TALK, borrowed=5, slow=True),
            Circle(0, "Родители на 5 „А“ клас", "3", 15, Kind.PARENTS, (3,), time(17, 30), 90, "Стефка Мостова",
                   "Стая 12", MEETINGS, results=("searching", "employed")),
            Circle(1, "Клуб „Мостове“", "1", 24, Kind.PUPILS, (1,), time(14, 0), 90, "Лилия Чинарова", "Стая 3", TALK,
                   ages=(12, 14)),
            Circle(1, "Педагози, първа група", "2", 12, Kind.TEACHERS, (2,), time(16, 0), 180, "Асен Изворски",
                   "Зала 1", LESSONS, weeks=(-10, -4), results=("qualification",)),
            Circle(2, "6 „Б“ клас", "1", 22, Kind.PUPILS, (0, 3), time(12, 45), 60, "Радостина Облакова", "Стая 21",
                   TALK, ages=(11, 12)),
            Circle(3, "Клуб по демократична култура", "1", 16, Kind.PUPILS, (4,), time(15, 30), 120, "Пламен Щурчев",
                   "Библиотека", LESSONS, ages=(15, 17)),
        ),
        partner={"bg": "Сдружение „Мост към училището“", "en": "Association “Bridge to School”"},
        cancelled=REASONS_BG,
        outreach=("4", 6, (35, 90)),
        outputs=(
            ("1", "sessions", 640, {"bg": "Проведени занятия", "en": "Sessions held"}),
            ("1", "participants", 400, {"bg": "Деца и ученици в занятията", "en": "Children and pupils who came"}),
            ("2", "hours", 360, {"bg": "Часове обучение на педагози", "en": "Hours of training for teachers"}),
            ("3", "participants", 180, {"bg": "Родители в обученията", "en": "Parents in the trainings"}),
            ("4", "outreach", 1500, {"bg": "Хора, достигнати от кампаниите", "en": "People reached by the campaigns"}),
        ),
    ),
    Stage(
        FUTURE,
        "bg",
        schools=(
            School({"bg": "Основно училище „Летящ змей“", "en": "Basic school “Flying Kite”"}, "9900005", CAPITAL),
            School({"bg": "Основно училище „Зелен бряст“", "en": "Basic school “Green Elm”"}, "9900006", CAPITAL),
            School({"bg": "Средно училище „Малкият астроном“", "en": "Secondary school “Little Astronomer”"}, "9900007",
                   CAPITAL),
        ),
        circles=(
            Circle(0, "Екип за обхват, обучение", "1.3", 16, Kind.TEACHERS, (1,), time(9, 30), 180, "Милена Гълъбова",
                   "Районна администрация", LESSONS),
            Circle(1, "Родителска група „Отворена врата“", "1.4", 14, Kind.PARENTS, (2,), time(17, 0), 90,
                   "Велина Смокинова", "Стая 5", MEETINGS, results=("employed", "searching")),
            Circle(2, "Родителска група „Заедно“", "1.4", 12, Kind.PARENTS, (3,), time(17, 30), 90, "Кирил Орехов",
                   "Стая 8", MEETINGS, slow=True),
        ),
        cancelled=REASONS_BG,
        outreach=("1.1", 10, (12, 34)),
        outputs=(("1.3", "sessions", 40, {"bg": "Проведени обучения", "en": "Trainings held"}),),
    ),
    Stage(
        COMMUNITY,
        "lv",
        schools=(
            School({"lv": "Vējrozes pamatskola", "en": "Windrose Basic School"}, place=("nuts", "LV00A")),
            School({"lv": "Zvaigžņu putekļu vidusskola", "en": "Stardust Secondary School"}, place=("nuts", "LV005")),
            School({"lv": "Trīs bērzu pamatskola", "en": "Three Birches Basic School"}, place=("nuts", "LV00B")),
            School({"lv": "Zilā kalna vidusskola", "en": "Blue Hill Secondary School"}, place=("nuts", "LV00C")),
        ),
        circles=(
            Circle(0, "Atbalsta grupa „Saulesstari”", "3", 16, Kind.PUPILS, (1,), time(14, 10), 60, "Māris Upmalis",
                   "14. kabinets", LV_TALK, ages=(10, 12)),
            Circle(1, "Partnerības projekts „Tilts”", "5", 14, Kind.PUPILS, (2,), time(15, 0), 120, "Dace Kamenīte",
                   "Bibliotēka", LV_TALK, ages=(15, 17), slow=True),
            Circle(2, "Supervīziju grupa", "2", 12, Kind.TEACHERS, (3,), time(15, 30), 120, "Anda Pūcīte",
                   "Skolotāju istaba", LV_LESSONS),
            Circle(3, "Mentoru mācības, 1. grupa", "4", 13, Kind.TEACHERS, (4,), time(10, 0), 240, "Jānis Mākonis",
                   "Aktu zāle", LV_LESSONS, weeks=(-44, -36), results=("qualification", "better_later")),
            Circle(3, "Vecāku skola", "7", 15, Kind.PARENTS, (0,), time(18, 0), 90, "Ilze Rasiņa", "Aktu zāle",
                   LV_LESSONS, weeks=(-42, -34), results=("searching", "employed", "employed_later")),
        ),
        cancelled=REASONS_LV,
        outputs=(
            ("2", "hours", 24000, {"lv": "Supervīziju stundas", "en": "Hours of supervision"}),
            ("3", "participants", 9000, {"lv": "Atbalstītie izglītojamie", "en": "Pupils supported"}),
            ("4", "participants", 600, {"lv": "Apmācītie mentori", "en": "Mentors trained"}),
        ),
    ),
    Stage(
        NETWORK,
        "bg",
        schools=(
            School({"bg": "Основно училище „Вятърна мелница“", "en": "Basic school “Windmill”"}, "9900008"),
            School({"bg": "Основно училище „Голямата мечка“", "en": "Basic school “Great Bear”"}, "9900009"),
            School({"bg": "Средно училище „Пъстро перо“", "en": "Secondary school “Bright Feather”"}, "9900010"),
        ),
        circles=(
            Circle(0, "Ученически клуб „Любопитко“", "П1", 20, Kind.PUPILS, (1,), time(14, 30), 90, "Деян Пчелинов",
                   "Стая 7", TALK, ages=(9, 11)),
            Circle(1, "Родителски клуб", "П2", 12, Kind.PARENTS, (2,), time(17, 30), 90, "Невена Теменугова", "Стая 2",
            MEETINGS), Circle(2, "Лидерска академия", "П1", 15, Kind.PUPILS, (4,), time(14, 0), 120, "Огнян Лъчезаров",
                   "Актова зала", LESSONS, ages=(15, 17), slow=True),
        ),
        cancelled=REASONS_BG,
        activities=(
            ("П1", {"bg": "Ученически клубове", "en": "Pupils' clubs"}),
            ("П2", {"bg": "Родителски клубове", "en": "Parents' clubs"}),
        ),
        outputs=(("П1", "sessions", 300, {"bg": "Проведени занятия", "en": "Sessions held"}),),
    ),
    Stage(
        SAMPLE,
        "bg",
        schools=(),
        circles=(
            Circle(0, "Клуб „Компас“", "WP3", 14, Kind.PUPILS, (3,), time(15, 0), 90, "Ралица Ябълкова", "Стая 19",
                   EN_TALK, ages=(13, 15)),
            Circle(1, "Kompasa klubs", "WP3", 12, Kind.PUPILS, (2,), time(15, 30), 90, "Līga Zvaigznīte",
                   "21. kabinets", EN_TALK, ages=(13, 15), language="lv"),
        ),
        cancelled=("Joint online meeting moved", "Examination week"),
        outputs=(
            ("WP3", "sessions", 72, {"bg": "Занятия на клубовете", "en": "Sessions of the clubs"}),
            ("WP3", "participants", 60, {"bg": "Ученици в клубовете", "en": "Pupils in the clubs"}),
        ),
    ),
)  # fmt: skip

GIVEN = {
    "bg F": "Ава Белослава Биляна Вяра Гита Даяна Ева Живка Зорница Ивайла Йоана Калина Лора Мая Неда Огняна Рая Сияна "
    "Теодора Фани Христина Цвета Яна",
    "bg M": "Ангел Боян Васил Владимир Гавраил Дамян Емил Желязко Захари Иво Йордан Калоян Лазар Мартин Никола Орлин "
    "Петър Росен Самуил Траян Филип Христо Цветан Юлиан Явор",
    "lv F": "Agnese Baiba Dita Elza Gunta Ieva Kristīne Laima Maija Nora Paula Rūta Sanita Undīne Vita Zane",
    "lv M": "Aivars Bruno Dzintars Edgars Gatis Imants Juris Kārlis Linards Mārtiņš Niks Oskars Rihards Toms Uldis",
}
FAMILY = {
    "bg F": "Бързакова Ветрова Гълъбова Дъгова Ежкова Звезданова Изворска Камбанова Лъчезарова Мравкова Облакова "
    "Орехова Пчелинова Полянова Ручеева Светулкова Синигерова Смокинова Снежинска Теменугова Хвърчилова Чинарова",
    "bg M": "Бързаков Ветров Гълъбов Дъгов Ежков Звезданов Изворски Камбанов Лъчезаров Мравков Облаков Орехов Пчелинов "
    "Полянов Ручеев Светулков Синигеров Смокинов Снежински Теменугов Хвърчилов Чинаров Щурчев",
    "lv F": "Ābolīte Dzirksteļa Kamenīte Lāsīte Mākone Pūcīte Rasiņa Saulstariņa Sniedziņa Upmale Varavīksne Vējiņa",
    "lv M": "Ābolītis Dzirkstelis Kamenītis Lāsītis Mākonis Pūcītis Rasiņš Saulstariņš Sniedziņš Upmalis Vējiņš",
}


def names(language: str, gender: str) -> list[tuple[str, str]]:
    """Every given name with every family name."""
    return [(g, f) for g in GIVEN[f"{language} {gender}"].split() for f in FAMILY[f"{language} {gender}"].split()]


@dataclass(frozen=True)
class Someone:
    """One invented person on the day of entry. What is empty was forgotten on purpose."""

    given: str
    family: str
    gender: str
    born_on: date | None
    labour_status: str
    education: int | None


WORK = {"EM": 46, "UE": 22, "LTU": 12, "IN": 15, "SE": 5}  # of parents, in per cent
SCHOOLING = {0: 4, 1: 12, 2: 30, 3: 36, 4: 5, 6: 9, 7: 4}  # highest level parents completed
GAPS = ("education", "labour_status", "born_on", "gender")


def people(stage: Stage, year: int) -> Iterator[tuple[Circle, list[Someone]]]:
    """The new people of each circle of a stage, who enter in `year`; no two have one name, and the members a circle
    borrows are not among them."""
    chance = dice(stage.number, "people")
    pools = {}
    for language in ("bg", "lv"):
        for gender in ("F", "M"):
            pools[language, gender] = names(language, gender)
            chance.shuffle(pools[language, gender])
    counted = 0
    for circle in stage.circles:
        language = circle.language or stage.language
        found = []
        for _n in range(circle.size - circle.borrowed):
            counted += 1
            drawn = "F" if chance.random() < (0.5 if circle.kind is Kind.PUPILS else 0.74) else "M"
            given, family = pools[language, drawn].pop()
            told = "N" if counted in (47, 96) else drawn
            one = {"gender": told, **_entry(circle, year, chance)}
            if counted % 29 == 7:
                gap = GAPS[counted // 29 % len(GAPS)]
                one[gap] = "" if isinstance(one[gap], str) else None
            found.append(Someone(given, family, **one))
        yield circle, found


def _entry(circle: Circle, year: int, chance: random.Random) -> dict[str, Any]:
    """Birth and entry data fitting the kind of circle. Born before the school year they are in began."""
    month, day = chance.randint(1, 12), chance.randint(1, 28)
    if circle.kind is Kind.PUPILS:
        age = chance.randint(*circle.ages)
        level = 0 if age < 10 else 1 if age < 15 else 2
        return {"born_on": date(year - age - (month > 8), month, day), "labour_status": "INE", "education": level}
    if circle.kind is Kind.PARENTS:
        born_on = date(year - chance.randint(25, 58), month, day)
        status, level = _weighted(chance, WORK), _weighted(chance, SCHOOLING)
        return {"born_on": born_on, "labour_status": status, "education": level}
    born_on = date(year - chance.randint(24, 63), month, day)
    return {"born_on": born_on, "labour_status": "EM", "education": chance.choice((6, 6, 7))}


def _weighted(chance: random.Random, weights: dict[Any, int]) -> Any:
    return chance.choices(list(weights), list(weights.values()))[0]
