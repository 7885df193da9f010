"""Every change to participants and attendance. Each locks what it changes, checks the right and leaves an audit row.

A missing right raises PermissionDenied (pages and API: 403), a rule that stands against raises Refused (API: 409) with
its message beside the name of the field where there is one. Names, birth days and sensitive answers never go into the
audit trail: it speaks of participants by their code.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db import IntegrityError, transaction
from django.db.models import Case, Count, Exists, IntegerField, Max, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from activities.actions import outside_contract, refuse_stale, require, today_in
from activities.models import Evidence, Group, Session, SessionQuerySet
from beneficiaries import checks
from beneficiaries.models import (
    Attendance,
    GroupMember,
    Identity,
    Participation,
    ParticipationQuerySet,
    Person,
    Receipt,
    Result,
    SensitiveAnswer,
    Stay,
)
from core import audit
from core.access import Permission, Refused
from projects.models import Project

missing = checks.missing

RESULT_TERM = timedelta(
    days=28
)  # immediate results: the situation up to four weeks after the exit (ESF+ Annex I point 3)

# --- names -----------------------------------------------------------------------------------------------------------

# The official Bulgarian system (Transliteration Act, 2009), and the Russian letters it lacks for names from Latvia.
_CYRILLIC = dict(zip("абвгдезийклмнопрстуфхъьёыэѝ", "abvgdeziyklmnoprstufhayeyei", strict=True))
_CYRILLIC |= {"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sht", "ю": "yu", "я": "ya"}
_SOUNDS = [  # spellings of one sound in the three languages
    (r"sht|shch", "st"), (r"sh|sch", "s"), (r"tch|ch", "c"), (r"zh", "z"), (r"ts|tz|cz", "c"), (r"ks|x", "ks"),
    (r"ph", "f"), (r"th", "t"), (r"kh|gh", "h"), (r"w", "v"), (r"[yji]+", "i"), (r"ou", "u"), (r"(.)\1+", r"\1"),
]  # fmt: skip


def fold(text: str) -> str:
    """Text in plain lower-case Latin letters: Cyrillic transliterated, marks taken off (Рига and Rīga are riga)."""
    latin = "".join(_CYRILLIC.get(letter, letter) for letter in unicodedata.normalize("NFC", text).casefold())
    latin = re.sub(r"iya\b", "ia", latin)
    plain = "".join(c for c in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", " ", plain).strip()


def search_key(given: str, family: str) -> str:
    """The words of a name, folded and in alphabetical order, so that neither script nor order of the names matters."""
    return " ".join(sorted(fold(f"{given} {family}").split()))[:200]


def _sound(key: str) -> str:
    for pattern, plain in _SOUNDS:
        key = re.sub(pattern, plain, key)
    return " ".join(sorted(key.split()))


# --- duplicates ------------------------------------------------------------------------------------------------------

LIKELY, WORTH_SHOWING = 75, 60  # of 100: 70 for the name, 30 for the date of birth


@dataclass(frozen=True)
class Duplicate:
    """Somebody who may be the same person: how alike (0 to 100), why, and whether they are in this project."""

    person: Person
    code: str
    score: int
    reasons: list[str]
    in_project: bool


class PossibleDuplicate(Refused):
    """The person is probably in the portal already. `duplicates` holds whom to compare with."""

    def __init__(self, duplicates: list[Duplicate]):
        codes = ", ".join(d.code for d in duplicates)
        super().__init__(_("This may be the same person as %(codes)s. Compare before you add.") % {"codes": codes})
        self.duplicates = duplicates


def possible_duplicates(
    *, project: Project, given_name: str, family_name: str, born_on: date | None, limit: int = 5
) -> list[Duplicate]:
    """People of the same programme whose name and date of birth are alike, the most alike first.

    Alike is a matter of letters, not of script: Йорданова, Jordanova and Yordanova are one name.
    """
    key = search_key(given_name, family_name)
    takes_part = Participation.objects.filter(person=OuterRef("person"))
    same_day = Case(When(person__born_on=born_on, then=Value(1)), default=Value(0), output_field=IntegerField())
    candidates = (
        Identity.objects.filter(
            Exists(takes_part.filter(project__programme=project.programme_id)), search_key__trigram_similar=key
        )
        .annotate(
            likeness=TrigramSimilarity("search_key", key),
            same_day=same_day if born_on else Value(0),
            in_project=Exists(takes_part.filter(project=project)),
        )
        .select_related("person")
        .order_by("-same_day", "-likeness", "pk")[:50]
    )
    found = []
    for identity in candidates:
        in_name, name_reason = _name_likeness(key, identity.search_key)
        in_birth, birth_reason = _birth_likeness(born_on, identity.person.born_on)
        score = round(70 * in_name) + in_birth
        if score >= WORTH_SHOWING:
            reasons = [name_reason, birth_reason]
            found.append(Duplicate(identity.person, identity.person.code, score, reasons, identity.in_project))
    return sorted(found, key=lambda d: -d.score)[:limit]


def _name_likeness(one: str, other: str) -> tuple[float, str]:
    if one == other:
        return 1.0, _("The name is the same in Latin letters.")
    few, many = sorted((_sound(one).split(), _sound(other).split()), key=len)
    if few == many:
        return 0.97, _("The name sounds the same.")
    best = [max((_word_likeness(word, w) for w in many), default=0.0) for word in few]
    likeness = 0.95 * sum(best) / len(best) if best else 0.0
    return likeness, _("The name is alike: %(percent)s of 100.") % {"percent": round(100 * likeness)}


def _word_likeness(one: str, other: str) -> float:
    """1 for the same word, 0 for words that share no more than any two names do."""
    return max(0.0, SequenceMatcher(None, one, other, autojunk=False).ratio() - 0.6) / 0.4


def _birth_likeness(one: date | None, other: date | None) -> tuple[int, str]:
    if one is None or other is None:
        return 12, _("A date of birth is missing, so it cannot be compared.")
    if one == other:
        return 30, _("The date of birth is the same.")
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return 20, _("Day and month of birth are swapped.")
    if sum(a == b for a, b in zip(one.timetuple()[:3], other.timetuple()[:3], strict=True)) == 2:
        return 12, _("The date of birth differs in the day, the month or the year only.")
    return 0, _("The date of birth is another one.")


# --- participants ----------------------------------------------------------------------------------------------------

ENTRY_DATA = ("gender", "born_on", "labour_status", "education", "entered_on")  # of the day of entry (reference 8.2)
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that looks like something else


def new_code() -> str:
    """A participant code without meaning, such as P-7K3FWQ9."""
    while True:
        code = "P-" + "".join(secrets.choice(_ALPHABET) for _n in range(7))
        if not Person.objects.filter(code=code).exists():
            return code


@transaction.atomic
def add_participant(
    *,
    project: Project,
    school,
    given_name: str,
    family_name: str,
    born_on: date | None,
    gender: str,
    entered_on: date,
    labour_status: str,
    education: int | None,
    sensitive: Mapping[str, str],
    group: Group | None = None,
    national_number: str = "",
    by,
    at: datetime,
    confirmed_not_duplicate: bool = False,
    same_as: Person | None = None,
    idempotency_key: str = "",
) -> Participation:
    """Take a person into the project at `school`, from `entered_on`.

    Unknown gender, date of birth, status or education stay empty: the record is then kept but not counted. `same_as` is
    somebody of another project whom `possible_duplicates` named and the person who asks recognised. Raises
    PossibleDuplicate when the person is probably there already and nothing was confirmed, Refused for dates outside the
    contract, in the future or before birth, a wrong national number, and a person who takes part already.
    """
    require(by, Permission.PARTICIPANT_EDIT, project, school)
    project = Project.objects.select_for_update(no_key=True, of=("self",)).get(pk=project.pk)  # one addition at a time
    given_name, family_name = " ".join(given_name.split()), " ".join(family_name.split())
    told = [project.pk, school.pk, given_name, family_name, born_on, gender, entered_on, labour_status, education]
    body = _digest([*map(str, told), sorted(sensitive.items()), str(group and group.pk), _plain(national_number)])
    if receipt := _receipt(by, idempotency_key, body):
        return Participation.objects.get(key=receipt.answer["participation"])
    today = today_in(project, at)
    number_hash = _check_participant(
        project=project, school=school, given_name=given_name, family_name=family_name, born_on=born_on, gender=gender,
        entered_on=entered_on, labour_status=labour_status, education=education, sensitive=sensitive,
        national_number=national_number, today=today,
    )  # fmt: skip
    if group is not None and (group.project_id != project.pk or group.school_id != school.pk):
        raise Refused({"group": _("This group belongs to another school or project. Choose one of this school.")})
    person = same_as or _known_by_number(number_hash)
    duplicates = possible_duplicates(project=project, given_name=given_name, family_name=family_name, born_on=born_on)
    if same_as is not None and same_as.pk not in {d.person.pk for d in duplicates}:
        raise Refused(_("That is not one of the people who may be the same. Compare again."))
    if person is None and not confirmed_not_duplicate and any(d.score >= LIKELY for d in duplicates):
        raise PossibleDuplicate(duplicates)
    person = _person(person, given_name, family_name, born_on, gender, number_hash)
    if Participation.objects.filter(project=project, person=person).exists():
        raise Refused(_("%(code)s takes part in this project already: a person counts once.") % {"code": person.code})
    participation = Participation.objects.create(
        project=project, person=person, school=school, entered_on=entered_on, labour_status=labour_status,
        education=education,
    )  # fmt: skip
    Stay.objects.create(participation=participation, entered_on=entered_on)
    SensitiveAnswer.objects.bulk_create(
        SensitiveAnswer(participation=participation, question=question, answer=answer)
        for question, answer in sensitive.items()
        if answer
    )
    if group is not None:
        GroupMember.objects.create(group=group, participation=participation, from_on=entered_on)
    audit.record(
        "participant.added",
        participation,
        by=by,
        at=at,
        project=project.number,
        after={
            "code": person.code,
            "school": str(school.key),
            "group": str(group.key) if group else "",
            "entered_on": str(entered_on),
            "gender": gender,
            "born_on": _year(born_on),
            "labour_status": labour_status,
            "education": "" if education is None else str(education),
            "asked": sorted(question for question, answer in sensitive.items() if answer),
            "confirmed_not": [d.code for d in duplicates] if confirmed_not_duplicate else [],
            "version": 1,
        },
    )
    _keep_receipt(by, idempotency_key, body, {"participation": str(participation.key)}, at)
    return participation


def _check_participant(
    *, project, school, given_name, family_name, born_on, gender, entered_on, labour_status, education, sensitive,
    national_number, today,
) -> str:  # fmt: skip
    """Every reason against these data at once, beside their fields; returns the hash of the national number."""
    problems: dict[str, list[str]] = {}

    def note(name: str, message: str) -> None:
        if message:
            problems.setdefault(name, []).append(message)

    note("given_name", "" if given_name else _("Enter the given name."))
    note("family_name", "" if family_name else _("Enter the family name."))
    note("gender", "" if gender in ("", *Person.Gender.values) else _("Choose one of the answers."))
    statuses = ("", *Participation.LabourStatus.values)
    note("labour_status", "" if labour_status in statuses else _("Choose one of the answers."))
    note("education", "" if education is None or education in range(9) else _("Choose a level from 0 to 8."))
    note("born_on", checks.birth_date(born_on, today))
    note("entered_on", checks.entry_date(entered_on, born_on, today) or outside_contract(project, entered_on, today))
    for question, answer in sensitive.items():
        if question not in SensitiveAnswer.Question.values or answer not in ("", *SensitiveAnswer.Answer.values):
            note("sensitive", _("Choose one of the answers."))
    plain = ""
    if national_number.strip():
        plain, wrong = checks.national_number(national_number, school.country, born_on)
        note("national_number", wrong)
    if problems:
        raise Refused(problems)
    return checks.number_hash(plain, school.country) if plain else ""


def _known_by_number(number_hash: str) -> Person | None:
    return Person.objects.filter(identity__national_number_hash=number_hash).first() if number_hash else None


def _person(person, given_name, family_name, born_on, gender, number_hash) -> Person:
    """The row of the person: a new one, or the known one with what was missing filled in."""
    if person is None:
        person = Person.objects.create(code=new_code(), gender=gender, born_on=born_on)
        Identity.objects.create(
            person=person,
            given_name=given_name,
            family_name=family_name,
            search_key=search_key(given_name, family_name),
            national_number_hash=number_hash,
        )
        return person
    person = Person.objects.select_for_update().get(pk=person.pk)
    person.gender, person.born_on = person.gender or gender, person.born_on or born_on
    person.save(update_fields=["gender", "born_on"])
    if number_hash:
        Identity.objects.filter(person=person, national_number_hash="").update(national_number_hash=number_hash)
    return person


def current_data(participation: Participation) -> dict[str, Any]:
    """What a person may change about a participant, as it is now. Expects `person__identity` to be selected."""
    identity = getattr(participation.person, "identity", None)
    return {
        "given_name": identity.given_name if identity else "",
        "family_name": identity.family_name if identity else "",
        "born_on": participation.person.born_on,
        "gender": participation.person.gender,
        "entered_on": participation.entered_on,
        "labour_status": participation.labour_status,
        "education": participation.education,
    }


@transaction.atomic
def change_participation(
    participation: Participation,
    *,
    version: int,
    by,
    at: datetime,
    because: str = "",
    national_number: str = "",
    sensitive: Mapping[str, str] | None = None,
    **new,
) -> Participation:
    """Correct or complete the data of a participant (names of `current_data`, sensitive answers, a national number).

    Data of the day of entry that are known may only be corrected with a reason (`because`): they describe that day and
    are not brought up to date. Raises Stale when somebody else changed the same field since `version`.
    """
    participation = _locked(participation)
    project, school, person = participation.project, participation.school, participation.person
    require(by, Permission.PARTICIPANT_EDIT, project, school)
    current = current_data(participation)
    new = {name: " ".join(value.split()) if name.endswith("name") else value for name, value in new.items()}
    new = {name: value for name, value in new.items() if current[name] != value}
    refuse_stale(participation, version, new, current)
    now_ = current | new
    number_hash = _check_participant(
        project=project, school=school, sensitive=sensitive or {}, national_number=national_number,
        today=today_in(project, at), **now_,
    )  # fmt: skip
    number_is_new = bool(number_hash) and number_hash != person.identity.national_number_hash
    if number_is_new and _known_by_number(number_hash):
        raise Refused({"national_number": _("A person with this national number is in the portal already.")})
    if not because.strip() and any(name in new and current[name] not in ("", None) for name in ENTRY_DATA):
        raise Refused({"because": _("Say why: data of the day of entry may be corrected, but not brought up to date.")})
    if "entered_on" in new:
        _move_entry(participation, new["entered_on"])
    answered = _answer(participation, sensitive or {})
    if not new and not answered and not number_is_new:
        return participation
    person.gender, person.born_on = now_["gender"], now_["born_on"]
    person.save(update_fields=["gender", "born_on"])
    identity = person.identity
    identity.given_name, identity.family_name = now_["given_name"], now_["family_name"]
    identity.search_key = search_key(identity.given_name, identity.family_name)
    identity.national_number_hash = number_hash or identity.national_number_hash
    identity.save(update_fields=["given_name", "family_name", "search_key", "national_number_hash"])
    participation.labour_status, participation.education = now_["labour_status"], now_["education"]
    participation.entered_on = now_["entered_on"]
    participation.version += 1
    participation.save(update_fields=["labour_status", "education", "entered_on", "version"])
    after: dict[str, Any] = {name: _as_audited(name, value) for name, value in new.items()}
    after |= {"national_number": "•"} if number_is_new else {}
    after |= {"asked": answered} if answered else {}
    audit.record(
        "participant.changed",
        participation,
        by=by,
        at=at,
        project=project.number,
        before={"code": person.code} | {name: _as_audited(name, current[name]) for name in new},
        after=after | {"code": person.code, "version": participation.version},
        note=because.strip(),
    )
    return participation


def _move_entry(participation: Participation, entered_on: date) -> None:
    """Move the first day of the first stay, unless a mark or an exit lies before it."""
    first = participation.stays.order_by("entered_on").first()
    early = participation.attendance.filter(session__on__lt=entered_on)
    if early.exists() or (first and first.left_on and first.left_on < entered_on):
        raise Refused({"entered_on": _("The participant has marks or an exit before that date. Enter an earlier one.")})
    if first:
        first.entered_on = entered_on
        first.save(update_fields=["entered_on"])
    GroupMember.objects.filter(participation=participation, until_on__lt=entered_on).delete()
    GroupMember.objects.filter(participation=participation, from_on__lt=entered_on).update(from_on=entered_on)


def _answer(participation: Participation, answers: Mapping[str, str]) -> list[str]:
    """Set sensitive answers; returns the questions whose answer is another one now."""
    known = {a.question: a for a in participation.sensitive_answers.all()}
    changed = []
    for question, answer in answers.items():
        old = known.get(question)
        if (old.answer if old else "") == answer:
            continue
        changed.append(question)
        if not answer:
            old.delete()  # type: ignore[union-attr]
        else:
            SensitiveAnswer.objects.update_or_create(
                participation=participation, question=question, defaults={"answer": answer}
            )
    return sorted(changed)


@transaction.atomic
def leave(
    participation: Participation, *, left_on: date, results: Mapping[str, date], by, at: datetime
) -> Participation:
    """Write down that a participant left on `left_on`, and what became of them: kind of result → day it was seen."""
    participation = _locked(participation)
    project = participation.project
    require(by, Permission.PARTICIPANT_EDIT, project, participation.school)
    if participation.left_on:
        raise Refused(_("This participant has left already. Say first that they came back."))
    today = today_in(project, at)
    stay = participation.stays.filter(left_on=None).order_by("-entered_on").first()
    began = stay.entered_on if stay else participation.entered_on
    last_came_on = participation.attendance.filter(mark__in=Attendance.CAME).aggregate(day=Max("session__on"))["day"]
    wrong = checks.exit_date(left_on, began, last_came_on, today) or outside_contract(project, left_on, today)
    if wrong:
        raise Refused({"left_on": wrong})
    _check_results(results, left_on, today)
    participation.left_on = left_on
    participation.version += 1
    participation.save(update_fields=["left_on", "version"])
    participation.stays.filter(left_on=None).update(left_on=left_on)
    members = GroupMember.objects.filter(participation=participation)
    members.filter(from_on__gt=left_on).delete()
    members.filter(Q(until_on=None) | Q(until_on__gt=left_on)).update(until_on=left_on)
    _add_results(participation, results)
    audit.record(
        "participant.left",
        participation,
        by=by,
        at=at,
        project=project.number,
        before={"code": participation.person.code, "left_on": ""},
        after={
            "code": participation.person.code,
            "left_on": str(left_on),
            "results": {kind: str(day) for kind, day in results.items()},
            "version": participation.version,
        },
    )
    return participation


@transaction.atomic
def add_results(participation: Participation, *, results: Mapping[str, date], by, at: datetime) -> Participation:
    """Add results of a participant who has left: kind of result → day it was seen. What is there already stays."""
    participation = _locked(participation)
    project = participation.project
    require(by, Permission.PARTICIPANT_EDIT, project, participation.school)
    if participation.left_on is None:
        raise Refused(_("Results are what became of somebody who has left. Enter the exit date first."))
    _check_results(results, participation.left_on, today_in(project, at))
    known = set(participation.results.values_list("kind", "seen_on"))
    results = {kind: day for kind, day in results.items() if (kind, day) not in known}
    if not results:
        return participation
    _add_results(participation, results)
    participation.version += 1
    participation.save(update_fields=["version"])
    audit.record(
        "participant.results",
        participation,
        by=by,
        at=at,
        project=project.number,
        after={
            "code": participation.person.code,
            "results": {kind: str(day) for kind, day in results.items()},
            "version": participation.version,
        },
    )
    return participation


def _check_results(results: Mapping[str, date], left_on: date, today: date) -> None:
    for kind, seen_on in results.items():
        if kind not in Result.Kind.values:
            raise Refused(_("Choose one of the results."))
        if not left_on <= seen_on <= today:
            raise Refused({kind: _("Enter a day from the exit to today: a result is what was seen after leaving.")})


def _add_results(participation: Participation, results: Mapping[str, date]) -> None:
    Result.objects.bulk_create(
        Result(participation=participation, kind=kind, seen_on=seen_on) for kind, seen_on in results.items()
    )


@transaction.atomic
def come_back(
    participation: Participation, *, entered_on: date, by, at: datetime, group: Group | None = None
) -> Participation:
    """Write down that somebody who left takes part again. The first entry and its data stay: one person counts once."""
    participation = _locked(participation)
    project = participation.project
    require(by, Permission.PARTICIPANT_EDIT, project, participation.school)
    if participation.left_on is None:
        raise Refused(_("This participant has not left."))
    today = today_in(project, at)
    wrong = checks.entry_date(entered_on, None, today) or outside_contract(project, entered_on, today)
    if not wrong and entered_on <= participation.left_on:
        wrong = _("The return must lie after the exit date.")
    if wrong:
        raise Refused({"entered_on": wrong})
    before, participation.left_on = participation.left_on, None
    participation.version += 1
    participation.save(update_fields=["left_on", "version"])
    Stay.objects.create(participation=participation, entered_on=entered_on)
    if group is not None:
        _join(participation, group, entered_on)
    audit.record(
        "participant.came_back",
        participation,
        by=by,
        at=at,
        project=project.number,
        before={"code": participation.person.code, "left_on": str(before)},
        after={
            "code": participation.person.code,
            "left_on": "",
            "again_from": str(entered_on),
            "group": str(group.key) if group else "",
            "version": participation.version,
        },
    )
    return participation


@transaction.atomic
def join_group(participation: Participation, *, group: Group, from_on: date, by, at: datetime) -> GroupMember:
    """Make a participant a member of `group` from a day; who is a member on that day already stays one."""
    participation = _locked(participation)
    require(by, Permission.PARTICIPANT_EDIT, participation.project, participation.school)
    member, joined = _join(participation, group, from_on)
    if joined:
        audit.record(
            "participant.joined_group",
            participation,
            by=by,
            at=at,
            project=participation.project.number,
            after={"code": participation.person.code, "group": str(group.key), "from_on": str(from_on)},
        )
    return member


def _join(participation: Participation, group: Group, from_on: date) -> tuple[GroupMember, bool]:
    if group.project_id != participation.project_id or group.school_id != participation.school_id:
        raise Refused({"group": _("This group belongs to another school or project. Choose one of this school.")})
    there_on_that_day = Q(entered_on__lte=from_on) & (Q(left_on=None) | Q(left_on__gte=from_on))
    if not participation.stays.filter(there_on_that_day).exists():
        raise Refused({"from_on": _("The participant was not in the project on that day.")})
    members = GroupMember.objects.filter(group=group, participation=participation)
    member = members.filter(Q(until_on=None) | Q(until_on__gte=from_on)).order_by("from_on").first()
    if member is None:
        until = participation.left_on
        return GroupMember.objects.create(
            group=group, participation=participation, from_on=from_on, until_on=until
        ), True
    if member.from_on <= from_on:
        return member, False
    member.from_on = from_on
    member.save(update_fields=["from_on"])
    return member, True


@transaction.atomic
def leave_group(member: GroupMember, *, until_on: date, by, at: datetime) -> GroupMember:
    """End a membership on a day; marks after it must be cleared first."""
    participation = _locked(member.participation)
    require(by, Permission.PARTICIPANT_EDIT, participation.project, participation.school)
    member = GroupMember.objects.select_related("group").get(pk=member.pk)
    if until_on < member.from_on:
        raise Refused({"until_on": _("The last day lies before the first day.")})
    marks = Attendance.objects.filter(participation=participation, session__group=member.group)
    if marks.filter(session__on__gt=until_on).exists():
        raise Refused({"until_on": _("The participant has marks of this group after that day.")})
    before, member.until_on = member.until_on, until_on
    member.save(update_fields=["until_on"])
    audit.record(
        "participant.left_group",
        participation,
        by=by,
        at=at,
        project=participation.project.number,
        before={"code": participation.person.code, "until_on": str(before or "")},
        after={"code": participation.person.code, "group": str(member.group.key), "until_on": str(until_on)},
    )
    return member


def _locked(participation: Participation) -> Participation:
    return (
        Participation.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project__programme", "school", "person__identity")
        .get(pk=participation.pk)
    )


def _year(born_on: date | None) -> str:
    return f"{born_on.year}-••-••" if born_on else ""


def _as_audited(name: str, value: Any) -> str:
    """A value for the trail: names are left out, of a date of birth the year is kept."""
    if name.endswith("name"):
        return "•"
    if name == "born_on":
        return _year(value)
    return "" if value is None else str(value)


# --- looking at people -----------------------------------------------------------------------------------------------


@transaction.atomic
def show_names(thing, *, project: Project, school=None, by, at: datetime) -> None:
    """Write down that `by` has the names of the participants on `thing` (a session, a record, a project) shown."""
    require(by, Permission.PARTICIPANT_NAMES, project, school)
    audit.record("participant.names_shown", thing, by=by, at=at, project=project.number)


@transaction.atomic
def exported(chosen: dict[str, str], *, by, at: datetime) -> None:
    """Write down that `by` took the participants they see, or those `chosen`, away as a file."""
    audit.record("participant.exported", by, by=by, at=at, project=chosen.get("project", ""), after=chosen)


@transaction.atomic
def open_record(participation: Participation, *, by, at: datetime) -> None:
    """Write down that `by` opened the record of a participant."""
    require(by, Permission.PARTICIPANT_VIEW, participation.project, participation.school)
    code = {"code": participation.person.code}
    audit.record("participant.viewed", participation, by=by, at=at, project=participation.project.number, after=code)


@transaction.atomic
def show_sensitive(participation: Participation, *, by, at: datetime) -> None:
    """Write down that `by` has the sensitive answers of a participant shown: a right of its own."""
    require(by, Permission.PARTICIPANT_SENSITIVE, participation.project, participation.school)
    number, code = participation.project.number, {"code": participation.person.code}
    audit.record("participant.sensitive_shown", participation, by=by, at=at, project=number, after=code)


# --- attendance ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Summary:
    """What stands on the sheet of a session after marking: how many of each mark, how many have none."""

    saved_at: str
    here: int
    absent: int
    excused: int
    late: int
    unmarked: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class MarkConflict:
    """A mark that somebody else set differently after this person opened the sheet."""

    participation: str
    code: str
    yours: str
    theirs: str
    who: str = ""


@dataclass
class _Sheet:
    """Who is on the sheet of a session: participations by key, and the mark each has."""

    participations: dict[str, Participation]
    marks: dict[str, Attendance] = field(default_factory=dict)

    def summary(self, at: datetime) -> Summary:
        n = Counter(a.mark for a in self.marks.values())
        unmarked = len(self.participations) - len(self.marks)
        return Summary(at.isoformat(timespec="seconds"), n["here"], n["absent"], n["excused"], n["late"], unmarked)


class Closed(Refused):
    """The session takes no marks: it is cancelled, or has not taken place yet."""


class MarkedMeanwhile(Refused):
    """Marks that somebody else set meanwhile stand against the ones sent; nothing was stored."""

    def __init__(self, conflicts: list[MarkConflict]):
        codes = ", ".join(c.code for c in conflicts)
        super().__init__(_("Someone else marked %(codes)s meanwhile. Compare and choose.") % {"codes": codes})
        self.conflicts = conflicts


def members_on(session: Session) -> Q:
    """Memberships of the session's group on its day, as a condition on GroupMember."""
    return Q(group=session.group_id, from_on__lte=session.on) & (Q(until_on=None) | Q(until_on__gte=session.on))


def on_sheet(session: Session) -> ParticipationQuerySet:
    """The participants on the class sheet: members of the group on that day, and whoever has a mark."""
    member = GroupMember.objects.filter(members_on(session), participation=OuterRef("pk"))
    marked = Attendance.objects.filter(session=session, participation=OuterRef("pk"))
    return Participation.objects.filter(Exists(member) | Exists(marked)).select_related("person")


def matching(people: ParticipationQuerySet, text: str, *, names: bool) -> ParticipationQuerySet:
    """Those whose code or, where names may be seen, name holds every word of `text`, in whatever script it is typed."""
    by_code = Q(person__code__icontains=text.strip())
    words = fold(text).split()
    if not names or not words:
        return people.filter(by_code)
    by_name = Q()
    for word in words:
        by_name &= Q(person__identity__search_key__contains=word)
    return people.filter(by_code | by_name)


def with_counts(sessions: SessionQuerySet) -> SessionQuerySet:
    """Sessions with what stands on their sheets: `came`, `away` (absent, excused), `unmarked` and `proofs` (files)."""
    marks = Attendance.objects.filter(session=OuterRef("pk")).order_by().values("session")
    member = GroupMember.objects.filter(
        Q(until_on=None) | Q(until_on__gte=OuterRef("on")), group=OuterRef("group"), from_on__lte=OuterRef("on")
    )
    has_mark = Attendance.objects.filter(session=OuterRef(OuterRef("pk")), participation=OuterRef("participation"))
    unmarked = member.filter(~Exists(has_mark)).order_by().values("group")
    proofs = Evidence.objects.filter(session=OuterRef("pk"), removed_at=None).order_by().values("session")
    return sessions.annotate(
        came=_counted(marks.filter(mark__in=Attendance.CAME)),
        away=_counted(marks.exclude(mark__in=Attendance.CAME)),
        unmarked=_counted(unmarked),
        proofs=_counted(proofs),
    )


def _counted(rows) -> Coalesce:
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


def _sheet(session: Session) -> _Sheet:
    marks = Attendance.objects.filter(session=session).select_related("participation", "marked_by")
    return _Sheet({str(p.key): p for p in on_sheet(session)}, {str(a.participation.key): a for a in marks})


@transaction.atomic
def mark_attendance(
    session: Session,
    marks: Mapping[Any, str],
    *,
    by,
    at: datetime,
    idempotency_key: str = "",
    seen: Mapping[Any, str] | None = None,
) -> Summary:
    """Set marks of participants (key → mark; "" takes a mark away) on the sheet of a session, all or none.

    `seen` are the marks the person had before them: one that was left as it was is not a change, and one that somebody
    else set since raises MarkedMeanwhile. The
    first mark makes the session held, taking the last one away makes it planned again. A repeated `idempotency_key`
    with the same marks answers as the first time and changes nothing; with other marks it is refused.
    """
    session = _locked_session(session)
    require(by, Permission.SESSION_EDIT, session.project, session.school)
    wanted = {str(key): mark for key, mark in marks.items()}
    before_them = {str(key): mark for key, mark in (seen or {}).items()}
    body = _digest([str(session.key), sorted(wanted.items())])
    if receipt := _receipt(by, idempotency_key, body):
        return Summary(**receipt.answer)
    sheet = _sheet(session)
    _check_marks(session, sheet, wanted, today_in(session.project, at))
    wanted = {key: mark for key, mark in wanted.items() if before_them.get(key) != mark}  # set by this person
    _refuse_conflicts(sheet, wanted, before_them)
    before = {key: sheet.marks[key].mark if key in sheet.marks else "" for key in wanted}
    changed = {key: mark for key, mark in wanted.items() if mark != before[key]}
    if changed:
        _store_marks(session, sheet, changed, by, at)
        state = _follow_marks(session, sheet)
        codes = {key: sheet.participations[key].person.code for key in changed}
        audit.record(
            "attendance.marked",
            session,
            by=by,
            at=at,
            project=session.project.number,
            before={"marks": {codes[key]: before[key] for key in changed}} | {k: v[0] for k, v in state.items()},
            after={"marks": {codes[key]: mark for key, mark in changed.items()}} | {k: v[1] for k, v in state.items()},
        )
    summary = sheet.summary(at)
    _keep_receipt(by, idempotency_key, body, summary.as_json(), at)
    return summary


@transaction.atomic
def mark_all_present(session: Session, *, by, at: datetime) -> Summary:
    """Mark everybody present who has no mark yet; exceptions that were marked stay."""
    session = _locked_session(session)
    sheet = _sheet(session)
    unmarked = [key for key in sheet.participations if key not in sheet.marks]
    return mark_attendance(session, dict.fromkeys(unmarked, Attendance.Mark.HERE), by=by, at=at)


def _locked_session(session: Session) -> Session:
    return (
        Session.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project__programme", "school", "group")
        .get(pk=session.pk)
    )


def _check_marks(session: Session, sheet: _Sheet, wanted: Mapping[str, str], today: date) -> None:
    if session.state == Session.State.CANCELLED:
        raise Closed(_("This session is cancelled: it has no marks."))
    if session.on > today:
        raise Closed(_("This session has not taken place yet. Mark it on its day or after it."))
    known = {"", *Attendance.Mark.values}
    if not session.project.programme.marks_late:
        known.discard(Attendance.Mark.LATE)
    for key, mark in wanted.items():
        if mark not in known:
            words = {"mark": mark[:20], "known": ", ".join(sorted(known - {""}))}
            raise Refused(_("“%(mark)s” is not a mark of this programme. It has: %(known)s.") % words)
        if key not in sheet.participations:
            raise Refused(_("A participant in this list is not in the group of this session. Load the page again."))


def _refuse_conflicts(sheet: _Sheet, wanted: Mapping[str, str], seen: Mapping[str, str]) -> None:
    conflicts = []
    for key, mark in wanted.items():
        there = sheet.marks.get(key)
        theirs = there.mark if there else ""
        if key in seen and theirs not in (seen[key], mark):
            who = str(there.marked_by) if there and there.marked_by else ""
            conflicts.append(MarkConflict(key, sheet.participations[key].person.code, mark, theirs, who))
    if conflicts:
        raise MarkedMeanwhile(conflicts)


def _store_marks(session: Session, sheet: _Sheet, changed: Mapping[str, str], by, at: datetime) -> None:
    """Write the marks and bring the sheet in memory up to date."""
    gone = [key for key, mark in changed.items() if not mark]
    Attendance.objects.filter(pk__in=[sheet.marks.pop(key).pk for key in gone]).delete()
    new, old = [], []
    for key, mark in changed.items():
        if not mark:
            continue
        if there := sheet.marks.get(key):
            there.mark, there.marked_at, there.marked_by = mark, at, by
            old.append(there)
        else:
            participation = sheet.participations[key]
            new.append(Attendance(session=session, participation=participation, mark=mark, marked_at=at, marked_by=by))
            sheet.marks[key] = new[-1]
    Attendance.objects.bulk_update(old, ["mark", "marked_at", "marked_by"])
    Attendance.objects.bulk_create(new)


def _follow_marks(session: Session, sheet: _Sheet) -> dict[str, tuple[str, str]]:
    """A session with marks took place, one without is still planned. Returns the states before and after a move."""
    state = Session.State.HELD if sheet.marks else Session.State.PLANNED
    if state == session.state:
        return {}
    before, session.state = session.state, state
    session.save(update_fields=["state"])
    return {"state": (before, state)}


# --- receipts --------------------------------------------------------------------------------------------------------


def _digest(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, default=str).encode()).hexdigest()


def _plain(number: str) -> str:
    return re.sub(r"\W", "", number)


def _receipt(by, idempotency_key: str, body: str) -> Receipt | None:
    """The receipt of the same request, if it came before; raises Refused when its key was used for something else."""
    if not idempotency_key:
        return None
    receipt = Receipt.objects.filter(user=by, idempotency_key=idempotency_key[:80]).first()
    if receipt and receipt.body_sha256 != body:
        raise Refused(_("This request was sent before with other content. Load the page again and repeat the change."))
    return receipt


def _keep_receipt(by, idempotency_key: str, body: str, answer: dict[str, Any], at: datetime) -> None:
    if not idempotency_key:
        return
    try:
        with transaction.atomic():
            Receipt.objects.create(
                user=by, idempotency_key=idempotency_key[:80], body_sha256=body, answer=answer, received_at=at
            )
    except IntegrityError:  # two requests with one key at the same moment, about different things
        raise Refused(_("This request was sent twice at once. Load the page again.")) from None


def forget_receipts(*, before: datetime) -> int:
    """Remove receipts older than `before`; returns how many went."""
    return Receipt.objects.filter(received_at__lt=before).delete()[0]


def due_results(today: date) -> Q:
    """Participants who left within the last four weeks and have no result yet, as a condition on Participation."""
    return Q(left_on__lte=today, left_on__gte=today - RESULT_TERM, results=None)
