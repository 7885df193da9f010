"""Chores of the worker that no app owns."""

from __future__ import annotations

from celery import shared_task
from django.core.management import call_command
from django.utils.timezone import now

from core import actions, audit, mail


@shared_task
def seal_audit() -> int:
    """Every minute: chain the audit events written since the last time."""
    return audit.seal(now())


@shared_task
def send_mail() -> int:
    """Every minute: send the mails that wait."""
    return mail.send_due(now())


@shared_task
def clear_old_rows() -> None:
    """Every night: sessions of browsers that ended, mails that went out and answers of the API that were given long
    ago."""
    call_command("clearsessions")
    mail.forget(before=now() - mail.KEPT)
    actions.forget_answers(before=now() - actions.KEPT)
