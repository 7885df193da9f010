"""The list of claims narrowed by programme, kind, term and who took a claim up; a filter kept under a name."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils.timezone import now

from budgets.models import Claim, SavedFilter


def test_a_filter_is_saved_under_a_name_found_again_and_dropped(client, sent, people, second):
    Claim.objects.filter(pk=sent.pk).update(received_on=now().date() - timedelta(days=70))
    there, keep = reverse("budgets:claims"), reverse("budgets:claim_filter")

    def listed(**query) -> bool:
        return str(sent.key) in client.get(there, query).content.decode()

    client.force_login(people["officer"])
    code = sent.project.programme.code
    assert listed()
    assert listed(programme=code, kind="interim", clock="soon", mine="on")
    assert not listed(kind="final")
    assert not listed(clock="stopped")

    client.post(keep, {"name": "Mine", "query": f"mine=on&programme={code}&page=3&next=//evil"})
    saved = SavedFilter.objects.get()
    assert (saved.user, saved.query) == (people["officer"], f"programme={code}&mine=on")
    assert ">Mine</a>" in client.get(there).content.decode()
    assert "at most 60 characters" in client.post(keep, {"name": " ", "query": "mine=on"}, follow=True).content.decode()

    client.force_login(second)
    assert not listed(mine="on")
    assert ">Mine</a>" not in client.get(there).content.decode()
    assert client.post(keep, {"drop": saved.pk}).status_code == 404
    client.force_login(people["officer"])
    client.post(keep, {"drop": saved.pk})
    assert not SavedFilter.objects.exists()
