"""Tables of the final report of a grant paid as lump sums for work packages (Erasmus+ Key Action 2)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reports.columns.contract import Column, TableKind

_PACKAGE = Column("package", "code", pgettext_lazy("column", "No."), _("Number of the work package."))

PACKAGES = TableKind(
    "packages",
    _("Work packages"),
    (
        _PACKAGE,
        Column("title", "said", pgettext_lazy("column", "Work package"), _("Title in its own language.")),
        Column("lead", "said", pgettext_lazy("column", "Led by"), _("Organisation in charge.")),
        Column("starts_on", "day", pgettext_lazy("column", "From"), _("First day.")),
        Column("ends_on", "day", pgettext_lazy("column", "To"), _("Last day.")),
        Column("lump", "money", pgettext_lazy("column", "Lump sum"), _("Lump sum of the contract in force.")),
        Column("share", "percent", pgettext_lazy("column", "Share of the grant"), _("Lump sum in per cent of it.")),
        Column("promised", "count", pgettext_lazy("column", "Deliverables"), _("Deliverables that are promised.")),
        Column("done", "count", pgettext_lazy("column", "Done"), _("Deliverables judged done by the day of the data.")),
        Column("released", "money", pgettext_lazy("column", "Released"), _("What these deliverables release.")),
        Column("sessions", "count", pgettext_lazy("column", "Sessions held"), _("Sessions held by that day.")),
        Column("hours", "hours", pgettext_lazy("column", "Hours held"), _("Hours of these sessions.")),
        Column("people", "count", pgettext_lazy("column", "People who came"),
               _("Participants who came at least once; packages overlap and are not added.")),
    ),
    _("The shares make the grant. A package is released when what it promised is done, as the call says."),
)  # fmt: skip
DELIVERABLES = TableKind(
    "package_deliverables",
    _("Deliverables by work package"),
    (
        _PACKAGE,
        Column("name", "said", pgettext_lazy("column", "Deliverable"), _("Name in its own language.")),
        Column("due_on", "day", pgettext_lazy("column", "Due on"), _("Day it is promised for.")),
        Column("state", "text", pgettext_lazy("column", "State"), _("State on the day of the data.")),
        Column("since_on", "day", pgettext_lazy("column", "Since"), _("Day it came to this state.")),
        Column("share", "percent", pgettext_lazy("column", "Share of the lump sum"),
               _("Part of the lump sum it releases, where the call pays by share.")),
    ),
)  # fmt: skip
PARTNERS = TableKind(
    "package_partners",
    _("Organisations"),
    (
        Column("name", "said", pgettext_lazy("column", "Organisation"), _("Name in its own language.")),
        Column("country", "code", pgettext_lazy("column", "Country"), _("Country, two letters.")),
        Column("number", "code", pgettext_lazy("column", "Number"), _("OID, PIC or national number.")),
        Column("role", "text", pgettext_lazy("column", "Role"), _("Role in the project.")),
        Column("leads", "code", pgettext_lazy("column", "Leads"), _("Numbers of the work packages it leads.")),
        Column("lump", "money", pgettext_lazy("column", "Lump sums led"), _("Lump sums of these packages.")),
    ),
)
SETTLEMENT = TableKind(
    "package_settlement",
    _("From the grant to the balance"),
    (
        Column("item", "text", pgettext_lazy("column", "Item"), _("Step from the grant to the balance.")),
        Column("percent", "percent", pgettext_lazy("column", "Share"), _("Share that leads to the amount, if any.")),
        Column("amount", "money", pgettext_lazy("column", "Amount"), _("Amount; what is taken off is negative.")),
    ),
)
TABLES = (PACKAGES, DELIVERABLES, PARTNERS, SETTLEMENT)
