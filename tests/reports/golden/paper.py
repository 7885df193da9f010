"""What goes out on paper beside the reports, over the demo of 18 March 2026: letters of claims, certificates of
participation and lists to be signed show the figures, read from the PDF. `test_seed_demo` runs this on the demo it
loaded."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from activities.models import Session
from beneficiaries.models import Attendance, GroupMember, Participation
from budgets import pdf
from budgets.models import ClaimLetter
from core.models import User
from reports.management.demo.accounts import email
from reports.management.demo.facts import COMMUNITY, TOGETHER
from tests.reports.golden import DAY
from tests.reports.readers import text_of

LETTERS = {  # project: language, what the letter about the advance says; a tenth of the grant of the page and the sheet
    COMMUNITY: ("lv", ["2954525,20EUR", "2511346,40EUR", "443178,80EUR"]),
    TOGETHER: ("bg", ["35808,33€"]),
}


@pytest.mark.parametrize("today", [DAY], indirect=True, ids=["a Wednesday"])
def test_letters_certificates_and_lists_show_their_figures(today):
    with transaction.atomic():
        for number, (language, amounts) in LETTERS.items():
            letter = ClaimLetter.objects.get(claim__project__number=number, claim__number=1)
            paper = _read(pdf.letter(letter.snapshot, letter.sha256))
            assert (letter.language, [each for each in amounts if each not in paper]) == (language, [])
        coordinator = User.objects.get(email=email("coordinator"))
        client = Client()
        client.force_login(coordinator)
        for language, unit in (("en", "h"), ("bg", "ч."), ("lv", "h")):
            _certificate(client, coordinator, language, unit)
        _list(client, coordinator)
        transaction.set_rollback(True)


def _read(paper: bytes) -> str:
    return re.sub(r"\s", "", text_of(paper))


def _certificate(client: Client, coordinator: User, language: str, unit: str) -> None:
    """The hours of a participant added up mark by mark, as people of the language write them."""
    there = Attendance.objects.filter(
        mark__in=("here", "late"), session__state="held", session__project__number=TOGETHER,
        participation__in=Participation.objects.visible_to(coordinator),
    )  # fmt: skip
    came = Counter(there.values_list("participation", flat=True))
    one = Participation.objects.select_related("person").get(pk=max(came, key=lambda pk: (came[pk], pk)))
    whole = sum((mark.session.hours for mark in there.filter(participation=one).select_related("session")), Decimal(0))
    asked = {"do": "certificates", "chosen": [str(one.key)], "back": "?q=", "sure": "1", "language": language}
    answer = client.post("/en/work/participants/chosen/", asked)
    assert answer["Content-Type"] == "application/pdf", answer.content.decode()[:2000]
    paper = _read(answer.content)
    hours = f"{whole.normalize():f}".replace(".", "." if language == "en" else ",")
    assert came[one.pk] > 1
    assert f"{hours}{unit}" in paper
    assert str(came[one.pk]) in paper
    assert one.person.code in paper


def _list(client: Client, coordinator: User) -> None:
    """Everybody who is in the group on that day has one row to sign, and nobody else."""
    rows = Session.objects.visible_to(coordinator).filter(project__number=TOGETHER, on__lte=DAY)
    session = rows.select_related("group").latest("on", "pk")
    answer = client.get(reverse("beneficiaries:session_list", args=[session.key]))
    text = _read(answer.content)
    there, others = set(), set()
    for each in GroupMember.objects.filter(group__school=session.school).select_related(
        "participation__person__identity"
    ):
        ends = each.until_on is None or each.until_on >= session.on
        inside = each.group_id == session.group_id and each.from_on <= session.on and ends
        (there if inside else others).add(re.sub(r"\s", "", str(each.participation.person.identity)))
    assert there
    assert [name for name in there if name not in text] == []
    assert [name for name in others - there if name in text] == []
    assert f"{session.starts_at:%H:%M}" in text
