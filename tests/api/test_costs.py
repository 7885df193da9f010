"""Costs of a finance system: reported and corrected as on the page, each once however often it is sent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from budgets.models import BudgetLine, Exchange, Rate, ReportedCost
from core.models import AuditEvent, BulkJob
from projects.models import Change, ExternalId
from tests import factories
from tests.api.conftest import TODAY
from tests.api.test_writing import URL
from tests.api.test_writing import errors as errors_of

COSTS = f"{URL}reported-costs/"


def errors(response):
    """The errors of a problem by their pointers, whatever its status."""
    return errors_of(response, response.status_code)


@pytest.fixture
def ledger(api, people):
    """A finance system with the scope of money alone."""
    return api(people["finance"], "money")


@pytest.fixture
def body(project, line):
    return {
        "project": project.number, "line": line.code, "document": "Invoice 118", "document_on": "2026-02-02",
        "total": "600.01", "external": "ledger:118", "supplier": "Riga Print", "number": "118", "kind": "invoice",
    }  # fmt: skip


@pytest.fixture
def rates(db):
    return Rate.objects.create(month=date(2026, 10, 1), currency="RON", rate=D("4.9775"), source="InforEuro")


def bulk(client, rows, query="", **headers):
    return client.post(f"{COSTS}bulk/{query}", {"rows": rows}, format="json", headers=headers)


def became(response):
    return [row["status"] for row in response.json()["results"]]


def money():
    return list(ReportedCost.objects.order_by("pk").values_list("total", flat=True))


class TestOne:
    def test_a_cost_is_reported_by_the_rules_of_the_page_and_told(self, ledger, people, body, project):
        seen = Change.objects.filter(collection="reported-costs").count()
        response = ledger.post(COSTS, body, format="json")
        assert response.status_code == 201, response.content
        told = response.json()
        assert (told["total"], told["left"], told["currency"]) == ("600.01", "600.01", "EUR")
        parts = [D(told[name]) for name in ("eu_part", "national_part", "own_part")]
        assert (sum(parts), parts[0]) == (D("600.01"), D("510.00"))  # 85 % of 600.01, rounded down to the cent
        assert (told["reported_on"], told["external_ids"]) == ("2026-10-01", ["ledger:118"])
        assert (told["supplier"], told["corrections"]) == ("Riga Print", [])
        assert ledger.get(response["Location"]).json() == told
        found = ledger.get(COSTS, {"external": "ledger:118"}).json()["results"]
        assert [row["key"] for row in found] == [told["key"]]
        event = AuditEvent.objects.get(action="cost.reported")
        assert (event.key, event.origin, event.by_key) == (told["key"], "api", people["finance"].key)
        assert Change.objects.filter(collection="reported-costs").count() == seen + 1

    def test_what_the_page_refuses_is_refused_by_field(self, ledger, body, project):
        away = factories.BudgetLineFactory(contract=factories.ContractFactory(), code="9.9")
        wrong = [
            ({"document_on": "2025-12-01"}, 409, "/document_on"),  # before costs are eligible
            ({"document_on": "2026-10-02"}, 409, "/document_on"),
            ({"line": away.code}, 409, "/line"),
            ({"total": "10000.01"}, 409, "/total"),
            ({"total": "0.00"}, 409, "/total"),
            ({"total": "1.005"}, 422, "/total"),
            ({"currency": "PLN"}, 409, "/currency"),  # no rate is loaded
            ({"currency": "zł"}, 422, "/currency"),
            ({"eu_part": "600.00", "national_part": "0.00", "own_part": "0.00"}, 409, "/eu_part"),
            ({"net": "500.00", "vat": "100.00"}, 409, "/total"),
            ({"kind": "credit_note"}, 409, "/total"),
            ({"project": away.contract.project.number}, 422, "/project"),
            ({"sum": "1.00"}, 422, "/sum"),
        ]
        for change, code, pointer in wrong:
            response = ledger.post(COSTS, body | change, format="json")
            assert (response.status_code, pointer in errors(response)) == (code, True), (change, response.content)
        assert (money(), ExternalId.objects.count()) == ([], 0)

    def test_an_id_that_is_known_reports_nothing_twice(self, ledger, body):
        first = ledger.post(COSTS, body, format="json", headers={"idempotency-key": "c-1"})
        repeat = ledger.post(COSTS, body, format="json", headers={"idempotency-key": "c-1"})
        assert (repeat.status_code, repeat.json()["key"]) == (201, first.json()["key"])
        again = ledger.post(COSTS, body, format="json")
        assert (again.status_code, again.json()["type"].partition("#")[2]) == (409, "known-already")
        assert again.json()["key"] == first.json()["key"]
        assert money() == [D("600.01")]

    def test_who_may_not_report_learns_no_line(self, api, people, body, project):
        away = factories.ContractFactory(project__programme=project.programme).project
        people["auditor"].memberships.create(
            role="partner_finance", project=away, organisation=factories.school_of(away)
        )  # may report, elsewhere
        for who in ("auditor", "client", "stranger"):
            response = api(people[who]).post(COSTS, body | {"line": "?"}, format="json")
            assert (response.status_code, body["line"] in response.content.decode()) == (403, False)
        assert api(people["finance"], "read").post(COSTS, body, format="json").status_code == 403
        assert money() == []

    def test_the_supplier_is_told_to_who_may_read_claims(self, ledger, api, people, body):
        made = ledger.post(COSTS, body, format="json").json()
        told = api(people["client"], "read").get(f"{COSTS}{made['key']}/").json()
        assert (told["supplier"], told["document"]) == (None, "Invoice 118")


class TestCorrecting:
    def test_a_correction_is_a_further_cost_and_needs_what_was_read(self, ledger, cost):
        url = f"{COSTS}{cost.key}/"
        read = ledger.get(url)
        taken = ledger.post(
            f"{url}correct/", {"total": "0.01", "because": "Cent."}, format="json", HTTP_IF_MATCH=read["ETag"]
        )
        assert taken.status_code == 200, taken.content
        told = taken.json()
        assert (told["total"], told["left"], len(told["corrections"])) == ("1000.00", "999.99", 1)
        back = ledger.get(f"{COSTS}{told['corrections'][0]}/").json()
        assert (back["total"], back["corrects"]) == ("-0.01", str(cost.key))
        stale = ledger.post(
            f"{url}correct/", {"total": "1.00", "because": "Again."}, format="json", HTTP_IF_MATCH=read["ETag"]
        )
        assert (stale.status_code, stale.json()["current"]["left"]) == (412, "999.99")
        above = ledger.post(f"{url}correct/", {"total": "1000.00", "because": "All."}, format="json")
        assert (above.status_code, set(errors(above))) == (409, {"/total"})
        for wrong in ({"total": "1.00", "because": ""}, {"total": "-1.00", "because": "x"}, {"total": "1.00"}):
            assert ledger.post(f"{url}correct/", wrong, format="json").status_code == 422
        assert money() == [D("1000.00"), D("-0.01")]
        assert AuditEvent.objects.get(action="cost.corrected").note == "Cent."

    def test_a_cost_of_another_project_is_not_there(self, ledger, cost):
        theirs = factories.ReportedCostFactory(line=factories.BudgetLineFactory(contract=factories.ContractFactory()))
        send = {"total": "1.00", "because": "x"}
        assert ledger.get(f"{COSTS}{theirs.key}/").status_code == 404
        assert ledger.post(f"{COSTS}{theirs.key}/correct/", send, format="json").status_code == 404
        assert theirs.corrections.count() == 0


class TestMany:
    @pytest.fixture
    def rows(self, body):
        return [
            body | {"external": f"ledger:{n}", "document": f"Invoice {n}", "number": str(n), "total": f"{n}.33"}
            for n in (1, 2, 3)
        ]

    def test_sent_again_nothing_changes(self, ledger, rows, people):
        first = bulk(ledger, rows)
        assert became(first) == ["created"] * 3, first.content
        events = AuditEvent.objects.count()
        assert became(bulk(ledger, rows)) == ["unchanged"] * 3
        assert money() == [D("1.33"), D("2.33"), D("3.33")]
        assert AuditEvent.objects.count() == events
        told = ledger.get(f"{COSTS}{first.json()['results'][1]['key']}/").json()
        assert (told["external_ids"], told["total"]) == (["ledger:2"], "2.33")
        parts = [told[name] for name in ("eu_part", "national_part", "own_part")]
        assert sum(map(D, parts)) == D("2.33")

    def test_a_smaller_amount_takes_back_the_difference(self, ledger, rows):
        key = bulk(ledger, rows).json()["results"][2]["key"]
        less = [rows[2] | {"total": "3.00", "because": "Discount."}]
        assert became(bulk(ledger, [rows[2] | {"total": "3.00"}])) == ["refused"]  # without a reason
        done = bulk(ledger, less)
        assert (became(done), done.json()["results"][0]["key"]) == (["updated"], key)
        assert became(bulk(ledger, less)) == ["unchanged"]
        told = ledger.get(f"{COSTS}{key}/").json()
        assert (told["total"], told["left"]) == ("3.33", "3.00")
        assert money() == [D("1.33"), D("2.33"), D("3.33"), D("-0.33")]
        more = bulk(ledger, rows[2:])
        assert (became(more), "€3.00" in more.json()["results"][0]["errors"][0]["detail"]) == (["refused"], True)

    def test_another_value_is_refused_until_the_cost_is_taken_back(self, ledger, rows, line):
        other = factories.BudgetLineFactory(contract=line.contract, code="7.7")
        bulk(ledger, rows[:1])
        moved = rows[0] | {"line": other.code, "supplier": "Other"}
        refused = bulk(ledger, [moved]).json()["results"][0]
        assert {error["pointer"] for error in refused["errors"]} == {"/line", "/supplier"}
        gone = rows[0] | {"total": "0.00", "because": "Wrong line."}
        assert [became(bulk(ledger, [gone])) for _ in range(2)] == [["updated"], ["unchanged"]]
        assert became(bulk(ledger, [moved])) == ["created"]
        assert became(bulk(ledger, [moved])) == ["unchanged"]
        assert [(c.line.code, c.total) for c in ReportedCost.objects.order_by("pk").select_related("line")] == [
            (line.code, D("1.33")), (line.code, D("-1.33")), ("7.7", D("1.33")),
        ]  # fmt: skip
        assert ExternalId.objects.count() == 1

    def test_wrong_rows_are_told_and_leave_nothing(self, ledger, rows, project):
        away = factories.ContractFactory().project
        wrong = [
            (rows[1] | {"document_on": "2025-01-01"}, "/document_on"),
            (rows[1] | {"line": "?", "external": "ledger:7"}, "/line"),
            (rows[1] | {"project": away.number}, "/project"),
            (rows[1] | {"total": "9999.00", "external": "ledger:8"}, "/total"),
            (rows[1] | {"external": "ledger:1"}, "/external"), (rows[0] | {"external": "ledger:9"}, "/document"),
            (rows[1] | {"total": "much"}, "/total"), (17, ""),
        ]  # fmt: skip
        sent = [rows[0], *(row for row, _pointer in wrong)]
        response = bulk(ledger, sent)
        assert response.status_code == 422
        assert became(response) == ["left"] + ["refused"] * len(wrong)
        for (row, pointer), result in zip(wrong, response.json()["results"][1:], strict=True):
            assert pointer in {error["pointer"] for error in result["errors"]}, (row, result)
        assert (money(), AuditEvent.objects.filter(action="cost.reported").exists()) == ([], False)
        assert became(bulk(ledger, sent, "?mode=rows")) == ["created"] + ["refused"] * len(wrong)
        assert money() == [D("1.33")]

    def test_the_rows_of_one_request_share_what_is_left_of_the_line(self, ledger, rows, line):
        BudgetLine.objects.filter(pk=line.pk).update(total=D("5.00"))
        response = bulk(ledger, rows, "?mode=rows")
        assert became(response) == ["created", "created", "refused"]
        assert sum(money()) == D("3.66")

    def test_a_dry_run_stores_nothing(self, ledger, rows):
        response = bulk(ledger, rows, "?dry_run=true")
        assert (became(response), response.json()["stored"]) == (["created"] * 3, False)
        assert (money(), ExternalId.objects.count()) == ([], 0)

    def test_another_currency_is_taken_at_the_rate_of_its_month(self, ledger, rows, rates):
        foreign = [rows[0] | {"currency": "RON", "total": "1000.00"}]
        assert became(bulk(ledger, foreign)) == ["created"]
        assert (money(), Exchange.objects.get().amount) == ([D("200.90")], D("1000.00"))
        assert became(bulk(ledger, foreign)) == ["unchanged"]
        less = bulk(ledger, [foreign[0] | {"total": "900.00", "because": "Discount."}])
        assert (became(less), money()) == (["refused"], [D("200.90")])

    def test_lev_stay_lev(self, ledger, rows):
        assert became(bulk(ledger, [rows[0] | {"currency": "BGN", "total": "1.96"}])) == ["created"]
        assert list(ReportedCost.objects.values_list("currency", "total")) == [("BGN", D("1.96"))]

    def test_rights_are_those_of_each_project(self, api, people, rows, project):
        other = factories.ContractFactory(project__programme=project.programme).project
        factories.BudgetLineFactory(contract=other.contracts.get(), code=rows[0]["line"])
        both = [rows[0], rows[1] | {"project": other.number}]
        assert became(bulk(api(people["finance"], "money"), both, "?mode=rows")) == ["created", "refused"]
        assert became(bulk(api(people["officer"], "money"), both)) == ["unchanged", "created"]
        assert api(people["coordinator"]).post(f"{COSTS}bulk/", {"rows": rows}, format="json").status_code == 403

    def test_too_many_to_wait_for_become_a_job(self, ledger, rows, settings, monkeypatch):
        settings.BULK_ROWS_AT_ONCE = 2
        monkeypatch.setattr("core.api.bulk.wake_bulk", lambda job: None)
        response = bulk(ledger, rows)
        assert (response.status_code, money()) == (202, [])
        from core.bulk import jobs

        job = jobs.claim(BulkJob.objects.get().pk, at=TODAY)
        done = jobs.work(job, at=TODAY)
        assert (done.state, money()) == ("done", [D("1.33"), D("2.33"), D("3.33")])
        assert ledger.get(response["Location"]).json()["answer"]["counts"]["created"] == 3

    def test_a_hundred_rows_ask_the_database_no_more_often_than_three(
        self, ledger, body, django_assert_max_num_queries, line
    ):
        BudgetLine.objects.filter(pk=line.pk).update(total=D("100000.00"))
        many = [
            body | {"external": f"ledger:{n}", "document": f"Invoice {n}", "total": f"{n}.07"} for n in range(1, 101)
        ]
        with django_assert_max_num_queries(60):
            assert became(bulk(ledger, many)) == ["created"] * 100
        with django_assert_max_num_queries(45):
            assert became(bulk(ledger, many)) == ["unchanged"] * 100
