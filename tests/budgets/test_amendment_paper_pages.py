"""The documents of an amendment: attached and taken out while it is edited, kept with the version it made."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils.timezone import localdate

from budgets import actions
from budgets.actions.amendments import seen
from budgets.models import AmendmentPaper
from core.access import Refused
from core.models import AuditEvent
from tests import factories
from tests.conftest import NOON


def pdf(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, f"%PDF-1.7 {name}".encode(), content_type="application/pdf")


@pytest.fixture
def one(project, people):
    contract = project.contracts.get()
    factories.BudgetLineFactory(contract=contract, total=contract.total)
    return actions.begin_amendment(project, because="More clubs", by=people["finance"], at=NOON)


def test_documents_come_and_go_until_it_is_sent_and_stay_with_the_version(one, project, people, client):
    client.force_login(people["finance"])
    page, there = (reverse(f"budgets:{name}", args=[one.key]) for name in ("amendment", "amendment_papers"))
    for name in ("letter.pdf", "plan.pdf"):
        assert client.post(there, {"upload": pdf(name)}).status_code == 302
    again = client.post(there, {"upload": pdf("letter.pdf")})
    assert (again.status_code, "is already there" in again.content.decode()) == (409, True)
    assert client.post(there, {"upload": SimpleUploadedFile("x.exe", b"MZ")}).status_code == 409
    letter, plan = one.papers.all()
    client.post(reverse("budgets:amendment_paper_out", args=[one.key, plan.key]))
    shown = client.get(page).content.decode()
    assert ("letter.pdf" in shown, "plan.pdf" in shown) == (True, False)

    row = one.draft["contract"]["contract"]
    new = row | {"ends_on": "2028-11-30"}
    actions.change_amendment(
        one, part="contract", ref="contract", row=new, was=seen(row), by=people["finance"], at=NOON
    )
    actions.send_amendment(one, by=people["finance"], at=NOON)
    with pytest.raises(Refused):
        actions.attach_document(one, upload=pdf("late.pdf"), by=people["finance"], at=NOON)
    assert client.post(reverse("budgets:amendment_paper_out", args=[one.key, letter.key])).status_code == 409
    made = actions.approve_amendment(
        one, number="A-2", signed_on=None, in_force_from=localdate(), by=people["officer"], at=NOON
    )
    for change in (
        lambda: AmendmentPaper.objects.update(removed_at=NOON),
        lambda: AmendmentPaper.objects.create(amendment=one, file=letter.file, added_at=NOON),
        lambda: letter.delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()

    client.force_login(people["auditor"])
    assert "letter.pdf" in client.get(reverse("budgets:version", args=[project.number, made.version])).content.decode()
    file = reverse("budgets:amendment_paper", args=[one.key, letter.key])
    answer = client.get(file)
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 letter.pdf"
    assert "attachment" in answer["Content-Disposition"]
    told = AuditEvent.objects.filter(action="amendment.paper_fetched", by_key=people["auditor"].key)
    assert told.count() == 1
    client.force_login(people["coordinator"])
    assert client.get(file).status_code == 403
    client.force_login(people["stranger"])
    assert client.get(file).status_code == 404
