"""The files behind a claim are looked at as pictures the portal draws; the file itself is only handed out."""

from __future__ import annotations

import io
from datetime import timedelta

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.timezone import now
from PIL import Image

from budgets import actions
from core import pictures, storage
from core.models import AuditEvent
from tests.budgets.conftest import cost, drafted, send
from tests.conftest import NOON, path_of


def pdf_of(pages: int, **how) -> bytes:
    made, out = pikepdf.new(), io.BytesIO()
    for n in range(1, pages + 1):
        made.add_blank_page(page_size=(595, 842))
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        made.pages[-1].Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        made.pages[-1].Contents = made.make_stream(b"BT /F1 30 Tf 50 700 Td (Invoice 118 part %d) Tj ET" % n)
    made.save(out, **how)
    return out.getvalue()


def image_of(kind: str, size: tuple[int, int] = (300, 200)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind)
    return out.getvalue()


def stored(data: bytes, media_type: str):
    return storage.put([data], name="a", media_type=media_type, by=None, at=NOON)


@pytest.fixture
def claim(project, line, people):
    """In check with the officer; its one line has a PDF of two pages."""
    who = people["finance"]
    claim = drafted(project, [cost(line, "100.00")], who)
    upload = SimpleUploadedFile("invoice.pdf", pdf_of(2))
    actions.attach_paper(claim.lines.get(), upload=upload, by=who, at=NOON)
    claim.refresh_from_db()
    return actions.take_up(send(claim, who), by=people["officer"], at=NOON)


def test_one_file_proves_several_costs_and_the_officer_sees_it(project, line, people, client):
    who = people["finance"]
    claim = drafted(project, [cost(line, "100.00"), cost(line, "50.00")], who)
    client.force_login(who)
    content = pdf_of(1)
    for number, code in ((1, 302), (2, 302), (2, 422)):
        there = reverse("budgets:claim_paper", args=[claim.key, number])
        answer = client.post(there, {"upload": SimpleUploadedFile(f"bill-{number}.pdf", content)})
        assert answer.status_code == code
    assert "is already there" in answer.content.decode()
    one, two = claim.lines.order_by("number")
    assert one.papers.get() == two.papers.get()
    claim.refresh_from_db()
    actions.take_up(send(claim, who), by=people["officer"], at=NOON)
    page = reverse("budgets:claim_pages", args=[claim.key, one.papers.get().pk]) + "?line=1"
    assert "line 2 of claim 1" not in client.get(page).content.decode()  # for officers only
    client.force_login(people["officer"])
    shown = client.get(page).content.decode()
    assert "The same file proves other costs" in shown
    assert ("line 2 of claim 1" in shown, "line 1 of claim 1" in shown) == (True, False)


@pytest.mark.django_db
def test_a_page_is_drawn_once_with_its_words_and_turned(files_dir):
    file = stored(pdf_of(2), "application/pdf")
    page = pictures.of(file, 2)
    assert (page.pages, page.width in (1600, 1601), page.text) == (2, True, "Invoice 118 part 2")
    assert page.jpeg.startswith(b"\xff\xd8\xff")
    turned = pictures.of(file, 2, 90)
    assert turned.width > turned.height
    path_of(file).unlink()
    assert pictures.of(file, 2) == page  # kept
    assert storage.sweep(now() + timedelta(days=1)) == 2  # and gone with the bytes nobody refers to
    with pytest.raises(pictures.NoPicture, match="missing"):
        pictures.of(file, 2)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "media_type", "code"),
    [
        (lambda: pdf_of(1, encryption=pikepdf.Encryption(owner="a", user="b")), "application/pdf", "password"),
        (lambda: pdf_of(1)[:300], "application/pdf", "damaged"),
        (lambda: b"%PDF-1.7\n%%EOF", "application/pdf", "damaged"),
        (lambda: b"\xff\xd8\xff" + b"x" * 999, "image/jpeg", "damaged"),
        (lambda: image_of("PNG")[:60], "image/png", "damaged"),
        (lambda: image_of("PNG", (20_000, 3_000)), "image/png", "pixels"),
    ],
)
def test_what_cannot_be_drawn_says_why(data, media_type, code):
    with pytest.raises(pictures.NoPicture) as refused:
        pictures.of(stored(data(), media_type))
    assert refused.value.code == code


@pytest.mark.django_db
def test_a_page_that_takes_too_long_is_given_up_and_may_be_tried_again(monkeypatch):
    file = stored(image_of("JPEG"), "image/jpeg")
    monkeypatch.setattr(pictures, "WAIT", 0.001)
    with pytest.raises(pictures.NoPicture, match="took too long"):
        pictures.of(file)
    monkeypatch.undo()
    assert pictures.of(file).width == 300  # a small picture is not blown up


def test_an_officer_sees_the_pages_beside_the_line_and_who_looked_is_kept(client, claim, people):
    paper = claim.lines.get().papers.get()
    sheet = reverse("budgets:claim_check", args=[claim.key])
    picture = reverse("budgets:claim_page", args=[claim.key, paper.pk, 1, 0])
    client.force_login(people["officer"])
    page = client.get(f"{sheet}?line=1").content.decode()
    assert f'src="{picture}"' in page
    assert "page 1 of 2" in page
    assert "Invoice 118 part 1" in page
    answer = client.get(picture)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")

    viewer = reverse("budgets:claim_pages", args=[claim.key, paper.pk])
    part = client.get(f"{viewer}?line=1&leaf=2&zoom=2", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<section id="viewer"')
    assert "Invoice 118 part 2" in part
    assert "Evidence of line 1" in part
    assert "<html" in client.get(f"{viewer}?leaf=2").content.decode()
    assert "has only 2 pages" in client.get(f"{viewer}?leaf=3").content.decode()

    looks = AuditEvent.objects.filter(action="evidence.viewed")
    assert [event.key for event in looks] == [str(paper.file.key)]  # once a day, however many pages
    client.force_login(people["auditor"])
    assert "page 1 of 2" in client.get(viewer).content.decode()
    assert looks.all().count() == 2
    client.force_login(people["stranger"])
    assert client.get(viewer).status_code == client.get(picture).status_code == 404
    assert looks.all().count() == 2
