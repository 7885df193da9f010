"""Hostile bodies to every operation that writes, on things that are there: each is refused at once, and nothing too
large is read. Operations join by themselves, out of the schema and their case of rights."""

from __future__ import annotations

import gzip
import json
import time
from copy import deepcopy

import pytest
from django.core.cache import cache
from django.db import transaction

from config.reference import schema_in
from core.api import ClientRateThrottle
from tests.api.test_rights import CASES, send  # noqa: F401 - a row of everything

JSON = "application/json"
WRITES = [case.name for case in CASES if not case.name.startswith(("get ", "delete "))]
DEEP = 50_000
BODIES = {
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep inside": b'{"project":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "huge number": b'{"version": ' + b"9" * 1_000_000 + b"}",
    "huge exponent": b'{"version": 1e999999999}',
    "NUL": b'{"project": "\x00"}',
    "half a letter": rb'{"project": "\ud800"}',
    "half a name": rb'{"\udfff": 1}',
    "not UTF-8": b'{"project": "\xff\xfe"}',
    "UTF-16": '{"project": "a"}'.encode("utf-16"),
    "a bomb": gzip.compress(b"[" * 3_000_000),
    "packed and cut off": gzip.compress(b'{"project": "BG05"}')[:-9],
    "cut off": b'{"project": "BG05',
    "a list": b"[1, 2]",
    "a text": b'"text"',
    "nothing": b"",
}
OTHER_KINDS = ["text/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/plain", "\x7f"]
OTHER_VALUES = [None, True, 1e308, 10**400, "\x00", {"a": [{}]}]


class Ear:
    """Stands in for a client, to hear the address that a case asks."""

    def __getattr__(self, method):
        def hear(address, *_body, **_more):
            self.address = address

        return hear

    def generic(self, _method, address, *_body, **_more):
        self.address = address


class Endless:
    """A body of which nobody should ask for a byte."""

    asked = 0

    def read(self, size=-1):
        Endless.asked += 1
        return b"x" * max(size, 0)

    readline = read


def refused(client, method, address, body, kind=JSON, **more):
    cache.clear()
    began = time.process_time()
    with transaction.atomic():
        answer = client.generic(method.upper(), address, body, kind, **more)
        transaction.set_rollback(True)
    assert time.process_time() - began < 2
    return answer


def places(value, here=()):
    """Where values stand in a body, inner ones too; of a list the first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for name, found in inner:
        yield (*here, name)
        yield from places(found, (*here, name))


def with_at(body, place, value):
    """The body with another value at this place."""
    made = deepcopy(body)
    around = made
    for name in place[:-1]:
        around = around[name]
    around[place[-1]] = value
    return made


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITES)
def test_hostile_bodies_are_refused(name, api, people, send, monkeypatch):  # noqa: F811
    monkeypatch.setattr(ClientRateThrottle, "THROTTLE_RATES", {"client": None})
    method, path = name.split(" ")
    client, ear = api(people["admin"]), Ear()
    send(ear, name)
    big = client.generic(
        method.upper(), ear.address, b"", JSON, CONTENT_LENGTH=str(50 << 20), **{"wsgi.input": Endless()}
    )
    assert (big.status_code, Endless.asked) == (413, 0)
    wanted = schema_in("en")["paths"][f"/api/v1/{path}"][method].get("requestBody", {})
    content = wanted.get("content", {})
    if JSON not in content:
        return
    for kind, body in BODIES.items():
        if not body and not wanted.get("required"):
            continue
        answer = refused(client, method, ear.address, body)
        assert 400 <= answer.status_code < 500, kind
        assert answer["Content-Type"] == "application/problem+json", kind
    for kind in OTHER_KINDS:
        assert refused(client, method, ear.address, b"{}", kind).status_code == 415, kind
    example = next(iter(content[JSON]["examples"].values()))["value"]
    for place in places(example):
        for value in OTHER_VALUES:
            body = json.dumps(with_at(example, place, value))
            answer = refused(client, method, ear.address, body.encode())
            assert answer.status_code < 500, body[:200]  # that it is told, the client itself asserts
