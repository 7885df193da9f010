"""Pages of sessions and evidence: who opens them, what is told after a mistake, and what a download leaves behind."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from activities.models import Evidence, Session
from activities.views import sessions as views
from core import storage
from core.models import AuditEvent, StoredFile
from tests import factories
from tests.conftest import NOON, path_of

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"
NEW = "/en/work/sessions/new/"


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split()).replace(" >", ">")


def trail():
    return AuditEvent.objects.filter(kind__in=["activities.session", "activities.evidence"]).order_by("pk")


def page_of(session, then="") -> str:
    return f"/en/work/sessions/{session.key}/{then}"


@pytest.fixture
def sign_in(client, people, monkeypatch):
    monkeypatch.setattr(views, "now", lambda: NOON)

    def as_person(who):
        client.force_login(people[who])
        return client

    return as_person


def form(activity, /, **more) -> dict[str, str]:
    return {
        "on": "18.3.2026", "starts_at": "14:00", "ends_at": "15.30", "hours": "1,5", "activity": str(activity.key),
        "place": "Room 3", "leader": "Maria Koleva", "topic": "Reading",
    } | more  # fmt: skip


# --- plan -----------------------------------------------------------------------------------------------------------


def test_a_session_is_planned_with_comma_and_dot(sign_in, activity, group):
    answer = sign_in("coordinator").post(NEW, form(activity))
    session = Session.objects.get()
    assert answer.url == page_of(session)
    assert (session.on, session.starts_at, session.ends_at) == (date(2026, 3, 18), time(14), time(15, 30))
    assert (session.hours, session.group, session.school) == (Decimal("1.50"), group, group.school)


def test_the_form_begins_as_the_groups_last_session(sign_in, session):
    Session.objects.update(place="Room 3", topic="Reading")
    page = text_of(sign_in("coordinator").get(f"{NEW}?on=2026-03-23"))
    assert 'value="23.03.2026"' in page
    assert 'value="Room 3"' in page
    assert 'value="15:30"' in page
    assert 'value="1.5"' in page
    assert 'name="topic" class' in page
    assert 'value="Reading"' not in page


def test_who_has_several_groups_chooses_one(sign_in, group, project, activity):
    other = factories.GroupFactory(project=project, school=group.school, name="Хор")
    client = sign_in("coordinator")
    page = text_of(client.get(NEW))
    assert "which group?" in page
    assert f"?group={other.key}" in page
    client.post(f"{NEW}?group={other.key}", form(activity))
    assert Session.objects.get().group == other
    assert client.get(f"{NEW}?group=x").status_code == 404


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"on": ""}, "Enter a date such as"),
        ({"on": "30.2.2026"}, "has the days 1 to 28"),
        ({"on": "8.12.2025"}, "from 9 December 2025 to 9 December 2028"),
        ({"starts_at": "two"}, "Enter a time such as 14:00."),
        ({"ends_at": "13:00"}, "must end after it starts"),
        ({"hours": "many"}, "Enter the hours as a number, such as 1.5."),
        ({"hours": "1.555"}, "at most two decimals"),
        ({"hours": "0"}, "above 0 and at most 24"),
        ({"hours": "25"}, "above 0 and at most 24"),
        ({"hours": "NaN"}, "Enter the hours as a number"),
        ({"activity": ""}, "Choose an activity."),
        ({"activity": "7"}, "Choose an activity of this project."),
        ({"topic": "x" * 301}, "at most 300 characters"),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_nothing_is_stored(sign_in, activity, group, more, words):
    answer = sign_in("coordinator").post(NEW, form(activity, **more))
    page = text_of(answer)
    assert answer.status_code == 422
    assert "<title>Error: " in page
    assert "There is a problem" in page
    assert page.count(words) == 2  # in the summary, and at the field
    assert 'value="Room 3"' in page
    assert not Session.objects.exists()
    assert not trail().exists()


def test_a_form_sent_twice_plans_once(sign_in, activity, group):
    client = sign_in("coordinator")
    assert client.post(NEW, form(activity)).status_code == 302
    answer = client.post(NEW, form(activity))
    assert answer.status_code == 422
    assert "already has a session on 18 March 2026 from 14:00 to 15:30" in text_of(answer)
    assert Session.objects.count() == 1


def test_an_activity_with_parts_is_not_offered(sign_in, activity, group, project):
    part = factories.ActivityFactory(project=project, parent=activity)
    client = sign_in("coordinator")
    page = text_of(client.get(NEW))
    assert str(part.key) in page
    assert str(activity.key) not in page
    assert client.post(NEW, form(activity)).status_code == 422
    assert not Session.objects.exists()


@pytest.mark.parametrize("who", ["officer", "finance", "auditor"])
def test_who_may_not_plan_is_told_who_can_let_them(sign_in, activity, group, who):
    client = sign_in(who)
    for answer in (client.get(NEW), client.post(NEW, form(activity))):
        assert answer.status_code == 403
        assert "An administrator can give you access" in text_of(answer)
    assert not Session.objects.exists()


def test_a_stranger_does_not_plan_for_this_group(sign_in, activity, group):
    client = sign_in("stranger")
    assert "There is no group yet" in text_of(client.get(NEW))
    factories.GroupFactory(project=group.project, school=group.school)
    client.post(f"{NEW}?group={group.key}", form(activity))
    assert not Session.objects.exists()


# --- change and cancel ----------------------------------------------------------------------------------------------


def as_shown(session) -> dict[str, str]:
    """The form as the page first shows it, hidden memories included."""
    shown = {
        "on": f"{session.on:%d.%m.%Y}", "starts_at": f"{session.starts_at:%H:%M}",
        "ends_at": f"{session.ends_at:%H:%M}", "hours": f"{session.hours.normalize():f}",
        "activity": str(session.activity.key), "place": session.place,
        "leader": session.leader, "topic": session.topic,
    }  # fmt: skip
    return shown | {f"initial-{name}": value for name, value in shown.items()} | {"version": str(session.version)}


def test_the_change_page_remembers_what_it_began_with(sign_in, session):
    session.refresh_from_db()
    page = sign_in("coordinator").get(page_of(session, "change/")).content.decode()
    for name, value in as_shown(session).items():
        if value:
            assert f'name="{name}"' in page
            assert f'value="{value}"' in page


def test_two_people_change_a_session_at_once(sign_in, session):
    session.refresh_from_db()
    mine = as_shown(session) | {"topic": "Mine", "place": "Hall"}
    theirs = as_shown(session) | {"topic": "Theirs", "hours": "2"}
    assert sign_in("admin").post(page_of(session, "change/"), theirs).status_code == 302

    client = sign_in("coordinator")
    answer = client.post(page_of(session, "change/"), mine)
    page = text_of(answer)
    assert answer.status_code == 409
    assert "Admin changed this while you were working" in page
    assert "Yours: Mine" in page
    assert "Theirs: Theirs" in page
    assert 'name="keep_hours"' not in page  # only one of them touched it
    assert 'name="version" value="2"' in page
    session.refresh_from_db()
    assert (session.topic, session.place) == ("Theirs", "")

    again = mine | {"version": "2", "initial-topic": "Theirs", "keep_topic": "theirs"}
    assert client.post(page_of(session, "change/"), again).status_code == 302
    session.refresh_from_db()
    assert (session.topic, session.place, session.hours) == ("Theirs", "Hall", 2)


def test_a_mistake_in_a_change_keeps_what_was_typed(sign_in, session):
    session.refresh_from_db()
    answer = sign_in("coordinator").post(
        page_of(session, "change/"), as_shown(session) | {"hours": "x", "place": "Hall"}
    )
    assert answer.status_code == 422
    assert 'value="Hall"' in text_of(answer)
    session.refresh_from_db()
    assert (session.place, session.version) == ("", 1)


def test_cancelling_asks_for_a_reason(sign_in, session):
    client = sign_in("coordinator")
    assert "stays in the list as cancelled" in text_of(client.get(page_of(session, "cancel/")))
    answer = client.post(page_of(session, "cancel/"), {"because": " "})
    assert answer.status_code == 422
    assert "Say why the session is cancelled." in text_of(answer)
    assert client.post(page_of(session, "cancel/"), {"because": "Flu"}).url == page_of(session)
    session.refresh_from_db()
    assert session.state == "cancelled"


@pytest.mark.parametrize("then", ["change/", "cancel/", "evidence/"])
@pytest.mark.parametrize(("who", "status"), [("officer", 403), ("auditor", 403), ("finance", 404), ("stranger", 404)])
def test_who_may_not_change_a_session(sign_in, session, who, status, then):
    client = sign_in(who)
    for answer in (client.get(page_of(session, then)), client.post(page_of(session, then), {"because": "Flu"})):
        assert answer.status_code == status
    session.refresh_from_db()
    assert (session.state, session.version) == ("planned", 1)
    assert not trail().exists()


def test_a_broken_week_is_not_copied(sign_in, session):
    client = sign_in("coordinator")
    copy = reverse("activities:copy_week")
    assert client.post(copy, {"school": session.school.key, "monday": "tomorrow"}).status_code == 302
    assert client.post(copy, {"school": "x", "monday": "2026-03-23"}).status_code == 404
    sign_in("officer").post(copy, {"school": session.school.key, "monday": "2026-03-23"})
    sign_in("stranger").post(copy, {"school": session.school.key, "monday": "2026-03-23"})
    assert Session.objects.count() == 1


# --- evidence -------------------------------------------------------------------------------------------------------


def send(client, session, *contents, kind="signed_list", **more):
    files = [SimpleUploadedFile(f"list-{n}.pdf", content) for n, content in enumerate(contents)]
    return client.post(page_of(session, "evidence/"), {"kind": kind, "upload": files}, **more)


def test_files_are_attached_all_or_none(sign_in, session, files_dir):
    client = sign_in("coordinator")
    answer = send(client, session, PDF, b"not a pdf")
    assert answer.status_code == 422
    assert "“list-1.pdf” is not a PDF, JPEG or PNG" in text_of(answer)
    assert not Evidence.objects.exists()
    assert not StoredFile.objects.exists()

    assert send(client, session, PDF, PDF + b"2").url == page_of(session) + "#evidence"
    assert Evidence.objects.count() == 2
    answer = send(client, session, PDF)
    assert answer.status_code == 422
    assert "already there" in text_of(answer)
    assert Evidence.objects.count() == trail().count() == 2


@pytest.mark.parametrize(
    ("contents", "kind", "words"),
    [
        ([], "signed_list", "Choose a file."),
        ([b""], "signed_list", "is empty"),
        ([PDF], "poem", "Choose one of the kinds."),
        ([PDF], "", "Choose what kind of file it is."),
        ([PDF + b"x" * 3000], "signed_list", "is too large"),
    ],
)
def test_a_wrong_upload_is_told_beside_its_field(sign_in, session, settings, contents, kind, words):
    settings.UPLOAD_LIMIT = 2000
    answer = send(sign_in("coordinator"), session, *contents, kind=kind)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not StoredFile.objects.exists()
    assert not trail().exists()


def test_a_request_of_two_gigabytes_is_refused_unread(sign_in, session):
    answer = sign_in("coordinator").post(page_of(session, "evidence/"), {}, CONTENT_LENGTH=str(2 * 1024**3))
    assert answer.status_code == 413
    assert not Evidence.objects.exists()


def test_the_script_gets_its_answer_as_json(sign_in, session):
    client = sign_in("coordinator")
    json = {"HTTP_ACCEPT": "application/json"}
    assert send(client, session, PDF, **json).status_code == 201
    again = send(client, session, PDF, **json)
    assert again.status_code == 422
    assert "already there" in again.json()["detail"]
    refused = send(sign_in("officer"), session, PDF, **json)
    assert refused.status_code == 403
    assert "An administrator can give you access" in refused.json()["detail"]


@pytest.fixture
def evidence(session, people):
    file = storage.put([PDF], name="Списък 16 март.pdf", media_type="application/pdf", by=people["admin"], at=NOON)
    return Evidence.objects.create(
        project=session.project, school=session.school, session=session, kind="signed_list", file=file, added_at=NOON
    )


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("admin", 200), ("officer", 200), ("coordinator", 200), ("finance", 404), ("auditor", 200), ("client", 200),
        ("stranger", 404),
    ],
)  # fmt: skip
def test_who_downloads_evidence_and_that_it_is_written_down(sign_in, people, evidence, who, status):
    answer = sign_in(who).get(reverse("activities:evidence_file", args=[evidence.pk]))
    assert answer.status_code == status
    assert trail().count() == (1 if status == 200 else 0)
    if status == 200:
        assert b"".join(answer.streaming_content) == PDF
        assert answer["Content-Disposition"].startswith("attachment")
        event = trail().get()
        assert (event.action, event.by_key, event.key) == (
            "evidence.downloaded", people[who].key, str(evidence.file.key),
        )  # fmt: skip
        assert "Списък" not in str(event.after)


def test_evidence_of_another_school_is_not_there(sign_in, people, project):
    other = factories.school_of(project)
    file = storage.put([PDF], name="list.pdf", media_type="application/pdf", by=people["admin"], at=NOON)
    evidence = Evidence.objects.create(project=project, school=other, kind="document", file=file, added_at=NOON)
    client = sign_in("coordinator")
    assert client.get(reverse("activities:evidence_file", args=[evidence.pk])).status_code == 404
    assert client.post(reverse("activities:evidence_remove", args=[evidence.pk])).status_code == 404


def test_a_file_whose_bytes_are_gone_is_told(sign_in, evidence):
    path_of(evidence.file).unlink()
    answer = sign_in("coordinator").get(reverse("activities:evidence_file", args=[evidence.pk]))
    assert answer.status_code == 404
    assert not trail().exists()


def test_removing_asks_first(sign_in, evidence, session):
    client = sign_in("coordinator")
    address = reverse("activities:evidence_remove", args=[evidence.pk])
    assert "Reports that are sealed already keep it" in text_of(client.get(address))
    evidence.refresh_from_db()
    assert evidence.removed_at is None
    assert client.post(address).url == page_of(session)
    evidence.refresh_from_db()
    assert evidence.removed_at == NOON
    assert client.get(reverse("activities:evidence_file", args=[evidence.pk])).status_code == 404
    assert sign_in("officer").get(address).status_code == 404  # it is off the list


def test_an_officer_removes_nothing(sign_in, evidence):
    assert sign_in("officer").post(reverse("activities:evidence_remove", args=[evidence.pk])).status_code == 403
    evidence.refresh_from_db()
    assert evidence.removed_at is None
