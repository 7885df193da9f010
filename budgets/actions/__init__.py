"""Every change to money: a cost reported, a cost corrected, a contract version with its lines."""

from budgets.actions.contracts import add_contract_version
from budgets.actions.costs import correct_cost, parts_of, report_cost

__all__ = ["add_contract_version", "correct_cost", "parts_of", "report_cost"]
