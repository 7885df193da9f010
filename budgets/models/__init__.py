"""Money: what a contract version grants, line by line, how it is amended, and what was reported against it."""

from budgets.models.amendments import Amendment, VersionTerms
from budgets.models.costs import Payment, ReportedCost
from budgets.models.lines import BudgetLine

__all__ = ["Amendment", "BudgetLine", "Payment", "ReportedCost", "VersionTerms"]
