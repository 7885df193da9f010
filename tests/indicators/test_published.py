"""Results for the public: small counts hidden on the page, in CSV and JSON alike; an issue per quarter is final."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from beneficiaries.models import SensitiveAnswer
from core.models import AuditEvent
from core.suppression import Sum
from reports.indicators import actions
from reports.indicators.figures import hidden_of
from reports.indicators.figures.hiding import OF_RESULTS, PARTS, SENSITIVE, TOTAL, WHOLES
from reports.indicators.models import Issue
from reports.indicators.tasks import issue_results, quarter_before
from tests import factories
from tests.core.test_suppression import bounded, determined
from tests.factories import NOON

DAY = date(2026, 12, 31)
CODES = [f"EECO{n:02}" for n in range(1, 18)] + [f"EECR{n:02}" for n in range(1, 7)]


def person():
    """Gender; status, age and education as the parts of EECO01; which answers and results hold."""
    return st.tuples(
        st.sampled_from(PARTS), st.sampled_from(["EECO02", "EECO03", "EECO04", "EECO05"]),
        st.sampled_from(["EECO06", "EECO07", "EECO08", ""]), st.sampled_from(["EECO09", "EECO10", "EECO11"]),
        st.sets(st.sampled_from(SENSITIVE)), st.booleans(),
    )  # fmt: skip


def figures(people) -> dict[str, dict[str, int]]:
    found = {code: dict.fromkeys((*PARTS, TOTAL), 0) for code in CODES}
    for times, (gender, status, age, education, answers, result) in people:
        codes = {"EECO01", status, age, education, *answers}
        codes |= {"EECO02"} if status == "EECO03" else set()
        if result:
            idle = {"EECR03", "EECR04"} | ({"EECR01"} if status == "EECO04" else set())
            codes |= {"EECR03", "EECR06"} if status == "EECO05" else idle
        for code in codes - {""}:
            for part in (gender, TOTAL):
                found[code][part] += times
    return found


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([1, 1, 2, 3, 9, 30]), person()), max_size=14))
def test_the_table_of_the_regulation_gives_no_small_count_away(people):
    """By its own sums: parts by status, age, education and gender, complements of answers and results."""
    whole = figures(people)
    limits = {code: 10 if code in SENSITIVE else 5 for code in CODES}
    hidden = hidden_of({"to_date": whole}, limits)

    cells = {(code, part): n for code, split in whole.items() for part, n in split.items()}
    sums, nowhere = [Sum((code, TOTAL), tuple((code, part) for part in PARTS)) for code in CODES], {}
    for part in (*PARTS, TOTAL):
        idle = ("unemployed or inactive", part)
        cells[idle] = cells["EECO02", part] + cells["EECO04", part]
        nowhere[idle] = 1
        sums.append(Sum(idle, (("EECO02", part), ("EECO04", part))))
        for total, parts, all_of_it in (*WHOLES, *OF_RESULTS):
            inside_keys = tuple((code, part) for code in parts)
            rest = ("rest", total, parts, part)
            if not all_of_it:
                cells[rest] = cells[total, part] - sum(cells[k] for k in inside_keys)
                inside = sum(cells[k] for k in inside_keys)
                nowhere[rest] = max(limits[code] for code in parts) if inside else limits.get(total, 5)
            sums.append(Sum((total, part), inside_keys if all_of_it else (*inside_keys, rest)))
    secret = {(code, part) for _scale, code, part in hidden}
    small_rest = {k for k, limit in nowhere.items() if 0 < cells[k] < limit}
    unknown = [k for k in cells if k in secret or k in nowhere]
    assert not determined(unknown, sums, cells) & (secret | small_rest)
    for key, (low, high) in bounded(unknown, secret, sums, cells).items():
        if key in secret:
            assert high - low + 1 >= limits[key[0]] - 1, key


@pytest.fixture
def published(project, school):
    """Twelve women and three men, one of the women of a minority; a project on the public pages."""
    actions.add_common(project.programme, by=None, at=NOON)
    project.published = True
    project.save()
    people = [factories.participation(project, school, gender="F") for _ in range(12)]
    people += [factories.participation(project, school, gender="M") for _ in range(3)]
    SensitiveAnswer.objects.create(participation=people[0], question="minority", answer="yes")
    return project


def rows_of(project) -> dict[str, dict]:
    return {row["code"]: row for row in project.issues.first().rows}


def test_page_csv_and_json_show_the_same_and_hide_the_small(client, published):
    url = f"/en/projects/{published.number}/"
    assert ":c" not in client.get(url).content.decode()
    assert client.get(url + "results.csv").status_code == 404
    made = actions.issue(published, as_of=DAY, at=NOON)

    row = rows_of(published)["EECO01"]
    assert (row["women"], row["men"], row["non_binary"], row["total"]) == (":c", ":c", 0, 15)
    assert rows_of(published)["EECO15"]["total"] == ":c"
    assert rows_of(published)["EECO16"]["total"] == 0
    page = client.get(url).content.decode()
    assert page.count(":c</td>") == sum(v == ":c" for r in made.rows for v in r.values())
    assert "counts of 1 to 4 persons (1 to 9 in special categories)" in page
    table = csv.DictReader(io.StringIO(client.get(url + "results.csv").getvalue().decode("utf-8-sig")))
    body = client.get(url + "results.json").json()
    assert body["hidden"] == {"mark": ":c", "below": 5, "sensitive_below": 10}
    for line, told in zip(table, body["indicators"], strict=True):
        for part in (*PARTS, TOTAL):
            assert line[part] == ("" if told[part] is None else str(told[part]))


def test_the_next_issue_hides_how_few_came_since_and_the_trail_knows(published, school):
    actions.issue(published, as_of=DAY, at=NOON)
    assert actions.issue(published, as_of=DAY, at=NOON) is None
    for _ in range(2):
        factories.participation(published, school, gender="F", entered_on=date(2027, 1, 10))
    actions.issue(published, as_of=date(2027, 3, 31), at=NOON)

    assert rows_of(published)["EECO01"]["total"] == ":c", "15 and 17 would tell that two came"
    for _ in range(4):
        factories.participation(published, school, gender="F", entered_on=date(2027, 4, 10))
    actions.issue(published, as_of=date(2027, 6, 30), at=NOON)
    assert rows_of(published)["EECO01"]["total"] == 21
    assert AuditEvent.objects.filter(action="indicator.issued", project=published.number).count() == 3
    with pytest.raises(DatabaseError), transaction.atomic():
        Issue.objects.update(rows=[])


def test_nothing_is_published_of_hidden_projects_or_out_of_sample_data(published, school):
    published.published = False
    published.save()
    assert issue_results() == 0
    published.published = True
    published.save()
    sample = factories.participation(published, school, synthetic=True)
    assert issue_results() == 0
    sample.delete()
    assert (issue_results(), issue_results()) == (1, 0)


def test_a_quarter_is_published_when_it_is_over():
    for day, before in ((date(2026, 4, 1), date(2026, 3, 31)), (date(2026, 12, 31), date(2026, 9, 30))):
        assert quarter_before(day) == before
    assert quarter_before(date(2027, 2, 14)) == DAY
