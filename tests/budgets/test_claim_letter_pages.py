"""The letter about a decision: in the school's language, without internal notes, the same bytes again."""

from __future__ import annotations

import io
from decimal import Decimal

import pikepdf
import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from budgets import actions, pdf, tasks
from budgets.models import ClaimLetter, LetterText, LineFact
from core import sealing, storage
from core.models import AuditEvent
from tests.budgets.conftest import decide
from tests.conftest import NOON, path_of


@pytest.fixture
def decided(sent, people, second):
    """Claim 1 with a line as claimed, one lowered and one asked about, confirmed by a second officer."""
    LetterText.objects.create(programme=sent.project.programme, objection={"bg": "В срок от 14 дни."})
    first, lowered, asked = sent.lines.order_by("number")
    decide(first, people["officer"])
    note = {"comment": "Без ДДС.", "note": "Second time this year."}
    decide(lowered, people["officer"], "reduce", total=Decimal("40.00"), **note)
    decide(asked, people["officer"], "ask", comment="Кой плати?")
    actions.propose(sent, by=people["officer"], at=NOON)
    return actions.confirm(sent, by=second, at=NOON)


def test_a_decision_is_told_in_a_letter_that_stays_as_it_is(decided, people, client):
    letter = decided.letters.get()
    html = pdf.html(letter.snapshot, letter.sha256).replace("\u00a0", " ")
    for words in ("Резултат по искане за плащане 1", "40,00", "10,00", "Без ДДС.", "Кой плати?", "В срок от 14 дни."):
        assert words in html
    assert "Second time" not in html
    for words in ("Извън бюджета или над него (Art. 73(3))", "Приет", "Намален", "Ден 0 от 80, до 04.06.2026 г."):
        assert words in html
    assert [row[0] for row in letter.snapshot["amounts"]] == ["declared", "released", "verified", "rest"]
    assert [row[1] for row in letter.snapshot["amounts"]] == ["180.01", "30.00", "140.01", "10.00"]

    client.force_login(people["finance"])
    page = reverse("budgets:claim", args=[decided.key])
    assert "letter is being made" in client.get(page).content.decode()
    assert tasks.write_waiting_letters() == 1
    tasks.write_letter(letter_id=letter.pk)
    tasks.write_letter(letter_id=letter.pk)  # a repeated message does nothing
    letter.refresh_from_db()
    content = path_of(letter.file).read_bytes()
    assert content == pdf.letter(letter.snapshot, letter.sha256)
    with pikepdf.open(io.BytesIO(content)) as made:
        assert made.Root.MarkInfo.Marked
        assert str(made.Root.Lang) == "bg"
    for asked in ({"code": letter.code}, {"sha256": letter.file.sha256}, {"sha256": letter.sha256}):
        checked = client.get("/en/verify/", asked).content.decode()
        assert ("Unchanged since" in checked) == ("sha256" in asked)
        for words in ("Result of payment claim 1", decided.project.number, letter.code, letter.file.sha256):
            assert words in checked
    assert letter.code in html
    assert f"/bg/verify/{letter.code}/" in html
    with pytest.raises(DatabaseError), transaction.atomic():
        ClaimLetter.objects.filter(pk=letter.pk).update(snapshot={})

    there = reverse("budgets:claim_letter", args=[decided.key, letter.key])
    assert there in client.get(page).content.decode()
    answer = client.get(there)
    assert b"".join(answer.streaming_content) == content
    assert "attachment" in answer["Content-Disposition"]
    assert AuditEvent.objects.filter(action="claim.letter_fetched", by_key=people["finance"].key).count() == 1
    client.force_login(people["stranger"])
    assert client.get(there).status_code == 404


def test_the_letter_is_seen_before_it_is_sent_and_says_what_it_will_say(sent, people, second, client):
    lines = list(sent.lines.order_by("number"))
    ahead, sheet = (reverse(f"budgets:claim_{page}", args=[sent.key]) for page in ("letter_ahead", "check"))
    client.force_login(people["officer"])
    assert client.get(ahead).status_code == 302  # nothing to tell while a line is open
    decide(lines[0], people["officer"])
    decide(lines[1], people["officer"], "reduce", total=Decimal("40.00"), note="Second time this year.")
    decide(lines[2], people["officer"], "ask")
    assert ahead in client.get(sheet).content.decode()
    actions.propose(sent, by=people["officer"], at=NOON)
    client.force_login(second)
    facts = LineFact.objects.count()
    page = client.get(ahead).content.decode()
    assert "Preview: the letter as it will be" in page
    assert "Second time" not in page
    assert (ClaimLetter.objects.count(), LineFact.objects.count()) == (0, facts)

    before = actions.letter_ahead(sent, by=second, at=NOON)
    assert actions.confirm(sent, by=second, at=NOON).letters.get().sha256 == sealing.digest(before)
    client.force_login(people["finance"])
    assert client.get(ahead).status_code == 403


def test_after_a_reopening_a_second_letter_takes_the_place_of_the_first(decided, people, second):
    actions.reopen(decided, comment="The bill came.", by=people["officer"], at=NOON)
    line = decided.lines.get(number=2)
    decide(line, people["officer"], seen=1)
    actions.propose(decided, by=people["officer"], at=NOON)
    actions.confirm(decided, by=second, at=NOON)
    first, again = decided.letters.all()
    assert "заменя предишното" in pdf.html(again.snapshot, again.sha256)
    assert [row[1] for row in again.snapshot["amounts"]] == ["180.01", "30.00", "150.01", "0.00"]
    assert [row[1] for row in first.snapshot["amounts"]][2] == "140.01"


def test_a_rejected_claim_is_told_with_its_reason_and_a_failure_is_tried_again(sent, people, monkeypatch):
    actions.reject_claim(sent, comment="Друг договор.", by=people["officer"], at=NOON)
    letter = sent.letters.get()
    assert "Друг договор." in pdf.html(letter.snapshot, letter.sha256)

    def full(*_args, **_more):
        raise OSError("no space left")

    monkeypatch.setattr(storage, "put", full)
    for _try in range(9):
        tasks.write_letter(letter_id=letter.pk)
    assert not ClaimLetter.objects.waiting().exists()  # told to people, not tried for ever
    letter.refresh_from_db()
    assert (letter.given_up, letter.attempts) == (True, 5)
