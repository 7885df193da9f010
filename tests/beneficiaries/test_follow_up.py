"""Six months later: when somebody is due, the one-time link, the answer, and how many answered."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from beneficiaries import actions, figures
from beneficiaries.actions.followups import expect_follow_ups
from beneficiaries.models import FollowUp, Result
from core.access import Refused
from tests import factories
from tests.factories import NOON

LEFT = date(2026, 3, 16)
LATER = NOON.replace(month=9, day=20)


@pytest.mark.parametrize(
    ("left", "due"),
    [
        (date(2026, 6, 30), date(2026, 12, 30)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2026, 12, 1), date(2027, 6, 1)),
    ],
)
def test_six_months_later_is_the_same_day_or_the_last_of_the_month(left, due):
    assert actions.six_months_after(left) == due


@pytest.fixture
def gone(group, people):
    """Somebody without work who left on 16 March 2026."""
    row = factories.member_of(group, labour_status="UE")
    return actions.leave(row, left_on=LEFT, results={}, by=people["coordinator"], at=NOON)


def link(gone, people, at=LATER):
    return actions.make_link(gone.follow_ups.get(), by=people["coordinator"], at=at)


def test_leaving_stores_when_the_question_is_due_and_a_return_takes_it_away(gone, people):
    found = gone.follow_ups.get()
    assert (found.due_from, found.due_until) == (date(2026, 9, 16), date(2026, 10, 14))
    actions.come_back(gone, entered_on=date(2026, 3, 20), by=people["coordinator"], at=NOON + timedelta(days=9))
    assert not FollowUp.objects.exists()
    gone.refresh_from_db()
    assert (gone.entered_on, gone.labour_status) == (date(2026, 1, 12), "UE")  # of the first entry (8.2, 2)


def test_the_answer_through_the_link_counts_in_the_indicator(client, gone, people, monkeypatch):
    monkeypatch.setattr("beneficiaries.views.follow_up.now", lambda: LATER)
    secret = link(gone, people)
    assert secret not in str(FollowUp.objects.values().get())
    address = reverse("answer", args=[secret])
    page = client.get(address)
    assert page["Cache-Control"].startswith("max-age=0")
    assert str(gone.person.identity) not in page.content.decode()
    assert client.post(address, {}).status_code == 422
    assert client.post(address, {"situation": "employed", "better": "yes"}).status_code == 200
    assert client.post(address, {"situation": "employed"}).status_code == 410
    assert client.get(address).status_code == 410
    assert set(gone.results.values_list("kind", "seen_on")) == {
        ("employed_later", LATER.date()), ("better_later", LATER.date()),
    }  # fmt: skip
    people_ = figures.esf_indicators([gone.project_id], date(2026, 1, 1), date(2026, 12, 31))
    assert people_.to_date["EECR05"].total == 1
    assert actions.response(FollowUp.objects.all(), LATER.date()) == {"due": 1, "answered": 1, "rate": 100}


def test_the_response_rate_stands_where_the_indicators_of_the_project_and_of_the_school_are_read(
    client, gone, people, group, monkeypatch
):
    monkeypatch.setattr("beneficiaries.views.school.localdate", lambda: LATER.date())
    monkeypatch.setattr("reports.views.projects.now", lambda: LATER)
    for who, path in (
        ("officer", f"/en/work/projects/{gone.project.number}/indicators/"), ("coordinator", "/en/work/results/"),
    ):  # fmt: skip
        client.force_login(people[who])
        page = " ".join(client.get(path).text.split())
        assert "0 of 1 who was due (0%)" in page.replace("0.00%", "0%")


@pytest.mark.parametrize("language", ["bg", "lv", "en"])
def test_the_page_speaks_three_languages(client, gone, people, language, monkeypatch):
    monkeypatch.setattr("beneficiaries.views.follow_up.now", lambda: LATER)
    address = reverse("answer", args=[link(gone, people)]).replace("/en/", f"/{language}/", 1)
    with translation.override(language):
        answer = client.get(address)
    assert f'<html lang="{language}"' in answer.content.decode()


def test_a_link_is_made_when_due_and_an_older_one_stops_working(gone, people):
    with pytest.raises(Refused):
        link(gone, people, at=NOON)
    first, second = link(gone, people), link(gone, people)
    assert actions.follow_up_of(first, LATER) is None
    assert actions.follow_up_of(second, LATER)
    assert actions.follow_up_of(second, LATER + timedelta(days=31)) is None
    assert actions.follow_up_of("", LATER) is None


def test_no_work_is_an_answer_and_no_result(gone, people):
    found = gone.follow_ups.get()
    actions.answer_follow_up(found, situation="learning", better=True, by=people["coordinator"], at=LATER)
    assert not Result.objects.exists()
    found.refresh_from_db()
    assert (found.situation, found.better) == ("learning", None)
    with pytest.raises(Refused):
        actions.answer_follow_up(found, situation="employed", better=None, by=people["coordinator"], at=LATER)


def test_the_list_says_who_is_due_and_the_school_hands_over_a_link(sign_in, gone, people, monkeypatch):
    client = sign_in("coordinator")
    page = client.get(reverse("beneficiaries:follow_up")).content.decode()
    assert "On leaving" in page
    assert str(gone.person.identity) in page
    monkeypatch.setattr("beneficiaries.views.follow_up.now", lambda: LATER)
    monkeypatch.setattr("beneficiaries.views.follow_up.localdate", lambda: LATER.date())
    monkeypatch.setattr("beneficiaries.views.week.localdate", lambda: LATER.date())
    assert "1 participant is to be asked" in client.get(reverse("beneficiaries:week")).content.decode()
    page = client.get(reverse("beneficiaries:follow_up")).content.decode()
    assert "0 of 1" in page
    found = gone.follow_ups.get()
    page = client.post(reverse("beneficiaries:follow_up_link", args=[found.key])).content.decode()
    assert "/answer/" in page
    assert "data:image/svg+xml" in page
    form = {"situation": "searching"}
    assert client.post(reverse("beneficiaries:follow_up_answer", args=[found.key]), form).status_code == 302
    assert sign_in("auditor").post(reverse("beneficiaries:follow_up_link", args=[found.key])).status_code == 403
    assert sign_in("stranger").post(reverse("beneficiaries:follow_up_link", args=[found.key])).status_code == 404


def test_many_exits_at_once_are_due_on_the_same_days_as_one(project, school, people):
    """Bulk and single way agree, also at the ends of months."""
    lefts = [date(2026, 1, 12), date(2026, 2, 28), date(2026, 3, 16)]
    rows = [factories.participation(project, school, left_on=left) for left in lefts]
    expect_follow_ups([row.pk for row in rows] * 2)
    found = {f.left_on: (f.due_from, f.due_until) for f in FollowUp.objects.all()}
    assert found == {left: (due := actions.six_months_after(left), due + actions.FOLLOW_UP_TERM) for left in lefts}
