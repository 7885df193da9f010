"""Every change to a participation: entry, answers, groups, exit and results."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import batched
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from activities.actions import outside_contract, refuse_stale, require, require_open, today_in
from activities.models import Group
from beneficiaries import checks
from beneficiaries.actions.duplicates import LIKELY, PossibleDuplicate, current, possible_duplicates
from beneficiaries.actions.followups import expect_follow_up, forget_follow_up
from beneficiaries.actions.names import name_keys
from beneficiaries.actions.receipts import digest, keep_receipt, plain, receipt_of
from beneficiaries.models import (
    Attendance,
    Erasure,
    GroupMember,
    Identity,
    Participation,
    Person,
    Result,
    SensitiveAnswer,
    Stay,
)
from core import audit
from core.access import Permission, Refused
from projects.models import Project

RESULT_TERM = timedelta(days=28)  # the situation up to four weeks after the exit (ESF+ Annex I point 3)

GENDERS, STATUSES = frozenset(["", *Person.Gender.values]), frozenset(["", *Participation.LabourStatus.values])
QUESTIONS, ANSWERS = frozenset(SensitiveAnswer.Question.values), frozenset(["", *SensitiveAnswer.Answer.values])
ENTRY_DATA = ("gender", "born_on", "labour_status", "education", "entered_on")  # of the day of entry (reference 8.2)
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 signs, none of which looks like another


def new_codes(count: int) -> list[str]:
    """Participant codes without meaning that nobody has, such as P-7K3FWQ9."""
    found: set[str] = set()
    while len(found) < count:
        signs = [_ALPHABET[byte % 32] for byte in secrets.token_bytes(7 * (count - len(found)))]
        fresh = {"P-" + "".join(seven) for seven in batched(signs, 7)}
        with connection.cursor() as cursor:
            cursor.execute("SELECT code FROM beneficiaries_person WHERE code = ANY(%s)", [list(fresh)])
            found |= fresh - {code for (code,) in cursor.fetchall()}
    return list(found)


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
    body = digest([*map(str, told), sorted(sensitive.items()), str(group and group.pk), plain(national_number)])
    if receipt := receipt_of(by, idempotency_key, body):
        return Participation.objects.get(key=receipt.answer["participation"])
    require_open(project, school, entered_on, by=by, at=at, field="entered_on")
    today = today_in(project, at)
    number_hash = check_participant(
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
            "born_on": year(born_on),
            "labour_status": labour_status,
            "education": "" if education is None else str(education),
            "asked": sorted(question for question, answer in sensitive.items() if answer),
            "confirmed_not": [d.code for d in duplicates] if confirmed_not_duplicate else [],
            "version": 1,
        },
    )
    keep_receipt(by, idempotency_key, body, {"participation": str(participation.key)}, at)
    return participation


def check_participant(
    *, project, school, given_name, family_name, born_on, gender, entered_on, labour_status, education, sensitive,
    national_number, today, nameless=False,
) -> str:  # fmt: skip
    """Every reason against these data at once, beside their fields; returns the hash of the national number.

    `nameless`: somebody of whom the portal keeps no name, such as the rows of a list by number.
    """
    problems: dict[str, list[str]] = {}

    def note(name: str, message: str) -> None:
        if message:
            problems.setdefault(name, []).append(message)

    note("given_name", "" if given_name or nameless else _("Enter the given name."))
    note("family_name", "" if family_name or nameless else _("Enter the family name."))
    note("gender", "" if gender in GENDERS else _("Choose one of the answers."))
    note("labour_status", "" if labour_status in STATUSES else _("Choose one of the answers."))
    note("education", "" if education is None or education in range(9) else _("Choose a level from 0 to 8."))
    note("born_on", checks.birth_date(born_on, today))
    note("entered_on", checks.entry_date(entered_on, born_on, today) or outside_contract(project, entered_on, today))
    for question, answer in sensitive.items():
        if question not in QUESTIONS or answer not in ANSWERS:
            note("sensitive", _("Choose one of the answers."))
    plain = ""
    if national_number.strip():
        plain, wrong = checks.national_number(national_number, school.country, born_on)
        note("national_number", wrong)
    if problems:
        raise Refused(problems)
    return checks.number_hash(plain, school.country) if plain else ""


def _known_by_number(number_hash: str) -> Person | None:
    known = Person.objects.filter(identity__national_number_hash=number_hash).first() if number_hash else None
    return current(known) if known else None


def _person(person, given_name, family_name, born_on, gender, number_hash) -> Person:
    """The row of the person: a new one, or the known one with what was missing filled in."""
    if person is None:
        person = Person.objects.create(code=new_codes(1)[0], gender=gender, born_on=born_on)
        Identity.objects.create(
            person=person,
            given_name=given_name,
            family_name=family_name,
            national_number_hash=number_hash,
            **name_keys(given_name, family_name),
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
    participation = locked(participation)
    project, school, person = participation.project, participation.school, participation.person
    require(by, Permission.PARTICIPANT_EDIT, project, school)
    if Erasure.objects.filter(person=person).exists():
        raise Refused(_("The identity of this participant was erased. The record can only be read."))
    current = current_data(participation)
    new = {name: " ".join(value.split()) if name.endswith("name") else value for name, value in new.items()}
    new = {name: value for name, value in new.items() if current[name] != value}
    refuse_stale(participation, version, new, current)
    now_ = current | new
    identity = getattr(person, "identity", None)
    number_hash = check_participant(
        project=project, school=school, sensitive=sensitive or {}, national_number=national_number,
        today=today_in(project, at), nameless=identity is None, **now_,
    )  # fmt: skip
    number_is_new = bool(number_hash) and identity is not None and number_hash != identity.national_number_hash
    if number_is_new and _known_by_number(number_hash):
        raise Refused({"national_number": _("A person with this national number is in the portal already.")})
    if not because.strip() and any(name in new and current[name] not in ("", None) for name in ENTRY_DATA):
        raise Refused({"because": _("Say why: data of the day of entry may be corrected, but not brought up to date.")})
    if "entered_on" in new:
        days = current["entered_on"], new["entered_on"]
        require_open(project, school, *days, by=by, at=at, field="entered_on")
        _move_entry(participation, new["entered_on"])
    answered = _answer(participation, sensitive or {})
    if not new and not answered and not number_is_new:
        return participation
    person.gender, person.born_on = now_["gender"], now_["born_on"]
    person.save(update_fields=["gender", "born_on"])
    if identity is not None:
        identity.given_name, identity.family_name = now_["given_name"], now_["family_name"]
        keys = name_keys(identity.given_name, identity.family_name)
        identity.search_key, identity.sound_key = keys["search_key"], keys["sound_key"]
        identity.national_number_hash = number_hash or identity.national_number_hash
        identity.save(update_fields=["given_name", "family_name", "national_number_hash", *keys])
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
    participation = locked(participation)
    project = participation.project
    require(by, Permission.PARTICIPANT_EDIT, project, participation.school)
    if participation.left_on:
        raise Refused(_("This participant has left already. Say first that they came back."))
    require_open(project, participation.school, left_on, by=by, at=at, field="left_on")
    today = today_in(project, at)
    stay = participation.stays.filter(left_on=None).order_by("-entered_on").first()
    began = stay.entered_on if stay else participation.entered_on
    last_came_on = participation.attendance.filter(mark__in=Attendance.CAME).aggregate(day=Max("session__on"))["day"]
    wrong = checks.exit_date(left_on, began, last_came_on, today) or outside_contract(project, left_on, today)
    if wrong:
        raise Refused({"left_on": wrong})
    check_results(results, left_on, today)
    participation.left_on = left_on
    participation.version += 1
    participation.save(update_fields=["left_on", "version"])
    participation.stays.filter(left_on=None).update(left_on=left_on)
    members = GroupMember.objects.filter(participation=participation)
    members.filter(from_on__gt=left_on).delete()
    members.filter(Q(until_on=None) | Q(until_on__gt=left_on)).update(until_on=left_on)
    _add_results(participation, results)
    expect_follow_up(participation)
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
    participation = locked(participation)
    project = participation.project
    require(by, Permission.PARTICIPANT_EDIT, project, participation.school)
    if participation.left_on is None:
        raise Refused(_("Results are what became of somebody who has left. Enter the exit date first."))
    check_results(results, participation.left_on, today_in(project, at))
    known = set(participation.results.values_list("kind", "seen_on"))
    results = {kind: day for kind, day in results.items() if (kind, day) not in known}
    if not results:
        return participation
    for kind, day in results.items():
        require_open(project, participation.school, day, by=by, at=at, field=kind)
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


def check_results(results: Mapping[str, date], left_on: date, today: date) -> None:
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
    participation = locked(participation)
    project = participation.project
    require(by, Permission.PARTICIPANT_EDIT, project, participation.school)
    if participation.left_on is None:
        raise Refused(_("This participant has not left."))
    require_open(project, participation.school, entered_on, by=by, at=at, field="entered_on")
    today = today_in(project, at)
    wrong = checks.entry_date(entered_on, None, today) or outside_contract(project, entered_on, today)
    if not wrong and entered_on <= participation.left_on:
        wrong = _("The return must lie after the exit date.")
    if wrong:
        raise Refused({"entered_on": wrong})
    before, participation.left_on = participation.left_on, None
    participation.version += 1
    participation.save(update_fields=["left_on", "version"])
    forget_follow_up(participation)
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
    """Make a participant a member of `group` from a day; who is a member on that day already stays one.

    Raises PeriodLocked for a day in a locked month: who stood on the lists of that month stays so.
    """
    participation = locked(participation)
    require(by, Permission.PARTICIPANT_EDIT, participation.project, participation.school)
    member, joined = _join(participation, group, from_on)
    if joined:
        require_open(participation.project, participation.school, from_on, by=by, at=at, field="from_on")
        _changed(participation)
        audit.record(
            "participant.joined_group",
            participation,
            by=by,
            at=at,
            project=participation.project.number,
            after={
                "code": participation.person.code,
                "group": str(group.key),
                "from_on": str(from_on),
                "version": participation.version,
            },
        )
    return member


def _changed(participation: Participation) -> None:
    """Count a change of what belongs to the record, so that whoever follows it is told."""
    participation.version += 1
    participation.save(update_fields=["version"])


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
    """End a membership on a day; marks after it must be cleared first. Raises PeriodLocked where that takes somebody
    off the lists of a locked month."""
    participation = locked(member.participation)
    require(by, Permission.PARTICIPANT_EDIT, participation.project, participation.school)
    member = GroupMember.objects.select_related("group").get(pk=member.pk)
    if until_on < member.from_on:
        raise Refused({"until_on": _("The last day lies before the first day.")})
    marks = Attendance.objects.filter(participation=participation, session__group=member.group)
    if marks.filter(session__on__gt=until_on).exists():
        raise Refused({"until_on": _("The participant has marks of this group after that day.")})
    if member.until_on != until_on:
        changed = min(until_on, member.until_on or until_on) + timedelta(days=1)  # the first day that becomes another
        require_open(participation.project, participation.school, changed, by=by, at=at, field="until_on")
    before, member.until_on = member.until_on, until_on
    member.save(update_fields=["until_on"])
    _changed(participation)
    audit.record(
        "participant.left_group",
        participation,
        by=by,
        at=at,
        project=participation.project.number,
        before={"code": participation.person.code, "until_on": str(before or "")},
        after={
            "code": participation.person.code,
            "group": str(member.group.key),
            "until_on": str(until_on),
            "version": participation.version,
        },
    )
    return member


def locked(participation: Participation) -> Participation:
    return (
        Participation.objects.select_for_update(no_key=True, of=("self",))
        .select_related("project__programme", "school", "person__identity")
        .get(pk=participation.pk)
    )


def year(born_on: date | None) -> str:
    return f"{born_on.year}-••-••" if born_on else ""


def _as_audited(name: str, value: Any) -> str:
    """A value for the trail: names are left out, of a date of birth the year is kept."""
    if name.endswith("name"):
        return "•"
    if name == "born_on":
        return year(value)
    return "" if value is None else str(value)


def due_results(today: date) -> Q:
    """Participants who left within the last four weeks and have no result yet, as a condition on Participation."""
    return Q(left_on__lte=today, left_on__gte=today - RESULT_TERM, results=None)
