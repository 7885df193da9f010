"""Writing through the API: sessions, attendance, participants. Each change moves the figures, each refusal nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from activities.models import Session
from beneficiaries.models import Attendance, Identity, Participation, SensitiveAnswer
from core.models import AuditEvent, KeptAnswer
from tests import factories
from tests.api.conftest import TODAY

URL = "/api/v1/"


def errors(response, code: int = 422) -> dict[str, str]:
    """The errors of a problem by their pointers."""
    assert response.status_code == code, response.content
    assert response["Content-Type"] == "application/problem+json"
    return {error["pointer"]: error["detail"] for error in response.json().get("errors", [])}


def mark(client, session, marks, key=""):
    body = {"marks": [{"participation": str(p.key), "mark": m} for p, m in marks.items()]}
    headers = {"idempotency-key": key} if key else {}
    return client.post(f"{URL}sessions/{session.key}/attendance/", body, format="json", headers=headers)


class TestAttendance:
    def test_a_class_is_marked_and_the_figures_move(self, api, people, session, class_of_30, project):
        client = api(people["coordinator"])
        figures = f"{URL}projects/{project.number}/tables/?from=2026-03-01&to=2026-03-31"
        before = api(people["officer"]).get(figures).json()["tables"]["activities"]["total"]
        sheet = client.get(f"{URL}sessions/{session.key}/attendance/").json()
        assert len(sheet["marks"]) == 30
        marks = dict.fromkeys(class_of_30, "here") | {class_of_30[3]: "absent", class_of_30[7]: "excused"}
        response = mark(client, session, marks)
        assert response.status_code == 200
        summary = response.json()
        assert datetime.fromisoformat(summary.pop("saved_at")).tzinfo is not None
        assert summary == {"here": 28, "absent": 1, "excused": 1, "late": 0, "unmarked": 0}
        after = api(people["officer"]).get(figures).json()["tables"]["activities"]["total"]
        assert (before["sessions"], before["came"], Decimal(before["hours"])) == (0, 0, 0)
        assert (after["sessions"], after["came"], after["people"], after["hours"]) == (1, 28, 28, "1.50")
        assert after["person_hours"] == "42.00"
        sheet = client.get(f"{URL}sessions/{session.key}/attendance/").json()
        assert sheet["state"] == "held"
        assert {row["participation"]: row["mark"] for row in sheet["marks"]} == {
            str(p.key): m for p, m in marks.items()
        }
        event = AuditEvent.objects.get(action="attendance.marked")
        assert (event.origin, event.by_key) == ("api", people["coordinator"].key)

    def test_a_repeat_with_the_same_key_changes_nothing(self, api, people, session, participant):
        client = api(people["client"])
        first = mark(client, session, {participant: "here"}, key="a-1")
        mark(client, session, {participant: "absent"})
        again = mark(client, session, {participant: "here"}, key="a-1")
        assert again.json() == first.json()
        assert Attendance.objects.get().mark == "absent"
        assert KeptAnswer.objects.count() == 1

    def test_the_same_key_with_another_body_is_refused(self, api, people, session, participant):
        client = api(people["client"])
        mark(client, session, {participant: "here"}, key="a-1")
        response = mark(client, session, {participant: "absent"}, key="a-1")
        assert (response.status_code, response.json()["type"].partition("#")[2]) == (422, "key-used-before")
        assert Attendance.objects.get().mark == "here"

    @pytest.mark.parametrize("key", ["x" * 81, "tab\there", "ключ"])
    def test_a_key_that_cannot_be_kept_is_told(self, key, api, people, session, participant):
        body = {"marks": [{"participation": str(participant.key), "mark": "here"}]}
        address = f"{URL}sessions/{session.key}/attendance/"
        raw = key.encode().decode("latin-1")
        response = api(people["client"]).post(address, body, format="json", HTTP_IDEMPOTENCY_KEY=raw)
        assert response.status_code == 422
        assert response.json()["errors"][0]["parameter"] == "Idempotency-Key"
        assert not Attendance.objects.exists()

    def test_an_empty_mark_takes_it_away(self, api, people, session, participant):
        client = api(people["client"])
        mark(client, session, {participant: "here"})
        assert mark(client, session, {participant: ""}).json()["unmarked"] == 1
        assert not Attendance.objects.exists()
        session.refresh_from_db()
        assert session.state == Session.State.PLANNED

    def test_what_somebody_else_marked_meanwhile_is_not_overwritten(self, api, people, session, participant):
        client = api(people["client"])
        mark(api(people["coordinator"]), session, {participant: "absent"})
        body = {"marks": [{"participation": str(participant.key), "mark": "here", "seen": ""}]}
        response = client.post(f"{URL}sessions/{session.key}/attendance/", body, format="json")
        assert response.status_code == 409
        problem = response.json()
        assert problem["type"].endswith("#marked-meanwhile")
        assert problem["conflicts"] == [
            {
                "participation": str(participant.key),
                "code": participant.person.code,
                "yours": "here",
                "theirs": "absent",
                "who": "Coordinator",
            }
        ]
        assert Attendance.objects.get().mark == "absent"

    def test_every_wrong_mark_is_named_and_none_is_stored(self, api, people, session, class_of_30):
        good, stranger = class_of_30[0], str(uuid4())
        body = {
            "marks": [
                {"participation": str(good.key), "mark": "here"},
                {"participation": stranger, "mark": "here"},
                {"participation": str(class_of_30[1].key), "mark": "late"},
            ]
        }
        address = f"{URL}sessions/{session.key}/attendance/"
        found = errors(api(people["client"]).post(address, body, format="json"))
        assert set(found) == {"/marks/1/participation", "/marks/2/mark"}
        assert not Attendance.objects.exists()
        body["marks"] = [
            {"participation": "17", "mark": "here"},
            {"mark": "present"},
            5,
            {"participation": str(good.key)},
        ]
        found = errors(api(people["client"]).post(address, body, format="json"))
        assert set(found) == {
            "/marks/0/participation", "/marks/1/participation", "/marks/1/mark", "/marks/2", "/marks/3/mark",
        }  # fmt: skip
        assert "here" in found["/marks/1/mark"]

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({}, "/marks"),
            ({"marks": []}, "/marks"),
            ({"marks": {}}, "/marks"),
            ({"marks": None}, "/marks"),
            ({"marks": "all here"}, "/marks"),
            ([], ""),
            ([[]], ""),
            ("x", ""),
            ({"marks": [], "mark": 1}, "/mark"),
            ({"marks": [], "a/b~c": 1}, "/a~1b~0c"),
        ],
    )
    def test_a_body_of_another_shape_is_told(self, body, pointer, api, people, session):
        response = api(people["client"]).post(f"{URL}sessions/{session.key}/attendance/", body, format="json")
        assert pointer in errors(response)

    def test_the_same_participant_twice_is_told(self, api, people, session, participant):
        one = {"participation": str(participant.key), "mark": "here"}
        body = {"marks": [one, one | {"mark": "absent"}]}
        response = api(people["client"]).post(f"{URL}sessions/{session.key}/attendance/", body, format="json")
        assert set(errors(response)) == {"/marks/1/participation"}
        assert not Attendance.objects.exists()

    def test_at_most_a_thousand_marks_at_once(self, api, people, session):
        body = {"marks": [{"participation": str(uuid4()), "mark": "here"} for _ in range(1001)]}
        response = api(people["client"]).post(f"{URL}sessions/{session.key}/attendance/", body, format="json")
        assert set(errors(response)) == {"/marks"}

    def test_a_cancelled_session_takes_no_marks(self, api, people, session, participant):
        Session.objects.filter(pk=session.pk).update(state="cancelled", cancelled_because="flu")
        response = mark(api(people["client"]), session, {participant: "here"})
        assert response.status_code == 409
        assert "cancelled" in response.json()["detail"]
        assert not Attendance.objects.exists()

    def test_the_refusal_speaks_the_language_of_the_caller(self, api, people, session):
        client, address = api(people["client"]), f"{URL}sessions/{session.key}/attendance/"
        said = [
            client.post(address, {}, format="json", headers={"accept-language": language}) for language in ("en", "bg")
        ]
        asked = client.post(address + "?language=lv", {}, format="json", headers={"accept-language": "bg"})
        assert [r["Content-Language"] for r in (*said, asked)] == ["en", "bg", "lv"]
        assert len({r.json()["title"] for r in (*said, asked)}) == 3


class TestSessions:
    @pytest.fixture
    def body(self, activity, group):
        return {
            "activity": str(activity.key), "group": str(group.key), "on": "2026-03-18", "starts_at": "14:00",
            "ends_at": "15:30", "hours": "1.50", "place": "Room 12", "topic": "Robots",
        }  # fmt: skip

    def test_planning_answers_with_the_session_and_its_address(self, api, people, body, group):
        client = api(people["client"])
        response = client.post(URL + "sessions/", body, format="json")
        assert response.status_code == 201
        made = Session.objects.get()
        assert response["Location"] == f"http://testserver{URL}sessions/{made.key}/"
        assert client.get(response["Location"]).json() == response.json()
        assert (made.school, made.project, made.created_by) == (group.school, group.project, people["client"])
        assert response.json()["hours"] == "1.50"
        assert AuditEvent.objects.filter(action="session.planned", key=str(made.key), origin="api").exists()

    @pytest.mark.parametrize(
        ("wrong", "code", "pointer"),
        [
            ({"on": "2030-01-01"}, 409, "/on"),
            ({"ends_at": "13:00"}, 409, "/ends_at"),
            ({"on": "soon"}, 422, "/on"),
            ({"starts_at": "25:00"}, 422, "/starts_at"),
            ({"hours": "many"}, 422, "/hours"),
            ({"hours": 0}, 422, "/hours"),
            ({"hours": 24.5}, 422, "/hours"),
            ({"hours": "1.555"}, 422, "/hours"),
            ({"hours": 10**30}, 422, "/hours"),
            ({"hours": True}, 422, "/hours"),
            ({"activity": None}, 422, "/activity"),
            ({"activity": 17}, 422, "/activity"),
            ({"activity": str(uuid4())}, 422, "/activity"),
            ({"group": "x\x00"}, 422, "/group"),
            ({"place": "x" * 121}, 422, "/place"),
            ({"place": "a\x00b"}, 422, "/place"),
            ({"place": ["a"]}, 422, "/place"),
            ({"state": "held"}, 422, "/state"),
        ],
    )
    def test_what_is_wrong_is_told_beside_its_field(self, wrong, code, pointer, api, people, body):
        response = api(people["client"]).post(URL + "sessions/", body | wrong, format="json")
        assert set(errors(response, code)) == {pointer}
        assert not Session.objects.exists()

    def test_a_group_that_is_busy_is_refused(self, api, people, body, session):
        busy = body | {"on": "2026-03-16", "starts_at": "15:00", "ends_at": "16:00"}
        response = api(people["client"]).post(URL + "sessions/", busy, format="json")
        assert set(errors(response, 409)) == {"/starts_at"}
        assert Session.objects.count() == 1

    def test_an_activity_of_another_project_is_refused(self, api, people, body):
        body["activity"] = str(factories.ActivityFactory(project__programme=factories.Programme.objects.first()).key)
        response = api(people["admin"]).post(URL + "sessions/", body, format="json")
        assert response.status_code == 409
        assert not Session.objects.exists()


class TestParticipants:
    @pytest.fixture
    def body(self, project, group):
        return {
            "project": project.number, "school": str(group.school.key), "group": str(group.key), "given_name": "Ани",
            "family_name": "Единствена", "born_on": "2013-05-04", "gender": "F", "entered_on": "2026-03-02",
            "labour_status": "INE", "education": 1, "sensitive": {"rural": "no", "minority": "refused"},
        }  # fmt: skip

    def test_one_more_person_counts_one_more(self, api, people, body, project):
        client = api(people["coordinator"])
        figures = f"{URL}projects/{project.number}/indicators/?from=2026-03-01&to=2026-03-31"
        before = {row["code"]: row["total"] for row in client.get(figures).json()["tables"]["indicators"]["rows"]}
        response = client.post(URL + "participants/", body, format="json")
        assert response.status_code == 201, response.content
        assert response["Location"].endswith(f"/participants/{response.json()['key']}/")
        made = Participation.objects.get()
        assert made.person.identity.family_name == "Единствена"
        assert "Единствена" not in response.content.decode()
        assert dict(made.sensitive_answers.values_list("question", "answer")) == body["sensitive"]
        told = response.json()
        assert told["complete"] is True
        assert [g["group"] for g in told["groups"]] == [body["group"]]
        assert told["stays"] == [{"entered_on": "2026-03-02", "left_on": None}]
        after = {row["code"]: row["total"] for row in client.get(figures).json()["tables"]["indicators"]["rows"]}
        assert (before["EECO01"], after["EECO01"]) == (0, 1)
        assert (before["EECO06"], after["EECO06"]) == (0, 1)
        event = AuditEvent.objects.get(action="participant.added")
        assert event.origin == "api"
        assert "Единствена" not in str(event.after)

    def test_a_record_may_lack_data_and_then_does_not_count(self, api, people, body):
        for name in ("born_on", "gender", "labour_status", "education", "sensitive", "group"):
            del body[name]
        told = api(people["client"]).post(URL + "participants/", body, format="json").json()
        assert told["complete"] is False
        assert (told["gender"], told["born_on"], told["education"]) == ("", None, None)
        assert not SensitiveAnswer.objects.exists()

    def test_somebody_alike_is_refused_with_whom_to_compare(self, api, people, body):
        client = api(people["client"])
        first = client.post(URL + "participants/", body, format="json").json()
        response = client.post(URL + "participants/", body, format="json")
        assert response.status_code == 409
        problem = response.json()
        assert problem["type"].endswith("#possible-duplicate")
        assert [d["code"] for d in problem["duplicates"]] == [first["code"]]
        assert problem["duplicates"][0]["in_project"] is True
        assert Participation.objects.count() == 1
        twin = client.post(URL + "participants/", body | {"confirmed_not_duplicate": True}, format="json")
        assert twin.status_code == 201
        assert Participation.objects.count() == 2
        same = client.post(URL + "participants/", body | {"same_as": first["code"]}, format="json")
        assert same.status_code == 409
        unknown = client.post(URL + "participants/", body | {"same_as": "P-NOBODY"}, format="json")
        assert unknown.status_code == 409
        assert Participation.objects.count() == 2

    def test_a_repeat_with_the_same_key_adds_nobody(self, api, people, body):
        client = api(people["client"])
        answers = [
            client.post(URL + "participants/", body, format="json", headers={"idempotency-key": "reg-77"})
            for _ in range(2)
        ]
        assert [a.status_code for a in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        assert Participation.objects.count() == 1

    @pytest.mark.parametrize(
        ("wrong", "code", "pointer"),
        [
            ({"project": "NO-SUCH"}, 422, "/project"),
            ({"project": 5}, 422, "/project"),
            ({"project": None}, 422, "/project"),
            ({"school": str(uuid4())}, 422, "/school"),
            ({"given_name": ""}, 422, "/given_name"),
            ({"given_name": "   "}, 422, "/given_name"),
            ({"given_name": "x" * 81}, 422, "/given_name"),
            ({"family_name": "a\x00"}, 422, "/family_name"),
            ({"gender": "X"}, 422, "/gender"),
            ({"born_on": "2013-02-30"}, 422, "/born_on"),
            ({"born_on": "1066-01-01"}, 422, "/born_on"),
            ({"born_on": "2190-01-01"}, 409, "/born_on"),
            ({"entered_on": "2024-01-01"}, 409, "/entered_on"),
            ({"education": 9}, 422, "/education"),
            ({"education": "first"}, 422, "/education"),
            ({"education": 10**40}, 422, "/education"),
            ({"labour_status": "UNKNOWN"}, 422, "/labour_status"),
            ({"sensitive": {"rural": "maybe"}}, 422, "/sensitive/rural"),
            ({"sensitive": {"shoe size": "yes"}}, 422, "/sensitive/shoe size"),
            ({"sensitive": ["rural"]}, 422, "/sensitive"),
            ({"national_number": "1234567890"}, 409, "/national_number"),
            ({"confirmed_not_duplicate": "sure"}, 422, "/confirmed_not_duplicate"),
            ({"name": "Ани"}, 422, "/name"),
        ],
    )
    def test_what_is_wrong_is_told_beside_its_field(self, wrong, code, pointer, api, people, body):
        response = api(people["client"]).post(URL + "participants/", body | wrong, format="json")
        assert pointer in errors(response, code)
        assert not Participation.objects.exists()
        assert not Identity.objects.exists()

    def test_a_body_that_is_no_school_of_the_project_is_told(self, api, people, body, project):
        body["school"] = str(project.beneficiary.key)
        del body["group"]
        response = api(people["client"]).post(URL + "participants/", body, format="json")
        assert set(errors(response)) == {"/school"}

    def test_leaving_results_and_coming_back(self, api, people, participant):
        client, address = api(people["coordinator"]), f"{URL}participants/{participant.key}/"
        told = client.patch(
            address, {"left_on": "2026-06-12", "results": {"qualification": "2026-06-12"}}, format="json"
        ).json()
        assert told["left_on"] == "2026-06-12"
        assert told["results"] == [{"kind": "qualification", "seen_on": "2026-06-12"}]
        later = client.patch(address, {"results": {"in_education": "2026-06-20"}}, format="json").json()
        assert [r["kind"] for r in later["results"]] == ["qualification", "in_education"]
        back = client.patch(address, {"came_back_on": "2026-09-15"}, format="json").json()
        assert back["left_on"] is None
        assert [s["entered_on"] for s in back["stays"]] == ["2026-01-12", "2026-09-15"]
        assert back["entered_on"] == "2026-01-12"
        assert AuditEvent.objects.filter(kind="beneficiaries.participation", origin="api").count() == 3

    @pytest.mark.parametrize(
        ("body", "code", "pointer"),
        [
            ({}, 422, ""),
            ({"left_on": None}, 422, "/left_on"),
            ({"left_on": "2026-06-12", "came_back_on": "2026-06-13"}, 422, "/came_back_on"),
            ({"left_on": "2026-06-12", "results": {"fame": "2026-06-12"}}, 422, "/results/fame"),
            ({"left_on": "2026-06-12", "results": {"employed": "x"}}, 422, "/results/employed"),
            ({"left_on": "2026-06-12", "results": {"employed": "2026-06-01"}}, 409, "/results/employed"),
            ({"left_on": "2026-06-12", "group": str(uuid4())}, 422, "/group"),
            ({"left_on": "2025-12-31"}, 409, "/left_on"),
            ({"came_back_on": "2026-06-12"}, 409, None),
            ({"results": {"employed": "2026-06-12"}}, 409, None),
            ({"gender": "M"}, 422, "/gender"),
        ],
    )
    def test_a_change_that_cannot_be_is_told(self, body, code, pointer, api, people, participant):
        response = api(people["client"]).patch(f"{URL}participants/{participant.key}/", body, format="json")
        found = errors(response, code)
        if pointer is not None:
            assert pointer in found
        participant.refresh_from_db()
        assert (participant.left_on, participant.version) == (None, 1)
        assert not participant.results.exists()


def test_a_day_that_has_not_come_takes_no_marks(api, people, activity, group, participant):
    later = factories.SessionFactory(
        project=group.project, activity=activity, school=group.school, group=group, on=TODAY.date() + timedelta(days=1)
    )
    assert mark(api(people["client"]), later, {participant: "here"}).status_code == 409
    assert not Attendance.objects.exists()
