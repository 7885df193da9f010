"""What an import does with rows the portal knows already: a choice of the person, remembered with the columns."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.models import Import


class Mode(models.TextChoices):
    ADD = "add", gettext_lazy("Only add what is new")
    UPDATE = "update", gettext_lazy("Add and update")
    REPLACE = "replace", gettext_lazy("Add, and replace marks in these sessions")


MODES = {  # the other kinds only ever add
    Import.Kind.PARTICIPANTS: (Mode.UPDATE, Mode.ADD), Import.Kind.SESSIONS: (Mode.UPDATE, Mode.ADD),
    Import.Kind.ATTENDANCE: (Mode.UPDATE, Mode.ADD, Mode.REPLACE),
}  # fmt: skip


def modes_of(kind: str) -> tuple[Mode, ...]:
    """The modes a person may choose from, the usual one first; none where there is nothing to choose."""
    return MODES.get(Import.Kind(kind), ())


def mode_of(source: Import) -> Mode:
    """The mode of an import; a contradiction waits for a person where nobody chose."""
    said = source.mapping.get("mode", "")
    return Mode(said) if said in modes_of(source.kind) else Mode.UPDATE


def stays(found: dict[str, str]) -> dict[str, str]:
    """A contradiction as a note: the row is left as it is, although the file says something else."""
    return found | {
        "grade": "warning", "mode": Mode.ADD.value,
        "fix": _("This stays as it is: the import only adds what is new."),
    }  # fmt: skip


def goes(found: dict[str, str]) -> dict[str, str]:
    """A contradiction as a note: the file takes the place of what the portal says."""
    return found | {"grade": "warning", "mode": Mode.REPLACE.value, "fix": _("The mark in the file replaces it.")}


def noted(source: Import):
    """The rows with such a note, in the order of the file."""
    mode = mode_of(source)
    rows = source.staged.order_by("number")
    return rows.filter(findings__contains=[{"mode": mode.value}]) if mode != Mode.UPDATE else rows.none()
