"""Amendments through the API: begun, changed row by row and sent, as on the pages."""

from __future__ import annotations

from base64 import b64encode

from activities.models import Activity, PlannedOutput
from budgets import actions
from budgets.models import Amendment
from tests.api.conftest import TODAY

URL = "/api/v1/amendments/"


def begin(client, project, key=""):
    headers = {"idempotency-key": key} if key else {}
    return client.post(URL, {"project": project.number, "because": "More clubs."}, format="json", headers=headers)


def row_of(told, part, row):
    return next(each for each in told["copy"] if (each["part"], each["row"]) == (part, row))


def change(client, url, told, part, row, values):
    seen = row_of(told, part, row)["seen"] if row else ""
    return client.patch(url, {"part": part, "row": row, "seen": seen, "values": values}, format="json")


def test_an_amendment_is_begun_changed_and_sent(api, people, project, line):
    client = api(people["finance"], "money")
    first, again = (begin(client, project, key="w-1") for _ in range(2))
    assert (first.status_code, again.status_code, Amendment.objects.count()) == (201, 201, 1)
    url, told = first["Location"], first.json()
    late = change(client, url, told, "lines", line.code, {"total": "90000.00"})
    assert late.status_code == 200
    assert row_of(late.json(), "lines", line.code)["values"]["total"] == "90000.00"
    assert change(client, url, told, "lines", line.code, {"total": "80000.00"}).status_code == 409  # seen is an old one
    new = {"code": "2", "name": {"en": "Clubs"}, "total": "10000.00", "form": "real"}
    told = change(client, url, told, "lines", "", new).json()
    assert row_of(told, "lines", "2")["values"]["eu_part"] == "8500.00"  # split as the contract is
    assert {each["row"] for each in told["changes"]} == {line.code, "2"}
    sent = client.post(f"{url}send/")
    assert (sent.status_code, sent.json()["state"], sent.json()["copy"]) == (200, "sent", [])
    assert change(client, url, told, "lines", "2", {"total": "1.00"}).status_code == 409


def test_wrong_values_are_told_by_name_and_change_nothing(api, people, project, line):
    client = api(people["finance"], "money")
    made = begin(client, project)
    url, told = made["Location"], made.json()
    for values, pointer in (
        ({"total": "a lot"}, "/values/total"),
        ({"no_such": 1}, "/values/no_such"),
        ({"name": {"en": "a\0b"}}, "/values/name"),
        ({"form": "gold"}, "/values/form"),
        ({"total": "9" * 40}, "/values/total"),
    ):
        wrong = change(client, url, told, "lines", line.code, values)
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, pointer), values
    assert change(client, url, told, "lines", line.code, {"activity": "no such"}).status_code == 409
    missing = client.patch(url, {"part": "lines", "row": "9", "values": {}}, format="json")
    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) == (422, "/row")
    one = Amendment.objects.get()
    assert one.draft == one.base


def test_a_document_is_attached_listed_and_fetched(api, people, project, line):
    client = api(people["finance"], "money")
    url = begin(client, project)["Location"]
    file = {"name": "letter.pdf", "content": b64encode(b"%PDF-1.7 x").decode()}
    made = client.post(f"{url}papers/", file, format="json")
    assert made.status_code == 201
    (paper,) = made.json()["papers"]
    assert (paper["name"], paper["size"]) == ("letter.pdf", 10)
    assert client.post(f"{url}papers/", file, format="json").status_code == 409
    assert client.post(f"{url}papers/", file | {"content": "?"}, format="json").status_code == 422
    fetched = f"{url}papers/{paper['key']}/"
    assert b"".join(api(people["client"], "read").get(fetched).streaming_content) == b"%PDF-1.7 x"
    assert api(people["client"], "read").post(f"{url}papers/", file, format="json").status_code == 403
    assert api(people["stranger"], "money").get(fetched).status_code == 404


def test_an_output_is_added_and_comes_into_force_with_the_version(api, people, project, activity, line):
    line.total = project.contracts.get().total
    line.save()
    client = api(people["finance"], "money")
    made = begin(client, project)
    url, told = made["Location"], made.json()
    output = {"activity": activity.number, "name": {"en": "Club meetings"}, "counts": "sessions", "planned": "40"}
    told = change(client, url, told, "outputs", "", output).json()
    assert row_of(told, "outputs", f"{activity.number}/1")["values"]["planned"] == "40.00"
    told = change(client, url, told, "outputs", "", output | {"name": {"en": "Hours"}, "counts": "hours"}).json()
    assert row_of(told, "outputs", f"{activity.number}/2")
    assert client.post(f"{url}send/").status_code == 200
    one = Amendment.objects.get()
    facts = {"number": "A-2", "signed_on": None, "in_force_from": TODAY.date()}
    actions.approve_amendment(one, **facts, by=people["officer"], at=TODAY)
    outputs = PlannedOutput.objects.filter(activity=Activity.objects.get(pk=activity.pk)).order_by("position")
    assert [(each.name["en"], each.counts, int(each.planned)) for each in outputs] == [
        ("Club meetings", "sessions", 40), ("Hours", "hours", 40),
    ]  # fmt: skip
