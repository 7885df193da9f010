"""Parts of breakdowns and reasons in words; unknown is a part of its own."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from core.models import Code, Organisation
from core.models.texts import said
from projects.models import Region

GENDER_WORDS = {"F": _("Women"), "M": _("Men"), "N": _("Non-binary"), "U": _("Gender unknown")}
AGE_WORDS = {"0-17": _("up to 17"), "18-29": "18–29", "30-54": "30–54", "55+": _("55 and older"),
             "U": _("age unknown")}  # fmt: skip
EDUCATION_WORDS = {"0-2": "ISCED 0–2", "3-4": "ISCED 3–4", "5-8": "ISCED 5–8", "U": _("education unknown")}
REASONS = {  # why a record is not counted: the condition it fails
    "complete": _("The record is not complete."), "consent": _("No consent."),
    "common": _("Outside the definition of the regulation."), "status": _("Another situation on the day of entry."),
    "years_from": _("Too young, or the date of birth is not known."),
    "years_to": _("Too old, or the date of birth is not known."),
    "education_from": _("Lower education, or it is not known."),
    "education_to": _("Higher education, or it is not known."), "hours_from": _("Too few hours."),
    "answers": _("No such answer."), "results": _("No such result was seen in time."),
}  # fmt: skip


def words_of(dimension: str, parts: list[str], language: str) -> dict[str, str]:
    """The words of the parts of a dimension."""
    words: dict[str, Any] = {part: part for part in parts}
    if dimension == "age":
        words |= AGE_WORDS
    elif dimension == "education":
        words |= EDUCATION_WORDS
    elif dimension == "region":
        words |= dict(Region.choices)
    elif dimension == "school":
        found = Organisation.objects.filter(pk__in=[p for p in parts if p != "U"])
        words |= {str(o.pk): said(o.name, language)[0] for o in found}
    elif dimension == "place":
        words |= {c.code: said(c.name, language)[0] for c in Code.objects.filter(code__in=parts)}
    with override(language):
        return {part: str(words[part]) for part in parts} | ({"U": gettext("Unknown")} if "U" in parts else {})
