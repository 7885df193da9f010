"""What goes wrong before an operation is reached: addresses, methods, formats, bodies, limits."""

from __future__ import annotations

import pytest

from core.api import ClientRateThrottle
from reports.models import Report

URL = "/api/v1/"
PROBLEM = "application/problem+json"


def test_the_root_says_what_there_is(client):
    for language in ("en", "bg"):
        links = client.get(URL, headers={"accept-language": language}).json()
        assert links["projects"] == "http://testserver/api/v1/projects/"
    assert {client.get(links[name]).status_code for name in ("schema", "docs")} == {200}
    assert {client.get(links[name]).status_code for name in set(links) - {"schema", "docs"}} == {401}


@pytest.mark.parametrize(
    "address",
    [
        "nonsense/", "projects/a/b/", "sessions/17/", "sessions/0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0/",
        "sessions/%00/", "projects/%00/", "projects/..%2f..%2f/", "projects/-x/", "projects/a%20b/",
        "reports/0198C0DE-5A1E-7C3F-9B2D-3F6A7B8C9D0E/files//", "codes/a.b/", "nonsense", "\u202e/", "sessions/%0A/",
        "a%0Db/",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_a_problem_document(address, api, people):
    client = api(people["admin"])
    for method in ("get", "post", "patch", "delete"):
        response = getattr(client, method)(URL + address)
        assert response.status_code == 404, method
        assert response["Content-Type"] == PROBLEM
        assert response.json()["status"] == 404


def test_an_unknown_thing_is_404(api, people):
    client = api(people["admin"])
    for address in (
        "projects/NO-SUCH-1.2/",
        "projects/NO-SUCH/money/", "projects/NO-SUCH/indicators/?from=2026-01-01&to=2026-02-01",
        "sessions/0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e/", "participants/0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e/",
        "reports/0198c0de-5a1e-7c3f-9b2d-3f6a7b8c9d0e/", "codes/nonsense/",
    ):  # fmt: skip
        response = client.get(URL + address)
        assert response.status_code == 404, address
        assert response["Content-Type"] == PROBLEM


def test_the_words_come_in_the_language_of_the_address(client):
    said = {client.get(f"{URL}nonsense/?language={code}").json()["detail"] for code in ("en", "bg", "lv")}
    assert len(said) == 3


def test_a_missing_slash_leads_on_and_keeps_method_and_body(api, people, project, woken):
    client = api(people["officer"])
    response = client.get(URL + "projects?page_size=1")
    assert (response.status_code, response["Location"]) == (308, "/api/v1/projects/?page_size=1")
    body = {"kind": "progress", "project": project.number, "from": "2026-01-01", "to": "2026-03-31", "language": "en"}
    response = client.post(URL + "reports", body, format="json")
    assert (response.status_code, response["Location"]) == (308, "/api/v1/reports/")
    assert not Report.objects.exists()
    assert client.post(URL + "reports", body, format="json", follow=True).status_code == 202
    assert Report.objects.count() == 1


@pytest.mark.parametrize("method", ["put", "delete", "options", "patch", "trace"])
def test_a_method_that_is_not_there_is_405(method, api, people):
    response = getattr(api(people["admin"]), method)(URL + "projects/")
    assert response.status_code == 405
    assert response["Content-Type"] == PROBLEM
    assert response["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", ";;;", "a/b" * 4000])
def test_another_format_is_406(accept, api, people):
    response = api(people["admin"]).get(URL + "projects/", headers={"accept": accept})
    assert response.status_code == 406
    assert response["Content-Type"] == PROBLEM


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/html, */*;q=0.1", "application/*"])
def test_json_for_who_takes_it(accept, api, people):
    response = api(people["admin"]).get(URL + "projects/", headers={"accept": accept})
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")


def test_the_address_does_not_choose_a_format(api, people):
    response = api(people["admin"]).get(URL + "projects/?format=xml")
    assert response.json()["errors"][0]["parameter"] == "format"


BAD_BODIES = {
    "cut off": b'{"kind": "progress"',
    "single quotes": b"{'kind': 1}",
    "not UTF-8": b'{"kind": "\xff"}',
    "half a letter": rb'{"kind": "\ud800"}',
    "NaN": b'{"kind": NaN}',
    "deep": b"[" * 100_000,
    "deep and whole": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "a comment": b"{} // done",
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_body_that_is_not_json_is_400(body, api, people):
    response = api(people["officer"]).post(URL + "reports/", body, content_type="application/json")
    assert response.status_code == 400
    assert response["Content-Type"] == PROBLEM
    assert not Report.objects.exists()


@pytest.mark.parametrize("body", [b"null", b"1", b'"x"', b"true", b"[]", b"9" * 5000, b"1e400", b"-0", b"[[[[]]]]"])
def test_json_that_is_no_object_is_422(body, api, people):
    response = api(people["officer"]).post(URL + "reports/", body, content_type="application/json")
    assert response.status_code in (400, 422)
    assert response["Content-Type"] == PROBLEM


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "a/b", ";"]
)
def test_another_content_type_is_415(content_type, api, people):
    response = api(people["officer"]).post(URL + "reports/", b"kind=progress", content_type=content_type)
    assert response.status_code == 415
    assert response["Content-Type"] == PROBLEM


def test_a_body_that_is_too_large_is_413(api, people, settings):
    client = api(people["officer"])
    for size in (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1, settings.BODY_LIMIT + 1):
        response = client.post(URL + "reports/", b" " * size, content_type="application/json")
        assert response.status_code == 413
        assert response["Content-Type"] == PROBLEM


def test_too_many_requests_are_told_how_long_to_wait(api, people, monkeypatch):
    monkeypatch.setattr(ClientRateThrottle, "THROTTLE_RATES", {"client": "2/day"})
    client, other = api(people["officer"]), api(people["client"])
    first = client.get(URL + "me/")
    known = client.get(URL + "me/", headers={"if-none-match": first["ETag"]})
    late = client.get(URL + "me/?language=en")
    assert [answer.status_code for answer in (first, known, late)] == [200, 304, 429]
    assert 0 < int(late["Retry-After"]) <= 86400
    assert late["Retry-After"] in late.json()["detail"]
    assert {answer["RateLimit-Policy"] for answer in (first, known, late)} == {'"client";q=2;w=86400'}
    left = [answer["RateLimit"].split(";t=") for answer in (first, known, late)]
    assert [requests for requests, _seconds in left] == ['"client";r=1', '"client";r=0', '"client";r=0']
    assert left[2][1] == late["Retry-After"]
    missing, table = other.get(URL + "projects/none/"), other.get(URL + "codes/", headers={"accept": "text/csv"})
    assert (missing.status_code, missing["RateLimit"][:12]) == (404, '"client";r=1')
    assert (table.status_code, table["RateLimit"][:12]) == (200, '"client";r=0')


def test_answers_are_for_one_person_only(api, people):
    response = api(people["officer"]).get(URL + "me/")
    assert response["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Accept-Language"} <= {v.strip() for v in response["Vary"].split(",")}


def test_me_says_what_role_and_token_let_through(api, people, project, school):
    told = api(people["coordinator"], "attendance").get(URL + "me/").json()
    assert told["roles"] == [
        {
            "role": "coordinator", "programme": None, "project": project.number, "organisation": str(school.key),
            "from_on": None, "until_on": None,
        }
    ]  # fmt: skip
    assert told["token"]["scopes"] == ["attendance"]
    assert told["permissions"] == [
        "evidence.add", "participant.view", "project.view", "session.edit", "session.view",
    ]  # fmt: skip
    assert told["email"] == people["coordinator"].email
