"""What anyone reads: true amounts, own languages, no people, no sample figures, no cookies."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from activities.models import OutreachCount
from core.models import Code, Organisation
from core.models.texts import said
from projects.models import (
    Objective,
    Partner,
    PlannedFigure,
    Programme,
    Project,
    ProjectPlace,
    TargetGroup,
    TypeOfAction,
)
from reports.indicators.models import Issue
from tests import factories


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


@pytest.fixture
def sofia(programme):
    """The project in lev: 386 653.00 BGN contracted, 0.00 reported, one activity with a part."""
    project = factories.ProjectFactory(
        programme=programme,
        number="BG-SOFIA",
        title={"en": "Bringing Their Future Back"},
        summary={"en": "For children."},
    )
    contract = factories.ContractFactory(
        project=project, currency="BGN", total=Decimal("386653.00"), eu_part=None, national_part=None, own_part=None
    )
    activity = factories.ActivityFactory(project=project, position=1, number="1", title={"bg": "Подкрепа"})
    factories.ActivityFactory(project=project, position=2, number="1.1", parent=activity, title={"bg": "Мобилен екип"})
    factories.BudgetLineFactory(contract=contract, activity=activity, total=Decimal("386653.00"))
    PlannedFigure.objects.create(project=project, counter="outreach", planned=580)
    PlannedFigure.objects.create(project=project, counter="participants", planned=90)
    ProjectPlace.objects.create(project=project, place=Code.objects.of("nuts").get(code="BG411"))
    return project


@pytest.fixture
def sample(programme):
    """An invented project that is published all the same."""
    project = factories.ProjectFactory(programme=programme, number="SAMPLE-1", synthetic=True)
    factories.ContractFactory(project=project)
    return project


PAGES = [
    "/en/",
    "/en/projects/",
    "/en/projects.csv",
    "/en/projects.xlsx",
    "/en/projects.json",
    "/en/projects/BG-SOFIA/",
    "/en/data/",
]


@pytest.mark.parametrize("url", [*PAGES, "/bg/programmes/{programme}/"])
def test_public_pages_set_no_cookie_and_may_be_cached(client, sofia, url):
    answer = client.get(url.format(programme=sofia.programme.code))
    assert answer.status_code == 200
    assert not answer.cookies
    assert "public" in answer["Cache-Control"]
    assert "max-age=300" in answer["Cache-Control"]
    assert "Cookie" in answer.get("Vary", "")


@pytest.mark.parametrize("url", PAGES)
def test_what_a_signed_in_person_sees_is_kept_by_no_cache(client, people, sofia, url):
    client.force_login(people["officer"])
    assert "private" in client.get(url)["Cache-Control"]


@pytest.mark.parametrize("url", PAGES)
def test_public_pages_are_only_read(client, sofia, url):
    assert client.post(url).status_code == 405


def test_lev_stand_beside_euro_and_nothing_reported_is_zero(client, sofia):
    page = text_of(client.get("/bg/projects/BG-SOFIA/"))
    assert "197 692,54 € (386 653,00 лв.)" in page
    assert "0,00 €" in page
    assert "1 EUR = 1.95583 BGN" in text_of(client.get("/en/projects/BG-SOFIA/"))
    assert ">580<" in page
    assert ">90<" in page
    assert ">670<" not in page


def test_texts_in_another_language_are_marked(client, sofia):
    page = client.get("/bg/projects/BG-SOFIA/").content.decode()
    assert '<span lang="en">Bringing Their Future Back</span>' in page
    english = client.get("/en/projects/BG-SOFIA/").content.decode()
    assert 'lang="bg">Подкрепа</span>' in english
    assert "Bringing Their Future Back</h1>" in english


def test_a_part_of_an_activity_without_own_amounts_shows_none(client, sofia):
    rows = client.get("/en/projects/BG-SOFIA/").context["activities"]
    assert [(r["title"].text, r["contracted"], r["own"]) for r in rows] == [
        ("Подкрепа", "197692.54", True), ("Мобилен екип", None, False),
    ]  # fmt: skip


def test_sample_costs_are_not_published_and_not_said_to_be_zero(client, sofia):
    line = sofia.contracts.get().budget_lines.get()
    factories.ReportedCostFactory(line=line, total=Decimal("1234.56"), currency="BGN", synthetic=True)
    answer = client.get("/en/projects/BG-SOFIA/")
    assert "1,234.56" not in text_of(answer)
    assert answer.context["reported"] is None
    assert "a dash is not a zero" in text_of(answer)

    factories.ReportedCostFactory(line=line, total=Decimal("195.58"), currency="BGN")
    assert client.get("/en/projects/BG-SOFIA/").context["reported"] == Decimal("100.00")


def test_no_person_and_no_count_of_records_reaches_a_public_page(client, sofia, school):
    body = factories.school_of(sofia)
    for _ in range(7):
        factories.participation(sofia, body)
    for url in PAGES:
        page = client.get(url)
        content = b"".join(page.streaming_content) if page.streaming else page.content
        for row in sofia.participations.select_related("person__identity"):
            assert row.person.code.encode() not in content
            assert row.person.identity.family_name.encode() not in content


def test_invented_partners_and_bodies_are_left_out(client, sofia):
    real = factories.OrganisationFactory(name={"bg": "Истинско училище"})
    fake = factories.OrganisationFactory(name={"bg": "Измислено училище"}, synthetic=True)
    for body in (real, fake):
        Partner.objects.create(project=sofia, organisation=body, role="partner")
    Partner.objects.create(
        project=sofia, organisation=factories.OrganisationFactory(name={"bg": "Трето"}), role="school", synthetic=True
    )
    Organisation.objects.filter(pk=sofia.beneficiary_id).update(synthetic=True, name={"bg": "Измислен бенефициент"})
    page = text_of(client.get("/bg/projects/BG-SOFIA/"))
    assert "Истинско училище" in page
    for words in ("Измислено", "Трето", "Измислен бенефициент"):
        assert words not in page
    assert "Измислен" not in client.get("/bg/projects.json").content.decode()


def test_target_groups_say_whom_they_do_not_include(client, sofia):
    TargetGroup.objects.create(project=sofia, position=1, text={"en": "Pupils"}, excluded={"en": "Adults"})
    Objective.objects.create(project=sofia, position=1, text={"en": "More children in school"})
    page = text_of(client.get("/en/projects/BG-SOFIA/"))
    assert "Not included:</strong> Adults" in page
    assert "More children in school" in page


def test_what_is_not_published_is_not_there(client, sofia):
    Project.objects.filter(pk=sofia.pk).update(published=False)
    assert client.get("/en/projects/BG-SOFIA/").status_code == 404
    assert client.get("/en/projects.json").json()["count"] == 0
    assert client.get("/en/projects/NO-SUCH-NUMBER/").status_code == 404


def test_an_invented_project_says_so_everywhere(client, sample):
    assert "This project is invented" in text_of(client.get("/en/projects/SAMPLE-1/"))
    assert "Sample data" in text_of(client.get("/en/projects/"))
    assert client.get("/en/projects.json").json()["projects"][0]["sample_data"] == "yes"


def test_front_page_counts_facts_only(client, sofia, sample):
    numbers = client.get("/en/").context["numbers"]
    assert (numbers.projects, numbers.contracted, numbers.places) == (1, Decimal("197692.54"), 1)
    assert "SAMPLE-1" not in client.get("/en/").content.decode()


# --- funding statement -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "words"),
    [("cofunded", "Co-funded by the European Union"), ("funded", "Funded by the European Union")],
)
def test_the_lock_up_follows_the_programme(client, sofia, statement, words):
    Programme.objects.filter(pk=sofia.programme_id).update(statement=statement)
    assert f'alt="{words}"' in client.get("/en/projects/BG-SOFIA/").content.decode()


def test_no_lock_up_without_eu_money(client, sofia):
    Programme.objects.filter(pk=sofia.programme_id).update(statement="none")
    assert "European Union" not in client.get("/en/projects/BG-SOFIA/").content.decode()


def test_the_disclaimer_of_erasmus_names_the_authority(client, sofia):
    Programme.objects.filter(pk=sofia.programme_id).update(disclaimer=True, statement="funded")
    agency = factories.OrganisationFactory(name={"en": "Human Resource Development Centre"})
    Project.objects.filter(pk=sofia.pk).update(granting_authority=agency)
    page = text_of(client.get("/en/projects/BG-SOFIA/"))
    assert "Funded by the European Union. Views and opinions expressed are however those" in page
    assert "or Human Resource Development Centre. Neither" in page


def test_a_programme_page_lists_its_types_of_action(client, sofia):
    TypeOfAction.objects.create(
        programme=sofia.programme,
        position=1,
        group={"en": "Partnerships"},
        name={"en": "Small-scale"},
        managed_by="agency",
    )
    page = text_of(client.get(f"/en/programmes/{sofia.programme.code}/"))
    assert "Partnerships" in page
    assert "Small-scale" in page
    assert "National agency" in page
    assert "Bringing Their Future Back" in page
    assert client.get("/en/programmes/NOTHING/").status_code == 404


# --- lists and files -------------------------------------------------------------------------------------------------


def rows_of(client, url):
    return list(csv.DictReader(io.StringIO(client.get(url).content.decode("utf-8-sig"))))


def test_the_list_of_operations_holds_the_fields_of_the_law(client, sofia):
    row = rows_of(client, "/en/projects.csv")[0]
    assert row["name"] == "Bringing Their Future Back"
    assert (row["total_cost_eur"], row["total_cost"], row["currency"]) == ("197692.54", "386653.00", "BGN")
    assert (row["starts_on"], row["ends_on"]) == ("2025-12-09", "2028-12-09")
    assert row["planned_figures"] == "People reached by outreach: 580; Participants: 90"
    assert "BG411" in row["locations"]
    law = {code.code for code in Code.objects.of("list_of_operations_fields")}
    answered = {letter for _column, _meaning, letter, _law in client.get("/en/data/").context["columns"] if letter}
    assert answered == law - {"b", "c"}


def test_csv_json_and_workbook_say_the_same(client, sofia, sample):
    from_json = {p["number"]: p for p in client.get("/en/projects.json").json()["projects"]}
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/en/projects.xlsx").content))
    assert book.get_sheet_by_name("About").to_python()[1][:2] == [
        "Legal basis",
        "Regulation (EU) 2021/1060, Art. 49(3)",
    ]
    _heads, *lines = book.get_sheet_by_name("operations").to_python()
    for row, line in zip(rows_of(client, "/en/projects.csv"), lines, strict=True):
        assert {k: v or "" for k, v in from_json[row["number"]].items()} == row
        typed = dict(zip(row, line, strict=True))
        assert (typed["number"], typed["starts_on"]) == (row["number"], date.fromisoformat(row["starts_on"]))
        assert Decimal(str(typed["total_cost_eur"])) == Decimal(row["total_cost_eur"])


def test_what_was_reached_is_published_without_samples_and_small_counts(client, sofia, sample):
    counted = OutreachCount.objects.create(activity=sofia.activities.get(number="1"), on=date(2026, 3, 2), people=23)
    OutreachCount.objects.create(activity=counted.activity, on=date(2026, 3, 3), people=500, synthetic=True)
    same = {"sensitive": False, "unit": "persons", "name": {"en": "Participants"}}
    rows = [same | {"code": "A", "total": ":c"}, same | {"code": "B", "total": "9", "sensitive": True}]
    Issue.objects.create(project=sofia, as_of=date(2026, 3, 31), rows=rows, sha256="0" * 64, at=factories.NOON)
    reached = rows_of(client, "/en/projects.csv")[0]["achieved_figures"]
    assert reached == "People reached by outreach: 23; Participants: :c"


def test_no_cell_is_a_formula(client, sofia):
    Project.objects.filter(pk=sofia.pk).update(title={"en": "=HYPERLINK(1)"}, summary={"en": "-2+3"})
    row = rows_of(client, "/en/projects.csv")[0]
    assert (row["name"], row["purpose"]) == ("'=HYPERLINK(1)", "'-2+3")


def test_files_keep_to_the_filters_of_the_list(client, sofia, sample):
    page = client.get("/en/projects/?q=future&sort=-total&page=1")
    assert [r["project"].number for r in page.context["rows"]] == ["BG-SOFIA"]
    assert page.context["csv_url"] == "/en/projects.csv?q=future&sort=-total"
    assert [r["number"] for r in rows_of(client, page.context["csv_url"])] == ["BG-SOFIA"]


@pytest.mark.parametrize(
    ("sort", "first"), [("number", "BG-SOFIA"), ("-number", "SAMPLE-1"), ("-total", "BG-SOFIA"), ("total", "SAMPLE-1")]
)
def test_the_order_of_the_list(client, sofia, sample, sort, first):
    assert client.get(f"/en/projects/?sort={sort}").context["rows"][0]["project"].number == first


def test_titles_are_sorted_by_the_readers_alphabet(client, programme):
    for number, title in (("N1", "Ценности"), ("N2", "Arts"), ("N3", "Азбука")):
        factories.ContractFactory(
            project=factories.ProjectFactory(programme=programme, number=number, title={"bg": title})
        )

    def order(language):
        rows = client.get(f"/{language}/projects/?sort=title").context["rows"]
        return [said(r["project"].title, language)[0] for r in rows]

    assert order("bg") == ["Азбука", "Ценности", "Arts"]
    assert order("en") == ["Arts", "Азбука", "Ценности"]


def test_nothing_found_offers_the_whole_list(client, sofia):
    page = text_of(client.get("/en/projects/?q=zzz&programme=" + sofia.programme.code))
    assert "No project matches" in page
    assert "Show all projects" in page


def test_an_unknown_choice_is_named(client, sofia):
    page = text_of(client.get("/en/projects/?state=frozen"))
    assert "frozen is not one of the available choices" in page
    assert "Bringing Their Future Back" in page


@pytest.mark.parametrize("url", ["/en/", "/en/projects/", "/en/projects/?sort=title", "/en/projects.json", "/en/data/"])
def test_queries_do_not_grow_with_projects(client, programme, url):
    def count():
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(url)
            assert answer.status_code == 200
        return len(queries)

    def add(n):
        project = factories.ProjectFactory(programme=programme, number=f"P-{n}")
        contract = factories.ContractFactory(project=project)
        factories.ReportedCostFactory(line=factories.BudgetLineFactory(contract=contract))
        ProjectPlace.objects.create(project=project, place=Code.objects.of("nuts").get(code="BG411"))
        Partner.objects.create(project=project, organisation=factories.OrganisationFactory(), role="contractor")

    add(0)
    one = count()
    add(1)
    add(2)
    assert count() == one


def test_the_whole_project_page_takes_a_fixed_number_of_queries(client, sofia):
    def count():
        with CaptureQueriesContext(connection) as queries:
            client.get("/en/projects/BG-SOFIA/")
        return len(queries)

    def add(n):
        factories.ActivityFactory(project=sofia, position=10 + n, number=str(n))
        Objective.objects.create(project=sofia, position=n, text={"en": f"Objective {n}"})
        TargetGroup.objects.create(project=sofia, position=n, text={"en": f"Group {n}"})
        body = factories.OrganisationFactory(place=Code.objects.of("nuts").get(code="BG411"))
        Partner.objects.create(project=sofia, organisation=body, role="partner")

    add(3)
    one = count()
    add(4)
    add(5)
    assert count() == one


def test_dates_of_a_project_known_to_the_month_are_shown_so(client, programme):
    project = factories.ProjectFactory(programme=programme, number="LV-1")
    factories.ContractFactory(
        project=project, starts_on=date(2025, 1, 1), ends_on=date(2029, 8, 31), dates_to_the_month=True
    )
    page = text_of(client.get("/en/projects/LV-1/"))
    assert "January 2025 – August 2029" in page
    assert "1 Jan 2025" not in page
