"""Money: what a contract version grants, line by line, and what was reported against it."""

from budgets.models.costs import Payment, ReportedCost
from budgets.models.lines import BudgetLine

__all__ = ["BudgetLine", "Payment", "ReportedCost"]
