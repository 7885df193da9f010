"""Pages of the account and of words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from core.models import ApiToken, AuditEvent


@pytest.fixture
def coordinator(client, people):
    client.force_login(people["coordinator"])
    return people["coordinator"]


@pytest.mark.parametrize("name", ["help", "privacy", "accessibility", "styleguide"])
@pytest.mark.parametrize("language", ["en", "bg", "lv"])
def test_pages_of_words_are_open_to_all(client, db, name, language):
    answer = client.get(f"/{language}/account/{name}/")
    assert answer.status_code == 200
    assert f'lang="{language}"' in answer.content.decode()


def test_each_role_starts_on_its_own_page(client, people):
    starts = {"coordinator": "beneficiaries:week", "officer": "reports:dashboard", "auditor": "reports:dashboard"}
    for who, name in starts.items():
        client.force_login(people[who])
        assert client.get("/en/account/start/").url == reverse(name)


def test_preferences_are_saved_with_an_audit_row(client, coordinator):
    new = {"language": "lv", "theme": "dark", "density": "dense", "hide_names": "on"}
    answer = client.post(reverse("core:settings"), new)
    assert answer.url.startswith("/lv/")
    coordinator.refresh_from_db()
    assert (coordinator.language, coordinator.theme, coordinator.hide_names) == ("lv", "dark", True)
    event = AuditEvent.objects.get(action="account.preferences")
    assert event.after["theme"] == "dark"


def test_wrong_preferences_change_nothing(client, coordinator):
    answer = client.post(reverse("core:settings"), {"language": "xx", "theme": "dark", "density": ""})
    assert answer.status_code == 422
    coordinator.refresh_from_db()
    assert coordinator.theme == "system"


def test_a_token_is_shown_once_and_kept_as_a_hash(client, coordinator):
    until = f"{localdate() + timedelta(days=30):%d.%m.%Y}"
    answer = client.post(reverse("core:tokens"), {"name": "Register", "scopes": ["read"], "until": until})
    token = ApiToken.objects.get(user=coordinator)
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert token.digest == ApiToken.hash(secret)
    assert secret not in client.get(reverse("core:tokens")).content.decode()


def test_the_addresses_of_a_token_are_read_shown_and_written_down(client, coordinator):
    until = f"{localdate() + timedelta(days=30):%d.%m.%Y}"
    body = {"name": "Register", "scopes": ["read"], "until": until}
    wrong = client.post(reverse("core:tokens"), body | {"ranges": "192.0.2.300"})
    assert (wrong.status_code, ApiToken.objects.count()) == (422, 0)
    assert "192.0.2.300" in wrong.context["form"].errors["ranges"][0]
    client.post(reverse("core:tokens"), body | {"ranges": "192.0.2.9/24, 2001:DB8::1\n192.0.2.1/24"})
    ranges = ["192.0.2.0/24", "2001:db8::1/128"]
    assert ApiToken.objects.get().ranges == ranges
    assert AuditEvent.objects.get(action="token.made").after["ranges"] == ranges
    assert "192.0.2.0/24, 2001:db8::1/128" in client.get(reverse("core:tokens")).content.decode()


@pytest.mark.parametrize("days", [-1, 400])
def test_a_token_lives_a_year_at_most(client, coordinator, days):
    until = f"{localdate() + timedelta(days=days):%d.%m.%Y}"
    answer = client.post(reverse("core:tokens"), {"name": "Register", "scopes": ["read"], "until": until})
    assert answer.status_code == 422
    assert answer.context["form"].errors["until"]
    assert not ApiToken.objects.exists()


def test_nobody_revokes_the_token_of_another(client, people, coordinator):
    until = f"{localdate() + timedelta(days=30):%d.%m.%Y}"
    client.post(reverse("core:tokens"), {"name": "Register", "scopes": ["read"], "until": until})
    token = ApiToken.objects.get()
    client.force_login(people["officer"])
    assert client.post(reverse("core:token_revoke", args=[token.pk])).status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None
    client.force_login(coordinator)
    client.post(reverse("core:token_revoke", args=[token.pk]))
    token.refresh_from_db()
    assert token.revoked_at


def test_sign_in_and_out_leave_audit_rows(client, people):
    client.post(reverse("account_login"), {"login": people["officer"].email, "password": "a-long-password"})
    client.post(reverse("account_logout"))
    events = AuditEvent.objects.filter(action__startswith="account.").order_by("pk")
    actions = list(events.values_list("action", "by_key"))
    assert actions == [("account.signed_in", people["officer"].key), ("account.signed_out", people["officer"].key)]


def test_a_wrong_password_opens_nothing(client, people):
    answer = client.post(reverse("account_login"), {"login": people["officer"].email, "password": "wrong"})
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


def test_roles_that_need_a_second_factor_see_only_its_set_up(client, people, settings):
    settings.SECOND_FACTOR_ROLES = ["officer", "auditor"]
    client.force_login(people["officer"])
    assert client.get(reverse("reports:projects")).url == reverse("mfa_index")
    assert client.get(reverse("mfa_index")).status_code == 200
    client.force_login(people["coordinator"])
    assert client.get(reverse("core:settings")).status_code == 200


def test_every_page_carries_the_strict_policy(client, db):
    policy = client.get("/en/account/help/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_body_above_the_limit_is_refused_before_it_is_read(client, coordinator, settings):
    settings.BODY_LIMIT = 1000
    page = client.post(reverse("core:settings"), {"language": "x" * 2000})
    assert page.status_code == 413
    api = client.post("/api/v1/reports/", "x" * 2000, content_type="application/json")
    assert (api.status_code, api["Content-Type"]) == (413, "application/problem+json")


def test_a_form_without_its_session_keeps_what_was_typed(people):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people["coordinator"])
    answer = strict.post(reverse("core:tokens"), {"name": "My long text"})
    assert answer.status_code == 403
    assert "My long text" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_health_answers(client, db):
    assert client.get("/health/").json()["status"] == "ok"
