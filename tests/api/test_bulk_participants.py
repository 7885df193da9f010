"""Many participants in one request: by the rules of an import, safe to send again, and each answered for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from beneficiaries.models import Identity, Participation
from core.models import AuditEvent
from projects.models import ExternalId
from tests import factories
from tests.api.test_bulk import database, send, statuses
from tests.api.test_writing import URL


@pytest.fixture
def rows(project, group):
    names = ["Антонова", "Бояджиева", "Велкова", "Гроздева"]
    return [
        {
            "external": f"register:{n}", "project": project.number, "school": str(group.school.key),
            "group": str(group.key), "given_name": "Ани", "family_name": name, "born_on": f"2013-05-0{n}",
            "gender": "F", "entered_on": "2026-03-02", "labour_status": "INE", "education": 1,
            "sensitive": {"rural": "no"},
        }
        for n, name in enumerate(names, 1)
    ]  # fmt: skip


def everything() -> tuple:
    return *database(), list(Participation.objects.order_by("pk").values()), list(Identity.objects.values())


def test_an_upsert_by_external_id(api, people, rows, group):
    client = api(people["coordinator"])
    first = send(client, "participants", rows)
    assert statuses(first) == ["created"] * 4
    keys = [result["key"] for result in first.json()["results"]]
    single = client.get(f"{URL}participants/{keys[1]}/").json()
    assert (single["external_ids"], single["complete"], single["groups"][0]["group"]) == (
        ["register:2"], True, str(group.key),
    )  # fmt: skip
    again = send(client, "participants", rows)
    assert statuses(again) == ["unchanged"] * 4
    assert [result["key"] for result in again.json()["results"]] == keys
    more = [
        rows[0] | {"left_on": "2026-06-12"},
        rows[1] | {"education": 2},
        rows[2] | {"family_name": "Друга"},
        rows[3],
    ]
    changed = send(client, "participants", more, "?mode=rows")
    assert statuses(changed) == ["updated", "refused", "refused", "unchanged"]
    assert [error["pointer"] for error in changed.json()["results"][1]["errors"]] == ["/education"]
    reasoned = [row | {"because": "A slip of the key."} for row in more[1:3]]
    assert statuses(send(client, "participants", reasoned)) == ["updated", "updated"]
    assert Participation.objects.get(key=keys[1]).education == 2
    assert Identity.objects.get(person__participations__key=keys[2]).family_name == "Друга"
    assert Participation.objects.count() == 4
    assert "Антонова" not in first.content.decode() + str(list(AuditEvent.objects.values_list("after", "note")))


def test_half_wrong_rows_in_both_modes_and_dry(api, people, rows, project):
    client = api(people["client"])
    away = factories.ContractFactory(project__programme=project.programme).project
    theirs = factories.school_of(away)
    twin, alike = rows[0] | {"external": "register:5"}, rows[0] | {"given_name": "Ani", "family_name": "Antonova"}
    wrong = [
        (rows[3] | {"project": away.number}, "/project"), (rows[3] | {"project": "NO-SUCH"}, "/project"),
        (rows[3] | {"school": str(theirs.key)}, "/school"), (rows[3] | {"entered_on": "2024-01-01"}, "/entered_on"),
        (rows[3] | {"gender": "X"}, "/gender"), (rows[3] | {"family_name": "a\x00"}, "/family_name"),
        (rows[3] | {"national_number": "1234567890"}, "/national_number"),
        (rows[3] | {"same_as": "P-NOBODY"}, "/same_as"), (rows[3] | {"sensitive": {"rural": "?"}}, "/sensitive/rural"),
        (rows[2] | {"family_name": "Дюлева"}, "/external"), (alike, "/family_name"),
        (twin, "/external"), (None, ""),
    ]  # fmt: skip
    for n, (row, pointer) in enumerate(wrong):
        if row and pointer != "/external":
            row["external"] = f"other:{n}"
    body = [*rows[:3], *(row for row, _pointer in wrong)]
    before = everything()
    dry = send(client, "participants", body, "?mode=rows&dry_run=true")
    assert statuses(dry) == ["created"] * 3 + ["refused"] * len(wrong)
    for (row, pointer), result in zip(wrong, dry.json()["results"][3:], strict=True):
        assert pointer in {error["pointer"] for error in result["errors"]}, (row, result)
    assert statuses(send(client, "participants", body)) == ["left"] * 3 + ["refused"] * len(wrong)
    assert everything() == before
    stored = send(client, "participants", body, "?mode=rows")
    assert [r["errors"] for r in stored.json()["results"]] == [r["errors"] for r in dry.json()["results"]]
    assert Participation.objects.count() == ExternalId.objects.count() == 3
    code = Participation.objects.get(key=stored.json()["results"][0]["key"]).person.code
    told = send(client, "participants", [alike], "?mode=rows").json()["results"][0]["errors"]
    assert code in told[0]["detail"]
    assert statuses(send(client, "participants", [alike | {"same_as": code}], "?mode=rows")) == ["refused"]
    assert statuses(send(client, "participants", [alike | {"confirmed_not_duplicate": True}])) == ["created"]
    assert statuses(send(api(people["stranger"]), "participants", rows[:1], "?mode=rows")) == ["refused"]


@pytest.mark.django_db(transaction=True)
def test_the_same_rows_sent_twice_at_once_are_stored_once(api, people, rows):
    clients = [api(people["client"]), api(people["coordinator"])]

    def at_once(client):
        try:
            return send(client, "participants", rows)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = [sorted(set(statuses(answer))) for answer in pool.map(at_once, clients)]
    assert sorted(answers) == [["created"], ["unchanged"]]
    assert Participation.objects.count() == ExternalId.objects.count() == 4
