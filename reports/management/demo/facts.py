"""What the five pages say, word for word and to the cent, with the slips of the pen that are theirs.

Every text can be found on its page below `pages/` (a test looks), except the few the comments name. Numbers that a page
does not give are not made up: where the portal needs a key, it is plainly the portal's own, and `source` says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from core.models import Organisation
from projects.models import PlannedFigure, Programme, TypeOfAction

Words = dict[str, str]


@dataclass(frozen=True)
class Body:
    name: Words
    kind: str
    country: str


@dataclass(frozen=True)
class ProgrammeFacts:
    code: str
    page: str
    fields: dict[str, Any]
    funder: Body | None = None
    priorities: dict[str, Words] = field(default_factory=dict)
    specific_objectives: dict[tuple[str, str], Words] = field(default_factory=dict)  # (priority, code)
    calls: list[dict[str, Any]] = field(default_factory=list)
    types_of_action: list[tuple[str, list[str]]] = field(default_factory=list)  # group, names
    managed_by: str = ""


@dataclass(frozen=True)
class ActivityFacts:
    title: Words
    description: Words = field(default_factory=dict)
    parts: tuple[ActivityFacts, ...] = ()
    total: Decimal | None = None  # contracted, in the currency of the contract
    outreach: tuple[Words, int] | None = None  # what it promises to reach


@dataclass(frozen=True)
class ProjectFacts:
    number: str
    programme: str
    page: str
    title: Words
    source: str
    contracts: list[dict[str, Any]]
    call: str = ""
    specific_objective: str = ""
    beneficiary: Body | None = None
    summary: Words = field(default_factory=dict)
    activities: list[ActivityFacts] = field(default_factory=list)
    objectives: list[Words] = field(default_factory=list)
    target_groups: list[tuple[Words, Words]] = field(default_factory=list)  # (whom, whom not)
    figures: list[tuple[str, int, Words]] = field(default_factory=list)
    places: list[tuple[str, str]] = field(default_factory=list)  # (code list, code)


def bg(text: str) -> Words:
    return {"bg": text}


def lv(text: str) -> Words:
    return {"lv": text}


EDUCATION, LATVIA, NETWORK, KEY_ACTION = "2021BG05SFPR001", "LV-2021-2027", "VSEKI-UCHENIK-OTLICHNIK", "ERASMUS-KA2"
TOGETHER, FUTURE, COMMUNITY = "BG05SFPR001-1.008-0009", "BG05SFPR001-SOFIA-BTFB", "4.2.3.1"

TRUST = Body(bg("Тръст за социална алтернатива"), Organisation.Kind.NGO, "BG")

PROGRAMMES = [
    ProgrammeFacts(
        EDUCATION,
        "bringing_their_future_back",
        {
            # The Bulgarian name as the sheet of “Заедно успяваме” prints it.
            "name": {"bg": 'Програма "Образование" 2021-2027', "en": 'Programme "Education" 2021-2027'},
            "period": "2021-2027",
            "fund": Programme.Fund.ESF_PLUS,
            "country": "BG",
            "language": "bg",
            "time_zone": "Europe/Sofia",
            "statement": Programme.Statement.COFUNDED,
            "counts_esf_indicators": True,
            "keeps_annex_xvii": True,
            "marks_late": True,
            "source": "Name: project sheet of BG05SFPR001-1.008-0009-C01 and public page of “Bringing Their Future "
            "Back”. Code, priorities and opening day of the call: published documents of the programme.",
        },
        priorities={
            "1": {"en": "Inclusive education and integration"},
            "2": {"en": "Modernisation and quality"},
            "3": {"en": "Link with the labour market"},
            "4": {"en": "Technical assistance"},
        },
        calls=[
            {
                "code": "BG05SFPR001-1.008",
                "priority": "1",
                # Spelled as in the code list of procedures; the sheet has “десеграция”.
                "name": bg(
                    "Комплексни програми на общинско ниво за десегрегация на училищата, превенция на вторичната "
                    "сегрегация и против дискриминацията (чрез подбор)"
                ),
                "opened_on": date(2025, 3, 31),
            }
        ],
    ),
    ProgrammeFacts(
        LATVIA,
        "school_in_community",
        {
            # The page has the name in the genitive: “programmas”.
            "name": lv("Eiropas Savienības kohēzijas politikas programma 2021.–2027. gadam"),
            "period": "2021-2027",
            "fund": Programme.Fund.ESF_PLUS,
            "country": "LV",
            "language": "lv",
            "time_zone": "Europe/Riga",
            "statement": Programme.Statement.COFUNDED,
            "counts_esf_indicators": True,
            "keeps_annex_xvii": True,
            "source": "Page “Par mums” of the project “Skola – kopienā”. The code is the portal's own: the page has "
            "none.",
        },
        priorities={"4": {"en": "Policy objective 4"}},  # the first digit of 4.2.3.1
        specific_objectives={
            ("4", "4.2.3"): lv(
                "Sekmēt to, lai – jo īpaši nelabvēlīgā situācijā esošām grupām – būtu vienlīdzīga piekļuve "
                "kvalitatīvai un iekļaujošai izglītībai un mācībām un iespēja to iegūt, sākot ar pirmsskolas izglītību "
                "un aprūpi un vispārējās izglītības un profesionālās izglītības un mācību gaitā līdz pat augstākajai "
                "izglītībai un pieaugušo izglītībai un mācībām, tostarp veicināt mācību mobilitāti visiem un atvieglot "
                "piekļūstamības iespējas personām ar invaliditāti"
            )
        },
        calls=[
            {
                "code": "4.2.3.1",
                "priority": "4",
                "specific_objective": "4.2.3",
                "name": lv(
                    'Integrēta "Skola – kopiena" sadarbības programma atstumtības riska mazināšanai izglītības iestādēs'
                ),
            }
        ],
    ),
    ProgrammeFacts(
        NETWORK,
        "school_network",
        {
            "name": bg("Всеки ученик ще бъде отличник"),
            "period": "2010, 2021-2023, 2024-2028",
            "fund": Programme.Fund.FOUNDATION,
            "description": bg(
                "Тръст за социална алтернатива (ТСА) е неправителствена организация, чиято мисия е да се прекъсне "
                "порочния кръг на бедността чрез насърчаване на възможности, които помагат на най-непривилегированите "
                "граждани на България да постигнат образователен и икономически успех. ТСА подкрепя програми, които "
                "със своите почтеност, потенциал за разрастване и прозрачност спомагат за подобряване благосъстоянието "
                "на най-бедните хора в България, със специален фокус върху ромите."
            ),
            "country": "BG",
            "language": "bg",
            "time_zone": "Europe/Sofia",
            "statement": Programme.Statement.NONE,
            "source": "Page “Програма „Всеки ученик ще бъде отличник“ продължава в следващ 5 годишен период” of "
            "Център Амалипе. The code is the portal's own: the page has none.",
        },
        funder=TRUST,
        calls=[
            {
                "code": "2024-2028",
                "name": bg(
                    "процес на кандидатстване за подновяване на участието в Мрежата, за училищата, които досега са "
                    "участвали, както и за включване на нови училища, които не са били досега част от Мрежата"
                ),
                "closes_on": date(2024, 2, 2),
            }
        ],
    ),
    ProgrammeFacts(
        KEY_ACTION,
        "erasmus_key_action_2",
        {
            "name": {
                "bg": "Ключово Действие 2: Сътрудничество между организациите и институциите",
                "en": "Erasmus+ Key Action 2",  # the usual English name; the page is in Bulgarian
            },
            "fund": Programme.Fund.ERASMUS_PLUS,
            "description": bg(
                "Действията, подкрепяни в рамките на това ключово действие, са предназначени да допринесат в "
                "значителна степен за приоритетите на програмата, да генерират положителни и дълготрайни въздействия "
                "върху участващите организации, върху системите за политики, в които тези дейности са структурирани, "
                "както и върху организациите и лицата, участващи пряко или непряко в организираните дейности.\n\n"
                "Очаква се, че в резултат на това ключово действие ще бъдат разработвани, прехвърляни и/или въвеждани "
                "иновативни практики на организационно, местно, регионално, национално и европейско равнище.\n\n"
                "В зависимост от обхванатата област и от вида на кандидата тези действия се управляват или от "
                "националните агенции, или от Европейската изпълнителна агенция за образование и култура (EACEA)."
            ),
            "language": "bg",
            "time_zone": "Europe/Sofia",
            "statement": Programme.Statement.COFUNDED,
            "disclaimer": True,
            "uses_work_packages": True,
            "source": "Programme guide of Erasmus+, page “Ключово Действие 2”. The page says of all types of action "
            "together that national agencies or EACEA manage them, by field and applicant. "
            "The code is the portal's own: the page has none.",
        },
        types_of_action=[
            ("Партньорства с цел сътрудничество", ["партньорства за сътрудничество", "малки партньорства"]),
            (
                "Партньорства за високи постижения",
                [
                    "центрове за високи постижения в областта на професионалното образование и обучение",
                    "действие „Еразмус Мундус“",
                ],
            ),
            ("Партньорства за иновации", ["алианси", "проекти, ориентирани към развитието в бъдещето"]),
            (
                "Проекти за изграждане на капацитет",
                ["висшето образование", "професионалното образование и обучение", "младежта", "спорта"],
            ),
            ("Европейски спортни събития с нестопанска цел", ["Европейски спортни събития с нестопанска цел"]),
        ],
        managed_by=TypeOfAction.ManagedBy.EITHER,
    ),
]

PROJECTS = [
    ProjectFacts(
        TOGETHER,
        EDUCATION,
        "together_we_succeed",
        title=bg("Заедно успяваме"),
        call="BG05SFPR001-1.008",
        source="Project sheet with contract BG05SFPR001-1.008-0009-C01 of 09.12.2025. Beneficiary, municipality and "
        "the split of the budget by source are not on the sheet; the name of the call is spelled as in the code list.",
        contracts=[
            {
                "number": "BG05SFPR001-1.008-0009-C01",
                "signed_on": date(2025, 12, 9),
                "in_force_from": date(2025, 12, 9),
                "starts_on": date(2025, 12, 9),
                "ends_on": date(2028, 12, 9),
                "currency": "EUR",
                "total": Decimal("358083.27"),
            }
        ],
        objectives=[
            bg("насърчаване процеса на образователна десеграция и превенция за недопускане на вторична сегрегация"),
            bg("изграждане на доверие"),
            bg("преодоляване на предрасъдъци и негативни обществени нагласи"),
            bg("насърчаване участието на заинтересовани страни в процеса на образователна десеграция на общински ниво"),
            bg(
                "Подкрепа на местните общности за преодоляване на предразсъдъци и негативни обществени нагласи в "
                "процеса на десеграция в образованието"
            ),
            bg("Подкрепа за предотвратяване или преодоляване на процесите на вторична сегрегация в училищата"),
            bg(
                "подобряване на приобщаващото, достъпно и качествено образование и грижи в ранна детска възраст, "
                "включително съответната инфраструктура и оборудване"
            ),
            bg(
                "предотвратяване на преждевременното напускане на училище посредством целенасочен подход и насърчаване "
                "на гъвкави програми за втори шанс"
            ),
            # The sheet breaks off here.
            bg(
                "подпомагане на професионалното развитие на учителите и обучаващите и насърчаване на новаторските "
                "методи на преподаване и новаторското съдържание с цел оказване на най-добра подкрепа на учениците в "
                "неравностойно"
            ),
        ],
        activities=[
            ActivityFacts(bg("Работа с деца и ученици за осъществяване на интеркултурно образование")),
            ActivityFacts(
                bg(
                    "Обучения на педагогическите специалисти за придобиване, развиване и прилагане на компетентности "
                    "за демократична култура в рамките на интеркултурно образование в мултикултурна среда"
                )
            ),
            ActivityFacts(
                bg(
                    "Подкрепа за интензивна работа за изграждане на общност от активни родители: кратки обучения на "
                    "родители, свързани с образованието на децата им и мотивация за активно участие в дейностите за "
                    "интеркултурно образование, включително чрез участие на образователни медиатори"
                )
            ),
            ActivityFacts(
                bg(
                    "Провеждане на информационни кампании, насочени към недопускане на дискриминация, основана на "
                    "раса, етнически произход или религиозна принадлежност"
                )
            ),
        ],
    ),
    ProjectFacts(
        FUTURE,
        EDUCATION,
        "bringing_their_future_back",
        title={"en": "Bringing Their Future Back"},
        source="Public project page of the Bulgarian EU-funds system (UMIS). The project number, the beneficiary, the "
        "contract number and all dates are not on the page: the number shown here is the portal's own key. "
        "Planning region on the page: All. Amounts on the page are in lev.",
        contracts=[{"number": FUTURE, "currency": "BGN", "total": Decimal("386653.00")}],
        summary={
            "en": "\n\n".join(
                [
                    'The project "Bringing Their Future Back" focuses on the identification, inclusion, and retention '
                    "of children and students who, for various reasons, are outside the educational system of the "
                    "Republic of Bulgaria. The main goal is to identify, motivate, and reintegrate at-risk children "
                    "and students into school through a modern, field-based, and partnership-oriented approach.",
                    "The project is implemented within the territory of Sofia-city and builds upon the established "
                    "activities of the Coverage Mechanism by introducing innovative and sustainable practices: mobile "
                    "and specialized outreach teams covering even the most hard-to-reach communities; collection of "
                    "aggregated information from foreign schools operating in the capital; conducting individualized "
                    "interviews with at-risk parents and students; and the introduction of an internal system for "
                    "reporting and sharing successful practices.",
                    "The focus is placed on increasing the effectiveness and motivation of outreach teams by "
                    "introducing a performance-based system, team recognition, field communication training, and a "
                    "platform for jointly resolving real-life cases.",
                    "The project is of significant social importance and aims to create a long-term model for "
                    "outreach, inclusion, and dropout prevention in the educational system—applicable not only in "
                    "Sofia-city, but also as a model for national policy. At the heart of the project lies the belief "
                    "that every child has the right to a future and a place in the classroom.",
                ]
            )
        },
        activities=[
            ActivityFacts(
                bg(
                    "Подкрепа на механизма за съвместна работа на институциите по обхващане и включване в предучилищно "
                    "и училищно образование и предотвратяване на отпадането от образователната система на деца и "
                    "ученици"
                ),
                bg(
                    "Дейността включва следните поддейности: Поддейност Мобилен екип „Образователен патрул“ за "
                    "създаване на екипи за обход на 580 деца и ученици, поддейност Допълнителни специалисти в екипите "
                    'за обхватза за повишаване капацитета на институциите, Поддейност "Обучение на екипите за '
                    'обхват" за повишаване квалификацията и компетентностите на служителите, поддейност "Работа с '
                    'родителите на децата и учениците, отпаднали от системата или в риск от отпадане", Поддейност '
                    '"Форум "Институции без граници" с междуведомствени срещи за споделяне на добри практики, дни '
                    "на отворените врати, с които се цели повишаване на обхвата на учениците, и инфорираността на "
                    "родителите за ползите от образованието. 90 участници ще бъдат включени в проектни дейности, "
                    "свързани с обучения, теренна работа, комуникация с родители и партньори, дни на отворените врати."
                ),
                parts=(
                    ActivityFacts(
                        bg("Мобилен екип „Образователен патрул“"),
                        bg("за създаване на екипи за обход на 580 деца и ученици"),
                        outreach=(bg("обход на 580 деца и ученици"), 580),
                    ),
                    ActivityFacts(
                        bg("Допълнителни специалисти в екипите за обхватза"),
                        bg("за повишаване капацитета на институциите"),
                    ),
                    ActivityFacts(
                        bg("Обучение на екипите за обхват"),
                        bg("за повишаване квалификацията и компетентностите на служителите"),
                    ),
                    ActivityFacts(
                        bg("Работа с родителите на децата и учениците, отпаднали от системата или в риск от отпадане")
                    ),
                    ActivityFacts(
                        bg('Форум "Институции без граници"'),
                        bg(
                            "с междуведомствени срещи за споделяне на добри практики, дни на отворените врати, с които "
                            "се цели повишаване на обхвата на учениците, и инфорираността на родителите за ползите от "
                            "образованието"
                        ),
                    ),
                ),
                total=Decimal("386653.00"),
            )
        ],
        figures=[
            (PlannedFigure.Counter.OUTREACH, 580, bg("създаване на екипи за обход на 580 деца и ученици")),
            (
                PlannedFigure.Counter.PARTICIPANTS,
                90,
                bg(
                    "90 участници ще бъдат включени в проектни дейности, свързани с обучения, теренна работа, "
                    "комуникация с родители и партньори, дни на отворените врати"
                ),
            ),
        ],
        places=[("nuts", "BG411")],
    ),
    ProjectFacts(
        COMMUNITY,
        LATVIA,
        "school_in_community",
        title=lv("Skola – kopienā"),
        call="4.2.3.1",
        specific_objective="4.2.3",
        # The page names nobody as beneficiary; its foot says “© 2025, VIAA”.
        beneficiary=Body(lv("VIAA"), Organisation.Kind.MINISTRY, "LV"),
        source="Page “Par mums” of the project “Skola – kopienā”, © 2025, VIAA. The number is that of the measure; a "
        "project or contract number is not on the page. Beginning and end of the work are given by month.",
        contracts=[
            {
                "number": COMMUNITY,
                "starts_on": date(2025, 1, 1),
                "ends_on": date(2029, 8, 31),
                "dates_to_the_month": True,
                "eligible_from": date(2024, 7, 1),
                "eligible_to": date(2029, 8, 31),
                "currency": "EUR",
                "total": Decimal("29545252.00"),
                "eu_part": Decimal("25113464.00"),
                "national_part": Decimal("4431788.00"),
                "own_part": Decimal("0.00"),
            }
        ],
        summary=lv(
            '4.2.3.1. pasākuma "Integrēta "Skola – kopiena" ietvaros tiks īstenots izglītības nozares projekts "Skola '
            '– kopienā", kura plānotais iznākums t. sk. ir izglītojamo sociālā iekļaušana, viņu labbūtības veicināšana '
            "izglītības vidē un iekļaujošas izglītības attīstīšana."
        ),
        objectives=[
            lv(
                "Attīstīt integrētu skolas – kopienas jeb pašvaldības izglītības ekosistēmas pieeju, veicinot "
                "starpinstitūciju sadarbību un izglītojamā vecāku (personu, kas realizē aizgādību) iesaisti izglītības "
                "procesā, lai nodrošinātu koordinētu rīcību sociālās atstumtības un priekšlaicīgas mācību "
                "pārtraukšanas riska samazināšanai izglītojamiem un sekmētu vispārējās pamatizglītības un vidējās "
                "izglītības satura apguvi."
            )
        ],
        target_groups=[
            (
                lv(
                    "pašvaldību, valsts un valsts augstskolu dibināto vispārējās izglītības iestāžu izglītojamie no 1. "
                    "līdz 12. klasei, to profesionālās izglītības iestāžu izglītojamie no 1. līdz 9. klasei, kuras "
                    "īsteno vispārējās pamatizglītības programmas"
                ),
                {},
            ),
            (
                lv(
                    "pašvaldību, valsts un valsts augstskolu dibināto profesionālās izglītības iestāžu un "
                    "profesionālās izglītības programmas īstenojošo vispārējās izglītības iestāžu izglītojamie no 1. "
                    "līdz 4. kursam. Mērķa grupas izglītojamie vispārējās izglītības un profesionālās izglītības "
                    "programmas apgūst klātienes formā."
                ),
                lv(
                    "Mērķa grupā neietilpst profesionālās ievirzes, profesionālās pilnveides, profesionālās "
                    "tālākizglītības un profesionālās augstākās izglītības programmu izglītojamie."
                ),
            ),
        ],
        activities=[
            ActivityFacts(lv(title))
            for title in (
                "Atbalsts starpresoru sadarbības stiprināšanai",
                "Grupu supervīziju īstenošana pedagogiem, atbalsta personālam",
                "Individualizēta atbalsta sniegšana izglītojamajiem",
                "Mentoru mācību programmas izstrāde un īstenošana",
                "Iniciatīvu projektu un partnerības projektu īstenošana",
                "Interaktīvā rīka attīstīšana",
                "Mērķsadarbības un izglītojošu pasākumu īstenošana",
                "Komunikācijas un vizuālās identitātes prasību nodrošināšanas pasākumi",
                "Projekta vadība un īstenošana",
            )
        ],
    ),
    ProjectFacts(
        NETWORK,
        NETWORK,
        "school_network",
        title=bg("Всеки ученик ще бъде отличник"),
        call="2024-2028",
        beneficiary=Body(bg("Център Амалипе"), Organisation.Kind.NGO, "BG"),
        source="Page of Център Амалипе on the programme. Its three phases stand here as three versions: of the first "
        "the page gives the year 2010 only, the later ones by month or year. No number and no amount is on the page: "
        "the numbers shown here are the portal's own keys. 297 schools is the size of the network at the end of 2023.",
        contracts=[
            {"number": f"{NETWORK}-1"},
            {
                "number": f"{NETWORK}-2",
                "in_force_from": date(2021, 1, 1),
                "starts_on": date(2021, 1, 1),
                "ends_on": date(2023, 12, 31),
                "dates_to_the_month": True,
            },
            {
                "number": f"{NETWORK}-3",
                "in_force_from": date(2024, 1, 1),
                "starts_on": date(2024, 1, 1),
                "ends_on": date(2028, 12, 31),
                "dates_to_the_month": True,
            },
        ],
        summary=bg(
            "„Всеки ученик ще бъде отличник” е дългосрочна програма, подкрепена от Тръст за социална алтернатива. "
            "Основните дейности са насочени към превенция на отпадането и задържане на ромските деца в училище, "
            "увеличаване на броя на реинтегрираните (записаните отново в училище) деца, увеличаване на броя на "
            "възрастните роми, включени във форми на учене през целия живот, чувствително увеличаване на процента на "
            "ромските младежи, които продължават своето образование в средни училища/гимназии, мотивиране на "
            "родителите, за да подкрепят обраозванието, повишаване на ученивческата активност и цялостна промяна в "
            "училищата, така че да създават подкрепяща, приемаща и стимулираща мултикултурна среда.\n\n"
            "Програмата стартира през 2010 г., подкрепена първоначално от Фондация „Америка за България“, а в "
            "последствие от Тръста за социална алтернатива. Новата фаза на програмата стартира през януари 2021 и "
            "продължава до 31 декември 2023 година, с финансовата подкрепа на Тръст за социална алтернатива. Тя "
            "предлага комплексен модел за цялостна промяна на образователния процес и среда, в която всяко дете да "
            "намери своето място, мотивация за развитие и подкрепа.\n\n"
            "Участието в Мрежата е изключително доброволно и почива на спазването на общи принципи и постигането на "
            "общата кауза: прилагането на модела, който съвместно сме създали за успеха на всяко едно дете."
        ),
        objectives=[
            bg(text)
            for text in (
                "По-обхватно въвеждане на интеркултурно образование включително със средствата на дигиталните "
                "технологии и други иновативни средства",
                "Застъпничество за училищата в мрежата: утвърждаване и професионализиране на образователните "
                "медиатори; Промяна в системата на делегираните бюджети; привличане на повече средства за училищата, "
                "работещи в мултикултурна среда; подкрепа за решаване на проблемите на училищата, работещи с уязвими "
                "групи",
                "Повишаване на обхвата и намаляване на отпадането, безпричинните отсъствия и повтарянето, особено в "
                "средна степен",
                "Повишаване на качеството на образованието в училищата в мрежата и съответно резултатите от НВО/ ДЗИ, "
                "броят на учениците, завършващи средно образование и продължаващи развитието си",
                "Развитие на демократична култура и умения на 21 в.",
                "Отчитане на интересите на училищата с ромски ученици, при въвеждането на система за оценка на "
                "качеството на образование",
            )
        ],
        figures=[
            (
                PlannedFigure.Counter.SCHOOLS,
                297,
                bg("В края 3-годишния период мрежата от училища, с които Център Амалипе работи наброяваха 297."),
            )
        ],
    ),
]
