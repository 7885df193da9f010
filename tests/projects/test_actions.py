"""What may change about a project, who may change it, and what stays as it was when it may not."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from core.access import Refused
from core.models import AuditEvent, Role, User
from projects import actions
from projects.models import ContractVersion, Membership
from tests import factories
from tests.conftest import NOON

ANNEX = {
    "number": "BG05-ANNEX-C02", "kind": "amendment", "signed_on": date(2026, 3, 1), "in_force_from": date(2026, 3, 1),
    "starts_on": date(2025, 12, 9), "ends_on": date(2029, 3, 9), "eligible_from": None, "eligible_to": None,
    "currency": "EUR", "total": Decimal("120000.00"), "eu_part": Decimal("102000.00"),
    "national_part": Decimal("13000.00"), "own_part": Decimal("5000.00"),
}  # fmt: skip


def add(project, by, **new):
    return actions.add_contract_version(project, **(ANNEX | new), by=by, at=NOON)


# --- texts -----------------------------------------------------------------------------------------------------------


def change(project, by, seen_at=None, title=None, summary=None):
    return actions.change_project_texts(
        project, seen_at=seen_at or project.updated_at, title=title or {"bg": "Ново", "en": "New"},
        summary=summary or {}, by=by, at=NOON + timedelta(hours=1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("admin", True),
        ("officer", True),
        ("coordinator", False),
        ("finance", False),
        ("auditor", False),
        ("stranger", False),
    ],
)
def test_only_officers_and_administrators_change_texts(project, people, who, allowed):
    before = project.title
    with nullcontext() if allowed else pytest.raises(PermissionDenied, match="administrator can give you access"):
        change(project, people[who])

    project.refresh_from_db()
    assert project.title == ({"bg": "Ново", "en": "New"} if allowed else before)
    assert AuditEvent.objects.filter(action="project.texts_changed").count() == (1 if allowed else 0)


def test_the_trail_holds_each_text_before_and_after(project, people):
    change(project, people["officer"], title={"bg": "Ново"}, summary={"en": "  For all.  "})

    event = AuditEvent.objects.get(action="project.texts_changed")
    assert event.before["title (en)"] == project.title["en"]
    assert event.after["title (en)"] == ""
    assert event.after["summary (en)"] == "For all."
    project.refresh_from_db()
    assert project.title == {"bg": "Ново"}
    assert project.updated_at == NOON + timedelta(hours=1)


def test_nothing_new_leaves_no_trace(project, people):
    change(project, people["officer"], title=project.title)
    assert not AuditEvent.objects.filter(project=project.number).exists()


def test_a_title_is_kept_in_at_least_one_language(project, people):
    before = project.title
    with pytest.raises(Refused) as refused:
        change(project, people["officer"], title={"bg": "  ", "en": ""})

    assert "title_bg" in refused.value.message_dict
    project.refresh_from_db()
    assert project.title == before


def test_two_people_at_once_the_second_is_shown_both_texts(project, people):
    opened = project.updated_at
    change(project, people["officer"], title={"bg": "Първи", "en": "New"})
    project.refresh_from_db()

    with pytest.raises(actions.Stale) as stale:
        change(project, people["admin"], seen_at=opened, title={"bg": "Втори", "en": "New"})

    assert stale.value.differences == [actions.Difference("title", "bg", "Втори", "Първи")]
    project.refresh_from_db()
    assert project.title["bg"] == "Първи"


# --- contract versions -----------------------------------------------------------------------------------------------


def test_an_annex_is_the_next_version_and_gives_dates_and_amounts_from_its_day(project, people):
    annex = add(project, people["officer"])

    assert annex.version == 2
    assert project.contract_on(date(2026, 2, 28)).version == 1
    assert project.contract_on(date(2026, 3, 1)) == annex
    event = AuditEvent.objects.get(action="contract.added")
    assert (event.project, event.after["total"], event.after["version"]) == (project.number, "120000.00", 2)


@pytest.mark.parametrize("who", ["coordinator", "finance", "auditor", "stranger"])
def test_others_add_no_version(project, people, who):
    with pytest.raises(PermissionDenied):
        add(project, people[who])
    assert project.contracts.count() == 1


@pytest.mark.parametrize(
    ("new", "field", "words"),
    [
        ({"eu_part": Decimal("102000.01")}, "eu_part", "€0.01 more than the total of €120,000.00"),
        ({"eu_part": Decimal("101999.99")}, "eu_part", "€0.01 are missing"),
        ({"own_part": None}, "own_part", "Enter all three parts"),
        ({"own_part": Decimal(-1)}, "own_part", "cannot be negative"),
        ({"total": None}, "total", "Enter the total"),
        ({"ends_on": date(2025, 12, 8)}, "ends_on", "cannot end before it starts"),
        ({"eligible_from": date(2027, 1, 1), "eligible_to": date(2026, 1, 1)}, "eligible_to", "Eligibility"),
        ({"in_force_from": date(2026, 2, 1)}, "in_force_from", "before it is signed"),
        ({"in_force_from": None}, "in_force_from", "Enter the day"),
        ({"in_force_from": date(2025, 12, 9), "signed_on": None}, "in_force_from", "An annex begins on a later day"),
    ],
)
def test_a_wrong_version_is_refused_beside_its_field(project, people, new, field, words):
    with pytest.raises(Refused) as refused:
        add(project, people["officer"], **new)

    assert words in " ".join(refused.value.message_dict[field]).replace("\u00a0", " ")
    assert project.contracts.count() == 1
    assert not AuditEvent.objects.filter(project=project.number).exists()


def test_a_number_is_used_once_in_the_whole_portal(project, people):
    other = factories.ContractFactory(project=factories.ProjectFactory(programme=project.programme))
    with pytest.raises(Refused) as refused:
        add(project, people["officer"], number=other.number.lower())
    assert other.project.number in refused.value.message_dict["number"][0]


def test_a_contract_without_known_parts_is_a_fact_too(project, people):
    annex = add(project, people["officer"], eu_part=None, national_part=None, own_part=None)
    assert annex.eu_rate is None


# --- members ---------------------------------------------------------------------------------------------------------


def give(by, **new):
    facts = {"email": "new@example.org", "name": "New Person", "role": Role.COORDINATOR} | new
    return actions.add_member(**facts, by=by, at=NOON)


def test_a_new_person_gets_an_account_without_a_password(project, school, people):
    member = give(people["admin"], project=project, organisation=school)

    assert member.user.name == "New Person"
    assert not member.user.has_usable_password()
    added = AuditEvent.objects.get(action="member.added")
    assert (added.project, added.after["role"]) == (project.number, "coordinator")
    assert AuditEvent.objects.filter(action="account.made").exists()


def test_a_known_person_gets_a_further_role(project, school, people):
    give(people["admin"], email=people["stranger"].email.upper(), name="", project=project, organisation=school)
    assert people["stranger"].memberships.count() == 2
    assert not User.objects.filter(email="new@example.org").exists()


@pytest.mark.parametrize("who", ["officer", "coordinator", "finance", "auditor", "client", "stranger"])
def test_only_administrators_decide_who_works_here(project, school, people, who):
    with pytest.raises(PermissionDenied):
        give(people[who], project=project, organisation=school)
    with pytest.raises(PermissionDenied):
        actions.remove_member(Membership.objects.get(user=people["coordinator"]), by=people[who], at=NOON)
    assert Membership.objects.filter(user=people["coordinator"]).exists()
    assert not User.objects.filter(email="new@example.org").exists()


@pytest.mark.parametrize(
    ("role", "place", "field"),
    [
        (Role.OFFICER, {}, "programme"),
        (Role.COORDINATOR, {}, "organisation"),
        (Role.PARTNER_FINANCE, {}, "project"),
        (Role.AUDITOR, {"project": True}, "until_on"),
        (Role.API_CLIENT, {}, "programme"),
        (Role.ADMINISTRATOR, {"project": True}, "project"),
        (Role.OFFICER, {"project": True}, "project"),
    ],
)
def test_a_role_without_its_place_is_refused_beside_the_field(project, people, role, place, field):
    with pytest.raises(Refused) as refused:
        give(people["admin"], role=role, **({"project": project} if place else {}))
    assert field in refused.value.message_dict
    assert not User.objects.filter(email="new@example.org").exists()


def test_the_same_role_twice_is_refused(project, school, people):
    give(people["admin"], project=project, organisation=school)
    with pytest.raises(Refused, match="already"):
        give(people["admin"], project=project, organisation=school)


def test_an_unknown_e_mail_needs_a_name(project, school, people):
    with pytest.raises(Refused) as refused:
        give(people["admin"], name=" ", project=project, organisation=school)
    assert "name" in refused.value.message_dict


def test_a_role_taken_away_stays_in_the_trail(project, people):
    member = Membership.objects.get(user=people["coordinator"])
    actions.remove_member(member, by=people["admin"], at=NOON)
    actions.remove_member(member, by=people["admin"], at=NOON)

    assert not Membership.objects.filter(pk=member.pk).exists()
    event = AuditEvent.objects.get(action="member.removed")
    assert event.before["person"] == "Coordinator"


def test_the_last_administrator_stays(people):
    member = Membership.objects.get(user=people["admin"])
    with pytest.raises(Refused, match="last administrator"):
        actions.remove_member(member, by=people["admin"], at=NOON)
    assert Membership.objects.filter(pk=member.pk).exists()


def test_a_contract_says_the_rhythm_of_its_reports_whole_or_not_at_all(project, people):
    for given, field in (({"interim_months": 6}, "interim_days"), ({"interim_days": 30}, "interim_months")):
        with pytest.raises(Refused) as refused:
            add(project, people["officer"], **given)
        assert set(refused.value.message_dict) == {field}
        with pytest.raises(IntegrityError), transaction.atomic():
            project.contracts.update(**given)
    assert project.contracts.get().interim_months is None

    annex = add(project, people["officer"], interim_months=6, interim_days=30, report_days=60)
    assert (annex.interim_months, annex.interim_days) == (6, 30)
    told = AuditEvent.objects.get(action="contract.added").after
    assert (told["interim_months"], told["interim_days"]) == ("6", "30")
    none = add(project, people["officer"], number="C03", interim_months=0, in_force_from=date(2026, 3, 2))
    assert (none.interim_months, none.interim_days) == (0, None)


def test_contract_versions_are_never_changed_by_an_annex(project, people):
    first = project.contracts.get()
    add(project, people["officer"])
    assert (
        ContractVersion.objects.values().get(pk=first.pk) == ContractVersion.objects.filter(pk=first.pk).values().get()
    )
    first.refresh_from_db()
    assert (first.total, first.version) == (Decimal("100000.00"), 1)
