"""Figures and reports for programs."""

from reports.api.filings import FilingDoor, FilingFeedDoor
from reports.api.layouts import LayoutDoor
from reports.api.reports import SEEN_WITH, FiguresDoor, ReportDoor, ReportFileDoor

__all__ = ["SEEN_WITH", "FiguresDoor", "FilingDoor", "FilingFeedDoor", "LayoutDoor", "ReportDoor", "ReportFileDoor"]
