"""What the schema says of the address where systems get their tokens, which is no door: as RFC 6749 has it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.api import PROBLEM
from core.models import ApiToken

FORM = "application/x-www-form-urlencoded"
ERRORS = {
    400: ["invalid_request", "invalid_scope", "unauthorized_client", "unsupported_grant_type"],
    401: ["invalid_client"],
}
VISIBLE = "^[ -~]*$"  # RFC 6749, appendix A


def add_token_endpoint(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add the address where systems get their tokens, as RFC 6749 has it (a hook of drf-spectacular)."""
    schemas, scopes = result["components"]["schemas"], ApiToken.Scope.values
    text = {"type": "string", "pattern": VISIBLE}
    only = {"type": "string", "enum": ["client_credentials"]}
    scope = {"type": "string", "pattern": VISIBLE, "description": _("Some of its scopes; left out: all of them.")}
    schemas["TokenRequest"] = {
        "type": "object",
        "required": ["grant_type"],
        "properties": {
            "grant_type": only,
            "scope": scope,
            "client_id": text | {"description": _("Where it is not sent by HTTP Basic.")},
            "client_secret": text | {"description": _("Where it is not sent by HTTP Basic.")},
        },
    }
    schemas["TokenAnswer"] = {
        "type": "object",
        "required": ["access_token", "token_type", "expires_in", "scope"],
        "properties": {
            "access_token": {"type": "string"},
            "token_type": {"type": "string", "enum": ["Bearer"]},
            "expires_in": {"type": "integer", "description": _("Seconds.")},
            "scope": {"type": "string", "description": _("Its scopes, with spaces between.")},
        },
    }
    errors = {}
    for code, names in ERRORS.items():
        schemas[f"TokenError{code}"] = {
            "type": "object",
            "required": ["error"],
            "properties": {"error": {"type": "string", "enum": names}, "error_description": {"type": "string"}},
        }
        shape = {"$ref": f"#/components/schemas/TokenError{code}"}
        words = {"error": names[0], "error_description": "…"}
        errors[str(code)] = {
            "description": _("An error of RFC 6749, 5.2."),
            "content": {"application/json": {"schema": shape, "example": words}},
        }
    wait = {"schema": {"type": "integer"}, "description": _("Seconds to wait.")}
    problem = {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
    challenge = {"schema": {"type": "string"}, "description": _("HTTP Basic.")}
    errors["401"]["headers"] = {"WWW-Authenticate": challenge}
    errors["429"] = {
        "description": _("More than 60 requests of one address in a minute."),
        "headers": {"Retry-After": wait},
        "content": {PROBLEM: problem},
    }
    body = {
        "schema": {"$ref": "#/components/schemas/TokenRequest"},
        "examples": {"Read": {"value": {"grant_type": "client_credentials", "scope": scopes[0]}}},
    }
    answer = {
        "schema": {"$ref": "#/components/schemas/TokenAnswer"},
        "example": {"access_token": "…", "token_type": "Bearer", "expires_in": 3600, "scope": scopes[0]},
    }
    result["components"]["securitySchemes"]["client"] = {
        "type": "http", "scheme": "basic", "description": _("The client id and the secret of a system."),
    }  # fmt: skip
    result["paths"][reverse("api_oauth_token")] = {
        "post": {
            "operationId": "oauth_token_create",
            "summary": _("Get a token as a system"),
            "description": _("Client credentials (RFC 6749, 4.4), by HTTP Basic or in the form."),
            "tags": ["oauth"],
            "parameters": [],
            "security": [{"client": []}, {}],
            "requestBody": {"required": True, "content": {FORM: body}},
            "responses": {"200": {"description": "", "content": {"application/json": answer}}, **errors},
        }
    }
    return result
