"""C3: the list, the record and the forms of participants: who sees names, what is told and kept after a mistake."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from beneficiaries.actions import search_key
from beneficiaries.models import Identity, Participation, SensitiveAnswer
from beneficiaries.views import participants
from core.models import AuditEvent
from projects.models import Membership
from tests import factories

LIST = "/en/work/participants/"
NEW = LIST + "new/"


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split()).replace(" >", ">")


def trail(action=""):
    events = AuditEvent.objects.filter(action__startswith="participant.").order_by("pk")
    return events.filter(action=action) if action else events


def call(row, given, family):
    key = search_key(given, family)
    Identity.objects.filter(person=row.person).update(given_name=given, family_name=family, search_key=key)
    return Participation.objects.select_related("person__identity").get(pk=row.pk)


@pytest.fixture
def ani(group):
    return call(factories.member_of(group), "Ани", "Щерева")


@pytest.fixture
def boris(group):
    """Incomplete: the situation on the day of entry is missing."""
    return call(factories.member_of(group, labour_status=""), "Борис", "Ангелов")


# --- the list -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [("admin", 200), ("officer", 200), ("coordinator", 200), ("finance", 403), ("auditor", 200), ("client", 200)],
)
def test_who_opens_the_list(sign_in, ani, who, status):
    answer = sign_in(who).get(LIST)
    assert answer.status_code == status
    assert (ani.person.code in text_of(answer)) is (status == 200)


def test_a_stranger_sees_nobody_and_no_such_project(sign_in, ani):
    client = sign_in("stranger")
    assert ani.person.code not in text_of(client.get(LIST))
    assert client.get(LIST, {"project": ani.project.number}).status_code == 404


def test_the_school_sees_the_names_of_its_own(sign_in, ani, boris, project):
    elsewhere = call(factories.participation(project, factories.school_of(project)), "Чужда", "Чуждева")
    page = text_of(sign_in("coordinator").get(LIST))
    assert page.index("Борис Ангелов") < page.index("Ани Щерева")  # by family name
    assert "Чужда" not in page
    assert elsewhere.person.code not in page
    assert "1 of 2 records are complete and count." in page
    assert "missing: situation on the day of entry" in page


def test_an_officer_asks_for_names_once(sign_in, people, ani, boris):
    client = sign_in("officer")
    before = text_of(client.get(LIST))
    assert ani.person.code in before
    assert "Щерева" not in before
    answer = client.post(LIST + "names/", {"project": ani.project.number, "back": "?left=no"})
    assert answer.url == LIST + "?left=no"
    assert "Ани Щерева" in text_of(client.get(LIST))
    event = trail().get()
    assert (event.action, event.kind, event.key) == ("participant.names_shown", "projects.project", ani.project.number)
    assert event.by_key == people["officer"].key


@pytest.mark.parametrize(("who", "status"), [("client", 403), ("finance", 404), ("stranger", 404)])
def test_who_may_not_ask_for_names(sign_in, ani, who, status):
    client = sign_in(who)
    assert client.post(LIST + "names/", {"project": ani.project.number}).status_code == status
    assert "Щерева" not in text_of(client.get(LIST))
    assert not trail().exists()


def test_nobody_is_sent_elsewhere_after_asking(sign_in, ani):
    form = {"project": ani.project.number, "back": "//evil.example/?x"}
    assert sign_in("officer").post(LIST + "names/", form).url == f"{LIST}?project={ani.project.number}"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"q": "щер"}, ["Ани"]),
        ({"q": "Shtereva ani"}, ["Ани"]),
        ({"q": "angel"}, ["Борис"]),
        ({"q": "Nikita"}, []),
        ({"incomplete": "1"}, ["Борис"]),
        ({"left": "no"}, ["Ани", "Борис"]),
        ({"left": "yes"}, []),
        ({"group": "no-key", "size": "7", "page": "900", "left": "perhaps"}, ["Ани", "Борис"]),
    ],
)
def test_the_list_is_narrowed(sign_in, ani, boris, filters, found):
    page = text_of(sign_in("coordinator").get(LIST, filters))
    for given in ("Ани", "Борис"):
        assert (given in page) is (given in found)


def test_the_list_is_narrowed_to_a_group(sign_in, ani, boris, project, school):
    club = factories.GroupFactory(project=project, school=school)
    other = call(factories.member_of(club), "Вяра", "Колева")
    page = text_of(sign_in("coordinator").get(LIST, {"group": str(club.key)}))
    assert other.person.code in page
    assert ani.person.code not in page
    assert f"Remove filter </span>Group: {club.name}" in page


def test_codes_are_searched_but_not_names_where_names_are_hidden(sign_in, ani):
    client = sign_in("officer")
    assert ani.person.code in text_of(client.get(LIST, {"q": ani.person.code[-4:]}))
    assert "Nobody fits these filters" in text_of(client.get(LIST, {"q": "Щерева"}))


def test_attendance_is_told_in_percent(sign_in, ani, session, activity):
    factories.attended(session, ani)
    for day, mark in ((2, "absent"), (9, "late")):
        other = factories.SessionFactory(
            project=session.project, school=session.school, group=session.group, activity=activity,
            on=date(2026, 3, day),
        )  # fmt: skip
        factories.attended(other, ani, mark)
    assert "67 <span" in text_of(sign_in("coordinator").get(LIST))


def test_pages_of_25_keep_the_filters(sign_in, class_of_30):
    client = sign_in("coordinator")
    first = client.get(LIST, {"left": "no"})
    assert len(first.context["rows"]) == 25
    assert "left=no&amp;page=2" in first.content.decode()
    second = client.get(LIST, {"left": "no", "page": "2"})
    assert len(second.context["rows"]) == 5
    codes = {row["participation"].person.code for page in (first, second) for row in page.context["rows"]}
    assert len(codes) == 30
    assert len(client.get(LIST, {"size": "50"}).context["rows"]) == 30


@pytest.mark.parametrize("who", ["coordinator", "officer"])
def test_queries_do_not_grow_with_rows(sign_in, group, session, who):
    client = sign_in(who)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(LIST).status_code == 200
        return len(caught)

    factories.attended(session, factories.member_of(group))
    queries()
    one = queries()
    for _n in range(2):
        factories.attended(session, factories.member_of(group))
    assert queries() == one <= 24


# --- the record -----------------------------------------------------------------------------------------------------


def record(row, then="") -> str:
    return f"{LIST}{row.key}/{then}"


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("admin", 200), ("officer", 200), ("coordinator", 200), ("finance", 404), ("auditor", 200), ("client", 200),
        ("stranger", 404),
    ],
)  # fmt: skip
def test_opening_a_record_is_written_down(sign_in, people, ani, who, status):
    assert sign_in(who).get(record(ani)).status_code == status
    events = trail("participant.viewed")
    assert [e.by_key for e in events] == ([people[who].key] if status == 200 else [])
    assert all(e.after == {"code": ani.person.code} for e in events)


def test_a_record_of_another_school_does_not_exist_for_a_coordinator(sign_in, project):
    other = factories.participation(project, factories.school_of(project))
    client = sign_in("coordinator")
    for then in ("", "change/", "leave/", "results/", "back/", "groups/"):
        assert client.get(record(other, then)).status_code == 404


def test_others_see_a_code_and_the_year_of_birth(sign_in, ani):
    client = sign_in("auditor")
    page = text_of(client.get(record(ani)))
    assert "Щерева" not in page
    assert "4 May 2012" not in page
    assert "2012" in page
    client.post(record(ani, "names/"))
    page = text_of(client.get(record(ani)))
    assert "Ани Щерева" in page
    assert "4 May 2012" in page
    assert trail("participant.names_shown").count() == 1


def test_sensitive_answers_are_shown_on_demand_to_those_who_record_them(sign_in, ani):
    SensitiveAnswer.objects.create(participation=ani, question="minority", answer="yes")
    client = sign_in("coordinator")
    page = text_of(client.get(record(ani)))
    assert "1 of 6 questions were asked" in page
    assert "Minority, Roma included" not in page
    assert "asked_minority" not in text_of(client.get(record(ani, "change/")))

    client.post(record(ani, "answers/"))
    assert trail("participant.sensitive_shown").count() == 1
    assert "Minority, Roma included" in text_of(client.get(record(ani)))
    assert "asked_minority" in text_of(client.get(record(ani, "change/")))

    for who in ("officer", "auditor"):
        other = sign_in(who)
        assert other.post(record(ani, "answers/")).status_code == 403
        assert "Minority, Roma included" not in text_of(other.get(record(ani)))
    assert trail("participant.sensitive_shown").count() == 1


def test_the_history_tells_changes_and_who_looked(sign_in, ani):
    client = sign_in("coordinator")
    client.get(record(ani))
    form = {"version": ani.version, "because": "Typed wrong", **entry(ani), "labour_status": "EM"}
    assert client.post(record(ani, "change/"), form).status_code == 302
    page = text_of(client.get(record(ani)))
    assert "Data changed" in page
    assert "Typed wrong" in page
    assert "Pupil or student" in page
    assert "Employed" in page
    assert page.count("Record opened") == 2
    assert "Data changed" in text_of(sign_in("auditor").get(record(ani)))


# --- change ---------------------------------------------------------------------------------------------------------


def entry(row) -> dict[str, str]:
    """The form of the record as the page first shows it, hidden memories included."""
    identity = row.person.identity
    shown = {
        "given_name": identity.given_name,
        "family_name": identity.family_name,
        "born_on": f"{row.person.born_on:%d.%m.%Y}",
        "gender": row.person.gender,
        "entered_on": f"{row.entered_on:%d.%m.%Y}",
        "labour_status": row.labour_status,
        "education": str(row.education),
    }
    return shown | {f"initial-{name}": value for name, value in shown.items()}


def test_the_form_remembers_what_it_began_with(sign_in, ani):
    page = sign_in("coordinator").get(record(ani, "change/")).content.decode()
    for name, value in entry(ani).items():
        if name.startswith("initial-"):
            assert f'name="{name}" value="{value}"' in page, name
    assert f'name="version" value="{ani.version}"' in page


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ({"given_name": ""}, "Enter the given name."),
        ({"born_on": "31.02.2012"}, "Check the day"),
        ({"born_on": "yesterday"}, "Enter a date such as"),
        ({"entered_on": "1.1.2020", "because": "x"}, "The contract of"),
        ({"education": "lots"}, "Select a valid choice"),
        ({"labour_status": "EM"}, "Say why"),
        ({"national_number": "12"}, "10 digits"),
        ({"version": "first"}, "Enter a whole number"),
    ],
)
def test_a_mistake_keeps_what_was_typed_and_stores_nothing(sign_in, ani, new, words):
    form = {"version": str(ani.version), **entry(ani), "family_name": "Нова", **new}
    answer = sign_in("coordinator").post(record(ani, "change/"), form)
    page = text_of(answer)
    assert answer.status_code == 422
    assert "There is a problem" in page
    assert words in page
    assert 'value="Нова"' in page
    ani.refresh_from_db()
    assert (ani.version, Identity.objects.get(person=ani.person).family_name) == (1, "Щерева")
    assert not trail("participant.changed").exists()


def test_the_message_is_in_the_language_of_the_person(sign_in, ani, settings):
    """The Bulgarian page asks in Bulgarian; the words themselves are the translators'."""
    answer = sign_in("coordinator").post(f"/bg/work/participants/{ani.key}/change/", entry(ani) | {"given_name": ""})
    assert answer.status_code == 422
    assert '<html lang="bg"' in answer.content.decode()


def test_a_stale_form_compares_and_goes_on(sign_in, ani):
    coordinator_form = {"version": "1", **entry(ani), "labour_status": "UE", "education": "2", "because": "Typed wrong"}
    client = sign_in("admin")
    theirs = {"version": "1", **entry(ani), "labour_status": "EM", "because": "A letter came"}
    assert client.post(record(ani, "change/"), theirs).status_code == 302

    client = sign_in("coordinator")
    answer = client.post(record(ani, "change/"), coordinator_form)
    page = text_of(answer)
    assert answer.status_code == 409
    assert "Admin changed this while you were working" in page
    assert "Yours: Unemployed, up to 12 months (under 25: up to 6)" in page
    assert "Theirs: Employed" in page
    assert 'name="keep_labour_status"' in page
    assert 'name="keep_education"' not in page
    assert 'name="version" value="2"' in page
    ani.refresh_from_db()
    assert (ani.labour_status, ani.education) == ("EM", 1)

    again = coordinator_form | {"version": "2", "initial-labour_status": "EM"}
    client.post(record(ani, "change/"), again | {"keep_labour_status": "theirs"})
    ani.refresh_from_db()
    assert (ani.labour_status, ani.education, ani.version) == ("EM", 2, 3)
    client.post(
        record(ani, "change/"), again | {"version": "3", "initial-education": "2", "keep_labour_status": "yours"}
    )
    ani.refresh_from_db()
    assert (ani.labour_status, ani.education, ani.version) == ("UE", 2, 4)


@pytest.mark.parametrize("then", ["change/", "leave/", "results/", "back/", "groups/"])
@pytest.mark.parametrize(("who", "status"), [("officer", 403), ("auditor", 403), ("finance", 404), ("stranger", 404)])
def test_who_may_not_change_a_record(sign_in, ani, who, status, then):
    client = sign_in(who)
    for answer in (client.get(record(ani, then)), client.post(record(ani, then), {"left_on": "1.3.2026"})):
        assert answer.status_code == status
        assert status == 404 or "An administrator can give you access" in text_of(answer)
    ani.refresh_from_db()
    assert (ani.version, ani.left_on) == (1, None)


# --- leave, results, come back, groups ------------------------------------------------------------------------------


def test_leaving_results_and_coming_back(sign_in, ani, group):
    client = sign_in("coordinator")
    wrong = client.post(record(ani, "leave/"), {"left_on": "17.3.2026", "qualification": "soon"})
    assert wrong.status_code == 422
    assert "Enter a date such as" in text_of(wrong)
    wrong = client.post(record(ani, "leave/"), {"left_on": "17.3.2026"})
    assert "lies in the future" in text_of(wrong)
    assert 'value="17.3.2026"' in text_of(wrong)

    assert client.post(record(ani, "leave/"), {"left_on": "10.3.2026", "qualification": "12.3.2026"}).status_code == 302
    page = text_of(client.get(record(ani)))
    assert "Gained a qualification" in page
    assert "until 7 April 2026" in page
    assert client.post(record(ani, "results/"), {"employed": "9.3.2026"}).status_code == 422
    assert client.post(record(ani, "results/"), {"employed": "16.3.2026"}).status_code == 302
    assert ani.results.count() == 2

    assert client.post(record(ani, "back/"), {"entered_on": "10.3.2026"}).status_code == 422
    form = {"entered_on": "12.3.2026", "group": str(group.key)}
    assert client.post(record(ani, "back/"), form).status_code == 302
    ani.refresh_from_db()
    assert (ani.left_on, ani.entered_on) == (None, date(2026, 1, 12))
    page = text_of(client.get(record(ani)))
    assert "Came back" in page
    assert "12 Jan 2026 – 10 Mar 2026" in page


def test_joining_and_leaving_a_group(sign_in, ani, project, school):
    club = factories.GroupFactory(project=project, school=school)
    foreign = factories.GroupFactory(project=project, school=factories.school_of(project))
    client = sign_in("coordinator")
    answer = client.post(record(ani, "groups/"), {"group": str(foreign.key), "from_on": "2.3.2026"})
    assert answer.status_code == 422
    assert "Choose a group of this school." in text_of(answer)
    assert client.post(record(ani, "groups/"), {"group": str(club.key), "from_on": "2.3.2026"}).status_code == 302
    member = ani.group_members.get(group=club)
    client.post(record(ani, f"groups/{member.pk}/leave/"))
    member.refresh_from_db()
    assert member.until_on == date(2026, 3, 16)
    other = factories.participation(project, school)
    assert client.post(record(other, f"groups/{member.pk}/leave/")).status_code == 404


# --- add ------------------------------------------------------------------------------------------------------------


def new(**more) -> dict[str, str]:
    return {
        "given_name": "Мария", "family_name": "Йорданова", "born_on": "4.5.2012", "gender": "F",
        "entered_on": "2.2.2026", "labour_status": "INE", "education": "1", "asked_minority": "refused",
    } | more  # fmt: skip


def test_a_coordinator_adds_a_participant(sign_in, project, school, group):
    client = sign_in("coordinator")
    page = text_of(client.get(NEW))
    assert 'value="16.03.2026"' in page  # today, to be changed
    answer = client.post(NEW, new(group=str(group.key), once="form-1"))
    row = Participation.objects.get()
    assert answer.url == record(row)
    assert row.person.code in text_of(client.get(answer.url))
    assert row.sensitive_answers.get().answer == "refused"
    assert client.post(NEW, new(group=str(group.key), once="form-1")).url == answer.url
    assert Participation.objects.count() == 1


def test_one_who_came_is_added_to_the_session(sign_in, session):
    client = sign_in("coordinator")
    address = f"{NEW}?session={session.key}"
    page = text_of(client.get(address))
    assert f'<option value="{session.group.key}" selected>' in page
    answer = client.post(address, new(group=str(session.group.key), entered_on="16.3.2026"))
    row = Participation.objects.get()
    assert answer.url == f"/en/work/sessions/{session.key}/#p-{row.key}"
    assert row.group_members.get().group == session.group
    assert client.get(f"{NEW}?session=x").status_code == 404


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"family_name": ""}, "Enter the family name."),
        ({"entered_on": ""}, "Enter a date such as"),
        ({"entered_on": "8.12.2025"}, "from 9 December 2025 to 9 December 2028"),
        ({"entered_on": "17.3.2026"}, "lies in the future"),
        ({"born_on": "4.13.2012"}, "12 months"),
        ({"education": "9"}, "Select a valid choice"),
        ({"asked_minority": "perhaps"}, "Select a valid choice"),
        ({"group": "5"}, "Choose a group of this school."),
        ({"national_number": "1245040005"}, "the last one does not fit"),
        ({"given_name": "x" * 81}, "at most 80 characters"),
    ],
)
def test_a_mistake_in_a_new_participant_keeps_what_was_typed(sign_in, project, school, more, words):
    answer = sign_in("coordinator").post(NEW, new(**more))
    page = text_of(answer)
    assert answer.status_code == 422
    assert "<title>Error: " in page
    assert words in page
    assert "Мария" in page or "xxx" in page
    assert not Participation.objects.exists()
    assert not trail().exists()


def test_a_likely_duplicate_is_compared_side_by_side(sign_in, group, ani):
    client = sign_in("coordinator")
    form = new(given_name="Ani", family_name="Shtereva", once="form-2")
    answer = client.post(NEW, form)
    page = text_of(answer)
    assert answer.status_code == 409
    assert "alike: 100 of 100" in page
    assert "The name is the same in Latin letters." in page
    assert "Ани Щерева" in page
    assert record(ani) in page
    assert 'type="hidden" name="family_name" value="Shtereva"' in page
    assert Participation.objects.count() == 1

    again = client.post(NEW, form | {"again": "1"})
    assert again.status_code == 200
    assert 'value="Shtereva"' in text_of(again)
    assert Participation.objects.count() == 1

    assert client.post(NEW, form | {"confirmed": "1"}).status_code == 302
    assert client.post(NEW, form | {"confirmed": "1"}).status_code == 302  # a second press of the button
    assert Participation.objects.count() == 2


def test_somebody_of_another_school_is_shown_by_code_only(sign_in, project):
    other = call(factories.participation(project, factories.school_of(project)), "Ани", "Щерева")
    page = text_of(sign_in("coordinator").post(NEW, new(given_name="Ani", family_name="Shtereva")))
    assert other.person.code in page
    assert "Щерева" not in page
    assert str(other.key) not in page
    assert "not shown to you" in page


def test_somebody_of_another_project_is_taken_over(sign_in, project):
    neighbour = factories.ProjectFactory(programme=project.programme)
    other = call(factories.participation(neighbour, factories.school_of(neighbour)), "Ани", "Щерева")
    client = sign_in("coordinator")
    form = new(given_name="Ani", family_name="Shtereva")
    page = text_of(client.post(NEW, form))
    assert f"The same person: add {other.person.code} to this project" in page
    assert client.post(NEW, form | {"same_as": other.person.code}).status_code == 302
    assert other.person.participations.count() == 2


def test_who_works_at_two_schools_chooses_one(sign_in, people, project, school):
    second = factories.school_of(project)
    Membership.objects.create(user=people["coordinator"], role="coordinator", project=project, organisation=second)
    client = sign_in("coordinator")
    page = text_of(client.get(NEW))
    assert "at which school?" in page
    assert f"?project={project.number}&amp;school={second.key}" in page
    assert client.post(f"{NEW}?school={second.key}", new()).status_code == 302
    assert Participation.objects.get().school == second


def test_who_may_not_add(sign_in, project, school, group):
    for who in ("officer", "auditor", "finance"):
        answer = sign_in(who).post(NEW, new())
        assert answer.status_code == 403
        assert "An administrator can give you access" in text_of(answer)
    stranger = sign_in("stranger").post(f"{NEW}?project={project.number}&school={school.key}", new())
    assert "No school to add to" in text_of(stranger)
    assert not Participation.objects.exists()


def test_nothing_is_shown_without_signing_in(client, ani):
    for address in (LIST, NEW, record(ani), record(ani, "change/")):
        assert client.get(address).url.startswith(reverse("account_login"))


def test_who_sees_many_projects_types_the_number(sign_in, ani, monkeypatch):
    monkeypatch.setattr(participants, "MOST_TO_CHOOSE", 1)
    factories.ProjectFactory()
    client = sign_in("admin")
    page = text_of(client.get(LIST, {"project": f" {ani.project.number} "}))
    assert f'name="project" value="{ani.project.number}"' in page
    assert ani.person.code in page
    assert client.get(LIST, {"project": "BG-no-such"}).status_code == 404
