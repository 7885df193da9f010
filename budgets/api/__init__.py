"""Money, for programs: budgets, reported costs, amendments, deliverables, payment claims."""

from budgets.api.accounts import AccountDoor
from budgets.api.claims import ClaimDoor
from budgets.api.costs import AmendmentDoor, AmendmentPaperDoor, CostDoor
from budgets.api.lines import BudgetDoor, DeliverableDoor

__all__ = [
    "AccountDoor",
    "AmendmentDoor",
    "AmendmentPaperDoor",
    "BudgetDoor",
    "ClaimDoor",
    "CostDoor",
    "DeliverableDoor",
]
