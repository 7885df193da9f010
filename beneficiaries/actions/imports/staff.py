"""Who works at which school, from a spreadsheet: memberships, given as on the page of the project's people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from beneficiaries.actions.imports.ground import Ground, Place
from beneficiaries.actions.imports.rowwise import Row, each
from core.access import Refused
from core.imports import Outcome
from core.models import Role, User
from projects.actions import add_member
from projects.models import Membership


def run(ground: Ground, rows: Iterable[Row]) -> Iterator[Outcome]:
    def do(values: dict[str, Any], place: Place, reason: str) -> list[list[Any]]:
        try:
            validate_email(values["email"])
        except ValidationError:
            raise Refused({"email": [_("This is no e-mail address. Enter one such as ani@example.org.")]}) from None
        role = values["role"] or Role.COORDINATOR.value
        user = User.objects.filter(email__iexact=values["email"]).first()
        there = Membership.objects.filter(user=user, role=role, project=place.project, organisation=place.school)
        if user and there.exists():
            return []
        member = add_member(
            email=values["email"], name=values["name"], role=role, from_on=values["from_on"],
            until_on=values["until_on"], by=ground.by, at=ground.at, project=place.project,
            organisation=place.school,
        )  # fmt: skip
        made: list[list[Any]] = [] if user else [[User._meta.label_lower, member.user_id, None]]
        return [*made, [Membership._meta.label_lower, member.pk, None]]

    yield from each(ground, rows, do)
