"""The audit trail: written with the change, final for everybody, and chained so that tampering shows."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from core import audit
from core.models import AuditEvent, AuditSeal
from core.tasks import seal_audit
from tests import factories
from tests.conftest import NOON


@pytest.fixture
def thing(db):
    return factories.OrganisationFactory()


@pytest.fixture
def events(thing):
    """Five events of an organisation, unsealed."""
    by = factories.UserFactory(name="Ivan Petrov")
    return [
        audit.record("thing.changed", thing, by=by, at=NOON + timedelta(minutes=n), before={"n": n}, after={"n": n + 1})
        for n in range(5)
    ]


@contextmanager
def as_owner_of_the_database():
    """Past the triggers, as only a superuser of the database can go."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


def verify(capsys, **options) -> str:
    call_command("verify_audit", **options)
    return capsys.readouterr().out


# --- writing --------------------------------------------------------------------------------------------------------


def test_an_event_says_who_did_what_to_which_thing_and_how(thing):
    by = factories.UserFactory(name="Ivan Petrov")
    token = audit.origin.set("page")
    event = audit.record(
        "thing.changed", thing, by=by, at=NOON, project="BG-1", before={"a": "1"}, after={"a": "2"}, note="a slip"
    )
    audit.origin.reset(token)

    event.refresh_from_db()
    assert (event.by_key, event.by_name, event.origin, event.project) == (by.key, "Ivan Petrov", "page", "BG-1")
    assert (event.kind, event.key) == ("core.organisation", str(thing.key))
    assert (event.before, event.after, event.note) == ({"a": "1"}, {"a": "2"}, "a slip")


def test_what_nobody_did_names_nobody(thing):
    event = audit.record("thing.changed", thing, by=None, at=NOON)

    assert (event.by_key, event.by_name, event.origin) == (None, "", "command")


def test_an_event_goes_away_with_the_change_it_tells_of(thing):
    before = AuditEvent.objects.count()

    @transaction.atomic
    def change_that_fails():
        thing.country = "LV"
        thing.save(update_fields=["country"])
        audit.record("thing.changed", thing, by=None, at=NOON)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_that_fails()

    thing.refresh_from_db()
    assert (thing.country, AuditEvent.objects.count()) == ("BG", before)


def test_changes_are_those_fields_that_would_differ(thing):
    assert audit.changes(thing, {"country": "LV", "kind": thing.kind}) == ({"country": "BG"}, {"country": "LV"})


# --- final ----------------------------------------------------------------------------------------------------------

HARMS = {
    "orm update": lambda e: AuditEvent.objects.filter(pk=e.pk).update(by_name="Somebody else"),
    "orm save": lambda e: (setattr(e, "note", "x"), e.save()),
    "orm delete": lambda e: e.delete(),
    "orm delete all": lambda e: AuditEvent.objects.all().delete(),
    "bulk update": lambda e: (setattr(e, "note", "x"), AuditEvent.objects.bulk_update([e], ["note"])),
    "sql update": lambda e: sql("UPDATE core_auditevent SET note = 'x'"),
    "sql delete": lambda e: sql("DELETE FROM core_auditevent"),
    "upsert": lambda e: sql(
        "INSERT INTO core_auditevent SELECT * FROM core_auditevent LIMIT 1 ON CONFLICT (id) DO UPDATE SET note = 'x'"
    ),
    "seal update": lambda e: AuditSeal.objects.update(chain="0" * 64),
    "seal delete": lambda e: AuditSeal.objects.all().delete(),
    "sql seal": lambda e: sql("UPDATE core_auditseal SET digest = chain"),
}


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS.keys())
def test_the_database_refuses_to_alter_events_and_seals(harm, events):
    audit.seal(NOON)
    before = list(AuditEvent.objects.order_by("pk").values()), list(AuditSeal.objects.order_by("pk").values())

    with pytest.raises((DatabaseError, IntegrityError), match="audit rows are final"), transaction.atomic():
        harm(events[0])

    assert before == (
        list(AuditEvent.objects.order_by("pk").values()),
        list(AuditSeal.objects.order_by("pk").values()),
    )


@pytest.mark.parametrize("table", ["core_auditevent", "core_auditseal"])
def test_the_database_refuses_to_empty_the_tables(table, events):
    audit.seal(NOON)
    name = f"{table.removeprefix('core_')}_table_is_final"
    with transaction.atomic():
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        sql(f"ALTER TABLE {table} ENABLE TRIGGER {name}")  # the tests switch this one off for their own cleaning
        with pytest.raises(DatabaseError, match="audit rows are final"), transaction.atomic():
            sql(f"TRUNCATE {table} CASCADE")
        sql(f"ALTER TABLE {table} DISABLE TRIGGER {name}")

    assert AuditEvent.objects.count() >= 5
    assert AuditSeal.objects.count() == AuditEvent.objects.count()


def test_the_migrations_leave_every_trigger_of_the_trail_on(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname, tgtype FROM pg_trigger WHERE NOT tgisinternal"
            " AND tgrelid IN ('core_auditevent'::regclass, 'core_auditseal'::regclass)"
        )
        found = {(table, name) for table, name, _type in cursor.fetchall()}

    assert found == {
        ("core_auditevent", "auditevent_rows_are_final"), ("core_auditevent", "auditevent_table_is_final"),
        ("core_auditseal", "auditseal_rows_are_final"), ("core_auditseal", "auditseal_table_is_final"),
    }  # fmt: skip


# --- the chain ------------------------------------------------------------------------------------------------------


def test_sealing_chains_each_event_once(events):
    count = AuditEvent.objects.count()

    assert audit.seal(NOON) == count
    assert audit.seal(NOON) == 0
    assert list(AuditSeal.objects.order_by("pk").values_list("position", flat=True)) == list(range(1, count + 1))
    good, wrong = audit.verify()
    assert (good.position, wrong) == (count, "")


def test_the_worker_seals_what_is_new(events):
    audit.seal(NOON)
    audit.record("thing.changed", factories.OrganisationFactory(), by=None, at=NOON)

    assert seal_audit() == 1
    assert audit.verify()[1] == ""


def test_events_committed_late_join_the_chain_behind(thing):
    """A long transaction may commit an event with a lower number after a higher one was sealed."""
    late = audit.record("thing.changed", thing, by=None, at=NOON)
    with as_owner_of_the_database() as cursor:
        cursor.execute("SELECT row_to_json(e)::text FROM core_auditevent e WHERE id = %s", [late.pk])
        row = cursor.fetchone()[0]
        cursor.execute("DELETE FROM core_auditevent WHERE id = %s", [late.pk])
    audit.record("thing.changed", thing, by=None, at=NOON)
    audit.seal(NOON)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_auditevent SELECT * FROM json_populate_record(null::core_auditevent, %s)", [row]
        )

    assert audit.seal(NOON) == 1
    good, wrong = audit.verify()
    assert (good.event_id, wrong) == (late.pk, "")


def test_verify_audit_says_up_to_where_the_trail_is_intact(events, capsys):
    said = verify(capsys)

    count = AuditEvent.objects.count()
    assert f"intact up to event {events[-1].pk} of 2026-03-16 12:04:00 UTC ({count} events)" in said
    assert AuditSeal.objects.count() == count


def test_verify_audit_on_an_empty_trail(db, capsys):
    with as_owner_of_the_database() as cursor:
        cursor.execute("DELETE FROM core_auditseal")
        cursor.execute("DELETE FROM core_auditevent")

    assert "empty" in verify(capsys)


EVENT, SEAL = "core_auditevent", "core_auditseal"
TAMPERED = {
    "words of an event": (f"UPDATE {EVENT} SET note = 'x' WHERE id = {{id}}", "event {id} was altered"),
    "who did it": (f"UPDATE {EVENT} SET by_name = 'Me' WHERE id = {{id}}", "event {id} was altered"),
    "when it was done": (f"UPDATE {EVENT} SET at = at + interval '1 ms' WHERE id = {{id}}", "event {id} was altered"),
    "what was before": (f"UPDATE {EVENT} SET before = '[]' WHERE id = {{id}}", "event {id} was altered"),
    "an event is gone": (f"DELETE FROM {EVENT} WHERE id = {{id}}", "event {id} of seal {seal} is missing"),
    "a seal is gone": (f"DELETE FROM {SEAL} WHERE event_id = {{id}}", "seal {seal} is missing"),
    "the digest of a seal": (
        f"UPDATE {SEAL} SET digest = repeat('0', 64) WHERE event_id = {{id}}", "event {id} was altered",
    ),
    "the chain of a seal": (
        f"UPDATE {SEAL} SET chain = repeat('0', 64) WHERE event_id = {{id}}", "seal {seal} does not follow",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "says"), TAMPERED.values(), ids=TAMPERED.keys())
def test_tampering_by_the_owner_of_the_database_is_noticed(statement, says, events, capsys):
    audit.seal(NOON)
    victim = events[2]
    position = AuditSeal.objects.get(event=victim).position
    with as_owner_of_the_database() as cursor:
        cursor.execute(statement.format(id=victim.pk))

    with pytest.raises(CommandError) as broken:
        verify(capsys)

    assert says.format(id=victim.pk, seal=position) in str(broken.value)
    assert f"intact up to event {events[1].pk} of" in str(broken.value)
    assert broken.value.returncode == 1


def test_an_event_altered_together_with_its_seal_breaks_the_chain_behind_it(events, capsys):
    audit.seal(NOON)
    with as_owner_of_the_database() as cursor:
        cursor.execute("UPDATE core_auditevent SET note = 'x' WHERE id = %s", [events[2].pk])
        digest = AuditEvent.objects.get(pk=events[2].pk).digest()
        before = AuditSeal.objects.get(event=events[1])
        cursor.execute(
            "UPDATE core_auditseal SET digest = %s, chain = %s WHERE event_id = %s",
            [digest, AuditSeal.link(before.chain, digest), events[2].pk],
        )

    with pytest.raises(CommandError, match=f"intact up to event {events[2].pk} of"):
        verify(capsys)


def test_an_earlier_run_shows_that_the_whole_chain_was_rewritten_or_cut_off(events, capsys):
    kept = re.search(r"--since (\S+)", verify(capsys))[1]
    audit.record("thing.changed", factories.OrganisationFactory(), by=None, at=NOON)
    assert "intact" in verify(capsys, since=kept)

    with as_owner_of_the_database() as cursor:  # the last two events and their seals: nothing inside the portal tells
        cursor.execute("DELETE FROM core_auditseal WHERE event_id >= %s", [events[-1].pk])
        cursor.execute("DELETE FROM core_auditevent WHERE id >= %s", [events[-1].pk])
    assert "intact" in verify(capsys)
    with pytest.raises(CommandError, match="not the one of the earlier run"):
        verify(capsys, since=kept)


@pytest.mark.parametrize("given", ["12", "x:y", "12:abc", ":" + "0" * 64])
def test_an_earlier_run_that_cannot_be_read_is_said(given, events, capsys):
    with pytest.raises(CommandError, match="N:HASH") as refused:
        verify(capsys, since=given)

    assert refused.value.returncode == 2
