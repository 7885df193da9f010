"""Kohesio's list of operations, held against the published table schema by a reader of its own."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from decimal import Decimal

import pytest

from core.models import Code
from projects.models import Priority, Project, ProjectPlace, SpecificObjective
from reports.official.kohesio import kohesio
from tests import factories

DAY = date(2026, 3, 16)
with open("tests/data/kohesio_schema.csv", encoding="utf-8") as file:  # of the published table schema
    SCHEMA = list(csv.DictReader(file))


@pytest.fixture
def whole(programme):
    """An operation with everything the schema wants."""
    programme.period = "2021-2027"
    programme.save()
    priority = Priority.objects.create(programme=programme, code="1", name={"bg": "Приобщаване"})
    objective = SpecificObjective.objects.create(priority=priority, code="ESO4.6", name={"bg": "Достъп"})
    project = factories.ProjectFactory(
        programme=programme, specific_objective=objective, number="BG-1",
        title={"bg": "Заедно\nуспяваме", "en": "Together, we succeed"}, summary={"bg": "=За децата"},
    )  # fmt: skip
    factories.ContractFactory(project=project)
    project.intervention_fields.add(Code.objects.of("intervention_fields").get(code="152"))
    ProjectPlace.objects.create(project=project, place=Code.objects.of("bg_municipalities").get(code="VID01"))
    return project


def accepted(content: bytes) -> list[dict[str, str]]:
    """The rows, as the Commission's validator would take them."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    for row in rows:
        assert list(row) == [field["field"] for field in SCHEMA]
        days = {}
        for field in SCHEMA:
            text = row[field["field"]]
            assert text.strip() or not field["required"], (field, row)
            if field["type"] == "number" and text:
                Decimal(text)
            if field["type"] == "date" and text:
                day, month, year = text.split("/")
                days[field["field"]] = date(int(year), int(month), int(day))
        assert days["Operation_Start_Date"] <= days["Operation_End_Date"]
        assert 0 <= Decimal(row["CoFinancing_Rate"]) <= 100
        assert Decimal(row["Total_Eligible_Expenditure_amount"]) >= 0
        assert row["Total_Eligible_Expenditure_Currency"] in ("EUR", "BGN")
        assert row["Total_Eligible_Expenditure_Currency"] == "EUR" or row["Total_Eligible_Expenditure_Exchange_Rate"]
        assert any(row[f"Location_Indicator_{name}"] for name in ("Postcode", "NUTS_code", "latitude_longitude"))
        assert 1 <= Decimal(row["Category_Of_Intervention"]) <= 182
        assert row["Programming_Period"] in ("2014-2020", "2021-2027")
        assert not re.search(r"[\r\n]", "".join(row.values()))
    return rows


def test_an_operation_in_the_columns_of_the_commission(client, whole):
    answer = client.get("/en/projects/kohesio.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8; header=present"
    (row,) = accepted(answer.content)
    assert row["Operation_Unique_Identifier"] == "BG-1"
    assert (row["Operation_Name_Programme_Language"], row["Operation_Name_English"]) == (
        "Заедно успяваме", "Together, we succeed",
    )  # fmt: skip
    assert row["Operation_Summary_Programme_Language"] == "'=За децата", "no spreadsheet takes it for a formula"
    assert (row["Country"], row["CountryID"]) == ("Bulgaria", "BGR")
    assert (row["Operation_Start_Date"], row["Operation_End_Date"]) == ("09/12/2025", "09/12/2028")
    assert (row["CoFinancing_Rate"], row["Total_Eligible_Expenditure_amount"]) == ("85.00", "100000.00")
    assert row["Location_Indicator_NUTS_code"] == "BG311", "the region of the municipality"
    assert (row["Category_Of_Intervention"], row["Fund_Code"], row["Fund_Name"]) == (
        "152", "ESF+", "European Social Fund Plus",
    )  # fmt: skip
    assert (row["Program_Priority_Axis_Code"], row["Program_Specific_Objective_Code"]) == ("1", "ESO4.6")


def test_lev_come_with_their_rate(whole):
    whole.contracts.update(
        currency="BGN", total=Decimal("195583.00"), eu_part="166245.55", national_part="29337.45", own_part=0
    )
    (row,) = accepted(kohesio(Project.objects.all(), DAY).csv())
    assert (row["Total_Eligible_Expenditure_amount"], row["Total_Eligible_Expenditure_Exchange_Rate"]) == (
        "195583.00", "1.95583",
    )  # fmt: skip


def test_what_the_schema_would_refuse_stays_out_and_is_named(client, people, project, whole):
    """The project of the people has no summary, place, intervention and period of its own."""
    factories.ProjectFactory(programme=whole.programme, synthetic=True)
    other_fund = factories.ProgrammeFactory(fund="Erasmus+")
    factories.ContractFactory(project=factories.ProjectFactory(programme=other_fund))
    made = kohesio(Project.objects.public(), DAY)
    assert [row["Operation_Unique_Identifier"] for row in accepted(made.csv())] == ["BG-1"]
    wrong = {(problem.project.number, problem.column) for problem in made.problems}
    assert wrong >= {
        (project.number, name)
        for name in (
            "Location_Indicator_NUTS_code", "Category_Of_Intervention", "Operation_Summary_Programme_Language",
        )
    }  # fmt: skip
    assert not [number for number, _column in wrong if Project.objects.get(number=number).synthetic]

    client.force_login(people["officer"])
    page = client.get("/en/work/reports/official/").text
    assert project.number in page
    assert "Category_Of_Intervention" in page
    told = client.get(f"/api/v1/kohesio/problems/?programme={whole.programme.code}").json()
    assert (told["rows"], told["left_out"]) == (1, 1)
    assert client.get("/api/v1/kohesio/").content.startswith(b"Operation_Unique_Identifier,")
    client.force_login(people["stranger"])
    assert project.number not in client.get("/en/work/reports/official/").content.decode()


def test_many_operations_ask_no_more_questions(whole, django_assert_max_num_queries):
    for _n in range(3):
        factories.ContractFactory(project=factories.ProjectFactory(programme=whole.programme))
    with django_assert_max_num_queries(18):
        kohesio(Project.objects.all(), DAY)
