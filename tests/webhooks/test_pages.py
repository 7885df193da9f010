"""Webhooks in one's account, as a person without JavaScript finds them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import override

from reports.webhooks import actions, calling
from reports.webhooks.models import Delivery, Webhook

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with override("en"):
        yield


@pytest.fixture
def add(people):
    def made(person=people["officer"], name: str = "Register") -> Webhook:
        url = "https://register.example.org/in?key=of-theirs"
        return actions.add(name=name, url=url, names=["sessions"], by=person, at=now())[0]

    return made


def told(answer) -> str:
    return answer.content.decode()


def test_a_person_adds_one_and_sees_its_secret_once(client, people):
    client.force_login(people["coordinator"])
    form = client.get(reverse("webhooks:webhook_new"))
    assert "Payment claims: each change" in told(form)
    assert "Reported costs: each change" not in told(form), "what one may not see is not offered"
    facts = {"name": "Register", "url": "https://register.example.org/in", "events": ["sessions", "attendance"]}

    for wrong, words in (
        ({"url": "https://169.254.169.254/latest"}, "a network of its own"),
        ({"url": "https://me:secret@register.example.org/"}, "the signature says who calls"),
        ({"events": ["reported-costs"]}, "reported-costs"),
        ({"events": []}, "This field is required"),
        ({"project": "BG00"}, "You have no project with this number."),
    ):
        answer = client.post(reverse("webhooks:webhook_new"), facts | wrong)
        assert answer.status_code == 422
        assert words in told(answer)
    assert not Webhook.objects.exists()

    answer = client.post(reverse("webhooks:webhook_new"), facts)
    made = Webhook.objects.get()
    assert (made.owner, made.events) == (people["coordinator"], ["sessions", "attendance"])
    assert "whsec_" in told(answer)
    page = client.get(reverse("webhooks:webhook", args=[made.key]))
    assert "whsec_" not in told(page)
    assert "Nothing was sent yet" in told(page)


def test_its_page_tells_how_each_message_went_and_sends_it_again(client, people, add):
    made = add()
    delivery = actions.test(made, by=people["officer"], at=now())
    at = now()
    Delivery.objects.update(is_test=False, claimed_at=at)
    delivery.refresh_from_db()
    actions.settle(delivery, calling.Answer(status=500, text="<script>no</script>", took=12), at=at)
    client.force_login(people["officer"])

    assert "Failing since" in told(client.get(reverse("webhooks:webhooks")))
    page = client.get(reverse("webhooks:delivery", args=[delivery.key]))
    assert "&lt;script&gt;no" in told(page)
    assert delivery.message in told(page)

    for address, body in (
        (reverse("webhooks:delivery_again", args=[delivery.key]), {}),
        (reverse("webhooks:webhook_again", args=[made.key]), {"since": f"{localdate():%d.%m.%Y}"}),
    ):
        Delivery.objects.update(next_at=now() + timedelta(days=1), tries=3)
        page = client.post(address, body, follow=True)
        assert "It is sent again, under the id it had." in told(page)
        delivery.refresh_from_db()
        assert delivery.next_at <= now()
        assert delivery.tries == 0
    after = {"since": f"{localdate() + timedelta(days=2):%d.%m.%Y}"}
    page = client.post(reverse("webhooks:webhook_again", args=[made.key]), after, follow=True)
    assert "There is nothing to send again" in told(page)


def test_it_is_paused_resumed_given_a_new_secret_changed_and_removed(client, people, add):
    made = add()
    client.force_login(people["officer"])
    act, here = reverse("webhooks:webhook_act", args=[made.key]), reverse("webhooks:webhook", args=[made.key])

    assert "Paused by a person" in told(client.post(act, {"do": "pause"}, follow=True))
    assert "Active" in told(client.post(act, {"do": "resume"}, follow=True))
    page = told(client.post(act, {"do": "secret"}))
    assert "whsec_" in page
    assert "signed with the one before, too" in page
    assert "The test is on its way" in told(client.post(act, {"do": "test"}, follow=True))
    assert "portal.test" in told(client.get(here))

    change = reverse("webhooks:webhook_change", args=[made.key])
    facts = {"name": "Finance", "url": made.url, "events": ["claims"]}
    assert "The webhook is changed." in told(client.post(change, facts, follow=True))
    made.refresh_from_db()
    assert (made.name, made.events) == ("Finance", ["claims"])

    remove = reverse("webhooks:webhook_remove", args=[made.key])
    assert "pause it instead" in told(client.get(remove))
    client.post(remove)
    assert not Webhook.objects.exists()


def test_an_administrator_pauses_those_of_others_and_never_sees_a_secret_of_theirs(client, people, add):
    made, closed = add(), Webhook.objects.get().secret
    client.force_login(people["admin"])
    page = told(client.get(reverse("webhooks:webhook", args=[made.key])))
    assert "Make a new secret" not in page
    assert "Pause" in page
    act = reverse("webhooks:webhook_act", args=[made.key])
    assert client.post(act, {"do": "secret"}).status_code == 403
    assert client.post(act, {"do": "pause"}).status_code == 302
    made.refresh_from_db()
    assert (made.pause, made.secret) == ("asked", closed)


def test_lists_ask_as_much_for_three_rows_as_for_one(client, people, add):
    made = add()
    actions.test(made, by=people["officer"], at=now())
    client.force_login(people["admin"])
    addresses = [reverse("webhooks:webhooks"), reverse("webhooks:webhook", args=[made.key])]
    counts = []
    for _rows in (1, 3):
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            counts.append(len(queries))
        for name in ("Second", "Third"):
            add(people["coordinator"], name)
            actions.test(made, by=people["officer"], at=now())
    assert counts[:2] == counts[2:]
