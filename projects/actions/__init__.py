"""Every change to a project: its texts, its contract versions, who works on it, what is asked about it.

A missing right raises PermissionDenied (pages and API: 403), a rule that stands against raises Refused (API: 409) with
its message beside the name of the field where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max, Min, QuerySet
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import audit, formats, mail
from core.access import GRANTS, Permission, Refused
from core.models import Organisation, User
from projects import checks
from projects.models import (
    Answer,
    Change,
    Clarification,
    ContractVersion,
    Forgotten,
    Membership,
    Programme,
    Project,
    Question,
    can,
    reach,
)

PARTS = checks.PARTS
parts_problems = checks.parts
above_rate = checks.above_rate

TEXTS = ("title", "summary")


@dataclass(frozen=True)
class Difference:
    """A text that two people set differently: field, language, and both values."""

    field: str
    language: str
    yours: str
    theirs: str


class Stale(Refused):
    """Somebody changed the project after it was opened; `differences` are the texts in question."""

    def __init__(self, differences: list[Difference]):
        super().__init__(_("Someone changed this while you were working. Compare and choose."))
        self.differences = differences


def require(by, permission: Permission, project: Project, school=None) -> None:
    """Raise PermissionDenied, saying who can give access, unless `by` has the right there.

    `by` is None for whoever works at the server's own command line."""
    if by is not None and not can(by, permission, project, school):
        raise PermissionDenied(
            _("Your role does not allow this in project %(number)s. An administrator can give you access.")
            % {"number": project.number}
        )


@transaction.atomic
def add_project(
    *, programme: Programme, number: str, title: dict[str, str], summary: dict[str, str], state: str,
    beneficiary: Organisation | None, source: str, by, at: datetime,
) -> Project:  # fmt: skip
    """A project that a list of operations tells of; dates and amounts come with its contract. Not published yet.

    Needs the right to edit projects in the whole programme. Raises Refused, by field, for a number taken or wrong.
    """
    where = reach(by, Permission.PROJECT_EDIT) if by is not None else None
    if where is not None and not (where.everywhere or programme.pk in where.programmes):
        raise PermissionDenied(_("Only an officer of the programme may add projects to it."))
    project = Project(
        programme=programme, number=number.strip(), title=title, summary=summary, state=state, beneficiary=beneficiary,
        updated_at=at, source=source,
    )  # fmt: skip
    try:
        project.full_clean()
    except ValidationError as error:
        raise Refused(error) from None
    project.save()
    audit.record(
        "project.added", project, by=by, at=at, project=project.number,
        after={"programme": programme.code, "state": state, "title": next(iter(title.values()), "")},
    )  # fmt: skip
    return project


@transaction.atomic
def change_project_texts(
    project: Project, *, seen_at: datetime, by, at: datetime, title: dict[str, str], summary: dict[str, str]
) -> Project:
    """Set title and description, each by language; a language left out is taken away.

    `seen_at` is the `updated_at` the person had open. Raises Stale when somebody changed one of these texts since to
    something else, Refused when the title would be empty.
    """
    project = Project.objects.select_for_update(of=("self",)).select_related("programme").get(pk=project.pk)
    require(by, Permission.PROJECT_EDIT, project)
    new = {
        name: {language: text.strip() for language, text in texts.items() if text.strip()}
        for name, texts in (("title", title), ("summary", summary))
    }
    differences = [
        Difference(name, language, new[name].get(language, ""), getattr(project, name).get(language, ""))
        for name in TEXTS
        for language in sorted(set(new[name]) | set(getattr(project, name)))
        if new[name].get(language, "") != getattr(project, name).get(language, "")
    ]
    if not differences:
        return project
    if seen_at != project.updated_at:
        raise Stale(differences)
    if not new["title"]:
        raise Refused({f"title_{project.programme.language}": [_("Enter a title in at least one language.")]})
    for name, texts in new.items():
        setattr(project, name, texts)
    project.clean_fields(exclude=[f.name for f in project._meta.fields if f.name not in TEXTS])
    project.updated_at = at
    project.save(update_fields=[*TEXTS, "updated_at"])
    audit.record(
        "project.texts_changed", project, by=by, at=at, project=project.number,
        before={f"{d.field} ({d.language})": d.theirs for d in differences},
        after={f"{d.field} ({d.language})": d.yours for d in differences},
    )  # fmt: skip
    return project


@transaction.atomic
def add_contract_version(
    project: Project,
    *,
    number: str,
    kind: str,
    signed_on: date | None,
    in_force_from: date | None,
    starts_on: date | None,
    ends_on: date | None,
    eligible_from: date | None,
    eligible_to: date | None,
    currency: str,
    total: Decimal | None,
    eu_part: Decimal | None,
    national_part: Decimal | None,
    own_part: Decimal | None,
    dates_to_the_month: bool = False,
    instalments: str = "",
    report_days: int | None = None,
    interim_months: int | None = None,
    interim_days: int | None = None,
    whole_units: bool = False,
    by,
    at: datetime,
) -> ContractVersion:
    """Add a signed contract or annex as the next version. Raises Refused, by field, when the number is taken, the parts
    do not make the total, dates are out of order, or it is not in force later than the version before."""
    project = Project.objects.select_for_update(of=("self",)).select_related("programme").get(pk=project.pk)
    require(by, Permission.PROJECT_EDIT, project)
    previous = project.contracts.order_by("-version").first()
    amounts = {"eu_part": eu_part, "national_part": national_part, "own_part": own_part}
    fields: dict[str, Any] = {
        "number": number.strip(), "kind": kind, "signed_on": signed_on, "in_force_from": in_force_from,
        "starts_on": starts_on, "ends_on": ends_on, "eligible_from": eligible_from, "eligible_to": eligible_to,
        "currency": currency, "total": total, "dates_to_the_month": dates_to_the_month, **amounts,
        "instalments": instalments, "report_days": report_days, "whole_units": whole_units,
        "interim_months": interim_months, "interim_days": interim_days,
    }  # fmt: skip
    problems = checks.parts(total, amounts, currency) | checks.dates_in_order(fields)
    problems |= checks.half_a_rhythm(interim_months, interim_days)
    if not problems and (wrong := checks.above_rate(project, total, eu_part, currency)):
        problems["eu_part"] = wrong
    if wrong := checks.follows(previous, in_force_from):
        problems.setdefault("in_force_from", wrong)
    if wrong := checks.number_is_free(fields["number"]):
        problems["number"] = wrong
    if problems:
        raise Refused({name: [text] for name, text in problems.items()})
    contract = ContractVersion(project=project, version=previous.version + 1 if previous else 1, **fields)
    try:
        contract.full_clean()
    except ValidationError as error:
        raise Refused(error) from None
    contract.save()
    project.updated_at = at
    project.save(update_fields=["updated_at"])
    told = {name: str(value) for name, value in fields.items() if value not in (None, "", False)}
    audit.record(
        "contract.added", contract, by=by, at=at, project=project.number,
        after=told | {"version": contract.version},
    )  # fmt: skip
    return contract


@transaction.atomic
def add_member(
    *,
    email: str,
    name: str = "",
    role: str,
    programme: Programme | None = None,
    project: Project | None = None,
    organisation: Organisation | None = None,
    from_on: date | None = None,
    until_on: date | None = None,
    by,
    at: datetime,
) -> Membership:
    """Give a person a role. An e-mail that the portal does not know becomes a new account without a password: the
    person sets one by “Forgot your password?”. Raises Refused, by field, when the role lacks what it needs."""
    _require_members(by, project)
    problems = checks.place_of(role, programme, project, organisation, until_on)
    if from_on and until_on and until_on < from_on:
        problems["until_on"] = _("The last day lies before the first day.")
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None and not name.strip():
        problems["name"] = _("The portal does not know this e-mail yet. Enter the name of the person.")
    if problems:
        raise Refused({field: [text] for field, text in problems.items()})
    if user is None:
        user = User.objects.create_user(email.strip(), name=name.strip())
        audit.record("account.made", user, by=by, at=at)
    membership = Membership(
        user=user, role=role, programme=programme, project=project, organisation=organisation,
        from_on=from_on, until_on=until_on,
    )  # fmt: skip
    try:
        membership.full_clean()
        with transaction.atomic():
            membership.save()
    except ValidationError as error:
        raise Refused(error) from None
    except IntegrityError:
        raise Refused(_("This person has this role here already.")) from None
    audit.record("member.added", membership, by=by, at=at, project=_number(membership), after=_told(membership))
    return membership


@transaction.atomic
def remove_member(membership: Membership, *, by, at: datetime) -> None:
    """Take a role away from now on. The trail keeps what it was; a second call changes nothing."""
    found = Membership.objects.select_for_update(of=("self",)).filter(pk=membership.pk)
    row = found.select_related("user", "project", "programme", "organisation").first()
    if row is None:
        return
    _require_members(by, row.project)
    list(Membership.objects.select_for_update().filter(role=row.role, project=None))  # two administrators at once
    if wrong := checks.last_administrator(row, localdate(at)):
        raise Refused(wrong)
    audit.record("member.removed", row, by=by, at=at, project=_number(row), before=_told(row))
    row.delete()


def _require_members(by, project: Project | None) -> None:
    if project is not None:
        require(by, Permission.MEMBERS_EDIT, project)
    elif by is not None and not reach(by, Permission.MEMBERS_EDIT).everywhere:
        raise PermissionDenied(_("Only an administrator of the portal may decide who works here."))


# --- clarifications --------------------------------------------------------------------------------------------------


class AnsweredMeanwhile(Refused):
    """Somebody else answered the same question after it was opened; `theirs` are those answers by question number."""

    def __init__(self, theirs: dict[int, Answer]):
        super().__init__(_("Someone answered this while you were writing. Read it, then save again to add yours."))
        self.theirs = theirs


def answering(project: Project, school: Organisation | None, on: date) -> QuerySet[User]:
    """Who answers questions to this school of the project, or to all its schools, on a day."""
    roles = [role for role, granted in GRANTS.items() if Permission.QUESTION_ANSWER in granted]
    who = Membership.objects.in_force(on).filter(project=project, role__in=roles)
    if school is not None:
        who = who.filter(organisation=school)
    return User.objects.filter(is_active=True, pk__in=who.values("user")).order_by("pk")


def schools_to_ask(project: Project, on: date) -> QuerySet[Organisation]:
    """The schools of the project in which somebody answers questions on a day."""
    roles = [role for role, granted in GRANTS.items() if Permission.QUESTION_ANSWER in granted]
    who = Membership.objects.in_force(on).filter(project=project, role__in=roles)
    return Organisation.objects.filter(pk__in=who.values("organisation")).order_by("pk")


@transaction.atomic
def ask(
    project: Project,
    *,
    school: Organisation | None,
    subject: str,
    questions: Sequence[str],
    due_on: date,
    by,
    at: datetime,
) -> Clarification:
    """Ask a school of the project, or with None all of them, and tell those who answer there by mail.

    Raises Refused by field: nobody answers there, no subject, no question, a day that is over.
    """
    require(by, Permission.QUESTION_ASK, project)
    today, asked = localdate(at), [text.strip() for text in questions if text.strip()]
    wrong: dict[str, list[str]] = {}
    if not subject.strip():
        wrong["subject"] = [_("Enter what the questions are about.")]
    if not asked:
        wrong["question_1"] = [_("Enter at least one question.")]
    if due_on < today:
        wrong["due_on"] = [_("This day is over. Choose today or a later day.")]
    if not answering(project, school, today).exists():
        wrong["school"] = [_("No coordinator works there now, so nobody would read this. Choose another school.")]
    if wrong:
        raise Refused(wrong)
    clarification = Clarification(
        project=project, school=school, subject=subject.strip(), due_on=due_on, asked_by=by, asked_at=at
    )
    clarification.clean_fields()
    clarification.save()
    Question.objects.bulk_create(
        Question(clarification=clarification, number=number, text=text, asked_at=at)
        for number, text in enumerate(asked, start=1)
    )
    facts = {"questions": len(asked), "until": str(due_on), "organisation": str(school or "")}
    audit.record(
        "clarification.asked", clarification, by=by, at=at, project=project.number,
        after={name: value for name, value in facts.items() if value},
    )  # fmt: skip
    _mail_questions(clarification, at)
    return clarification


@transaction.atomic
def ask_more(clarification: Clarification, *, text: str, by, at: datetime) -> Question:
    """Add a question to an open clarification. Raises Refused when it is closed or there are no words."""
    clarification = locked(clarification)
    require(by, Permission.QUESTION_ASK, clarification.project)
    _refuse_closed(clarification)
    if not text.strip():
        raise Refused({"text": [_("Enter the question.")]})
    last = clarification.questions.aggregate(last=Max("number"))["last"] or 0
    question = Question.objects.create(clarification=clarification, number=last + 1, text=text.strip(), asked_at=at)
    audit.record(
        "clarification.asked_more", clarification, by=by, at=at, project=clarification.project.number,
        after={"number": question.number},
    )  # fmt: skip
    _mail_questions(clarification, at)
    return question


@transaction.atomic
def answer(
    clarification: Clarification, *, answers: Mapping[int, str], seen: Mapping[int, int], by, at: datetime
) -> list[int]:
    """Answer questions by their numbers; returns the numbers of those answered now. What is empty, or stands there
    already, is left. Late answers are taken, and shown as late.

    `seen` are the ids of the newest answers the person had open, by number (0 or none: no answer). Raises
    AnsweredMeanwhile when a newer one is there, Refused when the clarification is closed or nothing is answered.
    """
    clarification = locked(clarification)
    require(by, Permission.QUESTION_ANSWER, clarification.project, clarification.school)
    _refuse_closed(clarification)
    given, theirs = [], {}
    for question in clarification.questions.prefetch_related("answers"):
        newest = next(iter(question.answers.all()), None)
        text = answers.get(question.number, "").strip()
        if not text or (newest is not None and newest.text == text):
            continue
        if newest is not None and newest.pk != seen.get(question.number, 0):
            theirs[question.number] = newest
        given.append((question, text))
    if theirs:
        raise AnsweredMeanwhile(theirs)
    if not given:
        raise Refused(_("Write an answer to at least one question; nothing new was entered."))
    Answer.objects.bulk_create(Answer(question=question, text=text, by=by, at=at) for question, text in given)
    numbers = [question.number for question, _text in given]
    audit.record(
        "clarification.answered", clarification, by=by, at=at, project=clarification.project.number,
        after={"answers": numbers},
    )  # fmt: skip
    if not clarification.questions.unanswered().exists() and clarification.asked_by is not None:
        _mail_answered(clarification, at)
    return numbers


@transaction.atomic
def close_clarification(clarification: Clarification, *, because: str, by, at: datetime) -> Clarification:
    """End it; then nobody writes there any more. Where a question has no answer, `because` says why it needs none."""
    clarification = locked(clarification)
    require(by, Permission.QUESTION_ASK, clarification.project)
    _refuse_closed(clarification)
    open_ones = clarification.questions.unanswered().count()
    if open_ones and not because.strip():
        raise Refused({"because": [_("A question has no answer yet: say why it needs none.")]})
    clarification.closed_at, clarification.closed_by = at, by
    clarification.closed_because = because.strip() if open_ones else ""
    clarification.save(update_fields=["closed_at", "closed_by", "closed_because"])
    audit.record(
        "clarification.closed", clarification, by=by, at=at, project=clarification.project.number,
        note=clarification.closed_because,
    )  # fmt: skip
    return clarification


def locked(clarification: Clarification) -> Clarification:
    """The clarification as it is now, so that nobody writes in it meanwhile."""
    found = Clarification.objects.select_for_update(of=("self",)).select_related("project__programme", "school")
    return found.get(pk=clarification.pk)


def _refuse_closed(clarification: Clarification) -> None:
    if clarification.closed_at is not None:
        raise Refused(_("This clarification is closed. The officer can ask anew."))


def _page_of(clarification: Clarification) -> str:
    return settings.SITE_URL + reverse("projects:clarification", args=[clarification.key])


def _mail_questions(clarification: Clarification, at: datetime) -> None:
    def write() -> tuple[str, str]:
        day = formats.long_day(clarification.due_on, get_language() or "en")
        words = {"project": clarification.project.number, "day": day, "url": _page_of(clarification)}
        return (
            _("Questions about project %(project)s, answer until %(day)s") % words,
            _("A programme officer asks about project %(project)s. Please answer until %(day)s:\n%(url)s") % words,
        )

    people = answering(clarification.project, clarification.school, localdate(at))
    mail.queue(people, write, language=clarification.project.programme.language, at=at)


def _mail_answered(clarification: Clarification, at: datetime) -> None:
    def write() -> tuple[str, str]:
        words = {"project": clarification.project.number, "url": _page_of(clarification)}
        return (
            _("Your questions about project %(project)s are answered") % words,
            _("All questions about project %(project)s are answered:\n%(url)s") % words,
        )

    asker = clarification.asked_by
    mail.queue([asker] if asker else [], write, language=clarification.project.programme.language, at=at)


def _number(membership: Membership) -> str:
    return membership.project.number if membership.project else ""


def _told(membership: Membership) -> dict[str, str]:
    """A membership in keys and codes, for the trail."""
    told = {
        "person": str(membership.user),
        "user": str(membership.user.key),
        "role": membership.role,
        "programme": membership.programme.code if membership.programme else "",
        "organisation": str(membership.organisation or ""),
        "from": str(membership.from_on or ""),
        "until": str(membership.until_on or ""),
    }
    return {name: value for name, value in told.items() if value}


def forget_changes(*, before: datetime) -> int:
    """Drop the changes of before that moment, and note up to where; returns how many. Transactions go as a whole."""
    gone = 0
    for collection in Change.Collection.values:
        with transaction.atomic():
            rows = Change.objects.filter(collection=collection)
            old, kept = rows.filter(at__lt=before), rows.filter(at__gte=before).aggregate(first=Min("xid"))["first"]
            if kept is not None:
                old = old.filter(xid__lt=kept)
            last = old.aggregate(last=Max("xid"))["last"]
            if last is not None:
                Forgotten.objects.update_or_create(collection=collection, defaults={"xid": last, "at": before})
                gone += old.delete()[0]
    return gone
