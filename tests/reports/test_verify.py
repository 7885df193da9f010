"""Anyone may check a file: no sign-in, no cookie, nothing kept, nothing said about people."""

from __future__ import annotations

import hashlib
import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.models import AuditEvent, StoredFile
from reports import actions
from reports.views import verify as door
from tests import factories
from tests.conftest import NOON, path_of

VERIFY = "/en/verify/"
UNKNOWN = "This is not a file of this portal, or it was changed"


def words(answer) -> str:
    body = re.sub(r"(?s)<(head|header|footer|dialog)\b.*?</\1>", "", answer.content.decode())
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", body).split()))


def answer_of(answer) -> str:
    """What stands in the answer, without the form below it."""
    found = re.search(r'(?s)<section id="answer".*?</section>', answer.content.decode())
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", found[0]).split())) if found else ""


def content_of(file) -> bytes:
    return path_of(file.file).read_bytes()


def test_the_page_opens_for_anyone_and_sets_no_cookie(client, db):
    answer = client.get(VERIFY)

    assert answer.status_code == 200
    assert not answer.cookies
    page = answer.content.decode()
    assert 'data-hash-into="id_sha256"' in page
    assert "csrfmiddlewaretoken" not in page
    assert answer_of(answer) == ""


def test_a_known_hash_names_report_file_and_moment(client, finished):
    file = finished.files.get(table="money_sources")

    answer = client.get(VERIFY, {"sha256": file.file.sha256})

    said = answer_of(answer)
    assert answer.status_code == 200
    assert said.startswith("Unchanged since 16 Mar 2026, 14:00")
    for piece in (
        "Progress report, 1 Jan 2026 – 31 Mar 2026", finished.project.number, "Project ", file.file.name,
        "Money by source", f"{file.file.size} bytes", finished.code,
    ):  # fmt: skip
        assert piece in said
    assert not answer.cookies


def test_the_answer_says_nothing_about_people(client, finished, people):
    for query in (
        {"sha256": finished.files.first().file.sha256},
        {"code": finished.code},
        {"sha256": finished.snapshot_sha256},
    ):
        page = client.get(VERIFY, query).content.decode()
        assert people["officer"].name not in page
        assert people["officer"].email not in page


@pytest.mark.parametrize("write", [str.upper, lambda h: f"  {h}\n", lambda h: " ".join(re.findall("..", h)), str.lower])
def test_a_hash_is_read_as_tools_write_it(write, client, finished):
    sha256 = finished.files.first().file.sha256

    assert client.get(VERIFY, {"sha256": write(sha256)}).status_code == 200


def test_the_figures_have_a_hash_as_well(client, finished):
    said = answer_of(client.get(VERIFY, {"sha256": finished.snapshot_sha256}))

    assert "These are exactly the figures the portal sealed" in said
    assert finished.code in said


@pytest.mark.parametrize("write", [str, str.lower, lambda c: c.replace("-", ""), lambda c: c.replace("-", " ")])
def test_a_check_code_leads_to_the_report_and_the_hashes_of_its_files(write, client, finished):
    said = answer_of(client.get(VERIFY, {"code": write(finished.code)}))

    assert f"{finished.code} is the check code of a sealed report" in said
    assert "Unchanged" not in said  # a code alone proves nothing about a file
    for file in finished.files.select_related("file"):
        assert f"SHA-256 {file.file.sha256}" in said


def test_the_address_printed_on_the_cover_opens_the_answer(client, finished):
    answer = client.get(f"{VERIFY}{finished.code}/")

    assert answer.status_code == 200
    assert finished.code in answer_of(answer)
    assert client.get(f"/bg/verify/{finished.code}/").status_code == 200


def test_one_changed_byte_is_another_file(client, finished):
    changed = content_of(finished.files.first()) + b"\n"

    answer = client.get(VERIFY, {"sha256": hashlib.sha256(changed).hexdigest()})

    assert answer.status_code == 200
    assert UNKNOWN in answer_of(answer)


def test_a_file_of_another_report_is_not_one_of_this_report(client, finished, finish, question, people):
    other = finish(actions.ask(**question | {"language": "en"}, by=people["officer"], at=NOON)[0])
    pdf = other.files.first().file

    answer = client.get(VERIFY, {"code": finished.code, "sha256": pdf.sha256})
    assert answer.status_code == 200
    assert f"This is not a file of the report {finished.code}, or it was changed" in answer_of(answer)

    answer = client.get(VERIFY, {"code": other.code, "sha256": pdf.sha256})
    assert answer.status_code == 200
    assert "This is exactly the file the portal sealed" in answer_of(answer)


def test_an_unknown_code_is_said(client, finished):
    answer = client.get(f"{VERIFY}AAAA-AAAA-AAAA/")

    assert answer.status_code == 200
    assert "No report of this portal has the check code AAAA-AAAA-AAAA" in answer_of(answer)


def test_a_report_that_is_not_finished_cannot_be_found(client, asked):
    for nothing in (b"", b"{}", b"null"):  # what an unfinished report has for figures
        assert UNKNOWN in answer_of(client.get(VERIFY, {"sha256": hashlib.sha256(nothing).hexdigest()}))


def test_evidence_is_not_found_out_by_its_hash(client, finished, people):
    stored = StoredFile.objects.create(
        sha256="a" * 64, size=1, name="signed list.pdf", media_type="application/pdf", stored_at=NOON
    )

    answer = client.get(VERIFY, {"sha256": stored.sha256})

    assert UNKNOWN in answer_of(answer)
    assert "signed list" not in answer.content.decode()


def test_the_same_table_in_many_reports_is_listed_up_to_a_limit(
    client, finished, finish, question, people, monkeypatch
):
    monkeypatch.setattr(door, "MOST_SHOWN", 2)
    for language in ("en", "lv"):
        finish(actions.ask(**question | {"language": language}, by=people["officer"], at=NOON)[0])
    same = finished.files.get(table="evidence").file

    said = answer_of(client.get(VERIFY, {"sha256": same.sha256}))

    assert said.count(same.name) == 2
    assert "More reports hold this very file" in said


# --- without JavaScript ---------------------------------------------------------------------------------------------


def test_a_file_is_hashed_here_and_not_kept(client, finished):
    content = content_of(finished.files.first())
    before = StoredFile.objects.count(), AuditEvent.objects.count()

    sent = client.post(VERIFY, {"file": SimpleUploadedFile("renamed.pdf", content)})

    sha256 = hashlib.sha256(content).hexdigest()
    assert (sent.status_code, sent["Location"]) == (303, f"{VERIFY}?sha256={sha256}")
    assert "Unchanged since" in answer_of(client.get(sent["Location"]))
    assert not sent.cookies
    assert (StoredFile.objects.count(), AuditEvent.objects.count()) == before


def test_an_empty_file_is_a_file_too(client, finished):
    sent = client.post(VERIFY, {"file": SimpleUploadedFile("empty.csv", b"")})

    assert sent.status_code == 303
    assert UNKNOWN in answer_of(client.get(sent["Location"]))


def test_what_is_typed_leads_to_an_address_one_can_send_on(client, finished):
    sha256 = finished.files.first().file.sha256

    assert client.post(VERIFY, {"code": finished.code.lower()})["Location"] == f"{VERIFY}{finished.code}/"
    assert client.post(VERIFY, {"sha256": sha256.upper()})["Location"] == f"{VERIFY}?sha256={sha256}"
    both = client.post(VERIFY, {"code": finished.code, "sha256": sha256})
    assert both["Location"] == f"{VERIFY}?code={finished.code}&sha256={sha256}"


def test_a_page_of_another_site_may_post_because_nothing_is_changed(finished):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert strict.post(VERIFY, {"code": finished.code}).status_code == 303


WRONG = {
    "short code": ({"code": "ABCD"}, "code", "12 letters and digits"),
    "code in Cyrillic": ({"code": "АБВГ-АБВГ-АБВГ"}, "code", "12 letters and digits"),
    "short hash": ({"sha256": "abc"}, "sha256", "this has 3"),
    "text for a hash": ({"sha256": "z" * 64}, "sha256", "letters from a to f"),
    "a novel for a hash": ({"sha256": "a" * 5000}, "sha256", "at most 200"),
}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("sent", "field", "says"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_read_is_said_beside_the_field_and_stays(sent, field, says, method, client, finished):
    answer = getattr(client, method)(VERIFY, sent)

    assert answer.status_code == 422
    found = re.search(rf'(?s)id="id_{field}_error".*?</ul>', answer.content.decode())
    assert found
    assert says in found[0]
    assert answer.context["form"][field].value() == sent[field]


def test_nothing_at_all_is_said(client, db):
    answer = client.post(VERIFY, {})

    assert answer.status_code == 422
    assert "Enter a check code or a SHA-256, or choose a file." in words(answer)


def test_signed_in_people_see_the_same(client, finished, people):
    client.force_login(people["auditor"])

    assert "Unchanged since" in answer_of(client.get(VERIFY, {"sha256": finished.files.first().file.sha256}))


def test_a_project_keeps_its_own_language_on_the_page(client, finished):
    other = factories.ProjectFactory._meta.model.objects.filter(pk=finished.project_id)
    other.update(title={"bg": "Заедно успяваме"})

    page = client.get(f"{VERIFY}{finished.code}/").content.decode()

    assert '<span lang="bg">Заедно успяваме</span>' in page
