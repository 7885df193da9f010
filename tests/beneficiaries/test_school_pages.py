"""C6 and the class dashboards: the own school's figures, who is not counted and why, and who missed a quarter."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from activities.models import OutreachCount, PlannedOutput
from beneficiaries import figures
from beneficiaries.views import school as pages
from tests import factories
from tests.conftest import NOON

RESULTS = "/en/work/results/"


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


@pytest.fixture
def client_of(client, people, monkeypatch):
    monkeypatch.setattr(pages, "localdate", lambda: NOON.date())

    def as_person(who):
        client.force_login(people[who])
        return client

    return as_person


def lessons(group, activity, n):
    return [
        factories.SessionFactory(
            project=group.project, activity=activity, school=group.school, group=group,
            on=date(2026, 2, 2) + timedelta(days=7 * i),
        )
        for i in range(n)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "term"),
    [
        (date(2025, 9, 14), (date(2025, 2, 1), date(2025, 9, 14))),
        (date(2025, 9, 15), (date(2025, 9, 15), date(2026, 1, 31))),
        (date(2026, 1, 31), (date(2025, 9, 15), date(2026, 1, 31))),
        (date(2026, 2, 1), (date(2026, 2, 1), date(2026, 9, 14))),
    ],
)
def test_a_school_year_has_two_terms(day, term):
    assert figures.term_of(day) == term


@pytest.mark.parametrize(
    ("marks", "rate", "flagged"),
    [
        ("here here here absent", "25.00", True),
        ("here here here late", "12.50", False),
        ("here here late late", "25.00", True),
        ("here here here here excused", "20.00", False),
        ("here here here here", "0.00", False),
    ],
)
def test_the_flag_falls_at_a_quarter_with_late_counting_a_half(activity, group, marks, rate, flagged):
    pupil = factories.member_of(group)
    for session, mark in zip(lessons(group, activity, 9), marks.split(), strict=False):
        factories.attended(session, pupil, mark)
    (absence,) = figures.absences([group.pk], date(2026, 2, 1), date(2026, 9, 14))
    assert (str(absence.rate), absence.flagged) == (rate, flagged)
    assert not figures.absences([group.pk], date(2025, 9, 15), date(2026, 1, 31))


def test_the_school_sees_its_own_figures_and_who_is_not_counted_and_why(client_of, codes, project, activity, group):
    elsewhere = factories.school_of(project)
    for _n in range(3):
        factories.participation(project, elsewhere)
    one = factories.member_of(group)
    out = factories.member_of(group, labour_status="", education=None)
    for session in lessons(group, activity, 4):
        factories.attended(session, one)
        factories.attended(session, out, "absent")
    page = text_of(client_of("coordinator").get(RESULTS))
    assert "1 of 2 participants is not counted." in page
    assert str(out.person.identity) in page
    assert "missing: situation on the day of entry, education" in page
    assert '<td><span class="code">EECO01</span></td>' in page
    assert '<td class="num">1</td></tr>' in page
    assert "<svg" in page
    assert "1 participant</span>" in page  # one of the class missed a quarter
    page = text_of(client_of("coordinator").get(f"/en/work/groups/{group.key}/"))
    assert "1 participant missed 25% of the lessons or more." in page
    assert "100% missed" in page.replace("100.00%", "100%")
    assert page.index(str(out.person.identity)) < page.index(str(one.person.identity))
    page = text_of(client_of("officer").get(f"/en/work/groups/{group.key}/"))
    assert str(out.person.identity) not in page  # codes first
    assert out.person.code in page


def test_outputs_of_the_contract_show_what_this_school_brought_beside_all(client_of, project, activity, group):
    """Bullets against the target of the project; the table of the same figures stands below them."""
    for n, (counts, planned) in enumerate([("sessions", 10), ("participants", 4), ("outreach", 50)]):
        PlannedOutput.objects.create(
            activity=activity, position=n, name={"en": f"Output {counts}"}, counts=counts, planned=planned
        )
    other = factories.GroupFactory(project=project, school=factories.school_of(project))
    for one in (group, other):
        OutreachCount.objects.create(activity=activity, school=one.school, on=date(2026, 2, 3), people=20)
    for session in [*lessons(group, activity, 2), *lessons(other, activity, 1)]:
        factories.attended(session, factories.member_of(session.group))
    page = text_of(client_of("coordinator").get(RESULTS))
    for said, own, target, part in (
        ("Output sessions (all schools: 3)", 2, 10, "20%"), ("Output participants (all schools: 3)", 2, 4, "50%"),
        ("Output outreach (all schools: 40)", 20, 50, "40%"),
    ):  # fmt: skip
        assert said in page
        assert f"{own} ({part})" in page.replace(".00%", "%")
        assert f"target {target}" in page
    assert "The target is that of the whole project." in page
    assert "Share of the target" in page  # the table


def test_the_results_page_needs_as_many_queries_with_three_classes_as_with_one(
    client_of, project, activity, school, django_assert_max_num_queries
):
    for n in range(3):
        group = factories.GroupFactory(project=project, school=school, name=f"Class {n}")
        pupil = factories.member_of(group)
        factories.attended(lessons(group, activity, 1)[0], pupil)
    client = client_of("coordinator")
    with django_assert_max_num_queries(22):
        page = text_of(client.get(RESULTS))
    assert "Class 2" in page
