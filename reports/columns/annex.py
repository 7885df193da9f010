"""Tables 1, 6 and 10 of Annex VII to Regulation (EU) 2021/1060; the numbers in the meanings are its columns."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reports.columns.contract import Column, TableKind

_PLACE = (
    Column("priority", "code", pgettext_lazy("column", "Priority"), _("1: priority of the programme.")),
    Column(
        "objective", "code", pgettext_lazy("column", "Specific objective"),
        _("2: specific objective; empty where the financial plan names none."),
    ),
    Column("fund", "code", pgettext_lazy("column", "Fund"), _("3: Fund.")),
    Column("region", "text", pgettext_lazy("column", "Category of region"), _("4: category of region.")),
)  # fmt: skip
_INDICATOR = (
    Column("code", "code", pgettext_lazy("column", "ID"), _("Identifier of the indicator.")),
    Column("name", "said", pgettext_lazy("column", "Indicator"), _("Name of the indicator.")),
)
_ACHIEVED = (
    Column("men", "number", pgettext_lazy("column", "M"), _("Values achieved to date: men.")),
    Column("women", "number", pgettext_lazy("column", "F"), _("Values achieved to date: women.")),
    Column("non_binary", "number", pgettext_lazy("column", "N"), _("Values achieved to date: non-binary persons.")),
    Column("total", "number", pgettext_lazy("column", "T"), _("Values achieved to date: total; nobody is 0.")),
)
_RATIO = (
    Column(
        "ratio", "percent", pgettext_lazy("column", "Achievement ratio"),
        _("Achieved as a share of the target; empty where there is no target."),
    ),
    Column("comments", "text", pgettext_lazy("column", "Comments"), _("What a reader has to know of the row.")),
)  # fmt: skip
_CUMULATIVE = _(
    "Values are cumulative, in the order men (M), women (F), non-binary (N), total (T), and never suppressed."
)

MONEY = TableKind(
    "annex_vii_1",
    _("Table 1: financial data"),
    (
        *_PLACE,
        Column(
            "basis", "text", pgettext_lazy("column", "Basis"),
            _("5: whether the Union contribution is calculated on total or on public cost."),
        ),
        Column("allocation", "money", pgettext_lazy("column", "Total allocation"), _("6: total financial allocation.")),
        Column("rate", "percent", pgettext_lazy("column", "Co-financing rate"), _("7: co-financing rate.")),
        Column(
            "selected", "money", pgettext_lazy("column", "Selected"),
            _("8: total eligible cost of selected operations, by the contract versions in force."),
        ),
        Column(
            "contribution", "money", pgettext_lazy("column", "Funds’ contribution"),
            _("9: contribution from the Funds to selected operations; empty while the split of one is not known."),
        ),
        Column(
            "selected_share", "percent", pgettext_lazy("column", "Selected, share"),
            _("10: share of the allocation covered by selected operations."),
        ),
        Column(
            "declared", "money", pgettext_lazy("column", "Declared"),
            _("11: total eligible expenditure declared by beneficiaries: what was found eligible of decided claims, "
              "less corrections, and what is claimed in those under check."),
        ),
        Column(
            "declared_share", "percent", pgettext_lazy("column", "Declared, share"),
            _("12: share of the allocation covered by declared expenditure."),
        ),
        Column("operations", "count", pgettext_lazy("column", "Operations"), _("13: number of selected operations.")),
    ),
    _("Lev are converted once for each row, 1 EUR = 1.95583 BGN; the total is the sum of the rows."),
)  # fmt: skip
OUTPUTS = TableKind(
    "annex_vii_6",
    _("Table 6: common and programme-specific output indicators"),
    (
        *_PLACE,
        *_INDICATOR,
        Column("unit", "text", pgettext_lazy("column", "Unit"), _("7: measurement unit.")),
        Column("milestone", "number", pgettext_lazy("column", "Milestone"), _("8: milestone (2024), total.")),
        Column("target", "number", pgettext_lazy("column", "Target"), _("9: target (2029), total.")),
        *_ACHIEVED,
        *_RATIO,
    ),
    _CUMULATIVE,
)
RESULTS = TableKind(
    "annex_vii_10",
    _("Table 10: common and programme-specific result indicators"),
    (
        *_PLACE,
        *_INDICATOR,
        Column(
            "based_on", "code", pgettext_lazy("column", "Basis"),
            _("7: output indicator used as the basis for setting the target."),
        ),
        Column("unit", "text", pgettext_lazy("column", "Unit"), _("8: measurement unit of the indicator.")),
        Column(
            "target_unit", "text", pgettext_lazy("column", "Unit of the target"),
            _("9: measurement unit of the target: the same, or per cent of the basis."),
        ),
        Column("target", "number", pgettext_lazy("column", "Target"), _("10: target (2029), total.")),
        *_ACHIEVED,
        *_RATIO,
    ),
    _CUMULATIVE,
)  # fmt: skip
GAPS = TableKind(
    "annex_vii_gaps",
    _("What is missing of selected operations"),
    (
        Column("number", "code", pgettext_lazy("column", "Project"), _("Number of the project.")),
        Column("missing", "text", pgettext_lazy("column", "Missing"), _("What its row of a table needs.")),
    ),
    _("These operations stand in the tables all the same, in a row that lacks what is missing."),
)
TABLES = (MONEY, OUTPUTS, RESULTS, GAPS)
