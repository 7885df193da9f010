"""Every change to money: contract versions and their amendments, reported costs."""

from budgets.actions.amendments import (
    Moved,
    approve_amendment,
    begin_amendment,
    carry_over,
    change_amendment,
    renew_amendment,
    send_amendment,
    turn_amendment,
    withdraw_amendment,
)
from budgets.actions.contracts import add_contract_version
from budgets.actions.costs import correct_cost, parts_of, report_cost

__all__ = [
    "Moved",
    "add_contract_version",
    "approve_amendment",
    "begin_amendment",
    "carry_over",
    "change_amendment",
    "correct_cost",
    "parts_of",
    "renew_amendment",
    "report_cost",
    "send_amendment",
    "turn_amendment",
    "withdraw_amendment",
]
