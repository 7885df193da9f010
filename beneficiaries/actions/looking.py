"""Finding people, and what is written down when somebody looks at names or sensitive answers."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from activities.actions import require
from beneficiaries.actions.names import fold
from beneficiaries.models import (
    Participation,
    ParticipationQuerySet,
)
from core import audit
from core.access import Permission
from projects.models import Project


@transaction.atomic
def show_names(thing, *, project: Project, school=None, by, at: datetime) -> None:
    """Write down that `by` has the names of the participants on `thing` (a session, a record, a project) shown."""
    require(by, Permission.PARTICIPANT_NAMES, project, school)
    audit.record("participant.names_shown", thing, by=by, at=at, project=project.number)


@transaction.atomic
def open_record(participation: Participation, *, by, at: datetime) -> None:
    """Write down that `by` opened the record of a participant."""
    require(by, Permission.PARTICIPANT_VIEW, participation.project, participation.school)
    code = {"code": participation.person.code}
    audit.record("participant.viewed", participation, by=by, at=at, project=participation.project.number, after=code)


@transaction.atomic
def show_sensitive(participation: Participation, *, by, at: datetime) -> None:
    """Write down that `by` has the sensitive answers of a participant shown: a right of its own."""
    require(by, Permission.PARTICIPANT_SENSITIVE, participation.project, participation.school)
    number, code = participation.project.number, {"code": participation.person.code}
    audit.record("participant.sensitive_shown", participation, by=by, at=at, project=number, after=code)


def matching(people: ParticipationQuerySet, text: str, *, names: bool) -> ParticipationQuerySet:
    """Those whose code or, where names may be seen, name holds every word of `text`, in whatever script it is typed."""
    by_code = Q(person__code__icontains=text.strip())
    words = fold(text).split()
    if not names or not words:
        return people.filter(by_code)
    by_name = Q()
    for word in words:
        by_name &= Q(person__identity__search_key__contains=word)
    return people.filter(by_code | by_name)
