"""Erase the identities whose documents need not be kept any more."""

from __future__ import annotations

from django.core.management.base import BaseCommand
from django.utils.timezone import localdate, now

from beneficiaries import actions


class Command(BaseCommand):
    help = "Erase identities after retention, as the worker does every night; with --dry-run only say how many are due."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="change nothing")

    def handle(self, *, dry_run, **options):
        if dry_run:
            self.stdout.write(f"{actions.due_for_erasure(localdate()).count()} identities are past their time")
            return
        erased = sum(1 for _person in actions.erase_due(at=now()))
        self.stdout.write(f"{erased} identities erased")
