"""The page of states says what the state table says, in each language."""

from __future__ import annotations

import html
import re

import pytest
from django.urls import reverse
from django.utils.translation import override

from budgets.models.deeds import DEEDS


@pytest.mark.parametrize("language", ["en", "bg", "lv"])
def test_the_table_holds_every_deed_in_every_state_it_may_be_done_in(language, client, people):
    client.force_login(people["coordinator"])
    with override(language):
        page = client.get(reverse("budgets:claim_states")).content.decode()
        groups = re.findall(r"(?s)<tbody>.*?</tbody>", page)
        said = {html.unescape(re.search(r"<strong>(.*?)</strong>", group)[1]): html.unescape(group) for group in groups}
        for deed in DEEDS:
            for state, rows in said.items():
                allowed = state in [str(each.label) for each in deed.before]
                assert (f"<td>{deed.says}</td>" in rows) == allowed, (deed.action, state)
            if deed.after:
                assert all(str(deed.after.label) in said[str(state.label)] for state in deed.before)


def test_the_state_of_a_claim_leads_there(sent, people, client):
    client.force_login(people["finance"])
    there = reverse("budgets:claim_states")
    for page in (reverse("budgets:claim", args=[sent.key]), reverse("core:help")):
        assert f'href="{there}"' in client.get(page).content.decode()
