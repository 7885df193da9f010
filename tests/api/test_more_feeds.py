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
from projects.models import Change, Forgotten, Objective, Partner, Project
from reports.indicators import actions as indicators
from reports.indicators.models import Value
from reports.models import Filing
from tests import factories
from tests.api.test_changes import FEED, Copy, everything
from tests.factories import NOON

PATHS = (
    "activities", "groups", "reported-costs", "amendments", "claims", "deliverables", "visits", "due-reports",
    "indicator-values", "organisations",
)  # fmt: skip
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
    trained = indicators.add_indicator(
        project.programme, code="OWN", name={"en": "Trained"}, unit="persons", kind="output", source="typed",
        categories=[], by=None, at=NOON,
    )  # fmt: skip
    Value.objects.create(project=project, definition=trained, made_at=NOON, **span)
    return Claim.objects.create(project=project, contract=contract, number=1, kind="interim", made_at=NOON, **span)


def test_each_ends_equal_and_tells_nothing_of_what_is_hidden(api, people, rows, activity, group, school):
    office = api(people["admin"])
    copies = {path: Copy(office, path).follow() for path in PATHS}
    found = {path: len(copy.rows) for path, copy in copies.items()}
    assert found.pop("organisations") == len(everything(office, "organisations")) > 1
    assert found == dict.fromkeys(found, 1) | {"visits": 0}
    visits, claims = copies.pop("visits"), Copy(api(people["officer"]), "claims").follow()
    assert visits.rows == claims.rows == {}  # a visit that is not announced, a draft
    own, whole = Copy(api(people["coordinator"]), "indicator-values").follow(), Value.objects.get()
    assert set(own.rows) == {str(whole.key)}  # of the project as a whole

    PlannedOutput.objects.create(activity=activity, position=1, name={"en": "Clubs"}, counts="sessions", planned=3)
    Organisation.objects.filter(pk=school.pk).update(name={"en": "Renamed"})
    ReportedCost.objects.all().delete()
    Amendment.objects.update(because="Shorter")
    Claim.objects.update(to_on=date(2026, 2, 28))
    Deliverable.objects.update(name={"en": "Atlas"})
    Visit.objects.update(place="Varna")
    Filing.objects.update(version=2)
    Value.objects.update(version=2)
    about = {name: getattr(whole, name) for name in ("project", "definition", "made_at", "from_on", "to_on")}
    Value.objects.create(school=factories.school_of(whole.project), **about)
    for path, copy in copies.items():
        before = dict(copy.rows)
        copy.until(lambda c, path=path, before=before: c.rows == everything(office, path) != before)
    assert copies["reported-costs"].gone
    assert copies["activities"].rows[str(activity.key)]["outputs"]
    own.until(lambda c: [row["version"] for row in c.rows.values()] == [2])
    assert (own.gone, len(copies["indicator-values"].rows)) == ([], 2)  # the other one is of another school
    assert (visits.follow().gone, claims.follow().gone) == ([], [])
    Visit.objects.update(announced=True)
    visits.until(lambda c: [row["place"] for row in c.rows.values()] == ["Varna"])
    Group.objects.all().delete()
    Activity.objects.filter(pk=activity.pk).update(synthetic=True)
    copies["groups"].until(lambda c: not c.rows)


def test_what_comes_to_be_hidden_is_told_as_gone_to_who_could_read_it_and_to_nobody_else(api, people, rows):
    officer, preparer = (Copy(api(people[who]), "claims").follow() for who in ("officer", "coordinator"))
    school = Copy(api(people["admin"]), "visits").follow()
    Claim.objects.update(to_on=date(2026, 2, 27))
    preparer.until(lambda c: [row["to"] for row in c.rows.values()] == ["2026-02-27"])
    assert (officer.follow().gone, officer.rows) == ([], {})  # a draft all the while
    Claim.objects.update(state="submitted", received_on=date(2026, 3, 2))
    Visit.objects.update(announced=True)
    officer.until(lambda c: len(c.rows) == 1)
    school.until(lambda c: len(c.rows) == 1)
    Claim.objects.update(state="draft", received_on=None)
    Visit.objects.update(announced=False)
    for copy, key in ((officer, rows.key), (school, Visit.objects.get().key)):
        copy.until(lambda c: not c.rows)
        assert copy.gone == [str(key)]
    preparer.until(lambda c: [row["state"] for row in c.rows.values()] == ["draft"])
    Claim.objects.update(to_on=date(2026, 2, 26))
    Claim.objects.all().delete()
    preparer.until(lambda c: not c.rows)
    assert officer.follow().gone == [str(rows.key)]


def test_a_project_is_told_with_all_that_belongs_to_it(api, people, project, school):
    office, number = api(people["admin"]), project.number

    def as_read(client) -> dict:
        read = client.get(f"/api/v1/projects/{number}/").json()
        del read["contract"]  # it depends on the day
        return read

    copy, other = Copy(office, "projects").follow(), Copy(api(people["stranger"]), "projects").follow()
    assert copy.rows[str(project.key)] == as_read(office)
    assert set(copy.rows) == set(everything(office, "projects"))
    assert str(project.key) not in other.rows
    known = Copy(api(people["officer"]), "organisations").follow()
    helper = factories.OrganisationFactory()
    for write in (
        lambda: Partner.objects.create(project=project, organisation=helper, role="partner"),
        lambda: Organisation.objects.filter(pk=helper.pk).update(name={"en": "Helpers"}),
        lambda: project.contracts.update(number="C-77"),
        lambda: Objective.objects.create(project=project, position=9, text={"en": "Nobody is left out"}),
        lambda: Project.objects.filter(pk=project.pk).update(number=f"{number}-A"),
        lambda: Project.objects.filter(pk=project.pk).update(number=number),
    ):
        before = copy.rows[str(project.key)]
        write()
        copy.until(lambda c, before=before: c.rows[str(project.key)] != before)
    assert copy.rows[str(project.key)] == as_read(office)
    known.until(lambda c: c.rows.get(str(helper.key), {}).get("name") == {"en": "Helpers"})
    Partner.objects.filter(organisation=helper).delete()
    known.until(lambda c: str(helper.key) not in c.rows)
    copy.until(lambda c: c.rows[str(project.key)] == as_read(office))
    assert (known.gone, copy.gone, other.follow().gone) == ([str(helper.key)], [], [])


def test_a_project_that_moves_or_goes_is_missed_by_nobody(api, people, project, activity):
    client = api(people["officer"])  # of the programme
    copy = Copy(client, "activities").follow()
    beyond = factories.ProjectFactory(programme=project.programme)
    with_it = Activity.objects.create(project=beyond, position=1, number="1", title={"en": "Clubs"})
    copy.until(lambda c: set(c.rows) == {str(activity.key), str(with_it.key)})
    beyond.delete()
    copy.until(lambda c: set(c.rows) == {str(activity.key)})
    Project.objects.filter(pk=project.pk).update(programme=factories.ProgrammeFactory())
    lost = client.get(copy.url)
    assert (lost.status_code, lost.json()["type"].partition("#")[2]) == (410, "begin-again")
    assert Copy(client, "activities").until(lambda c: client.get(c.url).status_code == 200).rows == {}


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
