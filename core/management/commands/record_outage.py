"""`manage.py record_outage`: write down that the portal was down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_current_timezone, is_naive, make_aware, now

from core.access import Refused
from core.actions import record_outage


def _moment(text: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"“{text}” is no moment. Write it as 2026-05-21T09:00, in the time zone of the portal.")
    return make_aware(found, get_current_timezone()) if is_naive(found) else found


class Command(BaseCommand):
    help = (
        "Write down that the portal was down from one moment to another. A day on which it was down for more than two "
        "hours in all is no last day: a deadline that ends on it ends on the next day on which the portal was up."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("from", help="when it went down, such as 2026-05-21T09:00")
        parser.add_argument("to", help="when it was up again")
        parser.add_argument("reason", help="shown beside the deadlines it moves")

    def handle(self, **options: Any) -> None:
        try:
            made = record_outage(
                from_at=_moment(options["from"]), to_at=_moment(options["to"]), reason=options["reason"], by=None,
                at=now(),
            )  # fmt: skip
        except Refused as refused:
            raise CommandError(" ".join(refused.messages)) from None
        self.stdout.write(f"Written down: {made}.")
