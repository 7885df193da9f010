"""The OpenAPI schema: what it says about our fields, and which errors every operation may answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from core.api import PROBLEM, AsItIs, problem_title
from core.api.doors import scopes_for
from core.api.shapes import CLOCK, Clock, Input, ListQuery, Number, OneOf, ProblemDocument, row_in, some_of
from core.api.streams import TABLES
from core.api.tokens import TokenAuthentication
from core.models import ApiToken

if TYPE_CHECKING:
    from core.api.doors import Operation

ONCE = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description=_(
        "Any text of your own, at most 80 characters. A repeat of the same request with the same key gets the first "
        "answer and changes nothing; another request with it is 422."
    ),
)
MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description=_("The ETag of what you read. 412 when it was changed since; * takes any version."),
)
KNOWN = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description=_("The ETag of what you have. 304 when nothing changed."),
)
TAG = _("Changes with the answer.")
LIMITS = [
    OpenApiParameter(name, str, OpenApiParameter.HEADER, response=True, description=words)
    for name, words in (
        ("RateLimit-Policy", _("Requests allowed (q) in a number of seconds (w).")),
        ("RateLimit", _("Requests left (r), and seconds until there are more (t).")),
    )
]


class _TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = ["token", "system"]

    def get_security_definition(self, auto_schema):
        scopes = {code: str(words) for code, words in ApiToken.Scope.choices}
        flow = {"tokenUrl": reverse("api_oauth_token"), "scopes": scopes}
        words = _("For systems: an administrator gives a client id and a secret, which get a token of an hour.")
        return [
            {"type": "http", "scheme": "bearer", "description": _("A token from Account › API tokens.")},
            {"type": "oauth2", "flows": {"clientCredentials": flow}, "description": words},
        ]

    def get_security_requirement(self, auto_schema):
        """A personal token, or that of a system with one of the scopes that open the operation."""
        scopes = scopes_for(getattr(auto_schema.view, auto_schema.view.action).operation.needs)
        return [{"token": []}, *({"system": [scope] if scope else []} for scope in scopes or [""])]


class _OneOfInSchema(OpenApiSerializerFieldExtension):
    target_class = OneOf

    def map_serializer_field(self, auto_schema, direction):
        field = self.target
        described = "\n".join(f"* `{value}` – {label}" for value, label in field.choices.items() if value != "")
        schema = {"type": "string", "enum": [v for v in field.choices if v != ""], "description": described}
        if not field.component:
            return schema
        component = ResolvedComponent(
            name=field.component, type=ResolvedComponent.SCHEMA, schema=schema, object=field.component
        )
        auto_schema.registry.register_on_missing(component)
        return {"oneOf": [component.ref, {"type": "string", "const": ""}]} if field.allow_blank else component.ref


class _ClockInSchema(OpenApiSerializerFieldExtension):
    """The format “time” of JSON Schema would need an offset; ours are times of the place."""

    target_class = Clock

    def map_serializer_field(self, auto_schema, direction):
        return {"type": "string", "pattern": f"^{CLOCK}$"}


class _NumberInSchema(OpenApiSerializerFieldExtension):
    """As text, with every digit, or as a number of JSON."""

    target_class = Number

    def map_serializer_field(self, auto_schema, direction):
        text = auto_schema._map_serializer_field(self.target, direction, bypass_extensions=True)
        text = {"type": "string", **{name: text[name] for name in ("format", "pattern")}}
        return {"oneOf": [text, {"type": "number"}]}


class _InputInSchema(OpenApiSerializerExtension):
    target_class = Input
    match_subclasses = True

    def map_serializer(self, auto_schema, direction):
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, "additionalProperties": False}


class Schema(AutoSchema):
    """Every operation says which errors it may answer."""

    def _get_parameters(self):
        found = super()._get_parameters()
        for told in found:
            if told["in"] == "query" and not told.get("required"):
                told["allowEmptyValue"] = True  # one that is empty is as one that was not sent
            if told["name"] == "fields" and (answer := self._operation().chosen):
                names = {"type": "string", "enum": list(row_in(answer)().fields)}
                told["schema"] = {"type": "array", "items": names, "uniqueItems": True}
                told |= {"style": "form", "explode": False}
        return found

    def get_override_parameters(self):
        words = _("Seconds to wait.")
        return [
            *super().get_override_parameters(),
            OpenApiParameter("Retry-After", int, OpenApiParameter.HEADER, response=[429], description=words),
            *LIMITS,
            *self._conditions(),
        ]

    def _conditions(self) -> list[OpenApiParameter]:
        """The headers of `core.api.conditions` that this operation knows."""
        reads, matches = self.method == "GET", self._operation().matches
        if reads and not self._answers_json():
            return []
        codes = [200 if reads or matches else 201]
        if self._operation().streams:
            return []
        found = [
            OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=codes, description=TAG),
            KNOWN if reads else ONCE,
        ]
        return [*found, MATCH] if matches else found

    def _operation(self) -> Operation:
        return getattr(self.view, self.view.action).operation  # type: ignore[attr-defined]

    def _answers_json(self) -> bool:
        return self.view.content_negotiation_class is not AsItIs

    def get_tags(self):
        return [self._tokenize_path()[0]] if self._tokenize_path() else ["root"]

    def _get_response_bodies(self, direction="response"):
        bodies = super()._get_response_bodies(direction=direction)
        for code in self._errors():
            if str(code) not in bodies:
                response = OpenApiResponse(ProblemDocument, description=problem_title(code))
                bodies[str(code)] = self._get_response_for_code(response, str(code), media_types=[PROBLEM])
        if self.method == "GET" and self._answers_json():
            bodies["304"] = {"description": str(_("You have it already: If-None-Match named its ETag."))}
        if issubclass(self._operation().query, ListQuery):
            for kind in TABLES:
                bodies["200"]["content"][kind.media_type] = {"schema": {"type": "string"}}
        if answer := self._operation().chosen:
            told = bodies["200"]["content"]["application/json"]
            some = self.resolve_serializer(some_of(answer), direction)
            told["schema"] = {"anyOf": [told["schema"], some.ref]}
        return dict(sorted(bodies.items()))

    def _errors(self) -> list[int]:
        found = self._operation()
        errors = [422, 429]
        if self._answers_json():
            errors.append(406)
        if self.view.authentication_classes:
            errors += [401, 403]
        if "{" in self.path:
            errors.append(404)
        if self.method != "GET":
            errors += [409, 413]
        if found.matches:
            errors += [412, 428]
        if found.body is not None or found.streams:
            errors += [400, 415]
        return errors
