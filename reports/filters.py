"""Which period, which programme, which events: the choices above figures, kept in the address so they can be shared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.forms import DayField
from core.models import AuditEvent
from projects.filters import ProjectFilter
from projects.models import Project
from reports import checks
from reports.overview import quarter_of


def day_input() -> forms.DateInput:
    """A field for a typed day, which says below what was understood."""
    return forms.DateInput(attrs={"inputmode": "numeric", "autocomplete": "off"})


@dataclass(frozen=True)
class Preset:
    """A period one may choose with one click."""

    label: Any
    start: date
    end: date


class PeriodForm(forms.Form):
    """`?from=&to=`, both days counted. Without them, or with wrong ones, the whole time of the contract until today."""

    def __init__(self, data: Any, *, project: Project, today: date) -> None:
        given = data if {"from", "to"} & set(data) else None
        super().__init__(given, prefix=None)
        self.project, self.today = project, today
        self.fields["from"] = DayField(label=pgettext_lazy("first day of a period", "From"), widget=day_input())
        self.fields["to"] = DayField(label=pgettext_lazy("last day of a period", "To"), widget=day_input())
        self.default = default_period(project, today)
        self.fields["from"].initial, self.fields["to"].initial = self.default

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("from"), cleaned.get("to")
        if start and end:
            for name, messages in checks.problems(self.project, start, end).items():
                for message in messages:
                    if name in self.fields:
                        self.add_error(name, message)
        return cleaned

    @property
    def period(self) -> tuple[date, date]:
        """The period chosen when it is right, else the default one."""
        if self.is_bound and self.is_valid():
            return self.cleaned_data["from"], self.cleaned_data["to"]
        return self.default

    @property
    def chosen(self) -> bool:
        return self.is_bound and self.is_valid() and self.period != self.default

    def presets(self) -> list[Preset]:
        """The whole contract, this and the last quarter, this year: what of them lies in the contract."""
        first, last = self.default
        quarter = quarter_of(self.today)
        before = quarter_of(quarter[0] - timedelta(days=1))
        year = date(self.today.year, 1, 1), date(self.today.year, 12, 31)
        wanted = [
            Preset(_("Whole project until today"), first, last),
            Preset(_("This quarter"), *quarter),
            Preset(_("Last quarter"), *before),
            Preset(_("This year"), *year),
        ]
        cut = [Preset(p.label, max(p.start, first), min(p.end, last)) for p in wanted]
        return [p for p in cut if p.start <= p.end]


def default_period(project: Project, today: date) -> tuple[date, date]:
    """From the first day of the contract (work or eligibility) to today, or to its last day once that is over."""
    contract = project.contract_on(today)
    firsts = [d for d in (contract.starts_on, contract.eligible_from) if d] if contract else []
    lasts = [d for d in (contract.ends_on, contract.eligible_to) if d] if contract else []
    start = min(firsts, default=date(today.year, 1, 1))
    end = min(today, max(lasts, default=today))
    return start, max(start, end)


class DashboardFilter(ProjectFilter):
    """The programme is enough on the dashboard."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in list(self.filters):
            if name != "programme":
                del self.filters[name]


ACTIONS = {
    "account.signed_in": _("Signed in"),
    "account.signed_out": _("Signed out"),
    "account.preferences": _("Changed own settings"),
    "account.filter_saved": _("Filter of a list saved"),
    "account.filter_dropped": _("Filter of a list dropped"),
    "account.made": _("Account made"),
    "token.made": _("API token made"),
    "token.revoked": _("API token revoked"),
    "webhook.added": _("Webhook added"),
    "webhook.changed": _("Webhook changed"),
    "webhook.secret_renewed": _("New secret for a webhook"),
    "webhook.paused": _("Webhook paused"),
    "webhook.resumed": _("Webhook resumed"),
    "webhook.tested": _("Webhook tested"),
    "webhook.replayed": _("Messages of a webhook sent again"),
    "webhook.removed": _("Webhook removed"),
    "system.made": _("System let in"),
    "system.revoked": _("System revoked"),
    "system.secret_renewed": _("New secret of a system"),
    "system.refused": _("System turned away"),
    "calendar.made": _("Link to the calendar made"),
    "calendar.renewed": _("Link to the calendar renewed"),
    "calendar.revoked": _("Link to the calendar revoked"),
    "codes.loaded": _("Code list loaded"),
    "external_id.given": _("Id of another system given"),
    "bulk.asked": _("Many rows sent by a program"),
    "bulk.over": _("Job of many rows over"),
    "project.added": _("Project added"),
    "project.texts_changed": _("Texts of the project changed"),
    "contract.added": _("Contract version added"),
    "contract.lines_carried": _("Budget lines carried over"),
    "amendment.begun": _("Amendment begun"),
    "amendment.changed": _("Copy of the contract changed"),
    "amendment.renewed": _("Amendment brought up to date"),
    "amendment.sent": _("Amendment sent"),
    "amendment.returned": _("Amendment returned to be corrected"),
    "amendment.refused": _("Amendment refused"),
    "amendment.approved": _("Amendment approved"),
    "amendment.withdrawn": _("Amendment withdrawn"),
    "amendment.paper_added": _("Document of an amendment attached"),
    "amendment.paper_removed": _("Document of an amendment taken out"),
    "amendment.paper_fetched": _("Document of an amendment downloaded"),
    "amendment.carried": _("Targets and partners of an amendment in force"),
    "outage.recorded": _("Outage of the portal written down"),
    "rates.loaded": _("Accounting rates loaded"),
    "deliverable.planned": _("Deliverable planned"),
    "deliverable.changed": _("Plan of a deliverable changed"),
    "deliverable.dropped": _("Deliverable taken out"),
    "deliverable.moved": _("Deliverable moved on"),
    "filing.planned": _("Report put into the schedule"),
    "filing.written": _("Texts of a report written"),
    "filing.moved": _("Report of a project moved on"),
    "filing.reminded": _("Reminded of a report"),
    "indicator.added": _("Indicator added"),
    "indicator.common_added": _("Common indicators added"),
    "indicator.changed": _("Definition of an indicator changed"),
    "indicator.target": _("Target of an indicator set"),
    "indicator.estimated": _("Informed estimate written down"),
    "indicator.issued": _("Results published"),
    "indicator.drifted": _("Recount found a figure that differs"),
    "indicator.drift_explained": _("Differing figure explained"),
    "allocation.added": _("Part of the financial plan added"),
    "allocation.changed": _("Part of the financial plan changed"),
    "allocation.removed": _("Part of the financial plan removed"),
    "layout.added": _("Layout of reports added"),
    "layout.begun": _("New version of a layout begun"),
    "layout.changed": _("Layout of reports changed"),
    "layout.dropped": _("Draft of a layout dropped"),
    "layout.published": _("Layout of reports published"),
    "layout.retired": _("Layout of reports retired"),
    "value.changed": _("Typed value changed"),
    "value.moved": _("Typed value moved on"),
    "school.figure": _("Figure of a school year written down"),
    "visit.planned": _("On-the-spot visit planned"),
    "visit.changed": _("Plan of an on-the-spot visit changed"),
    "visit.moved": _("On-the-spot visit moved on"),
    "visit.finding_added": _("Finding written down"),
    "visit.finding_answered": _("Finding answered"),
    "visit.finding_closed": _("Finding closed"),
    "cost.taken_back": _("Imported cost taken back"),
    "project.assessed": _("Final report scored"),
    "claim.begun": _("Payment claim begun"),
    "claim.changed": _("Payment claim changed"),
    "claim.costs_chosen": _("Costs of a payment claim chosen"),
    "claim.cost_entered": _("Cost entered into a payment claim"),
    "claim.costs_taken_back": _("Costs taken back out of a payment claim"),
    "cost.computed": _("Simplified cost computed"),
    "procurement.entered": _("Contract with a supplier entered"),
    "procurement.changed": _("Contract with a supplier changed"),
    "claim.paper_added": _("File added to a payment claim"),
    "claim.moved": _("Payment claim moved on"),
    "claim.line_decided": _("Line of a payment claim decided"),
    "claim.lines_accepted": _("Lines of a payment claim accepted"),
    "claim.checklist_answered": _("Checklist of a payment claim answered"),
    "claim.sample_drawn": _("Sample of a payment claim drawn"),
    "claim.letter_made": _("Letter about a payment claim made"),
    "claim.letter_fetched": _("Letter about a payment claim downloaded"),
    "payment.recorded": _("Payment or recovery recorded"),
    "payment.cancelled": _("Payment cancelled"),
    "correction.made": _("Claim corrected"),
    "correction.turned": _("Correction followed up"),
    "application.drafted": _("Payment application drawn up"),
    "application.changed": _("Claims of a payment application chosen"),
    "application.discarded": _("Draft of a payment application discarded"),
    "application.sent": _("Payment application sent"),
    "member.added": _("Role given"),
    "member.removed": _("Role taken away"),
    "participant.erased": _("Identity erased"),
    "hold.put": _("Hold put"),
    "hold.ended": _("Hold ended"),
    "clarification.asked": _("Questions asked"),
    "clarification.asked_more": _("Further question asked"),
    "clarification.answered": _("Questions answered"),
    "clarification.closed": _("Clarification closed"),
    "activity.added": _("Activity added"),
    "activity.changed": _("Activity changed"),
    "group.added": _("Group added"),
    "group.changed": _("Group changed"),
    "session.planned": _("Session planned"),
    "session.changed": _("Session changed"),
    "session.cancelled": _("Session cancelled"),
    "period.reminded": _("Reminded that a month locks"),
    "period.asked": _("Asked to open a locked month again"),
    "period.declined": _("Request to open a month declined"),
    "period.opened": _("Locked month opened again"),
    "period.closed_again": _("Exception to a locked month taken back"),
    "attendance.marked": _("Attendance marked"),
    "upload.begun": _("File begun to be sent by pieces"),
    "upload.received": _("File sent by pieces came whole"),
    "upload.dropped": _("File sent by pieces dropped"),
    "evidence.added": _("Evidence added"),
    "evidence.removed": _("Evidence taken off the list"),
    "evidence.downloaded": _("Evidence downloaded"),
    "evidence.viewed": _("Evidence looked at"),
    "participant.added": _("Participant added"),
    "participant.changed": _("Participant’s data changed"),
    "participant.left": _("Participant left"),
    "participant.came_back": _("Participant came back"),
    "participant.joined_group": _("Participant joined a group"),
    "participant.consent_given": _("Consent or privacy notice written down"),
    "participant.consent_withdrawn": _("Consent taken back"),
    "participant.consent_opened": _("Signed form of consent opened"),
    "participant.follow_up_link": _("Link for the answer after six months made"),
    "participant.followed_up": _("Participant answered six months later"),
    "participant.moved": _("Participant moved to another school"),
    "participant.support_opened": _("Support plan opened"),
    "participant.support_measure": _("Measure added to the support plan"),
    "participant.support_review": _("Review of the support plan set"),
    "participant.support_reviewed": _("Support plan reviewed"),
    "participant.support_closed": _("Support plan closed"),
    "participant.support_shown": _("Support plan opened to read"),
    "participant.merged": _("Two records of a participant merged"),
    "participant.unmerged": _("Merge of two records undone"),
    "participant.not_same": _("Two records found to be two people"),
    "participant.left_group": _("Participant left a group"),
    "participant.results": _("Results of a participant entered"),
    "participant.viewed": _("Participant’s record opened"),
    "participant.names_shown": _("Names shown"),
    "participant.sensitive_shown": _("Sensitive answers shown"),
    "participant.listed": _("List of participants viewed"),
    "participant.exported": _("List of participants exported"),
    "participant.certified": _("Certificate of a participant printed"),
    "participant.rows_viewed": _("Records behind a figure viewed"),
    "import.begun": _("Import begun"),
    "import.failed": _("Import failed"),
    "import.brought_in": _("Spreadsheet imported"),
    "import.row_undone": _("Record taken back with its import"),
    "import.undone": _("Import undone"),
    "import.discarded": _("Import thrown away"),
    "cost.reported": _("Cost reported"),
    "cost.corrected": _("Cost corrected"),
    "report.asked": _("Report asked for"),
    "report.sealed": _("Report sealed"),
    "report.cancelled": _("Report cancelled"),
    "report.retried": _("Report tried again"),
    "report.failed": _("Report failed"),
    "report.put_away": _("Files of a report put away"),
    "report.files_cancelled": _("Making of the files of a report cancelled"),
    "report.files_asked": _("Files of a report asked for again"),
    "report.files_made": _("Files of a report made again"),
    "report.damaged": _("File of a report found damaged"),
    "report.downloaded": _("File of a report downloaded"),
    "export.asked": _("File of a table asked for"),
    "export.made": _("File of a table made"),
    "export.failed": _("File of a table could not be made"),
    "export.cancelled": _("File of a table cancelled"),
    "export.retried": _("File of a table asked for again"),
    "export.dropped": _("File of a table removed"),
    "trail.exported": _("Trail exported"),
    "projects.exported": _("List of projects exported"),
    "visits.exported": _("List of visits exported"),
    "corrections.exported": _("Register of corrections exported"),
    "application.exported": _("Entries of a payment application exported"),
    "accounts.exported": _("Accounts exported"),
    "school_years.exported": _("Figures of school years taken away as a file"),
    "demo.accounts": _("Sample accounts made"),
    "demo.programme": _("Sample programme loaded"),
    "demo.project": _("Sample project loaded"),
    "demo.money": _("Sample money loaded"),
    "demo.scaled": _("Large set of sample data made"),
    "demo.filled": _("Project filled with sample data"),
    "demo.school_years": _("Sample school years loaded"),
    "office.added": _("Added in the back office"),
    "office.changed": _("Changed in the back office"),
}
"""What happened, in words. An action that is not here yet is shown by its code."""


class DayFilter(django_filters.Filter):
    """A day as people write it, against a moment."""

    field_class = DayField


class TrailFilter(django_filters.FilterSet):
    """Events by project, person, action, object and day."""

    project = django_filters.CharFilter(lookup_expr="icontains", label=_("Project"))
    who = django_filters.CharFilter(field_name="by_name", lookup_expr="icontains", label=_("Person"))
    action = django_filters.ChoiceFilter(
        choices=list(ACTIONS.items()), label=_("Action"), empty_label=pgettext_lazy("filter: actions", "All")
    )
    key = django_filters.CharFilter(method="about", label=_("Object (key)"))

    class Meta:
        model = AuditEvent
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = {
            "from": DayFilter(
                "at", "date__gte", label=pgettext_lazy("first day of a period", "From"), widget=day_input()
            ),
            "to": DayFilter("at", "date__lte", label=pgettext_lazy("last day of a period", "To"), widget=day_input()),
        }
        for name, day in days.items():  # not as attributes: `from` is a word of the language
            day.model, day.parent = AuditEvent, self
            self.filters[name] = day

    def about(self, events: QuerySet[AuditEvent], name: str, value: str) -> QuerySet[AuditEvent]:
        return events.filter(key=value.strip())
