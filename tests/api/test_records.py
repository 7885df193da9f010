"""What happens to a participant, through the API: each change is the one of the page, and each refusal says why."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from beneficiaries import actions
from beneficiaries.models import Consent, FollowUp, GroupMember, Notice, Participation, Result
from core.models import AuditEvent, StoredFile
from projects.models import Membership
from tests import factories
from tests.api.conftest import TODAY
from tests.api.test_writing import errors

URL = "/api/v1/"


@pytest.fixture
def record(participant):
    return f"{URL}participants/{participant.key}/"


@pytest.fixture
def there(project):
    return factories.school_of(project)


@pytest.fixture
def elsewhere(api, project, there):
    """A client of the coordinator of another school."""
    user = factories.UserFactory()
    Membership.objects.create(user=user, role="coordinator", project=project, organisation=there)
    return api(user)


@pytest.fixture
def notice(programme):
    return Notice.objects.create(programme=programme, version="2.1", text={"en": "Why."}, from_on=date(2026, 1, 1))


@pytest.fixture
def later(group, people):
    """The follow-up of somebody who left on 16 March 2026."""
    row = factories.member_of(group, labour_status="UE")
    actions.leave(row, left_on=date(2026, 3, 16), results={}, by=people["coordinator"], at=TODAY)
    return row.follow_ups.get()


def told(event: AuditEvent) -> str:
    return str((event.before, event.after, event.note))


class TestCorrecting:
    def test_what_was_wrong_is_corrected_with_its_reason(self, api, people, participant, record):
        client = api(people["client"])
        seen = client.get(record)
        body = {"given_name": "Яна", "born_on": "2012-04-05", "because": "Day and month were exchanged."}
        response = client.post(f"{record}correct/", body, format="json", HTTP_IF_MATCH=seen["ETag"])
        assert response.status_code == 200
        assert (response.json()["born_on"], response.json()["version"]) == ("2012-04-05", 2)
        assert "Яна" not in response.content.decode()
        participant.person.identity.refresh_from_db()
        assert participant.person.identity.given_name == "Яна"
        event = AuditEvent.objects.get(action="participant.changed")
        assert (event.origin, event.note) == ("api", "Day and month were exchanged.")
        assert "Яна" not in told(event)
        again = client.post(f"{record}correct/", {"education": 2}, format="json", HTTP_IF_MATCH=response["ETag"])
        assert errors(again, 409).keys() == {"/because"}

    def test_a_stale_or_empty_correction_changes_nothing(self, api, people, participant, record):
        client = api(people["client"])
        tag = client.get(record)["ETag"]
        actions.change_participation(
            participant, version=1, education=3, because="Asked.", by=people["coordinator"], at=TODAY
        )
        stale = client.post(f"{record}correct/", {"gender": "M"}, format="json", HTTP_IF_MATCH=tag)
        assert (stale.status_code, stale.json()["current"]["education"]) == (412, 3)
        assert client.post(f"{record}correct/", {"gender": "M"}, format="json", HTTP_IF_MATCH="").status_code == 428
        assert errors(client.post(f"{record}correct/", {"because": "So."}, format="json")).keys() == {""}
        assert errors(client.post(f"{record}correct/", {"sensitive": {}}, format="json")).keys() == {"/sensitive"}
        assert not AuditEvent.objects.filter(origin="api", action="participant.changed").exists()

    def test_nobody_corrects_somebody_whose_identity_is_erased(self, api, people, participant, record):
        actions.erase_person(participant.person, reason="request", because="Asked.", by=people["admin"], at=TODAY)
        response = api(people["client"]).post(f"{record}correct/", {"gender": "M"}, format="json")
        assert response.status_code == 409
        participant.person.refresh_from_db()
        assert participant.person.gender == "F"


class TestGroups:
    @pytest.mark.django_db(transaction=True)
    def test_into_a_group_and_out_again_and_the_feed_tells_of_both(self, api, people, participant, group, record):
        client = api(people["client"])
        club = factories.GroupFactory(project=group.project, school=group.school, name="Chess")
        feed = client.get(f"{URL}changes/participants/").json()
        while feed["more"]:
            feed = client.get(feed["next"]).json()
        body = {"group": str(club.key), "from_on": "2026-03-02"}
        joined = client.post(f"{record}groups/", body, format="json", headers={"idempotency-key": "j-1"})
        assert joined.status_code == 200
        assert {"group": str(club.key), "name": "Chess", "from_on": "2026-03-02", "until_on": None} in joined.json()[
            "groups"
        ]
        repeat = client.post(f"{record}groups/", body, format="json", headers={"idempotency-key": "j-1"})
        assert repeat.json() == joined.json()
        feed = client.get(feed["next"]).json()
        assert [(row["key"], row["row"]["version"]) for row in feed["results"]] == [(str(participant.key), 2)]
        left = client.post(
            f"{record}groups/{club.key}/leave/", {"until_on": "2026-03-31"}, format="json", HTTP_IF_MATCH=joined["ETag"]
        )
        assert left.status_code == 200
        assert [g["until_on"] for g in left.json()["groups"] if g["name"] == "Chess"] == ["2026-03-31"]
        feed = client.get(feed["next"]).json()
        assert [row["row"]["version"] for row in feed["results"]] == [3]
        assert list(AuditEvent.objects.filter(origin="api").order_by("pk").values_list("action", flat=True))[-2:] == [
            "participant.left_group", "participant.listed",
        ]  # fmt: skip

    def test_what_a_group_does_not_take_is_told_at_its_place(self, api, people, participant, group, there, record):
        client = api(people["client"])
        foreign = factories.GroupFactory(project=group.project, school=there)
        wrong = client.post(f"{record}groups/", {"group": str(foreign.key), "from_on": "2026-03-02"}, format="json")
        assert errors(wrong, 409).keys() == {"/group"}
        early = client.post(f"{record}groups/", {"group": str(group.key), "from_on": "2025-12-10"}, format="json")
        assert errors(early, 409).keys() == {"/from_on"}
        never = client.post(f"{record}groups/{foreign.key}/leave/", {"until_on": "2026-03-31"}, format="json")
        assert never.status_code == 404
        late = client.post(f"{record}groups/{group.key}/leave/", {"until_on": "2026-01-01"}, format="json")
        assert errors(late, 409).keys() == {"/until_on"}
        assert list(GroupMember.objects.values_list("group", "until_on")) == [(group.pk, None)]

    def test_marks_after_the_last_day_stand_against_leaving(self, api, people, participant, session, group, record):
        factories.attended(session, participant)
        early = {"until_on": str(session.on - timedelta(days=1))}
        response = api(people["client"]).post(f"{record}groups/{group.key}/leave/", early, format="json")
        assert "marks" in errors(response, 409)["/until_on"]
        assert GroupMember.objects.get().until_on is None


class TestMoving:
    def test_the_new_school_goes_on_and_the_old_one_sees_nothing_more(
        self, api, people, participant, record, there, elsewhere
    ):
        client = api(people["coordinator"])
        assert elsewhere.get(record).status_code == 404
        seen = client.get(record)
        body = {"school": str(there.key), "on": "2026-09-15"}
        response = client.post(f"{record}move/", body, format="json", HTTP_IF_MATCH=seen["ETag"])
        assert response.status_code == 200
        assert response.json() == {
            "from_school": str(participant.school.key), "to_school": str(there.key), "on": "2026-09-15",
            "participation": str(participant.key), "code": participant.person.code,
        }  # fmt: skip
        assert client.get(record).status_code == 404
        found = elsewhere.get(record).json()
        assert (found["school"], found["moves"][0]["on"], found["groups"][0]["until_on"]) == (
            str(there.key), "2026-09-15", "2026-09-14",
        )  # fmt: skip
        assert AuditEvent.objects.get(action="participant.moved").origin == "api"

    def test_a_school_outside_the_project_is_refused(self, api, people, participant, record):
        other = factories.OrganisationFactory()
        response = api(people["admin"]).post(
            f"{record}move/", {"school": str(other.key), "on": "2026-09-15"}, format="json"
        )
        assert response.status_code in (409, 422)
        participant.refresh_from_db()
        assert participant.version == 1


class TestConsents:
    def test_given_with_the_signed_form_and_taken_back(self, api, people, participant, record, notice, programme):
        programme.consent_to_count = True
        programme.save()
        client = api(people["client"])
        assert client.get(record).json()["counting"] == "no"
        listed = client.get(f"{record}consents/").json()
        assert (listed["consents"], listed["notices"]) == ([], [{"version": "2.1", "from_on": "2026-01-01"}])
        body = {"kind": "consented", "notice": "2.1", "given_on": "2026-02-02"}
        body |= {"file": {"name": "form.pdf", "content": "JVBERi0xLjcgZm9ybQ=="}}
        given = client.post(f"{record}consents/", body, format="json", headers={"idempotency-key": "c-1"})
        assert given.status_code == 201
        assert client.post(f"{record}consents/", body, format="json", headers={"idempotency-key": "c-1"}).json() == (
            given.json()
        )
        assert (given.json()["signed_form"], given.json()["withdrawn_on"]) == (True, None)
        assert client.get(record).json()["counting"] == "counted"
        assert Consent.objects.get().recorded_by == people["client"]
        address = f"{record}consents/{given.json()['key']}/"
        end = client.post(f"{address}withdraw/", {"withdrawn_on": "2026-03-02"}, format="json")
        assert end.json() == given.json() | {"withdrawn_on": "2026-03-02"}
        assert client.get(record).json()["counting"] == "no"
        again = client.post(f"{address}withdraw/", {"withdrawn_on": "2026-03-03"}, format="json")
        assert again.status_code == 409
        assert client.get(f"{record}consents/").json()["consents"] == [end.json()]
        assert [e.action for e in AuditEvent.objects.filter(action__contains="consent_").order_by("pk")] == [
            "participant.consent_given", "participant.consent_withdrawn",
        ]  # fmt: skip

    def test_a_consent_of_somebody_else_or_of_no_known_version_is_none(
        self, api, people, participant, group, record, notice
    ):
        client = api(people["client"])
        body = {"kind": "informed", "notice": "9", "given_on": "2026-02-02"}
        assert errors(client.post(f"{record}consents/", body, format="json")).keys() == {"/notice"}
        early = body | {"notice": "2.1", "given_on": "2025-12-31"}
        assert errors(client.post(f"{record}consents/", early, format="json"), 409).keys() == {"/given_on"}
        no_file = body | {"notice": "2.1", "file": {"name": "form.pdf", "content": "aGVsbG8="}}
        assert client.post(f"{record}consents/", no_file, format="json").status_code == 409
        other = factories.member_of(group)
        theirs = actions.give_consent(
            other, kind="consented", notice=notice, given_on=date(2026, 2, 2), by=people["coordinator"], at=TODAY
        )
        response = client.post(
            f"{record}consents/{theirs.key}/withdraw/", {"withdrawn_on": "2026-03-02"}, format="json"
        )
        assert response.status_code == 404
        assert list(Consent.objects.values_list("withdrawn_on", flat=True)) == [None]
        assert not StoredFile.objects.exists()


class TestSixMonthsLater:
    def test_who_is_due_is_listed_and_answers_once(self, api, people, later):
        client = api(people["client"])
        rows = client.get(f"{URL}follow-ups/", {"answered": "false", "due_to": "2026-10-01"}).json()["results"]
        assert [(row["key"], row["due_from"], row["situation"]) for row in rows] == [
            (str(later.key), "2026-09-16", ""),
        ]  # fmt: skip
        assert client.get(f"{URL}follow-ups/", {"due_to": "2026-09-15"}).json()["results"] == []
        body = {"situation": "employed", "better": True}
        answer = client.post(f"{URL}follow-ups/{later.key}/answer/", body, format="json")
        assert answer.json() == rows[0] | body | {"answered_on": "2026-10-01"}
        record = client.get(f"{URL}participants/{later.participation.key}/").json()
        assert {row["kind"] for row in record["results"]} == {"employed_later", "better_later"}
        again = client.post(f"{URL}follow-ups/{later.key}/answer/", {"situation": "other"}, format="json")
        assert again.status_code == 409
        assert FollowUp.objects.get().situation == "employed"
        assert AuditEvent.objects.get(action="participant.followed_up").origin == "api"
        assert AuditEvent.objects.filter(action="participant.listed", origin="api").count() == 2

    def test_before_it_is_due_nobody_is_asked(self, api, people, later):
        FollowUp.objects.update(due_from=date(2026, 10, 2))
        client = api(people["client"])
        for step in ("answer", "link"):
            response = client.post(f"{URL}follow-ups/{later.key}/{step}/", {"situation": "other"}, format="json")
            assert response.status_code == 409, step
        assert not Result.objects.exists()
        assert FollowUp.objects.get().link_made_at is None

    def test_the_link_works_is_told_once_and_kept_nowhere(self, api, people, later, monkeypatch):
        client = api(people["client"])
        address = f"{URL}follow-ups/{later.key}/link/"
        made = client.post(address, headers={"idempotency-key": "l-1"})
        assert made.status_code == 201
        monkeypatch.setattr("beneficiaries.views.follow_up.now", lambda: TODAY)
        assert Client().get(made.json()["secret"]).status_code == 200
        repeat = client.post(address, headers={"idempotency-key": "l-1"}).json()
        assert repeat == made.json() | {"secret": None}

    def test_another_school_knows_of_none(self, elsewhere, later):
        assert elsewhere.get(f"{URL}follow-ups/").json()["results"] == []
        response = elsewhere.post(f"{URL}follow-ups/{later.key}/answer/", {"situation": "other"}, format="json")
        assert response.status_code == 404
        assert FollowUp.objects.get().answered_on is None


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("correct", {"gender": "M"}),
        ("move", {"on": "2026-09-15"}),
        ("groups", {"from_on": "2026-03-02"}),
        ("consents", {"kind": "informed", "notice": "1", "given_on": "2026-03-02"}),
    ],
)
def test_to_another_school_a_participant_is_not_there(step, body, elsewhere, participant, record):
    response = elsewhere.post(f"{record}{step}/", body, format="json")
    assert response.status_code == 404
    assert Participation.objects.get().version == 1


def test_a_closed_month_stands_against_a_change_as_on_the_page(api, people, participant, group, programme, record):
    programme.late_days = 0
    programme.save()
    club = factories.GroupFactory(project=group.project, school=group.school)
    body = {"group": str(club.key), "from_on": "2026-03-02"}
    response = api(people["client"]).post(f"{record}groups/", body, format="json")
    assert errors(response, 409).keys() == {"/from_on"}
    assert not GroupMember.objects.filter(group=club).exists()


ALONE = [
    "post participants/names/",
    "post participants/{key}/name/",
    "get participants/{key}/answers/",
    "get participants/{key}/support/",
    "post participants/{key}/support/",
    "get participants/{key}/consents/{key}/file/",
    "post participants/{key}/merge/",
    "post participants/{key}/erase/",
]


@pytest.mark.parametrize("operation", ALONE)
@pytest.mark.parametrize("language", ["en", "bg", "lv"])
def test_what_a_person_alone_does_is_refused_with_the_reason(operation, language, api, people, participant):
    method, path = operation.split(" ")
    client = api(people["admin"])
    address = URL + path.format(key=participant.key)
    response = getattr(client, method)(f"{address}?language={language}", {}, format="json")
    problem = response.json()
    assert (response.status_code, problem["type"].partition("#")[2]) == (403, "person-only")
    assert len(problem["detail"]) > 60
    assert language == "en" or not problem["detail"].isascii()
    assert "person-only" in client.get(f"{URL}docs/").content.decode()
    assert not AuditEvent.objects.filter(action__startswith="participant.").exists()
    assert participant.person.identity
