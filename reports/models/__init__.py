"""What the portal keeps about reports: those that were made, with their files, and those that projects owe."""

from reports.models.calendars import CalendarLink
from reports.models.desk import Remake, ReportSource, Watch
from reports.models.filings import LONGEST_TEXT, Decision, Filing, FilingQuerySet, Remark, Section, Submission
from reports.models.layouts import Layout, LayoutLogo, LayoutQuerySet, LayoutVersion
from reports.models.reports import SUBJECT, Report, ReportFile, ReportQuerySet

__all__ = [
    "LONGEST_TEXT",
    "SUBJECT",
    "CalendarLink",
    "Decision",
    "Filing",
    "FilingQuerySet",
    "Layout",
    "LayoutLogo",
    "LayoutQuerySet",
    "LayoutVersion",
    "Remake",
    "Remark",
    "Report",
    "ReportFile",
    "ReportQuerySet",
    "ReportSource",
    "Section",
    "Submission",
    "Watch",
]
