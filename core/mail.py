"""Mail: a row beside the change it tells of; the worker sends it after the commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import override

from core.models import OutgoingMail, User

WAITS = [timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720, 1440)]  # between the attempts; then it is given up
KEPT = timedelta(days=30)


def queue(people: Iterable[User], write: Callable[[], tuple[str, str]], *, language: str, at: datetime) -> None:
    """Leave a mail for each person who may sign in. `write` gives subject and text and is called in the language of the
    reader, or in `language` where the reader chose none. Call inside the transaction of the change itself."""
    mails = []
    for person in people:
        if not person.is_active:
            continue
        with override(person.language or language):
            subject, text = write()
        mails.append(
            OutgoingMail(
                to=person.email, language=person.language or language, subject=" ".join(subject.split())[:200],
                text=text, made_at=at, next_at=at,
            )
        )  # fmt: skip
    OutgoingMail.objects.bulk_create(mails)


def send_due(at: datetime) -> int:
    """Send what waits; returns how many went out. A mail that fails is tried again later, seven times, within two days.
    Workers that run this at once take different mails."""
    sent = 0
    while _send_next(at):
        sent += 1
    return sent


@transaction.atomic
def _send_next(at: datetime) -> bool:
    """Send one mail; False when there is none left to try."""
    while (mail := OutgoingMail.objects.due(at).select_for_update(skip_locked=True).first()) is not None:
        mail.attempts += 1
        try:
            _send(mail)
        except OSError as failure:  # smtplib's errors are of this kind, too
            mail.failure = f"{type(failure).__name__}: {failure}"[:300]
            mail.next_at = at + WAITS[mail.attempts - 1] if mail.attempts <= len(WAITS) else None
            mail.save(update_fields=["attempts", "failure", "next_at"])
        else:
            mail.sent_at, mail.next_at, mail.failure = at, None, ""
            mail.save(update_fields=["attempts", "sent_at", "next_at", "failure"])
            return True
    return False


def _send(mail: OutgoingMail) -> None:
    with override(mail.language):
        words = {"mail": mail, "portal_name": settings.PORTAL_NAME, "site": settings.SITE_URL}
        message = EmailMultiAlternatives(mail.subject, render_to_string("mail/mail.txt", words), to=[mail.to])
        message.attach_alternative(render_to_string("mail/mail.html", words), "text/html")
    message.send()


def forget(*, before: datetime) -> int:
    """Remove mails sent, or given up, before a moment; returns how many."""
    done = OutgoingMail.objects.filter(next_at=None, made_at__lt=before)
    return done.delete()[0]
