"""Participants: who may add and change them, what is refused in which words, and that the trail names nobody."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from activities.actions import Stale
from beneficiaries import actions
from beneficiaries.models import GroupMember, Identity, Participation, Person, Receipt, Result, SensitiveAnswer, Stay
from core.access import Refused
from core.models import AuditEvent
from tests import factories
from tests.conftest import NOON

EGN = "1245040004"  # invented: born 2012-05-04
LV_OLD, LV_NEW = "161175-19997", "328673-00679"
BORN = date(2012, 5, 4)


def data(project, school, **new):
    return {
        "project": project, "school": school, "given_name": "Мария", "family_name": "Йорданова", "born_on": BORN,
        "gender": "F", "entered_on": date(2026, 2, 2), "labour_status": "INE", "education": 1,
        "sensitive": {"minority": "yes", "disability": "refused"},
    } | new  # fmt: skip


def add(by, project, school, **new):
    return actions.add_participant(by=by, at=NOON, **data(project, school, **new))


def said(refused) -> str:
    return " ".join(refused.value.messages).replace("\u00a0", " ")


def trail():
    """What was written down about projects."""
    return AuditEvent.objects.exclude(project="").order_by("pk")


def nothing_added() -> bool:
    tables = (Participation, Person, Identity, Stay, SensitiveAnswer, GroupMember)
    return not any(table.objects.exists() for table in tables) and not trail().exists()


# --- add ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["admin", "officer", "coordinator", "finance", "auditor", "client", "stranger"])
def test_coordinators_clients_and_administrators_add_participants(who, people, project, school):
    allowed = who in ("admin", "coordinator", "client")
    with nullcontext() if allowed else pytest.raises(PermissionDenied):
        add(people[who], project, school)
    assert Participation.objects.count() == allowed
    assert allowed or nothing_added()


def test_a_coordinator_adds_at_the_own_school_only(people, project):
    with pytest.raises(PermissionDenied):
        add(people["coordinator"], project, factories.school_of(project))
    assert nothing_added()


def test_adding_writes_person_identity_stay_answers_and_membership(people, project, school, group):
    participation = add(people["coordinator"], project, school, group=group, given_name="  Мария   Магдалена ")

    person = participation.person
    assert person.code.startswith("P-")
    assert (person.gender, person.born_on) == ("F", BORN)
    assert person.identity.given_name == "Мария Магдалена"
    assert person.identity.search_key == "magdalena maria yordanova"
    assert [(s.entered_on, s.left_on) for s in participation.stays.all()] == [(date(2026, 2, 2), None)]
    assert {a.question: a.answer for a in participation.sensitive_answers.all()} == {
        "minority": "yes",
        "disability": "refused",
    }
    assert [m.from_on for m in group.members.all()] == [date(2026, 2, 2)]


def test_the_trail_speaks_of_a_code_not_of_a_name(people, project, school):
    add(people["coordinator"], project, school, national_number=EGN)
    event = trail().get()
    assert (event.action, event.project) == ("participant.added", project.number)
    assert event.after["born_on"] == "2012-••-••"
    assert event.after["asked"] == ["disability", "minority"]
    for secret in ("Мария", "Йорданова", "yordanova", EGN, "refused", "yes", "2012-05-04"):
        assert secret not in str(event.after)


@pytest.mark.parametrize(
    ("new", "field", "words"),
    [
        ({"given_name": "  "}, "given_name", "Enter the given name"),
        ({"family_name": ""}, "family_name", "Enter the family name"),
        ({"gender": "X"}, "gender", "Choose one"),
        ({"labour_status": "??"}, "labour_status", "Choose one"),
        ({"education": 9}, "education", "from 0 to 8"),
        ({"sensitive": {"religion": "yes"}}, "sensitive", "Choose one"),
        ({"sensitive": {"minority": "perhaps"}}, "sensitive", "Choose one"),
        ({"born_on": date(1899, 12, 31)}, "born_on", "after 1 January 1900"),
        ({"born_on": date(2027, 1, 1), "entered_on": date(2026, 2, 2)}, "born_on", "lies in the future"),
        ({"entered_on": date(2025, 12, 8)}, "entered_on", "from 9 December 2025 to 9 December 2028"),
        ({"entered_on": date(2026, 3, 17)}, "entered_on", "lies in the future"),
        ({"born_on": date(2026, 2, 2)}, "entered_on", "after the date of birth, 2 February 2026"),
        ({"national_number": "1234567890"}, "national_number", "10 digits"),
        ({"national_number": "twelve"}, "national_number", "10 digits"),
        ({"national_number": EGN, "born_on": date(2012, 5, 5)}, "national_number", "another date of birth"),
    ],
)
def test_wrong_data_are_refused_beside_their_field(people, project, school, new, field, words):
    with pytest.raises(Refused) as refused:
        add(people["coordinator"], project, school, **new)
    assert field in refused.value.message_dict
    assert words in said(refused)
    assert nothing_added()


def test_every_mistake_is_told_at_once(people, project, school):
    with pytest.raises(Refused) as refused:
        add(people["coordinator"], project, school, given_name="", gender="X", entered_on=date(2020, 1, 1))
    assert set(refused.value.message_dict) == {"given_name", "gender", "entered_on"}


def test_what_is_not_known_yet_may_stay_empty(people, project, school):
    participation = add(
        people["coordinator"], project, school, gender="", born_on=None, labour_status="", education=None, sensitive={}
    )
    assert actions.missing(participation) == [
        "gender", "date of birth", "situation on the day of entry", "education",
    ]  # fmt: skip
    assert not Participation.objects.counted().exists()


def test_a_group_of_another_school_is_refused(people, project, school):
    other = factories.GroupFactory(project=project, school=factories.school_of(project))
    with pytest.raises(Refused, match="another school"):
        add(people["admin"], project, school, group=other)
    assert nothing_added()


# --- national numbers -----------------------------------------------------------------------------------------------


def test_a_number_is_kept_as_a_keyed_hash_only(people, project, school, settings):
    settings.NATIONAL_NUMBER_KEY = "one key"
    participation = add(people["coordinator"], project, school, national_number=f" {EGN[:6]} {EGN[6:]} ")
    kept = participation.person.identity.national_number_hash
    assert len(kept) == 64
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM beneficiaries_identity i WHERE i::text LIKE %s", [f"%{EGN}%"])
        assert cursor.fetchone() == (0,)
    from beneficiaries.checks import number_hash

    assert number_hash(EGN, "BG") == kept
    assert number_hash(EGN, "LV") != kept
    settings.NATIONAL_NUMBER_KEY = "another key"
    assert number_hash(EGN, "BG") != kept


@pytest.mark.parametrize(
    ("country", "number", "born_on", "wrong"),
    [
        ("BG", EGN, BORN, ""),
        ("BG", "7111 042 925", date(1990, 1, 1), ""),  # LNCh, from the documentation of python-stdnum
        ("LV", LV_OLD, date(1975, 11, 16), ""),
        ("LV", LV_NEW, date(2015, 1, 1), ""),
        ("LV", LV_OLD, date(1975, 11, 17), "another date of birth"),
        ("LV", "328673-00677", date(2015, 1, 1), "11 digits"),
        ("LV", "40003521600", date(2015, 1, 1), "number of a company"),
        ("LV", EGN, BORN, "11 digits"),
        ("EE", "37605030299", date(1976, 5, 3), "cannot be checked here"),
    ],
)
def test_numbers_are_checked_by_the_rules_of_their_country(people, project, school, country, number, born_on, wrong):
    school.country = country
    school.save()
    with pytest.raises(Refused) if wrong else nullcontext() as refused:
        add(people["coordinator"], project, school, national_number=number, born_on=born_on)
    assert not wrong or wrong in said(refused)
    assert Participation.objects.count() == (0 if wrong else 1)


def test_a_known_number_is_the_same_person_in_another_project(people, project, school):
    neighbour = factories.ProjectFactory(programme=project.programme)
    factories.ContractFactory(project=neighbour)
    first = add(people["admin"], neighbour, factories.school_of(neighbour), national_number=EGN, gender="")
    second = add(people["coordinator"], project, school, national_number=EGN, given_name="Maria")

    assert second.person == first.person
    assert second.person.gender == "F"  # what was missing is filled in
    assert Person.objects.count() == Identity.objects.count() == 1
    with pytest.raises(Refused, match="takes part in this project already"):
        add(people["coordinator"], project, school, national_number=EGN, given_name="Съвсем", family_name="Друга")
    assert Participation.objects.count() == 2


# --- duplicates -----------------------------------------------------------------------------------------------------


def test_a_likely_duplicate_is_added_only_when_confirmed(people, project, school):
    first = add(people["coordinator"], project, school)
    with pytest.raises(actions.PossibleDuplicate) as possible:
        add(people["coordinator"], project, school, given_name="Maria", family_name="Jordanova")
    assert [d.code for d in possible.value.duplicates] == [first.person.code]
    assert first.person.code in said(possible)
    assert Participation.objects.count() == 1

    second = add(
        people["coordinator"],
        project,
        school,
        given_name="Maria",
        family_name="Jordanova",
        confirmed_not_duplicate=True,
    )
    assert second.person != first.person
    assert trail().last().after["confirmed_not"] == [first.person.code]


def test_the_same_person_of_another_project_is_taken_over(people, project, school):
    neighbour = factories.ProjectFactory(programme=project.programme)
    factories.ContractFactory(project=neighbour)
    first = add(people["admin"], neighbour, factories.school_of(neighbour))
    second = add(people["coordinator"], project, school, same_as=first.person)
    assert second.person == first.person
    assert Person.objects.count() == 1
    with pytest.raises(Refused, match="takes part in this project already"):
        add(people["coordinator"], project, school, same_as=first.person)


def test_somebody_who_is_not_alike_cannot_be_taken_over(people, project, school):
    other = factories.participation(project, school)
    with pytest.raises(Refused, match="not one of the people"):
        add(people["coordinator"], project, school, same_as=other.person)
    assert Participation.objects.count() == 1


def test_a_repeated_form_adds_once(people, project, school):
    first = add(people["coordinator"], project, school, idempotency_key="form-1")
    again = add(people["coordinator"], project, school, idempotency_key="form-1")
    assert again == first
    assert Participation.objects.count() == trail().count() == 1
    with pytest.raises(Refused, match="with other content"):
        add(people["coordinator"], project, school, idempotency_key="form-1", given_name="Друга")
    assert Receipt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_who_add_the_same_child_at_once_add_it_once(people, project, school):
    start, outcomes = Barrier(2), []

    def run(by):
        start.wait()
        try:
            outcomes.append(add(by, project, school))
        except actions.PossibleDuplicate as possible:
            outcomes.append(possible)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(people[who],)) for who in ("coordinator", "admin")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Participation", "PossibleDuplicate"]
    assert Participation.objects.count() == 1


# --- change ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def participation(people, project, school, group):
    return add(people["coordinator"], project, school, group=group, labour_status="", education=None)


def change(by, participation, **new):
    version = new.pop("version", participation.version)
    return actions.change_participation(participation, version=version, by=by, at=NOON, **new)


def test_missing_data_are_filled_in_without_a_reason(people, participation):
    changed = change(people["coordinator"], participation, labour_status="INE", education=1)
    assert (changed.labour_status, changed.education, changed.version) == ("INE", 1, 2)
    event = trail().last()
    assert event.before == {"code": changed.person.code, "labour_status": "", "education": ""}
    assert event.after == {"code": changed.person.code, "labour_status": "INE", "education": "1", "version": 2}
    assert Participation.objects.counted().get() == changed


@pytest.mark.parametrize(
    ("field", "value"), [("gender", "M"), ("born_on", date(2013, 1, 1)), ("entered_on", date(2026, 2, 9))]
)
def test_known_entry_data_are_corrected_with_a_reason_only(people, participation, field, value):
    with pytest.raises(Refused) as refused:
        change(people["coordinator"], participation, **{field: value})
    assert list(refused.value.message_dict) == ["because"]
    changed = change(people["coordinator"], participation, **{field: value}, because="Typed wrong")
    assert actions.current_data(changed)[field] == value
    assert trail().last().note == "Typed wrong"


def test_a_new_name_is_searchable_and_not_in_the_trail(people, participation):
    change(people["coordinator"], participation, family_name="Колева")
    identity = Identity.objects.get(person=participation.person)
    assert (identity.family_name, identity.search_key) == ("Колева", "koleva maria")
    event = trail().last()
    assert event.after["family_name"] == "•"
    assert "Колева" not in str(event.after)


def test_sensitive_answers_change_and_only_the_question_is_written_down(people, participation):
    change(people["coordinator"], participation, sensitive={"minority": "no", "disability": "", "rural": "yes"})
    answers = dict(participation.sensitive_answers.values_list("question", "answer"))
    assert answers == {"minority": "no", "rural": "yes"}
    assert trail().last().after["asked"] == ["disability", "minority", "rural"]


@pytest.mark.parametrize("who", ["officer", "finance", "auditor", "stranger"])
def test_who_may_not_change_a_record_changes_nothing(who, people, participation):
    with pytest.raises(PermissionDenied):
        change(people[who], participation, labour_status="INE")
    participation.refresh_from_db()
    assert (participation.labour_status, participation.version) == ("", 1)
    assert trail().count() == 1


def test_a_stale_record_is_compared(people, participation):
    change(people["admin"], participation, labour_status="EM")
    with pytest.raises(Stale) as stale:
        change(people["coordinator"], participation, version=1, labour_status="INE", education=1)
    assert [(d.field, d.yours, d.theirs) for d in stale.value.differences] == [("labour_status", "INE", "EM")]
    participation.refresh_from_db()
    assert (participation.labour_status, participation.education) == ("EM", None)

    change(people["coordinator"], participation, version=1, education=1)  # nobody else touched it
    participation.refresh_from_db()
    assert (participation.labour_status, participation.education, participation.version) == ("EM", 1, 3)


def test_the_entry_moves_with_its_stay_and_membership_but_not_past_a_mark(people, participation, session):
    change(people["coordinator"], participation, entered_on=date(2026, 3, 2), because="Typed wrong")
    assert participation.stays.get().entered_on == date(2026, 3, 2)
    assert participation.group_members.get().from_on == date(2026, 3, 2)

    session.on = date(2026, 3, 9)
    session.save()
    factories.attended(session, participation)
    participation.refresh_from_db()
    with pytest.raises(Refused, match="marks or an exit before that date"):
        change(people["coordinator"], participation, entered_on=date(2026, 3, 10), because="Typed wrong")
    assert participation.stays.get().entered_on == date(2026, 3, 2)


def test_a_number_of_somebody_else_is_refused(people, project, school, participation):
    add(people["coordinator"], project, school, given_name="Борис", family_name="Петров", national_number=EGN)
    with pytest.raises(Refused, match="in the portal already"):
        change(people["coordinator"], participation, national_number=EGN)
    assert Identity.objects.get(person=participation.person).national_number_hash == ""


# --- leave, results, come back --------------------------------------------------------------------------------------


def leave(by, participation, left_on=date(2026, 3, 10), results=None):
    return actions.leave(participation, left_on=left_on, results=results or {}, by=by, at=NOON)


def test_leaving_ends_stay_and_membership_and_keeps_results(people, participation):
    left = leave(people["coordinator"], participation, results={"qualification": date(2026, 3, 12)})
    assert left.left_on == date(2026, 3, 10)
    assert left.stays.get().left_on == date(2026, 3, 10)
    assert left.group_members.get().until_on == date(2026, 3, 10)
    assert list(left.results.values_list("kind", "seen_on")) == [("qualification", date(2026, 3, 12))]
    event = trail().last()
    assert event.action == "participant.left"
    assert event.after["results"] == {"qualification": "2026-03-12"}
    with pytest.raises(Refused, match="has left already"):
        leave(people["coordinator"], participation)


@pytest.mark.parametrize(
    ("left_on", "words"),
    [
        (date(2026, 2, 1), "before the entry date, 2 February 2026"),
        (date(2026, 3, 17), "lies in the future"),
    ],
)
def test_an_exit_before_entry_or_in_the_future_is_refused(people, participation, left_on, words):
    with pytest.raises(Refused) as refused:
        leave(people["coordinator"], participation, left_on)
    assert list(refused.value.message_dict) == ["left_on"]
    assert words in said(refused)
    participation.refresh_from_db()
    assert participation.left_on is None


def test_nobody_leaves_before_the_last_session_they_came_to(people, participation, session):
    factories.attended(session, participation)
    with pytest.raises(Refused) as refused:
        leave(people["coordinator"], participation, date(2026, 3, 15))
    assert "at a session on 16 March 2026" in said(refused)
    leave(people["coordinator"], participation, date(2026, 3, 16))


def test_results_are_seen_after_the_exit(people, participation):
    with pytest.raises(Refused, match="from the exit to today"):
        leave(people["coordinator"], participation, results={"employed": date(2026, 3, 9)})
    with pytest.raises(Refused, match="Choose one of the results"):
        leave(people["coordinator"], participation, results={"famous": date(2026, 3, 11)})
    with pytest.raises(Refused, match="Enter the exit date first"):
        actions.add_results(participation, results={"employed": date(2026, 3, 11)}, by=people["coordinator"], at=NOON)
    assert not Result.objects.exists()


def test_results_may_follow_later_and_are_kept_once(people, participation):
    leave(people["coordinator"], participation)
    later = NOON + timedelta(days=20)
    for _time in range(2):
        actions.add_results(participation, results={"employed": date(2026, 4, 1)}, by=people["coordinator"], at=later)
    assert Result.objects.count() == 1
    assert trail().filter(action="participant.results").count() == 1


def test_coming_back_keeps_the_first_entry(people, participation, group):
    leave(people["coordinator"], participation)
    with pytest.raises(Refused, match="after the exit date"):
        actions.come_back(participation, entered_on=date(2026, 3, 10), by=people["coordinator"], at=NOON)
    with pytest.raises(Refused, match="lies in the future"):
        actions.come_back(participation, entered_on=date(2026, 3, 17), by=people["coordinator"], at=NOON)
    back = actions.come_back(
        participation, entered_on=date(2026, 3, 14), by=people["coordinator"], at=NOON, group=group
    )

    assert (back.entered_on, back.left_on) == (date(2026, 2, 2), None)
    assert [(s.entered_on, s.left_on) for s in back.stays.all()] == [
        (date(2026, 2, 2), date(2026, 3, 10)),
        (date(2026, 3, 14), None),
    ]
    assert [(m.from_on, m.until_on) for m in back.group_members.order_by("from_on")] == [
        (date(2026, 2, 2), date(2026, 3, 10)),
        (date(2026, 3, 14), None),
    ]
    assert Participation.objects.count() == 1
    with pytest.raises(Refused, match="has not left"):
        actions.come_back(participation, entered_on=date(2026, 3, 15), by=people["coordinator"], at=NOON)


@pytest.mark.parametrize("who", ["officer", "auditor", "stranger"])
def test_who_may_not_end_a_stay(who, people, participation):
    with pytest.raises(PermissionDenied):
        leave(people[who], participation)
    participation.refresh_from_db()
    assert participation.left_on is None


# --- groups ---------------------------------------------------------------------------------------------------------


def test_joining_is_once_and_may_begin_earlier(people, project, school, participation):
    club = factories.GroupFactory(project=project, school=school)

    def join(on):
        return actions.join_group(participation, group=club, from_on=on, by=people["coordinator"], at=NOON)

    assert join(date(2026, 3, 9)).from_on == date(2026, 3, 9)
    assert join(date(2026, 3, 10)).from_on == date(2026, 3, 9)
    assert join(date(2026, 3, 2)).from_on == date(2026, 3, 2)
    assert club.members.count() == 1
    assert trail().filter(action="participant.joined_group").count() == 2
    with pytest.raises(Refused, match="not in the project on that day"):
        join(date(2026, 2, 1))


def test_leaving_a_group_waits_for_its_marks(people, participation, session):
    member = participation.group_members.get()
    factories.attended(session, participation)
    with pytest.raises(Refused, match="marks of this group after that day"):
        actions.leave_group(member, until_on=date(2026, 3, 15), by=people["coordinator"], at=NOON)
    actions.leave_group(member, until_on=date(2026, 3, 16), by=people["coordinator"], at=NOON)
    member.refresh_from_db()
    assert member.until_on == date(2026, 3, 16)
