"""Search and filters of projects: two alphabets, numbers with or without dashes, filters that keep to what is there."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Code
from projects.filters import ProjectFilter, matching
from projects.models import Project, ProjectPlace
from tests import factories


@pytest.fixture
def riga(programme):
    """A project in Riga: 4.2.3.1, “Skola – kopienā”, of VIAA."""
    body = factories.OrganisationFactory(name={"lv": "Valsts izglītības attīstības aģentūra"})
    project = factories.ProjectFactory(
        programme=programme, number="4.2.3.1", title={"lv": "Skola – kopienā"}, beneficiary=body
    )
    factories.ContractFactory(project=project, number="4.2.3.1/24/I/001")
    ProjectPlace.objects.create(project=project, place=Code.objects.of("nuts").get(code="LV006"))
    return project


@pytest.fixture
def burgas(programme):
    project = factories.ProjectFactory(
        programme=programme, number="BG05SFPR001-1.008-0777", title={"bg": "Заедно успяваме"},
        beneficiary=factories.OrganisationFactory(name={"bg": "Община Бургас"}), state=Project.State.COMPLETED,
    )  # fmt: skip
    factories.ContractFactory(project=project)
    return project


@pytest.mark.parametrize(
    "text",
    [
        "skola",
        "SKOLA kopiena",
        "kopienā",
        "Скола",
        "4.2.3.1",
        "4231",
        "42312",
        "attistibas",
        "agentura skola",
        "Rīga",
        "riga",
        "Рига",
    ],
)
def test_latvian_is_found_with_and_without_marks_and_in_cyrillic(riga, burgas, text):
    assert list(matching(Project.objects.all(), text)) == [riga]


@pytest.mark.parametrize(
    "text",
    [
        "заедно",
        "ЗАЕДНО",
        "zaedno",
        "Zaedno uspyavame",
        "burgas",
        "Бургас",
        "bg05sfpr00110080777",
        "BG05SFPR001-1.008-0777-C01",
    ],
)
def test_bulgarian_is_found_in_both_alphabets(riga, burgas, text):
    assert list(matching(Project.objects.all(), text)) == [burgas]


@pytest.mark.parametrize("text", ["skola burgas", "bg skola", "lv", "%", "_", "'; drop table projects_project; --"])
def test_words_that_stand_nowhere_find_nothing_and_break_nothing(riga, burgas, text):
    found = set(matching(Project.objects.all(), text))
    assert found in (set(), {riga, burgas})
    if any(letter.isalpha() for letter in text):
        assert not found


def test_choices_are_those_that_occur(riga, burgas):
    factories.ProgrammeFactory(code="UNUSED")
    form = ProjectFilter({}, queryset=Project.objects.all()).form
    assert [code for code, _name in form.fields["programme"].choices] == ["", riga.programme.code]
    assert [code for code, _name in form.fields["country"].choices] == ["", "BG"]


def test_filters_narrow_together(riga, burgas):
    def numbers(**chosen):
        return list(ProjectFilter(chosen, queryset=Project.objects.all()).qs.values_list("number", flat=True))

    assert numbers(state="completed") == [burgas.number]
    assert numbers(state="completed", q="skola") == []
    assert numbers(programme=riga.programme.code) == [riga.number, burgas.number]
    assert numbers(country="BG", state="in_progress") == [riga.number]


def test_an_unknown_choice_is_named_and_leaves_the_list_whole(riga, burgas):
    filtered = ProjectFilter({"state": "frozen"}, queryset=Project.objects.all())
    assert filtered.qs.count() == 2
    assert "state" in filtered.errors


def test_search_takes_one_query_for_any_number_of_projects(riga, burgas):
    for _ in range(3):
        factories.ContractFactory(project=factories.ProjectFactory(programme=riga.programme))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        list(matching(Project.objects.all(), "skola kopiena riga"))
    assert len(queries) == 1
