"""A report's figures frozen as JSON. Files are made from it alone, so the same snapshot gives the same bytes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import override

from core import signing
from core.models.texts import said
from core.money import BGN_PER_EUR
from core.sealing import canonical, check_code, digest
from projects.models import ContractVersion, Programme, Project
from reports import layouts, subjects
from reports.catalogue import PROGRESS, SUBMITTED
from reports.figures import Progress, progress
from reports.models import Filing, LayoutVersion, Report
from reports.tables import encode

__all__ = ["canonical", "check_code", "digest", "of_filing", "of_progress", "take"]

TEMPLATE_VERSION = "3"  # 2: says on the cover whether the report was submitted; 3: the library of the programme


def take(report: Report, at: datetime) -> dict[str, Any]:
    """The figures of `report` as of the moment `at`, as plain JSON values: what its kind counts, and what every report
    says about itself."""
    kind = report.of_kind
    if kind.take is None:
        raise ValueError(f"figures of the kind {report.kind} are not taken from a question")
    own = kind.take(report)
    if "project" not in own:  # a progress report tells more of its project by itself
        own |= {
            "language": report.language,
            "period": {"from": encode(report.from_on), "to": encode(report.to_on)},
            "asks": str(kind.asks),
            "subject": _subject_facts(report.subject, report.language),
        }
    own |= _common(report.kind, kind.version, by=report.asked_by, at=at)
    return own | laid_out(report.layout, report.language)


def uncounted(report: Report, at: datetime) -> dict[str, Any]:
    """What the cover of `report` would say at the moment `at`, without any figure: for the preview of a layout."""
    kind, thing = report.of_kind, report.subject
    facts = _subject_facts(thing, report.language)
    period = {"from": encode(report.from_on), "to": encode(report.to_on)}
    own: dict[str, Any] = {"language": report.language, "period": period, "asks": str(kind.asks), "tables": {}}
    if isinstance(thing, Project) and kind.key in (PROGRESS, SUBMITTED):
        contract = _contract_facts(thing.contract_on(report.to_on))
        money = dict.fromkeys(("contracted", "original", "reported", "paid", "left"))
        own |= {"project": facts, "contract": contract, "money": money | {"currency": "EUR"}, "time_gone": None}
    else:
        own["subject"] = facts
    return own | _common(report.kind, kind.version, by=report.asked_by, at=at)


def laid_out(layout: LayoutVersion | None, language: str) -> dict[str, Any]:
    """The funder's own layout as the snapshot seals it: its contents in one language, its logos by the hash of their
    bytes. Whatever becomes of the layout, files made again are the same."""
    if layout is None:
        return {}
    logos = [[logo.file.sha256, logo.alt.get(language, "")] for logo in layout.logos.select_related("file")]
    about = {"name": layout.layout.name, "version": layout.number, "logos": logos}
    return {"layout": about | layouts.spoken(layout.contents, language)}


def of_filing(filing: Filing, number: int, told: list[dict[str, Any]], *, by, at: datetime) -> dict[str, Any]:
    """Version `number` of a report a project owes, as `by` submits it at the moment `at`: figures, the rates they were
    converted with, and what is written (`told`: number, name and text of each section)."""
    found = progress(filing.project, filing.from_on, filing.to_on, filing.language)
    return (
        of_progress(found)
        | _common(SUBMITTED, TEMPLATE_VERSION, by=by, at=at)
        | {
            "submitted": {
                "kind": filing.kind, "version": number, "at": encode(at), "due_on": encode(filing.due_on),
            },
            "told": told,
            "rates": {"BGN": str(BGN_PER_EUR)},
        }
    )  # fmt: skip


def _common(kind: str, template: str, *, by, at: datetime) -> dict[str, Any]:
    return {
        "kind": kind,
        "template": template,
        "data_at": encode(at),
        "asked_by": str(by or ""),
        "site": settings.SITE_URL,
        "signed_with": signing.fingerprint(),
        "rows_printed": settings.REPORT_PDF_ROWS,
    }


def _subject_facts(thing: subjects.Thing, language: str) -> dict[str, Any]:
    """What the cover says of the subject: its title, its programme, and the country whose clock counts."""
    named = {"is": str(subjects.what(thing)), "number": subjects.code(thing)}
    if isinstance(thing, Project):
        return _project_facts(thing, language) | named
    programme = subjects.programme(thing)
    return named | {
        "title": list(said(subjects.title(thing)[0], language, subjects.title(thing)[1])),
        "programme": list(said(programme.name, language, programme.language)) if programme else None,
        "programme_code": programme.code if programme else "",
        "statement": programme.statement if programme else Programme.Statement.NONE.value,
        "disclaimer": bool(programme and programme.disclaimer),
        "authority": None,
        "country": programme.country if programme else "",
        "time_zone": programme.time_zone if programme else settings.TIME_ZONE,
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
