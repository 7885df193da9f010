"""The feeds of a project as a whole: equal to the lists after every change, silent about what is not for a person to
know, and forgotten after a while without a gap that nobody notices."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils.timezone import now

from activities.models import Activity, Group, PlannedOutput
from budgets.models import Amendment, Claim, Deliverable, ReportedCost, Visit
from core.models import Organisation
from projects import actions
from projects.models import Change, Forgotten
from reports.models import Filing
from tests import factories
from tests.api.test_changes import FEED, Copy, everything
from tests.factories import NOON

PATHS = ("activities", "groups", "reported-costs", "amendments", "claims", "deliverables", "visits", "due-reports")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rows(project, activity, group, people):
    """One row of each collection."""
    contract, day = project.contracts.get(), date(2026, 3, 1)
    line = factories.BudgetLineFactory(contract=contract, activity=activity, code="1.1")
    factories.ReportedCostFactory(line=line)
    Amendment.objects.create(
        project=project, contract=contract, because="Longer", base={}, draft={}, begun_at=NOON, changed_at=NOON
    )
    span = {"from_on": date(2026, 1, 1), "to_on": day}
    Deliverable.objects.create(project=project, line="1.1", name={"en": "Map"}, due_on=day)
    Filing.objects.create(project=project, contract=contract, kind="interim", due_on=day, language="en", **span)
    Visit.objects.create(
        project=project,
        number=1,
        planned_on=day,
        goes="A",
        about="Clubs",
        place="Burgas",
        made_at=NOON,
        announced=False,
    )
    return Claim.objects.create(project=project, contract=contract, number=1, kind="interim", made_at=NOON, **span)


def test_each_ends_equal_and_tells_nothing_of_what_is_hidden(api, people, rows, activity, group, school):
    office = api(people["admin"])
    copies = {path: Copy(office, path).follow() for path in PATHS}
    assert {path: len(copy.rows) for path, copy in copies.items()} == dict.fromkeys(PATHS, 1) | {"visits": 0}
    visits, claims = copies.pop("visits"), Copy(api(people["officer"]), "claims").follow()
    assert visits.rows == claims.rows == {}  # a visit that is not announced, a draft

    PlannedOutput.objects.create(activity=activity, position=1, name={"en": "Clubs"}, counts="sessions", planned=3)
    Organisation.objects.filter(pk=school.pk).update(name={"en": "Renamed"})
    ReportedCost.objects.all().delete()
    Amendment.objects.update(because="Shorter")
    Claim.objects.update(to_on=date(2026, 2, 28))
    Deliverable.objects.update(name={"en": "Atlas"})
    Visit.objects.update(place="Varna")
    Filing.objects.update(version=2)
    for path, copy in copies.items():
        before = dict(copy.rows)
        copy.until(lambda c, path=path, before=before: c.rows == everything(office, path) != before)
    assert copies["reported-costs"].gone
    assert copies["activities"].rows[str(activity.key)]["outputs"]
    assert (visits.follow().gone, claims.follow().gone) == ([], [])
    Visit.objects.update(announced=True)
    visits.until(lambda c: [row["place"] for row in c.rows.values()] == ["Varna"])
    Group.objects.all().delete()
    Activity.objects.filter(pk=activity.pk).update(synthetic=True)
    copies["groups"].until(lambda c: not c.rows)


def test_what_is_forgotten_is_told_to_who_missed_it(api, people, rows):
    client, early = api(people["admin"]), now() - timedelta(days=500)
    copy, late = Copy(client, "amendments").follow(), Copy(client, "amendments").follow()
    Amendment.objects.update(because="Missed")
    late.until(lambda c: [row["because"] for row in c.rows.values()] == ["Missed"])
    Change.objects.update(at=early)
    Amendment.objects.update(because="Newer")
    assert actions.forget_changes(before=now() - timedelta(days=400)) > 0
    assert actions.forget_changes(before=now() - timedelta(days=400)) == 0
    assert Forgotten.objects.filter(collection="amendments").count() == 1
    lost = client.get(copy.url)
    assert (lost.status_code, lost.json()["type"].partition("#")[2]) == (410, "begin-again")
    assert client.get(f"{FEED}amendments/", {"from": early.date().isoformat()}).status_code == 410
    late.until(lambda c: [row["because"] for row in c.rows.values()] == ["Newer"])
    since = Copy(client, "amendments", **{"from": now().date().isoformat()})
    since.until(lambda c: [row["because"] for row in c.rows.values()] == ["Newer"])
