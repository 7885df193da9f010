"""Contracts with suppliers through the API: entered, read and put right as on their page."""

from __future__ import annotations

from budgets.models import Procurement
from core.models import AuditEvent
from tests import factories
from tests.api.test_costs import COSTS, errors
from tests.api.test_writing import URL

SUPPLIERS = f"{URL}procurements/"
FILE = {"name": "contract.pdf", "content": "JVBERi0xLjcgcGxhbg=="}


def facts(project, **more):
    return {
        "project": project.number, "number": "D-12", "contractor": "Книги ЕООД", "signed_on": "2026-01-15",
        "currency": "EUR", "amount": "4800.01", "procedure": "offers",
    } | more  # fmt: skip


def test_a_contract_is_entered_with_its_file_and_named_by_a_cost(api, people, project, line):
    ledger = api(people["finance"], "money")
    made = ledger.post(SUPPLIERS, facts(project, files=[FILE]), format="json")
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["amount"], told["version"], told["costs"]) == ("4800.01", 1, 0)
    (paper,) = told["papers"]
    file = ledger.get(f"{made['Location']}papers/{paper['key']}/")
    assert b"".join(file.streaming_content) == b"%PDF-1.7 plan"
    assert AuditEvent.objects.filter(action="evidence.downloaded", key=paper["key"]).count() == 1
    cost = {
        "project": project.number, "line": line.code, "document": "Invoice 1", "document_on": "2026-02-02",
        "total": "10.00", "procurement": told["key"],
    }  # fmt: skip
    assert ledger.post(COSTS, cost, format="json").json()["procurement"] == told["key"]
    assert ledger.get(made["Location"]).json()["costs"] == 1
    away = factories.BudgetLineFactory(contract=factories.ContractFactory()).contract.project
    theirs = Procurement.objects.create(
        project=away, number="X", contractor="X", signed_on="2026-01-01", amount=1, procedure="open"
    )
    foreign = ledger.post(COSTS, cost | {"document": "Invoice 2", "procurement": str(theirs.key)}, format="json")
    assert set(errors(foreign)) == {"/procurement"}
    assert ledger.get(f"{SUPPLIERS}{theirs.key}/").status_code == 404
    listed = ledger.get(SUPPLIERS, {"procedure": "offers", "programme": project.programme.code}).json()["results"]
    assert [row["key"] for row in listed] == [told["key"]]
    assert ledger.get(SUPPLIERS, {"procedure": "open"}).json()["results"] == []


def test_only_what_is_sent_changes_and_only_as_it_was_read(api, people, project):
    ledger = api(people["finance"], "money")
    url = ledger.post(SUPPLIERS, facts(project), format="json")["Location"]
    read = ledger.get(url)
    changed = ledger.patch(url, {"amount": "5200.00"}, format="json", HTTP_IF_MATCH=read["ETag"])
    assert (changed.status_code, changed.json()["amount"], changed.json()["contractor"]) == (
        200, "5200.00", "Книги ЕООД",
    )  # fmt: skip
    stale = ledger.patch(url, {"amount": "1.00"}, format="json", HTTP_IF_MATCH=read["ETag"])
    assert (stale.status_code, stale.json()["current"]["version"]) == (412, 2)
    assert Procurement.objects.get().amount == 5200
    event = AuditEvent.objects.get(action="procurement.changed")
    assert (event.before, event.after, event.origin) == ({"amount": "4800.01"}, {"amount": "5200.00"}, "api")


def test_wrong_contracts_are_told_and_leave_nothing(api, people, project):
    ledger = api(people["finance"], "money")
    assert ledger.post(SUPPLIERS, facts(project), format="json").status_code == 201
    for change, code, pointer in (
        ({}, 409, "/number"), ({"number": "D-13", "signed_on": "2026-10-02"}, 409, "/signed_on"),
        ({"number": "D-13", "amount": "0.00"}, 422, "/amount"), ({"number": "D-13", "amount": "1.005"}, 422, "/amount"),
        ({"number": "D-13", "currency": "RON"}, 422, "/currency"),
        ({"number": "D-13", "files": [FILE | {"content": "AAAA"}]}, 409, None),
    ):  # fmt: skip
        refused = ledger.post(SUPPLIERS, facts(project, **change), format="json")
        assert refused.status_code == code, (change, refused.content)
        assert pointer is None or pointer in errors(refused), (change, refused.content)
    assert Procurement.objects.count() == 1
    for who in ("officer", "auditor", "client"):
        assert api(people[who]).post(SUPPLIERS, facts(project, number="D-14"), format="json").status_code == 403
