"""Progress report of a project: working figures of any moment; and the same as a project submits it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.access import Permission
from reports import snapshot
from reports.catalogue import PROGRESS as WORKING
from reports.catalogue import SUBMITTED as HANDED_IN
from reports.catalogue import Kind
from reports.figures import progress
from reports.library import chart
from reports.models import Report

VERSION = snapshot.TEMPLATE_VERSION
HELD = (  # tables by heading; a programme has either a library of indicators or the common ones alone
    (_("Money"), ("money_sources", "money_activities")),
    (_("Activities"), ("activities", "outputs", "weeks")),
    (_("People"), ("counters", "indicators", "indicator_targets", "counted_indicators", "typed_indicators",
                   "estimated_indicators", "indicator_definitions")),
    (_("Costs and evidence"), ("months", "costs", "evidence")),
)  # fmt: skip


def take(report: Report) -> dict[str, Any]:
    assert report.project is not None
    return snapshot.of_progress(progress(report.project, report.from_on, report.to_on, report.language))


PROGRESS = Kind(
    key=WORKING,
    name=_("Progress report"),
    about=_(
        "Contract, activities, people, indicators, money, charts and the list of evidence of one project in one period."
    ),
    take=take,
    template="pdf/progress.html",
    version=VERSION,
    charts={"indicator_targets": chart},
    tables=HELD,
)
SUBMITTED = Kind(
    key=HANDED_IN,
    name=_("Submitted report"),
    about=_("A report a project owes, sealed when it was handed in."),
    take=None,
    asked_with=None,
    seen_with=(Permission.REPORT_VIEW, Permission.FILING_VIEW),
    template="pdf/progress.html",
    version=VERSION,
    charts={"indicator_targets": chart},
    tables=HELD,
)
