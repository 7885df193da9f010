"""The API's schema, and the readable page made from it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language, override, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from core.api.grants import FORM
from core.models import ApiToken


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
    "group": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d10",
    "consent": "0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d11",
    "name": "nuts",
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
