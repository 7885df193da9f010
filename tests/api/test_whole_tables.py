"""Whole tables that PostgreSQL writes itself are to the byte those that are made row by row."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from django.db.models import DateTimeField, F, JSONField, Value
from django.db.models.functions import Cast, NullIf

from activities.models import Session
from activities.serializers import SessionRow
from beneficiaries.api import with_counts
from beneficiaries.models import Participation
from beneficiaries.serializers import ParticipantRow
from budgets.models import ReportedCost
from budgets.serializers.costs import CostRow
from core.api import written
from core.api.shapes import columns
from core.api.streams import Csv, Ndjson, _csv_lines, _json_lines
from tests import factories

HARD = [
    "", "\\.", "\\", '"', '""', "a,b", "a\r\nb", "\r", "\n", "\t", "\x01\x02\x1f\x7f", "\b\f", "=1+1", "+1", "-1", "@x",
    "\ttab", "'", "''", "%s %", "{}", "null", " ", " lead", "é", "Заедно", "𝄞", "\u2028", "\ufeff", "\\u0041",
    "</script>",
]  # fmt: skip


@pytest.fixture
def hard(project, activity, school, group):
    dice = random.Random(7)
    for n in range(40):
        factories.SessionFactory(
            project=project, activity=activity, school=school, group=group, on=date(2026, 2, 1 + n % 28),
            topic=HARD[n % len(HARD)], leader="".join(dice.choices(HARD, k=3)), place=dice.choice(HARD),
            starts_at=time(9, n), ends_at=time(23, 59, 59, 999999 if n % 2 else 0),
        )  # fmt: skip
    factories.member_of(group)
    factories.participation(project, school, education=None, labour_status="")
    line = factories.BudgetLineFactory(contract=project.contracts.get(), activity=activity)
    for total in ("0.01", "-12.30", "99999999999999.99"):
        factories.ReportedCostFactory(line=line, total=Decimal(total), document=f"№ {total}")


def both(rows, read, kind):
    """The table as the database writes it, and as it is made here."""
    names = list(read)
    made = _csv_lines if kind is Csv else _json_lines

    blocks = [[dict(zip(names, row, strict=True)) for row in rows.values_list(*read.values())]]
    straight = written.lines(rows, read, "csv" if kind is Csv else "json")
    assert straight is not None
    return b"".join(straight), b"".join(made(names, iter(blocks)))


@pytest.mark.parametrize("kind", [Csv, Ndjson])
def test_to_the_byte(hard, kind):
    for rows, shape in (
        (Session.objects.order_by("key"), SessionRow),
        (with_counts(Participation.objects.order_by("key")), ParticipantRow),
        (ReportedCost.objects.order_by("key"), CostRow),
    ):  # fmt: skip
        ours, plain = both(rows, columns(shape), kind)
        assert ours == plain
        assert ours.count(b"\n") > 1
    moments = [datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(1999, 12, 31, 23, 59, 59, 1, tzinfo=UTC)]
    rows = Session.objects.order_by("key").annotate(
        **{f"at{n}": Cast(Value(moment), DateTimeField()) for n, moment in enumerate(moments)},
        none=NullIf(F("topic"), F("topic")),
    )  # fmt: skip
    ours, plain = both(rows, {name: name for name in ("at0", "none", "at1", "topic")}, kind)
    assert ours == plain
    nothing, plain = both(Session.objects.none(), {"key": "key", "topic": "topic"}, kind)
    assert nothing == plain


def test_what_the_database_does_not_hold_as_it_goes_out_is_made_here(hard):
    rows = Session.objects.annotate(told=Value({"a": 1.0}, JSONField()), share=F("hours") / Decimal(3000000))
    for name in ("told", "share"):
        assert written.lines(rows, {"key": "key", name: name}, "json") is None
