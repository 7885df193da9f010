"""What a project has reported so far, against which a further cost is held."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cached_property

from budgets.checks import exchanged, spent
from budgets.checks.forms_of_cost import rules_of
from budgets.models import BudgetLine, CallForm, ReportedCost
from projects.models import ContractVersion, Project

Document = tuple[int, str, date, Decimal]
"""A document as it may be reported once: its line, name without case, day, amount."""


class Books:
    """The costs of a project as they stand; each part is asked once. Costs that are judged together are added as they
    come. `many` says that there will be more than one, so that documents are looked up together."""

    def __init__(self, project: Project, today: date, *, many: bool = False):
        self.project, self.today, self.many = project, today, many
        self._spent: dict[int, dict[str, Decimal]] = {}

    @cached_property
    def contract(self) -> ContractVersion | None:
        return self.project.contract_on(self.today)

    @cached_property
    def rules(self) -> list[CallForm]:
        return rules_of(self.project)

    def spent(self, line: BudgetLine) -> Decimal:
        """What is reported on a line, in the currency of its contract."""
        if line.contract_id not in self._spent:
            self._spent[line.contract_id] = spent(line.contract)
        return self._spent[line.contract_id][line.code]

    def has(self, line: BudgetLine, document: str, document_on: date, total: Decimal) -> bool:
        """Whether this document is reported on the line with this amount."""
        if self.many:
            return document_key(line, document, document_on, total) in self._documents
        same = ReportedCost.objects.filter(project=self.project, line=line, document_on=document_on, total=total)
        return same.filter(document__iexact=document).exists()

    def add(self, cost: ReportedCost) -> None:
        """Count a cost that is about to be stored."""
        contract = cost.line.contract
        self.spent(cost.line)
        self._spent[contract.pk][cost.line.code] += exchanged(cost.total, cost.currency, contract.currency)
        self._documents.add(document_key(cost.line, cost.document, cost.document_on, cost.total))

    @cached_property
    def _documents(self) -> set[Document]:
        costs = ReportedCost.objects.filter(project=self.project).order_by()
        rows = costs.values_list("line", "document", "document_on", "total")
        return {(line, name.casefold(), day, total) for line, name, day, total in rows}


def document_key(line: BudgetLine, document: str, document_on: date, total: Decimal) -> Document:
    return line.pk, document.strip().casefold(), document_on, total
