"""Limits of requests: one count for all processes, and none while the broker is away."""

from __future__ import annotations

import logging
import multiprocessing
import time
from types import SimpleNamespace

from django.core.cache import cache
from django.urls import reverse

from core import shared
from core.api import ClientRateThrottle
from core.models import ApiToken

URL = "/api/v1/"


def allowed(requests: int) -> int:
    """How many of so many requests of one person this process lets through."""
    user = SimpleNamespace(pk=10**9, is_authenticated=True)
    return sum(
        ClientRateThrottle().allow_request(SimpleNamespace(user=user, auth=None), None) for _request in range(requests)
    )


def test_processes_share_one_limit(monkeypatch):
    monkeypatch.setattr(ClientRateThrottle, "THROTTLE_RATES", {"client": "100/day"})
    with multiprocessing.get_context("fork").Pool(2) as processes:
        through = processes.map(allowed, [80, 80], chunksize=1)
    assert sum(through) == 100
    assert allowed(1) == 0


def test_without_the_broker_the_portal_answers_and_says_so_once(api, people, client, settings, monkeypatch, caplog):
    monkeypatch.setattr(shared, "_away", shared._Away())
    monkeypatch.setattr(ClientRateThrottle, "THROTTLE_RATES", {"client": "1/day"})
    there = settings.CACHES
    settings.CACHES = {"default": there["default"] | {"LOCATION": "redis+socket:///nowhere.sock?virtual_host=3"}}
    program = api(people["officer"])
    answers = [program.get(URL + "me/") for _ in range(3)]
    assert [(answer.status_code, "RateLimit" in answer) for answer in answers] == [(200, False)] * 3
    signed_in = client.post(reverse("account_login"), {"login": people["officer"].email, "password": "a-long-password"})
    assert signed_in.status_code == 302
    began = time.monotonic()
    assert {shared.count("a", 60) for _ in range(1000)} == {0}
    assert time.monotonic() - began < 2 * shared.PAUSE  # it is not waited for each time
    assert [record.levelno for record in caplog.records if record.name == "core.shared"] == [logging.ERROR]
    settings.CACHES = there
    monkeypatch.setattr(shared._away, "until", 0.0)
    assert [program.get(URL + "me/").status_code for _ in range(2)] == [200, 429]


def test_what_is_kept_comes_back_and_clearing_leaves_the_queues(db):
    client = cache._cache.get_client(None, write=True)
    client.rpush("a-queue-of-celery", "a task")
    cache.set_many({"a": [1, 2.5, "ж", {"b": None}], "c": 7})
    assert cache.get_many(["a", "c", "d"]) == {"a": [1, 2.5, "ж", {"b": None}], "c": 7}
    cache.clear()
    assert (cache.get("a"), cache.has_key("c"), client.llen("a-queue-of-celery")) == (None, False, 1)
    client.delete("a-queue-of-celery")


def test_a_token_is_used_from_its_addresses_only(api, people, settings):
    client = api(people["officer"])
    token = ApiToken.objects.get(user=people["officer"])
    ApiToken.objects.filter(pk=token.pk).update(ranges=["192.0.2.0/24", "2001:db8::/32"])

    def asked(**more) -> int:
        return client.get(URL + "me/?language=en", **more).status_code

    there = ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8:1::9"]
    assert [asked(REMOTE_ADDR=address) for address in (*there, "192.0.3.7", "2001:db9::1")] == [200] * 3 + [403] * 2
    refused = client.get(URL + "me/?language=en", REMOTE_ADDR="203.0.113.5").json()
    assert refused["type"].endswith("#wrong-address")
    assert "203.0.113.5" in refused["detail"]
    # without a proxy of the office nobody believes what a client says of itself; behind one only what that one says
    assert asked(REMOTE_ADDR="203.0.113.5", HTTP_X_FORWARDED_FOR="192.0.2.7") == 403
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert asked(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.5, 192.0.2.7") == 200
    assert asked(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.7, 203.0.113.5") == 403
