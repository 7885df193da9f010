"""The demo sign-ins: one per kind of user, a program with its token, and two people in Latvia. In the trial only."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password

from core import actions, audit
from core.models import ApiToken, Organisation, Role, User
from projects.models import Membership, Programme, Project
from reports.management.demo.facts import COMMUNITY, EDUCATION, KEY_ACTION, LATVIA, NETWORK, TOGETHER

PEOPLE = {
    "admin": "Румяна Добрева",
    "officer": "Виолета Стоянова",
    "coordinator": "Гергана Илиева",
    "finance": "Пламен Костов",
    "auditor": "Светла Маринова",
    "api": "Училищен дневник (програма)",
    "officer.lv": "Ilze Kalniņa",
    "coordinator.lv": "Māris Upmalis",
}


def email(who: str) -> str:
    return f"{who}@demo.example"


def load_accounts(today: date, at: datetime) -> dict[str, User]:
    """The demo users by the first part of their address, made where they are missing; nobody outside the trial.

    Their language stays open, so that the portal speaks to a visitor as their browser asks.
    """
    if not settings.TRIAL or settings.DEMO_PASSWORD is None or settings.DEMO_API_TOKEN is None:
        return {}
    users = {user.email: user for user in User.objects.filter(email__in=map(email, PEOPLE))}
    missing = [who for who in PEOPLE if email(who) not in users]
    if missing:
        _make(missing, at)
        users = {user.email: user for user in User.objects.filter(email__in=map(email, PEOPLE))}
        admin = users[email("admin")]
        audit.record("demo.accounts", admin, by=None, at=at, after={"people": sorted(missing)})
    found = {who: users[email(who)] for who in PEOPLE}
    _give_roles(found, today)
    _give_token(found["api"], settings.DEMO_API_TOKEN, at)
    return found


def _make(missing: list[str], at: datetime) -> None:
    password = make_password(settings.DEMO_PASSWORD)  # hashed once: the password is printed on the start page anyway
    for who in missing:
        user = User.objects.create(
            email=email(who),
            name=PEOPLE[who],
            password=password,
            is_staff=who == "admin",
            is_superuser=who == "admin",
            synthetic=True,
        )
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def _give_roles(users: dict[str, User], today: date) -> None:
    programmes = {p.code: p for p in Programme.objects.filter(code__in=[EDUCATION, LATVIA, NETWORK, KEY_ACTION])}
    together, community = Project.objects.get(number=TOGETHER), Project.objects.get(number=COMMUNITY)
    _role(users["admin"], Role.ADMINISTRATOR)
    for programme in programmes.values():
        _role(users["officer"], Role.OFFICER, programme=programme)
    _role(users["officer.lv"], Role.OFFICER, programme=programmes[LATVIA])
    _role(users["coordinator"], Role.COORDINATOR, project=together, organisation=_first(together, "school"))
    _role(users["coordinator.lv"], Role.COORDINATOR, project=community, organisation=_first(community, "school"))
    _role(users["finance"], Role.PARTNER_FINANCE, project=together, organisation=_first(together, "partner"))
    year = {"from_on": today, "until_on": today + timedelta(days=365)}
    _role(users["auditor"], Role.AUDITOR, year, programme=programmes[EDUCATION])
    _role(users["api"], Role.API_CLIENT, programme=programmes[EDUCATION])


def _role(user: User, role: str, days: dict[str, date] | None = None, **where) -> None:
    place = {"programme": None, "project": None, "organisation": None} | where
    Membership.objects.get_or_create(user=user, role=role, **place, defaults=days or {})


def _first(project: Project, role: str) -> Organisation:
    return project.partners.filter(role=role, synthetic=True).order_by("pk")[0].organisation


def _give_token(user: User, secret: str, at: datetime) -> None:
    if not ApiToken.objects.filter(digest=ApiToken.hash(secret)).exists():
        actions.make_token(
            user=user,
            name="Demo",
            scopes=list(ApiToken.Scope.values),
            expires_at=at + timedelta(days=365),
            by=None,
            at=at,
            secret=secret,
        )
