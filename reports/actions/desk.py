"""The export desk: which queue, how long it takes, how many a person may have, who is told, and what is put away."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from statistics import median
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _

from beneficiaries.models import Export
from core import audit, formats, mail, storage
from core.access import Refused
from core.models import AuditEvent, Stopped, StoredFile, User
from reports import pdf, subjects
from reports.catalogue import SUBMITTED
from reports.models import Remake, Report, ReportFile, ReportSource, Watch

LONG_FROM = 60  # seconds: what took longer the last time goes to the queue of long jobs
MANY_RECORDS = 5_000  # so does what has never been made and speaks of more records than this
MOST_ATTEMPTS = 3
LEASE = timedelta(minutes=11)  # longer than a worker may take

# --- queues ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Turn:
    """Where a waiting report stands: how many are before it, and in how many seconds it will be ready, if known."""

    key: UUID
    before: int
    seconds: float | None


def queue_for(question: dict, records: int) -> str:
    """The queue of a question: by how long the last report about the same subject took, else by its records."""
    alike = {name: value for name, value in question.items() if name not in ("from_on", "to_on", "language")}
    last = Report.objects.filter(**alike, state=Report.State.DONE, started_at__isnull=False).only(
        "started_at", "finished_at"
    )
    if (found := last.first()) and found.started_at and found.finished_at:
        long = (found.finished_at - found.started_at).total_seconds() > LONG_FROM
    else:
        long = records > MANY_RECORDS
    return Report.Queue.LONG if long else Report.Queue.SHORT


def usual_seconds(kind: str, queue: str = "") -> float | None:
    """How long a report of this kind takes from start to end: the median of the last twenty, of those in one queue
    where one is named; None before the first."""
    done = Report.objects.filter(kind=kind, state=Report.State.DONE, started_at__isnull=False)
    if queue:
        done = done.filter(queue=queue)
    took = done.annotate(took=F("finished_at") - F("started_at")).values_list("took", flat=True)[:20]
    return median(t.total_seconds() for t in took) if took else None


def turns(waiting: Iterable[Report]) -> dict[int, Turn]:
    """The place of each of these reports that waits, by row. The estimate takes as many at once as are at work now."""
    waits = [report for report in waiting if report.state == Report.State.QUEUED]
    if not waits:
        return {}
    at_work = Report.objects.filter(state__in=[Report.State.QUEUED, Report.State.RUNNING])
    rows = list(at_work.order_by("pk").values_list("pk", "queue", "state", "kind"))
    alike = {(kind, queue) for _pk, queue, _state, kind in rows}
    usual = {each: usual_seconds(*each) or usual_seconds(each[0]) for each in alike}
    found = {}
    for report in waits:
        same = [(pk, state, kind) for pk, queue, state, kind in rows if queue == report.queue]
        before = [kind for pk, state, kind in same if state == Report.State.QUEUED and pk < report.pk]
        running = [kind for _pk, state, kind in same if state == Report.State.RUNNING]
        own = usual.get((report.kind, report.queue))
        each = [usual[kind, report.queue] or own for kind in [*before, *running]]
        seconds = None if own is None else own + sum(s or own for s in each) / max(len(running), 1)
        found[report.pk] = Turn(report.key, len(before), seconds)
    return found


def refuse_too_many(by: User | None) -> None:
    """Raises Refused when this person has as many reports and files at work as one may have. Call inside a transaction:
    the row of the person is locked, so that two questions at once are counted one after the other."""
    if by is None:
        return
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    most = settings.REPORTS_PER_PERSON
    at_work = sum(jobs.filter(asked_by=by).count() for jobs in (Report.objects.at_work(), Export.objects.at_work()))
    if at_work + Remake.objects.filter(asked_by=by, done_at=None, failure="").count() < most:
        return
    raise Refused(
        ngettext(
            "You have %(n)s report or file at work, as many as one person may have. Wait until it is ready, "
            "or cancel it.",
            "You have %(n)s reports or files at work, as many as one person may have. Wait until one is ready, "
            "or cancel one.",
            most,
        )
        % {"n": most}
    )


READING = (
    "report.",
    "export.",
    "trail.",
    "account.",
    "token.",
    "system.",
    "webhook.",
    "filing.reminded",
    "period.reminded",
)
READ = ("_fetched", "_opened", "viewed", "listed", "exported", "downloaded", "certified")


def changed_since(report: Report) -> datetime | None:
    """When something was last recorded that a finished report does not hold yet; None when nothing was. Records without
    a project (rates, code lists) count for all."""
    if report.data_at is None:
        return None
    changes = AuditEvent.objects.filter(at__gt=report.data_at)
    changes = changes.filter(project__in=["", *subjects.projects(report.subject).values_list("number", flat=True)])
    for start in READING:
        changes = changes.exclude(action__startswith=start)
    for end in READ:
        changes = changes.exclude(action__endswith=end)
    return changes.order_by("-pk").values_list("at", flat=True).first()


# --- mail -----------------------------------------------------------------------------------------------------------


def watch(report: Report, *, by: User, wanted: bool) -> None:
    """Whether this person gets a mail when the report is ready or has failed."""
    if wanted and report.at_work:
        Watch.objects.get_or_create(report=report, person=by)
    else:
        Watch.objects.filter(report=report, person=by).delete()


def tell(report: Report, *, at: datetime) -> None:
    """Leave the mails about a report that is over, beside the change itself. They name project, period and state."""
    watches = Watch.objects.filter(report=report)
    people = [w.person for w in watches.select_related("person")]

    def write() -> tuple[str, str]:
        words = {
            "report": report.get_kind_display(), "number": report.subject_code,
            "period": formats.period(report.from_on, report.to_on, get_language() or "en"),
        }  # fmt: skip
        if report.state == Report.State.DONE:
            subject, text = (
                _("%(report)s of %(number)s is ready"),
                _("%(report)s, %(number)s, %(period)s:"),
            )
        else:
            subject = _("%(report)s of %(number)s could not be made")
            text = f"{_('%(report)s, %(number)s, %(period)s:')} {_(report.failure)}"
        url = f"{settings.SITE_URL}{reverse('reports:report', args=[report.key])}"
        return subject % words, f"{text % words}\n{url}"

    mail.queue(people, write, language=report.language, at=at)
    watches.delete()


# --- files put away, and made again ---------------------------------------------------------------------------------

OTHER_BYTES = gettext_noop(
    "The files come out otherwise than they were sealed, because the portal or its certificate has changed since. "
    "Make a new report."
)

MADE_AGAIN = Q(kind__in=["pdf", "archive"]) | (Q(kind="csv") & ~Q(table="columns"))
STOPPED = gettext_noop("The making of the files was cancelled.")


def put_away(*, at: datetime, most: int = 500) -> int:
    """Put the files of working reports away that were made, or made again, long enough ago; returns how many reports.
    Their bytes go with the next sweep; figures, seal, hashes and what the pages were laid out from stay, and the files
    can be made again from them. What words of the portal stand in, the workbook among them, is not put away; nor are
    the files of a report sealed before the portal kept what its pages were laid out from."""
    before = at - timedelta(days=settings.REPORT_FILES_DAYS)
    there = ReportFile.objects.filter(MADE_AGAIN, report=OuterRef("pk"), file__put_away_at=None)
    again = Remake.objects.filter(report=OuterRef("pk"), done_at__gte=before)
    old = Report.objects.filter(Exists(there), ~Exists(again), state=Report.State.DONE, finished_at__lt=before)
    old = old.filter(source__isnull=False).exclude(kind=SUBMITTED).with_subject().defer("snapshot")
    done = 0
    for report in old[:most]:
        with transaction.atomic():
            rows = ReportFile.objects.filter(MADE_AGAIN, report=report)
            if StoredFile.objects.filter(report_files__in=rows, put_away_at=None).update(put_away_at=at):
                audit.record("report.put_away", report, by=None, at=at, project=report.project_number)
                done += 1
    return done


def put_away_at(report: Report) -> datetime | None:
    """Since when the files of a report are put away; None while they are there."""
    away = StoredFile.objects.filter(report_files__report=report, put_away_at__isnull=False)
    return away.values_list("put_away_at", flat=True).first()


def goes_on(report: Report) -> datetime | None:
    """When the files of a working report will be put away; None for one that keeps them."""
    if report.kind == SUBMITTED or report.finished_at is None or not hasattr(report, "source"):
        return None
    again = Remake.objects.filter(report=report, done_at__isnull=False).order_by("-done_at")
    made = again.values_list("done_at", flat=True).first() or report.finished_at
    return made + timedelta(days=settings.REPORT_FILES_DAYS)


def ask_again(report: Report, *, by: User, at: datetime) -> Remake:
    """Ask for the files of a report that were put away. Whoever may see the report may ask. Raises Refused when they
    are there."""
    if put_away_at(report) is None:
        raise Refused(_("The files are there."))
    try:
        with transaction.atomic():
            if not Remake.objects.filter(report=report, done_at=None, failure="").exists():
                refuse_too_many(by)
            remake = Remake.objects.create(report=report, asked_by=by, asked_at=at)
            audit.record("report.files_asked", report, by=by, at=at, project=report.project_number)
    except IntegrityError:
        return Remake.objects.get(report=report, done_at=None, failure="")
    return remake


def made_again(at: datetime) -> QuerySet[Remake]:
    """The to-do list of remakes: asked for, or begun by a worker that had all the time there is and did not end it."""
    waits = Q(claimed_at=None) | Q(claimed_at__lt=at - LEASE)
    return Remake.objects.filter(waits, done_at=None, failure="").order_by("pk")


@transaction.atomic
def claim_again(remake_id: int, *, at: datetime) -> Remake | None:
    """Take a remake that waits; None when there is nothing to do. One whose workers died three times is given up."""
    waiting = made_again(at).select_for_update(skip_locked=True, of=("self",))
    remake = waiting.filter(pk=remake_id).select_related("report").first()
    if remake and remake.attempts >= MOST_ATTEMPTS:
        fail_again(remake, gettext_noop("The worker stopped in the middle three times."))
        return None
    if remake:
        remake.attempts, remake.claimed_at = remake.attempts + 1, at
        remake.save(update_fields=["attempts", "claimed_at"])
    return remake


def stage_again(remake: Remake, stage: str) -> None:
    """Say at which stage a remake is. Raises Stopped when it was cancelled or is over."""
    if not Remake.objects.filter(pk=remake.pk, done_at=None, failure="").update(stage=stage):
        raise Stopped


@transaction.atomic
def cancel_again(report: Report, *, by: User, at: datetime) -> None:
    """Stop the making of files again; they stay put away. Whoever may see the report may. Raises Refused when nothing
    is being made."""
    stopped = Remake.objects.filter(report=report, done_at=None, failure="").update(failure=STOPPED)
    if not stopped:
        raise Refused(_("The files are not being made any more."))
    audit.record("report.files_cancelled", report, by=by, at=at, project=report.project_number)


def put_back(remake: Remake, made: Mapping[tuple[str, str], bytes], *, at: datetime) -> None:
    """Put the files that were made again, by kind and table, where they lay: all of them, and only when each has the
    bytes that were sealed."""
    files = ReportFile.objects.filter(report=remake.report, file__put_away_at__isnull=False).select_related("file")
    if any(sha256(made.get((f.kind, f.table), b"")).hexdigest() != f.file.sha256 for f in files):
        fail_again(remake, OTHER_BYTES)
        return
    with transaction.atomic():
        if not Remake.objects.filter(pk=remake.pk, done_at=None, failure="").update(done_at=at):
            return  # another worker was faster, or it was cancelled
        for file in files:
            storage.put_back(file.file, made[file.kind, file.table])
        report = remake.report
        audit.record("report.files_made", report, by=remake.asked_by, at=at, project=report.project_number)


def fail_again(remake: Remake, why: str) -> None:
    """Give a remake up with a reason people can read, in English: pages translate it."""
    Remake.objects.filter(pk=remake.pk, done_at=None, failure="").update(failure=why)


def keep_source(report: Report, source: pdf.Source, *, at: datetime) -> None:
    """Keep what the pages of a report were laid out from; reports with the same stylesheet share its bytes."""
    packed = gzip.compress(orjson.dumps({"html": source.html, "words": source.words}), mtime=0)
    kept: dict[str, Any] = {"by": report.asked_by, "at": at}
    document = storage.put([packed], name="document.json.gz", media_type="application/gzip", **kept)
    style = storage.put([source.css.encode()], name="pdf.css", media_type="text/css; charset=utf-8", **kept)
    ReportSource.objects.create(report=report, document=document, stylesheet=style)


def kept_source(report: Report) -> pdf.Source | None:
    """What the pages of a report were laid out from; None of one that was sealed before it was kept."""
    found = ReportSource.objects.select_related("document", "stylesheet").filter(report=report).first()
    if found is None:
        return None
    with storage.opened(found.document) as packed, storage.opened(found.stylesheet) as style:
        told = orjson.loads(gzip.decompress(packed.read()))
        return pdf.Source(told["html"], style.read().decode(), told["words"])
