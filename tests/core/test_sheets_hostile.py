"""What no file may do: each is refused by name within ten seconds and 300 MB of a process that is not the portal's."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import struct
import subprocess
import sys
import threading
import time
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest

from core.reader import starting
from core.sheets import Choice, Unreadable, look, reading, rows
from tests.core.test_sheets import changed, ods, ods_cell, refusal, text_file, workbook

SHEET = "xl/worksheets/sheet1.xml"
FEW = [["Name", "Hours"], ["Anna", 1], ["Ivan", 2]]


@pytest.fixture
def spent(monkeypatch):
    """Megabytes and seconds of every process that read a file.

    The memory is looked up while it runs: what the system tells afterwards begins with that of the process of the
    tests, from which it was forked.
    """
    found: list[tuple[float, float]] = []

    class Watched(subprocess.Popen):
        def __init__(self, *args, **more):
            super().__init__(*args, **more)
            self.peak = 0.0
            self.watch = threading.Thread(target=self.look, daemon=True)
            self.watch.start()

        def look(self):
            status = Path(f"/proc/{self.pid}/status")
            with contextlib.suppress(OSError):
                while told := re.search(r"VmHWM:\s+(\d+) kB", status.read_text()):
                    self.peak = int(told[1]) / 1024
                    time.sleep(0.002)

        def poll(self):
            return self.returncode  # only `wait` below collects what ended, so that nothing is left out

        def wait(self, timeout=None):
            if self.returncode is None:
                _, status, usage = os.wait4(self.pid, 0)
                self.returncode = os.waitstatus_to_exitcode(status)
                self.watch.join(5)
                found.append((self.peak, usage.ru_utime + usage.ru_stime))
            return self.returncode

    monkeypatch.setattr(reading.subprocess, "Popen", Watched)
    return found


def archive(path: Path, parts: dict[str, tuple[bytes, int]]) -> Path:
    """A ZIP of deflated bytes, each with the size its header claims."""
    out, directory = bytearray(), bytearray()
    for name, (packed, claimed) in parts.items():
        fields = (20, 0, 8, 0, 0, 0, len(packed), claimed, len(name), 0)
        directory += struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, *fields, 0, 0, 0, 0, len(out)) + name.encode()
        out += struct.pack("<4s5H3L2H", b"PK\3\4", *fields) + name.encode() + packed
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(parts), len(parts), len(directory), len(out), 0)
    path.write_bytes(bytes(out + directory + end))
    return path


def deflated(before: bytes, filling: bytes, times: int, after: bytes) -> bytes:
    """Deflated bytes in which a megabyte stands `times` times, made without packing it each time."""
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = pack.compress(before) + pack.flush(zlib.Z_FULL_FLUSH)
    block = pack.compress(filling * ((1 << 20) // len(filling))) + pack.flush(zlib.Z_FULL_FLUSH)
    return start + block * times + pack.compress(after) + pack.flush()


def swollen(path: Path, part: str, before: bytes, filling: bytes, after: bytes, times: int, claimed: int) -> Path:
    """A workbook in which one part unpacks to `times` megabytes."""
    small = workbook(path.with_suffix(".small"), ("A", FEW))
    parts = {}
    with zipfile.ZipFile(small) as book:
        for name in book.namelist():
            data = book.read(name)
            parts[name] = (zlib.compress(data, wbits=-15), len(data))
    parts[part] = (deflated(before, filling, times, after), claimed)
    return archive(path, parts)


def in_sheet(tmp_path: Path, old: bytes, new: bytes) -> Path:
    small = workbook(tmp_path / "small.xlsx", ("A", FEW))
    return changed(small, SHEET, lambda data: data.replace(old, new, 1), tmp_path / "a.xlsx")


def bomb(tmp_path, claimed=600 << 20):
    return swollen(
        tmp_path / "a.xlsx",
        SHEET,
        b"<worksheet><sheetData>",
        b'<row><c r="A1"><v>1</v></c></row>\n',
        b"</sheetData>",
        600,
        claimed,
    )


def lying_bomb(tmp_path):
    return bomb(tmp_path, claimed=1000)


def bomb_of_parts(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as book:
        for number in range(6000):
            book.writestr(f"xl/worksheets/sheet{number}.xml", b"")
    return tmp_path / "a.xlsx"


def last_cell(tmp_path):
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    return in_sheet(tmp_path, b"</sheetData>", far)


def stray_cell(tmp_path):
    """Far to the right in the second row, with the last row far down: found only by looking closely."""
    file = in_sheet(tmp_path, b'</row><row r="3"', b'<c r="XFD2"><v>1</v></c></row><row r="3"')
    far = b'<row r="900000"><c r="A900000"><v>1</v></c></row></sheetData>'
    return changed(file, SHEET, lambda data: data.replace(b"</sheetData>", far), tmp_path / "b.xlsx")


def entities(tmp_path):
    doctype = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet'
    return in_sheet(tmp_path, b"<worksheet", doctype)


def billion_laughs(tmp_path):
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
    small = workbook(tmp_path / "small.xlsx", ("A", FEW))
    doctype = b'<!DOCTYPE x [<!ENTITY l0 "ha">' + laughs + b"]><sst"
    return changed(small, "xl/sharedStrings.xml", lambda data: data.replace(b"<sst", doctype), tmp_path / "a.xlsx")


def entities_in_ods(tmp_path):
    file = ods(tmp_path / "small.ods", ods_cell("x"))
    doctype = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><office:document-content'
    return changed(file, "content.xml", lambda d: d.replace(b"<office:document-content", doctype), tmp_path / "a.ods")


def macros(tmp_path):
    file = workbook(tmp_path / "a.xlsx", ("A", FEW))
    with zipfile.ZipFile(file, "a") as book:
        book.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")
    return file


def macros_in_ods(tmp_path):
    file = ods(tmp_path / "a.ods", ods_cell("x"))
    with zipfile.ZipFile(file, "a") as book:
        book.writestr("Basic/Standard/Module1.xml", b"<x/>")
    return file


def compound(tmp_path, *names):
    inside = b"\0" * 1000 + b"\0".join(name.encode("utf-16-le") for name in names)
    (tmp_path / "a.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + inside)
    return tmp_path / "a.xlsx"


def password(tmp_path):
    return compound(tmp_path, "EncryptionInfo", "EncryptedPackage")


def old_macros(tmp_path):
    return compound(tmp_path, "Workbook", "_VBA_PROJECT_CUR")


def broken_old_workbook(tmp_path):
    return compound(tmp_path, "Workbook")


def truncated(tmp_path):
    file = workbook(tmp_path / "a.xlsx", ("A", FEW * 500))
    file.write_bytes(file.read_bytes()[:-3000])
    return file


def flipped_bits(tmp_path):
    file = workbook(tmp_path / "a.xlsx", ("A", [[f"{n * 7919 % 104729}"] for n in range(3000)]))
    data = bytearray(file.read_bytes())
    with zipfile.ZipFile(file) as book:
        at = book.getinfo("xl/sharedStrings.xml").header_offset + 300
    data[at : at + 50] = bytes(50)
    file.write_bytes(data)
    return file


def wide_text(tmp_path):
    head = ";".join(f"c{n}" for n in range(20_000))
    return text_file(tmp_path / "a.csv", f"{head}\n{head}\n")


def wide_workbook(tmp_path):
    return workbook(tmp_path / "a.xlsx", ("A", [[f"c{n}" for n in range(16_384)]] * 3))


def wide_ods(tmp_path):
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="20000"><text:p>d</text:p>'
    return ods(tmp_path / "a.ods", cell + "</table:table-cell>")


def wide_page(tmp_path):
    return text_file(tmp_path / "a.xls", "<table><tr><td colspan=100000000>a</td></tr></table>")


def deep_ods(tmp_path):
    row = f'<table:table-row table:number-rows-repeated="1048000">{ods_cell("d")}</table:table-row>'
    return ods(tmp_path / "a.ods", ods_cell("x") + f"</table:table-row>{row}<table:table-row>")


def square_ods(tmp_path):
    """Forty million cells from repeats that are each modest."""
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="400"><text:p>d</text:p>'
    row = f'<table:table-row table:number-rows-repeated="999">{cell}</table:table-cell></table:table-row>'
    return ods(tmp_path / "a.ods", ods_cell("x") + "</table:table-row>" + row * 100 + "<table:table-row>")


def long_cell_text(tmp_path):
    with (tmp_path / "a.csv").open("wb") as file:
        file.write(b"name;class\nAnna;")
        for _ in range(200):
            file.write(b"a" * (1 << 20))
    return tmp_path / "a.csv"


def long_quoted_cell(tmp_path):
    return text_file(tmp_path / "a.csv", 'name;class\n"Anna;1\n' + "Ivan;2\n" * 30_000)


def long_cell_workbook(tmp_path):
    before, after = b"<sst><si><t>", b"</t></si></sst>"
    return swollen(tmp_path / "a.xlsx", "xl/sharedStrings.xml", before, b"a", after, 200, 200 << 20)


def page_without_end(tmp_path):
    return text_file(tmp_path / "a.xls", "<table><tr><td>" + "a" * 400_000 + "\n<!-- " * 200_000)


def pdf(tmp_path):
    return text_file(tmp_path / "a.xlsx", "%PDF-1.7\n")


def word(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as book:
        book.writestr("word/document.xml", "<x/>")
    return tmp_path / "a.xlsx"


def nothing(tmp_path):
    return text_file(tmp_path / "a.csv", "")


def only_blanks(tmp_path):
    return text_file(tmp_path / "a.csv", " ; \n\n ;\n")


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (bomb, "bomb", "zip bomb"),
        (lying_bomb, "bomb", "zip bomb"),
        (bomb_of_parts, "bomb", "zip bomb"),
        (last_cell, "far_cell", "cell XFD1048576"),
        (stray_cell, "far_cell", "cell XFD2"),
        (entities, "entities", "DOCTYPE"),
        (billion_laughs, "entities", "DOCTYPE"),
        (entities_in_ods, "entities", "DOCTYPE"),
        (macros, "macro", "contains macros"),
        (macros_in_ods, "macro", "contains macros"),
        (old_macros, "macro", "contains macros"),
        (password, "password", "remove the password"),
        (broken_old_workbook, "damaged", "is damaged"),
        (truncated, "truncated", "breaks off"),
        (flipped_bits, "damaged", "is damaged"),
        (wide_text, "too_wide", "column ACOF (20000)"),
        (wide_workbook, "too_wide", "at most 500 columns"),
        (wide_ods, "too_wide", "column ACOF (20000)"),
        (wide_page, "too_wide", "column SG (501)"),
        (deep_ods, "repeated", "1048000 times"),
        (square_ods, "memory", "more memory"),
        (long_cell_text, "long_cell", "row 2"),
        (long_quoted_cell, "open_quote", "In row 2 a quotation mark"),
        (long_cell_workbook, "long_cell", "One cell"),
        (page_without_end, "long_cell", "A cell in row"),
        (pdf, "kind", "looks like a PDF"),
        (word, "kind", "looks like a text document"),
        (nothing, "empty", "is empty"),
        (only_blanks, "empty", "is empty"),
    ],
)
def test_a_hostile_file_is_refused_by_name_in_little_time_and_memory(tmp_path, spent, make, code, words):
    began = time.process_time()
    refused = refusal(make(tmp_path))
    assert (refused.code, words in refused.messages[0]) == (code, True), refused.messages
    assert spent
    assert 0 < max(memory for memory, _ in spent) < 300
    assert max(seconds for _, seconds in spent) < 9.5
    assert time.process_time() - began < 3, "the portal itself has next to nothing to do"


@pytest.mark.parametrize("make", [bomb, stray_cell, wide_text, only_blanks, long_quoted_cell])
def test_who_reads_without_looking_first_is_told_the_same(tmp_path, make):
    file = make(tmp_path)
    with pytest.raises(Unreadable) as refused:
        list(rows(file))
    assert refused.value.messages == refusal(file).messages


def test_an_ods_with_a_password_is_told_from_a_broken_one(tmp_path):
    file = ods(tmp_path / "small.ods", ods_cell("x"))
    locked = b"<manifest:encryption-data/></manifest:manifest>"
    file = changed(file, "META-INF/manifest.xml", lambda data: data.replace(b"/>", b">" + locked), tmp_path / "a.ods")
    assert refusal(file).code == "password"


def test_a_sheet_that_lies_about_its_size_is_read_as_it_is(tmp_path, spent):
    for number, claim in enumerate((b"A1:XFD1048576", b"A1", b"Z9:A1")):
        small = workbook(tmp_path / f"small{number}.xlsx", ("A", FEW))
        file = changed(small, SHEET, lambda data, c=claim: data.replace(b"A1:B3", c), tmp_path / f"{number}.xlsx")
        assert [row.cells for row in rows(file)] == [["Anna", "1"], ["Ivan", "2"]]
    assert 0 < max(memory for memory, _ in spent) < 300


def test_cells_that_are_only_coloured_do_not_widen_the_table(tmp_path):
    file = in_sheet(tmp_path, b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>')
    assert look(file).sheet.columns == 2
    assert len(list(rows(file))) == 2


@pytest.mark.parametrize(
    ("act", "code"),
    [("time.sleep(60)", "time"), ("bytearray(1 << 30)", "memory"), ("all(iter(lambda: 1, 0))", "time")],
)
def test_a_reader_that_hangs_grows_or_spins_is_ended(tmp_path, monkeypatch, act, code):
    limits = "from core.reader.process import limit; limit(300 << 20, 1, 1); import time; "
    start = starting.START.split("from core")[0] + limits + act
    monkeypatch.setattr(starting, "START", f"{start} #")
    monkeypatch.setattr(reading, "WAIT", 0.5 if "sleep" in act else 9)
    with pytest.raises(Unreadable) as refused:
        look(text_file(tmp_path / "a.csv", "a;b\n"))
    assert refused.value.code == code


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_the_reader_goes_with_the_portal(tmp_path, wait_for):
    file = text_file(tmp_path / "a.csv", "a;b\n" + f"{'x' * 1000};1\n" * 20_000)
    portal = (
        "import sys, django; from pathlib import Path; django.setup(); from core.sheets import rows\n"
        "found = rows(Path(sys.argv[1])); next(found); print('ready', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", portal, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=starting.ROOT) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        (reader,) = children(process.pid)
        process.send_signal(signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{reader}").exists() or "Z" in Path(f"/proc/{reader}/stat").read_text(), seconds=5)


def test_rows_stream_through_flat_memory_and_leave_no_process_behind(tmp_path):
    file = text_file(tmp_path / "a.csv", "a;b\n" + "".join(f"{'x' * 1000}{n};1\n" for n in range(20_000)))
    before = set(children(os.getpid()))
    tracemalloc.start()
    assert sum(1 for _ in rows(file)) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 << 20, "of twenty megabytes"
    unfinished = rows(file, Choice())
    next(unfinished)
    unfinished.close()
    assert set(children(os.getpid())) == before
