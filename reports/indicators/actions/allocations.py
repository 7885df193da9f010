"""The financial plan of a programme, as Table 1 of Annex VII transmits it: officers add, change and remove its parts.

A missing right raises PermissionDenied, a rule that stands against raises Refused (by field where it has one).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.access import Permission, Refused
from projects.models import Allocation, Priority, Programme, SpecificObjective
from reports.indicators.actions.library import require_programme


@transaction.atomic
def add_allocation(
    programme: Programme, *, priority: Priority, specific_objective: SpecificObjective | None, region: str, basis: str,
    total: Decimal, eu_rate: Decimal, by, at: datetime,
) -> Allocation:  # fmt: skip
    """Add a part of the plan: a priority as a whole or a specific objective, in one category of region; `total` in
    euro, `eu_rate` in per cent."""
    require_programme(by, Permission.INDICATOR_EDIT, programme)
    made = Allocation(priority=priority, specific_objective=specific_objective, region=region, basis=basis, total=total,
                      eu_rate=eu_rate)  # fmt: skip
    _checked(made, programme)
    made.save()
    _record("allocation.added", made, by, at, after=_told(made))
    return made


@transaction.atomic
def change_allocation(
    allocation: Allocation, *, version: int, priority: Priority, specific_objective: SpecificObjective | None,
    region: str, basis: str, total: Decimal, eu_rate: Decimal, by, at: datetime,
) -> Allocation:  # fmt: skip
    """Change a part of the plan; `version` is the one it was read in. Reports that are sealed keep their figures."""
    found = _locked(allocation, version, by)
    before = _told(found)
    found.priority, found.specific_objective, found.region = priority, specific_objective, region
    found.basis, found.total, found.eu_rate = basis, total, eu_rate
    if (after := _told(found)) == before:
        return found
    _checked(found, allocation.priority.programme)
    found.version += 1
    found.save()
    changed = [name for name in after if after[name] != before[name]]
    _record(
        "allocation.changed", found, by, at,
        before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
    )  # fmt: skip
    return found


@transaction.atomic
def remove_allocation(allocation: Allocation, *, version: int, by, at: datetime) -> None:
    """Take a part out of the plan while no operation stands in it."""
    found = _locked(allocation, version, by)
    if n := found.operations().count():
        raise Refused(
            _("Operations stand in this part of the plan (%(n)s), and Table 1 compares them with it. It stays.")
            % {"n": n}
        )
    _record("allocation.removed", found, by, at, before=_told(found))
    found.delete()


def _locked(allocation: Allocation, version: int, by) -> Allocation:
    rows = Allocation.objects.select_for_update(of=("self",)).select_related("priority__programme")
    found = rows.filter(pk=allocation.pk).first()
    require_programme(by, Permission.INDICATOR_EDIT, allocation.priority.programme)
    if found is None or found.version != version:
        raise Refused(_("Somebody changed this meanwhile. Load the page again and look at the newest version."))
    return found


def _checked(allocation: Allocation, programme: Programme) -> None:
    if allocation.priority.programme_id != programme.pk:
        raise Refused({"priority": [_("This priority belongs to another programme.")]})
    try:
        allocation.full_clean()
    except ValidationError as error:
        raise Refused(error) from None


def _told(allocation: Allocation) -> dict[str, str]:
    objective = allocation.specific_objective
    return {
        "priority": allocation.priority.code, "specific_objective": objective.code if objective else "",
        "region": allocation.region, "basis": allocation.basis,
        "total": f"{allocation.total:.2f}", "eu_rate": f"{allocation.eu_rate:.2f}",
    }  # fmt: skip


def _record(action: str, allocation: Allocation, by, at: datetime, **more: Any) -> None:
    place = allocation.specific_objective or allocation.priority
    key = f"{allocation.priority.programme.code} {place.code} {allocation.region}".strip()
    audit.record(action, allocation, by=by, at=at, key=key[:80], **more)
