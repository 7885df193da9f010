"""`manage.py load_rates FILE`: the Commission's accounting rates of a month, from a CSV file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from budgets.actions import load_rates
from core.access import Refused

COLUMNS = ("month", "currency", "rate", "source")


class Command(BaseCommand):
    help = (
        "Load accounting rates from a CSV file with the columns month (2026-03), currency, rate (for one euro) and "
        "source. All lines or none; the same file again changes nothing. Claims sent earlier keep their rates."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                reader = csv.DictReader(lines)
                if missing := [name for name in COLUMNS if name not in (reader.fieldnames or [])]:
                    raise CommandError(f"The file lacks the columns: {', '.join(missing)}.")
                new, same = load_rates(list(reader), by=None, at=now())
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise CommandError(f"The file cannot be read: {error}") from None
        except Refused as refused:
            raise CommandError("\n".join(refused.messages)) from None
        self.stdout.write(f"{new} rates loaded, {same} were there already.")
