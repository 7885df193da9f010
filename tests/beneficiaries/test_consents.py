"""Privacy notice and consent: dated, with version and form; and what they have to do with being counted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from beneficiaries import actions, figures
from beneficiaries.models import Consent, Counting, Notice, Participation
from core.access import Refused
from core.models import AuditEvent, StoredFile
from tests import factories
from tests.factories import NOON

TODAY = NOON.date()


@pytest.fixture
def notice(programme):
    return Notice.objects.create(
        programme=programme, version="2.1", text={"en": "What we keep and why."}, from_on=date(2026, 1, 1)
    )


@pytest.fixture
def asks(programme):
    """A programme that counts with consent only."""
    programme.consent_to_count = True
    programme.save()


def consented(row, notice, by, **more):
    facts = {"kind": "consented", "given_on": date(2026, 2, 2)} | more
    return actions.give_consent(row, notice=notice, by=by, at=NOON, **facts)


def states(project):
    return dict(Participation.objects.filter(project=project).with_counting().values_list("person__code", "counting"))


def test_each_record_says_where_it_counts_and_the_figures_agree(group, project, notice, asks, people):
    silent, agreed, back = [factories.member_of(group) for _ in range(3)]
    gaps = factories.member_of(group, labour_status="")
    both = factories.member_of(group, education=None)
    for row in (agreed, back, gaps):
        consent = consented(row, notice, people["coordinator"])
        if row is back:
            actions.withdraw_consent(consent, withdrawn_on=TODAY, by=people["coordinator"], at=NOON)
    found = states(project)
    assert [found[row.person.code] for row in (silent, agreed, back, gaps, both)] == [
        Counting.NOT_COUNTED, Counting.COUNTED, Counting.NOT_COUNTED, Counting.TOTAL_ONLY, Counting.NOT_COUNTED,
    ]  # fmt: skip
    period = [project.pk], date(2026, 1, 1), TODAY
    assert [row.key for row in figures.esf_rows("EECO01", *period)] == [str(agreed.key)]
    outside = {row.key for row in figures.esf_rows("incomplete", *period)}
    assert outside == {str(row.key) for row in (silent, back, gaps, both)}
    assert set(Participation.objects.not_counted().values_list("key", flat=True)) == {
        row.key for row in (silent, back, gaps, both)
    }
    assert figures.esf_indicators(*period).incomplete_to_date == 4


def test_where_the_law_is_the_basis_nobody_needs_consent(group, project):
    row = factories.member_of(group)
    assert states(project) == {row.person.code: Counting.COUNTED}


@pytest.mark.parametrize(
    "wrong", [{"given_on": TODAY + timedelta(days=1)}, {"given_on": date(2025, 12, 31)}, {"kind": "perhaps"}]
)
def test_what_cannot_be_is_refused(group, notice, people, wrong):
    row = factories.member_of(group)
    with pytest.raises(Refused):
        consented(row, notice, people["coordinator"], **wrong)
    assert not Consent.objects.exists()


def test_a_version_of_another_programme_is_refused(group, people):
    other = Notice.objects.create(
        programme=factories.ProgrammeFactory(), version="1", text={"en": "x"}, from_on=date(2026, 1, 1)
    )
    with pytest.raises(Refused):
        consented(factories.member_of(group), other, people["coordinator"])


def test_consent_is_taken_back_once_and_only_by_who_may(group, notice, people):
    consent = consented(factories.member_of(group), notice, people["coordinator"])
    with pytest.raises(PermissionDenied):
        actions.withdraw_consent(consent, withdrawn_on=TODAY, by=people["auditor"], at=NOON)
    actions.withdraw_consent(consent, withdrawn_on=TODAY, by=people["coordinator"], at=NOON)
    with pytest.raises(Refused):
        actions.withdraw_consent(consent, withdrawn_on=TODAY, by=people["coordinator"], at=NOON)
    assert AuditEvent.objects.filter(action="participant.consent_withdrawn").count() == 1


def test_the_page_takes_a_signed_form_and_says_what_consent_means(sign_in, group, notice, asks, people):
    row = factories.member_of(group)
    client, record = sign_in("coordinator"), reverse("beneficiaries:participant", args=[row.key])
    page = client.get(record).content.decode()
    assert "counted only once consent is given" in page
    assert "What we keep and why." in client.get(reverse("beneficiaries:consent", args=[row.key])).content.decode()
    form = {"kind": "consented", "notice": notice.pk, "given_on": "2.2.2026"}
    upload = SimpleUploadedFile("form.pdf", b"%PDF-1.7 signed")
    answer = client.post(reverse("beneficiaries:consent", args=[row.key]), form | {"upload": upload})
    assert answer.url == record
    page = client.get(record).content.decode()
    assert "counted only once consent is given" not in page
    consent = Consent.objects.get()
    assert consent.file.name == "form.pdf"
    answer = client.get(reverse("beneficiaries:consent_file", args=[row.key, consent.key]))
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 signed"
    assert AuditEvent.objects.filter(action="participant.consent_opened").count() == 1
    address = reverse("beneficiaries:consent_withdraw", args=[row.key, consent.key])
    client.post(address, {"withdrawn_on": "16.3.2026"})
    assert "counted only once consent is given" in client.get(record).content.decode()
    assert client.get(address).status_code == 404


def test_a_wrong_file_stores_nothing(sign_in, group, notice, people):
    row = factories.member_of(group)
    form = {"kind": "consented", "notice": notice.pk, "given_on": "2.2.2026"}
    upload = SimpleUploadedFile("form.pdf", b"MZ a program")
    answer = sign_in("coordinator").post(reverse("beneficiaries:consent", args=[row.key]), form | {"upload": upload})
    assert answer.status_code == 422
    assert not Consent.objects.exists()


def test_the_list_is_narrowed_to_those_without_consent(sign_in, group, notice, asks, people):
    silent, gaps = factories.member_of(group), factories.member_of(group, labour_status="")
    consented(gaps, notice, people["coordinator"])
    client, address = sign_in("coordinator"), reverse("beneficiaries:participants")
    for state, there, absent in ((Counting.NOT_COUNTED, silent, gaps), (Counting.TOTAL_ONLY, gaps, silent)):
        page = client.get(address, {"project": group.project.number, "incomplete": state}).content.decode()
        assert there.person.code in page
        assert absent.person.code not in page


def test_erasing_an_identity_takes_the_signed_form_and_leaves_the_count(group, project, notice, asks, people):
    row = factories.member_of(group)
    consented(row, notice, people["coordinator"], upload=SimpleUploadedFile("form.pdf", b"%PDF-1.7 signed"))
    actions.erase_person(row.person, reason="request", because="Letter of 2 March", by=people["admin"], at=NOON)
    assert Consent.objects.get().file is None
    assert not StoredFile.objects.exists()
    assert states(project) == {row.person.code: Counting.COUNTED}
