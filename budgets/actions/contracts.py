"""A contract version with its lines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from budgets.actions.amendments import keep_terms
from budgets.checks.forms_of_cost import form_not_allowed, rules_of
from budgets.models import BudgetLine
from budgets.snapshot.terms import PARTS, row_of, values
from core import audit
from core.access import Refused
from projects.actions import add_contract_version as add_version
from projects.models import ContractVersion, Project


@transaction.atomic
def add_contract_version(project: Project, *, by, at: datetime, **facts: Any) -> ContractVersion:
    """Add a contract or annex; the budget lines of the version before it are carried over as they are.

    Lines are not carried over into another currency. The version before it is final from now on. Raises what
    `projects.actions.add_contract_version` raises, and Refused for a line in a form of cost its call does not allow.
    """
    contract = add_version(project, by=by, at=at, **facts)
    previous = project.contracts.filter(version__lt=contract.version).order_by("-version").first()
    if previous is None:
        return contract
    keep_terms(previous, at)
    if previous.currency != contract.currency:
        return contract
    carried = [
        BudgetLine(contract=contract, synthetic=line.synthetic, **values(BudgetLine, row_of(line), project))
        for line in PARTS["lines"].rows(previous.pk)
    ]
    rules = rules_of(project)
    wrong = [form_not_allowed(line.code, line.form, line.flat, rules) for line in carried]
    if any(wrong):
        raise Refused([*filter(None, wrong), _("Change their form of cost by an amendment first (Art. 53(1)).")])
    BudgetLine.objects.bulk_create(carried)
    if carried:
        audit.record(
            "contract.lines_carried", contract, by=by, at=at, project=project.number,
            before={"contract": previous.number}, after={"contract": contract.number, "lines": len(carried)},
        )  # fmt: skip
    return contract
