"""Several participants at once: shown first, then changed all or none, each by the action of its own record."""

from __future__ import annotations

import io
from datetime import date

import pikepdf
import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client

from activities.models import Session
from beneficiaries.models import Attendance, Certificate, Notice, Result
from beneficiaries.views import chosen
from core.models import AuditEvent, User
from tests import factories
from tests.factories import NOON

LIST = "/en/work/participants/"
CHOSEN = LIST + "chosen/"


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    monkeypatch.setattr(chosen, "now", lambda: NOON)


@pytest.fixture
def pupils(group):
    return [factories.member_of(group) for _n in range(3)]


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


def told(rows, do, **more):
    return {"do": do, "chosen": [str(row.key) for row in rows], "back": "?q=&project=x"} | more


def test_who_enters_chooses_in_the_list_and_sees_the_chosen_first(sign_in, pupils, project):
    page = sign_in("coordinator").get(f"{LIST}?project={project.number}&all=1").text
    assert page.count('name="chosen"') == 3
    assert "Chosen: 3" in page
    assert 'name="chosen"' not in sign_in("officer").get(f"{LIST}?project={project.number}").text
    client = sign_in("coordinator")
    before = AuditEvent.objects.count()
    for do in ("move", "left"):
        page = text_of(client.post(CHOSEN, told(pupils[:2], do)))
        assert all(str(row.person.identity) in page for row in pupils[:2])
        assert "Chosen: 2" in page
        assert str(pupils[2].key) not in page
    assert AuditEvent.objects.count() == before
    nobody = client.post(CHOSEN, told([], "move"))
    assert nobody.url == f"{LIST}?q=&project=x"
    assert "Choose one or more participants first." in text_of(client.get(nobody.url[: len(LIST)]))


def test_a_class_moves_together_or_not_at_all(sign_in, pupils, group, school, project):
    choir = factories.GroupFactory(project=project, school=school, name="Хор")
    late = factories.participation(project, school, entered_on=date(2026, 3, 10))
    asked = {"sure": "1", "group": str(choir.key), "out_of": str(group.key), "from_on": "2.3.2026"}
    client = sign_in("coordinator")
    before = AuditEvent.objects.count()
    answer = client.post(CHOSEN, told([*pupils, late], "move", **asked))
    assert answer.status_code == 422
    assert "The participant was not in the project on that day." in text_of(answer)
    assert answer.text.count('name="chosen"') == 4
    assert (
        answer.text.count(" checked>") - answer.text.count('data-check-all="chosen" checked>') == 3
    )  # not the late one
    assert (choir.members.count(), AuditEvent.objects.count()) == (0, before)
    done = client.post(CHOSEN, told(pupils, "move", **asked))
    assert done.url == f"{LIST}?q=&project=x"
    assert set(choir.members.values_list("participation", "from_on")) == {(p.pk, date(2026, 3, 2)) for p in pupils}
    assert set(group.members.values_list("until_on", flat=True)) == {date(2026, 3, 1)}
    verbs = AuditEvent.objects.order_by("pk")[before:].values_list("action", flat=True)
    assert sorted(verbs) == ["participant.joined_group"] * 3 + ["participant.left_group"] * 3
    same = client.post(CHOSEN, told(pupils, "move", **asked | {"out_of": str(choir.key)}))
    assert "Choose another group than the one they go to." in text_of(same)


def test_leaving_with_a_result_holds_the_lock_and_is_written_for_each(sign_in, pupils, project):
    asked = {"sure": "1", "left_on": "27.2.2026", "in_education": "28.2.2026"}
    client = sign_in("coordinator")
    project.programme.late_days = 10
    project.programme.save()
    answer = client.post(CHOSEN, told(pupils, "left", **asked))
    assert text_of(answer).count("February 2026 is locked") <= 2  # once for all, beside the day
    assert not Result.objects.exists()
    project.programme.late_days = None
    project.programme.save()
    assert client.post(CHOSEN, told(pupils, "left", **asked)).status_code == 302
    assert Result.objects.filter(kind="in_education", seen_on=date(2026, 2, 28)).count() == 3
    assert AuditEvent.objects.filter(action="participant.left", key__in=[str(p.key) for p in pupils]).count() == 3


def test_consent_forms_are_one_page_each_in_the_language_of_the_participants(sign_in, pupils, programme):
    client = sign_in("coordinator")
    refused = client.post(CHOSEN, told(pupils, "forms"))
    assert refused.status_code == 302  # there is no notice yet
    text = {"bg": "Какво пазим и защо. " * 100, "en": "What we keep and why."}
    notice = Notice.objects.create(programme=programme, version="2.1", text=text, from_on=date(2026, 1, 1))
    page = client.post(CHOSEN, told(pupils, "forms"))
    assert page.context["form"]["language"].value() == programme.language == "bg"
    answer = client.post(CHOSEN, told(pupils, "forms", sure="1", language="bg", notice=str(notice.pk)))
    assert answer["Content-Type"] == "application/pdf"
    with pikepdf.open(io.BytesIO(answer.content)) as document:
        assert len(document.pages) == 3
        assert str(document.Root.Lang) == "bg"
        figures = [f for f in document.objects if isinstance(f, pikepdf.Dictionary) and f.get("/S") == "/Figure"]
        assert len(figures) == 3
        assert all(str(f.get("/Alt")) for f in figures)
    shown = AuditEvent.objects.filter(action="participant.names_shown")
    assert {event.key for event in shown} == {str(row.key) for row in pupils}


def test_certificates_say_what_was_attended_for_how_long_in_the_language_of_the_family(sign_in, pupils, session):
    client = sign_in("coordinator")
    Session.objects.filter(pk=session.pk).update(state="held")
    marks = {pupils[0]: "here", pupils[1]: "late", pupils[2]: "absent"}
    for row, mark in marks.items():
        Attendance.objects.create(participation=row, session=session, mark=mark, marked_at=NOON)
    asked = {"sure": "1", "language": "bg"}
    refused = client.post(CHOSEN, told(pupils, "certificates", **asked))
    assert refused.status_code == 422
    assert "No attended session is recorded, so there is nothing to certify." in text_of(refused)
    assert not AuditEvent.objects.filter(action="participant.certified").exists()

    answer = client.post(CHOSEN, told(pupils[:2], "certificates", **asked))
    with pikepdf.open(io.BytesIO(answer.content)) as document:
        assert (len(document.pages), str(document.Root.Lang)) == (2, "bg")
    pages = [" ".join(page.get_textpage().get_text_range().split()) for page in pypdfium2.PdfDocument(answer.content)]
    for row in pupils[:2]:
        page = next(page for page in pages if row.person.code in page)
        assert str(row.person.identity) in page
        assert "Удостоверение" in page
        assert "1,5" in page
        assert "12.01.2026" in page
        code = Certificate.objects.get(code__in=page.split()).code
        assert f"/bg/verify/{code}/" in page.replace(" ", "")
        checked = text_of(Client().get(f"/en/verify/{code}/"))
        assert f"{code} is the check code of a certificate of participation" in checked
        assert "1.5 h in 1 session" in checked
        assert str(row.person.identity) not in checked
        assert row.person.code not in checked
    whole = Client().post("/en/verify/", {"file": SimpleUploadedFile("a.pdf", answer.content)})
    assert text_of(Client().get(whole["Location"])).count("1.5 h in 1 session") == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        Certificate.objects.update(hours=9)
    events = AuditEvent.objects.filter(action="participant.certified")
    assert {event.after["certificate"] for event in events} == set(Certificate.objects.values_list("code", flat=True))
    assert {event.key for event in events} == {str(row.key) for row in pupils[:2]}
    assert {event.after["hours"] for event in events} == {"1.50"}
    assert not any(str(row.person.identity) in str(event.after) for row in pupils for event in events)

    User.objects.update(hide_names=True)
    hidden = client.post(CHOSEN, told(pupils[:2], "certificates", **asked))
    assert hidden.status_code == 302
    assert events.count() == 2


@pytest.mark.parametrize(("who", "code"), [("officer", 403), ("auditor", 403), ("stranger", 404), ("admin", 200)])
def test_only_who_may_change_a_record_acts_on_several(sign_in, pupils, who, code):
    assert sign_in(who).post(CHOSEN, told(pupils, "left")).status_code == code
