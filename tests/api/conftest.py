"""Clients of the API, and one project that has a row of everything."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache

import orjson
import pytest
from django.core.cache import cache as requests_seen
from django.utils.timezone import now
from django.utils.translation import override
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from rest_framework.test import APIClient

from config.reference import schema_in
from core.actions import make_token
from core.models import ApiToken
from tests import factories

TODAY = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh(settings, monkeypatch):
    """No test waits for the requests of another one or speaks its language, and no client reads all static files. The
    doors think that it is TODAY."""
    settings.WHITENOISE_AUTOREFRESH = True
    for door in ("sessions", "evidence", "plan", "periods"):
        monkeypatch.setattr(f"activities.api.{door}.now", lambda: TODAY)
    for doors in ("attendance", "changes", "consents", "feeds", "follow_ups", "imports", "participants", "record"):
        monkeypatch.setattr(f"beneficiaries.api.{doors}.now", lambda: TODAY)
    monkeypatch.setattr("core.api.bulk.now", lambda: TODAY)
    for doors in (
        "budgets.api.checking",
        "budgets.api.claims", "budgets.api.costs", "budgets.api.lines", "budgets.api.suppliers", "budgets.api.visits",
        "reports.api.reports",
    ):  # fmt: skip
        monkeypatch.setattr(f"{doors}.now", lambda: TODAY)
    requests_seen.clear()
    with override("en"):
        yield
    requests_seen.clear()


def described(method: str, route: str) -> dict:
    """The operation of the schema behind a route such as api/v1/sessions/<uuid:key>/."""
    return schema_in("en")["paths"][address(route)][method.lower()]


def address(route: str) -> str:
    return "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", route)


@cache
def validator(*path: str) -> Draft202012Validator:
    """A validator of the shape at this place of the schema."""
    whole = Resource.from_contents(schema_in("en"), default_specification=DRAFT202012)
    pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in path)
    registry = Registry().with_resource("urn:api", whole)
    return Draft202012Validator({"$ref": f"urn:api#/{pointer}"}, registry=registry, format_checker=FormatChecker())


def wrong_in(body, *path: str) -> list[str]:
    """What a JSON value has against the shape at this place of the schema."""
    return [f"{error.json_path}: {error.message}" for error in validator(*path).iter_errors(body)]


class TrueClient(APIClient):
    """A client that holds every answer against the schema: its status is declared, its body has the shape it says."""

    def request(self, **kwargs):
        if kwargs["REQUEST_METHOD"] not in ("GET", "HEAD"):
            kwargs.setdefault("HTTP_IF_MATCH", "*")  # what a version is for has tests of its own
        response = super().request(**kwargs)
        route = response.resolver_match.route if response.resolver_match else ""
        method = response.request["REQUEST_METHOD"]
        if (
            response.status_code == 405
            or method == "OPTIONS"
            or "(?P<rest>" in route
            or not route.startswith("api/v1/")
        ):
            return response
        if route in ("api/v1/schema/", "api/v1/docs/"):
            return response
        declared = described("get" if method == "HEAD" else method, route)["responses"]
        code = str(response.status_code)
        assert code in declared, f"{method} {route} answered {code}, which the schema does not declare"
        contents = declared[code].get("content", {})
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if response.streaming or not contents or method == "HEAD":
            return response
        assert kind in contents, f"{method} {route} answered {kind}, declared are {list(contents)}"
        if kind.endswith("json"):
            place = ("paths", address(route), method.lower(), "responses", code, "content", kind, "schema")
            if "anyOf" in contents[kind]["schema"] and "fields=" not in response.request["QUERY_STRING"]:
                place += ("anyOf", "0")  # all fields
            packed = response.headers.get("Content-Encoding") == "gzip"
            body = gzip.decompress(response.content) if packed else response.content
            wrong = wrong_in(orjson.loads(body), *place)
            assert not wrong, f"{method} {route} {code}: {wrong}"
        return response


@pytest.fixture
def api(db):
    """`api(user)`: a client with a token of all scopes, or of those given; its answers are held against the schema."""

    def client(user, *scopes: str, **headers: str) -> APIClient:
        at = now()
        chosen = list(scopes or ApiToken.Scope.values)
        _token, secret = make_token(
            user=user, name="test", scopes=chosen, expires_at=at + timedelta(days=1), by=user, at=at
        )
        made = TrueClient(**headers)
        made.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return made

    return client


@pytest.fixture
def line(project, activity):
    contract = project.contracts.get()
    return factories.BudgetLineFactory(contract=contract, activity=activity)


@pytest.fixture
def cost(line):
    return factories.ReportedCostFactory(line=line)


@pytest.fixture
def participant(group):
    return factories.member_of(group)


@pytest.fixture
def report(project, people):
    from reports import actions

    asked, _new = actions.ask(
        project=project,
        kind="progress",
        from_on=factories.date(2026, 1, 1),
        to_on=factories.date(2026, 3, 31),
        language="en",
        by=people["officer"],
        at=factories.NOON,
    )
    return asked


@pytest.fixture
def done(report):
    """A finished report with one file of four bytes."""
    from reports import actions, snapshot

    claimed = actions.claim(report.pk, at=factories.NOON)
    taken = snapshot.take(claimed, factories.NOON)
    made = [actions.Made("csv", "indicators", "figures.csv", "text/csv; charset=utf-8", b"a,b\n")]
    return actions.finish(claimed, taken, made, at=factories.NOON)


@pytest.fixture
def woken(monkeypatch):
    """The reports for which a worker was woken, instead of waking one."""
    from reports.api import filings, reports

    found: Counter = Counter()
    for door in (filings, reports):
        monkeypatch.setattr(door, "wake", lambda report: found.update([report.key]))
    return found
