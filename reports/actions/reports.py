"""Every change of a report: asked for, claimed by a worker, alive, finished, failed, cancelled, tried again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from activities.models import Session
from beneficiaries.actions import imports
from beneficiaries.models import Participation
from budgets.models import ReportedCost
from core import audit, storage
from core.access import Permission, Refused
from core.models import StoredFile
from projects.models import Project
from reports import checks, pdf, snapshot, subjects
from reports.actions import desk
from reports.catalogue import SUBMITTED, Kind, kinds, offered
from reports.models import SUBJECT, LayoutVersion, Report, ReportFile, ReportQuerySet
from reports.subjects import Thing

MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class Made:
    """A file in memory, before it is stored."""

    kind: str
    table: str
    name: str
    media_type: str
    content: bytes


def ask(
    *, kind: str, from_on: date | None = None, to_on: date, language: str, layout: LayoutVersion | None = None, by,
    at: datetime, **about: Thing,
) -> tuple[Report, bool]:  # fmt: skip
    """Ask for a report; returns its row and whether it is new: the same question that is being worked on is not
    asked twice. `about` is one of project, call, programme and organisation; `by` is None for whoever works at the
    server's own command line.

    Raises Refused without the right or with too many reports at work, ValidationError by field (kind, project …, from,
    to, language, layout) when the question is wrong.
    """
    (column, thing), *more = about.items()
    assert not more, "a report is about one thing"
    of_kind = kinds().get(kind)
    if by is not None and not subjects.may(by, (of_kind and of_kind.asked_with) or Permission.REPORT_MAKE, thing):
        raise Refused(may_not_make(thing))
    if problems := _problems(of_kind, thing, from_on, to_on, language) or checks.layout(layout, kind, thing):
        raise ValidationError({field: [ValidationError(text) for text in texts] for field, texts in problems.items()})
    assert of_kind is not None  # else there was a problem
    first, last = of_kind.period(from_on, to_on)
    question = {"kind": kind, column: thing, "from_on": first, "to_on": last, "language": language, "layout": layout}
    if report := at_work(**question):
        return report, False
    queue = desk.queue_for(question, sum(in_scope(thing, first, last).values()))
    try:
        with transaction.atomic():
            desk.refuse_too_many(by)
            report = Report.objects.create(**question, queue=queue, asked_by=by, asked_at=at)
            told = {"kind": kind, "from": str(first), "to": str(last), "language": language}
            if layout:
                told["layout"] = f"{layout.layout.key} {layout.number}"
            if column != "project":
                told[column] = subjects.code(thing)
            audit.record("report.asked", report, by=by, at=at, project=report.project_number, after=told)
    except IntegrityError:  # somebody asked the same at the same moment: theirs is the newest, maybe done already
        if report := Report.objects.filter(**question).first():
            return report, False
        raise
    return report, True


def may_not_make(thing: Thing) -> str:
    """The sentence for who may not make reports about it."""
    if isinstance(thing, Project):
        return _("Your role may not make reports of this project. A programme officer can.")
    return _("Your role may not make reports about this. A programme officer can.")


def _problems(
    kind: Kind | None, thing: Thing, from_on: date | None, to_on: date, language: str
) -> dict[str, list[str]]:
    known = dict(settings.LANGUAGES)
    wrong_language = {}
    if language not in known:
        words = _("Reports are made in these languages: %(languages)s.") % {"languages": ", ".join(known)}
        wrong_language["language"] = [words]
    if kind is None or not kind.asked_with:  # a submitted report comes from the project, not from a question
        names = ", ".join(each.key for each in offered())
        return {"kind": [_("These kinds of report can be made: %(kinds)s.") % {"kinds": names}]} | wrong_language
    return checks.question(kind, thing, from_on, to_on) | wrong_language


def at_work(**question) -> Report | None:
    """The report that waits or is being made for the same question (columns of a report)."""
    waiting = Report.objects.filter(**question, state__in=[Report.State.QUEUED, Report.State.RUNNING])
    return waiting.defer("snapshot").first()


def ready(**question) -> Report | None:
    """The newest finished report that answers the same question, so that nobody waits for what is there already."""
    return Report.objects.filter(**question, state=Report.State.DONE).defer("snapshot").first()


def in_scope(thing: Thing, from_on: date, to_on: date) -> dict[str, int]:
    """How many records the period holds: sessions held, people who took part, costs reported."""
    projects = subjects.projects(thing)
    stayed = Participation.objects.filter(project__in=projects, entered_on__lte=to_on).exclude(left_on__lt=from_on)
    held = Session.objects.filter(project__in=projects, state=Session.State.HELD)
    return {
        "sessions": held.between(from_on, to_on).count(),
        "people": stayed.count(),
        "costs": ReportedCost.objects.filter(project__in=projects, reported_on__range=(from_on, to_on)).count(),
    }


def _move(report: Report, to: str) -> None:
    if to not in Report.MOVES[Report.State(report.state)]:
        raise Refused(
            _("The report is “%(state)s”, so this is not possible any more.") % {"state": report.get_state_display()}
        )
    report.state = to


def _locked_for(report: Report, by) -> Report:
    report = Report.objects.select_for_update(of=("self",)).with_subject().get(pk=report.pk)
    if not may_change(report, by):
        raise Refused(may_not_make(report.subject))
    return report


def may_change(report: Report, by) -> bool:
    """Whether `by` may cancel it or have it tried again."""
    return subjects.may(by, report.of_kind.asked_with or Permission.REPORT_MAKE, report.subject)


@transaction.atomic
def cancel(report: Report, *, by, at: datetime) -> Report:
    """Stop a report that waits or is being made. A worker in the middle notices at its next step and leaves no file."""
    report = _locked_for(report, by)
    if report.kind == SUBMITTED:
        raise Refused(_("This report was submitted. Its files are made in any case."))
    before = report.state
    _move(report, Report.State.CANCELLED)
    report.finished_at = at
    report.save(update_fields=["state", "finished_at"])
    _record("report.cancelled", report, by, at, before)
    return report


@transaction.atomic
def retry(report: Report, *, by, at: datetime) -> Report:
    """Put a failed or cancelled report back in the queue."""
    report = _locked_for(report, by)
    before = report.state
    _move(report, Report.State.QUEUED)
    desk.refuse_too_many(by)
    report.stage, report.attempt, report.failure = Report.Stage.WAITING, 0, ""
    report.asked_at, report.started_at, report.finished_at, report.heartbeat_at = at, None, None, None
    try:
        with transaction.atomic():
            report.save()
    except IntegrityError:
        raise Refused(_("The same report is being made already.")) from None
    _record("report.retried", report, by, at, before)
    return report


@transaction.atomic
def claim(report_id: int, *, at: datetime) -> Report | None:
    """Take a waiting report for this worker; None when there is nothing to do or another worker has it.

    A report whose workers died again and again is given up as failed.
    """
    waiting = Report.objects.waiting(at).select_for_update(skip_locked=True, of=("self",))
    report = waiting.filter(pk=report_id).with_subject().first()
    if report is None:
        return None
    if report.attempt >= MOST_ATTEMPTS:
        _fail(report, gettext_noop("The worker stopped in the middle three times."), at)
        return None
    report.state, report.stage = Report.State.RUNNING, Report.Stage.FIGURES
    report.attempt += 1
    report.started_at = report.heartbeat_at = at
    report.save(update_fields=["state", "stage", "attempt", "started_at", "heartbeat_at"])
    return report


def _mine(report: Report) -> ReportQuerySet:
    """The row of a claimed report, as long as it is this worker's: claimed at that moment, and not stopped since."""
    return Report.objects.filter(pk=report.pk, state=Report.State.RUNNING, started_at=report.started_at)


def alive(report: Report, stage: str | None = None, *, at: datetime) -> None:
    """Say that the worker lives and which stage it is at. Raises Stopped when the report is no longer its own."""
    new: dict[str, Any] = {"heartbeat_at": at} | ({"stage": stage} if stage else {})
    if not _mine(report).update(**new):
        raise desk.Stopped


@transaction.atomic
def finish(
    report: Report, taken: dict[str, Any], made: list[Made], source: pdf.Source | None = None, *, at: datetime
) -> Report:
    """Store the files, and what their pages were laid out from, and seal the report, all in one transaction: it is
    finished whole or not at all.

    Raises Stopped when it was cancelled or another worker took it over meanwhile.
    """
    sealed = _mine(report).select_for_update(of=("self",)).with_subject().first()
    if sealed is None:
        raise desk.Stopped
    files = [
        ReportFile(report=sealed, kind=m.kind, table=m.table, position=i, file=_store(m, sealed, at))
        for i, m in enumerate(made)
    ]
    ReportFile.objects.bulk_create(files)
    if source is not None:
        desk.keep_source(sealed, source, at=at)
    data_at = seal(sealed, taken)
    sealed.state, sealed.finished_at, sealed.heartbeat_at = Report.State.DONE, at, at
    sealed.save()
    for project in subjects.projects(sealed.subject):
        imports.use_in_report(project=project, report=sealed.code, data_at=data_at)
    audit.record(
        "report.sealed", sealed, by=sealed.asked_by, at=at, project=sealed.project_number,
        after={"figures": sealed.snapshot_sha256} | {f.file.name: f.file.sha256 for f in files},
    )  # fmt: skip
    desk.tell(sealed, at=at)
    return sealed


def seal(report: Report, taken: dict[str, Any]) -> datetime:
    """Set the figures of a report and what follows from them, and return their moment; the caller saves it."""
    report.snapshot, report.snapshot_sha256 = taken, snapshot.digest(taken)
    report.code = snapshot.check_code(report.snapshot_sha256)
    report.template_version = taken["template"]
    report.data_at = data_at = datetime.fromisoformat(taken["data_at"])
    return data_at


def _store(made: Made, report: Report, at: datetime) -> StoredFile:
    return storage.put([made.content], name=made.name, media_type=made.media_type, by=report.asked_by, at=at)


@transaction.atomic
def fail(report: Report, why: str, *, at: datetime) -> None:
    """Give the report up with a reason people can read, in English: pages translate it. Does nothing when the report
    is no longer this worker's."""
    if found := _mine(report).select_for_update().first():
        _fail(found, why, at)


def _fail(report: Report, why: str, at: datetime) -> None:
    before = report.state
    report.state, report.failure, report.finished_at = Report.State.FAILED, why, at
    report.save(update_fields=["state", "failure", "finished_at"])
    _record("report.failed", report, None, at, before, note=why)
    desk.tell(report, at=at)


def _record(action: str, report: Report, by, at, before: str, note: str = "") -> None:
    audit.record(
        action, report, by=by, at=at, project=report.project_number,
        before={"state": before}, after={"state": report.state}, note=note,
    )  # fmt: skip


def downloaded(file: ReportFile, *, by, at: datetime) -> None:
    """Leave a row that this person fetched this file."""
    _record_file("report.downloaded", file.report, file.file.name, file.file.sha256, by, at)


def figures_downloaded(report: Report, *, by, at: datetime, name: str = "figures.json") -> None:
    """Leave a row that this person fetched the sealed figures, as they are or in the form `name` says."""
    _record_file("report.downloaded", report, name, report.snapshot_sha256, by, at)


def found_damaged(report: Report, *, name: str, sha256: str, by, at: datetime) -> None:
    """Leave a row that this person met a file or figures that are gone or no longer those that were sealed."""
    _record_file("report.damaged", report, name, sha256, by, at)


def _record_file(action: str, report: Report, name: str, sha256: str, by, at: datetime) -> None:
    audit.record(
        action, report, by=by, at=at, project=report.project_number, after={"file": name, "sha256": sha256}
    )  # fmt: skip


def figures_intact(report: Report) -> bool:
    """Whether the kept figures of a finished report are those that were sealed."""
    return snapshot.digest(report.snapshot or {}) == report.snapshot_sha256


def intact(stored: StoredFile) -> bool:
    """Whether the bytes in the store are those that were stored: all there, and with the same hash."""
    digest, size = hashlib.sha256(), 0
    try:
        with storage.opened(stored) as source:
            for chunk in source.chunks():
                digest.update(chunk)
                size += len(chunk)
    except OSError:
        return False
    return size == stored.size and digest.hexdigest() == stored.sha256


def found_by_hash(sha256: str, code: str = "") -> Iterator[ReportFile]:
    """The files of finished reports with exactly these bytes, newest first; `code`: of that report only."""
    files = ReportFile.objects.filter(file__sha256=sha256.lower(), report__state=Report.State.DONE)
    if code:
        files = files.filter(report__code=code)
    files = files.select_related("file", *(f"report__{path}" for path in SUBJECT)).defer("report__snapshot")
    yield from files.order_by("-pk").iterator(chunk_size=100)
