"""Lists of operations as national systems export them: projects, each with the contract that dates and funds it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from beneficiaries.actions.imports.ground import Ground, Place
from beneficiaries.actions.imports.rowwise import Doubt, Row, each
from core.access import Refused
from core.imports import Outcome, finding
from core.models import Organisation
from projects.actions import add_contract_version, add_project
from projects.models import ContractVersion, Currency, Programme, Project

LEV = re.compile(r"лв|bgn|lev", re.IGNORECASE)
PARTS = ("eu_part", "national_part", "own_part")
COMPARED = ("starts_on", "ends_on", "total", *PARTS)


def run(ground: Ground, rows: Iterable[Row]) -> Iterator[Outcome]:
    """A project that is there already is compared and never changed: an annex is a person's decision."""
    headings = " ".join(str(heading) for heading in ground.source.mapping.get("columns", {}).values())
    bodies = {name: body for body in Organisation.objects.order_by("-pk") for name in body.name.values()}
    language = ground.source.language

    def do(values: dict[str, Any], place: Place, reason: str) -> list[list[Any]]:
        known = Project.objects.filter(number__iexact=values["number"]).prefetch_related("contracts").first()
        if known is not None:
            _compare(known, values, ground)
            return []
        name, made = values["beneficiary"], None
        if name and name not in bodies:
            made = bodies[name] = Organisation.objects.create(name={language: name}, kind=Organisation.Kind.OTHER)
        project = add_project(
            programme=_programme(ground, values["number"]), number=values["number"],
            title={language: values["title"]}, summary={language: values["summary"]} if values["summary"] else {},
            state=values["state"] or Project.State.IN_PROGRESS, beneficiary=bodies.get(name),
            source=ground.source.file_name, by=ground.by, at=ground.at,
        )  # fmt: skip
        contract = add_contract_version(
            project, number=values["number"], kind=ContractVersion.Kind.NEW, signed_on=None, in_force_from=None,
            starts_on=values["starts_on"], ends_on=values["ends_on"], eligible_from=None, eligible_to=None,
            currency=values["currency"] or (Currency.BGN if LEV.search(headings) else Currency.EUR),
            total=values["total"], **{part: values[part] for part in PARTS}, by=ground.by, at=ground.at,
        )  # fmt: skip
        effects: list[list[Any]] = [[Organisation._meta.label_lower, made.pk, None]] if made else []
        effects.append([Project._meta.label_lower, project.pk, None])
        return [*effects, [ContractVersion._meta.label_lower, contract.pk, None]]

    for outcome in each(ground, rows, do):
        if outcome.heap == "wrong":  # a body made for this row went with it
            bodies = {name: body for body in Organisation.objects.order_by("-pk") for name in body.name.values()}
        yield outcome


def _compare(project: Project, values: dict[str, Any], ground: Ground) -> None:
    """Raise Doubt where a list says something else than the contract in force."""
    contract = project.contract_on(ground.at.date())
    message = _("The portal says “%(known)s”. Correct the row, or add an annex to the project.")
    told = {name: values[name] for name in COMPARED if values[name] is not None}
    other = {name: value for name, value in told.items() if contract is None or getattr(contract, name) != value}
    if other:
        raise Doubt(*(
            finding(name, str(value), message % {"known": getattr(contract, name, None) or "—"}, "doubt")
            for name, value in other.items()
        ))  # fmt: skip


def _programme(ground: Ground, number: str) -> Programme:
    """The programme of the import's project; else the only one whose code holds the beginning of the number."""
    if ground.source.project:
        return ground.source.project.programme
    begins = re.split(r"[-.]", number)[0]
    found = [p for p in Programme.objects.all() if len(begins) > 5 and begins.casefold() in p.code.casefold()]
    if len(found) != 1:
        message = _("It is not clear to which programme this number belongs. Name a project of the programme.")
        raise Refused({"number": [message]})
    return found[0]
