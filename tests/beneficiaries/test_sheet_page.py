"""C2: the class sheet in the browser without and with its script: marks, names, who came besides, the list to sign."""

from __future__ import annotations

import io
import re
from datetime import date
from uuid import uuid4

import pikepdf
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activities.models import Evidence, Session
from beneficiaries import pdf as pdf_lib
from beneficiaries.models import Attendance, GroupMember
from core.models import AuditEvent
from tests import factories
from tests.conftest import NOON

JSON = {"HTTP_ACCEPT": "application/json"}


def page_of(session) -> str:
    return f"/en/work/sessions/{session.key}/"


def marks_of(session) -> str:
    return page_of(session) + "marks/"


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


def trail():
    return AuditEvent.objects.filter(kind="activities.session").order_by("pk")


def stored(session) -> dict[str, str]:
    return {str(a.participation.key): a.mark for a in session.attendance.select_related("participation")}


@pytest.fixture
def pupils(group):
    return [factories.member_of(group) for _n in range(3)]


# --- who sees what --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("admin", 200), ("officer", 200), ("coordinator", 200), ("finance", 404), ("auditor", 200), ("client", 200),
        ("stranger", 404),
    ],
)  # fmt: skip
def test_who_opens_the_sheet(sign_in, session, pupils, who, status):
    assert sign_in(who).get(page_of(session)).status_code == status


def test_the_school_sees_names_in_the_order_of_the_alphabet(sign_in, session, pupils):
    for pupil, given in zip(pupils, ("Явор", "Ангел", "Жана"), strict=True):
        pupil.person.identity.given_name = given
        pupil.person.identity.save()
    answer = sign_in("coordinator").get(page_of(session))
    assert [line["name"].split()[0] for line in answer.context["lines"]] == ["Ангел", "Жана", "Явор"]
    assert "Show names" not in text_of(answer)
    assert not trail().exists()


@pytest.mark.parametrize("who", ["officer", "auditor"])
def test_others_see_codes_and_ask_for_names(sign_in, people, session, pupils, who):
    client = sign_in(who)
    before = text_of(client.get(page_of(session)))
    assert pupils[0].person.code in before
    assert pupils[0].person.identity.family_name not in before
    assert "Mark all present" not in before

    client.post(page_of(session) + "names/")
    event = trail().get()
    assert (event.action, event.by_key, event.project) == (
        "participant.names_shown", people[who].key, session.project.number,
    )  # fmt: skip
    for _time in range(2):
        assert pupils[0].person.identity.family_name in text_of(client.get(page_of(session)))
    assert trail().count() == 1  # one event a disclosure, not one a page view

    other = factories.SessionFactory(
        project=session.project, school=session.school, group=session.group, activity=session.activity,
        on=date(2026, 3, 9),
    )  # fmt: skip
    assert pupils[0].person.identity.family_name not in text_of(client.get(page_of(other)))


@pytest.mark.parametrize("who", ["coordinator", "officer"])
def test_hidden_names_stay_hidden(sign_in, people, session, pupils, who):
    people[who].hide_names = True
    people[who].save()
    client = sign_in(who)
    client.post(page_of(session) + "names/")
    page = text_of(client.get(page_of(session)))
    assert pupils[0].person.code in page
    assert pupils[0].person.identity.family_name not in page
    assert not trail().exists()


def test_who_has_no_right_to_names_is_refused(sign_in, session, pupils):
    client = sign_in("client")
    assert pupils[0].person.identity.family_name not in text_of(client.get(page_of(session)))
    assert client.post(page_of(session) + "names/").status_code == 403
    assert not trail().exists()


def test_queries_do_not_grow_with_the_class(sign_in, session, group, pupils):
    client = sign_in("coordinator")
    GroupMember.objects.exclude(participation=pupils[0]).delete()

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(page_of(session)).status_code == 200
        return len(caught)

    factories.attended(session, pupils[0])
    queries()
    one = queries()
    for n in range(3):
        factories.attended(session, factories.member_of(group), "absent" if n else "here")
    assert queries() == one <= 25


# --- without a script -----------------------------------------------------------------------------------------------


def sheet(session, **marks) -> dict[str, str]:
    """The form as a browser sends it: what was there, and what is chosen now."""
    there = stored(session)
    form = {}
    for key, mark in marks.items():
        form[f"base-{key}"] = there.get(key, "")
        if mark:
            form[f"mark-{key}"] = mark
    return form


def test_mark_all_then_two_exceptions_then_done(sign_in, session, class_of_30):
    client = sign_in("coordinator")
    assert client.post(marks_of(session), {"all": "here"}).url == page_of(session)
    assert text_of(client.get(page_of(session))).count(' value="here" checked') == 30

    keys = [str(p.key) for p in class_of_30]
    form = sheet(session, **dict.fromkeys(keys, "here"))
    form |= {f"mark-{keys[3]}": "absent", f"mark-{keys[7]}": "excused", "done": "1"}
    answer = client.post(marks_of(session), form)
    assert answer.url == f"/en/work/week/?week=2026-W12&school={session.school.key}"
    assert "28 here, 1 absent, 1 excused, 0 not marked" in text_of(client.get(answer.url))
    assert [stored(session)[key] for key in (keys[0], keys[3], keys[7])] == ["here", "absent", "excused"]
    assert trail().count() == 2


def test_mark_all_keeps_what_is_chosen_on_the_form(sign_in, session, pupils):
    keys = [str(p.key) for p in pupils]
    form = sheet(session, **{keys[0]: "absent", keys[1]: "", keys[2]: ""})
    sign_in("coordinator").post(marks_of(session), form | {"all": "here"})
    assert stored(session) == {keys[0]: "absent", keys[1]: "here", keys[2]: "here"}


def test_done_with_some_unmarked_asks(sign_in, session, pupils):
    client = sign_in("coordinator")
    answer = client.post(marks_of(session), sheet(session, **{str(pupils[0].key): "here"}) | {"done": "1"})
    assert answer.url == page_of(session) + "?left=1"
    page = text_of(client.get(answer.url))
    assert "2 participants are not marked yet" in page
    assert "Leave it so and go back to the week" in page


def test_a_conflict_shows_both_marks_and_loses_nothing(sign_in, people, session, pupils):
    first, second, _third = (str(p.key) for p in pupils)
    form = sheet(session, **{first: "here", second: "excused"})
    factories.attended(session, pupils[0], "absent")
    Attendance.objects.update(marked_by=people["admin"])
    client = sign_in("coordinator")
    answer = client.post(marks_of(session), form)

    assert answer.status_code == 409
    page = text_of(answer)
    assert "Admin marked meanwhile: Absent. Yours: Here." in page
    assert f'name="mark-{second}" value="excused" checked' in page
    assert stored(session) == {first: "absent"}
    assert not trail().exists()

    form = sheet(session, **{first: "here", second: "excused"})  # as the answer's hidden fields say
    assert f'name="base-{first}" value="absent"' in page
    assert client.post(marks_of(session), form).status_code == 302
    assert stored(session) == {first: "here", second: "excused"}


@pytest.mark.parametrize("wrong", ["late", "x" * 500, "<script>"])
def test_a_wrong_mark_is_told_and_stores_nothing(sign_in, session, pupils, wrong):
    first, second, _third = (str(p.key) for p in pupils)
    answer = sign_in("coordinator").post(marks_of(session), {f"mark-{first}": "here", f"mark-{second}": wrong})
    assert answer.status_code == 422
    assert "is not a mark of this programme" in text_of(answer)
    assert "<script>”" not in answer.content.decode()
    assert not Attendance.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("officer", 403), ("auditor", 403), ("finance", 404), ("stranger", 404)])
def test_who_may_not_mark_changes_nothing(sign_in, session, pupils, who, status):
    answer = sign_in(who).post(marks_of(session), sheet(session, **{str(pupils[0].key): "here"}))
    assert answer.status_code == status
    assert status == 404 or "An administrator can give you access" in text_of(answer)
    assert not Attendance.objects.exists()
    assert not trail().exists()


def test_a_cancelled_session_shows_why_and_takes_no_marks(sign_in, session, pupils):
    Session.objects.update(state="cancelled", cancelled_because="Flu in the whole school")
    client = sign_in("coordinator")
    page = text_of(client.get(page_of(session)))
    assert "Flu in the whole school" in page
    assert "Mark all present" not in page
    assert client.post(marks_of(session), {f"mark-{pupils[0].key}": "here"}).status_code == 423
    assert not Attendance.objects.exists()


def test_a_session_to_come_cannot_be_marked_yet(sign_in, session, pupils):
    Session.objects.update(on=date(2026, 3, 17))
    client = sign_in("coordinator")
    assert "has not taken place yet" in text_of(client.get(page_of(session)))
    assert client.post(marks_of(session), {f"mark-{pupils[0].key}": "here"}).status_code == 423
    assert not Attendance.objects.exists()


def test_late_is_offered_where_the_programme_knows_it(sign_in, session, pupils):
    client = sign_in("coordinator")
    assert 'value="late"' not in text_of(client.get(page_of(session)))
    programme = session.project.programme
    programme.marks_late = True
    programme.save()
    assert text_of(client.get(page_of(session))).count('value="late"') == 3


def test_a_mark_is_taken_away(sign_in, session, pupils):
    factories.attended(session, pupils[0])
    client = sign_in("coordinator")
    assert "Take the mark away" in text_of(client.get(page_of(session)))
    client.post(marks_of(session), {"participation": str(pupils[0].key), "mark": ""})
    assert stored(session) == {}
    session.refresh_from_db()
    assert session.state == "planned"


# --- with the script ------------------------------------------------------------------------------------------------


def test_pairs_are_answered_with_counts_and_the_time(sign_in, session, pupils):
    first, second, _third = (str(p.key) for p in pupils)
    body = {"participation": [first, second], "mark": ["here", "absent"], "base": ["", ""]}
    answer = sign_in("coordinator").post(marks_of(session), body, **JSON)
    assert answer.status_code == 200
    assert answer.json() == {"saved_at": "14:00", "here": 1, "absent": 1, "excused": 0, "late": 0, "unmarked": 1}
    assert stored(session) == {first: "here", second: "absent"}


def test_a_repeated_key_changes_nothing(sign_in, session, pupils):
    key = str(pupils[0].key)
    client = sign_in("coordinator")
    headers = JSON | {"HTTP_IDEMPOTENCY_KEY": "one"}
    first = client.post(marks_of(session), {"participation": key, "mark": "here"}, **headers)
    client.post(marks_of(session), {"participation": key, "mark": "absent"}, **JSON)
    again = client.post(marks_of(session), {"participation": key, "mark": "here"}, **headers)
    assert again.json() == first.json()
    assert stored(session) == {key: "absent"}
    other = client.post(marks_of(session), {"participation": key, "mark": "excused"}, **headers)
    assert other.status_code == 422
    assert "sent before with other content" in other.json()["detail"]


def test_a_conflict_is_answered_with_both_marks(sign_in, session, pupils):
    key = str(pupils[0].key)
    factories.attended(session, pupils[0], "absent")
    body = {"participation": key, "mark": "here", "base": ""}
    answer = sign_in("coordinator").post(marks_of(session), body, **JSON)
    assert answer.status_code == 409
    (conflict,) = answer.json()["conflicts"]
    assert (conflict["participation"], conflict["yours"], conflict["theirs"]) == (key, "here", "absent")
    assert pupils[0].person.identity.family_name not in answer.content.decode()
    assert stored(session) == {key: "absent"}


def test_the_script_is_told_why_not(client, sign_in, session, pupils):
    body = {"participation": str(pupils[0].key), "mark": "here"}
    assert client.post(marks_of(session), body, **JSON).status_code == 401
    assert client.post(marks_of(session), body).url.startswith(reverse("account_login"))
    officer = sign_in("officer").post(marks_of(session), body, **JSON)
    assert officer.status_code == 403
    assert "An administrator can give you access" in officer.json()["detail"]
    coordinator = sign_in("coordinator")
    for wrong in ({"participation": [str(uuid4())], "mark": ["here"]}, {"participation": ["a", "b"], "mark": ["here"]}):
        answer = coordinator.post(marks_of(session), wrong, **JSON)
        assert answer.status_code == 422
        assert answer.json()["detail"]
    Session.objects.update(state="cancelled", cancelled_because="Flu")
    assert coordinator.post(marks_of(session), body, **JSON).status_code == 423
    assert not Attendance.objects.exists()


# --- who came besides -----------------------------------------------------------------------------------------------


def test_who_came_besides_is_found_in_any_script_and_joins_from_that_day(sign_in, session, pupils):
    from beneficiaries.actions import search_key

    other = factories.participation(session.project, session.school)
    identity = other.person.identity
    identity.given_name, identity.family_name = "Щерю", "Жеков"
    identity.search_key = search_key("Щерю", "Жеков")
    identity.save()
    client = sign_in("coordinator")
    for text in ("shter", "ЩЕРЮ жек", "Zhekov", other.person.code.lower()):
        assert "Щерю Жеков" in text_of(client.get(page_of(session) + "join/", {"q": text}))
    assert "Nobody of your school is found" in text_of(client.get(page_of(session) + "join/", {"q": "Nikita"}))
    assert "Nobody of your school" in text_of(client.get(page_of(session) + "join/", {"q": pupils[0].person.code}))

    answer = client.post(page_of(session) + "join/", {"participation": other.key})
    assert answer.url == page_of(session) + f"#p-{other.key}"
    assert other.group_members.get().from_on == date(2026, 3, 16)
    assert "Щерю Жеков" in text_of(client.get(page_of(session)))


def test_nobody_of_another_school_joins(sign_in, session, pupils, project):
    other = factories.participation(project, factories.school_of(project))
    client = sign_in("coordinator")
    for key in (other.key, uuid4(), "x"):
        assert client.post(page_of(session) + "join/", {"participation": key}).status_code == 404
    assert sign_in("officer").get(page_of(session) + "join/").status_code == 403
    assert not other.group_members.exists()


def test_who_had_left_by_then_is_refused_in_words(sign_in, session):
    other = factories.participation(session.project, session.school, left_on=date(2026, 2, 1))
    answer = sign_in("coordinator").post(page_of(session) + "join/", {"participation": other.key})
    assert answer.status_code == 422
    assert "was not in the project on that day" in text_of(answer)


# --- the list to sign, the topic, evidence --------------------------------------------------------------------------


def test_the_blank_list_is_a_tagged_pdf_with_names_lockup_and_code_and_is_written_down(sign_in, session, pupils):
    answer = sign_in("coordinator").get(page_of(session) + "list/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert "no-store" in answer["Cache-Control"]
    with pikepdf.open(io.BytesIO(answer.content)) as document:
        assert document.Root.MarkInfo.Marked
        assert str(document.Root.Lang) == "en"
        assert len(document.pages) == 1
        assert pdf_lib.code(session) == "-".join(re.findall("....", session.key.hex[-12:].upper()))
        figures = [f for f in document.objects if isinstance(f, pikepdf.Dictionary) and f.get("/S") == "/Figure"]
        assert "Co-funded by the European Union" in {str(f.get("/Alt", "")) for f in figures}
    assert trail().get().action == "participant.names_shown"
    assert sign_in("auditor").get(page_of(session) + "list/").status_code == 403


def test_the_topic_alone_can_be_saved(sign_in, session, pupils):
    client = sign_in("coordinator")
    page = client.get(page_of(session)).content.decode()
    assert f'name="version" value="{session.version}"' in page
    form = {"version": session.version, "initial-topic": "", "topic": "Fairy tales"}
    client.post(f"/en/work/sessions/{session.key}/change/", form)
    session.refresh_from_db()
    assert (session.topic, session.version, str(session.hours)) == ("Fairy tales", 2, "1.50")


def test_an_empty_group_says_what_to_do(sign_in, session):
    assert "Nobody is in this group yet" in text_of(sign_in("coordinator").get(page_of(session)))
    assert "Add a participant" not in text_of(sign_in("officer").get(page_of(session)))


def test_evidence_is_listed_and_removed_evidence_is_not(sign_in, session, pupils, people):
    from core import storage

    file = storage.put([b"%PDF-1.7"], name="list.pdf", media_type="application/pdf", by=people["admin"], at=NOON)
    evidence = Evidence.objects.create(
        project=session.project, school=session.school, session=session, kind="signed_list", file=file, added_at=NOON
    )
    client = sign_in("auditor")
    page = text_of(client.get(page_of(session)))
    assert reverse("activities:evidence_file", args=[evidence.pk]) in page
    assert "Remove" not in page
    Evidence.objects.update(removed_at=NOON)
    assert "list.pdf" not in text_of(client.get(page_of(session)))


def test_who_is_at_two_places_at_once_is_pointed_out(sign_in, session, pupils, project, school):
    club = factories.GroupFactory(project=project, school=school, name="Хор")
    other = factories.SessionFactory(project=project, school=school, group=club, activity=session.activity)
    factories.attended(session, pupils[0])
    factories.attended(session, pupils[1])
    factories.attended(other, pupils[0], "here")
    factories.attended(other, pupils[1], "absent")
    page = text_of(sign_in("coordinator").get(page_of(session)))
    assert page.count("also at Хор, 14:00") == 1
