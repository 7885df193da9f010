"""Webhooks through the API: the same rules as on the pages, and secrets that go out once."""

from __future__ import annotations

import json

import pytest
from django.utils.timezone import now

from config.reference import schema_in
from core.models import KeptAnswer
from reports.webhooks import actions, events
from reports.webhooks.models import Delivery, Webhook

pytestmark = pytest.mark.django_db
URL = "/api/v1/webhooks/"
HOOK = {"name": "Register", "url": "https://register.example.org/in", "events": ["sessions"]}


def test_the_secret_goes_out_once_even_when_the_request_comes_again(api, people, project):
    client = api(people["officer"])
    once = {"HTTP_IDEMPOTENCY_KEY": "1"}
    first = client.post(URL, HOOK | {"project": project.number}, format="json", **once)
    assert first.status_code == 201, first.content
    secret = first.json()["secret"]
    assert secret.startswith("whsec_")
    assert first["Location"].endswith(f"{URL}{first.json()['key']}/")
    assert first.json()["project"] == project.number

    again = client.post(URL, HOOK | {"project": project.number}, format="json", **once)
    assert again.json() == first.json() | {"secret": None}
    assert Webhook.objects.count() == 1
    assert secret not in KeptAnswer.objects.get().body
    assert "secret" not in client.get(first["Location"]).json()

    renewed = client.post(f"{first['Location']}secret/")
    assert renewed.json()["secret"] not in (None, secret)


@pytest.mark.parametrize(
    ("wrong", "code", "place"),
    [
        ({"url": "https://10.0.0.1/"}, 409, "/url"),
        ({"url": "https://[::ffff:169.254.169.254]/"}, 409, "/url"),
        ({"url": "ftp://register.example.org"}, 409, "/url"),
        ({"events": ["reported-costs"]}, 409, "/events"),
        ({"events": []}, 422, "/events"),
        ({"events": ["nothing"]}, 422, "/events/0"),
        ({"project": "BG00"}, 422, "/project"),
        ({"owner": 7}, 422, "/owner"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(wrong, code, place, api, people):
    answer = api(people["coordinator"]).post(URL, HOOK | wrong, format="json")
    assert answer.status_code == code, answer.content
    assert [error["pointer"] for error in answer.json()["errors"]] == [place]
    assert not Webhook.objects.exists()


def test_a_token_that_may_not_read_marks_cannot_have_them_told(api, people):
    marks = HOOK | {"events": ["attendance"]}
    assert api(people["admin"], "webhooks", "read").post(URL, marks, format="json").status_code == 409
    assert api(people["admin"], "webhooks", "attendance").post(URL, marks, format="json").status_code == 201


def test_it_is_changed_in_the_version_read_paused_tested_sent_again_and_removed(api, people):
    client, officer = api(people["officer"]), people["officer"]
    made, _secret = actions.add(name="R", url=HOOK["url"], names=["sessions"], by=officer, at=now())
    here = f"{URL}{made.key}/"
    tag = client.get(here)["ETag"]
    changed = client.patch(here, {"events": ["claims", "claim.decided"], "paused": True}, format="json",
                           HTTP_IF_MATCH=tag)  # fmt: skip
    assert (changed.status_code, changed.json()["pause"]) == (200, "asked")
    assert changed.json()["events"] == ["claims", "claim.decided"]
    assert client.patch(here, {"paused": False}, format="json", HTTP_IF_MATCH=tag).status_code == 412

    message = client.post(f"{here}test/").json()
    assert (message["event"], message["state"]) == (events.TEST, "waiting")
    detail = client.get(f"/api/v1/deliveries/{message['key']}/").json()
    assert json.loads(detail["body"])["type"] == events.TEST
    assert client.post(f"{here}replay/", {"delivery": message["key"]}, format="json").status_code == 409, "a test"
    Delivery.objects.update(is_test=False, state="given_up", next_at=None)
    assert client.post(f"{here}replay/", {"from": "2020-01-01"}, format="json").status_code == 200
    assert client.post(f"{here}replay/", {}, format="json").status_code == 422
    waiting = client.get(f"/api/v1/deliveries/?webhook={made.key}&state=waiting").json()["results"]
    assert [each["key"] for each in waiting] == [message["key"]]

    assert client.post(f"{here}remove/").json()["key"] == str(made.key)
    assert client.get(here).status_code == 404
    assert client.get("/api/v1/deliveries/").json()["results"] == []


def test_the_schema_tells_each_message_that_is_sent(people):
    document = schema_in("en")
    assert set(document["webhooks"]) == {name for name, _label in events.choices()} | {events.TEST}
    told = document["webhooks"]["sessions"]["post"]
    assert [each["name"] for each in told["parameters"]] == ["webhook-id", "webhook-timestamp", "webhook-signature"]
    shape = document["components"]["schemas"]["WebhookMessage"]
    body = json.loads(
        actions.telling.written(events.TEST, now(), dict.fromkeys(shape["properties"]["data"]["required"]))
    )
    assert set(body) == set(shape["required"])
