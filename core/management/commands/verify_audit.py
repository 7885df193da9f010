"""`manage.py verify_audit`: is the audit trail intact, and up to where?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from core import audit
from core.models import AuditEvent, AuditSeal


class Command(BaseCommand):
    help = (
        "Seal what is not sealed yet, then walk the whole hash chain of the audit trail. Exit code 0: intact; "
        "1: broken. Keep the line it prints outside the portal: given back as --since, it proves that nothing before "
        "it was rewritten or cut off."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--since",
            metavar="N:HASH",
            help="number and hash of an earlier run: also check that the chain still passes through them",
        )

    def handle(self, *, since: str | None, **options: Any) -> None:
        anchor = _anchor(since) if since else None
        audit.seal(now())
        good, wrong = audit.verify()
        if wrong:
            raise CommandError(f"Broken: {wrong}. {_up_to(good) if good else 'No event before it is proven.'}")
        if good is None:
            self.stdout.write("The audit trail is empty.")
            if anchor:
                raise CommandError(f"Broken: seal {anchor[0]} of the earlier run is gone.")
            return
        if anchor and AuditSeal.objects.filter(position=anchor[0]).values_list("chain", flat=True).first() != anchor[1]:
            raise CommandError(f"Broken: seal {anchor[0]} is not the one of the earlier run; the chain was rewritten.")
        self.stdout.write(self.style.SUCCESS(_up_to(good)))
        self.stdout.write(f"--since {good.position}:{good.chain}")


def _up_to(seal: AuditSeal) -> str:
    at = AuditEvent.objects.values_list("at", flat=True).get(pk=seal.event_id)
    return f"intact up to event {seal.event_id} of {at:%Y-%m-%d %H:%M:%S %Z} ({seal.position} events)"


def _anchor(text: str) -> tuple[int, str]:
    position, _colon, chain = text.partition(":")
    if not (position.isdecimal() and len(chain) == 64):
        raise CommandError("--since wants the number and the hash an earlier run printed: N:HASH", returncode=2)
    return int(position), chain
