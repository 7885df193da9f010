"""Conditions of requests: what is known is not sent, what was read is changed only as it was, a repeat is one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import orjson
import pytest
from django.db import connection

from beneficiaries import actions as beneficiaries
from beneficiaries.models import Participation
from core.actions import forget_answers
from core.models import AuditEvent, KeptAnswer
from tests.api.conftest import TODAY
from tests.factories import NOON

URL = "/api/v1/"


def kind(response) -> str:
    return response.json()["type"].partition("#")[2]


def test_what_is_known_is_not_sent_again(api, people, participant, session):
    client, tags = api(people["officer"]), []
    for path in (
        "participants/",
        f"participants/{participant.key}/",
        "sessions/",
        f"sessions/{session.key}/",
        "codes/",
    ):
        first = client.get(URL + path)
        tags.append(tag := first["ETag"])
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = client.get(URL + path, headers={"if-none-match": known})
            assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        assert "Authorization" in again["Vary"]
        assert client.get(URL + path, headers={"if-none-match": '"other"'}).content == first.content
        assert client.get(URL + path, headers={"if-match": '"other"'}).status_code == 200
    beneficiaries.leave(participant, left_on=NOON.date(), results={}, by=people["coordinator"], at=TODAY)
    known = tags[1]
    changed = client.get(f"{URL}participants/{participant.key}/", headers={"if-none-match": known})
    assert changed.status_code == 200


def test_a_change_names_the_version_it_was_made_from(api, people, participant):
    client, url = api(people["coordinator"]), f"{URL}participants/{participant.key}/"
    tag = client.get(url)["ETag"]
    left = {"left_on": "2026-06-12"}
    unnamed = client.patch(url, left, format="json", headers={"if-match": ""})
    assert (unnamed.status_code, kind(unnamed)) == (428, "if-match")
    beneficiaries.leave(participant, left_on=NOON.date(), results={}, by=people["admin"], at=TODAY)
    stale = client.patch(url, left, format="json", headers={"if-match": tag})
    assert (stale.status_code, kind(stale)) == (412, "changed-since")
    now = client.get(url)
    assert (stale.json()["current"], stale.json()["etag"]) == (now.json(), now["ETag"])
    participant.refresh_from_db()
    assert participant.left_on == NOON.date()
    came, opened = {"came_back_on": "2026-09-15"}, AuditEvent.objects.filter(action="participant.viewed").count()
    done = client.patch(url, came, format="json", headers={"if-match": f'"x", {now["ETag"]}'})
    assert (done.status_code, done["ETag"]) == (200, client.get(url)["ETag"])
    assert AuditEvent.objects.filter(action="participant.viewed").count() == opened + 1  # only the reading
    assert client.patch(url, came, format="json", headers={"if-match": now["ETag"]}).status_code == 412
    stranger = api(people["stranger"]).patch(url, left, format="json", headers={"if-match": ""})
    assert stranger.status_code == 404


@pytest.fixture
def body(project, group):
    return {
        "project": project.number, "school": str(group.school.key), "given_name": "Ани", "family_name": "Единствена",
        "entered_on": "2026-03-02",
    }  # fmt: skip


def test_a_key_belongs_to_one_request_of_one_person(api, people, body, group, session):
    client, headers = api(people["client"]), {"idempotency-key": "once"}
    url = f"{URL}participants/"
    wrong = client.post(url, body | {"gender": "?"}, format="json", headers=headers)
    assert (wrong.status_code, KeptAnswer.objects.count()) == (422, 0)  # a refusal leaves the key free
    first = client.post(url, body, format="json", headers=headers)
    shuffled = orjson.dumps(dict(reversed(body.items())))
    again = client.post(url, shuffled, content_type="application/json", headers=headers)
    assert (first.status_code, first.content, first["Location"], first["ETag"]) == (
        again.status_code, again.content, again["Location"], again["ETag"],
    )  # fmt: skip
    marks = {"marks": [{"participation": first.json()["key"], "mark": "here"}]}
    for path, other in (("participants/", body | {"gender": "F"}), (f"sessions/{session.key}/attendance/", marks)):
        refused = client.post(URL + path, other, format="json", headers=headers)
        assert (refused.status_code, kind(refused)) == (422, "key-used-before")
    assert Participation.objects.count() == 1
    theirs = api(people["coordinator"]).post(url, body, format="json", headers=headers)
    assert (theirs.status_code, kind(theirs)) == (409, "possible-duplicate")
    assert forget_answers(before=KeptAnswer.objects.get().answered_at) == 0


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_are_one(api, people, body):
    clients = [api(people["client"]) for _ in range(4)]
    start = Barrier(len(clients))

    def send(client):
        try:
            start.wait(10)
            return client.post(f"{URL}participants/", body, format="json", headers={"idempotency-key": "at-once"})
        finally:
            connection.close()

    with ThreadPoolExecutor(len(clients)) as pool:
        answers = list(pool.map(send, clients))
    assert {(answer.status_code, answer.content, answer["Location"]) for answer in answers} == {
        (201, answers[0].content, answers[0]["Location"])
    }
    assert (Participation.objects.count(), AuditEvent.objects.filter(action="participant.added").count()) == (1, 1)
