"""Costs of a claim from a spreadsheet, through the wizard that also takes in participants."""

from __future__ import annotations

import io
import re
import zipfile
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate

from beneficiaries.actions import imports
from beneficiaries.columns import columns_of, templates
from beneficiaries.models import Import
from budgets import actions
from budgets.models import Claim, Exchange, LineFact, Rate, ReportedCost
from core import sheets
from core.access import Refused
from core.models import AuditEvent
from tests import factories
from tests.budgets.conftest import PERIOD, cost, drafted, send
from tests.budgets.test_claims import at_once
from tests.conftest import NOON

D = Decimal
CHECKS = ("evidence", "procurement", "supplier", "paid", "period")
HEADINGS = "Бюджетен ред;Вид документ;Номер;Дата;Доставчик;ЕИК;Без ДДС;ДДС;Сума;Платено на;ЕС;Национално;Собствено"


@pytest.fixture
def begun(project, line, people):
    factories.BudgetLineFactory(contract=line.contract, code="1.2", form="unit", unit="hours", unit_price=D(5))
    return actions.start_claim(project, kind="interim", **PERIOD, by=people["coordinator"], at=NOON)


@pytest.fixture
def browser(client, people):
    client.force_login(people["coordinator"])
    return client


def into(claim):
    return reverse("beneficiaries:import_into", args=["costs", claim.key])


def upload(browser, claim, *rows, name="costs.csv", content=b""):
    content = content or "\n".join([HEADINGS, *rows]).encode("utf-8-sig")
    answer = browser.post(into(claim), {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.text
    return answer.url


def check(browser, url):
    page = browser.get(url)
    mapped = {f"column-{f['column'].name}": f["heading"] for f in page.context["fields"] if f["heading"]}
    return browser.post(f"{url}columns/", mapped, follow=True)


def problems(page) -> dict[int, str]:
    """Row → everything said against it."""
    return {
        item["row"].number: " ".join(f"{f['column']}: {f['rule']} {f['fix']}" for f in item["row"].findings)
        for item in page.context["rows"]
    }


def test_the_filled_in_template_goes_through_the_wizard_and_is_taken_back(browser, begun, people, tmp_path):
    template = browser.get(reverse("beneficiaries:import_template_into", args=["costs", begun.key]))
    with zipfile.ZipFile(io.BytesIO(template.content)) as book:
        said = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    assert re.search(r">1\.1( |<)", said)  # the lists to choose from
    assert not re.search(r">1\.2( |<)", said)  # counted from attendance, never typed
    assert "Credit note" in said
    columns = [sheets.Column(heading=str(column.label)) for column in columns_of("costs")]
    names = [column.name for column in columns_of("costs")]
    rows = [
        {"line": "1.1", "kind": "Invoice", "number": "118", "document_on": "02.02.2026", "net": "500", "vat": "100.01",
         "paid_on": "05.02.2026"},
        {"line": "1.1", "kind": "Credit note", "number": "7", "document_on": "03.02.2026", "total": "-50.01"},
    ]  # fmt: skip
    sheets.write_template(
        columns, templates.newest(), kind="costs", title="Costs", out=tmp_path / "t.xlsx", language="en",
        rows=[[row.get(name, "") for name in names] for row in rows],
    )  # fmt: skip
    url = upload(browser, begun, name="costs.xlsx", content=(tmp_path / "t.xlsx").read_bytes())
    checked = check(browser, url)
    assert "All 2 rows are in order" in checked.text
    assert not ReportedCost.objects.exists()  # the check takes back what it did
    done = browser.post(f"{url}bring-in/", follow=True)
    assert done.context["source"].state == Import.State.DONE
    invoice, note = [line.cost for line in begun.lines.order_by("number")]
    assert (invoice.document, invoice.total, invoice.vat) == ("Фактура 118", D("600.01"), D("100.01"))
    assert (invoice.eu_part, invoice.national_part, invoice.own_part) == (D("510.00"), D("60.01"), D("30.00"))
    assert note.total == D("-50.01")
    told = AuditEvent.objects.filter(origin="import").values_list("action", flat=True)
    assert sorted(told) == ["claim.cost_entered"] * 2 + ["cost.reported"] * 2

    again = check(browser, upload(browser, begun, name="costs.xlsx", content=(tmp_path / "t.xlsx").read_bytes()))
    assert (again.context["source"].same, again.context["source"].new) == (2, 0)
    assert ReportedCost.objects.count() == 2
    browser.post(f"{reverse('beneficiaries:import', args=[again.context['source'].key])}discard/")
    undone = browser.post(f"{url}undo/", follow=True)
    assert "2 rows were taken back" in undone.text
    assert not ReportedCost.objects.exists()
    assert not begun.lines.exists()
    assert AuditEvent.objects.filter(action="claim.costs_taken_back").count() == 1


def test_costs_in_another_currency_are_taken_back_with_their_rate_until_they_are_sent(browser, begun, people):
    month = localdate().replace(day=1)
    Rate.objects.create(month=month, currency="RON", rate=D("5"), source="InforEuro")
    row = "1.1;фактура;1;02.02.2026;Книга;83;;;100,00;05.02.2026;RON"
    content = ("\n".join([HEADINGS.split(";ЕС")[0] + ";Валута", row])).encode("utf-8-sig")
    for _time in (1, 2):  # what was taken back leaves nothing behind: the file goes in again
        url = upload(browser, begun, content=content)
        assert "All 1 rows are in order" in check(browser, url).text
        browser.post(f"{url}bring-in/")
        assert Exchange.objects.get().amount == D("100.00")
        with pytest.raises(DatabaseError, match="final"), transaction.atomic():
            Exchange.objects.update(rate=4)
        if _time == 1:
            assert "1 rows were taken back" in browser.post(f"{url}undo/", follow=True).text
            assert (Exchange.objects.count(), ReportedCost.objects.count(), begun.lines.count()) == (0, 0, 0)
    Claim.objects.update(received_on=month, state="sent")
    with pytest.raises(DatabaseError, match="final"), transaction.atomic():
        Exchange.objects.all().delete()


def test_one_wrong_row_keeps_all_out_and_every_wrong_cell_is_told_with_its_remedy(browser, begun):
    url = upload(
        browser, begun,
        "1.1;фактура;1;02.02.2026;Книга ООД;831641791;1 000,00;200,00;1 200,00;05.02.2026;;;",
        "1.1;фактура;1;02.02.2026;Книга ООД;831641791;;;1.200,00;;;;",
        "9.9;фактура;2;02.02.2026;;;;;10,00;;;;",
        "1.1;фактура;3;02.02.2026;;;;;0,00;;;;",
        "1.1;фактура;4;02.02.2026;;;;;99 999 999 999 999,00;;;;",
        "1.1;фактура;5;02.02.2026;;;;;100000000000000000,00;;;;",
        "1.1;фактура;6;02.02.2026;;;;;10,005;;;;",
        "1.1;кредитно известие;7;02.02.2026;;;;;50,00;;;;",
        "1.1;фактура;8;02.02.2026;;;;;100,01;;85,01;10,00;5,00",
        "1.1;фактура;9;02.02.2026;;;;;100,01;;80,00;10,00;5,00",
        "1.1;фактура;10;31.03.2026;;;;;10,00;;;;",
        "1.1;фактура;11;02.02.2026;;;10,00;2,00;13,00;;;;",
        "1.2;фактура;12;02.02.2026;;;;;10,00;;;;",
        "1.1;фактура;13;31.02.2026;;;;;;;;;",
        "1.1;фактура;14;02.02.2026;;;;;9 000,00;;;;",
    )  # fmt: skip
    page = check(browser, url)
    told = problems(page)
    for row, column, words in (
        (3, "number", "Row 2 is the same"), (4, "line", "no such budget line. Use one of: 1.1, 1.2"),
        (5, "total", "above 0"), (6, "total", "is €99,999,999,991,199.00 above"), (7, "total", "no more than 16"),
        (8, "total", "2 decimal places"), (9, "total", "negative: write a minus"),
        (10, "eu_part", "split of the budget line gives €85.00, the file says €85.01"),
        (11, "eu_part", "The parts make €95.00, the amount is €100.01"), (12, "document_on", "newer than the period"),
        (13, "total", "make €12.00, not €13.00"), (14, "line", "counted from attendance"),
        (15, "document_on", ""), (16, "total", "€200.00 above that"),
    ):  # fmt: skip
        assert re.search(rf"\b{column}: ", told[row]), told[row]
        assert words in told[row], (row, told[row])
    assert set(told) == set(range(3, 17))
    assert "go in all together" in page.text
    assert 'bring-in/"' not in page.text
    browser.post(f"{url}bring-in/")
    assert not ReportedCost.objects.exists()
    assert browser.get(f"{url}answer/")["Content-Type"].endswith("spreadsheetml.sheet")

    good = SimpleUploadedFile("costs.csv", "\n".join([HEADINGS, *(
        "1.1;фактура;1;02.02.2026;;;;;1 200,00;;;;", "1.1;фактура;8;02.02.2026;;;;;100,01;;85,00;10,01;5,00",
    )]).encode())  # fmt: skip
    url = browser.post(f"{url}again/", {"file": good}).url
    assert "All 2 rows are in order" in check(browser, url).text
    browser.post(f"{url}bring-in/")
    assert sorted(begun.lines.values_list("cost__total", flat=True)) == [D("100.01"), D("1200.00")]


def test_rows_stay_out_of_a_claim_that_was_sent_and_its_costs_are_not_taken_back(browser, begun, people):
    url = upload(browser, begun, "1.1;фактура;1;02.02.2026;Книга;83;;;100,00;05.02.2026;;;")
    check(browser, url)
    browser.post(f"{url}bring-in/")
    late = upload(browser, begun, "1.1;фактура;2;02.02.2026;Книга;83;;;100,00;05.02.2026;;;")
    assert "All 1 rows are in order" in check(browser, late).text
    claim = Claim.objects.get()
    claim = actions.change_claim(
        claim, version=claim.version, results="Done.", declarations=["true", "once", "kept"],
        by=people["coordinator"], at=NOON,
    )  # fmt: skip
    actions.attach_paper(
        claim.lines.get(), upload=SimpleUploadedFile("f.pdf", b"%PDF-1.7", content_type="application/pdf"),
        by=people["coordinator"], at=NOON,
    )  # fmt: skip
    assert "Files prove costs" in browser.get(f"{url}undo/", follow=True).text
    send(Claim.objects.get(), people["coordinator"])
    refused = browser.post(f"{late}bring-in/", follow=True)
    assert "This claim is sent" in refused.text
    assert ReportedCost.objects.count() == 1
    assert "The claim was sent with these costs" in browser.post(f"{url}undo/", follow=True).text
    assert ReportedCost.objects.count() == 1
    page = browser.get(into(claim))
    assert "This claim is sent" in page.text
    assert page.context["home"].why


def test_two_thousand_rows_are_a_job_of_a_worker_with_few_queries(browser, begun):
    rows = [f"1.1;фактура;{n};02.02.2026;Книга ООД;831641791;;;1,23;05.02.2026;;;" for n in range(2000)]
    url = upload(browser, begun, *rows)
    for step in ("columns", "bring-in"):
        page = check(browser, url) if step == "columns" else browser.post(f"{url}{step}/", follow=True)
        assert page.context["at"] == "job"
        with CaptureQueriesContext(connection) as asked:
            source = imports.work(imports.claim(page.context["source"].pk, at=NOON), at=NOON)
        assert len(asked) < 100
    assert (source.state, source.new) == (Import.State.DONE, 2000)
    assert begun.lines.count() == 2000
    with connection.cursor() as cursor:  # the next page is planned for what is there now
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname IN ('budgets_reportedcost', 'budgets_claimline')")
        assert cursor.fetchall() == [(2000,), (2000,)]
    assert sum(begun.lines.values_list("cost__eu_part", flat=True)) == 2000 * D("1.04")


@pytest.mark.django_db(transaction=True)
def test_a_claim_is_sent_while_a_file_comes_in(browser, project, line, people):
    claim = drafted(project, [cost(line)], people["coordinator"])
    url = upload(browser, claim, *[f"1.1;фактура;{n};02.02.2026;Книга;83;;;1,00;05.02.2026;;;" for n in range(50)])
    source = check(browser, url).context["source"]
    imports.ask(source, Import.Job.BRING_IN)

    def late_send():
        return actions.send_claim(claim, version=claim.version, reasons=dict.fromkeys(CHECKS, "On paper."),
                                  by=people["coordinator"], at=NOON)  # fmt: skip

    found = at_once(late_send, lambda: imports.work(source, at=NOON))
    assert sum(isinstance(each, Refused) for each in found) == 1  # whoever came second is told
    claim.refresh_from_db()
    assert claim.lines.count() == (1 if claim.state == Claim.State.SENT else 51)
    assert LineFact.objects.count() == (1 if claim.state == Claim.State.SENT else 0)


def test_the_command_takes_the_file_in_with_the_number_of_the_claim(begun, project, people, tmp_path, capsys):
    file = tmp_path / "costs.csv"
    file.write_text(
        "\n".join([HEADINGS, "1.1;фактура;1;02.02.2026;;;;;100,00;;;;", "1.1;фактура;2;02.02.2026;;;;;0;;;;"])
    )
    told = {"project": project.number, "claim": "1", "by": people["coordinator"].email}
    with pytest.raises(SystemExit):
        call_command("import_file", "costs", str(file), **told)
    assert not ReportedCost.objects.exists()
    file.write_text("\n".join([HEADINGS, "1.1;фактура;1;02.02.2026;;;;;100,00;;;;"]))
    call_command("import_file", "costs", str(file), **told)
    assert begun.lines.get().cost.total == D("100.00")
