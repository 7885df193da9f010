"""Money: what a contract version grants, how it is amended, what was reported against it, claimed, found eligible."""

from budgets.models.amendments import Amendment, VersionTerms
from budgets.models.claims import Claim, ClaimLine, ClaimMove, ClaimQuestions, Clock, run_clock
from budgets.models.costs import Payment, ReportedCost
from budgets.models.lines import BudgetLine
from budgets.models.verification import LineDecision, LineFact

__all__ = [
    "Amendment",
    "BudgetLine",
    "Claim",
    "ClaimLine",
    "ClaimMove",
    "ClaimQuestions",
    "Clock",
    "LineDecision",
    "LineFact",
    "Payment",
    "ReportedCost",
    "VersionTerms",
    "run_clock",
]
