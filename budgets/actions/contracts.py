"""A contract version with its lines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from budgets.models import BudgetLine
from core import audit
from projects.actions import PARTS
from projects.actions import add_contract_version as add_version
from projects.models import ContractVersion, Project


@transaction.atomic
def add_contract_version(project: Project, *, by, at: datetime, **facts: Any) -> ContractVersion:
    """Add a contract or annex; the budget lines of the version before it are carried over as they are.

    Lines are not carried over into another currency. Raises what `projects.actions.add_contract_version` raises.
    """
    contract = add_version(project, by=by, at=at, **facts)
    previous = project.contracts.filter(version__lt=contract.version).order_by("-version").first()
    if previous is None or previous.currency != contract.currency:
        return contract
    lines = list(previous.budget_lines.order_by("pk"))
    carried = [
        BudgetLine(
            contract=contract, activity_id=line.activity_id, partner_id=line.partner_id, code=line.code, name=line.name,
            form=line.form, unit=line.unit, unit_price=line.unit_price, total=line.total, synthetic=line.synthetic,
            **{name: getattr(line, name) for name in PARTS},
        )
        for line in lines
    ]  # fmt: skip
    BudgetLine.objects.bulk_create(carried)
    if carried:
        audit.record(
            "contract.lines_carried", contract, by=by, at=at, project=project.number,
            before={"contract": previous.number}, after={"contract": contract.number, "lines": len(carried)},
        )  # fmt: skip
    return contract
