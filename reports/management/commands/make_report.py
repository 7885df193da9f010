"""`manage.py make_report progress --project NUMBER --from DATE --to DATE --language bg --out FOLDER`; other kinds also
`--call`, `--programme` or `--school`, and without `--from` where a report counts from the beginning."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now
from django.utils.translation import gettext

from core import storage
from core.access import Refused
from core.formats import parse_day
from core.models import User
from projects.models import Reach
from reports import actions
from reports.catalogue import Asks, Subject, kinds, offered
from reports.forms import find_project
from reports.models import LayoutVersion, Report
from reports.subjects import FIELDS, Thing, find, things
from reports.tasks import make

WRONG, FAILED = 2, 1  # exit codes: the arguments, or the making itself
LONGEST_WAIT = 15 * 60  # seconds for a worker that already makes the same report


class Command(BaseCommand):
    help = (
        "Make a report here and now, without a worker, and write its files and their hashes into a folder. "
        "Exit code 0: written; 1: could not be made; 2: wrong arguments, nothing was stored."
    )

    def add_arguments(self, parser) -> None:
        languages = ", ".join(code for code, _name in settings.LANGUAGES)
        parser.add_argument("kind", help=f"what to make: {', '.join(kind.key for kind in offered())}")
        about = parser.add_mutually_exclusive_group(required=True)
        about.add_argument("--project", metavar="NUMBER", help="number of the project or its contract")
        about.add_argument("--call", metavar="CODE", help="code of the call, or PROGRAMME/CODE")
        about.add_argument("--programme", metavar="CODE", help="code of the programme")
        about.add_argument("--school", metavar="CODE", help="code or register number of the school, or its key")
        parser.add_argument("--from", metavar="DATE", dest="start", help="first day, such as 2026-01-01")
        last = "last day, such as 2026-03-31; for a school year any day of it"
        parser.add_argument("--to", required=True, metavar="DATE", dest="end", help=last)
        parser.add_argument("--language", default="en", help=f"language of the report: {languages} (en)")
        parser.add_argument("--out", required=True, metavar="FOLDER", type=Path, help="where the files go")
        parser.add_argument("--layout", metavar="KEY", help="key of a published layout of its programme or call")
        parser.add_argument("--by", metavar="EMAIL", help="the person it is made for, with the rights of that person")

    def handle(self, *, kind: str, start: str | None, end: str, language: str, out: Path, **options: Any) -> None:
        wrong: list[str] = []
        by = self._person(options["by"], wrong)
        subject = next(each for each in Subject if options[each])
        question = {
            FIELDS[subject]: self._about(subject, options[subject], wrong),
            "kind": kind,
            "from_on": self._day("--from", start, wrong) if start else None,
            "to_on": self._day("--to", end, wrong),
            "language": language,
            "layout": self._layout(options["layout"], wrong),
        }
        if not start and (asked := kinds().get(kind)) and asked.asks == Asks.PERIOD:
            wrong.append("--from: give the first day of the period.")
        if wrong:
            raise CommandError("\n".join(wrong), returncode=WRONG)
        _make_folder(out)
        try:
            report, _new = actions.ask(**question, by=by, at=now())
        except Refused as refused:
            raise CommandError(" ".join(refused.messages), returncode=WRONG) from None
        except ValidationError as error:
            lines = [f"{_argument(field)}: {text}" for field, texts in error.message_dict.items() for text in texts]
            raise CommandError("\n".join(lines), returncode=WRONG) from None
        report = self._made(report)
        self._write(report, out)

    def _person(self, email: str | None, wrong: list[str]) -> User | None:
        if email is None:
            return None
        person = User.objects.filter(email__iexact=email, is_active=True).first()
        if person is None:
            wrong.append(f"--by: nobody with the address “{email}” can sign in.")
        return person

    def _about(self, subject: Subject, spelled: str, wrong: list[str]) -> Thing | None:
        rows = things(subject, Reach(everywhere=True))
        try:
            if subject == Subject.PROJECT:
                return find_project(rows, spelled)
            return find(rows, spelled)
        except ValidationError as unknown:
            wrong += [f"--{subject}: {text}" for text in unknown.messages]
            return None

    def _layout(self, key: str | None, wrong: list[str]) -> LayoutVersion | None:
        if key is None:
            return None
        rows = LayoutVersion.objects.published().select_related("layout")
        found = next((each for each in rows if str(each.layout.key) == key), None)
        if found is None:
            wrong.append(f"--layout: no published layout has the key “{key}”.")
        return found

    def _day(self, argument: str, text: str, wrong: list[str]):
        try:
            return parse_day(text)
        except ValueError as error:
            wrong.append(f"{argument}: “{text}” is not a date. {error}")
            return None

    def _made(self, report: Report) -> Report:
        """Make it, or wait for the worker that took it first. Raises CommandError when it comes to nothing."""
        until = time.monotonic() + LONGEST_WAIT
        while True:
            if claimed := actions.claim(report.pk, at=now()):
                self.stderr.write(f"Making report {report.key} …")
                make(claimed)
            report.refresh_from_db()
            if report.state == Report.State.DONE:
                return report
            if not report.at_work:
                why = gettext(report.failure) if report.failure else f"It was {report.get_state_display().lower()}."
                raise CommandError(f"The report was not made: {why} Reference: {report.key}", returncode=FAILED)
            if time.monotonic() > until:
                raise CommandError(f"A worker has been making report {report.key} for too long.", returncode=FAILED)
            time.sleep(1)

    def _write(self, report: Report, out: Path) -> None:
        """Copy the sealed files, each under its name at once and only if its bytes are those that were sealed."""
        sums = []
        for file in report.files.select_related("file"):
            stored = file.file
            with tempfile.NamedTemporaryFile(dir=out, prefix=".new-", delete=False) as copy:
                try:
                    with storage.opened(stored) as source:
                        shutil.copyfileobj(source, copy)
                    copy.flush()
                    with open(copy.name, "rb") as written:
                        if hashlib.file_digest(written, "sha256").hexdigest() != stored.sha256:
                            raise CommandError(f"{stored.name}: the bytes are not the sealed ones.", returncode=FAILED)
                    os.chmod(copy.name, 0o644)
                    os.replace(copy.name, out / stored.name)
                except BaseException as error:
                    Path(copy.name).unlink(missing_ok=True)
                    if isinstance(error, OSError):
                        raise CommandError(f"{stored.name}: {error.strerror}.", returncode=FAILED) from error
                    raise
            sums.append(f"{stored.sha256}  {stored.name}\n")
            self.stdout.write(f"{out / stored.name}  {stored.size}  {stored.sha256}")
        (out / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
        self.stdout.write(f"{out / 'SHA256SUMS'}")
        self.stdout.write(self.style.SUCCESS(f"Check code {report.code}, data of {report.data_at:%Y-%m-%d %H:%M %Z}"))


def _argument(field: str) -> str:
    return field if field == "kind" else f"--{field}"


def _make_folder(out: Path) -> None:
    """Make the folder if need be and see that files can be written into it. Raises CommandError."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise CommandError(f"--out: {out} cannot be written: {error.strerror}.", returncode=WRONG) from None
