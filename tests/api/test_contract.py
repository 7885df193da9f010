"""The contract: Schemathesis sends what the schema tells of, and what it does not, to every operation of a running
portal, follows the links from answer to operation, and holds every answer against the schema.

In the suite every operation gets its examples, every twelfth of its values at the edges (never fewer than FEWEST, the
same ones each time), one random request, and its part of eight walks of ten steps along the links; the parameters that
one piece of code takes for all operations are tried with those of sessions only. `CONTRACT=20` sends all values at the
edges, with all parameters, twenty random requests to each operation and 160 walks, which takes an hour; `CONTRACT_OF`
names the operations by a pattern: `CONTRACT=20 CONTRACT_OF=v1/claims make test ARGS=tests/api/test_contract.py`.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from copy import deepcopy
from datetime import timedelta

import pytest
import requests
import schemathesis
from django.db import connection
from django.utils.timezone import now
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.engine import events, from_schema

from config.reference import SAID_ONCE, schema_in
from core.actions import make_token
from core.api import ClientRateThrottle
from core.api.uploads import PIECE
from core.models import ApiToken
from tests.api.test_rights import send  # noqa: F401 - a row of everything

TIMES = int(os.environ.get("CONTRACT", "1"))
ONLY = os.environ.get("CONTRACT_OF", "")
EVERY, FEWEST = 12 if TIMES == 1 else 1, 6
schemathesis.serializer.alias(PIECE, "application/octet-stream")
PHASES = ["examples", "coverage", "fuzzing", "stateful"]
ALLOWED = ["2xx", "3xx", 401, 403, 404, 409, 412, 413, 422, 428]
"""What may become of a request that the schema allows: its keys may lead nowhere, rules may stand against it, and how
large a file may be is for each portal to say (Tus-Max-Size)."""


def document(site: str, headers: dict[str, str]) -> dict:
    """The schema, with what is there in place of keys; parameters that one piece of code takes for all operations stay
    with those of sessions only."""
    told = chosen(deepcopy(schema_in("en")))
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


def chosen(told: dict) -> dict:
    """The document with the operations of CONTRACT_OF only, and the links among them."""
    told["paths"] = {
        address: kept
        for address, methods in told["paths"].items()
        if (kept := {m: operation for m, operation in methods.items() if re.search(ONLY, f"{m.upper()} {address}")})
    }
    operations = [operation for methods in told["paths"].values() for operation in methods.values()]
    names = {operation["operationId"] for operation in operations}
    for operation in operations:
        for answer in operation["responses"].values():
            if "links" in answer:
                answer["links"] = {name: link for name, link in answer["links"].items() if link["operationId"] in names}
    return told


def thin(run) -> Counter:
    """Leave out of the values at the edges what this run has no time for; counts those that are sent."""
    met, sent = Counter(), Counter()

    def filter_case(context, case):
        if case.meta is None or case.meta.phase.name.value != "coverage":
            return True
        label = case.operation.label
        met[label] += 1
        if sent[label] >= FEWEST and met[label] % EVERY:
            return False
        sent[label] += 1
        return True

    run.hook(filter_case)
    return sent


def told_by_row(failure, sent) -> bool:
    """Whether a wrong row was refused beside the right ones, as is asked for with `mode=rows`: the answer is 200, and
    what is wrong stands in it."""
    if not isinstance(failure, AcceptedNegativeData) or not sent.request.uri.partition("?")[0].endswith("/bulk/"):
        return False
    return sent.response.status_code == 200 and sent.response.json()["counts"]["refused"] > 0


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_portal_answers_as_its_schema_says(people, send, monkeypatch, live_server):  # noqa: F811
    monkeypatch.setattr(ClientRateThrottle, "THROTTLE_RATES", {"client": "1000000/min"})
    monkeypatch.setattr("core.api.oauth.TRIES", 1_000_000)
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
        "continue-on-failure": True,
        "cache": {"enabled": False},
    }
    run = schemathesis.openapi.from_dict(told, config=schemathesis.Config.from_dict(config))
    edges = thin(run)
    ended, answers, wrong, broken = [], Counter(), {}, []
    for event in from_schema(run).execute():
        match event:
            case events.PhaseFinished():
                ended.append(event.phase.name.value)
            case events.NonFatalError(label=label, info=info):
                broken.append(f"{label}: {info}")
            case events.FatalError(exception=exception):
                broken.append(str(exception))
            case events.ScenarioFinished(recorder=recorder):
                for sent in recorder.interactions.values():
                    answers[event.phase.value, sent.response.status_code if sent.response else 0] += 1
                found = [
                    (check.failure_info, recorder.interactions[case])
                    for case, checks in recorder.checks.items()
                    for check in checks
                    if check.failure_info
                ]
                for one, sent in found:
                    if told_by_row(one.failure, sent):
                        continue
                    name = f"{one.failure.operation}: {one.failure.title}: {one.failure.message}"
                    wrong.setdefault(name, one.code_sample)
    connection.close_pool()
    assert ended[-4:] == PHASES
    shown = [f"{name}\n{sample}" for name, sample in wrong.items()][: 10 * TIMES]
    assert not wrong, f"{len(wrong)} kinds of answers are not as the schema says:\n" + "\n\n".join(shown)
    assert not broken, "\n\n".join(broken)
    worked = Counter(phase for (phase, status), number in answers.items() for _ in range(number) if status < 300)
    assert min(worked[phase] for phase in PHASES[1:]) > 5 or ONLY, answers
    labels = {f"{method.upper()} {address}" for address, methods in told["paths"].items() for method in methods}
    assert set(edges) == labels
