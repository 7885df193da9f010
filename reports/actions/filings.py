"""Reports a project owes: laid out as facts, written by the project, submitted and sealed, returned or approved.

A missing right raises PermissionDenied (pages and API: 403), a rule that stands against raises Refused (API: 409).
"""

from __future__ import annotations

import unicodedata
from calendar import monthrange
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from activities.actions import today_in
from activities.models import Activity, Session
from core import audit
from core.access import Permission, Refused
from core.models.texts import said
from projects.actions import require
from projects.models import ContractVersion, Project
from reports import snapshot
from reports.actions.reports import seal
from reports.catalogue import SUBMITTED
from reports.models import LONGEST_TEXT, Decision, Filing, LayoutVersion, Remark, Report, Section, Submission

State = Filing.State
SUMMARY = ""  # stands for the section that is about no activity


@dataclass(frozen=True)
class Place:
    """A section a report may have: in sum ("") or about the activity with this number; what is written there now, and
    whether the report needs it: its summary, and what was done where sessions were held."""

    number: str
    activity: Activity | None
    text: str = ""
    version: int = 0
    needed: bool = True

    def name(self, language: str, own: str) -> tuple[str, str]:
        """Its heading, and the language of that where it is not `language`."""
        if self.activity is None:
            return pgettext("section of a report", "Summary"), ""
        name, spoken = said(self.activity.title, language, own)
        return name, spoken if spoken != language else ""


# --- the schedule ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Due:
    """A report as the schedule of a contract foresees it."""

    kind: str
    from_on: date
    to_on: date
    due_on: date


RHYTHM = {"months": "interim_months", "days": "interim_days", "final_days": "report_days"}  # as contracts name it


def agreed(contract: ContractVersion | None) -> dict[str, int]:
    """What a contract says of the rhythm of its reports: `months` from one interim report to the next (0: none), `days`
    for an interim one, `final_days` for the final one. What it does not say is left out."""
    told = {name: getattr(contract, field, None) for name, field in RHYTHM.items()}
    if told["months"] == 0:
        told["days"] = 0
    return {name: n for name, n in told.items() if n is not None}


def foreseen(
    contract: ContractVersion, *, months: int, days: int, final_days: int, after: date | None = None
) -> list[Due]:
    """The reports of a contract: one every so many months, due so many days after its period, and the final one over
    the whole contract. A last stretch of less than a period belongs to the final report alone. Interim ones begin after
    the day `after`: of a period that has begun by then the rest is a report of its own."""
    first = min((d for d in (contract.starts_on, contract.eligible_from) if d), default=None)
    last = max((d for d in (contract.ends_on, contract.eligible_to) if d), default=None)
    if first is None or last is None:
        raise Refused(_("The contract has no first and last day yet. Add them, then lay out the schedule."))
    found = []
    for n in range(1 if months else 0, 1000 if months else 0):
        begins, until = _months_after(first, months * (n - 1)), _months_after(first, months * n) - timedelta(days=1)
        if until >= last:
            break
        if after is not None and begins <= after:
            begins = after + timedelta(days=1)
        if begins <= until:
            found.append(Due(Filing.Kind.INTERIM, begins, until, until + timedelta(days=days)))
    return [*found, Due(Filing.Kind.FINAL, first, last, (contract.ends_on or last) + timedelta(days=final_days))]


def proposed(project: Project, contract: ContractVersion, *, months: int, days: int, final_days: int) -> list[Due]:
    """What the schedule of a project lacks: interim reports after the last one in it, and the final one where the last
    day of the contract is another. A report that was said not to be needed does not come back with the same day."""
    rows = Filing.objects.filter(project=project)
    there, skipped = rows.exclude(state=State.SKIPPED), rows.filter(state=State.SKIPPED)
    covered = there.filter(kind=Filing.Kind.INTERIM).order_by("-to_on").values_list("to_on", flat=True).first()
    known = set(there.values_list("kind", "from_on", "to_on"))
    dropped = set(skipped.values_list("kind", "from_on", "to_on", "due_on"))
    return [
        due
        for due in foreseen(contract, months=months, days=days, final_days=final_days, after=covered)
        if (due.kind, due.from_on, due.to_on) not in known
        and (due.kind, due.from_on, due.to_on, due.due_on) not in dropped
    ]


def _months_after(day: date, n: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@transaction.atomic
def lay_out(
    project: Project, *, months: int | None = None, days: int | None = None, final_days: int | None = None, by,
    at: datetime,
) -> list[Filing]:  # fmt: skip
    """Write the schedule of the contract in force down as facts; returns the reports that are new.

    The rhythm is the contract's. `months`, `days` and `final_days` are for what it does not say; raises Refused, by
    field, where they are missing or say something else. What is laid out already stays as it is, with its day.
    """
    require(by, Permission.FILING_DECIDE, project)
    project = Project.objects.select_for_update(of=("self",)).select_related("programme").get(pk=project.pk)
    contract = project.contract_on(today_in(project, at))
    if contract is None:
        raise Refused(_("This project has no contract yet, so there is nothing to report."))
    rhythm = _rhythm(contract, {"months": months, "days": days, "final_days": final_days})
    return [_plan(project, contract, due, by, at) for due in proposed(project, contract, **rhythm)]


def _rhythm(contract: ContractVersion, typed: Mapping[str, int | None]) -> dict[str, int]:
    """What the contract says, and what was typed where it says nothing."""
    said, found = agreed(contract), {name: n for name, n in typed.items() if n is not None}
    words = _("Contract %(number)s says %(n)s. Another rhythm needs an amendment of the contract.")
    wrong = {
        name: [words % {"number": contract.number, "n": said[name]}]
        for name, n in found.items()
        if said.get(name, n) != n
    }
    found |= said
    if found.get("months") == 0:
        found.setdefault("days", 0)
    wrong |= {name: [_("The contract does not say this. Enter it.")] for name in RHYTHM if name not in found}
    if wrong:
        raise Refused(wrong)
    return found


@transaction.atomic
def add_filing(project: Project, *, kind: str, from_on: date, to_on: date, due_on: date, by, at: datetime) -> Filing:
    """Ask a project for one report the schedule does not foresee."""
    require(by, Permission.FILING_DECIDE, project)
    contract = project.contract_on(today_in(project, at))
    if contract is None:
        raise Refused(_("This project has no contract yet, so there is nothing to report."))
    return _plan(project, contract, Due(kind, from_on, to_on, due_on), by, at)


def _plan(project: Project, contract: ContractVersion, due: Due, by, at: datetime) -> Filing:
    filing = Filing(project=project, contract=contract, language=project.programme.language, **vars(due))
    try:
        filing.clean_fields(exclude=["project", "contract"])
        filing.validate_constraints()
    except ValidationError as error:
        raise Refused(error) from None
    filing.save()
    told = {name: str(value) for name, value in vars(due).items()} | {"contract": contract.number}
    _record("planned", filing, by, at, after=told)
    return filing


@transaction.atomic
def skip(filing: Filing, *, because: str, by, at: datetime) -> Filing:
    """Say that the office does not wait for this report, and why; nothing else of the schedule moves."""
    filing = locked(filing)
    _require_move(filing, State.SKIPPED, by)
    if not because.strip():
        raise Refused({"because": [_("Say why this report is not needed. The project reads it.")]})
    return _move(filing, State.SKIPPED, by, at, note=because.strip())


# --- writing ---------------------------------------------------------------------------------------------------------


def places(filing: Filing) -> list[Place]:
    """The sections of a report in order: in sum, then each activity of the project, with what is written there."""
    written = {section.activity_id: section for section in filing.sections.all()}
    held = Session.objects.filter(project=filing.project, state=Session.State.HELD)
    busy = set(held.between(filing.from_on, filing.to_on).values_list("activity", flat=True))
    found = []
    for activity in [None, *filing.project.activities.order_by("position")]:
        section = written.get(activity.pk if activity else None)
        number = activity.number if activity else SUMMARY
        text, version = (section.text, section.version) if section else ("", 0)
        found.append(Place(number, activity, text, version, activity is None or activity.pk in busy))
    return found


def plain(text: str) -> str:
    """Text as it is kept: line ends as one sign, nothing invisible but line ends and tabs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (c for c in unicodedata.normalize("NFC", text) if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return "".join(kept).strip()


@dataclass(frozen=True)
class Written:
    """What saving did: versions of the sections now, and those where somebody else wrote meanwhile (not saved)."""

    versions: dict[str, int]
    clashes: list[Place]


@transaction.atomic
def write(filing: Filing, texts: Mapping[str, str], *, seen: Mapping[str, int], by, at: datetime) -> Written:
    """Save sections, by the number of their activity ("": in sum). `seen` says which version of each the writer had in
    front of them; a section that is another one by now is left alone and comes back among the clashes."""
    filing = locked(filing)
    require(by, Permission.FILING_EDIT, filing.project)
    if filing.state not in Filing.OPEN:
        raise _not_now(filing)
    versions, clashes, changed = {}, [], {}
    now = {place.number: place for place in places(filing)}
    if unknown := sorted(set(texts) - set(now)):
        raise Refused(_("The project has no activity %(number)s.") % {"number": ", ".join(unknown)[:80]})
    for number, given in texts.items():
        place, text = now[number], plain(given)
        if len(text) > LONGEST_TEXT:
            words = _("This section has %(n)s characters; at most %(most)s fit. Shorten it.")
            raise Refused({number or "summary": [words % {"n": len(text), "most": LONGEST_TEXT}]})
        if text == place.text:
            versions[number] = place.version
        elif seen.get(number, 0) != place.version:
            clashes.append(place)
        else:
            versions[number] = place.version + 1
            changed[number] = len(text)
            Section.objects.update_or_create(
                filing=filing, activity=place.activity, defaults={"text": text, "version": place.version + 1}
            )
    if changed:
        if filing.state == State.PLANNED:
            _move(filing, State.DRAFT, by, at)
        after = {number or "summary": str(length) for number, length in changed.items()}
        _record("written", filing, by, at, after=after)  # how long each is; the words are the project's own
    return Written(versions, clashes)


# --- handing in and deciding -----------------------------------------------------------------------------------------


def problems(filing: Filing) -> list[str]:
    """Why a report may not be submitted yet: [] when nothing speaks against it."""
    empty = [place for place in places(filing) if place.number == SUMMARY and not place.text]
    found = [_("Write the summary: what the project did in this period.")] if empty else []
    found += [_("Write what was done in “%(activity)s”: sessions were held in it.") % {"activity": name}
              for name in _untold(filing)]  # fmt: skip
    last = filing.submissions.select_related("decision").order_by("-number").first()
    if last and filing.state == State.RETURNED and _told(filing) == (last.made.snapshot or {}).get("told"):
        found.append(_("Nothing was changed since the report was returned. Answer the remarks first."))
    return found


def _untold(filing: Filing) -> Iterator[str]:
    """The activities that need a text and have none, neither of their own nor above them."""
    now = places(filing)
    told = {place.activity.pk for place in now if place.activity and place.text}
    for place in now:
        activity = place.activity
        if activity and place.needed and not {activity.pk, activity.parent_id} & told:
            name, _spoken = place.name(get_language() or "en", filing.project.programme.language)
            yield f"{activity.number} {name}".strip()


def _told(filing: Filing) -> list[dict[str, Any]]:
    own = filing.project.programme.language
    return [
        {"number": place.number, "name": list(place.name(filing.language, own)), "text": place.text}
        for place in places(filing)
        if place.text or place.number == SUMMARY
    ]


@contextmanager
def _one_moment() -> Iterator[None]:
    """A transaction that sees the data of one moment. Raises Refused when another changed the same row meanwhile."""
    outermost = not connection.in_atomic_block
    try:
        with transaction.atomic():
            if outermost:
                connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "40001":  # serialization_failure
            raise
        words = _("Someone changed this while you were working. Read it as it is now, then do it again.")
        raise Refused(words) from None


def submit(filing: Filing, *, version: int, by, at: datetime) -> Submission:
    """Hand a report in: figures and texts of this moment are sealed with it, in one transaction; a worker makes the
    files from them later. Raises Refused while something is missing or when it is no longer `version`."""
    with _one_moment():
        filing = locked(filing, version)
        _require_move(filing, State.SUBMITTED, by)
        if found := problems(filing):
            raise Refused([ValidationError(text) for text in found])
        number = filing.submissions.count() + 1
        taken = snapshot.of_filing(filing, number, _told(filing), by=by, at=at)
        layout = LayoutVersion.objects.published().of_submitted(filing.project)
        taken |= snapshot.laid_out(layout, filing.language)
        made = Report(
            kind=SUBMITTED, project=filing.project, from_on=filing.from_on, to_on=filing.to_on,
            language=filing.language, layout=layout, asked_by=by, asked_at=at,
        )  # fmt: skip
        seal(made, taken)
        made.save()
        submission = Submission.objects.create(filing=filing, number=number, made=made, by=by, at=at)
        _move(filing, State.SUBMITTED, by, at, told={"number": str(number), "figures": made.snapshot_sha256})
        return submission


@transaction.atomic
def decide(
    filing: Filing, *, approve: bool, comment: str = "", remarks: Mapping[str, str] | None = None, version: int, by,
    at: datetime,
) -> Decision:  # fmt: skip
    """Approve the submitted version, or return it with what is to be corrected (`remarks` by number of the activity,
    "": in the summary). Refused to the person who submitted it."""
    filing = locked(filing, version)
    _require_move(filing, State.APPROVED if approve else State.RETURNED, by)
    submission = filing.submissions.select_related("made").order_by("-number")[0]
    if by is not None and submission.by_id == by.pk:
        raise Refused(_("You submitted this report yourself. Another person decides."))
    asked = {number: plain(text) for number, text in (remarks or {}).items() if plain(text)}
    if approve and asked:
        raise Refused(_("Remarks on sections are for a report that is returned. Return it, or take them out."))
    if not approve and not asked and not comment.strip():
        raise Refused({"comment": [_("Say what is to be corrected, here or beside a section.")]})
    now = {place.number: place.activity for place in places(filing)}
    if unknown := sorted(set(asked) - set(now)):
        raise Refused(_("The project has no activity %(number)s.") % {"number": ", ".join(unknown)[:80]})
    decision = Decision.objects.create(submission=submission, approved=approve, comment=plain(comment), by=by, at=at)
    Remark.objects.bulk_create(
        Remark(decision=decision, activity=now[number], text=text) for number, text in asked.items()
    )
    told = {"number": str(submission.number), "sections": ", ".join(number or "summary" for number in asked)}
    _move(filing, State.APPROVED if approve else State.RETURNED, by, at, told=told)
    return decision


# --- parts of the above ----------------------------------------------------------------------------------------------


def locked(filing: Filing, version: int | None = None) -> Filing:
    """The report as it is now, held for this transaction. Raises Refused when it is no longer `version`."""
    rows = Filing.objects.select_for_update(of=("self",)).select_related("project__programme")
    found = rows.get(pk=filing.pk)
    if version is not None and found.version != version:
        raise Refused(_("Someone changed this while you were working. Read it as it is now, then do it again."))
    return found


def _not_now(filing: Filing) -> Refused:
    words = {"state": filing.get_state_display()}
    return Refused(_("This is “%(state)s” now. What you want to do is not possible in this state.") % words)


def _require_move(filing: Filing, to: State, by) -> None:
    needed = Filing.MOVES.get((State(filing.state), to))
    if needed is None:
        raise _not_now(filing)
    require(by, needed, filing.project)


def _move(filing: Filing, to: State, by, at: datetime, *, told: dict[str, str] | None = None, note: str = "") -> Filing:
    before, filing.state = filing.state, to
    filing.version += 1
    filing.save(update_fields=["state", "version"])
    after = {"state": str(to)} | {name: value for name, value in (told or {}).items() if value}
    _record("moved", filing, by, at, before={"state": before}, after=after, note=note)
    return filing


def _record(what: str, filing: Filing, by, at: datetime, *, before=None, after=None, note: str = "") -> None:
    audit.record(
        f"filing.{what}", filing, by=by, at=at, project=filing.project.number, key=str(filing.key),
        before=before, after=after, note=note,
    )  # fmt: skip
