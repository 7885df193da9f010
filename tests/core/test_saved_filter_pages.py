"""Every list with a filter: a person keeps it under a name, finds it again and drops it; nobody else sees it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from core import actions
from core.access import Refused
from core.models import AuditEvent, Role, SavedFilter
from core.models.filters import LISTS
from projects.models import Membership
from tests import factories
from tests.factories import NOON

SAVE = "core:saved_filter"


@pytest.fixture
def second(people):
    """Another administrator, who opens the same lists."""
    return Membership.objects.create(user=factories.UserFactory(), role=Role.ADMINISTRATOR).user


def query_of(page: str, project) -> dict[str, str]:
    """A filter of the list, as its form sends it: in another order, with empty fields and values of no list."""
    values = {"project": project.number, "programme": project.programme.code, "state": "", "kind": "final"}
    known = {"reports:projects": {"q": "Рига & co", "sort": "title"}}.get(page) or {
        name: values[name] for name in reversed(LISTS[page]) if name in values
    }
    return {"page": "7", "next": "//evil", "who": "Anna", **known}


@pytest.mark.parametrize("page", LISTS)
def test_a_filter_is_kept_found_again_replaced_and_dropped(client, people, second, project, page):
    there, asked = reverse(page), query_of(page, project)
    client.force_login(people["admin"])
    shown = client.get(there, asked)
    assert shown.status_code == 200
    assert reverse(SAVE) in shown.content.decode()

    sent = {"page": page, "query": shown.wsgi_request.GET.urlencode(), "name": " Mine "}
    opened = client.post(reverse(SAVE), sent)
    saved = SavedFilter.objects.get()
    assert (saved.user, saved.page, saved.name) == (people["admin"], page, "Mine")
    assert "evil" not in saved.query
    assert "Anna" not in saved.query
    assert "page=" not in saved.query
    assert opened.url == f"{there}?{saved.query}"
    listed = client.get(opened.url)
    assert listed.status_code == 200
    assert 'aria-current="true">Mine</a>' in listed.content.decode()
    assert {k: v for k, v in asked.items() if v and k in LISTS[page]} == listed.wsgi_request.GET.dict()

    client.post(reverse(SAVE), sent)  # the same name again takes its place
    assert SavedFilter.objects.count() == 1
    event = AuditEvent.objects.filter(action="account.filter_saved").latest("pk")
    assert event.after == {"page": page, "name": "Mine"}

    client.force_login(second)
    assert ">Mine</a>" not in client.get(there, asked).content.decode()
    for stranger in (second, people["stranger"]):
        client.force_login(stranger)
        assert client.post(reverse(SAVE), {"page": page, "drop": saved.pk}).status_code == 404
    assert SavedFilter.objects.filter(pk=saved.pk).exists()

    client.force_login(people["admin"])
    assert client.post(reverse(SAVE), {**sent, "drop": saved.pk}).url == opened.url
    assert not SavedFilter.objects.exists()
    assert AuditEvent.objects.get(action="account.filter_dropped").before == {"page": page, "name": "Mine"}


def test_a_filter_shows_on_its_own_list_only_and_the_name_of_a_person_is_not_kept(client, people, project):
    client.force_login(people["admin"])
    asked = {"project": project.number, "q": "Anna Kalnina"}
    there = reverse("beneficiaries:participants")
    assert "The name searched for is not kept." in client.get(there, asked).content.decode()
    client.post(reverse(SAVE), {"page": "beneficiaries:participants", "query": f"project={project.number}&q=Anna",
                                "name": "Hers"})  # fmt: skip
    assert SavedFilter.objects.get().query == f"project={project.number}"
    assert ">Hers</a>" in client.get(there).content.decode()
    assert ">Hers</a>" not in client.get(reverse("reports:projects")).content.decode()


@pytest.mark.parametrize("page", ["", "core:settings", "//evil", "reports:public_projects"])
def test_an_address_that_is_no_list_is_not_found(client, people, page):
    client.force_login(people["admin"])
    assert client.post(reverse(SAVE), {"page": page, "query": "q=a", "name": "Mine"}).status_code == 404
    assert not SavedFilter.objects.exists()


def test_without_a_name_or_a_filter_or_above_twenty_nothing_is_kept(people):
    def save(name: str, query: str = "q=a", page: str = "reports:projects"):
        return actions.save_filter(page=page, name=name, query=query, by=people["officer"], at=NOON)

    for name, query in ((" ", "q=a"), ("x" * 61, "q=a"), ("Mine", "page=2"), ("Mine", "q=" + "a" * 2000)):
        with pytest.raises(Refused):
            save(name, query)
    assert not SavedFilter.objects.exists()
    for n in range(20):
        save(f"F{n}")
    with pytest.raises(Refused, match="20 filters"):
        save("One more")
    assert save("F3", "q=b").query == "q=b"
    assert save("One more", "state=done", "reports:reports")
    assert SavedFilter.objects.count() == 21
