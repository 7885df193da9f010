"""People who may be in the portal already, with a score that is explained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import lru_cache

from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, Value, When
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from beneficiaries.actions.names import search_key, sound
from beneficiaries.models import (
    Identity,
    Merge,
    Participation,
    Person,
)
from core.access import Permission, Refused
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
            Q(search_key__trigram_similar=key) | Q(sound_key__trigram_similar=sound(key)),
            Exists(takes_part.filter(project__programme=project.programme_id)),
        )
        .annotate(
            likeness=Greatest(TrigramSimilarity("search_key", key), TrigramSimilarity("sound_key", sound(key))),
            same_day=same_day if born_on else Value(0),
            in_project=Exists(takes_part.filter(project=project)),
        )
        .select_related("person")
        .order_by("-same_day", "-likeness", "pk")[:50]
    )
    found = []
    for identity in candidates:
        points, reasons = score(key, born_on, identity.search_key, identity.person.born_on)
        if points >= WORTH_SHOWING:
            found.append(Duplicate(identity.person, identity.person.code, points, reasons, identity.in_project))
    return sorted(found, key=lambda d: -d.score)[:limit]


def current(person: Person) -> Person:
    """The record that stands for this person now: another one when the two were merged."""
    while merge := Merge.objects.filter(gone=person, undone_at=None).select_related("kept").first():
        person = merge.kept
    return person


@dataclass(frozen=True)
class Pair:
    """Two people who may be one: how alike (0 to 100) and why, and a participation of each that may be seen."""

    one: Participation
    other: Participation
    score: int
    reasons: list[str]


def likeness(one: Person, other: Person) -> tuple[int, list[str]]:
    """How alike two people are, 0 to 100, and why. Expects `identity` to be selected; 0 when a name was erased."""
    names: list[Identity] = [p.identity for p in (one, other) if hasattr(p, "identity")]
    if len(names) < 2:
        return 0, [_("A name was erased, so it cannot be compared.")]
    return score(names[0].search_key, one.born_on, names[1].search_key, other.born_on)


PAIRS = """
    WITH here AS MATERIALIZED (
        SELECT q.id, q.born_on, i.search_key, i.sound_key
        FROM beneficiaries_person q JOIN beneficiaries_identity i ON i.person_id = q.id WHERE q.id IN ({here})
    ), there AS MATERIALIZED (
        SELECT q.id, q.born_on, i.search_key, i.sound_key
        FROM beneficiaries_person q JOIN beneficiaries_identity i ON i.person_id = q.id WHERE q.id IN ({there})
    ), pairs AS (
        SELECT h.id AS one, t.id AS other, 1 AS alike
        FROM here h JOIN there t ON h.sound_key = t.sound_key AND h.id <> t.id
        WHERE h.sound_key <> '' AND (h.born_on IS NULL OR t.born_on IS NULL OR
              (extract(year FROM h.born_on) = extract(year FROM t.born_on))::int
              + (extract(month FROM h.born_on) IN (extract(month FROM t.born_on), extract(day FROM t.born_on)))::int
              + (extract(day FROM h.born_on) IN (extract(day FROM t.born_on), extract(month FROM t.born_on)))::int >= 2)
        UNION
        SELECT h.id, t.id, similarity(h.sound_key, t.sound_key)
        FROM here h JOIN there t ON h.born_on = t.born_on AND h.id <> t.id
        WHERE similarity(h.sound_key, t.sound_key) > 0.3
    )
    SELECT least(one, other), greatest(one, other) FROM pairs
    WHERE NOT EXISTS (SELECT FROM beneficiaries_notsame n
                      WHERE n.one_id = least(one, other) AND n.other_id = greatest(one, other))
    GROUP BY 1, 2 ORDER BY max(alike) DESC, 1, 2 LIMIT %s
"""


def pairs_to_decide(*, project: Project, by, limit: int = 50) -> tuple[list[Pair], bool]:
    """Pairs that `by` may decide, one of the two in this project, the most alike first; and whether there are more.

    The other one takes part in the same programme. Pairs that were decided are not among them.
    """
    visible = Participation.objects.visible_to(by, Permission.PARTICIPANT_MERGE).order_by()
    here = visible.filter(project=project)
    there = visible.filter(project__programme=project.programme_id)
    sqls = [rows.values("person_id").query.sql_with_params() for rows in (here, there)]
    sql = PAIRS.format(here=sqls[0][0], there=sqls[1][0])
    most = 4 * limit
    with connection.cursor() as cursor:
        cursor.execute(sql, [*sqls[0][1], *sqls[1][1], most])
        found = cursor.fetchall()
    rows = there.filter(person__in={pk for pair in found for pk in pair}).order_by("-pk")
    shown = {row.person_id: row for row in rows.select_related("person__identity", "school", "project__programme")}
    in_project = here.filter(person__in=shown).select_related("person__identity", "school", "project__programme")
    shown |= {row.person_id: row for row in in_project}
    pairs = []
    for one, other in found:
        if one not in shown or other not in shown:
            continue
        points, reasons = likeness(shown[one].person, shown[other].person)
        if points >= LIKELY:
            pairs.append(Pair(shown[one], shown[other], points, reasons))
    pairs.sort(key=lambda pair: -pair.score)
    return pairs[:limit], len(pairs) > limit or len(found) == most


def score(key: str, born_on: date | None, other_key: str, other_born_on: date | None) -> tuple[int, list[str]]:
    """How alike two people are, from 0 to 100, and why: their search keys and dates of birth."""
    in_name, name_reason = _name_likeness(key, other_key)
    in_birth, birth_reason = _birth_likeness(born_on, other_born_on)
    reasons = [_(name_reason) % {"percent": round(100 * in_name)}, _(birth_reason)]
    return round(70 * in_name) + in_birth, reasons


def likeness_of(key: str, born_on: date | None, other_key: str, other_born_on: date | None) -> int:
    """The first part of `score` alone, for many."""
    return round(70 * _name_likeness(key, other_key)[0]) + _birth_likeness(born_on, other_born_on)[0]


def _name_likeness(one: str, other: str) -> tuple[float, str]:
    if one == other:
        return 1.0, gettext_noop("The name is the same in Latin letters.")
    few, many = sorted((sound(one).split(), sound(other).split()), key=len)
    if few == many:
        return 0.97, gettext_noop("The name sounds the same.")
    best = [max((_word_likeness(word, w) for w in many), default=0.0) for word in few]
    likeness = 0.95 * sum(best) / len(best) if best else 0.0
    return likeness, gettext_noop("The name is alike: %(percent)s of 100.")


@lru_cache(maxsize=50_000)
def _word_likeness(one: str, other: str) -> float:
    """1 for the same word, 0 for words that share no more than any two names do."""
    return max(0.0, SequenceMatcher(None, one, other, autojunk=False).ratio() - 0.6) / 0.4


def _birth_likeness(one: date | None, other: date | None) -> tuple[int, str]:
    if one is None or other is None:
        return 12, gettext_noop("A date of birth is missing, so it cannot be compared.")
    if one == other:
        return 30, gettext_noop("The date of birth is the same.")
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return 20, gettext_noop("Day and month of birth are swapped.")
    if (one.year == other.year) + (one.month == other.month) + (one.day == other.day) == 2:
        return 12, gettext_noop("The date of birth differs in the day, the month or the year only.")
    return 0, gettext_noop("The date of birth is another one.")
