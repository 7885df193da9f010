"""The contract of the last release: today's API keeps it, and a change that breaks a client is found and named."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from config.reference import schema_in
from core.api import released

SESSIONS = "/api/v1/sessions/"


@cache
def last() -> dict:
    return json.loads(released.file().read_text("utf-8"))


def test_today_breaks_nothing_of_the_last_release():
    assert released.breaking(last(), released.contract(schema_in("en"))) == [], "see `manage.py release_api --help`"


def shape(document, name):
    return document["components"]["schemas"][name]


def parameter(document, name):
    return next(p for p in document["paths"][SESSIONS]["get"]["parameters"] if p["name"] == name)


def answer(document):
    return document["paths"][SESSIONS]["get"]["responses"]["200"]


def drop(there, *names):
    for name in names[:-1]:
        there = there[name]
    there.pop(names[-1])


BREAKS = {
    "GET /api/v1/sessions/{key}/ is gone.": lambda d: drop(d, "paths", "/api/v1/sessions/{key}/"),
    "POST /api/v1/sessions/ is gone.": lambda d: drop(d, "paths", SESSIONS, "post"),
    "query parameter group is gone": lambda d: d["paths"][SESSIONS]["get"]["parameters"].remove(parameter(d, "group")),
    "the query parameter group is now required": lambda d: parameter(d, "group").update(required=True),
    "maxLength is now 3": lambda d: parameter(d, "project")["schema"].update(maxLength=3),
    "no longer sign in by token": lambda d: drop(d, "paths", SESSIONS, "get", "security", 0),
    "the scope read no longer": lambda d: d["paths"][SESSIONS]["get"]["x-scopes"].remove("read"),
    "answer 201 is gone": lambda d: drop(d, "paths", SESSIONS, "post", "responses", "201"),
    "no longer to be had as text/csv": lambda d: drop(answer(d), "content", "text/csv"),
    "the header ETag is gone": lambda d: drop(answer(d), "headers", "ETag"),
    "hours is gone": lambda d: drop(shape(d, "SessionRow"), "properties", "hours"),
    "hours may be missing now": lambda d: shape(d, "SessionRow")["required"].remove("hours"),
    "null may come now": lambda d: shape(d, "SessionRow")["properties"]["hours"].update(type=["string", "null"]),
    "hours: number may come now": lambda d: shape(d, "SessionRow")["properties"]["hours"].update(type="number"),
    "the value 'held' is gone": lambda d: shape(d, "SessionState")["enum"].remove("held"),
    "place is now required": lambda d: shape(d, "NewSessionRequest")["required"].append("place"),
    "body: on is gone": lambda d: drop(shape(d, "NewSessionRequest"), "properties", "on"),
    "the format is uuid, not date": lambda d: shape(d, "NewSessionRequest")["properties"]["on"].update(format="uuid"),
    "body of application/json is no longer taken": lambda d: drop(
        d, "paths", SESSIONS, "post", "requestBody", "content", "application/json"
    ),
}  # fmt: skip


@pytest.mark.parametrize("told", BREAKS)
def test_what_breaks_a_client_is_named(told):
    changed = deepcopy(last())
    BREAKS[told](changed)
    found = released.breaking(last(), changed)
    assert any(told in sentence for sentence in found), found


def test_what_is_added_breaks_nothing():
    changed = deepcopy(last())
    changed["paths"]["/api/v1/new/"] = {"get": {"responses": {}}}
    changed["paths"][SESSIONS]["get"]["parameters"].append({"in": "query", "name": "new", "schema": {"type": "string"}})
    changed["paths"][SESSIONS]["get"]["x-scopes"].append("new")
    changed["paths"][SESSIONS]["get"]["security"].append({"oauth": ["new"]})
    shape(changed, "SessionRow")["properties"]["new"] = {"type": "string"}
    shape(changed, "NewSessionRequest")["properties"]["new"] = {"type": "string"}
    shape(changed, "SessionState")["enum"].append("new")
    parameter(changed, "project")["schema"].update(maxLength=1000)
    assert released.breaking(last(), changed) == []


def test_the_command_writes_a_release_and_refuses_one_that_breaks_clients(tmp_path, monkeypatch):
    file = tmp_path / "openapi.json"
    monkeypatch.setattr(released, "file", lambda: file)
    monkeypatch.setattr(released, "today", lambda: released.contract(schema_in("en")))
    call_command("release_api", stdout=StringIO())
    first = file.read_text()
    assert json.loads(first) == released.today()
    call_command("release_api", stdout=StringIO())
    assert file.read_text() == first
    more = released.today()
    more["paths"]["/api/v1/old/"] = {"get": {"responses": {}}}
    file.write_text(released.written(more))
    with pytest.raises(CommandError, match="GET /api/v1/old/ is gone"):
        call_command("release_api")
    assert "/api/v1/old/" in file.read_text()
    call_command("release_api", "--anyway", stdout=StringIO())
    assert file.read_text() == first
