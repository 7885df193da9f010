"""The API's addresses, its schema, and the readable page made from it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import Resolver404, path, re_path, register_converter, resolve, reverse
from django.urls.converters import StringConverter
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language, override, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
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
from core.api import oauth, problem_response
from core.api.bulk import BulkJobDoor
from core.api.doors import Door, operation
from core.api.grants import FORM
from core.api.shapes import Query
from core.api.uploads import UploadDoor
from core.models import ApiToken
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

# --- the schema ------------------------------------------------------------------------------------------------------


@cache
def schema_in(language: str) -> dict[str, Any]:
    """The OpenAPI document with its words in `language`; it changes with the code only."""
    with override(language):
        return SchemaGenerator().get_schema(request=None, public=True)


def language_of(request: HttpRequest) -> str:
    """The language asked for in the address, else the one of the browser."""
    asked = request.GET.get("language", "")
    return asked if asked in dict(settings.LANGUAGES) else get_language() or settings.LANGUAGE_CODE


@require_safe
@gzip_page
def schema(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1 as JSON, for everybody."""
    content = orjson.dumps(schema_in(language_of(request)), option=orjson.OPT_INDENT_2)
    response = HttpResponse(content, content_type="application/json")
    response["ETag"] = f'"{hashlib.sha256(content).hexdigest()}"'
    response["Cache-Control"] = "public, max-age=300"
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


# --- the page --------------------------------------------------------------------------------------------------------

GROUPS = [  # part of the address, heading, and what it is about
    ("me", pgettext_lazy("API", "Who am I"), _("Try a token here first.")),
    ("programmes", pgettext_lazy("API", "Programmes"), ""),
    ("calls", pgettext_lazy("API", "Calls"), ""),
    (
        "projects",
        pgettext_lazy("API", "Projects and their figures"),
        _("A project is addressed by its number."),
    ),
    ("messages", pgettext_lazy("API", "Messages"), _("What officers ask schools, and what they answer.")),
    ("members", pgettext_lazy("API", "Members"), ""),
    ("activities", pgettext_lazy("API", "Activities"), ""),
    ("organisations", pgettext_lazy("API", "Organisations"), ""),
    ("groups", pgettext_lazy("API", "Groups"), ""),
    ("sessions", pgettext_lazy("API", "Sessions and attendance"), ""),
    ("attendance", pgettext_lazy("API", "Attendance of many sessions"), ""),
    ("participants", pgettext_lazy("API", "Participants"), _("Names come in, and never go out.")),
    ("follow-ups", pgettext_lazy("API", "Six months later"), ""),
    (
        "changes",
        pgettext_lazy("API", "Changes"),
        _(
            "For a copy that stays equal: begin without a cursor, keep the row of each key and drop the keys that are "
            "gone, then follow “next” for ever, at once while there is “more”. A change comes as soon as every "
            "transaction that began before it is over. A changed setting of a programme comes with the next change "
            "of a row."
        ),
    ),
    (
        "bulk",
        pgettext_lazy("API", "Jobs of many rows"),
        _("What is sent to …/bulk/ with too many rows for one request. The answer 202 says where its job is."),
    ),
    (
        "webhooks",
        pgettext_lazy("API", "Webhooks"),
        _(
            "The portal tells your system that something changed, with a POST signed as Standard Webhooks says; "
            "libraries for it are there in most languages. A message names the row and where to read it, nothing more. "
            "Answer 2xx within ten seconds; else it comes again, for days, under the same webhook-id. A message may "
            "come twice and out of order: read the feed of changes, and keep its cursor, whenever one comes. Check the "
            "signature before you act: HMAC-SHA256 of “webhook-id.webhook-timestamp.body” with the secret behind "
            "whsec_, decoded from base64, is in webhook-signature as “v1,” and base64."
        ),
    ),
    ("deliveries", pgettext_lazy("API", "Messages of webhooks"), _("What was sent, and how each attempt went.")),
    ("imports", pgettext_lazy("API", "Imports"), ""),
    ("reported-costs", pgettext_lazy("API", "Reported costs"), ""),
    ("amendments", pgettext_lazy("API", "Amendments"), ""),
    ("claims", pgettext_lazy("API", "Payment claims"), ""),
    ("payments", pgettext_lazy("API", "Payments and recoveries"), ""),
    ("corrections", pgettext_lazy("API", "Corrections and irregularities"), ""),
    ("payment-applications", pgettext_lazy("API", "Payment applications"), ""),
    ("accounts", pgettext_lazy("API", "Accounts of projects"), ""),
    ("deliverables", pgettext_lazy("API", "Deliverables"), ""),
    ("procurements", pgettext_lazy("API", "Contracts with suppliers"), ""),
    ("visits", pgettext_lazy("API", "On-the-spot visits"), ""),
    ("reports", pgettext_lazy("API", "Reports"), ""),
    ("due-reports", pgettext_lazy("API", "Reports that are due"), _("What each project owes the office, and when.")),
    ("indicator-values", pgettext_lazy("API", "Typed values of indicators"), _("Values that no record can give.")),
    ("layouts", pgettext_lazy("API", "Layouts of reports"), ""),
    ("calendar", pgettext_lazy("API", "Calendar"), ""),
    ("kohesio", pgettext_lazy("API", "Kohesio"), ""),
    ("codes", pgettext_lazy("API", "Code lists"), ""),
    ("oauth", pgettext_lazy("API", "Tokens of systems"), ""),
    (
        "audit-events",
        pgettext_lazy("API", "Trail"),
        _("Who did what, when and why. Nothing in it can be changed or deleted; each event is sealed within a minute."),
    ),
    ("uploads", pgettext_lazy("API", "Files by pieces"), _("So that a cut connection loses nothing of a large file.")),
    ("root", pgettext_lazy("API", "Start"), ""),
]
IN_A_PATH = {
    "number": "BG05SFPR001-1.008-0009",
    "key": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e",
    "position": "0",
    "finding": "1",
    "table": "1",
    "version": "1",
    "event": "1",
    "paper": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0f",
    "name": "nuts",
    "group": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d10",
    "consent": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d11",
}
TASKS = [  # name of the examples of a main task in templates/api/examples, heading, and what it shows
    ("sign_in", _("Sign in with a token"), _("TOKEN is a token of yours; the further examples go on from here.")),
    ("list", _("Read a list"), _("PROJECT is the number of a project. First page by page, then the whole table.")),
    ("follow", _("Keep a copy that stays equal"), _("Keep “next” beside your copy and go on there whenever you like.")),
    ("write", _("Write, and change what was read"), _("SCHOOL is the key of a school of the project.")),
    (
        "upload",
        _("Send a large file by pieces"),
        _("FILE is a PDF, JPEG or PNG and SESSION the key of a session. After a cut connection the same lines go on."),
    ),
    ("report", _("Ask for a report and fetch its files"), ""),
    ("system", _("Sign in as a system"), _("CLIENT_ID and CLIENT_SECRET are what an administrator handed over.")),
]
SAID_ONCE = {
    "language",
    "cursor",
    "page_size",
    "fields",
    "If-None-Match",
}  # parameters that the page explains above all operations
IN_A_QUERY = {"from": "2026-01-01", "to": "2026-03-31", "project": IN_A_PATH["number"]}


@dataclass
class Field:
    """One line of a table of the page: a parameter, or a field of a body with its path."""

    name: str
    kind: str
    required: bool
    about: str
    values: list[str] = field(default_factory=list)


@dataclass
class Answer:
    code: str
    about: str
    fields: list[Field]
    is_error: bool
    sample: str = ""


@dataclass
class Described:
    """One operation as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    about: str
    scopes: list[str]
    parameters: list[Field]
    body: list[Field]
    answers: list[Answer]
    leads: dict[str, str]  # operations to which keys of the answer lead: their place on the page, and what they do
    curl: str


@dataclass
class Group:
    key: str
    title: Any
    about: Any
    operations: list[Described]


class Reader:
    """Reads a schema for the page."""

    def __init__(self, document: dict[str, Any], site: str):
        self.document, self.site = document, site
        every = (told for methods in document["paths"].values() for told in methods.values())
        self.summaries = {told["operationId"]: told["summary"] for told in every}

    def groups(self) -> list[Group]:
        by_tag: dict[str, list[Described]] = {}
        for address, methods in self.document["paths"].items():
            for method, told in methods.items():
                by_tag.setdefault(told["tags"][0], []).append(self._operation(address, method, told))
        return [Group(key, title, about, by_tag[key]) for key, title, about in GROUPS]

    def _operation(self, address: str, method: str, told: dict[str, Any]) -> Described:
        bodies = told.get("requestBody", {}).get("content", {})
        content = bodies.get("application/json") or bodies.get(FORM, {})
        parameters = [
            Field(
                p["name"],
                self._kind(p["schema"]) + (f", {_('header')}" if p["in"] == "header" else ""),
                p.get("required", False),
                p.get("description", ""),
                self._values(p["schema"]),
            )
            for p in sorted(told.get("parameters", []), key=lambda p: (p["in"] != "path", not p.get("required")))
            if p["name"] not in SAID_ONCE
        ]
        return Described(
            anchor=told["operationId"],
            method=method.upper(),
            path=address,
            summary=told["summary"],
            about=told["description"] if told["description"] != told["summary"] else "",
            scopes=told.get("x-scopes", []),
            parameters=parameters,
            body=self._fields(content["schema"]) if content else [],
            answers=[self._answer(code, answer) for code, answer in told["responses"].items()],
            leads={
                name: self.summaries[name] for answer in told["responses"].values() for name in answer.get("links", {})
            },
            curl=self._curl(address, method, told, content),
        )

    def _answer(self, code: str, answer: dict[str, Any]) -> Answer:
        contents = answer.get("content", {})
        is_error = code >= "400"
        about = answer.get("description") or ("" if is_error else str(_("What was asked for.")))
        content: dict[str, Any] = next(iter(contents.values()), {})
        shape = content.get("schema", {})
        every = {f.name for f in self._fields(self._schema("ProblemDocument"))} if is_error else set()
        fields = [f for f in self._fields(shape) if f.name not in every]
        if not fields and len(contents) and not is_error:
            about = f"{about} ({', '.join(contents)})"
        sample = json.dumps(content["example"], ensure_ascii=False, indent=2) if "example" in content else ""
        return Answer(code, about, fields, is_error, sample)

    @staticmethod
    def _named(shape: dict[str, Any]) -> str:
        return shape.get("$ref", "").rpartition("/")[2]

    def _schema(self, name: str) -> dict[str, Any]:
        return self.document["components"]["schemas"][name]

    def _resolved(self, shape: dict[str, Any]) -> dict[str, Any]:
        """A shape without references; of a choice of shapes the first that says something."""
        while True:
            if name := self._named(shape):
                shape = self._schema(name)
            elif "allOf" in shape and len(shape["allOf"]) == 1:
                shape = shape["allOf"][0]
            elif choice := shape.get("oneOf") or shape.get("anyOf"):
                shape = next(s for s in choice if s.get("type") != "null")
            else:
                return shape

    def _fields(self, shape: dict[str, Any], prefix: str = "") -> list[Field]:
        """The fields of an object, inner ones with their path: marks[].mark."""
        shape = self._resolved(shape)
        found = []
        for name, inner in shape.get("properties", {}).items():
            required = name in shape.get("required", [])
            about = inner.get("description", "")
            found.append(Field(prefix + name, self._kind(inner), required, about, self._values(inner)))
            nested, path_ = self._resolved(inner), prefix + name
            if nested.get("type") == "array":
                nested, path_ = self._resolved(nested["items"]), f"{path_}[]"
            found += self._fields(nested, f"{path_}.")
        return found

    def _kind(self, shape: dict[str, Any]) -> str:
        """The type in the words of JSON Schema: string (date), array of object, integer or null."""
        nullable = any(s.get("type") == "null" for s in shape.get("oneOf", []))
        inner = self._resolved(shape)
        types = inner.get("type", "object")
        kinds = [types] if isinstance(types, str) else list(types)
        if nullable and "null" not in kinds:
            kinds.append("null")
        kind = " or ".join(kinds)
        if inner.get("format"):
            kind = kind.replace("string", f"string ({inner['format']})")
        return f"array of {self._kind(inner['items'])}" if kind == "array" else kind

    def _values(self, shape: dict[str, Any]) -> list[str]:
        return [str(value) for value in self._resolved(shape).get("enum", [])]

    def _curl(self, address: str, method: str, told: dict[str, Any], content: dict[str, Any]) -> str:
        """The request as one may type it."""
        for name, value in IN_A_PATH.items():
            address = address.replace(f"{{{name}}}", value)
        needed = [p["name"] for p in told.get("parameters", []) if p["in"] == "query" and p.get("required")]
        query = "&".join(f"{name}={IN_A_QUERY[name]}" for name in needed)
        parts = ["curl"] if method == "get" else [f"curl -X {method.upper()}"]
        parts[0] += f" '{self.site}{address}{'?' if query else ''}{query}'"
        if {"client": []} in told.get("security", []):
            parts.append('-u "$CLIENT_ID:$CLIENT_SECRET"')
            sent = next(iter(content["examples"].values()))["value"]
            return " \\\n  ".join([*parts, *(f"-d {name}={value}" for name, value in sent.items())])
        if told.get("security"):
            parts.append('-H "Authorization: Bearer $TOKEN"')
        if "Idempotency-Key" in [p["name"] for p in told.get("parameters", [])]:
            parts.append('-H "Idempotency-Key: $(uuidgen)"')
        if "If-Match" in [p["name"] for p in told.get("parameters", [])]:
            parts.append("-H 'If-Match: \"5d41402abc4b2a76b9719d911017c592\"'")
        if "binary" in json.dumps(told["responses"].get("200", {})):
            parts.append("-OJ")
        if examples := content.get("examples"):
            parts.append("-H 'Content-Type: application/json'")
            value = json.dumps(next(iter(examples.values()))["value"], ensure_ascii=False, indent=2)
            parts.append(f"-d '{value}'")
        return " \\\n  ".join(parts)


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The reference for people: every operation with its parameters, bodies, answers and a request to copy."""
    language = language_of(request)
    with override(language):
        site = request.build_absolute_uri("/").rstrip("/")
        page = {
            "groups": Reader(schema_in(language), site).groups(),
            "site": site,
            "scopes": ApiToken.Scope.choices,
            "tasks": TASKS,
            "languages": [
                {"code": code, "name": name, "url": f"{request.path}?language={code}", "current": code == language}
                for code, name in settings.LANGUAGES
            ],
        }
        response = render(request, "api/docs.html", page)
        response["Content-Language"] = language
        return response


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
