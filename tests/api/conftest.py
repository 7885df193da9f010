"""Clients of the API, and one project that has a row of everything."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils.timezone import now
from django.utils.translation import override
from rest_framework.test import APIClient

from core.actions import make_token
from core.models import ApiToken
from tests import factories


@pytest.fixture(autouse=True)
def fresh():
    """No test waits for the requests of another one, or speaks its language."""
    cache.clear()
    with override("en"):
        yield
    cache.clear()


@pytest.fixture
def api(db):
    """`api(user)`: a client with a token of all scopes, or of those given."""

    def client(user, *scopes: str, **headers: str) -> APIClient:
        at = now()
        chosen = list(scopes or ApiToken.Scope.values)
        _token, secret = make_token(
            user=user, name="test", scopes=chosen, expires_at=at + timedelta(days=1), by=user, at=at
        )
        made = APIClient(**headers)
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
    from reports import api

    found: Counter = Counter()
    monkeypatch.setattr(api, "wake", lambda report: found.update([report.key]))
    return found
