"""The tables of a report on how far budgets are carried out."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reports.columns.contract import Column as _c
from reports.columns.contract import TableKind

_STEPS = {
    "planned": (pgettext_lazy("column", "Planned"), _("Budget of the contract in force on the day.")),
    "claimed": (pgettext_lazy("step of an amount", "Claimed"), _("Costs in claims that were sent and not rejected.")),
    "verified": (pgettext_lazy("column", "Verified"), _("What accepted claims were found eligible for.")),
    "corrected": (pgettext_lazy("step of an amount", "Corrected"), _("What was taken back of the verified costs.")),
    "certified": (pgettext_lazy("step of an amount", "Certified"), _("In payment applications, less withdrawals.")),
    "paid": (
        pgettext_lazy("sum of money", "Paid"),
        _("Paid less what came back; what an advance settled stands on the costs it settled."),
    ),
    "left": (
        pgettext_lazy("column", "Left"),
        _("Planned less paid. The own contribution is not paid out, so it stays here."),
    ),
}
_SHARE = _c("share", "percent", pgettext_lazy("column", "Paid, %"), _("Paid as a share of planned."))
_NAMES = {
    "activity": (_("By activity"), pgettext_lazy("column", "Activity")),
    "category": (_("By cost category"), pgettext_lazy("column", "Cost category")),
    "partner": (_("By partner"), pgettext_lazy("column", "Partner")),
    "source": (_("By source"), pgettext_lazy("column", "Source")),
    "year": (_("By year of the budget"), pgettext_lazy("column", "Year")),
    "project": (_("By project"), pgettext_lazy("column", "Project")),
}
_ADD_UP = _("Every amount stands in exactly one row; the rows add up to the total.")
_SPLIT = _(
    "Every amount stands in exactly one row; the rows add up to the total. A budget that the contract does not split "
    "stands under “Not split by source” as a whole."
)
TABLES = (
    *(
        TableKind(
            f"execution_by_{dimension}",
            title,
            (
                _c("code", "code", pgettext_lazy("column", "No."), _("Number or code; empty where there is none.")),
                _c("name", "said", head, _("What the amounts belong to.")),
                *(_c(step, "money", label, meaning) for step, (label, meaning) in _STEPS.items()),
                _SHARE,
            ),
            _SPLIT
            if dimension == "source"
            else _("Every amount stands in exactly one row; the rows add up to the total."),
        )
        for dimension, (title, head) in _NAMES.items()
    ),
    TableKind(
        "execution_in_currency",
        _("In the currency of the contracts"),
        (
            _c("code", "code", pgettext_lazy("column", "Currency"), _("Currency of the contract.")),
            *(_c(step, "number", label, meaning) for step, (label, meaning) in _STEPS.items() if step != "left"),
        ),
        _("The same amounts before they were turned into euro. Currencies are never added."),
    ),
)
