"""Input of the pages about reports."""

from reports.forms.filings import AddFilingForm, DecideForm, ScheduleForm, SectionsForm, SkipForm
from reports.forms.layouts import LayoutLogoForm, LayoutSectionForm, LayoutWordsForm, NewLayoutForm
from reports.forms.reports import AskForm, FindForm, VerifyForm, find_project, periods

__all__ = [
    "AddFilingForm",
    "AskForm",
    "DecideForm",
    "FindForm",
    "LayoutLogoForm",
    "LayoutSectionForm",
    "LayoutWordsForm",
    "NewLayoutForm",
    "ScheduleForm",
    "SectionsForm",
    "SkipForm",
    "VerifyForm",
    "find_project",
    "periods",
]
