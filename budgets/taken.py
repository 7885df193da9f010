"""Lists of money that may be taken away as files: visits, the register of corrections, payment applications, accounts.
What a filter leaves of them is the same on the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import batched
from operator import attrgetter
from typing import Any

from django import forms
from django.db.models import F, QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from budgets.figures import corrections as figures
from budgets.figures import rollup
from budgets.forms import ListFilterForm, listed, one_of
from budgets.models import ApplicationEntry, Correction, PaymentApplication, Visit
from core.access import Permission
from core.export import csv_lines, csv_rows, harmless
from projects.models import Programme, Project, reach
from projects.tables import Table

P = Permission
BLOCK = 500  # projects whose money is added up at once


# --- visits ----------------------------------------------------------------------------------------------------------


def visits_for(user, query: Mapping[str, Any]) -> tuple[Any, ListFilterForm]:
    """The visits a person may see, as the filter leaves them, and its form."""
    own = {
        "state": one_of(_("State"), Visit.State.choices),
        "late": forms.BooleanField(label=_("Only what is late"), required=False),
    }
    rows = Visit.objects.visible_to(user).select_related("project__programme", "partner")
    rows, form = listed(rows, query, programme="project__programme", project="project", **own)
    if form.is_valid() and form.cleaned_data["late"]:
        rows = rows.late(localdate())
    return rows, form


def _visits(user, query: Mapping[str, str]) -> QuerySet[Visit]:
    return visits_for(user, query)[0].order_by("project__number", "number", "pk")


def _visit_lines(rows: QuerySet[Visit]) -> Iterator[bytes]:
    """Dates and short results (CPR Annex XVII, field 77)."""
    told = rows.annotate(short_result=harmless("result"))
    return csv_rows(
        told.values("planned_on", "done_on", "state", "short_result", project_number=F("project__number"),
                    visit=F("number"))
    )  # fmt: skip


VISITS = Table(
    "visits", _("On-the-spot visits"), P.CLAIM_VIEW, "budgets:visits_csv", _visits, _visit_lines, "visits.exported",
    filters=("programme", "project", "state", "late"), also=(P.TRAIL_VIEW,),
)  # fmt: skip


# --- the register of corrections -------------------------------------------------------------------------------------


def corrections_for(user, query: Mapping[str, Any]) -> tuple[Any, ListFilterForm]:
    """The corrections a person may see, as the filter leaves them, newest first, and its form."""
    kind = one_of(_("Class"), Correction.Kind.choices)
    state = one_of(_("State"), Correction.State.choices)
    way, rows = "claim__project", Correction.objects.visible_to(user)
    rows, form = listed(rows, query, programme=f"{way}__programme", project=way, kind=kind, state=state)
    return rows.order_by("-found_on", "-pk"), form


def _corrections(user, query: Mapping[str, str]) -> QuerySet[Correction]:
    return corrections_for(user, query)[0]


def _correction_lines(rows: QuerySet[Correction]) -> Iterator[bytes]:
    return csv_rows(figures.as_rows(rows))


CORRECTIONS = Table(
    "corrections", _("Corrections and irregularities"), P.ACCOUNT_VIEW, "budgets:corrections_csv", _corrections,
    _correction_lines, "corrections.exported", filters=("programme", "project", "kind", "state"),
)  # fmt: skip


# --- a payment application -------------------------------------------------------------------------------------------


def _entries(user, query: Mapping[str, str]) -> QuerySet[ApplicationEntry]:
    seen = PaymentApplication.objects.visible_to(user).filter(key=query["application"])
    rows = ApplicationEntry.objects.filter(application__in=seen)
    return rows.order_by("claim__project__number", "claim")


def _entry_lines(rows: QuerySet[ApplicationEntry]) -> Iterator[bytes]:
    """CPR Annex XVII, fields 105 to 107."""
    told = rows.annotate(
        project=F("claim__project__number"), claim_number=F("claim__number"), received_on=F("claim__received_on"),
        sent_at=F("application__sent_at"), public_contribution=F("eur_total") - F("eur_own_part"),
    )  # fmt: skip
    return csv_rows(
        told.values(
            "project", "claim_number", "received_on", "sent_at", "currency", "rate", "total", "eur_total",
            "eur_eu_part", "eur_national_part", "eur_own_part", "public_contribution",
        )
    )  # fmt: skip


def _application_name(query: Mapping[str, str]) -> str:
    found = PaymentApplication.objects.select_related("programme").get(key=query["application"])
    return f"application_{found.programme.code}_{found.year}_{found.number}"


ENTRIES = Table(
    "application", _("Entries of a payment application"), P.ACCOUNT_VIEW, "budgets:application_csv", _entries,
    _entry_lines, "application.exported", filters=("application",), needs="application", in_path=True,
    named=_application_name,
)  # fmt: skip


# --- accounts --------------------------------------------------------------------------------------------------------


def programmes_for(user, permission: Permission) -> list[Programme]:
    """Those whose accounts a person may see or keep."""
    where = reach(user, permission)
    found = Programme.objects.order_by("code")
    return list(found if where.everywhere else found.filter(pk__in=where.programmes))


def accounts_for(user, query: Mapping[str, Any]) -> tuple[list[Programme], Programme | None, QuerySet[Project]]:
    """The programmes whose accounts a person may see, the one that is asked for or the first, and its projects."""
    seen = programmes_for(user, P.ACCOUNT_VIEW)
    chosen = next((p for p in seen if p.code == query.get("programme")), seen[0] if seen else None)
    return seen, chosen, Project.objects.filter(programme=chosen).order_by("number")


def _accounts(user, query: Mapping[str, str]) -> QuerySet[Project]:
    return accounts_for(user, query)[2]


def _account_lines(projects: QuerySet[Project]) -> Iterator[bytes]:
    """The money of each project, in euro."""
    names = [field.name for field in fields(rollup.Row)]
    return csv_lines(["project", *names], _account_rows(projects, attrgetter(*names)))


def _account_rows(projects: QuerySet[Project], amounts: attrgetter) -> Iterator[list[Any]]:
    for block in batched(projects.iterator(chunk_size=BLOCK), BLOCK):
        rows = rollup.of_projects(block, localdate())
        for project in block:
            yield [project.number, *amounts(rows[project.pk])]


ACCOUNTS = Table(
    "accounts", _("Accounts of projects"), P.ACCOUNT_VIEW, "budgets:accounts_csv", _accounts, _account_lines,
    "accounts.exported", filters=("programme",),
)  # fmt: skip
