"""Bring a spreadsheet in from the command line, by the same rules as the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import override

from beneficiaries.actions import imports
from beneficiaries.models import Import
from core.access import Refused
from core.imports import kinds
from core.models import Organisation, User
from projects.models import Partner, Project

MAPPINGS = Path(__file__).resolve().parents[2] / "columns"


class Command(BaseCommand):
    help = "Import a spreadsheet (XLSX, ODS, CSV, XLS or HTML). The exit status is 0 only when no row is wrong."

    def add_arguments(self, parser):
        parser.add_argument("kind", choices=Import.Kind.values)
        parser.add_argument("file", type=Path)
        parser.add_argument("--project", default="", help="Number of the project, for rows that name none.")
        parser.add_argument("--school", default="", help="Number or name of the school, for rows that name none.")
        parser.add_argument("--claim", default="", help="Number of the claim of the project that costs go into.")
        parser.add_argument("--by", default="", help="E-mail of the person in whose name and with whose rights.")
        parser.add_argument(
            "--mapping", default="", help="JSON file that says which column holds what, or the name of a known one."
        )
        parser.add_argument(
            "--mode", choices=imports.Mode.values, default="",
            help="What becomes of rows that are known: add leaves them, update lets contradictions wait (as without "
            "it), replace sets the marks of the file.",
        )  # fmt: skip
        parser.add_argument("--sheet", default="")
        parser.add_argument("--heading-row", type=int, default=0)
        parser.add_argument("--encoding", default="")
        parser.add_argument("--separator", default="")
        parser.add_argument("--language", choices=dict(settings.LANGUAGES), default="en")
        parser.add_argument("--dry-run", action="store_true", help="Check everything and write nothing.")
        parser.add_argument("--json", action="store_true", help="Answer with the counts and every problem as JSON.")

    def handle(self, *, kind: str, file: Path, **options: Any) -> None:
        with override(options["language"]):
            try:
                answer = self._take(kind, file, options)
            except (Refused, PermissionDenied) as refused:
                why = " ".join(refused.messages) if isinstance(refused, Refused) else str(refused)
                if options["json"]:
                    self.stdout.write(json.dumps({"error": why}, ensure_ascii=False))
                raise CommandError(why) from None
            self._tell(answer, options)
        if answer.counts["wrong"]:
            raise SystemExit(1)

    def _take(self, kind: str, file: Path, options: dict[str, Any]) -> imports.Answer:
        if not file.is_file():
            raise CommandError(_("There is no file %(name)s.") % {"name": file})
        project = Project.objects.filter(number=options["project"]).select_related("programme").first()
        if project is None and (options["project"] or kind != Import.Kind.PROJECTS):
            raise CommandError(_("There is no project %(number)s.") % {"number": options["project"] or "—"})
        by = None
        if options["by"]:
            by = User.objects.filter(email__iexact=options["by"]).first()
            if by is None:
                raise CommandError(_("Nobody signs in with the e-mail %(email)s.") % {"email": options["by"]})
        choice = {
            "sheet": options["sheet"], "heading_row": options["heading_row"], "encoding": options["encoding"],
            "separator": options["separator"],
        }  # fmt: skip
        about = kinds()[kind].named(project, options["claim"]) if kind in kinds() and project else None
        return imports.take_at_once(
            kind=kind, project=project, school=_school(project, options["school"]), path=file, name=file.name,
            language=options["language"], by=by, at=now(), write=not options["dry_run"],
            mapping=_mapping(options["mapping"]), choice=choice, mode=options["mode"], about=about,
        )  # fmt: skip

    def _tell(self, answer: imports.Answer, options: dict[str, Any]) -> None:
        if options["json"]:
            told = {"dry_run": options["dry_run"], "import": answer.key, "counts": answer.counts}
            self.stdout.write(json.dumps(told | {"problems": answer.problems}, ensure_ascii=False, indent=1))
            return
        for p in answer.problems:
            place = " ".join(str(part) for part in (p["sheet"], p["row"], p["column"] or p["field"]) if part)
            self.stdout.write(f"{p['grade']}: {place}: {p['value']!r} {p['rule']} {p['fix']}".strip())
        self.stdout.write("  ".join(f"{name}: {count}" for name, count in answer.counts.items()))


def _school(project: Project | None, said: str) -> Organisation | None:
    if not said or project is None:
        return None
    partners = Partner.objects.filter(project=project, role=Partner.Role.SCHOOL).select_related("organisation")
    for partner in partners:
        if said in (partner.organisation.number, str(partner.organisation.key), *partner.organisation.name.values()):
            return partner.organisation
    raise CommandError(_("“%(school)s” is no school of this project.") % {"school": said})


def _mapping(said: str) -> dict[str, Any] | None:
    if not said:
        return None
    path = Path(said)
    if not path.is_file() and (MAPPINGS / f"{said}.json").is_file():
        path = MAPPINGS / f"{said}.json"
    try:
        mapping = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as wrong:
        raise CommandError(_("The mapping cannot be read: %(why)s") % {"why": wrong}) from None
    if not isinstance(mapping, dict) or not isinstance(mapping.get("columns"), dict):
        raise CommandError(_("A mapping is an object with “columns”: our name of a column → the heading in the file."))
    return mapping
