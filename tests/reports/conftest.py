"""A report that waits, one that is finished without laying out a PDF, and signed-in people."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from reports import actions, snapshot
from reports.models import Report
from reports.tables import columns_csv, to_csv
from tests.conftest import NOON

QUARTER = (date(2026, 1, 1), date(2026, 3, 31))


@pytest.fixture
def question(project):
    """What a report of `project` over the first quarter of 2026 in Bulgarian is asked with."""
    return {"project": project, "kind": "progress", "from_on": QUARTER[0], "to_on": QUARTER[1], "language": "bg"}


@pytest.fixture
def asked(question, people):
    """A report that waits for a worker."""
    return actions.ask(**question, by=people["officer"], at=NOON)[0]


@pytest.fixture
def finish():
    """`finish(report, at=…)` does a worker's work: true figures and tables, and a few bytes in place of the PDF."""

    def finish(report: Report, at=NOON, seconds: int = 4) -> Report:
        claimed = actions.claim(report.pk, at=at)
        assert claimed is not None
        taken = snapshot.take(claimed, at)
        content = b"%PDF-1.7 " + report.key.bytes
        made = [actions.Made("pdf", "", f"{report.project.number}.pdf", "application/pdf", content)]
        for key, table in taken["tables"].items():
            made.append(actions.Made("csv", key, f"{key}.csv", "text/csv; charset=utf-8", to_csv(key, table)))
        columns = columns_csv(list(taken["tables"]), taken["language"])
        made.append(actions.Made("csv", "columns", "columns.csv", "text/csv; charset=utf-8", columns))
        return actions.finish(claimed, taken, made, at=at + timedelta(seconds=seconds))

    return finish


@pytest.fixture
def finished(asked, finish):
    """A finished and sealed report."""
    return finish(asked)


@pytest.fixture
def sign_in(client, people):
    """`sign_in("officer")` gives the test's client as that person."""

    def as_person(who):
        client.force_login(people[who])
        return client

    return as_person
