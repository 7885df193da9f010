"""People who may be in the portal already, with a score that is explained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Case, Exists, IntegerField, OuterRef, Value, When
from django.utils.translation import gettext as _

from beneficiaries.actions.names import search_key, sound
from beneficiaries.models import (
    Identity,
    Participation,
    Person,
)
from core.access import Refused
from projects.models import Project

LIKELY, WORTH_SHOWING = 75, 60  # of 100: 70 for the name, 30 for the date of birth


@dataclass(frozen=True)
class Duplicate:
    """Somebody who may be the same person: how alike (0 to 100), why, and whether they are in this project."""

    person: Person
    code: str
    score: int
    reasons: list[str]
    in_project: bool


class PossibleDuplicate(Refused):
    """The person is probably in the portal already. `duplicates` holds whom to compare with."""

    def __init__(self, duplicates: list[Duplicate]):
        codes = ", ".join(d.code for d in duplicates)
        super().__init__(_("This may be the same person as %(codes)s. Compare before you add.") % {"codes": codes})
        self.duplicates = duplicates


def possible_duplicates(
    *, project: Project, given_name: str, family_name: str, born_on: date | None, limit: int = 5
) -> list[Duplicate]:
    """People of the same programme whose name and date of birth are alike, the most alike first.

    Alike is a matter of letters, not of script: Йорданова, Jordanova and Yordanova are one name.
    """
    key = search_key(given_name, family_name)
    takes_part = Participation.objects.filter(person=OuterRef("person"))
    same_day = Case(When(person__born_on=born_on, then=Value(1)), default=Value(0), output_field=IntegerField())
    candidates = (
        Identity.objects.filter(
            Exists(takes_part.filter(project__programme=project.programme_id)), search_key__trigram_similar=key
        )
        .annotate(
            likeness=TrigramSimilarity("search_key", key),
            same_day=same_day if born_on else Value(0),
            in_project=Exists(takes_part.filter(project=project)),
        )
        .select_related("person")
        .order_by("-same_day", "-likeness", "pk")[:50]
    )
    found = []
    for identity in candidates:
        in_name, name_reason = _name_likeness(key, identity.search_key)
        in_birth, birth_reason = _birth_likeness(born_on, identity.person.born_on)
        score = round(70 * in_name) + in_birth
        if score >= WORTH_SHOWING:
            reasons = [name_reason, birth_reason]
            found.append(Duplicate(identity.person, identity.person.code, score, reasons, identity.in_project))
    return sorted(found, key=lambda d: -d.score)[:limit]


def _name_likeness(one: str, other: str) -> tuple[float, str]:
    if one == other:
        return 1.0, _("The name is the same in Latin letters.")
    few, many = sorted((sound(one).split(), sound(other).split()), key=len)
    if few == many:
        return 0.97, _("The name sounds the same.")
    best = [max((_word_likeness(word, w) for w in many), default=0.0) for word in few]
    likeness = 0.95 * sum(best) / len(best) if best else 0.0
    return likeness, _("The name is alike: %(percent)s of 100.") % {"percent": round(100 * likeness)}


def _word_likeness(one: str, other: str) -> float:
    """1 for the same word, 0 for words that share no more than any two names do."""
    return max(0.0, SequenceMatcher(None, one, other, autojunk=False).ratio() - 0.6) / 0.4


def _birth_likeness(one: date | None, other: date | None) -> tuple[int, str]:
    if one is None or other is None:
        return 12, _("A date of birth is missing, so it cannot be compared.")
    if one == other:
        return 30, _("The date of birth is the same.")
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return 20, _("Day and month of birth are swapped.")
    if sum(a == b for a, b in zip(one.timetuple()[:3], other.timetuple()[:3], strict=True)) == 2:
        return 12, _("The date of birth differs in the day, the month or the year only.")
    return 0, _("The date of birth is another one.")
