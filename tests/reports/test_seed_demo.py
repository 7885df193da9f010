"""The demo data: true where they say they are true, marked where they are invented, and the same after a second run."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.test import override_settings
from django.utils.timezone import now

from activities.checks import has_parts, outside_activity, outside_contract
from activities.models import Activity, Evidence, Group, OutreachCount, PlannedOutput, Session
from beneficiaries.actions import search_key
from beneficiaries.models import (
    COMPLETE,
    Attendance,
    GroupMember,
    Identity,
    Participation,
    Person,
    Result,
    SensitiveAnswer,
    Stay,
)
from budgets.checks import claims as claim_checks
from budgets.models import BudgetLine, Claim, ClaimLine, Payment, ReportedCost
from budgets.models.deeds import DEEDS
from core.models import ApiToken, AuditEvent, Organisation, User
from core.money import share, to_eur
from projects.models import (
    Call,
    ContractVersion,
    Membership,
    Partner,
    PlannedFigure,
    Programme,
    Project,
    TypeOfAction,
)
from reports.management import demo as package
from reports.management.demo.cast import SAMPLE, STAGES
from reports.management.demo.facts import COMMUNITY, EDUCATION, FUTURE, KEY_ACTION, LATVIA, NETWORK, PROJECTS, TOGETHER
from reports.management.demo.filling import Calendar
from reports.models import Filing, LayoutVersion
from tests.conftest import path_of
from tests.reports.golden import (
    test_golden_figures_are_the_same_in_every_format as test_golden_figures_are_the_same_in_every_format,
)
from tests.reports.golden.catalogue import (
    test_every_other_kind_gives_its_golden_figures as test_every_other_kind_gives_its_golden_figures,
)
from tests.reports.golden.paper import (
    test_letters_certificates_and_lists_show_their_figures as test_letters_certificates_and_lists_show_their_figures,
)

PAGES = Path(package.__file__).parent / "pages"
DAYS = {
    "a Wednesday": date(2026, 3, 18),
    "the first day of the contract": date(2025, 12, 9),
    "after the end": date(2029, 2, 5),
}
seed = partial(call_command, "seed_demo", quiet=True)


def everything() -> dict[str, tuple[int, object]]:
    """Row count and newest key of every table."""
    models = [model for model in apps.get_models() if model._meta.managed]
    return {m._meta.label: (m.objects.count(), m.objects.order_by("pk").values_list("pk").last()) for m in models}


@pytest.fixture(scope="module", params=DAYS.values(), ids=DAYS.keys())
def today(request, django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo as loaded on a day; taken back when the tests of that day are over."""
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(FILES_DIR=tmp_path_factory.mktemp("files")):
            seed(today=request.param)
            for file in Evidence.objects.select_related("file"):
                assert path_of(file.file).read_bytes().startswith(b"%PDF-")
        yield request.param
        transaction.set_rollback(True)


@pytest.fixture
def empty(db):
    """Nothing of the demo; for tests that load it themselves."""
    assert not Project.objects.exists()


def page(name: str) -> str:
    return re.sub(r"\s+", " ", (PAGES / f"{name}.txt").read_text(encoding="utf-8"))


def contract_of(number: str) -> ContractVersion:
    return ContractVersion.objects.filter(project__number=number).latest("version")


# --- what is true ----------------------------------------------------------------------------------------------------


def test_together_we_succeed(today):
    project = Project.objects.get(number=TOGETHER)
    contract = project.contracts.get()

    assert project.title == {"bg": "Заедно успяваме"}
    assert contract.number == "BG05SFPR001-1.008-0009-C01"
    assert (contract.signed_on, contract.starts_on, contract.ends_on) == (
        date(2025, 12, 9), date(2025, 12, 9), date(2028, 12, 9),
    )  # fmt: skip
    assert (contract.total, contract.currency) == (Decimal("358083.27"), "EUR")
    assert (contract.eu_part, contract.national_part, contract.own_part) == (None, None, None)
    assert [a.number for a in project.activities.all()] == ["1", "2", "3", "4"]
    assert project.activities.get(number="4").title["bg"].startswith("Провеждане на информационни кампании")
    assert project.objectives.count() == 9
    assert project.objectives.all()[1].text == {"bg": "изграждане на доверие"}
    assert "десеграция" in project.objectives.all()[0].text["bg"]  # as the sheet has it
    assert (project.call.code, project.call.priority.code, project.call.opened_on) == (
        "BG05SFPR001-1.008", "1", date(2025, 3, 31),
    )  # fmt: skip
    assert "десегрегация" in project.call.name["bg"]  # as the code list has it
    assert project.programme.code == EDUCATION
    assert (project.beneficiary, project.summary, project.places.count()) == (None, {}, 0)  # the sheet is silent


def test_bringing_their_future_back(today):
    project = Project.objects.get(number=FUTURE)
    contract = project.contracts.get()

    assert project.title == {"en": "Bringing Their Future Back"}
    assert project.summary["en"].count("\n\n") == 3
    assert (contract.total, contract.currency) == (Decimal("386653.00"), "BGN")
    assert to_eur(contract.total, contract.currency) == Decimal("197692.54")
    assert (contract.signed_on, contract.starts_on, contract.ends_on) == (None, None, None)
    assert not project.reported_costs.exists()  # 0.00 on the page
    assert not project.payments.exists()
    assert [a.number for a in project.activities.all()] == ["1", "1.1", "1.2", "1.3", "1.4", "1.5"]
    whole = project.activities.get(number="1")
    assert whole.parts.count() == 5
    assert project.activities.get(number="1.1").title == {"bg": "Мобилен екип „Образователен патрул“"}
    line = contract.budget_lines.get()
    assert (line.activity, line.total, line.eu_part, line.synthetic) == (whole, Decimal("386653.00"), None, False)
    figures = {f.counter: f.planned for f in project.planned_figures.all()}
    assert figures == {"outreach": 580, "participants": 90}
    assert "number" in project.source
    assert "not on the page" in project.source
    assert [p.place.code for p in project.places.all()] == ["BG411"]


def test_school_in_community(today):
    project = Project.objects.get(number=COMMUNITY)
    contract = project.contracts.get()

    assert project.title == {"lv": "Skola – kopienā"}
    assert contract.total == Decimal("29545252.00")
    assert (contract.eu_part, contract.national_part, contract.own_part) == (
        Decimal("25113464.00"), Decimal("4431788.00"), Decimal("0.00"),
    )  # fmt: skip
    assert contract.eu_rate == Decimal("85.00")
    assert (contract.eligible_from, contract.eligible_to) == (date(2024, 7, 1), date(2029, 8, 31))
    assert (contract.eligible_to - contract.eligible_from).days + 1 == 1888
    assert (contract.starts_on, contract.ends_on, contract.dates_to_the_month) == (
        date(2025, 1, 1), date(2029, 8, 31), True,
    )  # fmt: skip
    assert [a.number for a in project.activities.all()] == [str(n) for n in range(1, 10)]
    groups = list(project.target_groups.all())
    assert len(groups) == 2
    assert groups[0].excluded == {}
    assert groups[1].excluded["lv"].startswith("Mērķa grupā neietilpst profesionālās ievirzes")
    assert project.objectives.count() == 1
    assert project.beneficiary.name == {"lv": "VIAA"}
    assert (project.call.code, project.specific_objective.code) == ("4.2.3.1", "4.2.3")


def test_the_school_network(today):
    project = Project.objects.get(number=NETWORK)
    first, second, third = project.contracts.all()

    assert project.programme.funder.name == {"bg": "Тръст за социална алтернатива"}
    assert project.beneficiary.name == {"bg": "Център Амалипе"}
    assert (first.starts_on, first.ends_on) == (None, None)  # the page has the year 2010 only
    assert "2010" in project.summary["bg"]
    assert (second.starts_on, second.ends_on) == (date(2021, 1, 1), date(2023, 12, 31))
    assert (third.starts_on, third.ends_on) == (date(2024, 1, 1), date(2028, 12, 31))
    assert project.contract_on(date(2022, 6, 1)) == second
    assert project.contract_on(date(2026, 6, 1)) == third
    assert {c.total for c in (first, second, third)} == {None}
    assert project.planned_figures.get().planned == 297
    assert project.call.closes_on == date(2024, 2, 2)
    assert project.objectives.count() == 6
    assert not project.activities.filter(synthetic=False).exists()


def test_key_action_2_and_its_types_of_action(today):
    programme = Programme.objects.get(code=KEY_ACTION)
    text = page("erasmus_key_action_2")

    types = list(programme.types_of_action.all())
    assert len(types) == 11
    assert len({t.group["bg"] for t in types}) == 5
    for t in types:
        assert t.group["bg"] in text
        assert t.name["bg"] in text
    assert {t.managed_by for t in types} == {TypeOfAction.ManagedBy.EITHER}
    assert "или от националните агенции, или от" in programme.description["bg"]


def test_programmes_differ_as_data(today):
    rows = Programme.objects.values_list(
        "code", "fund", "statement", "disclaimer", "counts_esf_indicators", "keeps_annex_xvii", "uses_work_packages"
    )
    assert {row[0]: row[1:] for row in rows} == {
        EDUCATION: ("ESF+", "cofunded", False, True, True, False),
        LATVIA: ("ESF+", "cofunded", False, True, True, False),
        NETWORK: ("foundation", "none", False, False, False, False),
        KEY_ACTION: ("Erasmus+", "cofunded", True, False, False, True),
    }


def test_the_sample_partnership_is_whole_and_marked(today):
    project = Project.objects.get(number=SAMPLE)
    packages = list(project.activities.all())
    contract = project.contracts.latest("version")
    lines = {line.activity_id: line for line in contract.budget_lines.all()}

    assert project.synthetic
    assert "sample" in project.title["en"]
    assert len(packages) == 5
    assert all(package.synthetic and package.responsible and lines[package.pk].synthetic for package in packages)
    assert sum(line.total for line in lines.values()) == contract.total == Decimal("250000.00")
    management = [lines[p.pk].total for p in packages if p.management]
    assert management == [Decimal("50000.00")]
    assert share(management[0], Decimal(250000)) <= 20
    countries = set(project.partners.values_list("organisation__country", flat=True))
    assert len(countries) == 3


REWORDED = {  # the few texts that stand on no page as they are; the comments in facts.py say why
    'Програма "Образование" 2021-2027',
    "Eiropas Savienības kohēzijas politikas programma 2021.–2027. gadam",
    "Erasmus+ Key Action 2",
}


def test_every_true_text_is_on_its_page(today):
    pages = {facts.number: facts.page for facts in PROJECTS}
    seen = 0
    for project in Project.objects.filter(synthetic=False):
        text = page(pages[project.number])
        texts = [project.title, project.summary]
        texts += [t for a in project.activities.filter(synthetic=False) for t in (a.title, a.description)]
        texts += [objective.text for objective in project.objectives.all()]
        texts += [t for group in project.target_groups.all() for t in (group.text, group.excluded)]
        texts += [figure.note for figure in project.planned_figures.all()]
        texts += [line.name for line in BudgetLine.objects.filter(contract__project=project, synthetic=False)]
        texts += [o.name for o in PlannedOutput.objects.filter(activity__project=project, synthetic=False)]
        if project.number != TOGETHER:
            texts += [project.call.name] if project.call else []
        if project.specific_objective:
            texts.append(project.specific_objective.name)
        if project.beneficiary:
            texts.append(project.beneficiary.name)
        for words in texts:
            for said in words.values():
                for paragraph in said.split("\n\n"):
                    seen += 1
                    assert paragraph in text
    assert seen > 55


def test_every_true_text_of_a_programme_is_on_its_page(today):
    pages = {
        EDUCATION: "bringing_their_future_back",
        LATVIA: "school_in_community",
        NETWORK: "school_network",
        KEY_ACTION: "erasmus_key_action_2",
    }
    for programme in Programme.objects.all():
        text = page(pages[programme.code])
        for words in (programme.name, programme.description, programme.funder.name if programme.funder else {}):
            for paragraph in (p for said in words.values() for p in said.split("\n\n")):
                assert paragraph in text or paragraph in REWORDED


# --- what is invented ------------------------------------------------------------------------------------------------


def test_whatever_is_invented_is_marked(today):
    real = {
        model: model.objects.filter(synthetic=False).count()
        for model in apps.get_models()
        if any(field.name == "synthetic" for field in model._meta.fields)
    }
    facts = {Programme: 4, Project: 4, Organisation: 3, Activity: 4 + 6 + 9, BudgetLine: 1, PlannedOutput: 1}
    assert real == dict.fromkeys(real, 0) | facts
    for model in (Person, Identity, Participation, Group, Session, Partner, OutreachCount, Evidence, User):
        assert model in real
        assert model.objects.filter(synthetic=True).exists() or model is OutreachCount, model
    names = {next(iter(o.name.values())) for o in Organisation.objects.filter(synthetic=False)}
    assert names == {"VIAA", "Център Амалипе", "Тръст за социална алтернатива"}


def test_nothing_invented_stands_among_the_facts_of_a_true_project(today):
    for project in Project.objects.filter(synthetic=False):
        invented = [o.name for o in Organisation.objects.filter(synthetic=True)]
        invented += [a.title for a in project.activities.filter(synthetic=True)]
        words = {word for name in invented for word in name.values()}
        facts = [project.title, project.summary, *(o.text for o in project.objectives.all())]
        assert not any(word in said for word in words for fact in facts for said in fact.values())
        assert project.beneficiary is None or not project.beneficiary.synthetic
        assert project.granting_authority is None


def test_every_row_is_one_the_forms_would_take(today):
    for model in (Programme, Call, Project, ContractVersion, Organisation, Partner, PlannedFigure, Activity,
                  PlannedOutput, OutreachCount, Group, Session, Evidence, Person, Identity, Participation, Stay,
                  GroupMember, Result, BudgetLine, ReportedCost, Payment, Membership, User):  # fmt: skip
        related = [field.name for field in model._meta.fields if field.is_relation]  # the database looks at these
        for row in model.objects.all():
            row.clean_fields(exclude=related)


def test_there_is_enough_to_show(today):
    on_the_first_day = today == DAYS["the first day of the contract"]
    assert Participation.objects.count() >= 160
    assert Participation.objects.values("project").distinct().count() == 5
    assert Organisation.objects.filter(kind="school", country="BG", synthetic=True).count() >= 10
    assert Organisation.objects.filter(kind="school", country="LV", synthetic=True).count() >= 4
    assert Evidence.objects.count() >= (1 if on_the_first_day else 6)
    assert Session.objects.filter(state="cancelled").exists()
    sizes = (
        GroupMember.objects.filter(until_on=None).values("group").annotate(n=Count("pk")).values_list("n", flat=True)
    )
    assert max(sizes) == 30
    assert LayoutVersion.objects.published().get().layout.programme.code == EDUCATION
    incomplete = Participation.objects.exclude(pk__in=Participation.objects.filter(COMPLETE))
    assert 0 < incomplete.count() < Participation.objects.count() / 10
    assert set(SensitiveAnswer.objects.values_list("answer", flat=True)) == set(SensitiveAnswer.Answer.values)
    assert not SensitiveAnswer.objects.filter(participation__project__programme__counts_esf_indicators=False).exists()


def test_sessions_keep_the_rules(today):
    sessions = Session.objects.select_related("project__programme", "activity", "group")
    assert sessions.exists()
    for session in sessions:
        assert outside_contract(session.project, session.on, today) == ""
        assert outside_activity(session.activity, session.on) == ""
        assert has_parts(session.activity) == ""
        assert session.on.weekday() < 5
        assert (session.group.school_id, session.group.project_id) == (session.school_id, session.project_id)
    assert not sessions.filter(state="held", on__gt=today).exists()
    assert not sessions.filter(state="held", attendance=None).exists()
    assert not sessions.exclude(state="held").exclude(attendance=None).exists()
    assert sessions.filter(on__gt=today + timedelta(days=20)).count() == 0


def test_marks_belong_to_members_of_that_day(today):
    marks = Attendance.objects.annotate(
        member=Count(
            "participation__group_members",
            filter=Q(participation__group_members__group=F("session__group"))
            & Q(participation__group_members__from_on__lte=F("session__on"))
            & (Q(participation__group_members__until_on=None)
               | Q(participation__group_members__until_on__gte=F("session__on"))),
        ),
    )  # fmt: skip
    assert not marks.exclude(member=1).exists()
    members = GroupMember.objects.exclude(participation__school=F("group__school"))
    assert not members.exists()


def test_stays_make_up_the_participation(today):
    for row in Participation.objects.prefetch_related("stays"):
        stays = list(row.stays.all())
        assert stays[0].entered_on == row.entered_on
        assert stays[-1].left_on == row.left_on
        assert row.entered_on <= max(today, date(2025, 12, 9))
        assert all(before.left_on < after.entered_on for before, after in pairwise(stays))
    returned = Participation.objects.annotate(n=Count("stays")).filter(n=2)
    assert returned.count() == (0 if today == DAYS["the first day of the contract"] else 1)


def test_results_were_seen_in_their_time(today):
    for result in Result.objects.select_related("participation"):
        left = result.participation.left_on
        assert left < result.seen_on <= today
        days = (result.seen_on - left).days
        assert days > 183 if result.kind.endswith("later") else days <= 28
    assert Result.objects.exists()


def test_search_keys_are_those_of_the_search(today):
    identity = Identity.objects.get(pk=Identity.objects.latest("pk").pk)
    assert identity.search_key == search_key(identity.given_name, identity.family_name)
    assert not Identity.objects.exclude(national_number_hash="").exists()


def test_the_counters_of_sofia_stay_below_the_plan(today):
    people = OutreachCount.objects.filter(activity__project__number=FUTURE).aggregate(sum=Sum("people"))["sum"]
    assert 0 < people < 580
    assert 0 < Participation.objects.filter(project__number=FUTURE).count() < 90


@pytest.mark.parametrize(
    ("number", "total", "eu", "national"),
    [
        (TOGETHER, "358083.27", "304370.77", "53712.50"),
        (COMMUNITY, "29545252.00", "25113464.00", "4431788.00"),
        (SAMPLE, "250000.00", "250000.00", "0.00"),
    ],
)
def test_budget_lines_add_up_to_the_contract(today, number, total, eu, national):
    lines = contract_of(number).budget_lines.all()

    sums = lines.aggregate(total=Sum("total"), eu=Sum("eu_part"), national=Sum("national_part"), own=Sum("own_part"))
    assert sums == {"total": Decimal(total), "eu": Decimal(eu), "national": Decimal(national), "own": Decimal("0.00")}
    assert contract_of(number).total == sums["total"]
    assert all(line.synthetic and line.activity.project.number == number for line in lines)


def test_costs_are_facts_that_never_pass_their_line(today):
    for line in BudgetLine.objects.annotate(spent=Sum("costs__total")).exclude(spent=None):
        assert 0 < line.spent <= line.total
    assert not ReportedCost.objects.filter(Q(reported_on__gt=today) | Q(document_on__gt=F("reported_on"))).exists()
    assert not ReportedCost.objects.filter(project__number__in=[FUTURE, NETWORK]).exists()
    assert not Payment.objects.filter(paid_on__gt=today).exists()
    correction = ReportedCost.objects.filter(corrects__isnull=False)
    if today > date(2026, 3, 31):
        assert correction.count() == 1
        assert correction.get().total < 0 < correction.get().corrects.total
    assert not ReportedCost.objects.filter(total__lt=0, corrects=None).exists()


def test_what_a_day_reported_is_the_same_on_a_later_day(today):
    early = ReportedCost.objects.filter(project__number=COMMUNITY, reported_on__lt=date(2025, 12, 1))
    assert early.aggregate(sum=Sum("total"), n=Count("pk")) == {"sum": Decimal("3418956.57"), "n": 27}


def test_claims_of_the_samples_stand_in_their_states(today):
    """On the day of most tests the first project has one quarter behind it, the second one four."""
    found = Claim.objects.values_list("project__number", "state").order_by("project__number", "number")
    if today == DAYS["a Wednesday"]:
        states = {number: [s for n, s in found if n == number] for number in (TOGETHER, COMMUNITY)}
        assert states == {
            TOGETHER: ["accepted", "draft"], COMMUNITY: ["accepted", "rejected", "waiting", "in_review", "submitted"],
        }  # fmt: skip
    held = ClaimLine.objects.held().exclude(cost=None).values("cost").annotate(n=Count("pk"))
    assert not held.filter(n__gt=1).exists()
    for claim in Claim.objects.exclude(state="draft"):
        sums = claim_checks.sums(claim)
        for step in sums.values():
            assert step["total"] == step["eu_part"] + step["national_part"] + step["own_part"]
        assert sums["verified"]["total"] <= sums["declared"]["total"] - sums["released"]["total"]


def test_a_claim_stands_in_every_state(empty):
    """A year into the contracts; with them a line put off to the next claim, a contract amended and reports awaited."""
    day = date(2026, 11, 18)
    seed(today=day)

    states = {state for deed in DEEDS for state in (*deed.before, deed.after) if state}
    assert states == set(Claim.State)
    assert set(Claim.objects.values_list("state", flat=True)) == states
    assert Claim.objects.get(state=Claim.State.REOPENED).project.number == SAMPLE
    parked = ClaimLine.objects.filter(claim__project__number=TOGETHER, released=True)
    again = ClaimLine.objects.held().filter(cost=OuterRef("cost"), claim__number__gt=OuterRef("claim__number"))
    assert parked.filter(Exists(again)).exists()
    assert parked.filter(facts__step="declared").filter(facts__step="released").exists()
    assert contract_of(SAMPLE).version == 2
    assert Filing.objects.awaited().filter(project__number=SAMPLE, due_on__gte=day).exists()
    assert Filing.objects.overdue(day).get().due_on == date(2026, 5, 30)
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname LIKE 'budgets_claim%' AND reltuples > 0")
        assert {"budgets_claim", "budgets_claimline"} <= {name for (name,) in cursor}  # the planner knows of them


# --- people who sign in ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["admin", "officer", "coordinator", "finance", "auditor"])
def test_the_demo_people_sign_in(today, who, settings, rf):
    user = authenticate(rf.post("/"), email=f"{who}@demo.example", password=settings.DEMO_PASSWORD)

    assert user is not None
    assert user.synthetic
    assert user.emailaddress_set.get().verified
    assert user.is_superuser == (who == "admin")


def test_each_demo_person_reaches_what_their_role_needs(today):
    users = {user.email.split("@")[0]: user for user in User.objects.filter(email__endswith="@demo.example")}

    assert set(users) == {
        "admin",
        "officer",
        "coordinator",
        "finance",
        "auditor",
        "api",
        "officer.lv",
        "coordinator.lv",
    }
    in_force = partial(Membership.objects.filter, from_on=None)
    assert in_force(user=users["officer"]).count() == 4
    assert in_force(user=users["admin"]).get().role == "administrator"
    coordinator = in_force(user=users["coordinator"]).get()
    assert (coordinator.project.number, coordinator.organisation.kind) == (TOGETHER, "school")
    auditor = Membership.objects.get(user=users["auditor"])
    assert (auditor.programme.code, auditor.until_on) == (EDUCATION, today + timedelta(days=365))
    assert in_force(user=users["coordinator.lv"]).get().project.number == COMMUNITY


def test_the_demo_token_opens_every_scope(today, settings):
    token = ApiToken.objects.usable(now()).get(digest=ApiToken.hash(settings.DEMO_API_TOKEN))

    assert token.user.email == "api@demo.example"
    assert set(token.scopes) == set(ApiToken.Scope.values)


@pytest.mark.parametrize("weekday", range(7))
def test_the_class_waits_today_or_on_the_friday_before(weekday):
    day = date(2026, 11, 16) + timedelta(days=weekday)
    calendar = Calendar(day, date.min, date.max)
    main = STAGES[0].circles[0]

    assert calendar.marking_day == min(day, date(2026, 11, 20))
    days = calendar.days(main)
    assert calendar.marking_day in days
    assert all(d.weekday() < 5 for d in days)
    assert days[0] >= date(2026, 9, 7)
    assert days[-1] <= date(2026, 12, 4)


def test_a_class_of_thirty_waits_to_be_marked(today):
    coordinator = Membership.objects.get(user__email="coordinator@demo.example")
    [group] = Group.objects.filter(project=coordinator.project, school=coordinator.organisation, name="5 „А“ клас")

    assert group.members.count() == group.members.filter(until_on=None).count() == 30
    calendar = Calendar.of(coordinator.project, today)
    session = group.sessions.get(on=calendar.marking_day)
    assert (session.state, session.attendance.exists()) == ("planned", False)
    assert all(member.from_on <= session.on for member in group.members.all())


# --- the command -----------------------------------------------------------------------------------------------------


def test_a_second_run_changes_nothing(today):
    before = everything()

    seed(today=today)
    seed(today=today + timedelta(days=3))

    assert everything() == before


AMENDED = {
    "amendment.begun": 2, "amendment.changed": 5, "amendment.sent": 2, "amendment.approved": 1, "contract.added": 1,
    "amendment.carried": 1,
}  # fmt: skip


def test_one_audit_event_for_each_step(today):
    # as many as there are
    many = ("claim.", "deliverable.", "evidence.", "payment.", "correction.", "application.", "filing.", "visit.",
            "indicator.", "value.", "layout.")  # fmt: skip
    events = AuditEvent.objects.exclude(action="codes.loaded")
    for start in many:
        events = events.exclude(action__startswith=start)
    counts = dict(events.values_list("action").annotate(n=Count("pk")).order_by())
    assert counts == {
        "demo.programme": 4,
        "demo.project": 5,
        "demo.accounts": 1,
        "token.made": 1,
        "demo.filled": 5,
        "demo.money": 3,
        "demo.school_years": 5,
    } | (AMENDED if today >= date(2026, 3, 2) else {})


def test_outside_the_trial_it_refuses(empty, settings):
    settings.TRIAL = False
    before = everything()

    for options in ({}, {"scale": 1}, {"forced": True}):
        with pytest.raises(CommandError, match="not the trial"):
            seed(**options)

    assert everything() == before


def test_a_scratch_database_outside_the_trial_gets_no_sign_ins(empty, settings):
    settings.TRIAL = False
    settings.DEMO_PASSWORD = settings.DEMO_API_TOKEN = None

    seed(scale=1, forced=True, today=DAYS["a Wednesday"])

    assert Project.objects.filter(number__startswith="SCALE-").count() == 5
    assert Participation.objects.filter(project__number=TOGETHER).exists()
    assert not User.objects.exists()
    assert not Membership.objects.exists()


def test_a_scale_below_zero_is_refused(empty):
    with pytest.raises(CommandError, match="from 0 up"):
        seed(scale=-1)
    assert not Project.objects.exists()


def test_scale_makes_marked_projects_that_keep_the_rules(empty, django_assert_max_num_queries):
    seed(today=DAYS["a Wednesday"])
    people = Person.objects.count()
    with django_assert_max_num_queries(80):  # however many people
        seed(scale=2, today=DAYS["a Wednesday"])

    projects = Project.objects.filter(number__startswith="SCALE-")
    rows = Participation.objects.filter(project__in=projects)
    assert (projects.count(), rows.count(), Person.objects.count()) == (10, 4000, people + 4000)
    assert set(rows.values("project").annotate(n=Count("pk")).values_list("n", flat=True)) == {400}
    for model in (Project, Person, Identity, Participation, Group, Session, BudgetLine, ReportedCost):
        assert model.objects.filter(synthetic=False).count() == {Project: 4, BudgetLine: 1}.get(model, 0)
    marks = Attendance.objects.filter(session__project__in=projects)
    assert marks.count() == 10 * 5 * 40
    assert not marks.exclude(session__project=F("participation__project")).exists()
    assert not marks.exclude(session__school=F("participation__school")).exists()
    assert not rows.filter(Q(entered_on__gt=DAYS["a Wednesday"]) | Q(left_on__gt=DAYS["a Wednesday"])).exists()
    assert not Result.objects.filter(seen_on__gt=DAYS["a Wednesday"]).exists()
    assert set(rows.values_list("person__gender", flat=True)) == {"F", "M", "N", ""}
    one = Identity.objects.filter(person__participations__project__in=projects)[7]
    assert one.search_key == search_key(one.given_name, one.family_name)


def test_a_larger_scale_adds_only_what_is_missing(empty):
    seed(scale=1, today=DAYS["a Wednesday"])
    first = list(Person.objects.order_by("pk").values_list("code", "gender", "born_on"))

    out = StringIO()
    call_command("seed_demo", scale=2, today=DAYS["a Wednesday"], stdout=out)
    before = everything()
    seed(scale=2, today=DAYS["a Wednesday"])

    assert "5 further sample projects made" in out.getvalue()
    assert list(Person.objects.order_by("pk").values_list("code", "gender", "born_on"))[: len(first)] == first
    assert everything() == before
    Person.objects.create(code="after")  # the keys taken in bulk are not given out again
