"""Money, for programs: budgets, reported costs, amendments, deliverables, payment claims, visits."""

from budgets.api.accounts import AccountDoor
from budgets.api.checking import (
    AmendmentDecisionDoor,
    ClaimCheckDoor,
    ClaimChecklistDoor,
    ClaimLetterDoor,
    ClaimLettersDoor,
)
from budgets.api.claims import ClaimDoor
from budgets.api.costs import AmendmentDoor, AmendmentPaperDoor, CostBulkDoor, CostDoor
from budgets.api.feeds import AmendmentFeedDoor, ClaimFeedDoor, CostFeedDoor, DeliverableFeedDoor, VisitFeedDoor
from budgets.api.lines import BudgetDoor, DeliverableDoor
from budgets.api.settlement import ApplicationDoor, CorrectionDoor, PaymentDoor
from budgets.api.suppliers import ProcurementDoor, ProcurementPaperDoor
from budgets.api.versions import VersionDoor
from budgets.api.visits import VisitDoor, VisitPaperDoor

__all__ = [
    "AccountDoor",
    "AmendmentDecisionDoor",
    "AmendmentDoor",
    "AmendmentFeedDoor",
    "AmendmentPaperDoor",
    "ApplicationDoor",
    "BudgetDoor",
    "ClaimCheckDoor",
    "ClaimChecklistDoor",
    "ClaimDoor",
    "ClaimFeedDoor",
    "ClaimLetterDoor",
    "ClaimLettersDoor",
    "CorrectionDoor",
    "CostBulkDoor",
    "CostDoor",
    "CostFeedDoor",
    "DeliverableDoor",
    "DeliverableFeedDoor",
    "PaymentDoor",
    "ProcurementDoor",
    "ProcurementPaperDoor",
    "VersionDoor",
    "VisitDoor",
    "VisitFeedDoor",
    "VisitPaperDoor",
]
