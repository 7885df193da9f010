"""The trail: who did what, when and why, within the projects a person may audit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from activities.models import Evidence, Session
from beneficiaries.models import Attendance
from budgets.models import Amendment, Claim, Correction, Deliverable, LineDecision, Payment, PaymentApplication, Visit
from core import formats
from core.export import csv_lines
from core.models import AuditEvent, Role, System
from core.requests import Request
from projects.models import Project
from projects.views import query_of, taken_away
from reports.filters import ACTIONS, TrailFilter
from reports.indicators.models import Value
from reports.models import Filing, Report
from reports.overview import chain
from reports.taken import TRAIL, events_for

SIZES = (25, 50, 100)
MOST_COUNTED = 10_000  # beyond it the exact number of events tells nobody anything and costs a long count

FIELDS = {
    "state": gettext_lazy("State"),
    "marks": gettext_lazy("Mark"),
    "version": pgettext_lazy("of a record", "Version"),
    "kind": pgettext_lazy("trail field", "Kind"),
    "activity": gettext_lazy("Activity"),
    "group": gettext_lazy("Group"),
    "on": pgettext_lazy("trail field", "Day"),
    "starts_at": pgettext_lazy("time of a session", "From"),
    "ends_at": pgettext_lazy("time of a session", "To"),
    "month": gettext_lazy("Month"),
    "hours": gettext_lazy("Hours"),
    "place": gettext_lazy("Place"),
    "leader": gettext_lazy("Led by"),
    "topic": gettext_lazy("Topic"),
    "number": pgettext_lazy("trail field", "Number"),
    "document": gettext_lazy("Document"),
    "document_on": gettext_lazy("Document date"),
    "reported_on": gettext_lazy("Reported on"),
    "currency": gettext_lazy("Currency"),
    "total": gettext_lazy("Amount"),
    "eu_part": gettext_lazy("EU part"),
    "national_part": gettext_lazy("National part"),
    "own_part": gettext_lazy("Own part"),
    "line": gettext_lazy("Budget line"),
    "lines": gettext_lazy("Budget lines"),
    "corrects": gettext_lazy("Corrects"),
    "role": gettext_lazy("Role"),
    "person": gettext_lazy("Person"),
    "programme": gettext_lazy("Programme"),
    "organisation": gettext_lazy("School or partner"),
    "from": pgettext_lazy("first day of a period", "From"),
    "to": pgettext_lazy("last day of a period", "To"),
    "until": pgettext_lazy("last day of a role", "Until"),
    "language": gettext_lazy("Language"),
    "code": pgettext_lazy("trail field", "Code"),
    "entered_on": gettext_lazy("Entry date"),
    "left_on": gettext_lazy("Exit date"),
    "labour_status": gettext_lazy("Situation on the day of entry"),
    "education": gettext_lazy("Education (ISCED level)"),
    "gender": gettext_lazy("Gender"),
    "born_on": gettext_lazy("Date of birth"),
    "sha256": "SHA-256",
    "file": gettext_lazy("File"),
    "rows": gettext_lazy("Rows"),
    "indicator": gettext_lazy("Indicator"),
    "session": gettext_lazy("Session"),
    "contract": gettext_lazy("Contract"),
    "questions": gettext_lazy("Questions"),
    "answers": gettext_lazy("Answers"),
    "costs": pgettext_lazy("trail field", "Costs"),
    "decision": gettext_lazy("Decision"),
    "paid_on": gettext_lazy("Paid on"),
    "units": gettext_lazy("Number of units"),
    "from_on": pgettext_lazy("first day of a period", "From"),
    "to_on": pgettext_lazy("last day of a period", "To"),
    "results": gettext_lazy("Results"),
    "declarations": gettext_lazy("Declarations"),
    "advance": gettext_lazy("Advance"),
    "claim": gettext_lazy("Payment claim"),
    "procedure": gettext_lazy("Procedure"),
    "class": gettext_lazy("Class"),
    "error": gettext_lazy("Type of error"),
    "found_by": gettext_lazy("Found by"),
    "found_on": gettext_lazy("Found on"),
    "way": gettext_lazy("What was paid already"),
    "reference": gettext_lazy("Number of the payment order"),
    "claims": gettext_lazy("Payment claims"),
    "year": gettext_lazy("Accounting year"),
    "due_on": gettext_lazy("Due on"),
    "share": gettext_lazy("Share of the lump sum, %"),
    "score": gettext_lazy("Score"),
    "on_paper": gettext_lazy("Amount on the document"),
    "rate": gettext_lazy("For one euro"),
    "instalments": gettext_lazy("Instalments, %"),
    "planned_on": gettext_lazy("Planned for"),
    "done_on": gettext_lazy("Made on"),
    "finding": gettext_lazy("Finding"),
    "report_days": gettext_lazy("Days for the final report"),
    "interim_months": gettext_lazy("An interim report every so many months"),
    "interim_days": gettext_lazy("Days for an interim report"),
    "refusal": pgettext_lazy("trail field", "Why"),
    "address": gettext_lazy("Address"),
}
STATES = {
    "budgets.amendment": Amendment.State,
    "activities.session": Session.State,
    "reports.report": Report.State,
    "projects.project": Project.State,
    "budgets.claim": Claim.State,
    "budgets.correction": Correction.State,
    "budgets.paymentapplication": PaymentApplication.State,
    "budgets.deliverable": Deliverable.State,
    "reports.filing": Filing.State,
    "indicators.value": Value.State,
    "budgets.visit": Visit.State,
}
CODES = {"marks": Attendance.Mark, "role": Role, "decision": LineDecision.Verdict, "class": Correction.Kind,
         "found_by": Correction.FoundBy, "way": Correction.Way, "error": LineDecision.Error,
         "refusal": System.Refusal}  # fmt: skip
ORIGINS = {
    "page": pgettext_lazy("origin of a change", "in the portal"),
    "api": pgettext_lazy("origin of a change", "through the API"),
    "task": pgettext_lazy("origin of a change", "by a worker"),
    "import": pgettext_lazy("origin of a change", "by an import"),
    "command": pgettext_lazy("origin of a change", "by a command"),
}


@dataclass(frozen=True)
class Change:
    """One value that changed: its name in words, before and after."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Told:
    """An audit event in words."""

    event: AuditEvent
    what: str
    through: str
    changes: list[Change]  # values that were one thing and became another
    facts: list[Change]  # values of something new, or of something that was only looked at


def told(events: Iterable[AuditEvent]) -> list[Told]:
    """Events as people read them; codes become words where the portal knows them."""
    found = []
    for event in events:
        values = list(_changes(event))
        changed = [v for v in values if v.before] if event.before else []
        new = [v for v in values if v not in changed]
        what, through = str(ACTIONS.get(event.action, event.action)), str(ORIGINS.get(event.origin, event.origin))
        found.append(Told(event, what, through, changed, new))
    return found


def _changes(event: AuditEvent) -> Iterator[Change]:
    order = list(FIELDS)
    names = sorted({*event.before, *event.after}, key=lambda n: (order.index(n) if n in FIELDS else len(order), n))
    for name in names:
        before, after = event.before.get(name), event.after.get(name)
        if isinstance(before, dict) or isinstance(after, dict):
            before, after = before or {}, after or {}
            for key in [*before, *(k for k in after if k not in before)]:
                field = f"{FIELDS.get(name, name)} {key}"
                yield Change(field, _word(event, name, before.get(key)), _word(event, name, after.get(key)))
        elif before != after:
            yield Change(str(FIELDS.get(name, name)), _word(event, name, before), _word(event, name, after))


def _word(event: AuditEvent, name: str, value: Any) -> str:
    """A value in words: states, marks and roles by their label, everything else as it was written down."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    choices: Any = CODES.get(name)
    if name == "state":
        choices = STATES.get(event.kind)
    elif name == "kind" and event.kind == "activities.evidence":
        choices = Evidence.Kind
    elif name == "kind" and event.kind == "budgets.claim":
        choices = Claim.Kind
    elif name == "kind" and event.kind == "budgets.payment":
        choices = Payment.Kind
    if choices is not None and value in choices.values:
        return str(choices(value).label)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return formats.day(date.fromisoformat(value), get_language() or "en")
    return str(value)


class Pages(Paginator):
    """Counts no further than MOST_COUNTED."""

    @cached_property
    def count(self) -> int:
        events: Any = self.object_list
        return events.order_by()[: MOST_COUNTED + 1].count()


def size_of(request: HttpRequest, default: int = 25) -> int:
    """Rows on a page, as chosen in the address."""
    asked = request.GET.get("size", "")
    return int(asked) if asked.isdecimal() and int(asked) in SIZES else default


def chips(filtered: Any, request: HttpRequest) -> list[dict[str, str]]:
    """The filters in force, each with the list without it."""
    found = []
    for field in filtered.form:
        value = request.GET.get(field.html_name, "").strip()
        if not value or field.errors:
            continue
        query = request.GET.copy()
        for name in (field.html_name, "page"):
            query.pop(name, None)
        words = str(dict(getattr(field.field, "choices", [])).get(value, value))
        found.append({"label": str(field.label), "value": words, "url": f"?{query.urlencode()}"})
    return found


def without_page(request: HttpRequest) -> str:
    """The query of this page without its page number: for the same rows as a file."""
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


@login_required
@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    filtered = TrailFilter(request.GET, queryset=events_for(request.user))
    page = Pages(filtered.qs, size_of(request)).get_page(request.GET.get("page"))
    context = {
        "filter": filtered,
        "form": filtered.form,
        "page": page,
        "events": told(page.object_list),
        "chips": chips(filtered, request),
        "csv_url": f"{reverse('reports:trail_csv')}?{without_page(request)}",
        "chain": chain(),
        "sizes": SIZES,
        "size": size_of(request),
        "many": page.paginator.count > MOST_COUNTED,
    }
    return render(request, "reports/trail.html", context)


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> StreamingHttpResponse:
    """Rows as a CSV file that is sent while it is written; see `csv_lines`."""
    lines = csv_lines(columns, ([row.get(column) for column in columns] for row in rows))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_safe
def trail_csv(request: Request) -> HttpResponseBase:
    """The events that the filter leaves, as CSV, newest first; many are written by a worker. The export itself is
    written down."""
    filtered = TrailFilter(request.GET, queryset=events_for(request.user))
    if not filtered.form.is_valid():
        return trail(request)
    return taken_away(request, TRAIL, query_of(request, *TRAIL.filters))
