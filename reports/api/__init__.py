"""Figures and reports for programs."""

from reports.api.calendars import CalendarDoor
from reports.api.filings import FilingDoor, FilingFeedDoor
from reports.api.layouts import LayoutDoor, LayoutPreviewDoor
from reports.api.official import AnnexDoor, KohesioDoor
from reports.api.reports import SEEN_WITH, FiguresDoor, ReportDoor, ReportFileDoor
from reports.api.trail import AuditEventDoor

__all__ = [
    "SEEN_WITH", "AnnexDoor", "AuditEventDoor", "CalendarDoor", "FiguresDoor", "FilingDoor", "FilingFeedDoor",
    "KohesioDoor", "LayoutDoor", "LayoutPreviewDoor", "ReportDoor", "ReportFileDoor",
]  # fmt: skip
