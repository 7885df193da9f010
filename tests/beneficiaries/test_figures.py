"""The ESF+ table against the worked example of the domain reference, and against its own row lists."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beneficiaries import figures
from beneficiaries.models import Result, SensitiveAnswer, Stay
from tests import factories

ALWAYS = (date(2021, 1, 1), date(2029, 12, 31))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.fixture
def example(programme, request):
    """The invented persons of the worked example, entered as the rules say: a return only moves exit and results."""
    path = request.config.rootpath / "tests" / "data" / "example_participants.csv"
    projects, rows, persons = {}, {}, {}
    for line in csv.DictReader(path.open(encoding="utf-8")):
        name = line["operation"]
        if name not in projects:
            projects[name] = factories.ProjectFactory(programme=programme)
            projects[name].school = factories.school_of(projects[name])
        key = (line["person"], name)
        entered, left = _day(line["entry_date"]), _day(line["exit_date"])
        if key not in rows:
            row = factories.participation(
                projects[name], projects[name].school, gender=line["gender"], born_on=_day(line["birth_date"]),
                entered_on=entered, left_on=left, labour_status=line["labour_status_at_entry"],
                education=int(line["isced_completed_at_entry"]) if line["isced_completed_at_entry"] else None,
            )  # fmt: skip
            if line["person"] in persons:
                row.person = persons[line["person"]]
                row.save()
            persons[line["person"]] = row.person
            for question in ("minority", "disability"):
                SensitiveAnswer.objects.create(participation=row, question=question, answer=line[question])
            rows[key] = row
        else:
            row = rows[key]
            Stay.objects.create(participation=row, entered_on=entered, left_on=left)
            row.left_on = left
            row.save()
        if line["result_status"]:
            Result.objects.create(
                participation=row, kind=line["result_status"], seen_on=_day(line["result_observed_on"])
            )
    return projects


def test_the_worked_example_comes_out_as_published(example, request):
    path = request.config.rootpath / "tests" / "data" / "example_expected_indicators.csv"
    checked = 0
    for line in csv.DictReader(path.open(encoding="utf-8")):
        counted = figures.esf_indicators([example[line["operation"]].pk], *ALWAYS)
        if line["indicator"].startswith("incomplete"):
            assert counted.incomplete_to_date == int(line["total"])
        else:
            c = counted.to_date[line["indicator"]]
            expected = tuple(int(line[k]) for k in ("women", "men", "non_binary", "total"))
            assert (c.women, c.men, c.non_binary, c.total) == expected, line["indicator"]
        checked += 1
    assert checked == 34


def test_a_scope_of_several_projects_is_the_sum_of_each(example):
    both = figures.esf_indicators([p.pk for p in example.values()], *ALWAYS)
    each = [figures.esf_indicators([p.pk], *ALWAYS) for p in example.values()]
    for code in figures.INDICATORS:
        assert both.to_date[code].total == sum(e.to_date[code].total for e in each)


@pytest.mark.parametrize(
    ("born_on", "expected"),
    [
        (date(2008, 1, 12), {"EECO07"}),  # 18 on the day of entry
        (date(2008, 1, 13), {"EECO06"}),  # 18 a day later
        (date(1996, 1, 12), set()),  # 30 on the day of entry: in no age group
        (date(1996, 1, 13), {"EECO07"}),
        (date(1971, 1, 12), {"EECO08"}),  # 55 on the day of entry
        (date(1971, 1, 13), set()),
        (date(2008, 2, 29), {"EECO06"}),
    ],
)
def test_age_is_completed_years_on_the_day_of_entry(project, school, born_on, expected):
    factories.participation(project, school, born_on=born_on, entered_on=date(2026, 1, 12))
    counted = figures.esf_indicators([project.pk], *ALWAYS)
    assert {c for c in ("EECO06", "EECO07", "EECO08") if counted.to_date[c].total} == expected


@pytest.mark.parametrize(("days", "counts"), [(0, 1), (28, 1), (29, 0), (-1, 0)])
def test_immediate_results_are_seen_from_the_exit_day_to_28_days_after(project, school, days, counts):
    row = factories.participation(project, school, labour_status="UE", left_on=date(2026, 6, 30))
    Result.objects.create(participation=row, kind="employed", seen_on=date(2026, 6, 30) + timedelta(days=days))
    assert figures.esf_indicators([project.pk], *ALWAYS).to_date["EECR04"].total == counts


@pytest.mark.parametrize(("seen_on", "counts"), [(date(2027, 2, 28), 1), (date(2027, 2, 27), 0)])
def test_longer_term_results_are_seen_six_months_after_exit(project, school, seen_on, counts):
    row = factories.participation(project, school, labour_status="UE", left_on=date(2026, 8, 31))
    Result.objects.create(participation=row, kind="employed_later", seen_on=seen_on)
    assert figures.esf_indicators([project.pk], *ALWAYS).to_date["EECR05"].total == counts


def test_outputs_belong_to_the_period_of_entry_and_results_to_that_of_exit(project, school):
    row = factories.participation(
        project, school, labour_status="UE", entered_on=date(2026, 1, 12), left_on=date(2026, 5, 4)
    )
    Result.objects.create(participation=row, kind="qualification", seen_on=date(2026, 5, 5))
    first = figures.esf_indicators([project.pk], date(2026, 1, 1), date(2026, 3, 31))
    second = figures.esf_indicators([project.pk], date(2026, 4, 1), date(2026, 6, 30))
    assert (first.period["EECO01"].total, first.period["EECR03"].total) == (1, 0)
    assert (second.period["EECO01"].total, second.period["EECR03"].total) == (0, 1)
    assert (second.to_date["EECO01"].total, second.to_date["EECR03"].total) == (1, 1)
    assert (second.left_period, first.left_period) == (1, 0)


_people = st.lists(
    st.tuples(
        st.sampled_from(["F", "M", "N", ""]),
        st.none() | st.dates(date(1950, 1, 1), date(2018, 1, 1)),
        st.sampled_from(["UE", "LTU", "IN", "INE", "EM", "SE", ""]),
        st.none() | st.integers(0, 8),
        st.dates(date(2025, 12, 9), date(2026, 12, 9)),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=_people)
def test_parts_always_add_up_and_every_figure_equals_its_rows(project, school, made):
    project.participations.all().delete()
    rows = [
        factories.participation(
            project, school, gender=g, born_on=b, labour_status=status, education=education, entered_on=entered
        )
        for g, b, status, education, entered in made
    ]
    start, end = date(2026, 2, 1), date(2026, 10, 31)
    counted = figures.esf_indicators([project.pk], start, end)
    for totals in (counted.period, counted.to_date):
        assert totals["EECO01"].total == sum(totals[c].total for c in ("EECO02", "EECO04", "EECO05"))
        assert totals["EECO01"].total == sum(totals[c].total for c in ("EECO09", "EECO10", "EECO11"))
        assert sum(totals[c].total for c in ("EECO06", "EECO07", "EECO08")) <= totals["EECO01"].total
        assert totals["EECO03"].total <= totals["EECO02"].total
    for code, count in counted.period.items():
        found = Counter(row.gender for row in figures.esf_rows(code, [project.pk], start, end))
        assert (found["F"], found["M"], found["N"]) == (count.women, count.men, count.non_binary)
    entered = [r for r in rows if start <= r.entered_on <= end]
    not_counted = figures.esf_rows("incomplete", [project.pk], start, end)
    assert len(entered) == counted.period["EECO01"].total + len(not_counted)
    assert counted.incomplete_period == len(not_counted)


def test_deliveries_roll_up_and_count_a_person_once(project, school, group):
    parent = factories.ActivityFactory(project=project, position=1, number="1")
    part = factories.ActivityFactory(project=project, position=2, number="1.1", parent=parent)
    rows = [factories.member_of(group) for _ in range(3)]
    days = (date(2026, 3, 2), date(2026, 3, 9))
    made = [
        factories.SessionFactory(project=project, activity=a, school=school, group=group, on=day)
        for a, day in zip((parent, part), days, strict=True)
    ]
    for session in made:
        factories.attended(session, rows[0])
        factories.attended(session, rows[1], "absent")
    factories.attended(made[1], rows[2], "late")
    factories.SessionFactory(project=project, activity=part, school=school, group=group, on=date(2026, 3, 16))

    found = figures.deliveries(project.pk, date(2026, 3, 1), date(2026, 3, 31))

    assert (found.own[part.pk].sessions, found.own[part.pk].hours) == (1, Decimal("1.50"))
    whole = found.with_parts[parent.pk]
    assert (whole.sessions, whole.hours, whole.marks, whole.came, whole.people) == (2, Decimal("3.00"), 5, 3, 2)
    assert whole.person_hours == Decimal("4.50")
    assert found.total == whole
    assert figures.weeks(project.pk, *days) == [(days[0], 1, 2, 1), (days[1], 1, 3, 2)]


def test_nothing_at_all_is_zero_and_not_an_error(project):
    counted = figures.esf_indicators([project.pk], *ALWAYS)
    assert all(c.total == 0 for c in counted.to_date.values())
    assert figures.esf_indicators([], *ALWAYS).incomplete_to_date == 0
    assert figures.deliveries(project.pk, *ALWAYS).total == figures.Delivery()
