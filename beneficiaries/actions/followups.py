"""What became of participants six months after they left: when it is due, the one-time link, the answer."""

from __future__ import annotations

import hashlib
import secrets
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from activities.actions import require, today_in
from beneficiaries.models import FollowUp, Participation, Result
from core import audit
from core.access import Permission, Refused

FOLLOW_UP_TERM = timedelta(days=28)  # as long as for the results on leaving
LINK_LASTS = timedelta(days=30)


def six_months_after(day: date) -> date:
    """The same day six months later, else the last day of that month (reference 4)."""
    year, month = divmod(day.year * 12 + day.month - 1 + 6, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def expect_follow_up(participation: Participation) -> None:
    """Store when this exit is to be followed up, in programmes that count it."""
    if participation.left_on and participation.project.programme.counts_esf_indicators:
        due = six_months_after(participation.left_on)
        days = {"due_from": due, "due_until": due + FOLLOW_UP_TERM}
        FollowUp.objects.get_or_create(participation=participation, left_on=participation.left_on, defaults=days)


def expect_follow_ups(participations: Iterable[int]) -> None:
    """The same for many at once (keys of participations): one statement."""
    sql = """
        INSERT INTO beneficiaries_followup (key, participation_id, left_on, due_from, due_until, link_sha256, situation)
        SELECT gen_random_uuid(), p.id, p.left_on, (p.left_on + interval '6 months')::date,
               (p.left_on + interval '6 months')::date + %s, '', ''
        FROM beneficiaries_participation p JOIN projects_project j ON j.id = p.project_id
             JOIN projects_programme g ON g.id = j.programme_id
        WHERE p.id = ANY(%s) AND p.left_on IS NOT NULL AND g.counts_esf_indicators
        ON CONFLICT DO NOTHING
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [FOLLOW_UP_TERM.days, list(participations)])


def forget_follow_up(participation: Participation) -> None:
    """Who takes part again is asked six months after the last exit; an answer that was given stays."""
    participation.follow_ups.filter(answered_on=None).delete()


@transaction.atomic
def make_link(follow_up: FollowUp, *, by, at: datetime) -> str:
    """A secret for the participant's own page, good for thirty days and one answer. An older one stops working.

    The portal keeps its SHA-256 only. Raises Refused before it is due and after an answer.
    """
    follow_up = _locked(follow_up)
    row = follow_up.participation
    require(by, Permission.PARTICIPANT_EDIT, row.project, row.school)
    _refuse_early(follow_up, today_in(row.project, at))
    secret = secrets.token_urlsafe(24)
    follow_up.link_sha256, follow_up.link_made_at, follow_up.link_made_by = _digest(secret), at, by
    follow_up.link_expires_at = at + LINK_LASTS
    follow_up.save(update_fields=["link_sha256", "link_made_at", "link_made_by", "link_expires_at"])
    told = {"code": row.person.code, "until": str(follow_up.link_expires_at.date())}
    audit.record("participant.follow_up_link", row, by=by, at=at, project=row.project.number, after=told)
    return secret


def follow_up_of(secret: str, at: datetime) -> FollowUp | None:
    """The follow-up a link leads to; None when it is unknown, used or too old."""
    found = FollowUp.objects.filter(link_sha256=_digest(secret), answered_on=None, link_expires_at__gt=at)
    return found.select_related("participation__project__programme").first()


@transaction.atomic
def answer_follow_up(
    follow_up: FollowUp, *, situation: str, better: bool | None, by, at: datetime, secret: str = ""
) -> FollowUp:
    """Store the answer, and the results it shows, seen today: by the participant through the link (`secret`), else by
    `by`, who asked them. Raises Refused when it is not due or was answered."""
    follow_up = _locked(follow_up)
    row = follow_up.participation
    today = today_in(row.project, at)
    if secret:
        by = None
        if follow_up.link_sha256 != _digest(secret) or not follow_up.link_expires_at or follow_up.link_expires_at <= at:
            raise Refused(_("This link is used or too old. Ask your school for a new one."))
    else:
        require(by, Permission.PARTICIPANT_EDIT, row.project, row.school)
    _refuse_early(follow_up, today)
    if situation not in FollowUp.Situation.values:
        raise Refused({"situation": _("Choose one of the answers.")})
    works = situation in FollowUp.WORKING
    follow_up.situation, follow_up.better = situation, better if works else None
    follow_up.answered_on, follow_up.answered_by, follow_up.link_sha256 = today, by, ""
    follow_up.save(update_fields=["situation", "better", "answered_on", "answered_by", "link_sha256"])
    kinds = [Result.Kind.EMPLOYED_LATER] if works else []
    kinds += [Result.Kind.BETTER_LATER] if works and better else []
    known = set(row.results.filter(seen_on=today).values_list("kind", flat=True))
    Result.objects.bulk_create(Result(participation=row, kind=k, seen_on=today) for k in kinds if k not in known)
    row.version += 1
    row.save(update_fields=["version"])
    audit.record(
        "participant.followed_up", row, by=by, at=at, project=row.project.number,
        after={
            "code": row.person.code, "results": {k.value: str(today) for k in kinds}, "version": row.version,
            "kind": "link" if secret else "asked",
        },
    )  # fmt: skip
    return follow_up


def response(follow_ups, today: date) -> dict[str, Any]:
    """How many were due by today, how many of them answered, and that in per cent (None: nobody was due)."""
    told = follow_ups.due(today).aggregate(due=Count("pk"), answered=Count("pk", filter=Q(answered_on__isnull=False)))
    rate = (200 * told["answered"] + told["due"]) // (2 * told["due"]) if told["due"] else None
    return told | {"rate": rate}


def _refuse_early(follow_up: FollowUp, today: date) -> None:
    if follow_up.answered_on:
        raise Refused(_("This was answered already."))
    if today < follow_up.due_from:
        raise Refused(_("Six months have not passed since the exit. Ask again from the day it is due."))


def _locked(follow_up: FollowUp) -> FollowUp:
    rows = FollowUp.objects.select_for_update(of=("self", "participation"), no_key=True)
    return rows.select_related(
        "participation__project__programme", "participation__school", "participation__person"
    ).get(pk=follow_up.pk)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
