"""The API's addresses."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import Resolver404, path, re_path, register_converter, resolve, reverse
from django.urls.converters import StringConverter
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from activities.api import (
    ActivityBulkDoor,
    ActivityDoor,
    ActivityFeedDoor,
    EvidenceDoor,
    EvidenceFileDoor,
    GroupBulkDoor,
    GroupDoor,
    GroupFeedDoor,
    PeriodDoor,
    SessionBulkDoor,
    SessionDoor,
    SessionFeedDoor,
)
from beneficiaries.api import (
    AnswersDoor,
    AttendanceBulkDoor,
    AttendanceDoor,
    AttendanceFeedDoor,
    ConsentDoor,
    EraseDoor,
    FollowUpDoor,
    ImportDoor,
    MergeDoor,
    NameDoor,
    ParticipantBulkDoor,
    ParticipantDoor,
    ParticipantFeedDoor,
    RecordChangeDoor,
    SignedFormDoor,
    SupportDoor,
)
from budgets.api import (
    AccountDoor,
    AmendmentDecisionDoor,
    AmendmentDoor,
    AmendmentFeedDoor,
    AmendmentPaperDoor,
    ApplicationDoor,
    BudgetDoor,
    ClaimCheckDoor,
    ClaimChecklistDoor,
    ClaimDoor,
    ClaimFeedDoor,
    ClaimLetterDoor,
    ClaimLettersDoor,
    CorrectionDoor,
    CostBulkDoor,
    CostDoor,
    CostFeedDoor,
    DeliverableDoor,
    DeliverableFeedDoor,
    PaymentDoor,
    ProcurementDoor,
    ProcurementPaperDoor,
    VersionDoor,
    VisitDoor,
    VisitFeedDoor,
    VisitPaperDoor,
)
from config.reference import docs, language_of, schema
from core.api import oauth, problem_response
from core.api.bulk import BulkJobDoor
from core.api.doors import Door, operation
from core.api.shapes import Query
from core.api.uploads import UploadDoor
from projects.api import (
    CallDoor,
    CodeDoor,
    MeDoor,
    MemberDoor,
    MessageDoor,
    OrganisationDoor,
    OrganisationFeedDoor,
    ProgrammeDoor,
    ProjectDoor,
    ProjectFeedDoor,
)
from reports.api import (
    AnnexDoor,
    AuditEventDoor,
    CalendarDoor,
    FiguresDoor,
    FilingDoor,
    FilingFeedDoor,
    KohesioDoor,
    LayoutDoor,
    LayoutPreviewDoor,
    ReportDoor,
    ReportFileDoor,
)
from reports.indicators.api import EstimateDoor, LibraryDoor, SchoolYearDoor, ValueDoor, ValueFeedDoor
from reports.webhooks.api import DeliveryDoor, WebhookDoor

# --- addresses -------------------------------------------------------------------------------------------------------


class Start(serializers.Serializer):
    """Where everything is."""

    def get_fields(self):
        return {name: serializers.URLField() for name in LINKS}


class RootDoor(Door):
    authentication_classes = []
    permission_classes = [AllowAny]

    @operation(_("See what there is"), answers={200: Start}, query=Query)
    def retrieve(self, request):
        return Response({name: request.build_absolute_uri(reverse(url)) for name, url in LINKS.items()})


LINKS = {
    "schema": "api_schema",
    "webhooks": "api_webhooks",
    "deliveries": "api_deliveries",
    "docs": "api_docs",
    "me": "api_me",
    "programmes": "api_programmes",
    "calls": "api_calls",
    "projects": "api_projects",
    "messages": "api_messages",
    "activities": "api_activities",
    "organisations": "api_organisations",
    "groups": "api_groups",
    "sessions": "api_sessions",
    "participants": "api_participants",
    "follow-ups": "api_follow_ups",
    "changes-participants": "api_changes_participants",
    "changes-sessions": "api_changes_sessions",
    "changes-attendance": "api_changes_attendance",
    "changes-activities": "api_changes_activities",
    "changes-groups": "api_changes_groups",
    "changes-reported-costs": "api_changes_reported_costs",
    "changes-amendments": "api_changes_amendments",
    "changes-claims": "api_changes_claims",
    "changes-deliverables": "api_changes_deliverables",
    "changes-visits": "api_changes_visits",
    "changes-due-reports": "api_changes_due_reports",
    "changes-indicator-values": "api_changes_indicator_values",
    "changes-projects": "api_changes_projects",
    "changes-organisations": "api_changes_organisations",
    "reported-costs": "api_costs",
    "amendments": "api_amendments",
    "claims": "api_claims",
    "deliverables": "api_deliverables",
    "visits": "api_visits",
    "reports": "api_reports",
    "due-reports": "api_filings",
    "indicator-values": "api_indicator_values",
    "layouts": "api_layouts",
    "codes": "api_codes",
    "audit-events": "api_audit_events",
}


@csrf_exempt
def nowhere(request: HttpRequest, rest: str) -> HttpResponse:
    """No such address: a problem document; where only the last slash is missing, the way there with method and body."""
    if not rest.endswith("/"):
        try:
            meant = resolve(request.path_info + "/")
        except Resolver404:
            pass
        else:
            if meant.func is not nowhere:
                query = request.META.get("QUERY_STRING", "")
                there = f"{request.path}/{'?' if query else ''}{query}"
                return HttpResponsePermanentRedirect(there, preserve_request=True)
    with override(language_of(request)):
        return problem_response(404, str(_("There is nothing at this address, or it is not for you to see.")))


class NumberConverter(StringConverter):
    """A project number: letters, digits, dots and dashes."""

    regex = r"[A-Za-z0-9][A-Za-z0-9.\-]*"


register_converter(NumberConverter, "project_number")

urlpatterns = [
    path("", RootDoor.as_view({"get": "retrieve"}), name="api_root"),
    path("schema/", schema, name="api_schema"),
    path("docs/", docs, name="api_docs"),
    path("oauth/token/", oauth.token, name="api_oauth_token"),
    path("me/", MeDoor.as_view({"get": "retrieve"}), name="api_me"),
    path("programmes/", ProgrammeDoor.as_view({"get": "list"}), name="api_programmes"),
    path(
        "programmes/<project_number:number>/indicators/", LibraryDoor.as_view({"get": "retrieve"}), name="api_library"
    ),
    path("programmes/<project_number:number>/", ProgrammeDoor.as_view({"get": "retrieve"}), name="api_programme"),
    path("calls/", CallDoor.as_view({"get": "list"}), name="api_calls"),
    path("calls/<uuid:key>/", CallDoor.as_view({"get": "retrieve"}), name="api_call"),
    path("projects/", ProjectDoor.as_view({"get": "list"}), name="api_projects"),
    path(
        "projects/<project_number:number>/",
        ProjectDoor.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_project",
    ),
    path("projects/<project_number:number>/versions/", VersionDoor.as_view({"get": "list"}), name="api_versions"),
    path(
        "projects/<project_number:number>/versions/<int:version>/",
        VersionDoor.as_view({"get": "retrieve"}),
        name="api_version",
    ),
    path("messages/", MessageDoor.as_view({"get": "list", "post": "create"}), name="api_messages"),
    path("messages/<uuid:key>/", MessageDoor.as_view({"get": "retrieve"}), name="api_message"),
    path("messages/<uuid:key>/questions/", MessageDoor.as_view({"post": "more"}), name="api_message_questions"),
    path("messages/<uuid:key>/answers/", MessageDoor.as_view({"post": "answers"}), name="api_message_answers"),
    path("messages/<uuid:key>/close/", MessageDoor.as_view({"post": "close"}), name="api_message_close"),
    path("members/", MemberDoor.as_view({"post": "create"}), name="api_members"),
    path(
        "projects/<project_number:number>/indicators/",
        FiguresDoor.as_view({"get": "indicators"}),
        name="api_project_indicators",
    ),
    path("projects/<project_number:number>/tables/", FiguresDoor.as_view({"get": "tables"}), name="api_project_tables"),
    path("projects/<project_number:number>/money/", FiguresDoor.as_view({"get": "money"}), name="api_project_money"),
    path(
        "projects/<project_number:number>/budget/", BudgetDoor.as_view({"get": "retrieve"}), name="api_project_budget"
    ),
    path(
        "projects/<project_number:number>/estimates/",
        EstimateDoor.as_view({"get": "retrieve", "post": "create"}),
        name="api_estimates",
    ),
    path(
        "projects/<project_number:number>/periods/", PeriodDoor.as_view({"get": "retrieve"}), name="api_project_periods"
    ),
    path("projects/<project_number:number>/periods/ask/", PeriodDoor.as_view({"post": "ask"}), name="api_period_ask"),
    path(
        "projects/<project_number:number>/periods/open/",
        PeriodDoor.as_view({"post": "open_again"}),
        name="api_period_open",
    ),
    path(
        "projects/<project_number:number>/periods/decline/",
        PeriodDoor.as_view({"post": "decline"}),
        name="api_period_decline",
    ),
    path(
        "projects/<project_number:number>/periods/take-back/",
        PeriodDoor.as_view({"post": "take_back"}),
        name="api_period_take_back",
    ),
    path("activities/", ActivityDoor.as_view({"get": "list", "post": "create"}), name="api_activities"),
    path("activities/bulk/", ActivityBulkDoor.as_view({"post": "create"}), name="api_activities_bulk"),
    path(
        "activities/<uuid:key>/",
        ActivityDoor.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_activity",
    ),
    path("organisations/", OrganisationDoor.as_view({"get": "list"}), name="api_organisations"),
    path("organisations/<uuid:key>/", OrganisationDoor.as_view({"get": "retrieve"}), name="api_organisation"),
    path(
        "organisations/<uuid:key>/school-years/",
        SchoolYearDoor.as_view({"get": "retrieve", "post": "create"}),
        name="api_school_years",
    ),
    path("groups/", GroupDoor.as_view({"get": "list", "post": "create"}), name="api_groups"),
    path("groups/bulk/", GroupBulkDoor.as_view({"post": "create"}), name="api_groups_bulk"),
    path("groups/<uuid:key>/", GroupDoor.as_view({"get": "retrieve", "patch": "partial_update"}), name="api_group"),
    path("sessions/", SessionDoor.as_view({"get": "list", "post": "create"}), name="api_sessions"),
    path("sessions/bulk/", SessionBulkDoor.as_view({"post": "create"}), name="api_sessions_bulk"),
    path("attendance/bulk/", AttendanceBulkDoor.as_view({"post": "create"}), name="api_attendance_bulk"),
    path("sessions/series/", SessionDoor.as_view({"post": "series"}), name="api_sessions_series"),
    path("sessions/copy-week/", SessionDoor.as_view({"post": "copy_week"}), name="api_sessions_copy_week"),
    path(
        "sessions/<uuid:key>/",
        SessionDoor.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_session",
    ),
    path("sessions/<uuid:key>/cancel/", SessionDoor.as_view({"post": "cancel"}), name="api_session_cancel"),
    path(
        "sessions/<uuid:key>/attendance/",
        AttendanceDoor.as_view({"get": "retrieve", "post": "create"}),
        name="api_attendance",
    ),
    path(
        "sessions/<uuid:key>/evidence/",
        EvidenceDoor.as_view({"get": "retrieve", "post": "create"}),
        name="api_evidence",
    ),
    path(
        "sessions/<uuid:key>/evidence/<uuid:paper>/file/",
        EvidenceFileDoor.as_view({"get": "retrieve"}),
        name="api_evidence_file",
    ),
    path(
        "sessions/<uuid:key>/evidence/<uuid:paper>/remove/",
        EvidenceDoor.as_view({"post": "remove"}),
        name="api_evidence_remove",
    ),
    path("uploads/", UploadDoor.as_view({"post": "create"}), name="api_uploads"),
    path(
        "uploads/<uuid:key>/",
        UploadDoor.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="api_upload",
    ),
    path("participants/", ParticipantDoor.as_view({"get": "list", "post": "create"}), name="api_participants"),
    path("participants/bulk/", ParticipantBulkDoor.as_view({"post": "create"}), name="api_participants_bulk"),
    path(
        "participants/<uuid:key>/",
        ParticipantDoor.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_participant",
    ),
    path(
        "participants/<uuid:key>/correct/",
        RecordChangeDoor.as_view({"post": "correct"}),
        name="api_participant_correct",
    ),
    path("participants/<uuid:key>/move/", RecordChangeDoor.as_view({"post": "move"}), name="api_participant_move"),
    path("participants/<uuid:key>/groups/", RecordChangeDoor.as_view({"post": "join"}), name="api_participant_groups"),
    path(
        "participants/<uuid:key>/groups/<uuid:group>/leave/",
        RecordChangeDoor.as_view({"post": "leave"}),
        name="api_participant_group_leave",
    ),
    path(
        "participants/<uuid:key>/consents/",
        ConsentDoor.as_view({"get": "retrieve", "post": "create"}),
        name="api_consents",
    ),
    path(
        "participants/<uuid:key>/consents/<uuid:consent>/withdraw/",
        ConsentDoor.as_view({"post": "withdraw"}),
        name="api_consent_withdraw",
    ),
    path(
        "participants/<uuid:key>/consents/<uuid:consent>/file/",
        SignedFormDoor.as_view({"get": "retrieve"}),
        name="api_consent_file",
    ),
    path("participants/names/", NameDoor.as_view({"post": "every"}), name="api_names"),
    path("participants/<uuid:key>/name/", NameDoor.as_view({"post": "create"}), name="api_participant_name"),
    path("participants/<uuid:key>/answers/", AnswersDoor.as_view({"get": "retrieve"}), name="api_answers"),
    path(
        "participants/<uuid:key>/support/",
        SupportDoor.as_view({"get": "retrieve", "post": "create"}),
        name="api_support",
    ),
    path("participants/<uuid:key>/merge/", MergeDoor.as_view({"post": "create"}), name="api_participant_merge"),
    path("participants/<uuid:key>/erase/", EraseDoor.as_view({"post": "create"}), name="api_participant_erase"),
    path("follow-ups/", FollowUpDoor.as_view({"get": "list"}), name="api_follow_ups"),
    path("follow-ups/<uuid:key>/answer/", FollowUpDoor.as_view({"post": "answered"}), name="api_follow_up_answer"),
    path("follow-ups/<uuid:key>/link/", FollowUpDoor.as_view({"post": "link"}), name="api_follow_up_link"),
    path("changes/participants/", ParticipantFeedDoor.as_view({"get": "list"}), name="api_changes_participants"),
    path("changes/sessions/", SessionFeedDoor.as_view({"get": "list"}), name="api_changes_sessions"),
    path("changes/attendance/", AttendanceFeedDoor.as_view({"get": "list"}), name="api_changes_attendance"),
    path("changes/activities/", ActivityFeedDoor.as_view({"get": "list"}), name="api_changes_activities"),
    path("changes/groups/", GroupFeedDoor.as_view({"get": "list"}), name="api_changes_groups"),
    path("changes/reported-costs/", CostFeedDoor.as_view({"get": "list"}), name="api_changes_reported_costs"),
    path("changes/amendments/", AmendmentFeedDoor.as_view({"get": "list"}), name="api_changes_amendments"),
    path("changes/claims/", ClaimFeedDoor.as_view({"get": "list"}), name="api_changes_claims"),
    path("changes/deliverables/", DeliverableFeedDoor.as_view({"get": "list"}), name="api_changes_deliverables"),
    path("changes/visits/", VisitFeedDoor.as_view({"get": "list"}), name="api_changes_visits"),
    path("changes/due-reports/", FilingFeedDoor.as_view({"get": "list"}), name="api_changes_due_reports"),
    path("changes/indicator-values/", ValueFeedDoor.as_view({"get": "list"}), name="api_changes_indicator_values"),
    path("changes/projects/", ProjectFeedDoor.as_view({"get": "list"}), name="api_changes_projects"),
    path("changes/organisations/", OrganisationFeedDoor.as_view({"get": "list"}), name="api_changes_organisations"),
    path("bulk/<uuid:key>/", BulkJobDoor.as_view({"get": "retrieve"}), name="api_bulk_job"),
    path("bulk/<uuid:key>/cancel/", BulkJobDoor.as_view({"post": "cancel"}), name="api_bulk_cancel"),
    path("webhooks/", WebhookDoor.as_view({"get": "list", "post": "create"}), name="api_webhooks"),
    path(
        "webhooks/<uuid:key>/", WebhookDoor.as_view({"get": "retrieve", "patch": "partial_update"}), name="api_webhook"
    ),
    path("webhooks/<uuid:key>/test/", WebhookDoor.as_view({"post": "test"}), name="api_webhook_test"),
    path("webhooks/<uuid:key>/secret/", WebhookDoor.as_view({"post": "secret"}), name="api_webhook_secret"),
    path("webhooks/<uuid:key>/replay/", WebhookDoor.as_view({"post": "replay"}), name="api_webhook_replay"),
    path("webhooks/<uuid:key>/remove/", WebhookDoor.as_view({"post": "remove"}), name="api_webhook_remove"),
    path("deliveries/", DeliveryDoor.as_view({"get": "list"}), name="api_deliveries"),
    path("deliveries/<uuid:key>/", DeliveryDoor.as_view({"get": "retrieve"}), name="api_delivery"),
    path("imports/", ImportDoor.as_view({"post": "create"}), name="api_imports"),
    path("claims/<uuid:key>/import/", ImportDoor.as_view({"post": "costs"}), name="api_claim_import"),
    path("reported-costs/", CostDoor.as_view({"get": "list", "post": "create"}), name="api_costs"),
    path("reported-costs/bulk/", CostBulkDoor.as_view({"post": "create"}), name="api_costs_bulk"),
    path("reported-costs/<uuid:key>/", CostDoor.as_view({"get": "retrieve"}), name="api_cost"),
    path("reported-costs/<uuid:key>/correct/", CostDoor.as_view({"post": "correct"}), name="api_cost_correct"),
    path("amendments/", AmendmentDoor.as_view({"get": "list", "post": "create"}), name="api_amendments"),
    path(
        "amendments/<uuid:key>/",
        AmendmentDoor.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_amendment",
    ),
    path(
        "amendments/<uuid:key>/decide/", AmendmentDecisionDoor.as_view({"post": "decide"}), name="api_amendment_decide"
    ),
    path("amendments/<uuid:key>/send/", AmendmentDoor.as_view({"post": "send"}), name="api_amendment_send"),
    path("amendments/<uuid:key>/papers/", AmendmentDoor.as_view({"post": "attach"}), name="api_amendment_papers"),
    path(
        "amendments/<uuid:key>/papers/<uuid:paper>/",
        AmendmentPaperDoor.as_view({"get": "retrieve"}),
        name="api_amendment_paper",
    ),
    path("claims/", ClaimDoor.as_view({"get": "list", "post": "create"}), name="api_claims"),
    path("claims/<uuid:key>/", ClaimDoor.as_view({"get": "retrieve", "patch": "partial_update"}), name="api_claim"),
    *[
        path(f"claims/<uuid:key>/{part}/", ClaimCheckDoor.as_view({"post": act}), name=f"api_claim_{act}")
        for part, act in (
            ("take-up", "take_up"),
            ("decisions", "judge"),
            ("ask", "ask"),
            ("return", "give_back"),
            ("reject", "reject"),
            ("propose", "propose"),
            ("reopen", "reopen"),
            ("confirm", "confirm"),
            ("send-back", "send_back"),
        )
    ],
    path(
        "claims/<uuid:key>/checklist/",
        ClaimChecklistDoor.as_view({"get": "retrieve", "post": "create"}),
        name="api_claim_checklist",
    ),
    path("claims/<uuid:key>/letters/", ClaimLettersDoor.as_view({"get": "list"}), name="api_claim_letters"),
    path(
        "claims/<uuid:key>/letters/<uuid:paper>/",
        ClaimLetterDoor.as_view({"get": "retrieve"}),
        name="api_claim_letter",
    ),
    path("claims/<uuid:key>/send/", ClaimDoor.as_view({"post": "send"}), name="api_claim_send"),
    path("payments/", PaymentDoor.as_view({"get": "list"}), name="api_payments"),
    path("corrections/", CorrectionDoor.as_view({"get": "list"}), name="api_corrections"),
    path("corrections/<uuid:key>/", CorrectionDoor.as_view({"get": "retrieve"}), name="api_correction"),
    path("payment-applications/", ApplicationDoor.as_view({"get": "list"}), name="api_applications"),
    path("payment-applications/<uuid:key>/", ApplicationDoor.as_view({"get": "retrieve"}), name="api_application"),
    path("accounts/", AccountDoor.as_view({"get": "list"}), name="api_accounts"),
    path("procurements/", ProcurementDoor.as_view({"get": "list", "post": "create"}), name="api_procurements"),
    path(
        "procurements/<uuid:key>/",
        ProcurementDoor.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_procurement",
    ),
    path(
        "procurements/<uuid:key>/papers/<uuid:paper>/",
        ProcurementPaperDoor.as_view({"get": "retrieve"}),
        name="api_procurement_paper",
    ),
    path("visits/", VisitDoor.as_view({"get": "list", "post": "create"}), name="api_visits"),
    path("visits/<uuid:key>/", VisitDoor.as_view({"get": "retrieve", "patch": "partial_update"}), name="api_visit"),
    path("visits/<uuid:key>/record/", VisitDoor.as_view({"post": "record"}), name="api_visit_record"),
    path("visits/<uuid:key>/cancel/", VisitDoor.as_view({"post": "cancel"}), name="api_visit_cancel"),
    path("visits/<uuid:key>/close/", VisitDoor.as_view({"post": "close"}), name="api_visit_close"),
    path("visits/<uuid:key>/findings/", VisitDoor.as_view({"post": "find"}), name="api_visit_findings"),
    path(
        "visits/<uuid:key>/findings/<int:finding>/answer/",
        VisitDoor.as_view({"post": "reply"}),
        name="api_finding_answer",
    ),
    path(
        "visits/<uuid:key>/findings/<int:finding>/close/",
        VisitDoor.as_view({"post": "settle"}),
        name="api_finding_close",
    ),
    path("visits/<uuid:key>/papers/<uuid:paper>/", VisitPaperDoor.as_view({"get": "retrieve"}), name="api_visit_paper"),
    path("deliverables/", DeliverableDoor.as_view({"get": "list"}), name="api_deliverables"),
    path(
        "deliverables/<uuid:key>/deliver/", DeliverableDoor.as_view({"post": "deliver"}), name="api_deliverable_deliver"
    ),
    path("deliverables/<uuid:key>/decide/", DeliverableDoor.as_view({"post": "decide"}), name="api_deliverable_decide"),
    path("reports/", ReportDoor.as_view({"get": "list", "post": "create"}), name="api_reports"),
    path("reports/<uuid:key>/", ReportDoor.as_view({"get": "retrieve"}), name="api_report"),
    path("reports/<uuid:key>/cancel/", ReportDoor.as_view({"post": "cancel"}), name="api_report_cancel"),
    path("reports/<uuid:key>/retry/", ReportDoor.as_view({"post": "retry"}), name="api_report_retry"),
    path("reports/<uuid:key>/files/", ReportDoor.as_view({"post": "files"}), name="api_report_files"),
    path(
        "reports/<uuid:key>/files/<int:position>/",
        ReportFileDoor.as_view({"get": "retrieve"}),
        name="api_report_file",
    ),
    path("reports/<uuid:key>/annex-vii/<int:table>/", AnnexDoor.as_view({"get": "retrieve"}), name="api_report_annex"),
    path("layouts/", LayoutDoor.as_view({"get": "list", "post": "create"}), name="api_layouts"),
    path("layouts/drafts/", LayoutDoor.as_view({"get": "drafts"}), name="api_layout_drafts"),
    path("layouts/<uuid:key>/", LayoutDoor.as_view({"get": "retrieve", "patch": "partial_update"}), name="api_layout"),
    path("layouts/<uuid:key>/preview/", LayoutPreviewDoor.as_view({"get": "retrieve"}), name="api_layout_preview"),
    path("layouts/<uuid:key>/logos/", LayoutDoor.as_view({"post": "logo"}), name="api_layout_logos"),
    path(
        "layouts/<uuid:key>/logos/<int:position>/remove/",
        LayoutDoor.as_view({"post": "drop_logo"}),
        name="api_layout_logo_remove",
    ),
    *[
        path(f"layouts/<uuid:key>/{move}/", LayoutDoor.as_view({"post": move}), name=f"api_layout_{move}")
        for move in ("publish", "retire", "begin", "drop")
    ],
    path("kohesio/", KohesioDoor.as_view({"get": "list"}), name="api_kohesio"),
    path("kohesio/problems/", KohesioDoor.as_view({"get": "problems"}), name="api_kohesio_problems"),
    path("calendar/", CalendarDoor.as_view({"get": "list"}), name="api_calendar"),
    path("due-reports/", FilingDoor.as_view({"get": "list", "post": "create"}), name="api_filings"),
    path("due-reports/schedule/", FilingDoor.as_view({"post": "lay_out"}), name="api_filing_schedule"),
    path("due-reports/<uuid:key>/skip/", FilingDoor.as_view({"post": "skip"}), name="api_filing_skip"),
    path("due-reports/<uuid:key>/decide/", FilingDoor.as_view({"post": "decide"}), name="api_filing_decide"),
    path(
        "due-reports/<uuid:key>/",
        FilingDoor.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_filing",
    ),
    path("due-reports/<uuid:key>/submit/", FilingDoor.as_view({"post": "submit"}), name="api_filing_submit"),
    path("indicator-values/", ValueDoor.as_view({"get": "list", "post": "create"}), name="api_indicator_values"),
    path(
        "indicator-values/<uuid:key>/",
        ValueDoor.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_indicator_value",
    ),
    path("indicator-values/<uuid:key>/send/", ValueDoor.as_view({"post": "send"}), name="api_value_send"),
    path("indicator-values/<uuid:key>/decide/", ValueDoor.as_view({"post": "decide"}), name="api_value_decide"),
    path("indicator-values/<uuid:key>/correct/", ValueDoor.as_view({"post": "correct"}), name="api_value_correct"),
    path("audit-events/", AuditEventDoor.as_view({"get": "list"}), name="api_audit_events"),
    path("audit-events/<int:event>/", AuditEventDoor.as_view({"get": "retrieve"}), name="api_audit_event"),
    path("codes/", CodeDoor.as_view({"get": "list"}), name="api_codes"),
    path("codes/<slug:name>/", CodeDoor.as_view({"get": "codes"}), name="api_code_list"),
    re_path(r"^(?P<rest>[\s\S]+)\Z", nowhere),
]
