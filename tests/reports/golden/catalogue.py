"""The other kinds of report over the demo of 18 March 2026, in every format, against figures worked out by hand
(kinds.csv, which says how) and from the seeds (worked.py). `test_seed_demo` runs this on the demo it loaded."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils.timezone import now

from core.actions import make_token
from core.models import ApiToken, Organisation, User
from core.sheets.marking import XLSX
from projects.models import Programme, Project
from reports import actions, pdf, snapshot
from reports.book import to_xlsx
from reports.management.demo.accounts import email
from reports.management.demo.cast import SAMPLE
from reports.management.demo.facts import COMMUNITY, EDUCATION, LATVIA, NETWORK, TOGETHER
from reports.models import Report
from reports.tables import to_csv
from tests.reports.golden import DAY, worked
from tests.reports.readers import Files, text_of

APRIL, BEGUN = date(2026, 4, 30), date(2025, 1, 1)  # a day of Annex VII, whose data end in March; first day of work
YEAR = date(2025, 8, 31)
AT = datetime(2026, 12, 1, 9, tzinfo=UTC)  # euro alone are shown on this day
QUESTIONS = {  # name: kind, the field and key of its subject, first and last day, what is worked out from the seeds
    "annex_vii bg": ("annex_vii", Programme, EDUCATION, None, APRIL, lambda: worked.annex(TOGETHER, {"priority": "1"})),
    "annex_vii lv": ("annex_vii", Programme, LATVIA, None, APRIL,
                     lambda: [*worked.annex(COMMUNITY, {"objective": "4.2.3"}), *worked.declared()]),
    "indicators": ("indicators", Project, COMMUNITY, BEGUN, DAY, lambda: worked.counted(COMMUNITY)),
    "execution lv": ("execution", Project, COMMUNITY, None, DAY, worked.execution),
    "execution bg": ("execution", Project, TOGETHER, None, DAY, tuple),
    "school_card": ("school_card", Organisation, "9900001", None, YEAR, worked.card),
    "school_network": ("school_network", Project, NETWORK, None, YEAR, worked.network),
    "work_packages": ("work_packages", Project, SAMPLE, None, DAY, tuple),
    "operations": ("operations", Programme, EDUCATION, None, DAY, tuple),
}  # fmt: skip
PRINTED = {  # in which language each kind is laid out; what takes seconds once more is not
    "annex_vii lv": "lv", "execution bg": "bg", "execution lv": "en", "indicators": "en", "operations": "en",
    "school_card": "bg", "school_network": "lv", "work_packages": "bg",
}  # fmt: skip
DAY_IN_WORDS = r"\d{1,2} [A-Z][a-z]{2} \d{4}"
KEYS = {Programme: "code", Project: "number", Organisation: "school_code"}


@pytest.mark.parametrize("today", [DAY], indirect=True, ids=["a Wednesday"])
def test_every_other_kind_gives_its_golden_figures(today):
    officer, admin = (User.objects.get(email=email(who)) for who in ("officer", "admin"))
    until, scopes = now() + timedelta(days=1), list(ApiToken.Scope.values)
    with transaction.atomic():
        _row, secret = make_token(user=admin, name="Golden", scopes=scopes, expires_at=until, by=None, at=now())
        door, client = Client(headers={"Authorization": f"Bearer {secret}"}), Client()
        client.force_login(officer)
        wrong = [line for name in QUESTIONS for line in _compare(name, officer, door, client)]
        transaction.set_rollback(True)
    assert not wrong, "\n".join(map(str, wrong))


def _compare(name: str, officer: User, door: Client, client: Client) -> list[object]:
    kind, model, key, start, end, seeds = QUESTIONS[name]
    about = {model._meta.model_name: model.objects.get(**{KEYS[model]: key})}
    asked, _new = actions.ask(kind=kind, **about, from_on=start, to_on=end, language="en", by=officer, at=AT)
    report = actions.claim(asked.pk, at=AT)
    assert report is not None
    taken = snapshot.take(report, AT)
    files = Files.of(actions.finish(report, taken, list(_unprinted(taken)), at=AT))
    expected = [*_by_hand(name), *seeds()]
    lines = {table: _csv(files.made["csv", table]) for table in {each.table for each in expected}}
    told = {table: _csv(content) for table, content in _by_api(report, door).items()}
    page = client.get(f"/en/work/reports/{report.key}/screen/").content.decode()
    language, paper = PRINTED.get(name, ""), None
    if language:
        printed_in = taken | {"language": language}
        paper = _squeezed(text_of(pdf.render(pdf.lay_out(pdf.html(printed_in)), printed_in)))
    wrong: list[object] = []
    for table, rows in lines.items():
        sheet, screen = files.cells(table), _screen(page, table)
        assert told[table] == rows, (name, table)
        for line in (each for each in expected if each.table == table):
            [n] = [i for i, row in enumerate(rows) if all(row[k] == v for k, v in line.row.items())]
            at = list(rows[n]).index(line.column)
            found = (rows[n][line.column], sheet[n][at], screen[n][at])
            printed = paper is None or _on_paper(screen[n][at], language) in paper
            if not printed or not all(_same(each, line.value) for each in found):
                wrong.append((name, line, found))
    return wrong


def _unprinted(taken: dict[str, Any]) -> Iterator[actions.Made]:
    """The files that need no page layout."""
    for key, table in taken["tables"].items():
        yield actions.Made("csv", key, f"{key}.csv", "text/csv; charset=utf-8", to_csv(key, table))
    yield actions.Made("xlsx", "", "report.xlsx", XLSX, to_xlsx(taken))


def _by_hand(name: str) -> Iterator[worked.Line]:
    with (Path(__file__).parent / "kinds.csv").open(encoding="utf-8", newline="") as golden:
        for line in csv.DictReader(golden):
            if line["report"] == name:
                row = dict(part.split("=", 1) for part in line["row"].split(";"))
                yield worked.Line(line["table"], row, line["column"], line["value"], line["from"])


def _csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _by_api(report: Report, door: Client) -> dict[str, bytes]:
    """The tables as the API hands them out."""
    files = door.get(f"/api/v1/reports/{report.key}/").json()["files"]
    return {each["table"]: door.get(each["url"]).getvalue() for each in files if each["kind"] == "csv"}


def _screen(page: str, table: str) -> list[list[str]]:
    """The cells of a table on the page, in words."""
    body = page.split(f'id="t-{table}"')[1].split("<tbody>")[1].split("</tbody>")[0]
    return [
        [html.unescape(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)]
        for row in body.split("</tr>")[:-1]
    ]


def _on_paper(cell: str, language: str) -> str:
    """What stands on the English page, as the PDF says it: in the other languages a number has a decimal comma and no
    comma between its thousands, and a day stands in figures."""
    cell = cell.replace("\u00a0", " ")
    if language != "en" and re.fullmatch(DAY_IN_WORDS, cell):
        return datetime.strptime(cell, "%d %b %Y").replace(tzinfo=UTC).strftime("%d.%m.%Y")
    if language != "en" and re.search(r"\d", cell) and not re.search(r"[A-Za-z]", cell.replace("EUR", "")):
        cell = re.sub(r"[^\d.\u2212-]", "", cell).replace(".", ",")
    return _squeezed(cell)


def _squeezed(text: str) -> str:
    """Without spaces, which a narrow column may hold or lose, and without hyphens at the ends of lines."""
    return re.sub(r"[\s\u00ad\u200b]", "", text)


def _same(found: str, value: str) -> bool:
    return _bare(found) == _bare(value)


def _bare(text: str) -> str | Decimal:
    """A number without what makes it readable, a day in ISO form, nothing as an empty text."""
    text = text.replace("\u00a0", " ").strip()
    number = re.sub(r"[\s,%€\u202f]|EUR", "", text).replace("\u2212", "-")
    if re.fullmatch(r"-?\d+(\.\d+)?", number):
        return Decimal(number)
    if re.fullmatch(DAY_IN_WORDS, text):
        return datetime.strptime(text, "%d %b %Y").replace(tzinfo=UTC).date().isoformat()
    return "" if text == "—" else text
