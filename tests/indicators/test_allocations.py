"""The financial plan of a programme: officers keep its parts on a page, and Table 1 of Annex VII is made of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from core.access import Refused
from core.models import AuditEvent
from projects.models import Allocation, Call, Priority, SpecificObjective
from reports.indicators import actions
from reports.kinds import annex_vii
from tests import factories
from tests.conftest import NOON


@pytest.fixture
def priority(project):
    made = Priority.objects.create(programme=project.programme, code="1", name={"en": "Education"})
    SpecificObjective.objects.create(priority=made, code="1.2", name={"en": "Access"})
    return made


def test_an_officer_keeps_the_plan_on_its_page(client, people, project, priority):
    plan = reverse("indicators:allocations", args=[project.programme.code])
    client.force_login(people["officer"])
    assert f'href="{plan}"' in client.get(reverse("reports:ask") + "?kind=annex_vii").content.decode()
    assert "No plan yet" in client.get(plan).content.decode()
    given = {"version": 0, "part": "1/1.2", "region": "less", "basis": "total", "total": "1,500.50", "eu_rate": "85"}
    assert client.post(plan + "new/", given | {"total": "0"}).status_code == 422
    assert client.post(plan + "new/", given).status_code == 302
    again = client.post(plan + "new/", given)
    assert again.status_code == 422
    assert "The plan has this part already." in again.content.decode()

    one = Allocation.objects.get()
    page = f"{plan}{one.pk}/"
    assert 'value="1/1.2" selected' in client.get(page).content.decode()
    assert client.post(page, given | {"version": 1, "total": "2000"}).status_code == 302
    stale = client.post(page, given | {"version": 1, "total": "3000"})
    assert (stale.status_code, "Somebody changed this meanwhile" in stale.content.decode()) == (422, True)
    one.refresh_from_db()
    assert (one.total, one.version, one.specific_objective.code) == (Decimal("2000.00"), 2, "1.2")
    rows = annex_vii.money(project.programme, date(2026, 6, 30)).rows
    assert [(row["objective"], row["allocation"]) for row in rows if row["priority"]] == [("1.2", one.total)]
    client.force_login(people["auditor"])
    assert f'href="{page}"' not in client.get(plan).content.decode()

    client.force_login(people["officer"])
    assert client.post(page + "remove/", {"version": 1}).status_code == 409
    assert client.post(page + "remove/", {"version": 2}).status_code == 302
    assert not Allocation.objects.exists()
    events = AuditEvent.objects.filter(kind="projects.allocation").order_by("pk")
    assert [(event.action, event.after.get("total")) for event in events] == [
        ("allocation.added", "1500.50"), ("allocation.changed", "2000.00"), ("allocation.removed", None),
    ]  # fmt: skip


def test_a_part_in_which_operations_stand_stays(project, priority, people):
    by = {"by": people["officer"], "at": NOON}
    money = {"basis": "total", "total": Decimal(1000), "eu_rate": Decimal(85)}
    whole = actions.add_allocation(
        project.programme, priority=priority, specific_objective=None, region="", **money, **by
    )
    assert not whole.operations().exists()
    call = Call.objects.create(programme=project.programme, code="C", name={"en": "C"}, priority=priority)
    type(project).objects.filter(pk=project.pk).update(call=call, region="")
    factories.ProjectFactory(programme=project.programme, call=call)  # no contract: no operation
    assert list(whole.operations()) == [project]
    with pytest.raises(Refused, match="Operations stand"):
        actions.remove_allocation(whole, version=1, **by)

    objective = priority.specific_objectives.get()
    Call.objects.filter(pk=call.pk).update(specific_objective=objective)
    assert list(whole.operations()) == [project]
    own = actions.add_allocation(
        project.programme, priority=priority, specific_objective=objective, region="", **money, **by
    )
    assert list(own.operations()) == [project]
    actions.remove_allocation(whole, version=1, **by)
    with pytest.raises(Refused, match="Operations stand"):
        actions.remove_allocation(own, version=1, **by)
    with pytest.raises(PermissionDenied):
        actions.remove_allocation(own, version=1, by=people["coordinator"], at=NOON)
    with pytest.raises(Refused):
        actions.add_allocation(
            factories.ProjectFactory().programme, priority=priority, specific_objective=None, region="less", **money,
            by=None, at=NOON,
        )  # fmt: skip
    assert Allocation.objects.get() == own
