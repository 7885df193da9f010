"""People who are new in a project, by COPY: the same rows and events that `add_participant` and `leave` leave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection, models

from beneficiaries.actions import participants as single
from beneficiaries.actions.followups import expect_follow_ups
from beneficiaries.actions.imports.ground import Ground
from beneficiaries.actions.imports.matching import Row
from beneficiaries.actions.imports.tables import free_ids, write
from beneficiaries.models import (
    GroupMember,
    Identity,
    OwnNumber,
    Participation,
    Person,
    Result,
    SensitiveAnswer,
    StagedRow,
    Stay,
)
from core import audit
from core.ids import uuid7
from core.imports import Outcome
from projects.models import Project

Heap = StagedRow.Heap


COLUMNS: dict[type[models.Model], tuple[str, ...]] = {  # of the rows that a new person makes
    Person: ("id", "code", "gender", "born_on"),
    Identity: ("person_id", "given_name", "family_name", "search_key", "sound_key", "national_number_hash"),
    OwnNumber: ("id", "school_id", "number", "person_id"),
    Participation: (
        "id", "key", "project_id", "person_id", "school_id", "entered_on", "left_on", "labour_status", "education",
        "version",
    ),
    Stay: ("participation_id", "entered_on", "left_on"),
    SensitiveAnswer: ("participation_id", "question", "answer"),
    Result: ("participation_id", "kind", "seen_on"),
    GroupMember: ("group_id", "participation_id", "from_on", "until_on"),
}  # fmt: skip
PERSON, OWN_NUMBER, PARTICIPATION = (model._meta.label_lower for model in (Person, OwnNumber, Participation))


class Adding:
    """People who are new in a project, written in blocks by COPY: the same rows and events as `add_participant` and
    `leave` leave behind."""

    def __init__(self, ground: Ground):
        self.ground = ground
        self.people: list[tuple[Row, list[dict], dict[str, Any]]] = []
        self.ids: dict[int, int] = {}  # subject → person
        self.numbers: dict[int, str] = {}  # project → its number

    def add(self, row: Row, found: list[dict], person: dict[str, Any]) -> None:
        self.people.append((row, found, person))

    def flush(self) -> Iterator[Outcome]:
        """Write the block; yields the outcome of its rows."""
        people, self.people = self.people, []
        if not people:
            return
        self._projects(people)
        persons = free_ids(Person, len(people))
        participations = free_ids(Participation, len(people))
        own_numbers = free_ids(OwnNumber, len(people))
        schools = {p.school.pk: str(p.school.key) for p in self.ground.places() if p.school}
        groups: dict[int | None, str] = {p.group.pk: str(p.group.key) for p in self.ground.places() if p.group}
        codes = single.new_codes(len(people))
        into: dict[type[models.Model], list[tuple[Any, ...]]] = {model: [] for model in COLUMNS}
        events: list[dict[str, Any]] = []
        filled: list[tuple[Any, ...]] = []
        left: list[int] = []
        outcomes = []
        for (row, found, person), code in zip(people, codes, strict=True):
            effects: list[list[Any]] = []
            if row.person_id:
                person["id"], person["code"] = row.person_id, row.person_code
                effects += self._complete(row, filled)
            elif "id" not in person:
                person["id"], person["code"] = persons.pop(), code
                into[Person].append((person["id"], code, row.gender, row.born_on))
                effects.append([PERSON, person["id"], None])
                if row.given_name or row.family_name or row.number_hash:
                    names = (row.given_name, row.family_name, row.name_key, row.sound_key)
                    into[Identity].append((person["id"], *names, row.number_hash))
            self.ids[row.subject] = person["id"]
            if row.reference and (row.school_id, row.reference) not in person.setdefault("numbers", set()):
                person["numbers"].add((row.school_id, row.reference))
                own = own_numbers.pop()
                into[OwnNumber].append((own, row.school_id, row.reference, person["id"]))
                effects.append([OWN_NUMBER, own, None])
            pk, key = participations.pop(), uuid7()
            effects.append([PARTICIPATION, pk, None])
            into[Participation].append((
                pk, key, row.project_id, person["id"], row.school_id, row.entered_on, row.left_on, row.labour_status,
                row.education, 2 if row.left_on else 1,
            ))  # fmt: skip
            into[Stay].append((pk, row.entered_on, row.left_on))
            into[SensitiveAnswer] += [(pk, question, answer) for question, answer in row.answers.items()]
            into[Result] += [(pk, kind, day) for kind, day in row.seen_results()]
            if row.group_id:
                into[GroupMember].append((row.group_id, pk, row.entered_on, row.left_on))
            if row.left_on:
                left.append(pk)
            events += self._events(row, key, person["code"], schools[row.school_id], groups.get(row.group_id, ""))
            outcomes.append(Outcome(row.number, Heap.NEW, found, effects))
        for model, rows in into.items():
            write(model, COLUMNS[model], rows)
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE beneficiaries_person SET gender = coalesce(nullif(gender, ''), %s),"
                " born_on = coalesce(born_on, %s) WHERE id = %s",
                filled,
            )
        expect_follow_ups(left)
        audit.record_many(events)
        yield from outcomes

    def _complete(self, row: Row, filled: list[tuple[Any, ...]]) -> list[list[Any]]:
        """Somebody known from another project: fill in what was missing of the person, as the form does."""
        gender = row.gender if row.gender and not row.known_gender else row.known_gender
        born_on = row.known_born_on or row.born_on
        if (gender, born_on) == (row.known_gender, row.known_born_on):
            return []
        filled.append((row.gender, row.born_on, row.person_id))
        before = {"gender": row.known_gender, "born_on": row.known_born_on and str(row.known_born_on)}
        return [[PERSON, row.person_id, before]]

    def _projects(self, people: list[tuple[Row, list[dict], dict[str, Any]]]) -> None:
        new = {row.project_id for row, _found, _person in people} - set(self.numbers)
        self.numbers |= dict(Project.objects.filter(pk__in=new).values_list("pk", "number"))

    def _events(self, row: Row, key, code: str, school: str, group: str) -> Iterator[dict[str, Any]]:
        told = {
            "thing": Participation, "key": str(key), "by": self.ground.by, "at": self.ground.at,
            "project": self.numbers[row.project_id],
        }  # fmt: skip
        yield told | {
            "action": "participant.added", "note": row.accepted.get("reason", ""),
            "after": {
                "code": code, "school": school, "group": group,
                "entered_on": str(row.entered_on), "gender": row.gender, "born_on": single.year(row.born_on),
                "labour_status": row.labour_status, "education": "" if row.education is None else str(row.education),
                "asked": sorted(row.answers), "confirmed_not": [], "version": 1,
            },
        }  # fmt: skip
        if row.left_on:
            after = {"code": code, "left_on": str(row.left_on), "results": dict(row.results), "version": 2}
            yield told | {"action": "participant.left", "before": {"code": code, "left_on": ""}, "after": after}
