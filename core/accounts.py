"""How accounts come about: by invitation only, and every sign-in leaves an audit row."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.utils.timezone import now

from core import audit
from core.models import Role


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request) -> bool:
        """Nobody signs up: an administrator adds people, because a role is a decision of the office."""
        return False


# Django announces sign-in and sign-out by signal only: there is no other place to hear of every way in.
@receiver(user_logged_in)
def _signed_in(sender, request, user, **kwargs):
    audit.record("account.signed_in", user, by=user, at=now())


@receiver(user_logged_out)
def _signed_out(sender, request, user, **kwargs):
    if user is not None:
        audit.record("account.signed_out", user, by=user, at=now())


def demo_signins() -> list[dict[str, str]]:
    """The sign-ins of the trial, one per kind of user; empty outside the trial."""
    if not settings.TRIAL:
        return []
    kinds = {
        "admin": Role.ADMINISTRATOR,
        "officer": Role.OFFICER,
        "coordinator": Role.COORDINATOR,
        "finance": Role.PARTNER_FINANCE,
        "auditor": Role.AUDITOR,
    }
    return [{"role": str(role.label), "email": f"{who}@demo.example"} for who, role in kinds.items()]
