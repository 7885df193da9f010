"""Whatever the texts of a table are: written in any form the portal reads, they come back the same."""

from __future__ import annotations

import csv
import io
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.reader.html import _Tables
from core.reader.process import opened
from core.reader.texts import ENCODINGS, SEPARATORS
from core.sheets import Choice, Mark, mark, rows
from tests.core.test_sheets import ods, ods_cell, workbook

HEAD = ["Име", "B", "C"]
WIDTH = len(HEAD)


def tables(texts):
    return st.lists(st.lists(texts, min_size=WIDTH, max_size=WIDTH), min_size=1, max_size=8)


def words(encoding: str):
    """Texts that an encoding can write; no control characters but line breaks and tabs."""
    signs = st.characters(codec=encoding, exclude_categories=("Cc", "Cs", "Co", "Cn"))
    hard = st.sampled_from(['"', '""', ";", ",", "|", "\t", "\n", "'", "=1+1", " ", "sep=;", "1,5", "-"])
    return st.lists(signs | hard, max_size=12).map("".join)


def read(path: Path, encoding: str = "", separator: str = "") -> list[tuple[int, list[str]]]:
    """Rows below the headings that hold anything, read in this process."""
    source = opened(path, {"encoding": encoding, "separator": separator})
    numbers, raw = zip(*source.rows(source.names[0]), strict=True)
    found = list(zip(numbers, map(list, source.texts(raw)), strict=True))
    assert found[0] == (1, HEAD)
    return [(number, cells) for number, cells in found[1:] if any(cells)]


def expected(table: list[list[str]]) -> list[tuple[int, list[str]]]:
    stripped = [(number, [cell.strip() for cell in cells]) for number, cells in enumerate(table, start=2)]
    return [(number, cells) for number, cells in stripped if any(cells)]


WRITTEN = {"utf-8": "utf-8-sig", "windows-1251": "cp1251", "windows-1257": "cp1257"}


@st.composite
def text_files(draw):
    encoding = draw(st.sampled_from(list(ENCODINGS)))
    return encoding, draw(st.sampled_from(SEPARATORS)), draw(tables(words(WRITTEN.get(encoding, "utf-8"))))


@settings(max_examples=60)
@given(text_files(), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_a_table_written_as_csv_reads_back_the_same(file, end, quoted):
    encoding, separator, table = file
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    head = HEAD if encoding != "windows-1257" else ["Ime", "B", "C"]
    csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting).writerows([head, *table])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(out.getvalue().encode(WRITTEN.get(encoding, encoding)))
        source = opened(path, {"encoding": encoding, "separator": separator})
        found = [(number, [cell.strip() for cell in cells]) for number, cells in source.rows("")]
    assert found[0] == (1, head)
    assert [row for row in found[1:] if any(row[1])] == expected(table)


@settings(max_examples=30)
@given(tables(words("utf-8")))
@example([["_x000D_", "_x005F_", "\x01"], ["=1+1", "@x", "'"], ["007", "1e5", "true"]])
def test_a_table_written_as_a_workbook_reads_back_the_same(table):
    with TemporaryDirectory() as folder:
        path = workbook(Path(folder) / "a.xlsx", ("Деца", [HEAD, *table]))
        assert read(path) == expected(table)


@settings(max_examples=30)
@given(tables(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=12)))
def test_a_table_written_as_ods_reads_back_the_same(table):
    with TemporaryDirectory() as folder:
        path = ods(Path(folder) / "a.ods", *("".join(map(ods_cell, row)) for row in [HEAD, *table]))
        assert read(path) == expected(table)


@settings(max_examples=40)
@given(tables(words("utf-8")), st.lists(st.integers(1, 40), min_size=1, max_size=5), st.sampled_from(["", "</td>"]))
def test_an_html_table_reads_back_the_same_however_its_bytes_arrive(table, sizes, end):
    marks = ["<td>{}" + end, "<TD class='a'>{}</TD>", "<th><b>{}</b></th>", "<td><!-- <td>no</td> -->{}" + end]
    lines = ["".join(marks[at % 4].format(escape(cell)) for at, cell in enumerate(row)) for row in table]
    page = f"<table border=1>{''.join(f'<tr>{line}</tr>' for line in lines)}</table> <p>after</p>"
    tables_ = _Tables()
    at = 0
    for size in cycle(sizes):
        tables_.feed(page[at : at + size], last=at >= len(page))
        if at >= len(page):
            break
        at += size
    assert [cells for _, _, cells in tables_.done] == [[" ".join(cell.split()) for cell in row] for row in table]


MARKS = st.lists(
    st.builds(
        Mark,
        row=st.integers(2, 9),
        column=st.integers(0, WIDTH + 1),
        grade=st.sampled_from(["error", "warning", "accepted"]),
        text=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=20),
    ),
    max_size=6,
)


@settings(max_examples=6)
@given(tables(words("utf-8")), MARKS)
def test_a_marked_workbook_holds_the_same_table_and_every_finding(table, marks):
    with TemporaryDirectory() as folder:
        path, out = workbook(Path(folder) / "a.xlsx", ("A", [HEAD, *table])), Path(folder) / "out.xlsx"
        mark(path, Choice(sheet="A", heading_row=1), marks, [], out, "en")
        found = {row.number: row.cells for row in rows(out, Choice(sheet="A", heading_row=1))}
    for number, cells in expected(table):
        assert found[number][:WIDTH] == cells
        findings = [finding.text for finding in marks if finding.row == number]
        assert all(text.strip() in found[number][WIDTH] for text in findings)
        assert bool(found[number][WIDTH]) == bool(findings)
    assert set(found) <= {number for number, _ in expected(table)} | {finding.row for finding in marks}
