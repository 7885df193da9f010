"""The contract: Schemathesis sends what the schema tells of, and what it does not, to every operation of a running
portal, follows the links from answer to operation, and holds every answer against the schema.

`CONTRACT=20` sends twenty times as much to each operation, with all parameters that every operation takes."""

from __future__ import annotations

import os
from collections import Counter
from copy import deepcopy
from datetime import timedelta

import pytest
import requests
import schemathesis
from django.db import connection
from django.utils.timezone import now
from schemathesis.engine import events, from_schema

from config.api import SAID_ONCE, schema_in
from core.actions import make_token
from core.api import ClientRateThrottle
from core.api.uploads import PIECE
from core.models import ApiToken
from tests.api.test_rights import send  # noqa: F401 - a row of everything

TIMES = int(os.environ.get("CONTRACT", "1"))
schemathesis.serializer.alias(PIECE, "application/octet-stream")
PHASES = ["examples", "coverage", "fuzzing", "stateful"]
ALLOWED = ["2xx", "3xx", 401, 403, 404, 409, 412, 422, 428]
"""What may become of a request that the schema allows: its keys may lead nowhere, and rules may stand against it."""


def document(site: str, headers: dict[str, str]) -> dict:
    """The schema, with what is there in place of keys; parameters that one piece of code takes for all operations stay
    with those of sessions only."""
    told = deepcopy(schema_in("en"))
    for address, methods in told["paths"].items():
        collection, inside, _rest = address.partition("{key}")
        there = requests.get(f"{site}{collection}", headers=headers, timeout=60) if inside else None
        keys = [row["key"] for row in there.json()["results"]] if there and there.status_code == 200 else []
        for operation in methods.values():
            if TIMES == 1 and "/sessions/" not in address:
                needless = SAID_ONCE | {"Idempotency-Key"}
                operation["parameters"] = [p for p in operation["parameters"] if p["name"] not in needless]
            for parameter in operation["parameters"] if keys else []:
                if parameter["name"] == "key":
                    parameter["schema"] = {"enum": keys}
    return told


def thinner(told: dict) -> list[dict]:
    """Eleven of twelve operations, for which the values at the edges are left out."""
    names = [f"{method.upper()} {address}" for address, methods in told["paths"].items() for method in methods]
    chosen = [name for position, name in enumerate(names) if position % 12 and TIMES == 1]
    return [{"include-name": chosen, "phases": {"coverage": {"enabled": False}}}] if chosen else []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_portal_answers_as_its_schema_says(people, send, monkeypatch, live_server):  # noqa: F811
    monkeypatch.setattr(ClientRateThrottle, "THROTTLE_RATES", {"client": "1000000/min"})
    at, who = now(), people["admin"]
    scopes = list(ApiToken.Scope.values)
    _token, secret = make_token(
        user=who, name="contract", scopes=scopes, expires_at=at + timedelta(days=1), by=who, at=at
    )
    headers = {"Authorization": f"Bearer {secret}"}
    told = document(live_server.url, headers)
    config = {
        "seed": 1,
        "base-url": live_server.url,
        "headers": headers,
        "request-timeout": 300,
        "generation": {"max-examples": TIMES, "no-shrink": True},
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ALLOWED},
            "negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 405, 406, 409, 412, 415, 422, 428]},
            "missing_required_header": {"expected-statuses": [401, 412, 422, 428]},
        },
        "phases": {
            "coverage": {"unexpected-methods": ["delete"]},
            "stateful": {"max-steps": 10, "generation": {"max-examples": 8 * TIMES}},
        },
        "operations": thinner(told),
        "continue-on-failure": True,
        "cache": {"enabled": False},
    }
    run = schemathesis.openapi.from_dict(told, config=schemathesis.Config.from_dict(config))
    ended, answers, wrong, broken = [], Counter(), [], []
    for event in from_schema(run).execute():
        match event:
            case events.PhaseFinished():
                ended.append(event.phase.name.value)
            case events.NonFatalError() | events.FatalError():
                broken.append(event)
            case events.ScenarioFinished(recorder=recorder):
                for sent in recorder.interactions.values():
                    answers[event.phase.value, sent.response.status_code if sent.response else 0] += 1
                found = [check.failure_info for checks in recorder.checks.values() for check in checks]
                wrong += [f"{recorder.label}: {f.failure.message}\n{f.code_sample}" for f in found if f]
    connection.close_pool()
    assert ended[-4:] == PHASES
    assert not wrong, f"{len(wrong)} answers are not as the schema says:\n" + "\n\n".join(wrong[:10])
    assert not broken, broken
    worked = Counter(phase for (phase, status), number in answers.items() for _ in range(number) if status < 300)
    assert min(worked[phase] for phase in PHASES[1:]) > 5, answers
