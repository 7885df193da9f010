"""Private files: whole or absent, named by their hash, handed out as downloads only, swept when nobody needs them."""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from core import storage
from core.access import Refused
from core.models import StoredFile
from tests import factories
from tests.conftest import NOON, path_of

PDF = b"%PDF-1.7\nhello\n%%EOF"
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def person(db):
    return factories.UserFactory()


def on_disk(files_dir: Path) -> list[Path]:
    return [p for p in files_dir.rglob("*") if p.is_file()]


def upload(content: bytes, name: str = "list.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_file_lies_under_its_hash_and_is_read_back_whole(person, files_dir):
    stored = storage.put([b"one ", b"two"], name="a.csv", media_type="text/csv", by=person, at=NOON)

    assert stored.sha256 == hashlib.sha256(b"one two").hexdigest()
    assert (stored.size, stored.name, stored.media_type, stored.stored_by) == (7, "a.csv", "text/csv", person)
    assert path_of(stored) == files_dir / stored.sha256[:2] / stored.sha256
    assert path_of(stored).read_bytes() == b"one two"
    assert path_of(stored).stat().st_mode & 0o077 == 0


def test_two_rows_may_share_the_same_bytes(person, files_dir):
    first = storage.put([b"same"], name="a", media_type="text/plain", by=person, at=NOON)
    second = storage.put([b"same"], name="b", media_type="text/plain", by=person, at=NOON)

    assert first.pk != second.pk
    assert path_of(first) == path_of(second)
    assert len(on_disk(files_dir)) == 1


def test_nothing_is_kept_of_a_file_without_bytes(person):
    with pytest.raises(Refused, match="empty"):
        storage.put([], name="a", media_type="text/plain", by=person, at=NOON)

    assert not StoredFile.objects.exists()


def test_writing_that_breaks_off_leaves_nothing_behind(person, files_dir):
    def broken():
        yield b"half"
        raise ConnectionError("the network went away")

    with pytest.raises(ConnectionError):
        storage.put(broken(), name="a", media_type="text/plain", by=person, at=NOON)

    assert on_disk(files_dir) == []
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(("content", "kind"), [(PDF, "application/pdf"), (JPEG, "image/jpeg"), (PNG, "image/png")])
def test_an_upload_is_known_by_its_bytes_and_not_by_its_name(content, kind, person):
    stored = storage.put_upload(upload(content, "anything.exe"), by=person, at=NOON)

    assert (stored.media_type, stored.size, stored.name) == (kind, len(content), "anything.exe")
    assert path_of(stored).read_bytes() == content


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"MZ\x90\x00" + b"\0" * 50, "not a PDF, JPEG or PNG"),
        (b"<html>", "not a PDF, JPEG or PNG"),
        (b" %PDF-1.7", "not a PDF, JPEG or PNG"),
        (PDF + b"x" * 100, "too large"),
    ],
)
def test_an_upload_that_cannot_be_kept_is_refused_by_name(content, says, person, files_dir, settings):
    settings.UPLOAD_LIMIT = 100

    with pytest.raises(Refused) as refused:
        storage.put_upload(upload(content, "списък.pdf"), by=person, at=NOON)

    assert says in refused.value.messages[0]
    assert "списък.pdf" in refused.value.messages[0]
    assert on_disk(files_dir) == []
    assert not StoredFile.objects.exists()


def test_an_upload_that_lies_about_its_size_is_stopped_at_the_limit(person, files_dir, settings):
    settings.UPLOAD_LIMIT = 100
    lying = upload(PDF + b"x" * 1000)
    lying.size = 50

    with pytest.raises(Refused, match="too large"):
        storage.put_upload(lying, by=person, at=NOON)

    assert on_disk(files_dir) == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\scans\\list.pdf", "list.pdf"),
        ("a\x00b\nc.pdf", "abc.pdf"),
        ("‮fdp.exe", "fdp.exe"),
        ("а" * 300 + ".pdf", "а" * 146 + ".pdf"),
        ("   ", "file"),
    ],
)
def test_file_names_lose_paths_and_hidden_signs(sent, kept, person):
    sending = upload(PDF)
    sending._name = sent  # past Django's own cleaning

    assert storage.put_upload(sending, by=person, at=NOON).name == kept


def test_the_answer_is_a_download_that_no_browser_runs(person):
    stored = storage.put([PDF], name="доклад 1.pdf", media_type="application/pdf", by=person, at=NOON)

    answer = storage.answer(stored)

    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Length"] == str(len(PDF))
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%D0%B4")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["ETag"] == f'"{stored.sha256}"'


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"size": 1}])
def test_the_database_keeps_hash_and_size_as_they_are(change, person):
    stored = storage.put([PDF], name="a.pdf", media_type="application/pdf", by=person, at=NOON)

    with pytest.raises(DatabaseError, match="final"), transaction.atomic():
        StoredFile.objects.filter(pk=stored.pk).update(**change)

    stored.refresh_from_db()
    assert (stored.sha256, stored.size) == (hashlib.sha256(PDF).hexdigest(), len(PDF))


def test_sweeping_takes_old_bytes_that_no_row_refers_to_and_nothing_else(person, files_dir):
    kept = storage.put([b"kept"], name="a", media_type="text/plain", by=person, at=NOON)
    lost = storage.put([b"lost"], name="b", media_type="text/plain", by=person, at=NOON)
    fresh = storage.put([b"fresh"], name="c", media_type="text/plain", by=person, at=NOON)
    StoredFile.objects.filter(pk__in=[lost.pk, fresh.pk]).delete()
    half = files_dir / "new-abc"
    half.write_bytes(b"half")
    old = (NOON - timedelta(days=2)).timestamp()
    for path in (path_of(kept), path_of(lost), half):
        os.utime(path, (old, old))

    assert storage.sweep(before=NOON - timedelta(days=1)) == 2

    assert sorted(on_disk(files_dir)) == sorted([path_of(kept), path_of(fresh)])
