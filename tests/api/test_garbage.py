"""Garbage to every operation: whatever is sent, the answer is declared in the schema and is never a server error."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import orjson
import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budgets.actions import begin_amendment, start_claim
from config.reference import schema_in
from core.api import ClientRateThrottle
from tests.factories import NOON

SURPRISES = [
    "", " ", "\x00", "a\x00b", "null", "true", "-1", "0", "1e999", "9" * 60, "NaN", "2026-02-30", "2026-03-16",
    "0000-00-00", "24:00", "14:00", "%", "_", "\\", "'; --", "{}", "[]", "\u202e", "😀", "ї" * 300, "../..", "<b>",
    "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e", "progress", "here", "bg", "BG05SFPR001-1.008-0000",
]  # fmt: skip
text = st.sampled_from(SURPRISES) | st.text(max_size=30).filter(lambda t: t.isprintable() or "\x00" in t)
whole = st.integers(min_value=-(2**63), max_value=2**64 - 1)
scalar = st.none() | st.booleans() | whole | st.floats(allow_nan=False, allow_infinity=False) | text
anything = st.recursive(scalar, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3))


def operations():
    return [
        pytest.param(address, method, told, id=f"{method} {address}")
        for address, methods in schema_in("en")["paths"].items()
        for method, told in methods.items()
    ]


def near(shape: dict) -> st.SearchStrategy:
    """Values that come near a shape of the schema, so that they get past its first check, and others."""
    schemas = schema_in("en")["components"]["schemas"]
    while "$ref" in shape:
        shape = schemas[shape["$ref"].rpartition("/")[2]]
    if "oneOf" in shape:
        return st.one_of(*(near(inner) for inner in shape["oneOf"]), anything)
    kinds = shape.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if "enum" in shape:
        return st.sampled_from(shape["enum"]) | anything
    if "const" in shape:
        return st.just(shape["const"])
    if kind == "object" and "properties" in shape:
        return st.fixed_dictionaries({}, optional={n: near(s) for n, s in shape["properties"].items()}) | anything
    if kind == "array":
        return st.lists(near(shape["items"]), max_size=3) | anything
    formats = {
        "date": st.dates().map(str),
        "time": st.times().map(str),
        "uuid": st.uuids().map(str),
        "decimal": st.decimals(allow_nan=False, allow_infinity=False).map(str),
    }
    if shape.get("format") in formats:
        return formats[shape["format"]] | scalar
    return {"integer": whole, "boolean": st.booleans()}.get(kind, text) | scalar


@pytest.mark.slow
@pytest.mark.parametrize(("address", "method", "told"), operations())
def test_garbage(address, method, told, api, people, project, session, participant, done, report, monkeypatch, woken):
    monkeypatch.setattr(ClientRateThrottle, "THROTTLE_RATES", {"client": None})
    client = api(people["admin"])
    known = {
        "number": [project.number],
        "key": [str(session.key), str(participant.key), str(done.key), str(report.key)],
        "position": ["0"],
        "name": ["nuts"],
        "paper": [str(session.key)],
        "table": ["1", "6", "10"],
        "version": ["1"],
        "finding": ["1"],
        "event": ["1"],
        "group": [str(session.group.key)],
        "consent": [str(session.key)],
    }
    if "/amendments/" in address or "/claims/" in address:
        who: dict = {"by": people["finance"], "at": NOON}
        days = {"from_on": NOON.date(), "to_on": NOON.date()}
        made = [
            begin_amendment(project, because="More clubs", **who),
            start_claim(project, kind="interim", **days, **who),
        ]
        known["key"] = [str(one.key) for one in made]
    shape = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    names = [p["name"] for p in told["parameters"] if p["in"] == "query"]
    inside = [p["name"] for p in told["parameters"] if p["in"] == "path"]

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(
        path=st.fixed_dictionaries({name: st.sampled_from(known[name]) | text for name in inside}),
        query=st.dictionaries(
            (st.sampled_from(names) if names else st.nothing()) | text, text | st.dates().map(str), max_size=4
        ),
        body=near(shape) if shape else st.none(),
        key=st.sampled_from(["", "a", "x" * 81]),
    )
    def send(path, query, body, key):
        cache.clear()
        where = address
        for name, value in path.items():
            where = where.replace(f"{{{name}}}", quote(value, safe="") or "%20")
        where += f"?{urlencode(query)}" if query else ""
        headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
        if shape:
            sent = getattr(client, method)(where, orjson.dumps(body), content_type="application/json", **headers)
        else:
            sent = getattr(client, method)(where, **headers)
        assert sent.status_code < 500  # that it is declared, the client itself asserts

    send()
