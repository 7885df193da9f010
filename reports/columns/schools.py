"""Tables of the report card of a school and of the report of a network of schools."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reports.columns.contract import Column, TableKind

_MEASURE = (
    Column("measure", "code", pgettext_lazy("column", "Code"), _("Code of the measure.")),
    Column("name", "said", pgettext_lazy("column", "Measure"), _("Name of the measure.")),
    Column("year", "code", pgettext_lazy("column", "School year"), _("School year, such as 2025/2026.")),
)
_VALUE = (
    Column("numerator", "number", pgettext_lazy("column", "Numerator"), _("What is counted; of a mean the sum.")),
    Column("denominator", "number", pgettext_lazy("column", "Denominator"), _("Of how many; empty for a count.")),
    Column("value", "number", pgettext_lazy("column", "Value"), _("Numerator by denominator, in the unit beside it.")),
    Column("unit", "text", pgettext_lazy("column", "Unit"), _("Per cent, per pupil, mean or number.")),
)
_MISSING = _("What a school did not report is not here: it is not a 0.")

CARD = TableKind(
    "school_measures",
    _("Figures of the school years"),
    (
        *_MEASURE,
        *_VALUE,
        Column("all_value", "number", pgettext_lazy("column", "All schools"),
               _("The same over the schools of its projects: sum of numerators by sum of denominators.")),
        Column("schools", "count", pgettext_lazy("column", "Schools"), _("How many schools that is.")),
    ),
    _MISSING,
)  # fmt: skip
DONE = TableKind(
    "school_projects",
    _("Projects of the school in the school year"),
    (
        Column("number", "code", pgettext_lazy("column", "Project"), _("Number of the project.")),
        Column("title", "said", pgettext_lazy("column", "Title"), _("Title in its own language.")),
        Column("sessions", "count", pgettext_lazy("column", "Sessions held"), _("Sessions held at the school.")),
        Column("hours", "hours", pgettext_lazy("column", "Hours held"), _("Hours of these sessions.")),
        Column("people", "count", pgettext_lazy("column", "People who came"),
               _("Participants who came at least once; projects overlap and are not added.")),
        Column("rate", "percent", pgettext_lazy("column", "Attendance"), _("Attendances as a share of marks.")),
        Column("person_hours", "hours", pgettext_lazy("column", "Participant hours"),
               _("Hours of the sessions times people who came.")),
    ),
)  # fmt: skip
NETWORK = TableKind(
    "network_measures",
    _("Figures of the network by school year"),
    (
        *_MEASURE,
        *_VALUE,
        Column("schools", "count", pgettext_lazy("column", "Schools"), _("How many schools reported the measure.")),
        Column("members", "count", pgettext_lazy("column", "Members"), _("How many schools were in the network then.")),
        Column("panel_value", "number", pgettext_lazy("column", "Same schools"),
               _("The same over the schools that reported it in every year, so that years compare the same schools.")),
        Column("panel_schools", "count", pgettext_lazy("column", "Same schools, number"),
               _("How many schools reported it in every year.")),
    ),
    _("Totals are sums of numerators by sums of denominators, never means of rates."),
)  # fmt: skip
REPORTED = TableKind(
    "network_reported",
    _("What each school reported for the school year"),
    (
        Column("code", "code", pgettext_lazy("column", "School code"), _("Code of the school.")),
        Column("name", "said", pgettext_lazy("column", "School"), _("Name in its own language.")),
        Column("place", "said", pgettext_lazy("column", "Place"), _("Place of the school.")),
        Column("reported", "count", pgettext_lazy("column", "Measures reported"), _("Measures it reported.")),
        Column("missing", "count", pgettext_lazy("column", "Measures missing"), _("Measures it did not report.")),
    ),
    _MISSING,
)
BY_SCHOOL = TableKind(
    "network_schools",
    _("Figures of each school in the school year"),
    (
        *_MEASURE[:2],
        Column("code", "code", pgettext_lazy("column", "School code"), _("Code of the school.")),
        Column("school", "said", pgettext_lazy("column", "School"), _("Name in its own language.")),
        *_VALUE,
    ),
    _MISSING,
)
TABLES = (CARD, DONE, NETWORK, REPORTED, BY_SCHOOL)
