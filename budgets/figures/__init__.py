"""Figures of money, each computed in one place from facts."""

from budgets.figures.money import (
    DIMENSIONS,
    PARTS,
    ActivityMoney,
    Amount,
    Money,
    Share,
    SourceMoney,
    budget_by,
    by_activity,
    by_source,
    flows_of,
    money_of,
)

__all__ = [
    "DIMENSIONS",
    "PARTS",
    "ActivityMoney",
    "Amount",
    "Money",
    "Share",
    "SourceMoney",
    "budget_by",
    "by_activity",
    "by_source",
    "flows_of",
    "money_of",
]
