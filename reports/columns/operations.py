"""The list of operations (Regulation (EU) 2021/1060, Art. 49(3)): one line for each operation, open to anybody."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reports.columns.contract import Column, TableKind

LETTERS = {  # column: letter of Art. 49(3) it answers. Beneficiaries are bodies, so (b) is empty; (c) is of the EMFAF
    "beneficiary": "a",
    "contractors": "a",
    "name": "d",
    "purpose": "e",
    "objectives": "e",
    "planned_figures": "e",
    "achieved_figures": "e",
    "starts_on": "f",
    "ends_on": "g",
    "completed_on": "g",
    "total_cost_eur": "h",
    "total_cost": "h",
    "currency": "h",
    "fund": "i",
    "specific_objective": "j",
    "eu_rate_percent": "k",
    "locations": "l",
    "country": "l",
    "beneficiary_location": "m",
    "interventions": "n",
}
OPERATIONS = TableKind(
    "operations",
    _("List of operations"),
    (
        Column("number", "code", pgettext_lazy("column", "Number"), _("Number of the project; it never changes.")),
        Column(
            "beneficiary", "text", pgettext_lazy("column", "Beneficiary"),
            _("Name of the beneficiary, a legal entity."),
        ),
        Column("contractors", "text", pgettext_lazy("column", "Contractors"), _("Names of contractors.")),
        Column("name", "text", pgettext_lazy("column", "Title"), _("Title of the project.")),
        Column(
            "name_language", "code", pgettext_lazy("column", "Language"),
            _("Language in which the title is given here."),
        ),
        Column("purpose", "text", pgettext_lazy("column", "Purpose"), _("Description of the project.")),
        Column("objectives", "text", pgettext_lazy("column", "Objectives"), _("Objectives, divided by semicolons.")),
        Column(
            "planned_figures", "text", pgettext_lazy("column", "Expected achievements"),
            _("Head-counts the contract promises; they are never added."),
        ),
        Column(
            "achieved_figures", "text", pgettext_lazy("column", "Actual achievements"),
            _("People reached by outreach, and the newest published results; “:c” is a hidden small count."),
        ),
        Column("starts_on", "day", pgettext_lazy("column", "Start"), _("First day of work, by the contract in force.")),
        Column(
            "ends_on", "day", pgettext_lazy("column", "Expected end"),
            _("Last day of work, by the contract in force."),
        ),
        Column(
            "completed_on", "day", pgettext_lazy("column", "Completed on"),
            _("Day on which the project was completed."),
        ),
        Column(
            "total_cost_eur", "money", pgettext_lazy("column", "Total cost"),
            _("Total of the contract in force, in euro."),
        ),
        Column(
            "total_cost", "number", pgettext_lazy("column", "In the contract’s currency"),
            _("The same in the currency of the contract."),
        ),
        Column("currency", "code", pgettext_lazy("column", "Currency"), _("Currency of the contract.")),
        Column(
            "reported_eur", "money", pgettext_lazy("column", "Reported to date"),
            _("Costs reported to date, in euro; empty when not known."),
        ),
        Column("fund", "text", pgettext_lazy("column", "Fund"), _("Fund.")),
        Column("programme", "code", pgettext_lazy("column", "Programme"), _("Code of the programme.")),
        Column("programme_name", "text", pgettext_lazy("column", "Name of the programme"), _("Name of the programme.")),
        Column("period", "text", pgettext_lazy("column", "Period"), _("Programming period.")),
        Column("priority", "code", pgettext_lazy("column", "Priority"), _("Code of the priority.")),
        Column("call", "code", pgettext_lazy("column", "Call"), _("Code of the call.")),
        Column(
            "specific_objective", "code", pgettext_lazy("column", "Specific objective"),
            _("Code of the specific objective."),
        ),
        Column(
            "eu_rate_percent", "percent", pgettext_lazy("column", "Co-financing rate"),
            _("EU part of the total, in per cent."),
        ),
        Column(
            "locations", "text", pgettext_lazy("column", "Location"),
            _("Codes and names of municipalities and regions."),
        ),
        Column("country", "code", pgettext_lazy("column", "Country"), _("Country, two letters.")),
        Column(
            "beneficiary_location", "text", pgettext_lazy("column", "Location of the beneficiary"),
            _("Place of the beneficiary."),
        ),
        Column(
            "interventions", "text", pgettext_lazy("column", "Type of intervention"),
            _("Codes and names of the fields of intervention."),
        ),
        Column("state", "text", pgettext_lazy("column", "State"), _("State of the project.")),
        Column("contract_number", "code", pgettext_lazy("column", "Contract"), _("Number of the contract in force.")),
        Column("updated_on", "day", pgettext_lazy("column", "Updated on"), _("Day of the last change of these data.")),
        Column(
            "sample_data", "code", pgettext_lazy("column", "Sample data"),
            _("yes: an invented project that shows how the portal works."),
        ),
    ),
    _("Only what is published stands here; sample rows of costs and partners are left out."),
)  # fmt: skip
TABLES = (OPERATIONS,)
