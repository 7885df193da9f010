"""Rows about participants read, checked by the rules of the form, and matched with who is there and with each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import batched
from typing import Any

import orjson
from django.db import connection
from django.utils.translation import gettext as _

from activities.actions import outside_contract
from beneficiaries import checks
from beneficiaries.actions import participants as single
from beneficiaries.actions.duplicates import LIKELY, likeness_of, score
from beneficiaries.actions.imports.ground import Ground
from beneficiaries.actions.names import name_keys
from beneficiaries.models import SensitiveAnswer, StagedRow
from core.access import Refused
from core.copying import copy_in, packed
from core.imports import HIDDEN, finding, findings_of
from projects.models import Project

BLOCK = 4000  # rows handed to the database at once
ENTRY = ("gender", "born_on", "labour_status", "education")
QUESTIONS = tuple(SensitiveAnswer.Question.values)
Heap = StagedRow.Heap

# Columns of the temporary table that are filled while reading.
READ = (
    "number", "heap", "findings", "accepted", "project_id", "school_id", "group_id", "code", "reference", "number_hash",
    "given_name", "family_name", "name_key", "sound_key", "gender", "born_on", "entered_on", "left_on", "labour_status",
    "education", "answers", "results", "wants_person",
)  # fmt: skip
TABLE = """
CREATE TEMPORARY TABLE incoming (
  number int PRIMARY KEY, heap text, findings jsonb, accepted jsonb, project_id bigint, school_id bigint,
  group_id bigint, code text, reference text, number_hash text, given_name text, family_name text, name_key text,
  sound_key text,
  gender text, born_on date, entered_on date, left_on date, labour_status text, education smallint, answers jsonb,
  results jsonb, wants_person text, person_id bigint, found int DEFAULT 0, subject int
) ON COMMIT DROP
"""
MATCHES = {  # how a row finds its person, the surest first: the other table, and what must be equal
    "chosen": "SELECT i.number, p.id FROM incoming i JOIN beneficiaries_person p ON p.code = i.wants_person",
    "code": "SELECT i.number, t.person_id FROM incoming i JOIN beneficiaries_person p ON p.code = i.code"
    " JOIN beneficiaries_participation t ON t.person_id = p.id AND t.project_id = i.project_id",
    "national number": "SELECT i.number, d.person_id FROM incoming i"
    " JOIN beneficiaries_identity d ON d.national_number_hash = i.number_hash"
    " WHERE i.number_hash <> '' AND d.national_number_hash <> ''",  # the second tells the index of those that have one
    "own number": "SELECT i.number, o.person_id FROM incoming i"
    " JOIN beneficiaries_ownnumber o ON o.school_id = i.school_id AND o.number = i.reference WHERE i.reference <> ''",
    "name": "SELECT i.number, t.person_id FROM incoming i JOIN beneficiaries_participation t"
    " ON t.project_id = i.project_id AND t.school_id = i.school_id"
    " JOIN beneficiaries_person p ON p.id = t.person_id JOIN beneficiaries_identity d ON d.person_id = p.id"
    " AND lower(d.given_name) = lower(i.given_name) AND lower(d.family_name) = lower(i.family_name)"
    " WHERE i.given_name <> '' AND i.reference = '' AND i.number_hash = ''"
    " AND (p.born_on = i.born_on OR p.born_on IS NULL AND i.born_on IS NULL AND t.entered_on = i.entered_on)"
    " AND NOT coalesce((i.accepted->>'other')::boolean, false)",
}
MATCH = """
UPDATE incoming SET person_id = m.person_id, found = m.found
FROM (SELECT number, min(person_id) AS person_id, count(DISTINCT person_id) AS found
      FROM ({}) AS f (number, person_id) GROUP BY number) m
WHERE incoming.number = m.number AND incoming.found = 0
"""
# Records that were merged: the one that is kept stands for both.
FOLLOW_MERGES = """
UPDATE incoming SET person_id = m.kept_id FROM beneficiaries_merge m
WHERE m.gone_id = incoming.person_id AND m.undone_at IS NULL
"""
# Rows about one person have one subject: the first row about them. A row without anything to know a person by is alone.
SUBJECTS = """
UPDATE incoming SET subject = s.subject FROM (
  SELECT number, min(number) OVER (PARTITION BY CASE
    WHEN person_id IS NOT NULL THEN 'p' || person_id
    WHEN number_hash <> '' THEN 'h' || number_hash
    WHEN reference <> '' THEN 'r' || reference
    WHEN accepted ? 'other' OR given_name = '' THEN '#' || number
    ELSE 'n' || concat_ws('|', lower(given_name), lower(family_name), school_id, coalesce(born_on, entered_on))
  END) AS subject FROM incoming) s WHERE s.number = incoming.number
"""
# Who may be the same: the same letters in the name, or the same birthday and a word of the name in common.
ALIKE = """
WITH fresh AS (
  SELECT i.number, i.name_key, i.sound_key, i.born_on, j.programme_id FROM incoming i
  JOIN projects_project j ON j.id = i.project_id
  WHERE i.person_id IS NULL AND i.found = 0 AND i.heap = 'new' AND i.name_key <> '' AND NOT i.accepted ? 'other'
    AND i.number_hash = '' AND i.number = i.subject),
known AS (
  SELECT DISTINCT p.id, p.code, d.search_key, d.sound_key, p.born_on, j.programme_id FROM beneficiaries_participation t
  JOIN projects_project j ON j.id = t.project_id JOIN beneficiaries_person p ON p.id = t.person_id
  JOIN beneficiaries_identity d ON d.person_id = p.id
  WHERE j.programme_id IN (SELECT DISTINCT programme_id FROM fresh)),
fresh_words AS (SELECT number, born_on, programme_id, unnest(string_to_array(sound_key, ' ')) AS word FROM fresh
                WHERE born_on IS NOT NULL),
known_words AS (SELECT id, born_on, programme_id, unnest(string_to_array(sound_key, ' ')) AS word FROM known
                WHERE born_on IN (SELECT born_on FROM fresh)),
pairs AS (
  SELECT f.number, k.id, 0 AS row FROM fresh f JOIN known k USING (programme_id, sound_key)
  UNION SELECT f.number, k.id, 0 FROM fresh_words f JOIN known_words k USING (programme_id, born_on, word)
  UNION SELECT f.number, 0, o.number FROM fresh f JOIN fresh o USING (sound_key) WHERE o.number < f.number
  UNION SELECT f.number, 0, o.number FROM fresh_words f JOIN fresh_words o USING (born_on, word)
        WHERE o.number < f.number)
SELECT q.number, f.name_key, f.born_on, coalesce(k.code, ''), q.row, coalesce(k.search_key, o.name_key),
       CASE WHEN q.row = 0 THEN k.born_on ELSE o.born_on END
FROM pairs q JOIN fresh f ON f.number = q.number LEFT JOIN known k ON k.id = q.id AND k.programme_id = f.programme_id
LEFT JOIN fresh o ON o.number = q.row
"""
# Every row with what the portal holds about its person in its project.
DECIDE = """
SELECT i.number, i.heap, i.findings, i.accepted, i.project_id, i.school_id, i.group_id, i.code, i.reference,
  i.number_hash, i.given_name, i.family_name, i.name_key, i.sound_key, i.gender, i.born_on, i.entered_on, i.left_on,
  i.labour_status, i.education, i.answers, i.results, i.subject, i.found, i.person_id,
  p.code AS person_code, p.gender AS known_gender, p.born_on AS known_born_on, d.given_name AS known_given_name,
  d.family_name AS known_family_name, t.id AS participation_id, t.school_id AS known_school,
  t.labour_status AS known_labour_status, t.education AS known_education, more.*
FROM incoming i LEFT JOIN beneficiaries_person p ON p.id = i.person_id
LEFT JOIN beneficiaries_identity d ON d.person_id = i.person_id
LEFT JOIN beneficiaries_participation t ON t.person_id = i.person_id AND t.project_id = i.project_id
LEFT JOIN LATERAL (SELECT
  (SELECT jsonb_agg(jsonb_build_array(entered_on, left_on) ORDER BY entered_on) FROM beneficiaries_stay s
   WHERE s.participation_id = t.id) AS stays,
  (SELECT jsonb_object_agg(question, answer) FROM beneficiaries_sensitiveanswer a WHERE a.participation_id = t.id)
   AS known_answers,
  (SELECT jsonb_agg(jsonb_build_array(kind, seen_on)) FROM beneficiaries_result r WHERE r.participation_id = t.id)
   AS known_results,
  (SELECT jsonb_agg(DISTINCT group_id) FROM beneficiaries_groupmember g WHERE g.participation_id = t.id) AS groups
) more ON t.id IS NOT NULL
ORDER BY i.subject, i.project_id, i.entered_on, i.number
"""


Alike = tuple[int, str, int, list[str]]
"""How alike of 100, the code of the person or else "", the earlier row or else 0, and why."""


@dataclass(slots=True)
class Row:
    """A row of the file with what the portal holds about its person: the columns of DECIDE, in their order."""

    number: int
    heap: str
    findings: Any
    accepted: Any
    project_id: int
    school_id: int
    group_id: int | None
    code: str
    reference: str
    number_hash: str
    given_name: str
    family_name: str
    name_key: str
    sound_key: str
    gender: str
    born_on: date | None
    entered_on: date
    left_on: date | None
    labour_status: str
    education: int | None
    answers: Any
    results: Any
    subject: int
    found: int  # how many people it could be
    person_id: int | None
    person_code: str
    known_gender: str
    known_born_on: date | None
    known_given_name: str | None
    known_family_name: str | None
    participation_id: int | None
    known_school: int
    known_labour_status: str
    known_education: int | None
    stays: Any
    known_answers: Any
    known_results: Any
    groups: Any

    def __post_init__(self) -> None:
        """Read the columns of JSON: the database gives them as text."""
        self.findings, self.accepted = orjson.loads(self.findings), orjson.loads(self.accepted)
        self.answers, self.results = orjson.loads(self.answers), orjson.loads(self.results)
        if self.participation_id:
            for name in ("stays", "known_answers", "known_results", "groups"):
                setattr(self, name, orjson.loads(getattr(self, name) or "null"))

    def seen_results(self) -> set[tuple[str, date]]:
        return {(kind, date.fromisoformat(day)) for kind, day in self.results}


def incoming(ground: Ground, rows: Iterable[tuple[int, dict[str, str], dict[str, Any]]]) -> dict[int, Alike]:
    """Put rows into the temporary table, find their people, and say which rows are about somebody alike."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS incoming")
        cursor.execute(TABLE)
        for block in batched(rows, BLOCK):
            copy_in("incoming", READ, [_read(ground, *row) for row in block])
        cursor.execute("ANALYZE incoming")
        cursor.execute("SELECT DISTINCT project_id FROM incoming WHERE project_id IS NOT NULL ORDER BY 1")
        projects = [pk for (pk,) in cursor.fetchall()]
        list(Project.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=projects).order_by("pk"))
        for match in MATCHES.values():
            cursor.execute(MATCH.format(match))
        followed = True
        while followed:
            cursor.execute(FOLLOW_MERGES)
            followed = cursor.rowcount > 0
        cursor.execute(SUBJECTS)
        return _alike(cursor)


def decided() -> Iterator[Row]:
    """The rows of the temporary table, those about one person together, in the order of their days."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(DECIDE)
        while rows := cursor.fetchmany(2000):
            for row in rows:
                yield Row(*row)


def protect(ground: Ground, cells: dict[str, str]) -> dict[str, str]:
    """The cells as they may be kept: of a national number its fingerprint only, or why it is wrong.

    An EGN and an old Latvian code hold the date of birth, so that an empty date is filled in from them.
    """
    if checks.looks_like_national_number(cells.get("reference", "")):
        message = _("This looks like a national number, which is never kept. Give it in the column “National number”.")
        cells = cells | {"reference": "!" + message}
    number = cells.get("national_number", "")
    if not number or number[0] in "#!":
        return cells
    values, _wrong = ground.values(cells, ("born_on", "project", "school", "group"))
    school = ground.place(values).school
    if school is None:
        return cells | {"national_number": "!" + _("The number cannot be checked without the school. Type it again.")}
    plain, wrong = checks.national_number(number, school.country, values["born_on"])
    if wrong:
        return cells | {"national_number": "!" + wrong}
    born_on = values["born_on"] or checks.birth_date_in(plain, school.country)
    filled = {"born_on": str(born_on)} if born_on and not cells.get("born_on") else {}
    return cells | filled | {"national_number": "#" + checks.number_hash(plain, school.country)}


def _read(ground: Ground, number: int, cells: dict[str, str], accepted: dict[str, Any]) -> list[Any]:
    """A row of the temporary table: typed values, and every reason against them by the rules of the form."""
    fingerprint = cells.get("national_number", "")
    values, found = ground.values(cells | {"national_number": ""} if fingerprint else cells)
    place = ground.place(values)
    found += place.findings
    if fingerprint.startswith("!"):
        found.append(finding("national_number", "!", fingerprint[1:]))
    if values["reference"].startswith("!"):
        found.append(finding("reference", HIDDEN, values["reference"][1:]))
    unread = {f["column"] for f in found}
    names = values["given_name"] or values["family_name"]
    nameless = bool(values["reference"] or values["code"]) and not names and not fingerprint
    answers = {q: values[q] for q in QUESTIONS if values[q]}
    education = int(values["education"]) if values["education"] else None
    given_name, family_name = " ".join(values["given_name"].split()), " ".join(values["family_name"].split())
    if place.project and place.school:
        today = ground.today(place.project)
        try:
            single.check_participant(
                project=place.project, school=place.school, given_name=given_name, family_name=family_name,
                born_on=values["born_on"], gender=values["gender"], entered_on=values["entered_on"] or today,
                labour_status=values["labour_status"], education=education, sensitive=answers, national_number="",
                today=today, nameless=nameless,
            )  # fmt: skip
        except Refused as refused:
            found += [f for f in findings_of(refused, cells) if f["column"] not in unread]
        found += _exit_findings(place.project, values, cells, today)
        if place.project.programme.counts_esf_indicators and values["entered_on"]:
            missing = [name for name in ENTRY if values[name] in ("", None) and name not in unread]
            why = _("Without it the record is kept, but counted in no indicator until it is complete.")
            found += [finding(name, "", why, "warning") for name in missing]
    keys = name_keys(given_name, family_name)
    wrong = any(f["grade"] == "error" for f in found)
    results = [[values["result"], str(values["result_on"])]] if values["result"] and values["result_on"] else []
    return [
        number, Heap.WRONG if wrong else Heap.NEW, packed(found), packed(accepted),
        place.project and place.project.pk, place.school and place.school.pk, place.group and place.group.pk,
        values["code"], "" if values["reference"].startswith("!") else values["reference"],
        fingerprint[1:] if fingerprint.startswith("#") else "", given_name, family_name,
        keys["search_key"], keys["sound_key"], values["gender"], values["born_on"],
        values["entered_on"], values["left_on"], values["labour_status"], education, packed(answers), packed(results),
        accepted.get("same_as", ""),
    ]  # fmt: skip


def _exit_findings(project: Project, values: dict[str, Any], cells: dict[str, str], today: date) -> list[dict]:
    """What stands against the exit date and the result of a row."""
    left_on, found = values["left_on"], []
    if left_on and values["entered_on"]:
        wrong = checks.exit_date(left_on, values["entered_on"], None, today) or outside_contract(
            project, left_on, today
        )
        if wrong:
            found.append(finding("left_on", cells.get("left_on", ""), wrong))
    if values["result"] and not values["result_on"] and "result_on" not in cells:
        found.append(finding("result_on", "", _("A result is seen on a day. Enter it.")))
    if values["result"] and values["result_on"]:
        if left_on is None:
            message = _("Results are what became of somebody who has left. Enter the exit date first.")
            found.append(finding("result", cells.get("result", ""), message))
        else:
            try:
                single.check_results({values["result"]: values["result_on"]}, left_on, today)
            except Refused as refused:
                found += findings_of(refused, cells, {values["result"]: "result_on"})
    return found


def _alike(cursor) -> dict[int, Alike]:
    """Row → the most alike person or earlier row: score, code, row, reasons; only those alike enough to ask."""
    cursor.execute(ALIKE)
    found: dict[int, Alike] = {}
    for number, key, born_on, code, row, other_key, other_born_on in cursor:  # one at a time: there may be many
        points = likeness_of(key, born_on, other_key, other_born_on)
        if points >= LIKELY and (number not in found or points > found[number][0]):
            reasons = score(key, born_on, other_key, other_born_on)[1]
            found[number] = (points, code, row, reasons)
    return found
