"""Several people at one report a project owes, at the same moment: one seal, and figures of one moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from threading import Thread

import pytest
from django.db import connection

from budgets.models import ReportedCost
from core.access import Refused
from core.models import AuditEvent
from reports import actions, snapshot
from reports.models import Filing, Report, Section, Submission
from tests import factories
from tests.conftest import NOON


class Beside:
    """Another person's work, on a connection of its own; `told` is what it was refused with, "" when it was done."""

    def __init__(self, work: Callable[[], object]):
        self.work, self.told = work, "it never ended"
        self.thread = Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.work()
            self.told = ""
        except Refused as refused:
            self.told = refused.messages[0]
        finally:
            connection.close()

    def over(self) -> str:
        self.thread.join(30)
        return self.told


def waits() -> bool:
    """Whether somebody waits for a row of another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


@pytest.fixture
def filing(transactional_db, codes, project, people):
    """A report over the first quarter of 2026 with its summary written; it is of version 2 now."""
    one = actions.add_filing(
        project, kind="interim", from_on=date(2026, 1, 1), to_on=date(2026, 3, 31), due_on=date(2026, 4, 30),
        by=people["officer"], at=NOON,
    )  # fmt: skip
    actions.write(one, {"": "We began."}, seen={}, by=people["coordinator"], at=NOON)
    return one


@pytest.fixture
def meanwhile(monkeypatch):
    """`meanwhile(work)`: done once, in the middle of the next seal, before its figures are counted."""
    take = snapshot.of_filing

    def arrange(work: Callable[[], object]) -> None:
        def taken(*given, **more):
            monkeypatch.setattr(snapshot, "of_filing", take)
            work()
            return take(*given, **more)

        monkeypatch.setattr(snapshot, "of_filing", taken)

    return arrange


def test_two_people_submit_at_once_and_one_is_told(filing, people, meanwhile, wait_for):
    others: list[Beside] = []

    def another() -> None:
        others.append(Beside(lambda: actions.submit(filing, version=2, by=people["admin"], at=NOON)))
        wait_for(waits)

    meanwhile(another)
    actions.submit(filing, version=2, by=people["coordinator"], at=NOON)

    assert others[0].over().startswith("Someone changed this while you were working.")
    assert Submission.objects.get().by == people["coordinator"]
    assert Report.objects.get().snapshot["asked_by"] == str(people["coordinator"])
    assert (Filing.objects.get().state, Filing.objects.get().version) == ("submitted", 3)
    moved = AuditEvent.objects.filter(action="filing.moved", key=str(filing.key)).order_by("pk")
    assert [event.after["state"] for event in moved] == ["draft", "submitted"]


def test_what_is_written_while_the_seal_is_taken_is_not_in_it(filing, project, activity, people, meanwhile, wait_for):
    line = factories.BudgetLineFactory(contract=project.contracts.get(), activity=activity)
    factories.ReportedCostFactory(line=line, total="100.00")
    before = snapshot.of_filing(filing, 1, [], by=people["coordinator"], at=NOON)["tables"]
    writers: list[Beside] = []

    def others() -> None:
        cost = Beside(lambda: factories.ReportedCostFactory(line=line, total="5000.00"))
        assert cost.over() == ""  # nobody waits with records for a report that is being sealed
        text = {"": "Changed in the last moment."}
        writers.append(Beside(lambda: actions.write(filing, text, seen={"": 1}, by=people["admin"], at=NOON)))
        wait_for(waits)

    meanwhile(others)
    actions.submit(filing, version=2, by=people["coordinator"], at=NOON)

    assert "not possible in this state" in writers[0].over()
    assert Section.objects.get().text == "We began."
    taken = Report.objects.get().snapshot
    assert [(told["number"], told["text"]) for told in taken["told"]] == [("", "We began.")]
    assert taken["tables"] == before
    assert ReportedCost.objects.count() == 2
    after = snapshot.of_filing(filing, 1, [], by=people["coordinator"], at=NOON)["tables"]
    assert after != before
