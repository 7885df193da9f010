"""Amendments: a copy is edited, compared, sent, decided by a second person, and the approved version never changes."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.models import PlannedOutput
from budgets import actions
from budgets.actions.amendments import moved, seen
from budgets.models import Amendment, BudgetLine, VersionTerms
from budgets.snapshot import consequences, terms
from budgets.snapshot.terms import ONLY, PARTS, differences, merge
from budgets.tasks import carry_over_amendments
from core.access import Refused
from core.models import AuditEvent
from projects.models import ContractVersion, Partner, PlannedFigure
from tests import factories
from tests.conftest import NOON

TODAY = NOON.date()
D = Decimal


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def contract(project, activity):
    """100 000 on two lines of 60 000 and 40 000, with one target, one output, one partner."""
    contract = project.contracts.get()
    for code, total in (("1.1", "60000"), ("1.2", "40000")):
        parts = actions.parts_of(D(total), {"eu_part": D(85), "national_part": D(10), "own_part": D(5)})
        factories.BudgetLineFactory(contract=contract, activity=activity, code=code, total=D(total), **parts)
    PlannedFigure.objects.create(project=project, counter="participants", planned=120)
    PlannedOutput.objects.create(activity=activity, position=1, name={"en": "Clubs"}, counts="sessions", planned=40)
    return contract


@pytest.fixture
def amendment(contract, people):
    return actions.begin_amendment(contract.project, because="More clubs", by=people["finance"], at=NOON)


def put(amendment, part, ref, by, /, **new):
    amendment.refresh_from_db()
    before = amendment.draft[part].get(ref)
    row = {**before, **new}
    return actions.change_amendment(amendment, part=part, ref=ref, row=row, was=seen(before), by=by, at=NOON)


def shift(amendment, amount, by, one="1.1", other="1.2"):
    """Move `amount` from one line to another, so that the sums stay."""
    for ref, change in ((one, -D(amount)), (other, D(amount))):
        total = D(amendment.draft["lines"][ref]["total"]) + change
        parts = actions.parts_of(total, {"eu_part": D(85), "national_part": D(10), "own_part": D(5)})
        amendment = put(amendment, "lines", ref, by, total=f"{total:.2f}", **{k: f"{v:.2f}" for k, v in parts.items()})
    return amendment


def approve(amendment, by, day=TODAY, **more):
    number = f"A-{ContractVersion.objects.count()}"
    return actions.approve_amendment(
        amendment, number=number, signed_on=None, in_force_from=day, by=by, at=NOON, **more
    )


# --- what is copied --------------------------------------------------------------------------------------------------


def test_every_field_and_relation_of_a_version_is_copied_or_left_out_with_a_reason():
    copied = {part.model._meta.label for part in PARTS.values()}
    pointed = {apps.get_model(label) for label in (*copied, "projects.Project", "activities.Activity")}
    here = {f"{part.model._meta.label}.{part.to.split('__')[0]}" for part in PARTS.values()}
    for model in pointed:
        whole = model._meta.label in copied
        for relation in model._meta.related_objects:
            of = relation.related_model._meta
            name = f"{of.label}.{relation.field.name}"
            if not whole and of.app_label not in ("projects", "activities"):
                continue  # facts of the apps above point at a project; the terms of its contract are here
            known = name in here or name in terms.RELATIONS_LEFT_OUT or of.label in copied
            assert known, f"{name} points at {model._meta.label}: make it a part or say why it is left out"
        assert not (whole and model._meta.many_to_many), f"{model._meta.label} has a list nobody copies"
    fields = {f"{m}.{f.name}" for m in copied for f in apps.get_model(m)._meta.concrete_fields}
    assert set(terms.FIELDS_LEFT_OUT) <= fields, "a field is left out that is not there"
    assert all(terms.FIELDS_LEFT_OUT.values())
    assert all(terms.RELATIONS_LEFT_OUT.values())
    relations = {
        f"{r.related_model._meta.label}.{r.field.name}" for model in pointed for r in model._meta.related_objects
    }
    assert set(terms.RELATIONS_LEFT_OUT) <= relations, "a relation is left out that is not there"


def test_a_copy_says_what_the_contract_says_and_comes_back_as_the_same_rows(contract, amendment):
    assert amendment.base == amendment.draft == terms.read(contract)
    assert set(amendment.draft["lines"]) == {"1.1", "1.2"}
    for part, spec in PARTS.items():
        for row in amendment.draft[part].values():
            thing = spec.model(**terms.values(spec.model, row, contract.project))
            assert terms.row_of(thing) == row


# --- the way of an amendment -----------------------------------------------------------------------------------------


def test_from_the_wish_to_the_next_version(contract, amendment, people, activity, school):
    who = people["finance"]
    shift(amendment, "1000", who)
    put(amendment, "contract", ONLY, who, ends_on="2029-03-09", eligible_to="2029-03-09")
    put(amendment, "figures", "participants", who, planned=150)
    partner = amendment.draft["partners"][f"{school.key}/school"]
    amendment = put(amendment, "partners", f"{school.key}/school", who, until_on="2027-06-30")
    told = {(c.part, c.ref): {v.field: (v.before, v.after) for v in c.values} for c in
            differences(amendment.base, amendment.draft)}  # fmt: skip
    assert told[("contract", ONLY)]["ends_on"] == ("2028-12-09", "2029-03-09")
    assert told[("lines", "1.1")]["total"] == ("60000.00", "59000.00")
    assert told[("figures", "participants")] == {"planned": (120, 150)}
    assert told[("partners", f"{school.key}/school")] == {"until_on": (partner["until_on"], "2027-06-30")}

    actions.send_amendment(amendment, by=who, at=NOON)
    new = approve(amendment, people["officer"], because="Fits the aim")
    assert (new.version, new.kind, new.in_force_from, new.ends_on) == (2, "amendment", TODAY, date(2029, 3, 9))
    assert new.total == sum(line.total for line in new.budget_lines.all()) == D("100000.00")
    assert new.budget_lines.get(code="1.2").total == D("41000.00")
    assert new.budget_lines.get(code="1.2").activity == activity
    assert PlannedFigure.objects.get(project=new.project).planned == 150
    assert Partner.objects.get(project=new.project, organisation=school).until_on == date(2027, 6, 30)
    assert contract.budget_lines.get(code="1.1").total == D("60000.00")  # the version before reads as it was
    assert terms.terms_of(contract)["figures"]["participants"]["planned"] == 120
    assert terms.terms_of(new) == {**terms.read(new)}
    said = list(AuditEvent.objects.filter(project=new.project.number, action__startswith="amendment.").order_by("pk"))
    verbs = [event.action.split(".")[1] for event in said]
    assert verbs[0] == "begun"
    assert verbs[-3:] == ["sent", "approved", "carried"]
    assert set(verbs[1:-3]) == {"changed"}


def test_an_amendment_gives_the_reports_another_rhythm(contract, amendment, people, client):
    who = people["finance"]
    with pytest.raises(Refused, match="in how many days"):
        put(amendment, "contract", ONLY, who, interim_months=6)
    put(amendment, "contract", ONLY, who, interim_months=6, interim_days=30, report_days=60)
    actions.send_amendment(amendment, by=who, at=NOON)
    new = approve(amendment, people["officer"])

    assert (new.interim_months, new.interim_days, new.report_days) == (6, 30, 60)
    assert ContractVersion.objects.get(pk=contract.pk).interim_months is None
    client.force_login(people["officer"])
    shown = client.get(f"/en/work/projects/{new.project.number}/versions/{new.version}/").content.decode()
    assert "<dt>An interim report every so many months</dt><dd>6</dd>" in shown


def test_targets_wait_for_the_day_from_which_the_version_is_in_force(contract, amendment, people):
    put(amendment, "figures", "participants", people["finance"], planned=90)
    actions.send_amendment(amendment, by=people["finance"], at=NOON)
    new = approve(amendment, people["officer"], day=TODAY + timedelta(days=10))
    assert PlannedFigure.objects.get().planned == 120
    assert terms.current(new)["figures"]["participants"]["planned"] == 90  # the next amendment begins here

    carry_over_amendments(today=TODAY + timedelta(days=9))
    assert PlannedFigure.objects.get().planned == 120
    for _again in range(2):
        carry_over_amendments(today=TODAY + timedelta(days=10))
    assert PlannedFigure.objects.get().planned == 90
    assert AuditEvent.objects.filter(action="amendment.carried").count() == 1


@pytest.mark.parametrize(
    ("who", "may_edit", "may_decide"),
    [
        ("admin", True, True), ("officer", True, True), ("coordinator", False, False), ("finance", True, False),
        ("auditor", False, False), ("client", False, False), ("stranger", False, False),
    ],
)  # fmt: skip
def test_who_may_edit_and_who_decides(contract, amendment, people, who, may_edit, may_decide):
    before = deepcopy(amendment.draft)
    if may_edit:
        shift(amendment, "1", people[who])
    else:
        with pytest.raises(PermissionDenied):
            shift(amendment, "1", people[who])
        amendment.refresh_from_db()
        assert amendment.draft == before
        shift(amendment, "1", people["finance"])
    actions.send_amendment(amendment, by=people["finance"], at=NOON)
    if may_decide:
        assert approve(amendment, people[who]).version == 2
    else:
        with pytest.raises(PermissionDenied):
            approve(amendment, people[who])
        assert contract.project.contracts.count() == 1


def test_four_eyes(contract, amendment, people):
    shift(amendment, "1", people["officer"])
    actions.send_amendment(amendment, by=people["officer"], at=NOON)
    with pytest.raises(Refused, match="You sent this amendment yourself"):
        approve(amendment, people["officer"])
    amendment.refresh_from_db()
    assert amendment.state == "sent"
    with pytest.raises(IntegrityError, match="amendment_approved_by_a_second_person"), transaction.atomic():
        Amendment.objects.update(
            state="approved", result=contract, decided_at=NOON, decided_by=people["officer"], sent_by=people["officer"]
        )
    assert approve(amendment, people["admin"]).version == 2


def test_it_is_returned_corrected_and_then_refused_each_with_a_reason(contract, amendment, people):
    who, officer = people["finance"], people["officer"]
    shift(amendment, "500", who)
    actions.send_amendment(amendment, by=who, at=NOON)
    with pytest.raises(Refused, match="cannot be changed any more"):
        shift(amendment, "1", who)
    with pytest.raises(Refused, match="Give the reason"):
        actions.turn_amendment(amendment, "returned", because=" ", by=officer, at=NOON)
    actions.turn_amendment(amendment, "returned", because="Line 1.2 is too high", by=officer, at=NOON)
    shift(amendment, "-100", who)
    actions.send_amendment(amendment, by=who, at=NOON)
    amendment = actions.turn_amendment(amendment, "refused", because="Too late", by=officer, at=NOON)
    assert (amendment.state, amendment.note) == ("refused", "Too late")
    assert amendment.draft["lines"]["1.2"]["total"] == "40400.00"  # nothing of it is lost
    assert not ContractVersion.objects.filter(version=2).exists()
    for to in ("sent", "returned", "approved"):
        with pytest.raises(Refused):
            {"sent": lambda: actions.send_amendment(amendment, by=who, at=NOON),
             "returned": lambda: actions.turn_amendment(amendment, "returned", because="x", by=officer, at=NOON),
             "approved": lambda: approve(amendment, officer)}[to]()  # fmt: skip


def test_what_stops_an_amendment(contract, amendment, people):
    who = people["finance"]
    with pytest.raises(Refused, match="Nothing is changed yet"):
        actions.send_amendment(amendment, by=who, at=NOON)
    parts = {"eu_part": "51000.00", "national_part": "6000.00", "own_part": "3001.00"}
    amendment = put(amendment, "lines", "1.1", who, total="60001.00", **parts)
    with pytest.raises(Refused) as refused:
        actions.send_amendment(amendment, by=who, at=NOON)
    assert refused.value.messages == [
        "Total: the lines are €1.00 above the contract.", "Own part: the lines are €1.00 above the contract."
    ]  # fmt: skip
    with pytest.raises(Refused, match="must add up to the total"):
        put(amendment, "lines", "1.1", who, own_part="0.00")
    with pytest.raises(Refused, match="in this amendment already"):
        put(amendment, "lines", "1.1", who, code="1.2")
    with pytest.raises(Refused, match="cannot be negative"):
        put(amendment, "lines", "1.1", who, total="-5.00", eu_part=None, national_part=None, own_part=None)
    with pytest.raises(Refused, match="Someone changed this"):
        actions.change_amendment(amendment, part="lines", ref="1.1", row=None, was="old", by=who, at=NOON)


def test_the_consequences_are_listed_before_anybody_decides(contract, amendment, people, activity, session):
    line = contract.budget_lines.get(code="1.1")
    factories.ReportedCostFactory(line=line, total=D("59500.00"), document_on=date(2026, 3, 1))
    who = people["finance"]
    shift(amendment, "1000", who)
    put(amendment, "contract", ONLY, who, ends_on="2026-02-28")
    put(amendment, "figures", "participants", who, planned=100)
    amendment = put(amendment, "outputs", f"{activity.number}/1", who, planned="30.00")
    actions.begin_amendment(contract.project, because="Another", by=people["finance"], at=NOON)
    told = [each.text for each in consequences.all_of(amendment, date(2026, 3, 1))]
    assert told == [
        "Line 1.1 falls €500.00 below the €59,500.00 reported on it.",
        "1 reported cost over €59,500.00 has a document outside the new days of eligibility.",
        "1 session is planned after the new end of work.",
        "The target “Participants” falls from 120 to 100.",
        "The target “Clubs” falls from 40 to 30.",
        "1 other amendment of this contract is open. The one approved second must be brought up to date.",
    ]
    effect = {e.name: (e.before, e.after) for e in consequences.effects(amendment)}
    assert effect["eu_rate"] == (D("85.00"), D("85.00"))
    assert effect["absorption"] == (D("59.50"), D("59.50"))


# --- both sides changed ----------------------------------------------------------------------------------------------


def test_a_contract_that_changed_since_the_copy_stops_the_approval_and_nothing_is_lost(contract, amendment, people):
    who, officer = people["finance"], people["officer"]
    other = actions.begin_amendment(contract.project, because="Faster", by=people["finance"], at=NOON)
    put(amendment, "figures", "participants", who, planned=110)
    put(amendment, "contract", ONLY, who, ends_on="2028-06-09")
    actions.send_amendment(amendment, by=who, at=NOON)
    shift(other, "700", people["finance"])
    other = put(other, "figures", "participants", people["finance"], planned=130)
    actions.send_amendment(other, by=people["finance"], at=NOON)
    second = approve(other, officer)

    with pytest.raises(actions.Moved) as told:
        approve(amendment, officer, day=TODAY + timedelta(days=1))
    clash = told.value.clashes
    assert [(c.part, c.field, c.base, c.mine, c.theirs) for c in clash] == [("figures", "planned", 120, 110, 130)]
    amendment.refresh_from_db()
    assert amendment.state == "sent"
    assert contract.project.contracts.count() == 2

    actions.renew_amendment(amendment, by=who, at=NOON)
    amendment.refresh_from_db()
    assert amendment.state == "returned"
    assert amendment.contract == second
    assert moved(amendment) is None
    assert amendment.draft["lines"]["1.1"]["total"] == "59300.00"  # theirs
    assert amendment.draft["contract"][ONLY]["ends_on"] == "2028-06-09"  # mine
    assert amendment.draft["figures"]["participants"]["planned"] == 110  # both: mine stands, theirs is told
    event = AuditEvent.objects.get(action="amendment.renewed")
    assert event.before["figures participants planned"] == "130"
    actions.send_amendment(amendment, by=who, at=NOON)
    third = approve(amendment, officer, day=TODAY + timedelta(days=1))
    assert third.version == 3
    assert third.budget_lines.get(code="1.1").total == D("59300.00")


@pytest.mark.parametrize(
    ("statement", "on"),
    [
        (lambda c: ContractVersion.objects.filter(pk=c.pk).update(total=1), "projects_contractversion"),
        (lambda c: ContractVersion.objects.filter(pk=c.pk).delete(), ""),
        (lambda c: BudgetLine.objects.filter(contract=c, code="1.1").update(total=1), "budgets_budgetline"),
        (lambda c: BudgetLine.objects.filter(contract=c).delete(), "budgets_budgetline"),
        (lambda c: factories.BudgetLineFactory(contract=c, code="9"), "budgets_budgetline"),
        (lambda c: VersionTerms.objects.filter(contract=c).update(terms={}), "budgets_versionterms"),
    ],
)
def test_the_database_refuses_to_change_a_version_that_is_final(contract, amendment, statement, on):
    with pytest.raises(IntegrityError, match=f"refused|{on}"), transaction.atomic():
        statement(contract)
    assert terms.read(contract) == amendment.base


# --- random histories ------------------------------------------------------------------------------------------------

STEP_NAMES = ["begin", "whole", "shift", "grow", "target", "send", "return", "refuse", "approve", "renew", "withdraw"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(STEP_NAMES),
        st.integers(0, 2),
        st.integers(1, 500_000),
    ),
    min_size=6,
    max_size=30,
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_history_changes_an_approved_version_and_parts_always_add_up(contract, people, steps):
    with transaction.atomic():
        _live_through(contract, people, [("begin", 0, 1), *steps])
        transaction.set_rollback(True)


def _live_through(contract, people, steps):
    project, who, officer = contract.project, people["finance"], people["officer"]
    kept: dict[int, terms.Tree] = {}
    for what, which, cents in steps:
        rows = list(Amendment.objects.filter(project=project).order_by("-pk")[:3])
        one = rows[which % len(rows)] if rows else None
        allowed = one is not None and {
            "shift": one.state in Amendment.EDITED, "grow": one.state in Amendment.EDITED,
            "target": one.state in Amendment.EDITED,
        }.get(what)  # fmt: skip
        try:
            with transaction.atomic():
                if what == "begin":
                    actions.begin_amendment(project, because="b", by=who, at=NOON)
                elif one is None:
                    continue
                elif what == "whole":
                    one = actions.begin_amendment(project, because="b", by=who, at=NOON)
                    _grow(one, D(cents).scaleb(-2), who)
                    actions.send_amendment(one, by=who, at=NOON)
                    approve(one, officer, day=_next_day(project))
                elif what == "shift":
                    shift(one, D(cents).scaleb(-2), who)
                elif what == "grow":
                    _grow(one, D(cents).scaleb(-2), who)
                elif what == "target":
                    put(one, "figures", "participants", who, planned=cents)
                elif what == "send":
                    actions.send_amendment(one, by=who, at=NOON)
                elif what in ("return", "refuse"):
                    to = {"return": "returned", "refuse": "refused"}[what]
                    actions.turn_amendment(one, to, because="r", by=officer, at=NOON)
                elif what == "approve":
                    approve(one, officer, day=_next_day(project))
                elif what == "renew":
                    actions.renew_amendment(one, by=who, at=NOON)
                else:
                    actions.withdraw_amendment(one, by=who, at=NOON)
        except Refused:
            assert not allowed or what == "shift", f"{what} was refused in {one.state}"
        for version in project.contracts.all():
            tree = terms.terms_of(version)
            if version.pk in kept:
                assert tree == kept[version.pk], f"version {version.version} changed"
            if VersionTerms.objects.filter(contract=version).exists():
                kept[version.pk] = tree
            lines = list(version.budget_lines.all())
            assert sum(line.total for line in lines) == version.total
            for name in ("eu_part", "national_part", "own_part"):
                assert sum(getattr(line, name) for line in lines) == getattr(version, name)
            assert version.total == version.eu_part + version.national_part + version.own_part
            assert tree["lines"] == terms.read(version)["lines"]


def _next_day(project):
    last = project.contracts.order_by("-version").first()
    return max(last.in_force_from + timedelta(days=1), TODAY)


def _grow(amendment, amount, by):
    """The contract and one line grow by the same parts."""
    parts = actions.parts_of(amount, {"eu_part": D(85), "national_part": D(10), "own_part": D(5)})
    for part, ref in (("contract", ONLY), ("lines", "1.2")):
        row = amendment.draft[part][ref]
        new = {name: f"{D(row[name]) + value:.2f}" for name, value in {"total": amount, **parts}.items()}
        amendment = put(amendment, part, ref, by, **new)


@given(data=st.data())
def test_a_merge_keeps_what_either_side_changed(data):
    """Two sides change values of the same rows: what only one changed stands, what both changed is told."""
    rows = {code: {"code": code, "total": "1.00", "form": "real"} for code in "abc"}
    tree = {"lines": rows}
    sides = []
    for _side in range(2):
        side = deepcopy(tree)
        for code in data.draw(st.sets(st.sampled_from("abc"))):
            side["lines"][code][data.draw(st.sampled_from(["total", "form"]))] = data.draw(st.sampled_from(["2", "3"]))
        sides.append(side)
    mine, theirs = sides
    found, clashes = merge(tree, mine, theirs)
    clashed = {(c.ref, c.field) for c in clashes}
    for code in "abc":
        for name in ("total", "form"):
            was, my, their = (t["lines"][code][name] for t in (tree, mine, theirs))
            assert found["lines"][code][name] == (my if my != was else their)
            assert ((code, name) in clashed) == (my != was and their != was and my != their)
