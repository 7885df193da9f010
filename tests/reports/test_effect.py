"""One mark moves hours, outputs, the bar of support and unit costs together, and the class sheet says by how much."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from activities.models import PlannedOutput, Session
from beneficiaries import actions
from beneficiaries import figures as people
from budgets.models import BudgetLine
from reports import figures
from tests import factories
from tests.conftest import NOON

DAY = NOON.date()


@pytest.fixture
def counted(project, activity):
    """A bar of 3 hours, an output of participants who reached it, and a line of 4.10 EUR per participant's hour."""
    project.programme.support_hours = Decimal(3)
    project.programme.save()
    PlannedOutput.objects.create(activity=activity, position=1, name={"en": "Supported"}, counts="supported", planned=9)
    return BudgetLine.objects.create(
        contract=project.contracts.get(), activity=activity, code="1.1", name={"en": "Hours"}, form="unit",
        unit="person_hours", unit_price=Decimal("4.10"), total=Decimal("5000.00"),
    )  # fmt: skip


@pytest.fixture
def earlier(session):
    return factories.SessionFactory(
        project=session.project, activity=session.activity, school=session.school, group=session.group,
        on=date(2026, 3, 9),
    )  # fmt: skip


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


def test_one_mark_moves_hours_outputs_support_and_amounts_together(who_, counted, session, earlier, group):
    one, other = (factories.member_of(group) for _n in range(2))
    for pupil in (one, other):
        factories.attended(earlier, pupil)
    session.refresh_from_db()
    before = figures.effect_of(session, DAY)
    assert (before.came, before.amount, before.supported.value) == (0, Decimal("0.00"), 0)
    actions.mark_attendance(session, {one.key: "here", other.key: "absent"}, by=who_["coordinator"], at=NOON)
    after = figures.effect_of(Session.objects.get(pk=session.pk), DAY)
    assert (after.came, after.person_hours) == (1, Decimal("1.50"))
    assert (after.hours.value, after.hours.by, after.people.value, after.people.by) == (
        Decimal("4.50"),
        Decimal("1.50"),
        2,
        0,
    )
    assert (after.supported.value, after.supported.by) == (1, 1)
    assert [(o.value, o.by) for o in after.outputs] == [(1, 1)]
    assert [(m.value.units, m.value.amount, m.by.amount) for m in after.lines] == [
        (Decimal("4.50"), Decimal("18.45"), Decimal("6.15"))
    ]
    # the same figures as everywhere else
    report = figures.progress(session.project, date(2026, 3, 1), DAY, "en")
    assert report.tables["outputs"].rows[0]["to_date"] == 1
    assert report.tables["activities"].total["person_hours"] == Decimal("4.50")


def test_hours_of_one_participant_stand_by_activity_and_absences_count_nothing(who_, counted, session, earlier, group):
    pupil = factories.member_of(group)
    factories.attended(earlier, pupil)
    factories.attended(session, pupil, "excused")
    assert [(h.sessions, h.hours) for h in people.hours_of(pupil.pk)] == [(1, Decimal("1.50"))]
    assert people.deliveries(session.project_id, people.EARLIEST, DAY, bar=Decimal("1.5")).total.supported == 1
    assert people.deliveries(session.project_id, people.EARLIEST, DAY, bar=Decimal("1.51")).total.supported == 0


@pytest.mark.parametrize(("who", "total"), [("coordinator", False), ("officer", True), ("auditor", True)])
def test_the_sheet_says_by_how_much_and_project_sums_only_to_those_who_see_money(
    who_, client, counted, session, group, who, total
):
    factories.attended(session, factories.member_of(group))
    client.force_login(who_[who])
    address = f"/en/work/sessions/{session.key}/effect/"
    page = text_of(client.get(address))
    assert "1 participant came: 1.5 h" in page
    assert ("1.50 × €4.10 = €6.15 <span" in page) is total
    assert ("this session: 1.50 × €4.10 = €6.15" in page) is not total
    part = text_of(client.get(f"{address}?was=0.00,0.00", headers={"HX-Request": "true"}))
    assert "Since you opened this page: 1.5 h of participants, €6.15." in part
    assert "<html" not in part
    assert client.get(f"{address}?was=NaN,x").status_code == 200


def test_a_unit_needs_its_price_and_an_annex_keeps_both(counted):
    for wrong in ({"unit": ""}, {"unit_price": None}, {"form": "real"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            BudgetLine.objects.filter(pk=counted.pk).update(**wrong)


@pytest.fixture
def who_(project, school):
    return factories.people_of(project, school)
