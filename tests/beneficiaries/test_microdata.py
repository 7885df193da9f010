"""The national micro-data sheet: the columns of each country, and what is said before it is written."""

from __future__ import annotations

import csv
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from beneficiaries.columns import sheet_of
from beneficiaries.models import Result, SensitiveAnswer
from beneficiaries.tables import MICRODATA, gaps
from core.models import AuditEvent, Code
from tests import factories


@pytest.fixture
def three(project, school):
    """A complete record, one without education, and one of a gender for which Bulgaria has no word."""
    whole = factories.participation(project, school, left_on=date(2026, 6, 30))
    SensitiveAnswer.objects.create(participation=whole, question="minority", answer="yes")
    Result.objects.create(participation=whole, kind="in_education", seen_on=date(2026, 7, 1))
    short = factories.participation(project, school, education=None)
    other = factories.participation(project, school, gender="N", born_on=None)
    return whole, short, other


def lines(user, project, **query) -> list[list[str]]:
    table = MICRODATA
    made = b"".join(table.lines(table.rows(user, {"project": project.number, **query})))
    return list(csv.reader(made.decode("utf-8-sig").splitlines()))


def test_the_columns_are_those_of_the_published_template(codes):
    """Headings and order of 35 columns, A to AI; its lists hold every word that is written."""
    with open("core/codes/umis_microdata.csv", encoding="utf-8-sig") as file:
        template = list(csv.DictReader(file))
    sheet = sheet_of("BG")
    assert sheet.heads == [column["header_bg"] for column in template]
    listed = {column["header_bg"]: column["values"].split(" | ") for column in template if " | " in column["values"]}
    for place in sheet.places:
        assert set(place.words.values()) <= set(listed.get(place.head, [])), place.head
    assert [place.head for place in sheet.places if place.outside] == ["ЕГН"]


def test_what_lacks_something_is_said_by_row_and_may_be_left_out(people, project, three, client):
    _whole, short, other = three
    rows = MICRODATA.rows(people["coordinator"], {"project": project.number})
    found = gaps(rows, project.number)
    assert (found.rows, found.outside) == (2, ["ЕГН"])
    assert {row.person.code: heads for row, heads in found.first} == {
        short.person.code: ["Степен на завършено образование"], other.person.code: ["Пол", "Възраст"],
    }  # fmt: skip

    client.force_login(people["coordinator"])
    url = f"/en/work/participants/microdata.csv?project={project.number}"
    page = client.get(url).text
    assert "2 rows lack something" in page
    assert short.person.code in page
    assert short.person.identity.family_name not in page
    answer = client.post(url, {"because": "June", "complete": "on"})
    assert len(b"".join(answer.streaming_content).splitlines()) == 2
    event = AuditEvent.objects.get(action="participant.exported")
    assert event.after == {"project": project.number, "kind": "microdata", "complete": "1"}
    assert len(lines(people["coordinator"], project)) == 4


def test_latvia_has_its_own_columns_words_and_dates(people, project, three):
    type(project.programme).objects.filter(pk=project.programme.pk).update(country="LV")
    heads, whole, _short, other = lines(people["coordinator"], project)
    told = dict(zip(heads, whole, strict=True))
    assert heads == sheet_of("LV").heads
    assert (told["Dzimšanas datums"], told["Dalības sākuma datums"]) == ("04.05.2012", "12.01.2026")
    assert (told["Dzimums"], told["Statuss darba tirgū"]) == ("sieviete", "neaktīvs, mācās")
    assert (told["Minoritāte, tai skaitā romi"], told["Personas kods"]) == ("jā", "")
    assert dict(zip(heads, other, strict=True))["Dzimums"] == "nebināra persona"
    assert len(lines(people["coordinator"], project, complete="1")) == 2


def test_an_office_changes_a_heading_and_a_word_in_the_code_list(people, project, three):
    place = Code.objects.of("microdata_columns").get(code="BG:06")
    place.name, place.more = {"bg": "Пол (код)"}, place.more | {"words": "F=2|M=1|N=3"}
    place.save()
    heads, whole, _short, other = lines(people["coordinator"], project)
    assert (dict(zip(heads, whole, strict=True))["Пол (код)"], dict(zip(heads, other, strict=True))["Пол (код)"]) == (
        "2", "3",
    )  # fmt: skip


def test_a_country_without_a_sheet_writes_the_one_of_the_settings(codes, settings):
    assert sheet_of("FR").country == "BG"
    settings.MICRODATA_COUNTRY = "LV"
    assert sheet_of("").country == "LV"


def test_nobody_without_the_right_to_sensitive_answers_gets_it(people, project, three):
    for who in ("officer", "auditor", "finance", "client"):
        with pytest.raises(PermissionDenied):
            lines(people[who], project)
    assert MICRODATA.rows(people["stranger"], {"project": project.number}).count() == 0
