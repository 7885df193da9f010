"""What kind of file this is, by its first bytes and its archive, never by its name."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from core.reader.problems import LARGEST_FILE, MOST_PARTS, Problem

OTHER_KINDS = [  # first bytes, and what the refusal calls it
    (b"%PDF", "pdf"),
    (b"\xff\xd8\xff", "image"),
    (b"\x89PNG", "image"),
    (b"GIF8", "image"),
    (b"{\\rtf", "word"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"BZh", "archive"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
    (b"SQLite format 3", "database"),
]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def kind_of(path: Path) -> str:
    """xlsx, ods, xls, html or csv. Raises Problem for an empty file, another kind, a password or macros."""
    size = path.stat().st_size
    if size == 0:
        raise Problem("empty")
    if size > LARGEST_FILE:
        raise Problem("too_big", megabytes=size >> 20, limit=LARGEST_FILE >> 20)
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(OLE):
        return _old_workbook(path)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(path)
    for start, name in OTHER_KINDS:
        if head.startswith(start):
            raise Problem("kind", looks=name)
    return _text(head)


def two_bytes(head: bytes) -> str:
    """The name of the encoding when every sign takes two bytes or more: utf-16 with its mark, or -le or -be without."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    first, second = head[0::2].count(0), head[1::2].count(0)
    if max(first, second) * 30 < len(head) or min(first, second) * 5 > max(first, second):
        return ""
    return "utf-16-le" if second > first else "utf-16-be"


def _text(head: bytes) -> str:
    plain = head
    if encoding := two_bytes(head):
        plain = head[: len(head) // 2 * 2].decode(encoding, "replace").encode()
    if len(re.findall(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", plain)) > len(plain) // 100:
        raise Problem("kind", looks="binary")
    start = plain.removeprefix(b"\xef\xbb\xbf").lstrip()[:2048].lower()
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start and start.startswith(b"<?xml"):
        raise Problem("kind", looks="xml")
    if start.startswith(b"mime-version:"):
        raise Problem("kind", looks="mhtml")
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<head", b"<body", b"<style", b"<div")):
        return "html"
    if start.startswith(b"<?xml") and b"<html" in start:
        return "html"
    if start.startswith((b"<?xml", b"<!doctype")):
        raise Problem("kind", looks="xml")
    if start.startswith((b"{", b"[{")):
        raise Problem("kind", looks="json")
    return "csv"


def _old_workbook(path: Path) -> str:
    """A compound file: the old Excel format, or what wraps a workbook with a password."""
    data = path.read_bytes()

    def holds(name: str) -> bool:
        return name.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        raise Problem("password")
    if holds("WordDocument"):
        raise Problem("kind", looks="word")
    if holds("_VBA_PROJECT"):
        raise Problem("macro")
    if not holds("Workbook") and not holds("Book"):
        raise Problem("kind", looks="binary")
    return "xls"


def _archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            names = {info.filename.replace("\\", "/").lower() for info in infos}
            kind = ""
            if "mimetype" in names:
                kind = archive.open("mimetype").read(100).decode("ascii", "replace").strip()
            manifest = b""
            if "meta-inf/manifest.xml" in names:
                manifest = archive.open("META-INF/manifest.xml").read(1 << 20)
    except (zipfile.BadZipFile, KeyError, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as bad:
        raise Problem("truncated") from bad
    if len(infos) > MOST_PARTS:
        raise Problem("bomb")
    if any(info.flag_bits & 1 for info in infos) or b"encryption-data" in manifest:
        raise Problem("password")
    if "xl/workbook.xml" in names or any(re.fullmatch(r"(xl/)?workbook\d*\.xml", name) for name in names):
        if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
            raise Problem("macro")
        return "xlsx"
    if "xl/workbook.bin" in names:
        raise Problem("kind", looks="xlsb")
    if kind.startswith("application/vnd.oasis.opendocument.spreadsheet"):
        if any(name.startswith(("basic/", "scripts/")) and not name.endswith("/") for name in names):
            raise Problem("macro")
        return "ods"
    if any(name.startswith("word/") for name in names) or "opendocument.text" in kind:
        raise Problem("kind", looks="word")
    if any(name.startswith("ppt/") for name in names) or "opendocument.presentation" in kind:
        raise Problem("kind", looks="slides")
    if any(name.startswith("index/") and name.endswith(".iwa") for name in names):
        raise Problem("kind", looks="numbers")
    raise Problem("kind", looks="archive")
