"""What a webhook may tell of: each collection that has a feed of changes, and a few moments people wait for.

An event says that something happened and where to read it, never what it says: no names, no values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from activities.models import Activity, Group, Session
from beneficiaries.models import Export, Import, Participation
from budgets.models import Amendment, Claim, Deliverable, ReportedCost, Visit
from core.access import Permission, roles_with
from core.models import BulkJob
from projects.models import Change, Membership, Project, followed
from projects.models.changes import ChangeQuerySet
from projects.serializers import known_organisations
from reports.indicators.models import Value
from reports.models import Filing, Report

P, C = Permission, Change.Collection
TEST = "portal.test"


Visible = Callable[..., QuerySet]  # of a person and a permission, the rows they may see


@dataclass(frozen=True)
class Collection:
    """The rows of a collection, and the rights its feed asks for; those of `also` show what is hidden from others."""

    rows: Visible
    needs: tuple[Permission, ...]
    feed: str
    also: tuple[Permission, ...] = ()


@dataclass(frozen=True)
class Moment:
    """An event of the trail that is told: its actions, the states they lead to (any when empty), and its row. Without
    `needs` the row is the own work of a person: a job that is told to who asked for it."""

    label: Any
    actions: frozenset[str]
    states: frozenset[str]
    rows: Visible
    needs: tuple[Permission, ...]
    collection: str
    address: str


def _collection(name: Change.Collection, rows: Visible, *needs: Permission, also: tuple[Permission, ...] = ()):
    return name.value, Collection(rows, needs, f"api_changes_{name.value.replace('-', '_')}", also)


COLLECTIONS: dict[str, Collection] = dict(
    [
        _collection(C.PARTICIPANTS, Participation.objects.visible_to, P.PARTICIPANT_VIEW),
        _collection(C.SESSIONS, Session.objects.visible_to, P.SESSION_VIEW),
        _collection(C.ATTENDANCE, Session.objects.visible_to, P.SESSION_VIEW, P.PARTICIPANT_VIEW),
        _collection(C.GROUPS, Group.objects.visible_to, P.SESSION_VIEW),
        _collection(C.ACTIVITIES, Activity.objects.visible_to, P.PROJECT_VIEW),
        _collection(C.COSTS, ReportedCost.objects.visible_to, P.BUDGET_VIEW),
        _collection(C.AMENDMENTS, Amendment.objects.visible_to, P.AMENDMENT_VIEW),
        _collection(C.CLAIMS, Claim.objects.visible_to, P.CLAIM_VIEW, also=(P.CLAIM_EDIT,)),
        _collection(C.DELIVERABLES, Deliverable.objects.visible_to, P.CLAIM_VIEW),
        _collection(C.VISITS, Visit.objects.visible_to, P.CLAIM_VIEW, also=(P.VISIT_INTERNAL,)),
        _collection(C.DUE, Filing.objects.visible_to, P.FILING_VIEW),
        _collection(C.VALUES, Value.objects.visible_to, P.SESSION_VIEW),
        _collection(C.PROJECTS, Project.objects.visible_to, P.PROJECT_VIEW),
        _collection(C.ORGANISATIONS, known_organisations, P.PROJECT_VIEW),
    ]
)


def _moment(label: Any, actions: str, states: str, rows: Visible, need: Permission | None, where: str, address: str):
    needs = () if need is None else (need,)
    return Moment(label, frozenset(actions.split()), frozenset(states.split()), rows, needs, where, address)


MOMENTS: dict[str, Moment] = {
    "report.sealed": _moment(
        _("A report was made and sealed"),
        "report.sealed",
        "",
        Report.objects.visible_to,
        P.REPORT_VIEW,
        "reports",
        "api_report",
    ),
    "report.failed": _moment(
        _("A report could not be made"),
        "report.failed",
        "",
        Report.objects.visible_to,
        P.REPORT_VIEW,
        "reports",
        "api_report",
    ),
    "import.finished": _moment(
        _("An import of yours is over: rows went in, or it failed"),
        "import.brought_in import.failed",
        "",
        Import.objects.of,
        None,
        "imports",
        "beneficiaries:import",
    ),
    "bulk.finished": _moment(
        _("A job of many rows of yours is over: done or failed"),
        "bulk.over",
        "done failed",
        BulkJob.objects.visible_to,
        None,
        "bulk",
        "api_bulk_job",
    ),
    "export.finished": _moment(
        _("A file of a long table of yours is over: ready or failed"),
        "export.made export.failed",
        "",
        Export.objects.visible_to,
        None,
        "exports",
        "reports:export",
    ),
    "claim.submitted": _moment(
        _("A payment claim was sent"),
        "claim.moved",
        "submitted",
        Claim.objects.visible_to,
        P.CLAIM_VIEW,
        "claims",
        "api_claim",
    ),
    "claim.decided": _moment(
        _("A payment claim was decided"),
        "claim.moved",
        "accepted rejected",
        Claim.objects.visible_to,
        P.CLAIM_VIEW,
        "claims",
        "api_claim",
    ),
    "amendment.decided": _moment(
        _("An amendment was decided"),
        "amendment.approved amendment.refused",
        "",
        Amendment.objects.visible_to,
        P.AMENDMENT_VIEW,
        "amendments",
        "api_amendment",
    ),
    "due-report.submitted": _moment(
        _("A report that was due was submitted"),
        "filing.moved",
        "submitted",
        Filing.objects.visible_to,
        P.FILING_VIEW,
        "due-reports",
        "api_filing",
    ),
    "due-report.approved": _moment(
        _("A report that was due was approved"),
        "filing.moved",
        "approved",
        Filing.objects.visible_to,
        P.FILING_VIEW,
        "due-reports",
        "api_filing",
    ),
}


def choices() -> list[tuple[str, Any]]:
    """Everything one may subscribe to, with its words: the collections, then the moments."""
    collections = [(name, _("%(things)s: each change") % {"things": C(name).label}) for name in COLLECTIONS]
    return collections + [(name, moment.label) for name, moment in MOMENTS.items()]


def needs_of(name: str) -> tuple[Permission, ...]:
    return (COLLECTIONS.get(name) or MOMENTS[name]).needs


def open_to(user) -> list[str]:
    """What of it a person, through the token in use, has the right to somewhere."""
    held = set(Membership.objects.in_force(localdate()).filter(user=user).values_list("role", flat=True))
    return [
        name for name, _label in choices() if all(held & set(roles_with(need, user)) for need in needs_of(name))
    ]  # fmt: skip


def changes_for(user, names: Iterable[str]) -> ChangeQuerySet:
    """The changes of these collections in the projects and schools where the person has the rights for them."""
    found = [followed(C(name), user, *COLLECTIONS[name].needs, also=COLLECTIONS[name].also).changes for name in names]
    return reduce(or_, found, Change.objects.none())


def seen(rows: Visible, needs: Iterable[Permission], user, keys: Iterable[Any]) -> set[Any]:
    """Which of these keys are rows the person may see."""
    found = list(keys)
    for mine in [rows(user, need) for need in needs] or [rows(user)]:
        found = list(mine.filter(key__in=found).values_list("key", flat=True))
    return set(found)
