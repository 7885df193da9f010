"""The pages: a figure opens to its rows, the sensitive ones to few, and a value is typed, sent and approved."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.models import AuditEvent
from reports.indicators import actions
from reports.indicators.models import Definition, SchoolFigure, Target, Value
from tests import factories
from tests.factories import NOON


@pytest.fixture
def sign_in(client, people):
    def as_person(who):
        client.force_login(people[who])
        return client

    return as_person


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def counted_two(project, school):
    """Two participants; one is not complete."""
    actions.add_common(project.programme, by=None, at=NOON)
    whole = factories.participation(project, school)
    return whole, factories.participation(project, school, education=None)


def test_an_officer_makes_an_indicator_changes_it_and_sets_what_is_to_be_reached(sign_in, project):
    base = f"/en/work/indicators/{project.programme.code}/"
    officer = sign_in("officer")
    officer.post(base + "common/")
    assert "EECO19" in text(officer.get("/en/work/indicators/"))
    facts = {"version": 0, "code": "OWN", "unit": "persons", "kind": "output", "source": "people", "name_bg": "Деца",
             "name_en": "Children", "years_to": "17", "over_time": "sum", "cumulative": "on"}  # fmt: skip
    wrong = officer.post(base + "new/", facts | {"years_from": "20"})
    assert wrong.status_code == 422
    assert "nobody would count" in text(wrong)
    assert officer.post(base + "new/", facts).status_code == 302
    assert officer.post(base + "of/OWN/change/", facts | {"version": 1, "years_to": "14"}).status_code == 422
    officer.post(base + "of/OWN/change/", facts | {"version": 1, "years_to": "14", "because": "New rule"})
    goal = {"kind": "target", "on": "31.12.2029", "value": "120", "project": project.number}
    assert officer.post(base + "of/OWN/target/", goal).status_code == 302
    page = text(officer.get(base + "of/OWN/"))
    for words in ("Children", "Age at entry: up to 14.", "New rule", "120", project.number):
        assert words in page
    assert [d.rule for d in Definition.objects.filter(indicator__code="OWN")] == [{"years_to": 14}, {"years_to": 17}]
    assert Target.objects.get().project == project


def test_a_figure_opens_to_its_rows_and_says_who_is_not_counted(sign_in, project, counted_two):
    whole, lacking = counted_two
    base = f"/en/work/projects/{project.number}/library/"
    officer = sign_in("officer")
    assert "EECO06" in text(officer.get(base))
    parts = officer.get(base + "of/EECO06/")
    assert "By age at entry" in text(parts)
    link = re.search(r'href="([^"]+by=age[^"]+)"', parts.content.decode()).group(1).replace("&amp;", "&")
    assert whole.person.code in text(officer.get(link))
    assert lacking.person.code not in text(officer.get(link))
    outside = text(officer.get(base + "of/EECO06/rows/?heap=outside"))
    assert lacking.person.code in outside
    assert "The record is not complete." in outside
    assert whole.person.identity.family_name not in outside
    assert AuditEvent.objects.filter(action="participant.rows_viewed", project=project.number).count() == 3


def test_a_part_that_is_none_shows_nobody_and_breaks_nothing(sign_in, project, counted_two):
    whole, _lacking = counted_two
    there = f"/en/work/projects/{project.number}/library/of/EECO06/rows/"
    officer = sign_in("officer")
    for by in ("age", "education", "place", "region", "school", "year"):
        for part in ("abc", "-1", "9" * 30, "\x00", "U", ""):
            answer = officer.get(there, {"by": by, "part": part})
            assert answer.status_code in (200, 404), (by, part)
            if part not in ("U", ""):
                assert whole.person.code not in text(answer), (by, part)


def test_rows_of_a_sensitive_indicator_open_to_who_sees_the_answers_and_to_who_checks_them_with_a_reason(
    sign_in, project, counted_two
):
    """On both pages that open figures: the one of the library and the one of the ESF+ table."""
    base = f"/en/work/projects/{project.number}/"
    ways = [base + "library/of/EECO15/rows/", base + "indicators/EECO15/"]
    looks = AuditEvent.objects.filter(action="participant.rows_viewed")
    for way in ways:
        assert sign_in("client").get(way).status_code == 403
        assert sign_in("finance").get(way).status_code == 403
        asked = sign_in("auditor").get(way)
        assert "Your reason is written in the trail" in text(asked)
        assert "page" not in asked.context
    auditor = sign_in("auditor")
    wrong = auditor.post(base + "library/reason/", {"reason": " ", "back": ways[0]})
    assert (wrong.status_code, looks.count()) == (422, 0)
    away = auditor.post(base + "library/reason/", {"reason": "Sample 3", "back": "https://elsewhere.example/"})
    assert away.url == f"/en/work/projects/{project.number}/library/"
    assert auditor.post(base + "library/reason/", {"reason": "Sample 3", "back": ways[0]}).url == ways[0]
    for way in ways:
        assert "Records behind EECO15" in text(auditor.get(way))
    assert {(look.by_name, look.note) for look in looks} == {("Auditor", "Sample 3")}
    assert looks.count() == 2
    assert sign_in("coordinator").get(ways[0]).status_code == 200
    assert looks.latest("pk").note == ""


def test_a_value_is_typed_and_sent_by_the_school_and_approved_by_the_office(sign_in, project, school, counted_two):
    base = f"/en/work/projects/{project.number}/library/"
    begun = sign_in("coordinator").post(
        base + "values/new/", {"indicator": "EECO18", "from_on": "1.1.2026", "to_on": "28.2.2026", "school": school.key}
    )
    value = Value.objects.get()
    assert begun.url.endswith(f"{value.key}/")
    sign_in("coordinator").post(begun.url, {"version": value.version, "amount_0": "4", "send": "1"})
    assert sign_in("coordinator").post(begun.url, {"version": 3, "approve": "yes"}).status_code == 403
    refused = sign_in("officer").post(begun.url, {"version": 3, "approve": "no"})
    assert "Say what is to be changed" in text(refused)
    sign_in("officer").post(begun.url, {"version": 3, "approve": "yes"})
    value.refresh_from_db()
    assert (value.state, value.from_on) == ("approved", date(2026, 1, 1))
    assert "4" in text(sign_in("officer").get(base + "of/EECO18/"))
    assert "Begin the correction" in text(sign_in("coordinator").get(begun.url))


def test_school_years_come_in_by_list_and_by_form_and_go_out_as_csv(sign_in, project, school):
    school.school_code = "1500123"
    school.save()
    rows = "school;year;measure;numerator;denominator\n1500123;2024;dropout;3;120\n1500123;2024;nvo_bg_7;0;0\n"
    upload = SimpleUploadedFile("years.csv", rows.encode())
    assert sign_in("officer").post("/en/work/school-years/load/", {"upload": upload}).status_code == 302
    form = f"/en/work/school-years/{school.key}/2025/"
    sign_in("coordinator").post(form, {"enrolled_top": "310", "dropout_top": "3", "dropout_base": "100"})
    assert SchoolFigure.objects.count() == 3
    page = text(sign_in("coordinator").get("/en/work/school-years/"))
    for words in ("2.5", "3", "2024/2025", "1 school"):
        assert words in page
    content = b"".join(sign_in("auditor").get("/en/work/school-years.csv").streaming_content).decode()
    assert "1500123,2024,dropout,3.00,120.00" in content
