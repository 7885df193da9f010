"""`manage.py release_api`: keep the contract of the API as that of the release."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.api import released


class Command(BaseCommand):
    help = (
        "Compare the API with that of the last release (config/openapi-v1.json) and write it there. Refused with every "
        "change that would break a client; such a change needs /api/v2/."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--check", action="store_true", help="compare only")
        parser.add_argument(
            "--anyway", action="store_true", help="before the first release: write breaking changes, too"
        )

    def handle(self, *, check: bool, anyway: bool, **options: Any) -> None:
        new, file = released.today(), released.file()
        wrong = released.breaking(json.loads(file.read_text("utf-8")), new) if file.exists() else []
        if wrong and (check or not anyway):
            raise CommandError("\n".join(wrong))
        if check:
            self.stdout.write("Nothing breaks.")
            return
        file.write_text(released.written(new), "utf-8")
        self.stdout.write(f"{file}: {len(new['paths'])} addresses.")
