"""Participants as CSV: what one sees, by code, and it is written down."""

from __future__ import annotations

import csv
import io

from django.urls import reverse

from core.models import AuditEvent
from tests import factories


def _rows(client, query="") -> list[dict[str, str]]:
    answer = client.get(reverse("beneficiaries:participants_csv") + query)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_a_coordinator_exports_the_own_school_only_and_no_names(client, people, project, school):
    mine = factories.participation(project, school)
    factories.participation(project, factories.school_of(project))
    client.force_login(people["coordinator"])
    rows = _rows(client)
    assert [r["code"] for r in rows] == [mine.person.code]
    assert mine.person.identity.family_name not in str(rows)
    event = AuditEvent.objects.get(action="participant.exported")
    assert event.by_key == people["coordinator"].key


def test_the_file_holds_what_the_officer_chose(client, people, project, school):
    other = factories.school_of(project)
    for place in (school, other, other):
        factories.participation(project, place)
    client.force_login(people["officer"])
    assert len(_rows(client)) == 3
    assert {r["school_key"] for r in _rows(client, f"?project={project.number}&school={other.key}")} == {str(other.key)}
    assert _rows(client, "?project=NONE") == []


def test_finance_is_turned_away_and_nothing_is_written(client, people):
    client.force_login(people["finance"])
    assert client.get(reverse("beneficiaries:participants_csv")).status_code == 403
    assert not AuditEvent.objects.filter(action="participant.exported").exists()
