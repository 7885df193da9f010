"""The tables of a progress report of a project."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reports.columns.contract import Column as _c
from reports.columns.contract import TableKind

_NUMBER = _c("number", "code", pgettext_lazy("column", "No."), _("Number of the activity in the contract."))
_TITLE = _c("title", "said", pgettext_lazy("column", "Activity"), _("Title in its own language."))

TABLES = (
    TableKind(
        "money_sources",
        _("Money by source"),
        (
            _c("source", "text", pgettext_lazy("column", "Source"), _("Source of funding.")),
            _c(
                "contracted",
                "money",
                pgettext_lazy("column", "Contracted"),
                _("Amount of the contract in force on the last day of the period."),
            ),
            _c(
                "period",
                "money",
                pgettext_lazy("column", "Reported in the period"),
                _("Costs reported from the first to the last day of the period."),
            ),
            _c(
                "to_date",
                "money",
                pgettext_lazy("column", "Reported to date"),
                _("Costs reported up to the last day of the period."),
            ),
            _c("left", "money", pgettext_lazy("column", "Left"), _("Contracted less reported to date.")),
            _c(
                "share",
                "percent",
                pgettext_lazy("column", "Share"),
                _("Share of the source in the contracted total."),
            ),
        ),
        _("Lev amounts are converted as totals, 1 EUR = 1.95583 BGN; rows may differ from the total by a cent."),
    ),
    TableKind(
        "money_activities",
        _("Money by activity"),
        (
            _NUMBER,
            _TITLE,
            _c(
                "original",
                "money",
                pgettext_lazy("column", "In the contract’s currency"),
                _("Contracted amount in the currency of the contract."),
            ),
            _c(
                "contracted",
                "money",
                pgettext_lazy("column", "Contracted"),
                _("Sum of the budget lines of the activity."),
            ),
            _c(
                "period",
                "money",
                pgettext_lazy("column", "Reported in the period"),
                _("Costs reported from the first to the last day of the period."),
            ),
            _c(
                "to_date",
                "money",
                pgettext_lazy("column", "Reported to date"),
                _("Costs reported up to the last day of the period."),
            ),
            _c("left", "money", pgettext_lazy("column", "Left"), _("Contracted less reported to date.")),
            _c(
                "share",
                "percent",
                pgettext_lazy("column", "Reported, share"),
                _("Reported to date as a share of contracted."),
            ),
        ),
        _("A row of an activity includes its sub-activities."),
    ),
    TableKind(
        "activities",
        _("Sessions and attendance by activity"),
        (
            _NUMBER,
            _TITLE,
            _c("sessions", "count", pgettext_lazy("column", "Sessions held"), _("Sessions held in the period.")),
            _c("hours", "hours", pgettext_lazy("column", "Hours held"), _("Hours of these sessions.")),
            _c("cancelled", "count", pgettext_lazy("column", "Cancelled"), _("Sessions cancelled in the period.")),
            _c(
                "people",
                "count",
                pgettext_lazy("column", "People who came"),
                _("Participants marked here or late at least once; rows overlap and are not added."),
            ),
            _c("came", "count", pgettext_lazy("column", "Attendances"), _("Marks “here” or “late”.")),
            _c("marks", "count", pgettext_lazy("column", "Marks"), _("All marks: here, late, absent, excused.")),
            _c("rate", "percent", pgettext_lazy("column", "Attendance"), _("Attendances as a share of marks.")),
            _c(
                "person_hours",
                "hours",
                pgettext_lazy("column", "Participant hours"),
                _("Hours of the sessions times people who came."),
            ),
        ),
        _("A row of an activity includes its sub-activities."),
    ),
    TableKind(
        "outputs",
        _("Planned outputs"),
        (
            _NUMBER,
            _c("output", "said", pgettext_lazy("column", "Output"), _("What the contract promises.")),
            _c("counted", "text", pgettext_lazy("column", "Counted from"), _("Which records count.")),
            _c("planned", "number", pgettext_lazy("column", "Planned"), _("Planned for the whole project.")),
            _c("period", "number", pgettext_lazy("column", "In the period"), _("Reached in the period.")),
            _c(
                "to_date",
                "number",
                pgettext_lazy("column", "To date"),
                _("Reached from the start of the project to the last day of the period."),
            ),
            _c("share", "percent", pgettext_lazy("column", "Reached"), _("To date as a share of planned.")),
        ),
    ),
    TableKind(
        "counters",
        _("People and schools"),
        (
            _c(
                "counter",
                "text",
                pgettext_lazy("column", "Counter"),
                _("Counters stand side by side and are never added."),
            ),
            _c("planned", "count", pgettext_lazy("column", "Planned"), _("Promised in the contract.")),
            _c("period", "count", pgettext_lazy("column", "In the period"), _("Counted in the period.")),
            _c(
                "to_date",
                "count",
                pgettext_lazy("column", "To date"),
                _("Counted up to the last day of the period."),
            ),
            _c("share", "percent", pgettext_lazy("column", "Reached"), _("To date as a share of planned.")),
        ),
        _("People reached by outreach are a number and are not participants. The counters are never added."),
    ),
    TableKind(
        "indicators",
        _("ESF+ common indicators"),
        (
            _c("code", "code", pgettext_lazy("column", "Code"), _("Code of the indicator in SFC2021.")),
            _c("name", "text", pgettext_lazy("column", "Indicator"), _("Name of the indicator.")),
            _c("women", "count", pgettext_lazy("column", "Women"), _("Women counted in the period.")),
            _c("men", "count", pgettext_lazy("column", "Men"), _("Men counted in the period.")),
            _c(
                "non_binary",
                "count",
                pgettext_lazy("column", "Non-binary"),
                _("Non-binary persons counted in the period."),
            ),
            _c("total", "count", pgettext_lazy("column", "Total"), _("All persons counted in the period.")),
            _c(
                "women_to_date",
                "count",
                pgettext_lazy("column", "Women, to date"),
                _("Women counted up to the last day of the period."),
            ),
            _c(
                "men_to_date",
                "count",
                pgettext_lazy("column", "Men, to date"),
                _("Men counted up to the last day of the period."),
            ),
            _c(
                "non_binary_to_date",
                "count",
                pgettext_lazy("column", "Non-binary, to date"),
                _("Non-binary persons counted up to the last day of the period."),
            ),
            _c(
                "total_to_date",
                "count",
                pgettext_lazy("column", "Total, to date"),
                _("All persons counted up to the last day of the period."),
            ),
        ),
        _("One person counts once per project. Outputs are placed by the entry date, results by the exit date."),
    ),
    TableKind(
        "weeks",
        _("Attendance by week"),
        (
            _c("week", "day", pgettext_lazy("column", "Week from"), _("Monday of the week.")),
            _c("sessions", "count", pgettext_lazy("column", "Sessions held"), _("Sessions held in the week.")),
            _c("came", "count", pgettext_lazy("column", "Attendances"), _("Marks “here” or “late”.")),
            _c("marks", "count", pgettext_lazy("column", "Marks"), _("All marks: here, late, absent, excused.")),
            _c("rate", "percent", pgettext_lazy("column", "Attendance"), _("Attendances as a share of marks.")),
        ),
    ),
    TableKind(
        "months",
        _("Reported money by month"),
        (
            _c("month", "day", pgettext_lazy("column", "Month from"), _("First day of the month.")),
            _c("reported", "money", pgettext_lazy("column", "Reported"), _("Costs reported in the month.")),
            _c(
                "to_date",
                "money",
                pgettext_lazy("column", "To date"),
                _("Costs reported up to the end of the month."),
            ),
        ),
    ),
    TableKind(
        "costs",
        _("Costs reported in the period"),
        (
            _c(
                "reported_on",
                "day",
                pgettext_lazy("column", "Reported on"),
                _("Day on which the cost was reported."),
            ),
            _c("line", "code", pgettext_lazy("column", "Budget line"), _("Code of the budget line.")),
            _c("number", "code", pgettext_lazy("column", "Activity"), _("Number of the activity.")),
            _c("document", "text", pgettext_lazy("column", "Document"), _("Kind and number of the document.")),
            _c("document_on", "day", pgettext_lazy("column", "Document date"), _("Date of the document.")),
            _c("currency", "code", pgettext_lazy("column", "Currency"), _("Currency of the document.")),
            _c(
                "amount",
                "number",
                pgettext_lazy("column", "Amount"),
                _("Amount in the currency of the document; a correction is negative."),
            ),
            _c("eur", "money", pgettext_lazy("column", "In euro"), _("The same amount in euro.")),
        ),
    ),
    TableKind(
        "evidence",
        _("List of evidence"),
        (
            _c(
                "day",
                "day",
                pgettext_lazy("column", "Day"),
                _("Day of the session, else the day the file was added."),
            ),
            _c("number", "code", pgettext_lazy("column", "Activity"), _("Number of the activity.")),
            _c("kind", "text", pgettext_lazy("column", "Kind"), _("Kind of evidence.")),
            _c("size", "count", pgettext_lazy("column", "Bytes"), _("Size of the file in bytes.")),
            _c("sha256", "code", "SHA-256", _("Hash of the file, to prove it is unchanged.")),
        ),
        _("File names are left out because they may hold names of children."),
    ),
)
