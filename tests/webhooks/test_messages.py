"""From a committed change to a message at another system: nothing lost, nothing invented, nobody else's rows."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils.timezone import now

from beneficiaries.actions import imports
from beneficiaries.models import Export, Import
from beneficiaries.tables import PARTICIPANTS
from budgets import actions as budgets
from budgets.actions.claims import move
from budgets.models import Claim
from core import audit
from core.bulk import jobs
from core.models import AuditEvent, OutgoingMail
from projects.models import Change, Membership
from reports import actions as exports
from reports.webhooks import actions, calling, events, signing, tasks
from reports.webhooks.models import Attempt, Delivery, Webhook
from tests import factories
from tests.webhooks.conftest import signed_right

ALL = [name for name, _label in events.choices()]


@pytest.fixture
def hook(receiver):
    """`hook(person, *events)`: a webhook to the receiver, and its secret."""

    def made(person, *names: str, **more):
        names = names or tuple(events.open_to(person))
        return actions.add(name="Register", url=receiver.url, names=names, by=person, at=now(), **more)

    return made


@pytest.fixture
def told(monkeypatch, wait_for):
    """`told()`: what a worker does every ten seconds, until the feed has nothing that is held back; then all that waits
    is sent, also what waits for its next attempt."""
    monkeypatch.setattr(tasks.send, "apply_async", lambda kwargs, **_: tasks.send(**kwargs))

    def run():
        last = Change.objects.order_by("-xid").first()
        if last is not None:
            wait_for(lambda: Webhook.objects.filter(xid__gt=last.xid).exists() or (actions.tell(now()) and False))
        Delivery.objects.filter(state="waiting", claimed_at=None).update(next_at=now())
        tasks.tell()

    return run


@pytest.mark.django_db(transaction=True)
class TestOnConnectionsThatCommit:
    def test_a_change_is_told_once_and_signed_and_one_rolled_back_never(
        self, receiver, hook, told, people, session, project
    ):
        made, secret = hook(people["officer"], "sessions")
        with transaction.atomic():
            session.place = "Room 7"
            session.save()
        with transaction.atomic():
            session.place = "Room 8"
            session.save()
            transaction.set_rollback(True)

        told()
        told()

        ((headers, body),) = receiver.calls
        assert signed_right(headers, body, secret)
        assert abs(int(headers["webhook-timestamp"]) - now().timestamp()) < 60
        assert headers["content-type"] == "application/json"
        message = json.loads(body)
        moment = datetime.fromisoformat(message.pop("timestamp"))
        assert moment.tzinfo == UTC
        assert abs(now() - moment) < timedelta(minutes=1)
        assert message == {
            "type": "sessions.changed",
            "data": {
                "collection": "sessions", "key": str(session.key), "project": project.number, "rows": 1,
                "read": "http://localhost:8000/api/v1/changes/sessions/",
            },
        }  # fmt: skip
        delivery = made.deliveries.get()
        assert headers["webhook-id"] == delivery.message
        assert (delivery.state, delivery.attempts.get().status) == ("accepted", 204)

        renewed = actions.renew_secret(made, by=people["officer"], at=now())
        session.delete()
        told()
        headers, body = receiver.calls[-1]
        assert json.loads(body)["type"] == "sessions.gone"
        assert signed_right(headers, body, secret)
        assert signed_right(headers, body, renewed)

    def test_a_failure_is_tried_again_later_under_the_same_id(self, receiver, hook, told, people, session, settings):
        receiver.answers = [(500, {}, b"\x00no <b>room</b>"), (429, {"Retry-After": "4000"}, b"later")]
        made, secret = hook(people["officer"], "sessions")
        session.save()

        told()
        delivery = made.deliveries.get()
        first = delivery.next_at - now()
        assert timedelta(seconds=3) < first <= timedelta(seconds=6.1)
        assert Webhook.objects.get().failing_since is not None
        told()
        delivery.refresh_from_db()
        assert delivery.next_at - now() > timedelta(seconds=3900), "the receiver asked to be left alone"
        told()
        told()

        assert len(receiver.calls) == 3
        assert len({headers["webhook-id"] for headers, _body in receiver.calls}) == 1
        assert len({body for _headers, body in receiver.calls}) == 1
        assert all(signed_right(headers, body, secret) for headers, body in receiver.calls)
        log = list(Attempt.objects.order_by("pk").values_list("status", "answer"))
        assert log == [(500, " no <b>room</b>"), (429, "later"), (204, "")]
        assert Webhook.objects.get().failing_since is None

    def test_each_owner_is_told_of_their_own_rows_only_until_the_right_is_gone(
        self, receiver, hook, told, people, project, school, session, group
    ):
        hooks = {who: hook(people[who])[0] for who in ("officer", "coordinator", "stranger", "finance", "auditor")}
        elsewhere = factories.school_of(project)
        child = factories.member_of(group)
        other = factories.member_of(factories.GroupFactory(project=project, school=elsewhere))
        told()

        def knows(who: str) -> set[str]:
            return {str(about) for about in hooks[who].deliveries.values_list("about", flat=True)}

        keys = {str(child.key), str(other.key)}
        assert {who: knows(who) & keys for who in hooks} == {
            "officer": keys, "auditor": keys, "coordinator": {str(child.key)}, "stranger": set(), "finance": set(),
        }  # fmt: skip
        assert {m["data"]["project"] for m in receiver.messages()} == {project.number}
        everything = b" ".join(body for _headers, body in receiver.calls).decode()
        for name in (child.person.code, "given_name"):
            assert f'"{name}"' not in everything

        before = len(receiver.calls)
        child.save()
        actions.tell(now())
        receiver.calls.clear()
        Membership.objects.filter(user=people["officer"]).update(until_on=date(2026, 1, 1))
        Delivery.objects.filter(state="waiting").update(next_at=now())
        waiting = hooks["officer"].deliveries.filter(state="waiting").count()
        told()
        child.save()
        told()
        assert before
        assert hooks["officer"].deliveries.filter(state="withdrawn").count() == waiting
        assert not hooks["officer"].deliveries.filter(state="waiting").exists()
        ids = {headers["webhook-id"] for headers, _body in receiver.calls}
        assert not ids & {each.message for each in hooks["officer"].deliveries.filter(state="withdrawn")}
        assert hooks["coordinator"].deliveries.filter(about=child.key).count() > 1

    def test_many_rows_at_once_are_one_message(self, receiver, hook, told, people, group, project):
        hook(people["client"], "participants", project=project)
        with transaction.atomic():
            factories.class_of(group, 60)
        told()
        (message,) = receiver.messages()
        assert (message["type"], message["data"]["key"], message["data"]["rows"]) == ("participants.changed", None, 60)

    def test_a_worker_killed_in_the_middle_of_a_call_is_taken_over(
        self, receiver, hook, people, session, codes, files_dir, wait_for
    ):
        from config.celery import app
        from tests.conftest import Worker

        made, _secret = hook(people["officer"], "sessions")
        session.save()
        receiver.hold.clear()
        app.control.purge()
        calls = {"WEBHOOK_PRIVATE_ADDRESSES": "127.0.0.1/32"}
        with Worker(files_dir, **calls) as worker:
            wait_for(lambda: tasks.tell.delay() and receiver.calls, seconds=90, every=1)
            worker.kill()
        delivery = made.deliveries.get()
        assert (delivery.state, delivery.tries, delivery.attempts.count()) == ("waiting", 1, 0)
        assert delivery.next_at - delivery.claimed_at == actions.sending.LEASE

        app.control.purge()
        receiver.hold.set()
        delivery.next_at = now()  # the claim has run out
        delivery.save()
        assert tasks.send(webhook=made.pk) == 1

        assert {headers["webhook-id"] for headers, _body in receiver.calls} == {delivery.message}
        log = list(delivery.attempts.order_by("pk").values_list("status", "failure"))
        assert log == [(None, "interrupted"), (204, "")]


@pytest.fixture
def waiting(hook, people, session):
    """A webhook of the officer with one delivery that waits, and the delivery."""

    def made():
        found, _secret = hook(people["officer"], "sessions")
        change = Change.objects.filter(collection="sessions").last()
        body = actions.telling.written("sessions.changed", now(), {"key": str(session.key)})
        delivery = Delivery.objects.create(
            webhook=found, event="sessions.changed", change=change.pk, about=session.key, body=body, made_at=now(),
            next_at=now(),
        )  # fmt: skip
        return found, delivery

    return made


@pytest.mark.django_db
class TestOneWebhook:
    def test_it_is_paused_after_days_of_failing_and_its_owner_hears_of_it(self, receiver, waiting, people, settings):
        found, delivery = waiting()
        start, failed = now(), calling.Answer(status=500, took=10)
        for hours in range(0, 24 * settings.WEBHOOK_PAUSE_DAYS + 1, 24):
            at = start + timedelta(hours=hours)
            Delivery.objects.update(next_at=at)
            taken = actions.claim(found.pk, at=at)
            actions.settle(taken, failed, at=at)
        found.refresh_from_db()
        assert (found.pause, found.paused_at is None) == ("failing", False)
        assert [mail.to for mail in OutgoingMail.objects.all()] == [people["officer"].email]
        assert str(found.key) in OutgoingMail.objects.get().text
        event = AuditEvent.objects.get(action="webhook.paused")
        assert (event.by_key, event.note) == (None, "failing")

        Delivery.objects.update(next_at=start)
        assert actions.claim(found.pk, at=now()) is None, "nothing is sent while it is paused"
        actions.resume(found, by=people["officer"], at=now())
        assert actions.deliver(found.pk, until=now() + timedelta(minutes=1)) == 1
        assert receiver.calls[0][0]["webhook-id"] == delivery.message

    def test_one_that_says_it_is_gone_is_paused_at_once(self, receiver, waiting):
        found, _delivery = waiting()
        receiver.answers = [(410, {}, b"")]
        actions.deliver(found.pk, until=now() + timedelta(minutes=1))
        found.refresh_from_db()
        assert found.pause == "gone"

    def test_it_is_given_up_in_the_end_and_sent_again_under_the_same_id(self, receiver, waiting, people, settings):
        found, delivery = waiting()
        settings.WEBHOOK_WAITS = [5, 5]
        receiver.answers = [(503, {}, b"")] * 3
        for _attempt in range(4):
            actions.deliver(found.pk, until=now() + timedelta(minutes=1))
            Delivery.objects.filter(state="waiting").update(next_at=now())
        delivery.refresh_from_db()
        assert (delivery.state, delivery.attempts.count()) == ("given_up", 3)

        assert actions.replay(found, delivery=delivery, by=people["officer"], at=now()) == 1
        assert actions.deliver(found.pk, until=now() + timedelta(minutes=1)) == 1
        assert actions.replay(found, since=now() - timedelta(days=1), by=people["officer"], at=now()) == 1
        assert actions.deliver(found.pk, until=now() + timedelta(minutes=1)) == 1
        assert {headers["webhook-id"] for headers, _body in receiver.calls} == {delivery.message}
        assert len(receiver.calls) == 5

        assert actions.forget(before=now() - timedelta(days=1)) == 0
        assert actions.forget(before=now() + timedelta(days=1)) == 6  # the delivery and its five attempts

    def test_a_test_is_sent_once_also_while_it_is_paused(self, receiver, hook, people):
        found, secret = hook(people["officer"], "sessions")
        actions.pause(found, by=people["officer"], at=now())
        receiver.answers = [(500, {}, b"")]
        sent = actions.test(found, by=people["officer"], at=now())
        actions.deliver(found.pk, until=now() + timedelta(minutes=1))
        sent.refresh_from_db()
        assert (sent.state, sent.attempts.get().status) == ("given_up", 500)
        ((headers, body),) = receiver.calls
        assert signed_right(headers, body, secret)
        assert json.loads(body)["type"] == "portal.test"
        assert Webhook.objects.get().failing_since is None

    def test_moments_of_the_trail_are_told_from_its_seals(self, hook, people, project):
        found, _secret = hook(people["officer"], "claim.submitted", "claim.decided")
        strange, _secret = hook(people["stranger"], "claim.submitted")
        claim = budgets.start_claim(
            project, kind="advance", from_on=date(2026, 1, 1), to_on=date(2026, 9, 30), advance=Decimal(1000),
            by=people["finance"], at=now(),
        )  # fmt: skip
        claim.received_on = date(2026, 10, 1)
        move(claim, Claim.State.SENT, by=people["finance"], at=now())
        actions.tell(now())
        assert not found.deliveries.exists(), "the trail is not sealed yet"
        audit.seal(now())
        actions.tell(now())
        actions.tell(now())
        message = json.loads(found.deliveries.get().body)
        assert (message["type"], message["data"]["key"]) == ("claim.submitted", str(claim.key))
        assert message["data"]["read"] == f"http://localhost:8000/api/v1/claims/{claim.key}/"
        assert not strange.deliveries.exists()

    def test_the_secret_is_kept_closed_and_the_trail_says_no_more_than_the_server(self, hook, people, settings):
        found, secret = hook(people["officer"], "sessions")
        assert secret.startswith("whsec_")
        assert len(secret) == 50
        assert secret not in found.secret
        assert signing.opened(found.secret) == secret
        event = AuditEvent.objects.get(action="webhook.added")
        assert event.after["server"] == "127.0.0.1"
        assert "hook?of=portal" not in json.dumps(event.after)

        settings.WEBHOOK_KEYS = ["a newer key", *settings.WEBHOOK_KEYS]
        assert signing.opened(found.secret) == secret, "an older key still opens"
        settings.WEBHOOK_KEYS = ["a newer key"]
        actions.test(found, by=people["officer"], at=now())
        actions.deliver(found.pk, until=now() + timedelta(minutes=1))
        assert Attempt.objects.get().failure == "secret"

    def test_the_end_of_ones_own_jobs_is_told_and_nobody_elses(self, receiver, hook, people, project, school, tmp_path):
        names, coordinator = ("import.finished", "bulk.finished", "export.finished"), people["coordinator"]
        own, secret = hook(coordinator, *names)
        others = [hook(people[who], *names)[0] for who in ("admin", "officer")]
        elsewhere, _secret = hook(coordinator, *names, project=factories.ProjectFactory())

        def export(query: str) -> Export:
            asked = exports.ask_export(PARTICIPANTS, {"project": query}, by=coordinator, at=now())
            return exports.claim_export(asked.pk, at=now())

        ready, broken, left = export(project.number), export(""), export("none")
        exports.finish_export(ready, io.BytesIO(b"x"), rows=0, at=now())
        exports.fail_export(broken, "Something went wrong while the file was made.", at=now())
        exports.cancel_export(left, by=coordinator, at=now())
        rows = jobs.ask("attendance", [{}], mode="all", dry_run=False, language="en", by=coordinator, at=now())
        jobs.fail(jobs.claim(rows.pk, at=now()), "Something went wrong.", at=now())
        sheet = tmp_path / "list.csv"
        sheet.write_text("Given name;Family name;Entry date\nAnna;Testa;12.01.2026\n")
        told = {"kind": "participants", "project": project, "school": school, "name": "list.csv", "path": sheet}
        imports.take_at_once(**told, language="en", by=coordinator, at=now(), write=True)
        taken = Import.objects.get()
        with transaction.atomic():
            imports.fail(taken, "Never", at=now())
            transaction.set_rollback(True)
        again = Import.objects.create(
            kind="participants", project=project, by=coordinator, made_at=now(), file_name="x", job="check"
        )
        imports.fail(again, "The cell “Anna” is wrong.", at=now())

        audit.seal(now())
        assert actions.tell(now()) == 5
        assert actions.deliver(own.pk, until=now() + timedelta(minutes=1)) == 5
        assert all(signed_right(headers, body, secret) for headers, body in receiver.calls)
        site = "http://localhost:8000"
        assert [(m["type"], m["data"]["key"], m["data"]["read"]) for m in receiver.messages()] == [
            ("export.finished", str(ready.key), f"{site}/en/work/participants/files/{ready.key}/"),
            ("export.finished", str(broken.key), f"{site}/en/work/participants/files/{broken.key}/"),
            ("bulk.finished", str(rows.key), f"{site}/api/v1/bulk/{rows.key}/"),
            ("import.finished", str(taken.key), f"{site}/en/work/imports/{taken.key}/"),
            ("import.finished", str(again.key), f"{site}/en/work/imports/{again.key}/"),
        ]
        assert {m["data"]["project"] for m in receiver.messages("")[:1]} == {project.number}
        assert not any("Anna" in str(body) for _headers, body in receiver.calls)
        assert not AuditEvent.objects.filter(action="import.failed", note__contains="Anna").exists()
        for stranger in (*others, elsewhere):
            assert not stranger.deliveries.exists()
