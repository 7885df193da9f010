"""Small true rows. Dates lie around March 2026; nothing here is random, so a failing test fails again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import factory
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from factory.django import DjangoModelFactory

from activities.models import Activity, Group, Session
from beneficiaries.actions import name_keys
from beneficiaries.models import Attendance, GroupMember, Identity, Participation, Person, Stay
from budgets.models import BudgetLine, ReportedCost
from core.models import Organisation, Role, User
from projects.models import ContractVersion, Membership, Partner, Programme, Project

NOON = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: {"bg": f"Организация {n}", "en": f"Organisation {n}"})
    kind = Organisation.Kind.MUNICIPALITY
    country = "BG"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = factory.Sequence(lambda n: f"Person {n}")

    password = factory.LazyFunction(lambda: make_password("a-long-password"))

    @factory.post_generation
    def signs_in(self, create, extracted, **kwargs):
        if create:
            EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)


class ProgrammeFactory(DjangoModelFactory):
    class Meta:
        model = Programme

    code = factory.Sequence(lambda n: f"2021BG05SFPR{n:03}")
    name = factory.Sequence(lambda n: {"bg": f"Програма {n}", "en": f"Programme {n}"})
    fund = Programme.Fund.ESF_PLUS
    language = "bg"
    country = "BG"
    statement = Programme.Statement.COFUNDED
    counts_esf_indicators = True
    keeps_annex_xvii = True


class ProjectFactory(DjangoModelFactory):
    class Meta:
        model = Project

    number = factory.Sequence(lambda n: f"BG05SFPR001-1.008-{n:04}")
    programme = factory.SubFactory(ProgrammeFactory)
    beneficiary = factory.SubFactory(OrganisationFactory)
    title = factory.Sequence(lambda n: {"bg": f"Проект {n}", "en": f"Project {n}"})
    state = Project.State.IN_PROGRESS
    published = True
    updated_at = NOON


class ContractFactory(DjangoModelFactory):
    class Meta:
        model = ContractVersion

    project = factory.SubFactory(ProjectFactory)
    version = 1
    number = factory.LazyAttribute(lambda c: f"{c.project.number}-C{c.version:02}")
    signed_on = date(2025, 12, 9)
    in_force_from = date(2025, 12, 9)
    starts_on = date(2025, 12, 9)
    ends_on = date(2028, 12, 9)
    currency = "EUR"
    total = Decimal("100000.00")
    eu_part = Decimal("85000.00")
    national_part = Decimal("10000.00")
    own_part = Decimal("5000.00")


class ActivityFactory(DjangoModelFactory):
    class Meta:
        model = Activity

    project = factory.SubFactory(ProjectFactory)
    position = factory.Sequence(lambda n: n + 1)
    number = factory.LazyAttribute(lambda a: str(a.position))
    title = factory.LazyAttribute(lambda a: {"bg": f"Дейност {a.number}", "en": f"Activity {a.number}"})


class GroupFactory(DjangoModelFactory):
    class Meta:
        model = Group

    name = factory.Sequence(lambda n: f"Клуб {n}")


class SessionFactory(DjangoModelFactory):
    class Meta:
        model = Session

    on = date(2026, 3, 16)
    starts_at = time(14, 0)
    ends_at = time(15, 30)
    hours = Decimal("1.50")


class BudgetLineFactory(DjangoModelFactory):
    class Meta:
        model = BudgetLine

    code = factory.Sequence(lambda n: f"1.{n}")
    name = factory.LazyAttribute(lambda b: {"bg": f"Ред {b.code}", "en": f"Line {b.code}"})
    total = Decimal("10000.00")


class ReportedCostFactory(DjangoModelFactory):
    class Meta:
        model = ReportedCost

    project = factory.LazyAttribute(lambda c: c.line.contract.project)
    document = factory.Sequence(lambda n: f"Invoice {n}")
    document_on = date(2026, 2, 2)
    reported_on = date(2026, 2, 20)
    total = Decimal("1000.00")
    entered_at = NOON


_names = [("Ани", "Иванова"), ("Борис", "Петров"), ("Вяра", "Димитрова"), ("Георги", "Колев"), ("Даря", "Тодорова")]
_count = iter(range(1, 10**9))


def participation(project, school, *, gender="F", born_on=date(2012, 5, 4), entered_on=date(2026, 1, 12), **more):
    """A participation with person and identity; complete unless told otherwise (`labour_status=""`)."""
    person = Person(code="", gender=gender, born_on=born_on)
    identity = _named(person)
    person.save()
    identity.save()
    fields = {"labour_status": "INE", "education": 1} | more
    row = Participation.objects.create(project=project, school=school, person=person, entered_on=entered_on, **fields)
    Stay.objects.create(participation=row, entered_on=entered_on, left_on=row.left_on)
    return row


def _named(person: Person) -> Identity:
    """The next code for a person, and a name that goes with it."""
    n = next(_count)
    person.code = f"T-{n:06}"
    given, family = _names[n % len(_names)]
    family = f"{family}{n}"
    sound = name_keys(given, family)["sound_key"]
    search = f"{given} {family}".lower()
    return Identity(person=person, given_name=given, family_name=family, search_key=search, sound_key=sound)


def class_of(group, count: int) -> list[Participation]:
    """As many members as `member_of` makes one by one."""
    people = [Person(gender="F", born_on=date(2012, 5, 4)) for _ in range(count)]
    identities = [_named(person) for person in people]
    Person.objects.bulk_create(people)
    Identity.objects.bulk_create(identities)
    day = date(2026, 1, 12)
    rows = Participation.objects.bulk_create(
        Participation(
            project=group.project, school=group.school, person=person, entered_on=day, labour_status="INE", education=1
        )
        for person in people
    )
    Stay.objects.bulk_create(Stay(participation=row, entered_on=day) for row in rows)
    GroupMember.objects.bulk_create(GroupMember(group=group, participation=row, from_on=day) for row in rows)
    return rows


def member_of(group, **more):
    row = participation(group.project, group.school, **more)
    GroupMember.objects.create(group=group, participation=row, from_on=row.entered_on)
    return row


def attended(session, row, mark="here"):
    Session.objects.filter(pk=session.pk).update(state=Session.State.HELD)
    return Attendance.objects.create(session=session, participation=row, mark=mark, marked_at=NOON)


def school_of(project):
    school = OrganisationFactory(kind=Organisation.Kind.SCHOOL)
    Partner.objects.create(project=project, organisation=school, role=Partner.Role.SCHOOL)
    return school


def people_of(project, school) -> dict[str, User]:
    """One user per role with their membership in force all through 2026, and a stranger to all of it."""
    year = {"from_on": date(2025, 1, 1), "until_on": date(2027, 12, 31)}
    places: dict[str, dict] = {
        Role.ADMINISTRATOR: {},
        Role.OFFICER: {"programme": project.programme},
        Role.COORDINATOR: {"project": project, "organisation": school},
        Role.PARTNER_FINANCE: {"project": project, "organisation": project.beneficiary},
        Role.AUDITOR: {"programme": project.programme, **year},
        Role.API_CLIENT: {"project": project},
    }
    names = {
        "admin": Role.ADMINISTRATOR,
        "officer": Role.OFFICER,
        "coordinator": Role.COORDINATOR,
        "finance": Role.PARTNER_FINANCE,
        "auditor": Role.AUDITOR,
        "client": Role.API_CLIENT,
    }
    elsewhere = ContractFactory().project
    away = {"project": elsewhere, "organisation": school_of(elsewhere)}
    found = {who: UserFactory.build(name=who.title()) for who in (*names, "stranger")}
    User.objects.bulk_create(found.values())
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in found.values()
    )
    roles = [(found[who], role, places[role]) for who, role in names.items()]
    Membership.objects.bulk_create(
        Membership(user=user, role=role, **place)
        for user, role, place in [*roles, (found["stranger"], Role.COORDINATOR, away)]
    )
    return found
