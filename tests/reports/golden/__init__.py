"""Golden figures of the five demo projects on 18 March 2026, worked out by hand from the pages and the invented cast;
and the same tables in every format, read back by other programs. `test_seed_demo` runs this on the demo it loaded."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.utils.timezone import now, timedelta

from core.actions import make_token
from core.models import ApiToken, User
from projects.models import Project
from reports import pdf, snapshot, tasks
from reports.book import to_xlsx
from reports.management.demo.accounts import email
from reports.management.demo.cast import SAMPLE
from reports.management.demo.facts import COMMUNITY, FUTURE, NETWORK, TOGETHER
from reports.models import Report
from reports.tables import to_csv
from tests.reports.readers import Files, Rows, plain

DAY = date(2026, 3, 18)
GOLDEN = {TOGETHER: "together", FUTURE: "future", COMMUNITY: "community", NETWORK: "network", SAMPLE: "compass"}
COMPARED = ("money_sources", "counters", "indicator_targets", "counted_indicators", "typed_indicators",
            "indicator_definitions")  # fmt: skip
PARTS = ("women", "men", "non_binary", "unknown")
SUMS = (("EECO01", ("EECO02", "EECO04", "EECO05")), ("EECO01", ("EECO09", "EECO10", "EECO11")))


@pytest.mark.parametrize("number", GOLDEN)
def test_golden_figures_are_the_same_in_every_format(today, number):
    """On the golden day all formats, the first project on paper too; on the other days that sheets and parts agree."""
    with transaction.atomic():
        project = Project.objects.get(number=number)
        contract = project.contract_on(today)
        start = (contract and contract.starts_on) or date(2024, 1, 1)
        report = Report(kind="progress", project=project, from_on=start, to_on=today, language="en")
        taken = snapshot.take(report, now())
        printed = today == DAY and number == TOGETHER
        files = _files(report, taken, printed=printed)
        tables = {key: files.csv(key) for key in COMPARED if ("csv", key) in files.made}
        _adds_up(tables["counted_indicators"])
        for key, rows in tables.items():
            assert {row: cells for row, cells in files.sheet(key).items() if row in rows} == rows, key
        if today == DAY:
            with (Path(__file__).parent / f"{GOLDEN[number]}.csv").open(encoding="utf-8") as golden:
                for line in csv.DictReader(golden):
                    assert _value(tables, line) == line["value"], line
            _doors_agree(tables, *_doors(number, start))
        if printed:
            _paper_agrees(tables, files)
        transaction.set_rollback(True)


def _doors_agree(tables: dict[str, Rows], by_api: dict[str, Rows], page: str) -> None:
    for key, rows in tables.items():
        assert by_api[key] == rows, key
    for code, row in tables["counted_indicators"].items():
        assert list(map(plain, _row(page, "counted_indicators", code)[1:6])) == _numbers(row), code


def _paper_agrees(tables: dict[str, Rows], files: Files) -> None:
    for key, rows in tables.items():
        assert files.archived(key) == rows, key
    for code, row in tables["counted_indicators"].items():
        assert _numbers(row) in [list(map(plain, line[-10:-5])) for line in files.lines(code)], code


def _numbers(row: dict[str, str]) -> list[str]:
    return [row[name] or "—" for name in (*PARTS, "total")]


def _files(report: Report, taken, *, printed: bool) -> Files:
    """All files, or those that need no page layout."""
    if printed:
        return Files(
            {(one.kind, one.table): one.content for one, _pages in tasks.files(report, taken, pdf.source(taken))}
        )
    written = {("csv", key): to_csv(key, table) for key, table in taken["tables"].items()}
    return Files({**written, ("xlsx", ""): to_xlsx(taken)})


def _value(tables: dict[str, Rows], line: dict[str, str]) -> str:
    rows, row, column = tables[line["table"]], line["row"], line["column"]
    if row == "everybody":
        return str(
            sum(int(rows[name][column]) for name in rows if name.startswith(("Participants c", "Participants n")))
        )
    return rows[row][column]


def _adds_up(rows: Rows) -> None:
    """Parts make their total, in the period and to date, and the sums of the regulation hold."""
    for end in ("", "_to_date"):
        for row in rows.values():
            if row[f"women{end}"]:
                assert sum(int(row[part + end]) for part in PARTS) == int(row[f"total{end}"])
        for whole, parts in SUMS if "EECO01" in rows else ():
            assert sum(int(rows[part][f"total{end}"]) for part in parts) == int(rows[whole][f"total{end}"])


def _doors(number: str, start: date) -> tuple[dict[str, Rows], str]:
    """The tables as the API gives them, and the page of the indicators."""
    query = {"from": str(start), "to": str(DAY), "language": "en"}
    admin, officer = (User.objects.get(email=email(who)) for who in ("admin", "officer"))
    until, scopes = now() + timedelta(days=1), list(ApiToken.Scope.values)
    _row_of_token, secret = make_token(user=admin, name="Golden", scopes=scopes, expires_at=until, by=None, at=now())
    door = Client(headers={"Authorization": f"Bearer {secret}"}).get(f"/api/v1/projects/{number}/tables/", query)
    told = {
        key: {plain(row[table["columns"][0]["key"]]): {c["key"]: plain(row.get(c["key"])) for c in table["columns"]}
              for row in table["rows"]}
        for key, table in door.json()["tables"].items()
    }  # fmt: skip
    client = Client()
    client.force_login(officer)
    return told, client.get(f"/en/work/projects/{number}/indicators/", query).content.decode()


def _row(page: str, table: str, code: str) -> list[str]:
    """The cells of a row of a table on the page, without what only a screen reader says."""
    body = page.split(f'<caption id="{table}">')[1].split("</table>")[0]
    row = next(each for each in body.split("<tr>") if f">{code}</span>" in each)
    cells = [part.split("</td>")[0].split(">", 1)[1] for part in row.split("<td")[1:]]
    return [cell.split('<span class="visually-hidden">')[0].split(">")[-1].strip() for cell in cells]
