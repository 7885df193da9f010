"""Every change to a project: its texts, its contract versions, who works on it.

A missing right raises PermissionDenied (pages and API: 403), a rule that stands against raises Refused (API: 409) with
its message beside the name of the field where there is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from core import audit
from core.access import Permission, Refused
from core.models import Organisation, User
from projects import checks
from projects.models import ContractVersion, Membership, Programme, Project, can, reach

PARTS = checks.PARTS
parts_problems = checks.parts

TEXTS = ("title", "summary")


@dataclass(frozen=True)
class Difference:
    """A text that two people set differently: field, language, and both values."""

    field: str
    language: str
    yours: str
    theirs: str


class Stale(Refused):
    """Somebody changed the project after it was opened; `differences` are the texts in question."""

    def __init__(self, differences: list[Difference]):
        super().__init__(_("Someone changed this while you were working. Compare and choose."))
        self.differences = differences


def require(by, permission: Permission, project: Project, school=None) -> None:
    """Raise PermissionDenied, saying who can give access, unless `by` has the right there."""
    if not can(by, permission, project, school):
        raise PermissionDenied(
            _("Your role does not allow this in project %(number)s. An administrator can give you access.")
            % {"number": project.number}
        )


@transaction.atomic
def change_project_texts(
    project: Project, *, seen_at: datetime, by, at: datetime, title: dict[str, str], summary: dict[str, str]
) -> Project:
    """Set title and description, each by language; a language left out is taken away.

    `seen_at` is the `updated_at` the person had open. Raises Stale when somebody changed one of these texts since to
    something else, Refused when the title would be empty.
    """
    project = Project.objects.select_for_update(of=("self",)).select_related("programme").get(pk=project.pk)
    require(by, Permission.PROJECT_EDIT, project)
    new = {
        name: {language: text.strip() for language, text in texts.items() if text.strip()}
        for name, texts in (("title", title), ("summary", summary))
    }
    differences = [
        Difference(name, language, new[name].get(language, ""), getattr(project, name).get(language, ""))
        for name in TEXTS
        for language in sorted(set(new[name]) | set(getattr(project, name)))
        if new[name].get(language, "") != getattr(project, name).get(language, "")
    ]
    if not differences:
        return project
    if seen_at != project.updated_at:
        raise Stale(differences)
    if not new["title"]:
        raise Refused({f"title_{project.programme.language}": [_("Enter a title in at least one language.")]})
    for name, texts in new.items():
        setattr(project, name, texts)
    project.clean_fields(exclude=[f.name for f in project._meta.fields if f.name not in TEXTS])
    project.updated_at = at
    project.save(update_fields=[*TEXTS, "updated_at"])
    audit.record(
        "project.texts_changed", project, by=by, at=at, project=project.number,
        before={f"{d.field} ({d.language})": d.theirs for d in differences},
        after={f"{d.field} ({d.language})": d.yours for d in differences},
    )  # fmt: skip
    return project


@transaction.atomic
def add_contract_version(
    project: Project,
    *,
    number: str,
    kind: str,
    signed_on: date | None,
    in_force_from: date | None,
    starts_on: date | None,
    ends_on: date | None,
    eligible_from: date | None,
    eligible_to: date | None,
    currency: str,
    total: Decimal | None,
    eu_part: Decimal | None,
    national_part: Decimal | None,
    own_part: Decimal | None,
    dates_to_the_month: bool = False,
    by,
    at: datetime,
) -> ContractVersion:
    """Add a signed contract or annex as the next version. Raises Refused, by field, when the number is taken, the parts
    do not make the total, dates are out of order, or it is not in force later than the version before."""
    project = Project.objects.select_for_update(of=("self",)).select_related("programme").get(pk=project.pk)
    require(by, Permission.PROJECT_EDIT, project)
    previous = project.contracts.order_by("-version").first()
    amounts = {"eu_part": eu_part, "national_part": national_part, "own_part": own_part}
    fields: dict[str, Any] = {
        "number": number.strip(), "kind": kind, "signed_on": signed_on, "in_force_from": in_force_from,
        "starts_on": starts_on, "ends_on": ends_on, "eligible_from": eligible_from, "eligible_to": eligible_to,
        "currency": currency, "total": total, "dates_to_the_month": dates_to_the_month, **amounts,
    }  # fmt: skip
    problems = checks.parts(total, amounts, currency) | checks.dates_in_order(fields)
    if wrong := checks.follows(previous, in_force_from):
        problems.setdefault("in_force_from", wrong)
    if wrong := checks.number_is_free(fields["number"]):
        problems["number"] = wrong
    if problems:
        raise Refused({name: [text] for name, text in problems.items()})
    contract = ContractVersion(project=project, version=previous.version + 1 if previous else 1, **fields)
    try:
        contract.full_clean()
    except ValidationError as error:
        raise Refused(error) from None
    contract.save()
    project.updated_at = at
    project.save(update_fields=["updated_at"])
    told = {name: str(value) for name, value in fields.items() if value not in (None, "", False)}
    audit.record(
        "contract.added", contract, by=by, at=at, project=project.number,
        after=told | {"version": contract.version},
    )  # fmt: skip
    return contract


@transaction.atomic
def add_member(
    *,
    email: str,
    name: str = "",
    role: str,
    programme: Programme | None = None,
    project: Project | None = None,
    organisation: Organisation | None = None,
    from_on: date | None = None,
    until_on: date | None = None,
    by,
    at: datetime,
) -> Membership:
    """Give a person a role. An e-mail that the portal does not know becomes a new account without a password: the
    person sets one by “Forgot your password?”. Raises Refused, by field, when the role lacks what it needs."""
    _require_members(by, project)
    problems = checks.place_of(role, programme, project, organisation, until_on)
    if from_on and until_on and until_on < from_on:
        problems["until_on"] = _("The last day lies before the first day.")
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None and not name.strip():
        problems["name"] = _("The portal does not know this e-mail yet. Enter the name of the person.")
    if problems:
        raise Refused({field: [text] for field, text in problems.items()})
    if user is None:
        user = User.objects.create_user(email.strip(), name=name.strip())
        audit.record("account.made", user, by=by, at=at)
    membership = Membership(
        user=user, role=role, programme=programme, project=project, organisation=organisation,
        from_on=from_on, until_on=until_on,
    )  # fmt: skip
    try:
        membership.full_clean()
        with transaction.atomic():
            membership.save()
    except ValidationError as error:
        raise Refused(error) from None
    except IntegrityError:
        raise Refused(_("This person has this role here already.")) from None
    audit.record("member.added", membership, by=by, at=at, project=_number(membership), after=_told(membership))
    return membership


@transaction.atomic
def remove_member(membership: Membership, *, by, at: datetime) -> None:
    """Take a role away from now on. The trail keeps what it was; a second call changes nothing."""
    found = Membership.objects.select_for_update(of=("self",)).filter(pk=membership.pk)
    row = found.select_related("user", "project", "programme", "organisation").first()
    if row is None:
        return
    _require_members(by, row.project)
    list(Membership.objects.select_for_update().filter(role=row.role, project=None))  # two administrators at once
    if wrong := checks.last_administrator(row, localdate(at)):
        raise Refused(wrong)
    audit.record("member.removed", row, by=by, at=at, project=_number(row), before=_told(row))
    row.delete()


def _require_members(by, project: Project | None) -> None:
    if project is not None:
        require(by, Permission.MEMBERS_EDIT, project)
    elif not reach(by, Permission.MEMBERS_EDIT).everywhere:
        raise PermissionDenied(_("Only an administrator of the portal may decide who works here."))


def _number(membership: Membership) -> str:
    return membership.project.number if membership.project else ""


def _told(membership: Membership) -> dict[str, str]:
    """A membership in keys and codes, for the trail."""
    told = {
        "person": str(membership.user),
        "user": str(membership.user.key),
        "role": membership.role,
        "programme": membership.programme.code if membership.programme else "",
        "organisation": str(membership.organisation or ""),
        "from": str(membership.from_on or ""),
        "until": str(membership.until_on or ""),
    }
    return {name: value for name, value in told.items() if value}
