"""Layouts of reports through the API: begun, changed, looked at, published and retired, as on the pages."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

import pytest
from PIL import Image

from core.models import AuditEvent
from projects.models import Call
from reports import actions
from reports.models import Layout, LayoutVersion
from tests import factories
from tests.conftest import NOON

URL = "/api/v1/layouts/"
IN_ALL = {"en": "Report", "bg": "Отчет", "lv": "Pārskats"}


@pytest.fixture
def officer(api, people):
    return api(people["officer"], "reports")


@pytest.fixture
def draft(project, people):
    return actions.add_layout(project.programme, kind="progress", name="Short", by=people["officer"], at=NOON)


def patch(client, url, body, **headers):
    return client.patch(url, body, format="json", headers=headers)


def test_a_layout_is_begun_arranged_published_and_begun_anew(officer, project):
    new = {"programme": project.programme.code, "kind": "progress", "name": "Short"}
    made, again = (
        officer.post(URL, new, format="json", headers={"idempotency-key": "l-1"}) for _ in range(2)
    )  # fmt: skip
    assert (made.status_code, again.json(), Layout.objects.count()) == (201, made.json(), 1)
    url, told = made["Location"], made.json()
    assert [each["section"] for each in told["sections"]] == list(range(1, len(told["sections"]) + 1))
    assert officer.get(URL).json()["results"] == []
    assert [row["name"] for row in officer.get(f"{URL}drafts/").json()["results"]] == ["Short"]

    tables = [each for each in told["sections"] if each["what"] in ("indicators", "activities")]
    first, second = (each["section"] for each in tables)
    wanted = [
        {"section": second, "wide": False},
        {"what": "text", "heading": IN_ALL, "text": IN_ALL},
        {"section": first, "heading": IN_ALL},
    ]
    told = patch(officer, url, {"title": IN_ALL, "sections": wanted}).json()
    assert (told["title"], [each["section"] for each in told["sections"]]) == (
        IN_ALL, [second, max(each["section"] for each in told["sections"]), first],
    )  # fmt: skip
    assert [(each["wide"], each["heading"], each["text"]) for each in told["sections"]] == [
        (False, {}, {}), (False, IN_ALL, IN_ALL), (tables[0]["wide"], IN_ALL, {}),
    ]  # fmt: skip
    assert told["missing"] == []

    live = officer.post(f"{url}publish/").json()
    assert (live["state"], live["may_be_added"]) == ("published", [])
    assert [row["version"] for row in officer.get(URL).json()["results"]] == [1]
    assert patch(officer, url, {"title": {"en": "?"}}).status_code == 409
    second_draft = officer.post(f"{url}begin/").json()
    assert ([each["number"] for each in second_draft["versions"]], second_draft["state"]) == ([2, 1], "draft")
    assert officer.get(f"{url}?version=1").json()["state"] == "published"
    assert officer.post(f"{url}drop/").json()["gone"] is False
    assert officer.post(f"{url}retire/").json()["state"] == "retired"
    assert set(AuditEvent.objects.filter(origin="api").values_list("action", flat=True)) == {
        "layout.added", "layout.changed", "layout.published", "layout.begun", "layout.dropped", "layout.retired",
    }  # fmt: skip


def test_what_somebody_changed_meanwhile_is_not_overwritten(officer, draft, people):
    url = f"{URL}{draft.layout.key}/"
    tag = officer.get(url)["ETag"]
    words = {"title": {"en": "Theirs"}, "statement": {}, "footer": {}}
    actions.set_words(draft, edits=0, words=words, by=people["admin"], at=NOON)
    late = patch(officer, url, {"title": {"en": "Mine"}}, **{"if-match": tag})
    assert (late.status_code, late.json()["current"]["title"]) == (412, {"en": "Theirs"})
    published = officer.post(f"{url}publish/", headers={"if-match": tag})
    assert (published.status_code, LayoutVersion.objects.get().state) == (412, "draft")
    told = patch(officer, url, {"title": {"bg": "Моето"}}, **{"if-match": late.json()["etag"]}).json()
    assert told["title"] == {"en": "Theirs", "bg": "Моето"}


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"title": {"de": "Bericht"}}, 422, "/title"),
        ({"title": {"en": "x" * 201}}, 422, "/title/en"),
        ({"sections": [{"section": 99}]}, 422, "/sections/0/section"),
        ({"sections": [{"section": 1}, {"section": 1}]}, 422, "/sections/0/section"),
        ({"sections": [{"heading": {}}]}, 422, "/sections/0"),
        ({"sections": [{"what": "text"}, {"what": "nothing"}]}, 409, "/sections/1/what"),
        ({"sections": [{"what": "facts", "text": {"en": "?"}}]}, 409, "/sections/0/text"),
        ({"sections": [{"what": "indicators", "hidden": ["no_such"]}]}, 409, "/sections/0"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_nothing_is_changed(officer, draft, body, code, pointer):
    before = LayoutVersion.objects.get().contents
    told = patch(officer, f"{URL}{draft.layout.key}/", body)
    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (code, pointer), told.json()
    now_so = LayoutVersion.objects.get()
    assert (now_so.contents, now_so.edits) == (before, 0)


def test_a_layout_that_lacks_words_is_not_published(officer, draft):
    url = f"{URL}{draft.layout.key}/"
    missing = patch(officer, url, {"title": {"en": "Report"}}).json()["missing"]
    assert len(missing) == 1
    told = officer.post(f"{url}publish/")
    assert (told.status_code, told.json()["detail"], LayoutVersion.objects.get().state) == (409, missing[0], "draft")


def test_a_logo_is_put_on_the_cover_and_taken_off(officer, draft):
    url, out = f"{URL}{draft.layout.key}/", BytesIO()
    Image.new("RGB", (30, 10), "red").save(out, "PNG")
    file = {"name": "sign.png", "content": b64encode(out.getvalue()).decode()}
    told = officer.post(f"{url}logos/", {"file": file, "alt": {"en": "A sign"}}, format="json")
    assert told.json()["logos"] == [{"number": 1, "name": "sign.jpg", "alt": {"en": "A sign"}}]
    silent = officer.post(f"{url}logos/", {"file": file, "alt": {}}, format="json")
    assert (silent.status_code, silent.json()["errors"][0]["pointer"]) == (409, "/alt")
    pdf = {"name": "x.pdf", "content": b64encode(b"%PDF-1.7").decode()}
    wrong = officer.post(f"{url}logos/", {"file": pdf, "alt": {"en": "?"}}, format="json")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (409, "/file")
    assert officer.post(f"{url}logos/1/remove/").json()["logos"] == []
    assert officer.post(f"{url}logos/1/remove/").status_code == 409


def test_a_page_is_looked_at_before_it_is_published(officer, draft):
    url = f"{URL}{draft.layout.key}/preview/"
    told = officer.get(f"{url}?language=bg")
    assert (told.status_code, told["Content-Type"]) == (200, "image/jpeg")
    assert Image.open(BytesIO(told.content)).format == "JPEG"
    assert officer.get(f"{url}?page=400").status_code == 404


def test_a_call_of_another_programme_and_a_name_that_is_taken_are_refused(officer, draft, project, people):
    Call.objects.create(programme=factories.ProgrammeFactory(), code="ELSE", name={"en": "Call"})
    new = {"programme": project.programme.code, "kind": "progress", "name": "Other"}
    assert officer.post(URL, new | {"call": "ELSE"}, format="json").status_code == 422
    assert officer.post(URL, new | {"name": "Short"}, format="json").status_code == 409
    like = officer.post(URL, new | {"copy_of": str(draft.layout.key)}, format="json")
    assert (like.status_code, Layout.objects.count()) == (201, 2)
