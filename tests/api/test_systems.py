"""Systems that sign in by OAuth 2.0 client credentials: what they get, and where they are turned away."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta

import pytest
from allauth.idp.oidc.models import Token
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import now

from config.reference import schema_in
from core import actions
from core.access import Refused
from core.api.oauth import TRIES
from core.models import AuditEvent, System
from core.tasks import clear_old_rows
from projects.actions.systems import make_system, refusals, renew_secret, revoke_system
from tests.api.conftest import TrueClient, described, wrong_in

URL = "/api/v1/"
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def made(people) -> tuple[System, str]:
    return make_system(
        name="Register", user=people["client"], scopes=["read", "participants"], rate=600, by=people["admin"], at=now()
    )


def as_told(answer):
    """The same answer, held against the schema."""
    code, kind = str(answer.status_code), answer["Content-Type"]
    told = described("post", "api/v1/oauth/token/")["responses"][code]
    assert kind in told["content"], (code, kind)
    place = ("paths", URL + "oauth/token/", "post", "responses", code, "content", kind, "schema")
    assert not wrong_in(answer.json(), *place)
    assert set(told.get("headers", {})) <= set(answer.headers)
    return answer


@pytest.fixture
def ask(client, made):
    """`ask(…)`: the answer of the token endpoint to this system, or to another id or secret."""

    def asked(body=GRANT, name="", secret="", **more):
        basic = b64encode(f"{name or made[0].client_id}:{secret or made[1]}".encode()).decode()
        return as_told(client.post(URL + "oauth/token/", body, headers={"authorization": f"Basic {basic}"}, **more))

    return asked


def bearer(answer) -> TrueClient:
    program = TrueClient()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access_token']}")
    return program


def test_a_system_gets_a_token_of_an_hour_and_the_rights_of_its_account(ask, made, people, project, client):
    answer = ask()
    told = answer.json()
    assert (answer.status_code, told["token_type"], told["expires_in"]) == (200, "Bearer", 3600)
    assert set(told["scope"].split()) == {"read", "participants"}
    assert (answer["Cache-Control"], "refresh_token" in told) == ("no-store", False)
    kept = Token.objects.get()
    assert told["access_token"] not in (kept.hash, made[0].client.secret)
    assert made[1] not in made[0].client.secret
    program = bearer(answer)
    me = program.get(URL + "me/").json()
    assert (me["email"], me["token"]["name"], me["token"]["scopes"]) == (
        people["client"].email, "Register", ["participants", "read"],
    )  # fmt: skip
    assert [row["number"] for row in program.get(URL + "projects/").json()["results"]] == [project.number]
    assert program.get(URL + "reports/").json()["type"].endswith("#missing-scope")
    assert (now() - System.objects.get().last_used_at).total_seconds() < 60
    people["client"].memberships.all().delete()
    assert program.get(f"{URL}projects/{project.number}/").status_code == 404
    # id and secret in the form; fewer scopes than it may have
    form = GRANT | {"client_id": made[0].client_id, "client_secret": made[1], "scope": "read"}
    assert client.post(URL + "oauth/token/", form).json()["scope"] == "read"


def test_what_is_wrong_is_told_as_rfc_6749_says(ask, made, client, people):
    unknown = {"client_id": "x\0", "client_secret": made[1]}
    cases = [
        (ask(secret="wrong"), 401, "invalid_client"),
        (ask(name="nobody"), 401, "invalid_client"),
        (ask(name="nob\0dy"), 400, "invalid_request"),
        (client.post(URL + "oauth/token/", GRANT | unknown), 400, "invalid_request"),
        (client.post(URL + "oauth/token/", GRANT), 401, "invalid_client"),
        (ask(GRANT | {"scope": "money"}), 400, "invalid_scope"),
        (ask({}), 400, "invalid_request"),
        (ask("{}", content_type="application/json"), 400, "invalid_request"),
        (ask({"grant_type": ["client_credentials"] * 2}), 400, "invalid_request"),
        (ask({"grant_type": "password"}), 400, "unsupported_grant_type"),
        (ask({"grant_type": "authorization_code", "code": "1"}), 400, "unsupported_grant_type"),
        (ask({"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}), 400, "unsupported_grant_type"),
    ]
    for answer, code, error in cases:
        assert (answer.status_code, answer.json()["error"]) == (code, error), answer.content
        assert answer["Cache-Control"] == "no-store"
        assert answer.headers.get("WWW-Authenticate", "").startswith("Basic") == (code == 401)
    assert not Token.objects.exists()
    assert ask().status_code == 200
    assert client.get(URL + "oauth/token/").status_code == 405


def test_a_system_gets_nothing_while_its_account_is_an_administrators(ask, made, people):
    role = people["client"].memberships.create(role="administrator")
    assert (ask().status_code, ask().json()["error"]) == (400, "unauthorized_client")
    assert not Token.objects.exists()
    role.delete()
    assert ask().status_code == 200


def test_a_revoked_system_and_a_closed_account_are_out_at_once(ask, made, people):
    program = bearer(ask())
    people["client"].is_active = False
    people["client"].save()
    assert (program.get(URL + "me/").status_code, ask().json()["error"]) == (401, "invalid_client")
    people["client"].is_active = True
    people["client"].save()
    assert program.get(URL + "me/").status_code == 200
    for _again in range(2):
        revoke_system(made[0], by=people["admin"], at=now())
    assert (program.get(URL + "me/").status_code, ask().status_code, ask().json()["error"]) == (
        401, 401, "invalid_client",
    )  # fmt: skip
    assert AuditEvent.objects.filter(action="system.revoked", by_key=people["admin"].key).count() == 1


def test_a_token_ends_and_is_cleared_away(ask):
    program = bearer(ask())
    Token.objects.update(expires_at=now() - timedelta(seconds=1))
    assert program.get(URL + "me/").status_code == 401
    clear_old_rows()
    assert not Token.objects.exists()


def test_addresses_and_limits_of_a_system_are_its_own(ask, made, api, people):
    System.objects.update(ranges=["192.0.2.0/24"], rate=2)
    elsewhere = ask()
    assert (elsewhere.status_code, elsewhere.json()["error"], Token.objects.count()) == (400, "unauthorized_client", 0)
    assert "127.0.0.1" in elsewhere.json()["error_description"]
    program = bearer(ask(REMOTE_ADDR="192.0.2.1"))
    assert program.get(URL + "me/").json()["type"].endswith("#wrong-address")
    cache.clear()
    answers = [program.get(URL + "me/", REMOTE_ADDR="192.0.2.1") for _ in range(3)]
    assert answers[0]["RateLimit-Policy"] == '"client";q=2;w=60'
    assert answers[2].status_code == 429 or answers[2]["RateLimit"].startswith('"client";r=1')  # a minute began
    assert api(people["client"]).get(URL + "me/")["RateLimit-Policy"] == '"client";q=600;w=60'


def test_one_address_does_not_try_secrets_for_ever(ask, monkeypatch):
    monkeypatch.setattr("core.api.oauth.time.time", lambda: 1e9)
    answers = [ask({}) for _ in range(TRIES + 1)]
    assert [answer.status_code for answer in answers[-2:]] == [400, 429]
    assert int(answers[-1]["Retry-After"]) <= 60
    assert ask({}, REMOTE_ADDR="192.0.2.1").status_code == 400


def test_the_schema_shows_how_to_ask_and_its_example_gets_a_token(client, made):
    told = described("post", "api/v1/oauth/token/")
    (kind,) = told["requestBody"]["content"]
    (example,) = told["requestBody"]["content"][kind]["examples"].values()
    assert kind == "application/x-www-form-urlencoded"
    form = example["value"] | {"client_id": made[0].client_id, "client_secret": made[1]}
    place = ("paths", URL + "oauth/token/", "post", "requestBody", "content", kind, "schema")
    assert not wrong_in(form, *place)
    answer = as_told(client.post(URL + "oauth/token/", urlencode(form), content_type=kind))
    assert (answer.status_code, answer.json()["scope"]) == (200, "read")
    assert answer.json().keys() == told["responses"]["200"]["content"]["application/json"]["example"].keys()
    page = client.get(URL + "docs/").content.decode()
    assert "-u &quot;$CLIENT_ID:$CLIENT_SECRET&quot;" in page
    assert "-d grant_type=client_credentials" in page
    large = "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    assert as_told(client.post(URL + "oauth/token/", large, content_type=kind)).json()["error"] == "invalid_request"
    many = "&".join(f"a{n}=1" for n in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))
    assert as_told(client.post(URL + "oauth/token/", many, content_type=kind)).json()["error"] == "invalid_request"


def test_a_new_secret_ends_the_old_one_and_the_tokens_made_with_it(ask, made, people):
    program = bearer(ask())
    with pytest.raises(PermissionDenied):
        renew_secret(made[0], by=people["officer"], at=now())
    assert program.get(URL + "me/").status_code == 200
    secret = renew_secret(made[0], by=people["admin"], at=now())
    assert secret != made[1]
    assert (program.get(URL + "me/").status_code, ask().status_code) == (401, 401)
    assert bearer(ask(secret=secret)).get(URL + "me/").status_code == 200
    event = AuditEvent.objects.get(action="system.secret_renewed")
    assert (event.by_key, event.key, secret in str(event.after)) == (people["admin"].key, str(made[0].key), False)
    revoke_system(made[0], by=people["admin"], at=now())
    with pytest.raises(Refused):
        renew_secret(made[0], by=people["admin"], at=now())
    assert ask(secret=secret).status_code == 401


def test_a_secret_renewed_while_a_token_is_made_gives_none(ask, made, people, monkeypatch):
    """As if an administrator were faster than the request that brought the old secret."""
    from core.api import oauth

    true = oauth.provided

    def slow(request):
        answer = true(request)
        made[0].client.set_secret("another")
        made[0].client.save()
        return answer

    monkeypatch.setattr(oauth, "provided", slow)
    assert (ask().status_code, Token.objects.exists()) == (401, False)


def test_refused_uses_are_written_down_once_an_hour_for_each_reason(ask, made, people, api):
    def told():
        return [event.after["refusal"] for event in AuditEvent.objects.filter(action="system.refused").order_by("pk")]

    program = bearer(ask())
    assert (ask().status_code, told()) == (200, [])  # what goes well leaves nothing
    for _again in range(3):
        ask(secret="wrong")
        ask(name="nobody")  # no system of ours
    assert told() == ["secret"]
    ask(GRANT | {"scope": "money"})
    Token.objects.update(expires_at=now() - timedelta(seconds=1))
    assert [program.get(URL + "me/").status_code for _again in range(2)] == [401, 401]
    assert told() == ["secret", "scope", "expired"]
    program = bearer(ask())
    System.objects.update(ranges=["192.0.2.0/24"])
    assert (program.get(URL + "me/").status_code, ask().status_code) == (403, 400)
    System.objects.update(ranges=[])
    revoke_system(made[0], by=people["admin"], at=now())
    ask()
    assert told() == ["secret", "scope", "expired", "address", "revoked"]
    event = AuditEvent.objects.filter(action="system.refused").first()
    assert (event.by_key, event.project, event.after["address"]) == (None, "", "127.0.0.1")
    later = now() + timedelta(hours=1, minutes=1)
    actions.refused(made[0], System.Refusal.SECRET, address="192.0.2.7", at=later)
    assert told()[-1] == "secret"
    system, why, address, _at = refusals(later)[0]
    assert (system, why, address) == (made[0], System.Refusal.SECRET, "192.0.2.7")
    assert refusals(later + timedelta(days=31)) == []
    assert api(people["auditor"]).get(URL + "audit-events/").json()["results"] == []  # for administrators


def test_who_lets_systems_in_and_as_whom(people, made):
    told = {"name": "S", "user": people["client"], "scopes": ["read"], "rate": 60, "at": now()}
    with pytest.raises(PermissionDenied):
        make_system(**told, by=people["officer"])
    with pytest.raises(PermissionDenied):
        revoke_system(made[0], by=people["officer"], at=now())
    wrong = {"name": " ", "user": people["admin"], "scopes": ["everything"], "rate": 0}
    with pytest.raises(Refused) as refused:
        make_system(**told | wrong, by=people["admin"])
    assert set(refused.value.message_dict) == set(wrong)
    assert (System.objects.count(), AuditEvent.objects.filter(action__startswith="system.").count()) == (1, 1)


def test_the_page_shows_the_secret_once_and_revokes(client, people):
    client.force_login(people["admin"])
    page, body = (
        reverse("projects:systems"),
        {"name": "Register", "scopes": ["read"], "rate": "60", "ranges": "10.0.0.1"},
    )
    assert client.post(page, body | {"user": people["admin"].pk}).status_code == 422
    answer = client.post(page, body | {"user": people["client"].pk})
    system, secret = System.objects.get(), answer.context["secret"]
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert secret in answer.content.decode()
    later = client.get(page).content.decode()
    assert (secret in later, system.client_id in later, "10.0.0.1/32" in later) == (False, True, True)
    event = AuditEvent.objects.get(action="system.made")
    assert (event.after["client_id"], event.after["user"]) == (system.client_id, str(people["client"].key))
    assert people["client"].name not in str(event.after)
    assert system.client.check_secret(secret)
    renewing = reverse("projects:system_secret", args=[system.key])
    assert secret not in client.get(renewing).content.decode()
    answer = client.post(renewing)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert answer.context["secret"] in answer.content.decode()
    system.client.refresh_from_db()
    assert (system.client.check_secret(secret), system.client.check_secret(answer.context["secret"])) == (False, True)
    actions.refused(system, System.Refusal.SECRET, address="192.0.2.7", at=now())
    shown = client.get(page).content.decode()
    assert ("192.0.2.7" in shown, "Wrong secret" in shown) == (True, True)
    assert client.post(reverse("projects:system_revoke", args=[system.key])).url == page
    refused = client.post(renewing)
    assert (refused.status_code, "This system was revoked" in refused.content.decode()) == (409, True)
    assert System.objects.get().revoked_at


def test_programs_read_in_the_schema_how_a_system_signs_in():
    flow = schema_in("en")["components"]["securitySchemes"]["system"]["flows"]["clientCredentials"]
    assert (flow["tokenUrl"], "read" in flow["scopes"]) == ("/api/v1/oauth/token/", True)
    wanted = schema_in("en")["paths"]["/api/v1/projects/"]["get"]["security"]
    assert {"token": []} in wanted
    assert {"system": ["read"]} in wanted
    assert {"system": []} in schema_in("en")["paths"]["/api/v1/me/"]["get"]["security"]
