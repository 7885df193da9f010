"""Identities go, what is counted stays.

Erasing takes out who somebody is (name, national number, exact date of birth and what else only speaks of the person)
and keeps what is counted, under the same code: figures, sealed reports and the chain of the audit trail stay as they
were. Legal source: Regulation (EU) 2021/1060 art. 4 and 82, Regulation (EU) 2016/679 art. 5(1)(e) and 17.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from activities.actions import require
from beneficiaries.actions.exports import drop_exports_of
from beneficiaries.models import (
    Consent,
    Erasure,
    FollowUp,
    Hold,
    Identity,
    Merge,
    MergedRow,
    NotSame,
    OwnNumber,
    Participation,
    Person,
    StagedRow,
    SupportPlan,
)
from core import audit, formats
from core.access import Permission, Refused
from core.models import StoredFile
from projects.models import Change, ExternalId, Project

# What only says who somebody is: its rows go with the identity. Each model with its way to the person.
PERSONAL: dict[type[models.Model], str] = {
    SupportPlan: "participation__person",
    Identity: "person",
    OwnNumber: "person",
}
IDENTIFYING = [Identity._meta.label_lower, Person._meta.label_lower]  # of what a merge wrote down


def keep_until(project: Project) -> date | None:
    """The last day on which documents of a project must be kept: 31 December, some years after that of the last payment
    to the beneficiary (Regulation (EU) 2021/1060 art. 82(1); the years are set per programme). None while nothing was
    paid for the last time."""
    if project.last_payment_on is None:
        return None
    return date(project.last_payment_on.year + project.programme.retention_years, 12, 31)


def due_for_erasure(today: date) -> QuerySet[Person]:
    """People with an identity whose every project need not be kept any more, and on whom no hold lies."""
    kept = [p.pk for p in Project.objects.select_related("programme") if (keep_until(p) or today) >= today]
    theirs = Participation.objects.filter(person=OuterRef("pk"))
    stopped = Hold.objects.in_force(today).filter(_holds_person())
    found = Person.objects.filter(Exists(theirs), Exists(Identity.objects.filter(person=OuterRef("pk"))))
    return found.filter(~Exists(theirs.filter(project__in=kept)), ~Exists(stopped)).order_by("pk")


def _holds_person() -> Q:
    theirs = Participation.objects.filter(person=OuterRef(OuterRef("pk")), project=OuterRef("project"))
    return Q(person=OuterRef("pk")) | Q(Exists(theirs), person=None)


def holds_on(person: Person, today: date) -> QuerySet[Hold]:
    """The holds that keep an identity on a day."""
    projects = person.participations.values("project")
    return Hold.objects.in_force(today).filter(Q(person=person) | Q(person=None, project__in=projects)).order_by("pk")


@transaction.atomic
def erase_person(person: Person, *, reason: str, because: str, by, at: datetime) -> Erasure:
    """Erase who somebody is. `by` None: the clock, which only erases what is due.

    Needs the right in every project of the person. Raises Refused when a hold stops it, when it was done already, or
    when no explanation is given to a reason other than that the time is over.
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    rows = list(
        Participation.objects.filter(person=person)
        .select_related("project__programme", "school")
        .order_by("entered_on")
    )
    if by is not None:
        for row in rows:
            require(by, Permission.PARTICIPANT_ERASE, row.project)
    if Erasure.objects.filter(person=person).exists():
        raise Refused(_("The identity of this participant was erased already."))
    if reason not in Erasure.Reason.values:
        raise Refused({"reason": [_("Choose why the identity is erased.")]})
    if reason != Erasure.Reason.RETENTION and not because.strip():
        raise Refused({"because": [_("Say who asked for it and when, or what happened.")]})
    if reason == Erasure.Reason.RETENTION and not due_for_erasure(localdate(at)).filter(pk=person.pk).exists():
        _refuse_held(person, localdate(at))
        raise Refused({"reason": [_("The documents of a project of this participant must still be kept.")]})
    _refuse_held(person, localdate(at))
    people = [person, *_merged_into(person)]
    _forget_imported(people)
    for model, path in PERSONAL.items():
        model._default_manager.filter(**{f"{path}__in": people}).delete()
    keys = Participation.objects.filter(person__in=people).values("key")
    ExternalId.objects.filter(collection=Change.Collection.PARTICIPANTS, key__in=keys).delete()
    NotSame.objects.filter(Q(one__in=people) | Q(other__in=people)).delete()
    _forget_signed_forms(people)
    FollowUp.objects.filter(participation__person__in=people).update(link_sha256="")
    MergedRow.objects.filter(table__in=IDENTIFYING, merge__kept__in=people).delete()
    for each in people:
        own = rows if each == person else []
        each.born_on = _same_age(each.born_on, [row.entered_on for row in own])
        each.save(update_fields=["born_on"])
    drop_exports_of([row.project for row in rows], by=by, at=at)
    erasure = Erasure.objects.create(person=person, reason=reason, because=because.strip(), erased_at=at, erased_by=by)
    for number, row in {row.project.number: row for row in rows}.items():
        audit.record(
            "participant.erased", row, by=by, at=at, project=number, after={"code": person.code, "reason": reason}
        )
    return erasure


def _forget_signed_forms(people: list[Person]) -> None:
    """The form bears the name, the date of consent counts: the file goes, the row stays."""
    signed = Consent.objects.filter(participation__person__in=people, file__isnull=False)
    files = list(signed.values_list("file", flat=True))
    signed.update(file=None)
    StoredFile.objects.filter(pk__in=files).delete()  # the bytes go with the next sweep


def _refuse_held(person: Person, today: date) -> None:
    hold = holds_on(person, today).first()
    if hold is None:
        return
    words = {"because": hold.because}
    if hold.until_on is None:
        raise Refused(_("A hold keeps this identity: %(because)s") % words)
    words["day"] = formats.day(hold.until_on, get_language() or "en")
    raise Refused(_("A hold keeps this identity until %(day)s: %(because)s") % words)


def _forget_imported(people: list[Person]) -> None:
    """Take out what imports keep of these people: the cells they came from, and how their names were before."""
    for person in people:
        made = StagedRow.objects.filter(effects__contains=[[Person._meta.label_lower, person.pk]])
        own = Identity.objects.filter(person=person).values_list("pk", flat=True)
        for pk in own:
            made |= StagedRow.objects.filter(effects__contains=[[Identity._meta.label_lower, pk]])
        for row in made:
            row.cells, row.findings = {}, []
            row.effects = [effect for effect in row.effects if effect[0] not in IDENTIFYING or effect[2] is None]
            row.save(update_fields=["cells", "findings", "effects"])


def _merged_into(person: Person) -> list[Person]:
    """The records that were merged into this one, and into those."""
    found: list[Person] = []
    waiting = [person]
    while waiting:
        merges = Merge.objects.filter(kept__in=waiting, undone_at=None).select_related("gone")
        waiting = [merge.gone for merge in merges if merge.gone not in found]
        found += waiting
    return found


def _same_age(born_on: date | None, entries: list[date | None]) -> date | None:
    """A date of birth that says no more than the age on each day of entry; the first of the year without any.

    For each entry the birthday lies in the year that ends with that day, `age` years earlier; the earliest of these
    last days lies in all of these years, because the true birthday does.
    """
    if born_on is None:
        return None
    latest = [_years_before(day, _age(born_on, day)) for day in entries if day is not None and day >= born_on]
    return min(latest) if latest else born_on.replace(month=1, day=1)


def _age(born_on: date, day: date) -> int:
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def erase_due(*, at: datetime) -> Iterator[Person]:
    """Erase what has been due for ERASURE_GRACE_DAYS, in which a hold can still be put; one person a transaction, and
    each is given. What cannot be erased now is left for the next day."""
    for person in list(due_for_erasure(localdate(at) - timedelta(days=settings.ERASURE_GRACE_DAYS))):
        try:
            erase_person(person, reason=Erasure.Reason.RETENTION, because="", by=None, at=at)
        except Refused:  # a hold
            continue
        yield person


@transaction.atomic
def put_hold(
    project: Project, *, participation: Participation | None, because: str, until_on: date | None, by, at: datetime
) -> Hold:
    """Keep the identity of one participant of a project, or of all of them. Raises Refused by field."""
    require(by, Permission.PARTICIPANT_ERASE, project)
    wrong: dict[str, list[str]] = {}
    if not because.strip():
        wrong["because"] = [_("Say what the hold is for.")]
    if until_on is not None and until_on < localdate(at):
        wrong["until_on"] = [_("This day is over. Choose today or a later day.")]
    if wrong:
        raise Refused(wrong)
    person = participation.person if participation else None
    hold = Hold.objects.create(
        project=project, person=person, because=because.strip(), until_on=until_on, put_at=at, put_by=by
    )
    audit.record("hold.put", hold, by=by, at=at, project=project.number, after=_told(hold), note=hold.because)
    return hold


@transaction.atomic
def end_hold(hold: Hold, *, by, at: datetime) -> Hold:
    """From now on nothing is kept because of this hold. Ended twice is ended once."""
    hold = Hold.objects.select_for_update(of=("self",)).select_related("project__programme", "person").get(pk=hold.pk)
    require(by, Permission.PARTICIPANT_ERASE, hold.project)
    if hold.ended_at is None:
        hold.ended_at, hold.ended_by = at, by
        hold.save(update_fields=["ended_at", "ended_by"])
        audit.record("hold.ended", hold, by=by, at=at, project=hold.project.number, before=_told(hold))
    return hold


def _told(hold: Hold) -> dict[str, Any]:
    told = {"code": hold.person.code if hold.person else "", "until": str(hold.until_on or "")}
    return {name: value for name, value in told.items() if value}
