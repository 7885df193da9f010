"""A report's figures frozen as JSON. Files are made from it alone, so the same snapshot gives the same bytes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import override

from core import signing
from core.models.texts import said
from core.money import BGN_PER_EUR
from core.sealing import canonical, check_code, digest
from projects.models import ContractVersion, Project
from reports.figures import Progress, progress
from reports.models import Filing, Report
from reports.tables import encode

__all__ = ["canonical", "check_code", "digest", "of_filing", "of_progress", "take"]

TEMPLATE_VERSION = "2"  # 2: says on the cover whether the report was submitted


def take(report: Report, at) -> dict[str, Any]:
    """The figures of `report` as of the moment `at`, as plain JSON values."""
    found = progress(report.project, report.from_on, report.to_on, report.language)
    return of_progress(found) | {
        "kind": report.kind,
        "template": TEMPLATE_VERSION,
        "data_at": encode(at),
        "asked_by": str(report.asked_by or ""),
        "site": settings.SITE_URL,
        "signed_with": signing.fingerprint(),
    }


def of_filing(filing: Filing, number: int, told: list[dict[str, Any]], *, by, at) -> dict[str, Any]:
    """Version `number` of a report a project owes, as `by` submits it at the moment `at`: figures, the rates they were
    converted with, and what is written (`told`: number, name and text of each section)."""
    found = progress(filing.project, filing.from_on, filing.to_on, filing.language)
    return of_progress(found) | {
        "kind": Report.Kind.SUBMITTED,
        "template": TEMPLATE_VERSION,
        "data_at": encode(at),
        "asked_by": str(by or ""),
        "site": settings.SITE_URL,
        "signed_with": signing.fingerprint(),
        "submitted": {"kind": filing.kind, "version": number, "at": encode(at), "due_on": encode(filing.due_on)},
        "told": told,
        "rates": {"BGN": str(BGN_PER_EUR)},
    }


def of_progress(found: Progress) -> dict[str, Any]:
    """The part of a snapshot that a page shows as well: facts, period, charts' sources and tables."""
    project, contract = found.project, found.contract
    with override(found.language):
        return {
            "language": found.language,
            "period": {"from": encode(found.start), "to": encode(found.end)},
            "project": _project_facts(project, found.language),
            "contract": _contract_facts(contract),
            "money": {
                "contracted": encode(found.money.contracted),
                "original": encode(found.money.original),
                "currency": found.money.currency,
                "reported": encode(found.money.reported),
                "paid": encode(found.money.paid),
                "left": encode(found.money.left),
            },
            "time_gone": encode(found.time_gone),
            "tables": found.encoded_tables(),
            "samples": found.has_samples,
            "people": found.people
            and {
                "incomplete_period": found.people.incomplete_period,
                "incomplete_to_date": found.people.incomplete_to_date,
            },
        }


def _project_facts(project: Project, language: str) -> dict[str, Any]:
    programme = project.programme
    own = programme.language
    call = project.call

    def words(texts: dict[str, str]) -> list[str]:
        return list(said(texts, language, own))

    return {
        "number": project.number,
        "title": words(project.title),
        "summary": words(project.summary),
        "state": str(project.get_state_display()),
        "programme": words(programme.name),
        "programme_code": programme.code,
        "fund": str(programme.get_fund_display()),
        "statement": programme.statement,
        "disclaimer": programme.disclaimer,
        "authority": words(project.granting_authority.name) if project.granting_authority else None,
        "country": programme.country,
        "time_zone": programme.time_zone,
        "call": [call.code, *words(call.name)] if call else None,
        "beneficiary": words(project.beneficiary.name) if project.beneficiary else None,
        "partners": [
            [*words(p.organisation.name), str(p.get_role_display())]
            for p in project.partners.select_related("organisation").order_by("pk")
        ],
        "places": [words(p.place.name) for p in project.places.select_related("place").order_by("pk")],
        "objectives": [words(o.text) for o in project.objectives.all()],
    }


def _contract_facts(contract: ContractVersion | None) -> dict[str, Any] | None:
    if contract is None:
        return None
    names = ("number", "version", "signed_on", "starts_on", "ends_on", "dates_to_the_month", "eligible_from")
    money = ("eligible_to", "currency", "total", "eu_part", "national_part", "own_part", "eu_rate")
    return {name: encode(getattr(contract, name)) for name in names + money}
