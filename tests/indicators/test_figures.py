"""Indicators counted from records: by rule, by part, with the rows behind; parts add up whatever the data."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beneficiaries.figures import EARLIEST, esf_indicators
from beneficiaries.models import Participation, Result, SensitiveAnswer
from core.models import Code
from projects.models import Project, Region
from reports.indicators import actions
from reports.indicators.figures import counted, library_of, over_time, totals
from reports.indicators.figures.typed import Typed
from reports.indicators.models import Definition
from tests import factories
from tests.factories import NOON

START, END = date(2026, 1, 1), date(2026, 12, 31)


def indicator(programme, code="OWN1", **facts):
    given = {"name": {"en": "Own"}, "unit": "persons", "kind": "output", "source": "people", "rule": {}} | facts
    return actions.add_indicator(programme, code=code, by=None, at=NOON, **given)


def test_the_common_set_has_25_codes_and_counts_as_the_law_s_table_does(project, school):
    assert actions.add_common(project.programme, by=None, at=NOON) == 25
    assert actions.add_common(project.programme, by=None, at=NOON) == 0
    for definition in Definition.objects.all():  # who counts is told in each language of a report
        assert set(definition.text) == {"en", "bg", "lv"}, definition
        assert len(set(definition.text.values())) == 3, definition
    rows = [
        factories.participation(project, school, gender=g, born_on=born, labour_status=s, education=e)
        for g, born, s, e in [
            ("F", date(2012, 5, 4), "INE", 1), ("M", date(1999, 5, 4), "LTU", 3), ("N", date(1960, 1, 1), "EM", 6),
            ("F", date(1985, 1, 1), "", 2),
        ]
    ]  # fmt: skip
    SensitiveAnswer.objects.create(participation=rows[0], question="minority", answer="yes")
    Participation.objects.filter(pk=rows[1].pk).update(left_on=date(2026, 3, 1))
    Result.objects.create(participation=rows[1], kind="employed", seen_on=date(2026, 3, 20))

    found = counted(library_of(project.programme_id), [project.pk], START, END)

    law = esf_indicators([project.pk], START, END).period
    assert set(found) == set(law)
    assert found["EECO01"].whole.total == 3
    for code, count in law.items():
        whole = found[code].whole
        assert (whole.women, whole.men, whole.non_binary) == (count.women, count.men, count.non_binary), code
    assert found["EECO01"].parts["age"].keys() == {"0-17", "18-29", "55+"}
    assert found["EECR04"].parts["year"]["2026"].men == 1


def test_an_own_rule_counts_whom_it_says_and_unknown_is_a_part_of_its_own(project, school, codes):
    programme = project.programme
    indicator(programme, "YOUNG", rule={"years_to": 17, "status": ["INE"]})
    indicator(programme, "ALL")
    indicator(programme, "SCHOOLS", source="schools", unit="bodies", rule={"education_to": 2})
    town = Code.objects.of("bg_municipalities").first()
    school.place = town
    school.save()
    other = factories.school_of(project)
    factories.participation(project, school)
    factories.participation(project, other, gender="", born_on=None, education=None)

    found = counted(library_of(programme.pk), [project.pk], START, END)

    assert (found["YOUNG"].whole.total, found["ALL"].whole.total) == (1, 2)
    assert found["ALL"].whole.unknown == 1
    assert found["ALL"].parts["age"]["U"].unknown == 1
    assert {k: t.total for k, t in found["ALL"].parts["place"].items()} == {town.code: 1, "U": 1}
    assert {k: t.total for k, t in found["ALL"].parts["region"].items()} == {"U": 2}
    assert found["SCHOOLS"].whole.total == 1


def test_sessions_and_hours_are_counted_from_the_sessions_held(project, activity, session):
    indicator(project.programme, "HRS", source="hours", unit="hours")
    indicator(project.programme, "SES", source="sessions", unit="sessions")
    factories.SessionFactory(project=project, activity=activity, school=session.school, group=session.group, on=END)
    type(session).objects.filter(pk=session.pk).update(state="held")

    found = counted(library_of(project.programme_id), [project.pk], START, END)

    assert (found["HRS"].whole.total, found["SES"].whole.total) == (Decimal("1.50"), 1)
    both = totals(library_of(project.programme_id), [project.pk], session.on + timedelta(days=1), END)
    assert (both.period["HRS"].whole.total, both.to_date["HRS"].whole.total) == (0, Decimal("1.50"))
    assert found["HRS"].parts["school"] == {str(session.school_id): found["HRS"].whole}


person = st.tuples(
    st.sampled_from(["F", "M", "N", ""]), st.one_of(st.none(), st.dates(date(1950, 1, 1), date(2020, 1, 1))),
    st.sampled_from(["UE", "LTU", "INE", "EM", ""]), st.one_of(st.none(), st.integers(0, 8)),
    st.dates(date(2025, 1, 1), date(2027, 1, 1)), st.booleans(),
)  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(person, max_size=12))
def test_parts_add_up_for_any_people(project, school, people):
    """For every indicator, dimension and gender the parts make the whole; and the ESF+ sums of the reference hold."""
    programme = project.programme
    if not programme.indicators.exists():
        actions.add_common(programme, by=None, at=NOON)
        indicator(programme, "ALL")
        indicator(programme, "TOWN", source="schools", unit="bodies", rule={"years_to": 17})
        indicator(programme, "LEFT", rule={"results": ["qualification"], "hours_from": 0})
        Project.objects.filter(pk=project.pk).update(region=Region.LESS)
    project.participations.all().delete()
    for gender, born, status, education, entered, left in people:
        factories.participation(
            project, school, gender=gender, born_on=born, labour_status=status, education=education,
            entered_on=entered, left_on=entered if left else None,
        )  # fmt: skip

    found = counted(library_of(programme.pk), [project.pk], START, END)
    so_far = counted(library_of(programme.pk), [project.pk], EARLIEST, END)
    both = totals(library_of(programme.pk), [project.pk], START, END)

    for sums, split in ((both.period, found), (both.to_date, so_far)):
        assert {code: figure.whole for code, figure in sums.items()} == {code: f.whole for code, f in split.items()}
    for code, figure in found.items():
        for dimension, parts in figure.parts.items():
            for gender in ("women", "men", "non_binary", "unknown"):
                whole = getattr(figure.whole, gender)
                assert sum(getattr(t, gender) for t in parts.values()) == whole, (code, dimension)
    total = {code: figure.whole.total for code, figure in found.items()}
    assert total["EECO02"] + total["EECO04"] + total["EECO05"] == total["EECO01"]
    assert total["EECO09"] + total["EECO10"] + total["EECO11"] == total["EECO01"] <= total["ALL"]
    assert total["ALL"] == sum(START <= p[4] <= END for p in people)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("sum", "55"), ("latest", "35"), ("maximum", "35"), ("average", "27.50"), ("ratio", "55.00")],
)
def test_each_rule_over_time(rule, expected):
    """Two schools in spring, one in autumn: 10 + 10 of 25 each, then 25 of 40 and the second 10 of 10."""
    spring, autumn = (date(2026, 1, 1), date(2026, 6, 30)), (date(2026, 7, 1), date(2026, 12, 31))
    rows = [
        Typed((1, 1), *spring, Decimal(10), Decimal(25)), Typed((1, 2), *spring, Decimal(10), Decimal(25)),
        Typed((1, 1), *autumn, Decimal(25), Decimal(40)), Typed((1, 2), *autumn, Decimal(10), Decimal(10)),
    ]  # fmt: skip
    assert over_time(rule, rows) == Decimal(expected)
    assert over_time(rule, []) is None
