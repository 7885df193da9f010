"""The worked example of the reference, brought in through the wizard as a person does it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from playwright.sync_api import expect

DATA = Path(__file__).parents[1] / "data"
MAKE = """
from projects.models import Programme, Project, ContractVersion, Partner
from core.models import Organisation
from django.utils.timezone import now
of = Programme.objects.get(projects__number="BG05SFPR001-1.008-0009")
of.pk, of.code, of.late_days = None, "WORKED-EXAMPLE", None  # no month of it is locked
of.save()
for number in ("OP-A", "OP-B"):
    project = Project.objects.create(
        programme=of, number=number, title={"en": number}, state="in_progress", updated_at=now())
    ContractVersion.objects.create(
        project=project, version=1, number=number + "-C01", signed_on="2024-01-01", in_force_from="2024-01-01",
        starts_on="2024-01-01", ends_on="2029-12-31", currency="EUR", total=1)
    school = Organisation.objects.create(kind="school", name={"en": "School of " + number}, country="BG")
    Partner.objects.create(project=project, organisation=school, role="school")
"""
COUNT_ROWS = """
SELECT count(*) FROM beneficiaries_participation b JOIN projects_project p ON p.id = b.project_id
WHERE p.number IN ('OP-A', 'OP-B')
"""
COUNT = """
import json
from datetime import date
from beneficiaries.figures import esf_indicators
from projects.models import Project
for number in ("OP-A", "OP-B"):
    found = esf_indicators([Project.objects.get(number=number).pk], date(2021, 1, 1), date(2029, 12, 31))
    for code, c in found.to_date.items():
        print(json.dumps([number, code, c.women, c.men, c.non_binary, c.total]))
    print(json.dumps([number, "incomplete", found.incomplete_to_date]))
"""


def test_the_published_example_goes_through_the_wizard(walker, portal):
    portal.manage("shell", "-c", MAKE)
    person = walker("admin")
    page = person.open("/en/work/imports/")
    page.get_by_label("Where the rows belong").select_option(label="School of OP-A · OP-A")
    page.get_by_label("File", exact=True).set_input_files(DATA / "example_participants.csv")
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Which column holds what?")
    person.check()
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All 11 rows are in order")
    assert portal.rows(COUNT_ROWS) == [(0,)], "the check writes nothing"
    person.check()
    page.get_by_role("button", name="Import 11 rows").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Imported")
    expect(page.get_by_role("link", name="Undo this import")).to_be_visible()
    person.check()
    counted = [json.loads(line) for line in portal.manage("shell", "-v", "0", "-c", COUNT).splitlines()]
    of = {(number, code): tuple(rest) for number, code, *rest in counted}
    with (DATA / "example_expected_indicators.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            if line["indicator"].startswith("incomplete"):
                assert of[line["operation"], "incomplete"] == (int(line["total"]),)
                continue
            expected = tuple(int(line[k]) for k in ("women", "men", "non_binary", "total"))
            assert of[line["operation"], line["indicator"]] == expected, line
    shown = person.open("/en/work/projects/OP-A/indicators/")
    assert "EECO01" in shown.content()
