"""Answers in gzip: to whom they go, that they are the same, and that their ETag serves to read and to change."""

from __future__ import annotations

import gzip

import pytest
from django.test import Client
from django.urls import reverse

from core.models import Code
from tests import factories

URL = "/api/v1/"
GZIP = {"accept-encoding": "gzip, deflate"}


@pytest.fixture
def pupil(group):
    return f"{URL}participants/{factories.member_of(group).key}/"


def test_who_sends_a_token_gets_the_same_in_fewer_bytes(api, people, codes):
    client, url = api(people["officer"]), f"{URL}codes/nuts/"
    whole, small = client.get(url), client.get(url, headers=GZIP)
    assert ("Content-Encoding" in whole, small["Content-Encoding"]) == (False, "gzip")
    assert len(small.content) == int(small["Content-Length"]) < len(whole.content) / 3
    assert gzip.decompress(small.content) == whole.content
    assert small.content == client.get(url, headers=GZIP).content
    assert "Accept-Encoding" in whole["Vary"]
    assert small["Vary"] == whole["Vary"]
    for kind in ("application/x-ndjson", "text/csv"):
        plain = client.get(url, headers={"accept": kind})
        table = client.get(url, headers=GZIP | {"accept": kind})
        assert (table.streaming, table["Content-Encoding"]) == (True, "gzip")
        assert gzip.decompress(table.getvalue()) == plain.getvalue()


def test_a_table_leaves_in_blocks(api, people, codes):
    nuts = Code.objects.filter(list__name="nuts").first().list
    Code.objects.bulk_create(Code(list=nuts, position=n, code=f"ZZ{n}", name={"en": f"{n}" * 200}) for n in range(4000))
    answer = api(people["admin"]).get(f"{URL}codes/nuts/", headers=GZIP | {"accept": "application/x-ndjson"})
    sizes = [len(block) for block in answer.streaming_content]
    assert len(sizes) > 3
    assert max(sizes) < sum(sizes) * 0.9


def test_who_came_by_cookie_does_not(people, codes):
    client = Client(headers=GZIP)
    client.force_login(people["officer"])
    for url in (f"{URL}codes/nuts/", reverse("reports:projects"), f"{URL}docs/"):
        answer = client.get(url, headers={"authorization": "Basic YTpi"})
        assert (answer.status_code, "Content-Encoding" in answer) == (200, False), url
    assert client.get(f"{URL}schema/")["Content-Encoding"] == "gzip"  # the same for everybody


def test_its_tag_reads_and_changes(api, people, pupil):
    client = api(people["client"])
    whole, small = client.get(pupil), client.get(pupil, headers=GZIP)
    assert small["ETag"] == whole["ETag"][:-1] + '-gzip"'
    for tag in (small["ETag"], f"W/{small['ETag']}", whole["ETag"]):
        again = client.get(pupil, headers=GZIP | {"if-none-match": tag})
        assert (again.status_code, again["ETag"], again.content) == (304, tag.removeprefix("W/"), b"")
    left = {"left_on": "2026-06-12", "results": {}}
    changed = client.patch(pupil, left, format="json", headers=GZIP | {"if-match": small["ETag"]})
    assert (changed.status_code, changed["ETag"]) == (200, client.get(pupil, headers=GZIP)["ETag"])
    stale = client.patch(pupil, left, format="json", headers=GZIP | {"if-match": small["ETag"]})
    assert (stale.status_code, stale["Content-Encoding"]) == (412, "gzip")
