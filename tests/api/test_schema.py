"""The schema, and the page for people made from it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from config.api import LINKS
from config.reference import GROUPS, Reader, schema_in
from tests.api.conftest import wrong_in


def operations():
    for address, methods in schema_in("en")["paths"].items():
        for method, told in methods.items():
            yield f"{method} {address}", told


TOKENS = "post /api/v1/oauth/token/"  # what systems ask RFC 6749 says


def test_it_is_valid_and_generated_without_a_warning(tmp_path, capsys):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))
    assert "arning" not in capsys.readouterr().err
    assert (tmp_path / "schema.yaml").stat().st_size > 50_000


@pytest.mark.django_db
def test_it_is_there_for_everybody_and_cached(client):
    response = client.get("/api/v1/schema/")
    assert response.status_code == 200
    assert response.json()["openapi"].startswith("3.1")
    again = client.get("/api/v1/schema/", headers={"if-none-match": response["ETag"]})
    assert again.status_code == 304
    assert client.post("/api/v1/schema/").status_code == 405


def test_every_operation_says_what_it_is_for_and_may_answer():
    for name, told in operations():
        assert told["summary"], name
        assert told["operationId"], name
        codes = set(told["responses"])
        if name == TOKENS:
            continue
        assert {"422", "429"} <= codes, name
        if name != "get /api/v1/":
            assert {"401", "403"} <= codes, name
            systems = [{"system": [scope] if scope else []} for scope in told.get("x-scopes", [""])]
            assert told["security"] == [{"token": []}, *systems, {"cookieAuth": []}], name
        if "{" in name:
            assert "404" in codes, name
        if "requestBody" in told:
            assert {"400", "409", "413", "415"} <= codes, name
    names = [told["operationId"] for _name, told in operations()]
    assert len(set(names)) == len(names)


def test_every_body_shows_an_example_that_is_true():
    bodies = 0
    for name, told in operations():
        content = told.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        bodies += 1
        method, address = name.split(" ")
        place = ("paths", address, method, "requestBody", "content", "application/json", "schema")
        assert content["examples"], name
        for example in content["examples"].values():
            assert not wrong_in(example["value"], *place), name
        assert wrong_in({"no such name": 1}, *place), name
    assert bodies >= 28


def test_what_is_made_leads_to_where_it_is_read_and_changed_and_nothing_else_does():
    paths = schema_in("en")["paths"]
    found = 0
    for address, methods in paths.items():
        for method, told in paths.get(f"{address}{{key}}/", {}).items() if "post" in methods else ():
            for code, answer in methods["post"]["responses"].items():
                if code < "300":
                    parameters = answer["links"][told["operationId"]]["parameters"]
                    assert parameters["key"] == "$response.body#/key", f"{method} {address}"
                    found += 1
    assert found >= 16

    def led_to(address: str, code: str) -> set[str]:
        names = paths[address]["post"]["responses"][code].get("links", {})
        return {a for a, methods in paths.items() for told in methods.values() if told["operationId"] in names}

    assert led_to("/api/v1/sessions/{key}/evidence/", "201") == set()  # its key is that of a file
    assert led_to("/api/v1/sessions/bulk/", "202") == {"/api/v1/bulk/{key}/", "/api/v1/bulk/{key}/cancel/"}
    assert led_to("/api/v1/webhooks/{key}/test/", "200") == {"/api/v1/deliveries/{key}/"}


def test_every_link_of_the_root_is_told():
    assert set(schema_in("en")["components"]["schemas"]["Start"]["properties"]) == set(LINKS)


def test_it_speaks_three_languages():
    summaries = {
        code: [told["summary"] for methods in schema_in(code)["paths"].values() for told in methods.values()]
        for code, _name in settings.LANGUAGES
    }
    assert len({len(found) for found in summaries.values()}) == 1
    assert {"en", "bg", "lv"} == set(summaries)


def test_nothing_is_named_by_a_number_of_the_database():
    for name, told in operations():
        for parameter in told["parameters"]:
            assert parameter["name"] not in ("id", "pk"), name
    for name, shape in schema_in("en")["components"]["schemas"].items():
        assert not {"id", "pk"} & set(shape.get("properties", {})), name


class Page(HTMLParser):
    """What of a page matters here: ids, links, headings, and what a strict CSP would refuse."""

    def __init__(self, html: str):
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.refused: list[str] = []
        self.headings: list[int] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if "id" in told:
            self.ids.append(told["id"])
        if tag == "a":
            self.links.append(told.get("href", ""))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "style" or (tag == "script" and "src" not in told):
            self.refused.append(tag)
        self.refused += [name for name in told if name == "style" or name.startswith("on")]


@pytest.mark.django_db
class TestPage:
    @pytest.fixture(autouse=True)
    def visitor(self):
        self.client = Client()

    @pytest.mark.parametrize("language", ["en", "bg", "lv"])
    def test_it_shows_every_operation_and_nothing_a_strict_csp_refuses(self, language):
        response = self.client.get(f"/api/v1/docs/?language={language}")
        assert response.status_code == 200
        html = response.content.decode()
        page = Page(html)
        assert "Content-Security-Policy" in response
        assert page.refused == []
        assert f'<html lang="{language}"' in html
        assert {told["operationId"] for _name, told in operations()} <= set(page.ids)
        assert len(page.ids) == len(set(page.ids))
        inner = {link[1:] for link in page.links if link.startswith("#")}
        assert inner <= set(page.ids)
        assert page.headings[0] == 1
        assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
        for code, _name in settings.LANGUAGES:
            assert f"/api/v1/docs/?language={code}" in page.links

    def test_the_kinds_of_problems_have_their_place(self):
        ids = Page(self.client.get("/api/v1/docs/").content.decode()).ids
        assert {"missing-scope", "possible-duplicate", "marked-meanwhile", "damaged-file"} <= set(ids)

    def test_it_is_not_a_place_to_write(self):
        assert self.client.post("/api/v1/docs/").status_code == 405


def test_the_page_has_a_heading_for_every_part():
    tags = {told["tags"][0] for _name, told in operations()}
    assert tags == {key for key, _title, _about in GROUPS}


def test_the_reader_shows_nested_fields_scopes_and_a_request_to_copy():
    groups = {group.key: group for group in Reader(schema_in("en"), "https://portal.example").groups()}
    marking = next(op for op in groups["sessions"].operations if op.method == "POST" and "attendance" in op.path)
    assert [field.name for field in marking.body] == [
        "marks", "marks[].participation", "marks[].mark", "marks[].seen",
    ]  # fmt: skip
    assert marking.body[2].values == ["here", "absent", "excused", "late"]
    assert marking.scopes == ["attendance"]
    assert "Idempotency-Key" in [field.name for field in marking.parameters]
    assert marking.curl.startswith("curl -X POST 'https://portal.example/api/v1/sessions/")
    assert '"marks"' in marking.curl
    conflict = next(answer for answer in marking.answers if answer.code == "409")
    assert "conflicts[].theirs" in [field.name for field in conflict.fields]
    indicators = next(op for op in groups["projects"].operations if op.path.endswith("indicators/"))
    assert "?from=2026-01-01&to=2026-03-31'" in indicators.curl
    assert [f.name for f in indicators.parameters if f.required] == ["number", "from", "to"]
    file = next(op for op in groups["reports"].operations if op.path.endswith("{position}/"))
    assert "-OJ" in file.curl
