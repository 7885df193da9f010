"""The individual support plan: its own right, one open plan, measures, reviews, a result; the trail holds no word."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from beneficiaries import actions
from beneficiaries.models import SupportPlan, SupportReview
from core.access import Refused
from core.models import AuditEvent
from tests import factories
from tests.factories import NOON

TODAY = NOON.date()


@pytest.fixture
def row(group):
    return factories.member_of(group)


@pytest.fixture
def plan(row, people):
    return actions.open_plan(row, risk="high", why="Often absent", by=people["coordinator"], at=NOON)


def test_a_plan_from_its_opening_to_its_result(plan, people):
    by = people["coordinator"]
    measure = actions.add_measure(
        plan,
        what="Reading",
        responsible="Ms Koleva",
        from_on=TODAY,
        until_on=None,
        hours=Decimal("12.5"),
        by=by,
        at=NOON,
    )
    first = actions.plan_review(plan, due_on=TODAY, by=by, at=NOON)
    actions.plan_review(plan, due_on=TODAY + timedelta(days=30), by=by, at=NOON)
    actions.hold_review(first, found="Comes more often", by=by, at=NOON)
    actions.close_plan(plan, outcome="less", result="Stays at school", by=by, at=NOON)
    plan.refresh_from_db()
    assert (plan.closed_on, plan.outcome, measure.hours) == (TODAY, "less", Decimal("12.5"))
    assert [(r.due_on, r.held_on) for r in plan.reviews.all()] == [(TODAY, TODAY)]
    told = " ".join(str((e.before, e.after, e.note)) for e in AuditEvent.objects.filter(action__contains="support"))
    assert not any(word in told for word in ("Reading", "Koleva", "absent", "often", "Stays"))
    assert actions.open_plan(plan.participation, risk="low", why="", by=by, at=NOON)


def test_what_does_not_fit_is_refused(plan, people):
    by = people["coordinator"]
    with pytest.raises(Refused):
        actions.open_plan(plan.participation, risk="low", why="", by=by, at=NOON)
    with pytest.raises(Refused):
        actions.add_measure(
            plan,
            what="x",
            responsible="y",
            from_on=TODAY,
            until_on=TODAY - timedelta(days=1),
            hours=None,
            by=by,
            at=NOON,
        )
    with pytest.raises(Refused):
        actions.plan_review(plan, due_on=date(2026, 3, 1), by=by, at=NOON)
    actions.close_plan(plan, outcome="same", result="", by=by, at=NOON)
    with pytest.raises(Refused, match="closed"):
        actions.plan_review(plan, due_on=TODAY, by=by, at=NOON)
    assert not SupportReview.objects.exists()


@pytest.mark.parametrize("who", ["officer", "auditor", "finance", "client"])
def test_the_plan_is_for_who_may_see_sensitive_data(row, people, who):
    with pytest.raises(PermissionDenied):
        actions.open_plan(row, risk="high", why="", by=people[who], at=NOON)
    with pytest.raises(PermissionDenied):
        actions.show_support(row, by=people[who], at=NOON)
    assert not SupportPlan.objects.exists()


def test_the_pages_write_a_plan_and_looking_is_written_down(sign_in, row):
    client, page = sign_in("coordinator"), reverse("beneficiaries:support", args=[row.key])

    def step(name, **form):
        return client.post(reverse("beneficiaries:support_step", args=[row.key, name]), form)

    assert step("measure", what="x").status_code == 404
    assert step("open").status_code == 422
    assert step("open", risk="medium", why="Moves often").status_code == 302
    assert step("measure", what="Club", responsible="Mr Iliev", from_on="16.3.2026", hours="10,5").status_code == 302
    assert step("review", due_on="16.4.2026").status_code == 302
    text = client.get(page).content.decode()
    assert all(word in text for word in ("Moves often", "Club", "Mr Iliev", "10.5"))
    assert step("found", found="Better").status_code == 302
    assert step("close", outcome="gone", result="Fine").status_code == 302
    assert "The risk is gone" in client.get(page).content.decode()
    assert AuditEvent.objects.filter(action="participant.support_shown").count() == 2
    assert "Moves often" not in client.get(reverse("beneficiaries:participant", args=[row.key])).content.decode()


def test_a_review_that_is_due_waits_on_the_week_page_for_who_may_read_it(sign_in, plan, people):
    actions.plan_review(plan, due_on=TODAY + timedelta(days=5), by=people["coordinator"], at=NOON)
    week, link = reverse("beneficiaries:week"), reverse("beneficiaries:support", args=[plan.participation.key])
    assert link in sign_in("coordinator").get(week).content.decode()
    assert link not in sign_in("officer").get(week).content.decode()


def test_erasing_the_identity_takes_the_plan(plan, people):
    person = plan.participation.person
    actions.erase_person(person, reason="request", because="Letter", by=people["admin"], at=NOON)
    assert not SupportPlan.objects.exists()
