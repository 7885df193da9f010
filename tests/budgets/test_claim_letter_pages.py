"""The letter about a decision: in the school's language, without internal notes, the same bytes again."""

from __future__ import annotations

import io
from decimal import Decimal

import pikepdf
import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from budgets import actions, pdf, tasks
from budgets.models import ClaimLetter, LetterText
from core import storage
from core.models import AuditEvent
from tests.budgets.conftest import decide
from tests.conftest import NOON


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
    assert [row[0] for row in letter.snapshot["amounts"]] == ["declared", "released", "verified", "rest"]
    assert [row[1] for row in letter.snapshot["amounts"]] == ["180.01", "30.00", "140.01", "10.00"]

    client.force_login(people["finance"])
    page = reverse("budgets:claim", args=[decided.key])
    assert "letter is being made" in client.get(page).content.decode()
    assert tasks.write_waiting_letters() == 1
    tasks.write_letter(letter_id=letter.pk)
    tasks.write_letter(letter_id=letter.pk)  # a repeated message does nothing
    letter.refresh_from_db()
    content = letter.file.path.read_bytes()
    assert content == pdf.letter(letter.snapshot, letter.sha256)
    with pikepdf.open(io.BytesIO(content)) as made:
        assert made.Root.MarkInfo.Marked
        assert str(made.Root.Lang) == "bg"
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
