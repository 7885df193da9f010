"""The columns of each kind of spreadsheet, as data: what each is called in three languages and what it may hold."""

from __future__ import annotations

from django.utils.translation import gettext_lazy, pgettext_lazy

from beneficiaries.models import Attendance, Import, Participation, Person, Result, SensitiveAnswer
from core.imports import Column, choices
from core.models import Role
from projects.models import Project

YES_NO = {
    "yes": "да;jā;ja;y;true;1;х;x", "no": "не;nē;ne;n;false;0", "refused": "отказ;отказва;atteicās;refuses",
    "not_asked": "непитан;nav jautāts",
}  # fmt: skip
GENDERS = {
    "F": "female;f;ж;жена;жени;женски;момиче;girl;sieviete;s;siev;meitene",
    "M": "male;m;м;мъж;мъже;мъжки;момче;boy;vīrietis;v;vīr;zēns",
    "N": "non binary;nb;x;небинарен;друг;nebināra;cits",
}
STATUSES = {
    "UE": "unemployed;безработен;безработно лице;безработно лице до 6 месеца;bezdarbnieks",
    "LTU": "long term unemployed;продължително безработен;безработно лице над 12 месеца;ilgstošais bezdarbnieks",
    "IN": "inactive;неактивен;неактивно лице;neaktīvs",
    "INE": "inactive in education;pupil;student;ученик;студент;учащ;учащ се;skolēns;students;izglītojamais",
    "EM": "employed;заето лице;зает;заета;nodarbināts;strādā",
    "SE": "self employed;самонаето лице;самоосигуряващ се;pašnodarbināts",
}
RESULTS = {
    "searching": "job search;searching;търси работа;meklē darbu", "employed": "employed;започна работа;nodarbināts",
    "in_education": "education;in education;обучение;учи;mācās",
    "qualification": "qualification;квалификация;получи квалификация;kvalifikācija",
}  # fmt: skip
LEVELS = [
    gettext_lazy("0 – Early childhood education, or none completed"),
    gettext_lazy("1 – Primary education"),
    gettext_lazy("2 – Lower secondary education"),
    gettext_lazy("3 – Upper secondary education"),
    gettext_lazy("4 – Post-secondary non-tertiary education"),
    gettext_lazy("5 – Short-cycle tertiary education"),
    gettext_lazy("6 – Bachelor's or equivalent"),
    gettext_lazy("7 – Master's or equivalent"),
    gettext_lazy("8 – Doctorate or equivalent"),
]
LEVEL_WORDS = {
    "0": "без образование;предучилищно;pirmsskolas;none",
    "1": "начално;начално образование;primary;sākumskola;sākumskolas izglītība",
    "2": "основно;основно образование;прогимназиално;lower secondary;pamatizglītība",
    "3": "средно;средно образование;гимназиално;upper secondary;vidējā;vidējā izglītība",
    "4": "след средно;следгимназиално;post secondary;pēcvidusskolas",
    "5": "short cycle;īsais cikls;професионален бакалавър",
    "6": "бакалавър;bachelor;bakalaurs", "7": "магистър;master;maģistrs", "8": "доктор;doctor;phd;doktors",
}  # fmt: skip
MARKS = {
    "here": "present;yes;1;x;п;присъства;присъствал;да;ir;klāt;k",
    "absent": "no;0;н;отсъства;отсъствал;не;nav;n;a",
    "excused": "e;у;уважителни;извинен;извинено;attaisnoti;attaisnots;an",
    "late": "l;з;закъснял;закъснение;nokavējis;kavējis",
}


def _levels() -> dict[str, list]:
    return {str(n): [label, *LEVEL_WORDS[str(n)].split(";")] for n, label in enumerate(LEVELS)}


_PROJECT = Column(
    "project", gettext_lazy("Project number"), "project;operation;operation code;unique code;проект;проект №;номер;"
    "номер на проект;номер на договор;проектен номер;projekts;projekta nr;projekta numurs", longest=60,
)  # fmt: skip
_SCHOOL = Column(
    "school", gettext_lazy("School"), "school;училище;институция;skola;iestāde;school code;код на училище",
    about=gettext_lazy("Its name or its official number. Empty: the school you chose."),
)  # fmt: skip
_GROUP = Column("group", gettext_lazy("Group"), "group;class;клас;паралелка;група;клуб;klase;grupa;pulciņš", longest=80)
_DAY = Column(
    "on", gettext_lazy("Day"), "date;session date;дата;ден;дата на занятието;datums;diena", "day", True, "2026-03-16"
)
_FROM = Column(
    "starts_at", pgettext_lazy("time of a session", "From"), "start;start time;from;начало;от час;начален час;"
    "sākums;no plkst", "clock", True, "14:00",
)  # fmt: skip
_PERSON = (
    Column(
        "code", gettext_lazy("Participant code"), "code;participant code;код;код на участник;dalībnieka kods;kods",
        example="P-7K3FWQ9", longest=20,
    ),
    Column(
        "reference", gettext_lazy("Own number"), "person;person id;external id;own number;id;reference;личен номер;"
        "номер в регистъра;№ в дневника;вътрешен номер;personas id;savs numurs;reģistra nr", longest=60,
        about=gettext_lazy("The number of the person in your own lists, never a national number."),
    ),
    Column(
        "given_name", gettext_lazy("Given name"), "first name;given name;name;forename;име;собствено име;vārds",
        example="Ани", longest=80,
    ),
    Column(
        "family_name", gettext_lazy("Family name"), "last name;surname;family name;фамилия;фамилно име;uzvārds",
        example="Примерова", longest=80,
    ),
    Column(
        "born_on", gettext_lazy("Date of birth"), "birth date;date of birth;born;dob;дата на раждане;рождена дата;"
        "роден;родена;dzimšanas datums;dzimis", "day", example="2014-05-04",
    ),
)  # fmt: skip

QUESTIONS = {
    "disability": "disability;disabled;увреждане;хора с увреждания;invaliditāte;invalīds",
    "third_country": "third country;third country national;гражданин на трета държава;трета държава;trešā valsts",
    "foreign_background": "foreign background;migrant;произход от друга държава;участник с произход от друга държава;"
    "ārvalstu izcelsme",
    "minority": "minority;roma;малцинство;малцинства;малцинствена група;роми;minoritāte;romi",
    "homeless": "homeless;бездомен;бездомни;бездомни или засегнати от жилищно изключване;bezpajumtnieks",
    "rural": "rural;rural area;селски район;живее в селски район;lauku teritorija;lauki",
}

COLUMNS: dict[str, tuple[Column, ...]] = {
    Import.Kind.PARTICIPANTS: (
        *_PERSON,
        Column(
            "national_number", gettext_lazy("National number"), "egn;егн;лнч;егн лнч;национален номер;personas kods;"
            "national id;personal code;национален идентификационен номер", longest=20,
            about=gettext_lazy("Only a fingerprint is kept, to find the same person again."),
        ),
        Column(
            "gender", gettext_lazy("Gender"), "sex;gender;пол;dzimums", "code", example="F",
            codes=choices(Person.Gender, GENDERS),
        ),
        Column(
            "entered_on", gettext_lazy("Entry date"), "entry date;entered;joined;joining date;start date;"
            "дата на включване;включен на;дата на влизане;iesaistīšanās datums;sākuma datums", "day", True,
            "2026-03-01",
        ),
        Column(
            "left_on", gettext_lazy("Exit date"), "exit date;left;leaving date;end date;дата на напускане;напуснал на;"
            "дата на излизане;aiziešanas datums;beigu datums", "day", example="2026-06-30",
        ),
        Column(
            "labour_status", gettext_lazy("Situation on the day of entry"), "labour status;labour status at entry;"
            "labour market status;labor status;статут на пазара на труда;статус на пазара на труда;"
            "statuss darba tirgū;nodarbinātība", "code", example="INE",
            codes=choices(Participation.LabourStatus, STATUSES),
        ),
        Column(
            "education", gettext_lazy("Highest completed education"), "education;isced;isced completed at entry;"
            "isced level;степен на завършено образование;завършено образование;образование;izglītība;"
            "izglītības līmenis", "code", example="1", codes=_levels,
        ),
        *(
            Column(question, label, QUESTIONS[question], "code", codes=choices(SensitiveAnswer.Answer, YES_NO))
            for question, label in SensitiveAnswer.Question.choices
        ),
        Column(
            "result", gettext_lazy("Result"), "result;result status;резултат;статус при напускане;rezultāts", "code",
            codes=choices(Result.Kind, RESULTS),
        ),
        Column(
            "result_on", gettext_lazy("Result seen on"), "result observed on;result date;result seen on;"
            "дата на резултата;rezultāta datums", "day",
        ),
        _GROUP, _SCHOOL, _PROJECT,
    ),
    Import.Kind.SESSIONS: (
        _DAY, _FROM,
        Column(
            "ends_at", pgettext_lazy("time of a session", "To"), "end;end time;to;край;до час;краен час;beigas;"
            "līdz plkst", "clock", True, "15:30",
        ),
        Column("group", gettext_lazy("Group"), _GROUP.synonyms, required=True, longest=80, example="5 „А“"),
        Column(
            "activity", gettext_lazy("Activity"), "activity;activity number;дейност;номер на дейност;поддейност;"
            "darbība;aktivitāte", required=True, longest=20, example="1.2",
        ),
        Column(
            "hours", gettext_lazy("Hours"), "hours;часове;брой часове;stundas", "number", example="1.5",
            about=gettext_lazy("Hours of 60 minutes. Empty: the time from the beginning to the end."),
        ),
        Column("place", gettext_lazy("Place"), "place;room;място;зала;vieta;telpa", longest=120),
        Column(
            "leader", gettext_lazy("Led by"), "leader;teacher;водещ;учител;преподавател;vadītājs", longest=120,
        ),
        Column("topic", gettext_lazy("Topic"), "topic;subject;тема;tēma;temats", longest=300),
        _SCHOOL, _PROJECT,
    ),
    Import.Kind.ATTENDANCE: (
        _DAY,
        Column("starts_at", _FROM.label, _FROM.synonyms, "clock", example="14:00",
               about=gettext_lazy("Needed only when the group has several sessions on a day.")),
        Column("group", gettext_lazy("Group"), _GROUP.synonyms, longest=80,
               about=gettext_lazy("Needed only when the participant is in several groups.")),
        *_PERSON,
        Column(
            "mark", gettext_lazy("Mark"), "mark;attendance;status;присъствие;отметка;apmeklējums;atzīme", "code", True,
            "here", codes=choices(Attendance.Mark, MARKS),
        ),
        _SCHOOL, _PROJECT,
    ),
    Import.Kind.STAFF: (
        Column(
            "email", gettext_lazy("E-mail"), "email;e mail;mail;имейл;е поща;електронна поща;e pasts;epasts",
            required=True, example="ani@example.org",
        ),
        Column("name", gettext_lazy("Name"), "name;full name;име;имена;име и фамилия;vārds uzvārds;vārds, uzvārds"),
        Column(
            "role", gettext_lazy("Role"), "role;роля;длъжност;loma;amats", "code", example="coordinator",
            codes=lambda: {role.value: [role.label] for role in (Role.COORDINATOR, Role.PARTNER_FINANCE)},
            about=gettext_lazy("Empty: school coordinator."),
        ),
        Column("from_on", pgettext_lazy("first day of a role", "From"), "from;from date;от;от дата;no datuma", "day"),
        Column("until_on", pgettext_lazy("last day of a role", "Until"), "until;to;до;до дата;līdz datumam", "day"),
        _SCHOOL, _PROJECT,
    ),
    Import.Kind.PROJECTS: (
        Column(
            "number", _PROJECT.label, _PROJECT.synonyms, required=True, longest=60, example="BG05SFPR001-1.008-0009",
        ),
        Column(
            "title", gettext_lazy("Title"), "title;name of the operation;operation name;project name;наименование;"
            "име на проект;наименование на проекта;наименование на операцията;nosaukums;projekta nosaukums",
            required=True, longest=2000,
        ),
        Column(
            "beneficiary", gettext_lazy("Beneficiary"), "beneficiary;beneficiary name;бенефициент;"
            "наименование на бенефициента;finansējuma saņēmējs;saņēmējs", longest=500,
        ),
        Column(
            "summary", gettext_lazy("Description"), "summary;purpose;description;цел;описание;кратко описание;"
            "apraksts;mērķis", longest=20_000,
        ),
        Column("starts_on", gettext_lazy("Start"), "start;start date;начало;начална дата;дата на започване;sākums;"
               "sākuma datums", "day"),
        Column("ends_on", gettext_lazy("End"), "end;end date;completion date;край;крайна дата;дата на приключване;"
               "beigas;beigu datums", "day"),
        Column("total", gettext_lazy("Total cost"), "total;total cost;total amount;обща стойност;стойност;общо;"
               "kopējās izmaksas;kopā", "number"),
        Column("eu_part", gettext_lazy("EU part"), "eu;eu part;eu amount;union co financing;бфп от ес;"
               "съфинансиране от ес;ес;es finansējums", "number"),
        Column("national_part", gettext_lazy("National part"), "national;national part;национално съфинансиране;"
               "национално;valsts finansējums", "number"),
        Column("own_part", gettext_lazy("Own part"), "own;own part;собствено финансиране;собствено;pašu finansējums",
               "number"),
        Column(
            "currency", gettext_lazy("Currency"), "currency;валута;valūta", "code",
            codes=lambda: {"EUR": ["EUR", "€", "euro", "евро", "eiro"], "BGN": ["BGN", "лв", "lev", "лева"]},
        ),
        Column(
            "state", gettext_lazy("State"), "state;status;статус;състояние;statuss;stāvoklis", "code",
            codes=choices(Project.State, {
                "in_progress": "in execution;в изпълнение;īstenošanā", "completed": "приключен;завършен;pabeigts",
                "terminated": "прекратен;pārtraukts", "selected": "сключен;одобрен;apstiprināts",
            }),
        ),
    ),
}  # fmt: skip
