"""Sealed figures are counted again at night: what drifts is shown, and the seal stays as it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from beneficiaries.models import Participation
from core import audit
from reports import actions, tasks
from reports.indicators.models import Drift
from reports.models import Report
from tests import factories
from tests.conftest import NOON

LATER = NOON + timedelta(days=1)


@pytest.fixture
def sealed(project, school, activity, people):
    """A submitted report over the first months of the project, in which two pupils entered."""
    first = project.contracts.get().starts_on
    row = factories.participation(project, school, entered_on=first)
    factories.participation(project, school, gender="M", entered_on=first)
    filing = actions.lay_out(project, months=6, days=30, final_days=60, by=people["officer"], at=NOON)[0]
    actions.write(filing, {"": "We began."}, seen={}, by=people["coordinator"], at=NOON)
    filing.refresh_from_db()
    actions.submit(filing, version=filing.version, by=people["coordinator"], at=NOON)
    return Report.objects.get(kind="submitted"), row


def test_a_record_changed_behind_the_portal_s_back_is_a_drift_of_the_sealed_report(sealed, people):
    report, row = sealed
    before = report.snapshot_sha256
    assert actions.recount_submitted(at=LATER) == []

    Participation.objects.filter(pk=row.pk).update(labour_status="EM")
    found = actions.recount_submitted(at=LATER)

    assert {(d.code, d.part, d.stored, d.counted) for d in found if d.part == "to_date"} == {
        ("EECO04", "to_date", "1/1/0/2", "0/1/0/1"), ("EECO05", "to_date", "0/0/0/0", "1/0/0/1"),
    }  # fmt: skip
    assert actions.recount_submitted(at=LATER) == []
    report.refresh_from_db()
    assert report.snapshot_sha256 == before
    assert Drift.objects.visible_to(people["auditor"]).filter(of="report").count() == len(found)


def test_a_change_through_the_portal_is_no_drift(sealed, people):
    report, row = sealed
    Participation.objects.filter(pk=row.pk).update(labour_status="EM")
    audit.record("participant.changed", row, by=people["coordinator"], at=LATER, project=report.project.number)
    assert tasks.recount_submitted() == 0
