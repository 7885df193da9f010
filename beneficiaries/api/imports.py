"""Spreadsheets through the API."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.http import Http404
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.response import Response

from beneficiaries.actions import imports
from beneficiaries.serializers import ImportAnswer, NewClaimCosts, NewImport
from core.access import Permission
from core.api.doors import Door, operation
from core.imports import kinds


class ImportDoor(Door):
    @operation(
        _("Import a spreadsheet"),
        needs=Permission.PARTICIPANT_EDIT,
        body=NewImport,
        answers={200: ImportAnswer},
        about=_(
            "Rows that are new go in at once, by the same rules as on the pages; doubtful and wrong ones change "
            "nothing and are told with their place. The same file again changes nothing."
        ),
        examples=[
            OpenApiExample(
                "A list of pupils",
                request_only=True,
                value={
                    "kind": "participants", "project": "BG05SFPR001-1.008-0009", "name": "pupils.csv",
                    "content": "T3duIG51bWJlcjtFbnRyeSBkYXRlClgxOzIwMjYtMDMtMDIK", "dry_run": True,
                },
            )
        ],
    )  # fmt: skip
    def create(self, request):
        told = self.body()
        where = {name: told.get(name) for name in ("kind", "project", "school")}
        return self._taken(told, **where, mode=told.get("mode", ""))

    @operation(
        _("Import the costs of a claim"),
        needs=Permission.CLAIM_EDIT,
        body=NewClaimCosts,
        answers={200: ImportAnswer},
        about=_(
            "The rows go in all together or, when one has a problem, not at all; parts of amounts are checked and "
            "never changed. The same file again changes nothing. 409 for a claim that is sent."
        ),
        examples=[
            OpenApiExample(
                "A list of costs",
                request_only=True,
                value={
                    "name": "costs.csv", "dry_run": True,
                    "content": "TGluZTtLaW5kO051bWJlcjtEYXRlO1RvdGFsCjEuMTtJbnZvaWNlOzc7MjAyNi0wMi0wMjsxMAo=",
                },
            )
        ],
    )  # fmt: skip
    def costs(self, request, key):
        home = kinds()["costs"].home(key, by=request.user)
        if home is None:
            raise Http404
        return self._taken(self.body(), kind="costs", project=home.project, school=None, about=key)

    def _taken(self, told: dict[str, Any], **where: Any) -> Response:
        with tempfile.NamedTemporaryFile() as file:
            file.write(told["content"])
            file.flush()
            answer = imports.take_at_once(
                **where, path=Path(file.name), name=told["name"], language=get_language() or "en",
                by=self.request.user, at=now(), write=not told["dry_run"],
            )  # fmt: skip
        return Response(asdict(answer))
