"""Tables out of strangers' files: what is recognised, what can be corrected, and what no file may do to the portal."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
import xlsxwriter
from django.utils import translation

from core.sheets import Choice, Column, Mark, Row, Unreadable, look, mark, rows, values, write_template

HEADINGS = ["Име", "Роден на", "Среща", "Часове"]
CHILDREN = [["Гергана", "2015-03-16", "14:00", "1.5"], ["Šķēle", "2014-12-09", "09:05", "12"]]


def text_file(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def workbook(path: Path, *sheets: tuple[str, list[list]], **options) -> Path:
    """An XLSX with these sheets; days and times are written as such."""
    book = xlsxwriter.Workbook(path, options)
    formats = {date: "dd.mm.yyyy", datetime: "dd.mm.yyyy hh:mm", time: "hh:mm"}
    styles = {kind: book.add_format({"num_format": form}) for kind, form in formats.items()}
    for name, table in sheets:
        sheet = book.add_worksheet(name)
        for number, row in enumerate(table):
            for column, cell in enumerate(row):
                if type(cell) in styles:
                    sheet.write_datetime(number, column, cell, styles[type(cell)])
                elif isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    sheet.write(number, column, cell)
    book.close()
    return path


def changed(path: Path, part: str, change, to: Path) -> Path:
    """The same archive with one part changed."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return to


NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style")
)


def ods_cell(text: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p></table:table-cell>'


def ods(path: Path, *rows_of_cells: str) -> Path:
    """An ODS with one sheet; every row is the XML of its cells."""
    body = "".join(f"<table:table-row>{cells}</table:table-row>" for cells in rows_of_cells)
    content = (
        f'<?xml version="1.0"?><office:document-content {NAMESPACES} xmlns:calcext="urn:x" office:version="1.2">'
        f'<office:body><office:spreadsheet><table:table table:name="Деца">{body}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        book.writestr("content.xml", content)
        book.writestr("META-INF/manifest.xml", manifest)
    return path


@pytest.mark.parametrize(
    ("encoding", "separator", "name"),
    [
        ("utf-8", ",", "Гергана Šķēle"),
        ("utf-8-sig", ";", "Гергана Šķēle"),
        ("windows-1251", "\t", "Гергана Петрова"),
        ("windows-1257", "|", "Jānis Bērziņš"),
        ("utf-16", "\t", "Гергана Šķēle"),
        ("utf-16-le", ",", "Гергана Šķēle"),
        ("utf-16-be", ";", "Гергана Šķēle"),
    ],
)
def test_encoding_and_separator_of_a_text_file_are_recognised(tmp_path, encoding, name, separator):
    lines = [["Name", "Group", "Hours"], [name, "5 b", "1,5"], [name, 'a "b" c', "2,5"]]
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(lines)
    seen = look(text_file(tmp_path / "a.csv", out.getvalue(), encoding))
    assert seen.kind == "csv"
    assert seen.choice == Choice("", 1, encoding.removesuffix("-sig"), separator, ",")
    assert seen.sheet.headings == lines[0]
    assert [row.cells for row in rows(tmp_path / "a.csv", seen.choice)] == lines[1:]
    assert name.split()[0] in dict(seen.encodings)[seen.choice.encoding]


def test_values_of_a_workbook_come_as_one_form_of_text(tmp_path):
    day, clock, moment = date(2026, 3, 16), time(14, 0), datetime(2026, 3, 16, 13, 20)
    cells = [day, clock, moment, 1001, 0.1 + 0.2, 1e20, 1e-7, True, "  007 ", "=1+1", -2.5, 8001010012]
    seen = look(workbook(tmp_path / "a.xlsx", ("Деца", [[f"c{n}" for n in range(len(cells))], cells])))
    assert (seen.kind, seen.choice.sheet, seen.sheet.rows) == ("xlsx", "Деца", 1)
    (row,) = rows(tmp_path / "a.xlsx", seen.choice)
    assert row.number == 2
    assert row.cells == [
        "2026-03-16", "14:00", "2026-03-16 13:20", "1001", "0.3", "100000000000000000000", "0.0000001", "true", "007",
        "=1+1", "-2.5", "8001010012",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-16", date(2026, 3, 16)),
        ("2026-03-16 00:00", date(2026, 3, 16)),
        ("16.03.2026", date(2026, 3, 16)),
        ("16.3.2026 г.", date(2026, 3, 16)),
        ("16/03/2026", date(2026, 3, 16)),
        ("3/3/2026", date(2026, 3, 3)),
        ("2026. gada 16. marts", date(2026, 3, 16)),
        ("16 март 2026 г.", date(2026, 3, 16)),
    ],
)
def test_days_as_people_type_them(text, day):
    assert values.day(text) == day


@pytest.mark.parametrize("text", ["03/04/2026", "03/16/2026", "31.02.2026", "утре", "", "16.3"])
def test_a_day_nobody_can_be_sure_of_is_refused_with_a_way_to_write_it(text):
    with pytest.raises(ValueError, match=r"\d|day"):
        values.day(text)


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("1234.5", "", "1234.5"),
        ("1234,5", "", "1234.5"),
        ("1 234,50", "", "1234.50"),
        ("1\u00a0234\u00a0567", "", "1234567.0"),
        ("1.234,50", "", "1234.50"),
        ("1,234.50", "", "1234.50"),
        ("1,234", ",", "1.234"),
        ("1,234", ".", "1234"),
        ("0,125", "", "0.125"),
        ("−5 €", "", "-5"),
        ("12,5 %", "", "12.5"),
    ],
)
def test_numbers_as_people_type_them(text, decimal, number):
    assert values.number(text, decimal) == Decimal(number)


@pytest.mark.parametrize("text", ["1,234", "1.234", "12a", "", "1,2,3", "--1"])
def test_a_number_nobody_can_be_sure_of_is_refused(text):
    with pytest.raises(ValueError, match="1234"):
        values.number(text)


def test_times_moments_and_answers():
    assert [values.clock(text) for text in ("14:00", "9.05", "14h", "14:30:15", "14.30 ч.")] == [
        time(14), time(9, 5), time(14), time(14, 30, 15), time(14, 30),
    ]  # fmt: skip
    for text in ("2026-03-16 14:00", "16.03.2026 г., 14:00", "16.3.2026. plkst. 14.00"):
        assert values.moment(text) == datetime(2026, 3, 16, 14, 0)
    assert [values.yes(text) for text in ("да", "Jā", "x", "не", "NĒ", "false")] == [True] * 3 + [False] * 3
    for wrong in (lambda: values.clock("25:00"), lambda: values.yes("maybe"), lambda: values.moment("16.3.2026")):
        with pytest.raises(ValueError, match="Enter"):
            wrong()


def test_headings_are_found_under_titles_and_in_two_storeys_and_can_be_corrected(tmp_path):
    title = [["СУ „Васил Левски“"], ["Справка към", date(2026, 3, 16)], [], HEADINGS, *CHILDREN * 40]
    file = workbook(tmp_path / "a.xlsx", ("Деца", title))
    seen = look(file)
    assert (seen.choice.heading_row, seen.sheet.headings, seen.sheet.rows) == (4, HEADINGS, 80)
    assert [row.number for row in rows(file, seen.choice)] == list(range(5, 85))
    chosen = look(file, Choice(heading_row=70))
    assert (chosen.sheet.headings, chosen.sheet.rows) == (CHILDREN[1], 14)
    assert next(rows(file, chosen.choice)).number == 71
    known = look(
        workbook(tmp_path / "b.xlsx", ("A", [["a", "b"], ["c", "d"], ["Name", "BORN"]])), expected=["name", "born"]
    )
    assert known.choice.heading_row == 3

    book = xlsxwriter.Workbook(tmp_path / "c.xlsx")
    sheet = book.add_worksheet()
    sheet.merge_range("A1:A2", "Име")
    sheet.merge_range("B1:C1", "Връзка")
    for at, text in {"B2": "Телефон", "C2": "Имейл", "A3": "Ана", "B3": "+359 2 1", "C3": "a@b.bg", "B4": "2"}.items():
        sheet.write_string(at, text)
    sheet.merge_range("A3:A4", "Ана")
    book.close()
    seen = look(tmp_path / "c.xlsx")
    assert seen.sheet.merged
    assert (seen.choice.heading_row, seen.sheet.headings) == (2, ["Име", "Телефон", "Имейл"])
    assert [row.cells for row in rows(tmp_path / "c.xlsx", seen.choice)] == [
        ["Ана", "+359 2 1", "a@b.bg"],
        ["Ана", "2", ""],
    ]


def test_formulas_give_their_values_and_errors_their_names(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet = book.add_worksheet("A")
    sheet.write_row(0, 0, ["Name", "Hours", "Broken"])
    sheet.write_row(1, 0, ["Anna", 1])
    sheet.write_formula(1, 1, "=1+1", None, 2)
    sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
    book.close()
    seen = look(tmp_path / "a.xlsx")
    assert seen.sheet.formulas
    assert not seen.sheet.merged
    assert [row.cells for row in rows(tmp_path / "a.xlsx", seen.choice)] == [["Anna", "2", "#DIV/0!"]]


def test_one_of_several_sheets_is_chosen_and_hidden_ones_are_not_offered(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    for name in ("Празен", "Деца", "Други", "Скрит"):
        sheet = book.add_worksheet(name)
        if name != "Празен":
            sheet.write_column(0, 0, ["Име", f"от {name}"])
            sheet.write_column(0, 1, ["Клас", "5"])
    sheet.hide()
    book.close()
    seen = look(tmp_path / "a.xlsx")
    assert [sheet.name for sheet in seen.sheets] == ["Празен", "Деца", "Други"]
    assert seen.choice.sheet == "Деца"
    other = look(tmp_path / "a.xlsx", Choice(sheet="Други"))
    assert [row.cells for row in rows(tmp_path / "a.xlsx", other.choice)] == [["от Други", "5"]]
    with pytest.raises(Unreadable, match="no sheet “Скрит”"):
        look(tmp_path / "a.xlsx", Choice(sheet="Скрит"))
    assert Choice.from_json({**other.choice.as_json(), "new key": 1}) == other.choice


def test_an_ods_is_read_with_its_days_errors_repeated_and_merged_cells(tmp_path):
    blank = '<table:table-cell table:number-columns-repeated="16380"/>'
    file = ods(
        tmp_path / "a.ods",
        "".join(map(ods_cell, ["Клас", "Роден", "Час", "Сума", "Да", "Грешка"])) + blank,
        '<table:table-cell table:number-rows-spanned="2" office:value-type="string"><text:p>5 б</text:p>'
        "</table:table-cell>"
        '<table:table-cell office:value-type="date" office:date-value="2015-03-16"/>'
        '<table:table-cell office:value-type="time" office:time-value="PT14H00M00S"/>'
        '<table:table-cell office:value-type="float" office:value="1001.5"><text:p>1001,5</text:p></table:table-cell>'
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>'
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value=""'
        ' calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>',
        '<table:covered-table-cell/><table:table-cell table:number-columns-repeated="2" office:value-type="string">'
        "<text:p>x</text:p></table:table-cell>",
    )
    seen = look(file)
    assert (seen.kind, seen.sheet.merged, seen.sheet.formulas) == ("ods", True, True)
    assert [row.cells for row in rows(file, seen.choice)] == [
        ["5 б", "2015-03-16", "14:00", "1001.5", "true", "#DIV/0!"], ["5 б", "x", "x", "", "", ""]
    ]  # fmt: skip


def test_an_html_table_named_xls_is_a_table(tmp_path):
    page = """<html><head><meta charset="windows-1251"></head><body><table><tr><td>Списък</td></tr></table>
    <table><tr><th>Номер<th>Име &amp; фамилия<th>Сума</tr><tr><td rowspan=2>BG-1</td><td>Община<br>Видин</td>
    <td>1 234,50</td></tr><tr><td colspan="2">общо</td></tr></table></body></html>"""
    file = text_file(tmp_path / "a.xls", page, "windows-1251")
    seen = look(file, Choice(sheet="2"))
    assert (seen.kind, seen.choice.encoding, len(seen.sheets)) == ("html", "windows-1251", 2)
    assert seen.sheet.merged
    assert seen.sheet.headings == ["Номер", "Име & фамилия", "Сума"]
    assert [row.cells for row in rows(file, seen.choice)] == [
        ["BG-1", "Община\nВидин", "1 234,50"],
        ["BG-1", "общо", ""],
    ]


def test_a_wrong_guess_about_a_text_file_can_be_corrected(tmp_path):
    file = text_file(tmp_path / "a.csv", "Name|Note\nAnna|a;b\nJānis|c;d\n", "windows-1257")
    seen = look(file)
    assert dict(seen.encodings) == {"windows-1257": "Jānis", "windows-1251": "Jвnis"}
    wrong = look(file, Choice(heading_row=1, encoding="windows-1251", separator=";"))
    assert [row.cells[0] for row in rows(file, wrong.choice)] == ["Anna|a", "Jвnis|c"]
    with pytest.raises(Unreadable, match=r"does not fit the encoding utf-8 \(first at line 3\)"):
        look(file, Choice(encoding="utf-8"))
    with translation.override("bg"), pytest.raises(Unreadable, match="не може да се избере"):
        look(file, Choice(encoding="koi8-r"))
    said = text_file(tmp_path / "b.csv", "sep=|\r\na|b;c\r\n1|2;3\r\n")
    assert (look(said).choice.separator, look(said).sheet.headings) == ("|", ["a", "b;c"])


def refusal(file: Path) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        look(file)
    return refused.value


def test_a_quotation_mark_that_nobody_closed_names_its_row(tmp_path):
    body = "".join(f"{n};Гергана;5\n" for n in range(2000))
    for at in (1, 1999):
        broken = body.replace(f"\n{at};Г", f'\n{at};"Г')
        refused = refusal(text_file(tmp_path / "a.csv", "no;name;class\n" + broken))
        assert refused.code == "open_quote"
        assert f"row {at + 2}" in refused.messages[0]
    swallowed = 'no;name;class\n1;"Гергана;5\n2;Иван;5\n3;"Петър";5\n'
    assert "row 2" in refusal(text_file(tmp_path / "b.csv", swallowed)).messages[0]
    fine = 'no;name;class\n1;"two\nlines; and ""more""";5\n2;СУ "Васил Левски";5\n'
    assert list(rows(text_file(tmp_path / "c.csv", fine)))[1] == Row(3, ["2", 'СУ "Васил Левски"', "5"])


TABLE = [
    ["Class list of spring"],
    [],
    ["Име", "Роден на", "Час", "Часове", "Да"],
    ["Гергана", date(2015, 3, 16), time(14, 0), 1.5, True],
    ["=1+1", "не е дата", time(9, 5), 12, False],
    [],
    ["Иван", date(2014, 12, 9), None, 3, True],
]


def test_the_marked_workbook_is_the_own_one_with_findings_in_their_cells(tmp_path):
    file = workbook(tmp_path / "a.xlsx", ("Деца", TABLE), ("Други", [["x", 5], ["y", 7]]))
    choice = look(file).choice
    assert choice.heading_row == 3
    marks = [
        Mark(5, 2, "error", "This is not a day. Write 16.3.2026.", "не е дата"),
        Mark(5, 1, "warning", "Looks like a formula."),
        Mark(7, 3, "accepted", "No time: agreed."),
        Mark(7, 0, "error", "The child is there twice."),
    ]
    out = tmp_path / "marked.xlsx"
    kind = mark(file, choice, marks, [("Rows", "3"), ("Wrong", "2")], out, "en")
    assert kind.endswith("spreadsheetml.sheet")
    seen = look(out, choice)
    assert [sheet.name for sheet in seen.sheets] == ["Деца", "Други", "Summary"]
    before, after = list(rows(file, choice)), list(rows(out, choice))
    assert [row.number for row in after] == [row.number for row in before] == [4, 5, 7]
    assert [row.cells[:5] for row in after] == [row.cells for row in before]
    assert seen.sheet.headings[5] == "Problem"
    assert [row.cells[5] for row in after] == [
        "",
        "Роден на: Error: This is not a day. Write 16.3.2026. · Име: Warning: Looks like a formula.",
        "Час: Accepted: No time: agreed. · Error: The child is there twice.",
    ]
    summary = [row.cells for row in rows(out, Choice(sheet="Summary", heading_row=4))]
    assert summary[0][:4] == ["B5", "Роден на", "Error", "не е дата"]
    with zipfile.ZipFile(out) as archive:
        comments = archive.read("xl/comments1.xml").decode()
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "Error: This is not a day" in comments
    assert 'ref="B5"' in comments
    assert "<f>" not in sheet
    assert "=1+1" in sheet
    again = tmp_path / "again.xlsx"
    mark(out, choice, marks[:1], [], again, "bg")
    assert [row.cells[5:] for row in rows(again, choice)] == [
        [""], ["Роден на: Грешка: This is not a day. Write 16.3.2026."], [""]
    ]  # fmt: skip
    assert len(look(again).sheets) == 3


def test_a_text_file_comes_back_marked_as_a_workbook(tmp_path):
    file = text_file(tmp_path / "a.csv", "Name;Sum\nJānis;=2*3\nAnna;+5;extra\n", "windows-1257")
    out = tmp_path / "out.xlsx"
    mark(file, look(file).choice, [Mark(2, 2, "error", "Not a number")], [], out, "lv")
    assert [row.cells for row in rows(out)] == [
        ["Jānis", "=2*3", "", "Sum: Kļūda: Not a number"], ["Anna", "+5", "extra", ""]
    ]  # fmt: skip


def test_a_template_says_its_kind_and_version_and_offers_its_lists(tmp_path):
    columns = [
        Column("Име", help="Както е в документа", required=True, example="Гергана"),
        Column("Пол", choices=["жена", "мъж, друго"]),
        Column("Роден на", kind="date"),
    ]
    out = tmp_path / "template.xlsx"
    write_template(columns, "2026-1", kind="participants", title="Участници", out=out, language="bg")
    seen = look(out)
    assert (seen.template, seen.version) == ("participants", "2026-1")
    assert (seen.choice.sheet, seen.choice.heading_row) == ("Участници", 1)
    assert seen.sheet.headings == ["Име", "Пол", "Роден на"]
    assert [sheet.name for sheet in seen.sheets] == ["Участници", "Как се попълва"]
    with zipfile.ZipFile(out) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "portal!$B$3:$B$4" in sheet
    filled = tmp_path / "filled.xlsx"
    write_template(columns, "2026-1", kind="k", title="T", out=filled, language="en", rows=[["Ана", "жена", ""]])
    assert [row.cells for row in rows(filled, look(filled).choice)] == [["Ана", "жена", ""]]
