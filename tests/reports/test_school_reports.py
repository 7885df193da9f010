"""The report card of a school and the report of a network: sums by sums, with the number of schools."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from activities.models import Session
from beneficiaries.models import Attendance
from projects.models import Partner, Project
from reports.indicators import actions
from reports.kinds import schools
from tests import factories
from tests.factories import NOON

D = Decimal
YEAR = (2025, date(2025, 9, 1), date(2026, 8, 31))


def reported(school, year, measure, numerator, denominator=None):
    actions.set_school_figure(
        school, year=year, measure=measure, numerator=D(numerator), denominator=denominator and D(denominator),
        by=None, at=NOON,
    )  # fmt: skip


def test_means_are_weighted_and_a_missing_report_is_no_zero(project, school, session, group):
    """20 pupils with a mean of 45 and 5 with 60 make 48.00, not 52.50; a third school reported nothing."""
    small, silent = factories.school_of(project), factories.school_of(project)
    reported(school, 2025, "nvo_bg_7", "900", "20")
    reported(small, 2025, "nvo_bg_7", "300", "5")
    reported(school, 2024, "nvo_bg_7", "800", "20")
    reported(small, 2025, "parent_meetings", "3")
    stranger = factories.school_of(factories.ProjectFactory(programme=project.programme))
    reported(stranger, 2025, "nvo_bg_7", "1", "1")
    Partner.objects.filter(organisation=silent).update(since_on=date(2025, 10, 1))
    pupils = [factories.member_of(group) for _n in range(2)]
    Session.objects.filter(pk=session.pk).update(state="held")
    for pupil, mark in zip(pupils, ("here", "absent"), strict=True):
        Attendance.objects.create(participation=pupil, session=session, mark=mark, marked_at=NOON)

    of_card, done = schools.card(school, *YEAR, "en")
    told = [(r["measure"], r["year"], r["value"], r["all_value"], r["schools"]) for r in of_card.rows]
    assert told == [
        ("nvo_bg_7", "2024/2025", D("40.00"), D("40.00"), 1), ("nvo_bg_7", "2025/2026", D("45.00"), D("48.00"), 2),
    ]  # fmt: skip
    row = done.rows[0]
    assert (row["number"], row["sessions"], row["hours"], row["people"]) == (project.number, 1, D("1.50"), 1)
    assert (row["rate"], row["person_hours"]) == (D("50.00"), D("1.50"))

    figures, who, each = schools.of_network(Project.objects.filter(pk=project.pk), 2025, "en", "bg")
    told = {(r["measure"], r["year"]): r for r in figures.rows}
    whole = told["nvo_bg_7", "2025/2026"]
    assert (whole["numerator"], whole["denominator"], whole["value"]) == (D(1200), D(25), D("48.00"))
    assert (whole["schools"], whole["members"], whole["unit"]) == (2, 3, "mean")
    assert (whole["panel_value"], whole["panel_schools"]) == (D("45.00"), 1)
    assert told["nvo_bg_7", "2024/2025"]["members"] == 2
    assert (told["parent_meetings", "2025/2026"]["value"], len(told)) == (D(3), 3)
    counts = {r["name"][0]: (r["reported"], r["missing"]) for r in who.rows}
    measures = len(schools._measures())
    assert sorted(counts.values()) == [(0, measures), (1, measures - 1), (2, measures - 2)]
    assert {(r["measure"], r["value"]) for r in each.rows} == {
        ("nvo_bg_7", D("45.00")), ("nvo_bg_7", D("60.00")), ("parent_meetings", D(3)),
    }  # fmt: skip
