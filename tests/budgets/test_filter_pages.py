"""The list of claims narrowed by programme, project, kind, term and who took a claim up."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils.timezone import localdate

from budgets.models import Claim


def test_the_list_is_narrowed_by_each_field(client, sent, people, second):
    Claim.objects.filter(pk=sent.pk).update(received_on=localdate() - timedelta(days=70))
    there = reverse("budgets:claims")

    def listed(**query) -> bool:
        return str(sent.key) in client.get(there, query).content.decode()

    client.force_login(people["officer"])
    code = sent.project.programme.code
    assert listed()
    assert listed(programme=code, kind="interim", clock="soon", mine="on")
    number = sent.project.number
    assert f'name="project" value="{number}"' in client.get(there, {"project": number}).content.decode()
    assert listed(project=number, kind="interim")
    assert not listed(project="none", kind="interim")
    assert not listed(kind="final")
    assert not listed(clock="stopped")

    client.force_login(second)
    assert not listed(mine="on")
