"""Typed values through their whole life, estimates beside the counts, the recount, and the figures of school years."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import InternalError, transaction
from django.db.utils import IntegrityError

from beneficiaries.models import Participation, Person
from core.access import Refused
from core.models import AuditEvent
from reports.indicators import actions
from reports.indicators.figures import estimates, library_of, typed
from reports.indicators.figures.schools import network
from reports.indicators.models import Cell, Definition, Drift, SchoolFigure, Snapshot, Value
from reports.indicators.tasks import recount_night
from tests import factories
from tests.factories import NOON

SPRING = (date(2026, 1, 1), date(2026, 2, 28))
END = date(2026, 12, 31)


@pytest.fixture
def trained(programme) -> Definition:
    """A typed indicator split by gender."""
    return actions.add_indicator(
        programme, code="OWN", name={"en": "Teachers trained"}, unit="persons", kind="output", source="typed",
        categories=["gender"], by=None, at=NOON,
    )  # fmt: skip


def begin(definition, project, people, school=None, women=4, unknown=1, period=SPRING) -> Value:
    return actions.type_value(
        definition, project, from_on=period[0], to_on=period[1], school=school,
        amounts={("F", "", ""): (Decimal(women), None), ("U", "", ""): (Decimal(unknown), None)},
        by=people["coordinator"], at=NOON,
    )  # fmt: skip


def total(project) -> Decimal | int | None:
    figure = typed(library_of(project.programme_id), [project.pk], date(2026, 1, 1), END)["OWN"]
    return None if figure is None else figure.whole.total


def test_a_typed_value_counts_from_approval_by_a_second_person_and_a_correction_keeps_the_old_one(
    trained, project, school, people
):
    value = begin(trained, project, people, school)
    with pytest.raises(Refused, match="There is a value"):
        begin(trained, project, people, school)
    value = actions.send_value(value, version=1, by=people["coordinator"], at=NOON)
    with pytest.raises(PermissionDenied):
        actions.decide_value(value, approve=True, version=2, by=people["coordinator"], at=NOON)
    value = actions.decide_value(value, approve=False, comment="Lists?", version=2, by=people["officer"], at=NOON)
    value = actions.fill_value(
        value, amounts={("F", "", ""): (Decimal(3), None)}, version=3, by=people["coordinator"], at=NOON
    )
    value = actions.send_value(value, version=4, by=people["admin"], at=NOON)
    with pytest.raises(Refused, match="Another person decides"):
        actions.decide_value(value, approve=True, version=5, by=people["admin"], at=NOON)
    assert total(project) is None
    value = actions.decide_value(value, approve=True, version=5, by=people["officer"], at=NOON)
    assert total(project) == 3

    made = actions.correct_value(value, because="One was double", version=6, by=people["coordinator"], at=NOON)
    made = actions.fill_value(
        made, amounts={("F", "", ""): (Decimal(2), None)}, version=1, by=people["coordinator"], at=NOON
    )
    assert total(project) == 3
    made = actions.send_value(made, version=2, by=people["coordinator"], at=NOON)
    actions.decide_value(made, approve=True, version=3, by=people["officer"], at=NOON)

    assert total(project) == 2
    value.refresh_from_db()
    assert (value.state, value.cells.get().amount) == ("replaced", 3)
    assert [m.after for m in value.moves.all()] == [
        "draft", "submitted", "returned", "submitted", "approved", "replaced"
    ]  # fmt: skip
    assert AuditEvent.objects.filter(action="value.moved", project=project.number).count() == 9


def test_what_was_sent_is_final_in_the_database_too(trained, project, school, people):
    value = actions.send_value(begin(trained, project, people), version=1, by=people["coordinator"], at=NOON)
    for change in (
        lambda: Cell.objects.filter(value=value).update(amount=99),
        lambda: Cell.objects.filter(value=value).delete(),
        lambda: Definition.objects.filter(pk=trained.pk).update(version=9),
    ):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            change()
    assert value.cells.get(gender="F").amount == 4


def test_a_new_version_of_a_definition_leaves_values_and_their_reports_with_the_old_one(
    trained, project, school, people
):
    value = begin(trained, project, people)
    indicator = trained.indicator
    with pytest.raises(Refused, match="Say why"):
        actions.change_definition(indicator, version=1, because="", cumulative=False, by=people["officer"], at=NOON)
    with pytest.raises(PermissionDenied):
        actions.change_definition(indicator, version=1, because="x", cumulative=False, by=people["auditor"], at=NOON)
    new = actions.change_definition(
        indicator, version=1, because="As agreed", over_time="latest", by=people["officer"], at=NOON
    )
    assert (new.version, value.definition.version, indicator.definitions.count()) == (2, 1, 2)
    with pytest.raises(Refused, match="meanwhile"):
        actions.change_definition(indicator, version=1, because="x", over_time="sum", by=people["officer"], at=NOON)


def test_an_estimate_stands_beside_the_counts_and_only_where_the_law_allows_it(project, school, people):
    actions.add_common(project.programme, by=people["officer"], at=NOON)
    factories.participation(project, school)
    minority, first = (project.programme.indicators.get(code=code) for code in ("EECO15", "EECO01"))
    facts = {"from_on": SPRING[0], "to_on": SPRING[1], "value": 12, "method": "Survey", "basis": "Census 2021",
             "estimated_on": date(2026, 3, 1), "by": people["officer"], "at": NOON}  # fmt: skip
    with pytest.raises(Refused, match="sensitive"):
        actions.estimate(first, project, **facts)
    actions.estimate(minority, project, **facts)

    from reports.indicators.figures import counted

    assert counted(library_of(project.programme_id), [project.pk], date(2026, 1, 1), END)["EECO15"].whole.total == 0
    assert [e.estimate.value for e in estimates([project.pk], END)] == [12]


def test_the_nightly_recount_finds_a_planted_drift_and_nothing_else(project, school, people):
    actions.add_common(project.programme, by=None, at=NOON)
    row = factories.participation(project, school)
    factories.participation(project, school, gender="M")
    day = NOON.date()
    assert actions.keep(project.programme, as_of=day, at=NOON) == 2
    later = NOON + timedelta(days=1)
    assert actions.recount(project.programme, at=later) == []

    Participation.objects.filter(pk=row.pk).update(labour_status="EM")  # behind the portal's back
    found = {(d.code, d.part): (d.stored, d.counted) for d in actions.recount(project.programme, at=later)}

    assert found["EECO04", ""] == ("1/1/0/0/0", "0/1/0/0/0")
    assert {code for code, _part in found} == {"EECO04", "EECO05"}
    assert actions.recount(project.programme, at=later) == []  # told once
    drift = Drift.objects.visible_to(people["auditor"]).filter(code="EECO05", part="").get()
    with pytest.raises(PermissionDenied):
        actions.explain(drift, explanation="x", by=people["auditor"], at=later)
    actions.explain(drift, explanation="A script", by=people["officer"], at=later)
    assert Drift.objects.open().count() == Drift.objects.count() - 1


def test_a_change_through_the_portal_is_no_drift_and_an_altered_snapshot_is_one(project, school, people):
    actions.add_common(project.programme, by=None, at=NOON)
    row = factories.participation(project, school)
    actions.keep(project.programme, as_of=NOON.date(), at=NOON)
    from core import audit

    Person.objects.filter(pk=row.person_id).update(gender="M")
    audit.record("participant.changed", row, by=people["coordinator"], at=NOON, project=project.number)
    assert actions.recount(project.programme, at=NOON) == []
    kept = Snapshot.objects.get(project=project)
    kept.figures["EECO01"]["whole"] = ["7", "0", "0", "0", "0"]
    kept.save()
    assert [d.code for d in actions.recount(project.programme, at=NOON)][:1] == ["EECO01"]
    assert recount_night() == 0 or Drift.objects.exists()


def test_the_table_of_a_programme_opens_from_the_snapshot_with_one_query(project, school, django_assert_num_queries):
    actions.add_common(project.programme, by=None, at=NOON)
    actions.keep(project.programme, as_of=NOON.date(), at=NOON)
    with django_assert_num_queries(1):
        figures = Snapshot.objects.get(programme=project.programme, project=None).figures
    assert len(figures) == 23


def test_network_figures_are_ratios_of_sums_with_the_number_of_schools(project, school, people):
    other = factories.school_of(project)

    def put(where, year, measure, top, base=None, **more):
        return actions.set_school_figure(
            where, year=year, measure=measure, numerator=top and Decimal(top), denominator=base and Decimal(base),
            by=more.pop("by", people["officer"]), at=NOON, **more,
        )  # fmt: skip

    put(school, 2024, "nvo_bg_7", "900", "20")
    put(other, 2024, "nvo_bg_7", "300", "5")
    put(school, 2025, "nvo_bg_7", "1000", "20")
    put(other, 2025, "dropout", "1", "40")
    assert put(other, 2025, "nvo_bg_7", "0", "0") is None  # open data: nobody sat
    rows, forms = SchoolFigure.objects.in_force(), {"nvo_bg_7": "mean", "dropout": "rate"}

    found = network(rows, forms)
    assert (found["nvo_bg_7"][2024].value, found["nvo_bg_7"][2024].schools) == (Decimal("48.00"), 2)
    assert (found["nvo_bg_7"][2025].value, found["nvo_bg_7"][2025].schools) == (Decimal("50.00"), 1)
    assert found["dropout"][2025].value == Decimal("2.50")
    same = network(rows, forms, panel=True)
    assert (same["nvo_bg_7"][2024].value, same["nvo_bg_7"][2024].schools) == (Decimal("45.00"), 1)

    for wrong, words in (
        (("nvo_bg_7", "2100", "20"), "lies between"), (("enrolled", "9", "3"), "no denominator"),
        (("dropout", "5"), "needs a denominator"), (("unheard", "1"), "not known"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=words):
            put(school, 2023, *wrong)
    with pytest.raises(Refused, match="Say why"):
        put(school, 2024, "nvo_bg_7", "950", "20")
    put(school, 2024, "nvo_bg_7", "950", "20", because="Recounted", by=people["coordinator"])
    with pytest.raises(PermissionDenied):
        put(other, 2024, "dropout", "1", "9", by=people["coordinator"])
    assert SchoolFigure.objects.filter(replaced=True).get().numerator == 900


def test_a_list_of_school_figures_comes_in_whole_or_not_at_all(project, school, people):
    good = {"school": str(school.key), "year": "2024/2025", "measure": "enrolled", "numerator": "310"}
    bad = good | {"measure": "dzi_bg", "numerator": "90", "denominator": "10"}
    with pytest.raises(Refused, match="Row 3"):
        actions.load_school_figures([good, bad], by=people["officer"], at=NOON)
    assert not SchoolFigure.objects.exists()
    assert actions.load_school_figures([good], by=people["officer"], at=NOON) == 1
    assert SchoolFigure.objects.get().year == 2024
