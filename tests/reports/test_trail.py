"""The trail: who reads which events, filters, words for codes, the file of it, and whether it is intact."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import audit
from core.models import AuditEvent, AuditSeal
from reports.filters import ACTIONS
from reports.views.trail import told
from tests import factories
from tests.conftest import NOON

URL = "/en/work/trail/"


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


def happened(project, action="session.changed", by=None, **more):
    return audit.record(action, project, by=by, at=NOON, project=project.number, **more)


def shown(answer):
    return [each.event.pk for each in answer.context["events"]]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("admin", 200), ("officer", 200), ("auditor", 200), ("coordinator", 403), ("finance", 403), ("client", 403),
        ("stranger", 403),
    ],
)  # fmt: skip
@pytest.mark.parametrize("page", [URL, "/en/work/trail.csv"])
def test_who_reads_the_trail(sign_in, project, who, status, page):
    answer = sign_in(who).get(page)
    assert answer.status_code == status
    if status == 403:
        assert "An administrator can give access" in text_of(answer)


def test_signing_in_comes_first_and_nothing_is_posted(client, sign_in, db):
    assert client.get(URL).status_code == 302
    assert sign_in("admin").post(URL).status_code == 405


def test_an_auditor_reads_the_own_projects_an_administrator_everything(sign_in, project, people):
    elsewhere = factories.ProjectFactory()
    mine, theirs = happened(project), happened(elsewhere)
    nobodys = audit.record("account.signed_in", people["officer"], by=people["officer"], at=NOON)

    found = shown(sign_in("auditor").get(URL))
    assert mine.pk in found
    assert theirs.pk not in found
    assert nobodys.pk not in found
    assert {mine.pk, theirs.pk, nobodys.pk} <= set(shown(sign_in("admin").get(URL)))


def test_filters_narrow_by_project_person_action_object_and_day(sign_in, project, people):
    one = happened(project, "session.changed", by=people["coordinator"])
    two = happened(project, "cost.reported", by=people["finance"])

    def found(query):
        return set(shown(sign_in("auditor").get(f"{URL}?{query}")))

    assert found(f"project={project.number}") == {one.pk, two.pk}
    assert found("project=NOTHING") == set()
    assert found("who=coord") == {one.pk}
    assert found("action=cost.reported") == {two.pk}
    assert found(f"key={project.number}") == {one.pk, two.pk}
    assert found("from=16.3.2026&to=16.03.2026") == {one.pk, two.pk}
    assert found("from=17.3.2026") == set()
    assert found("to=2026-03-15") == set()


def test_a_wrong_day_is_named_beside_its_field(sign_in, project):
    happened(project)
    answer = sign_in("auditor").get(f"{URL}?from=31.2.2026")
    assert "Check the day" in text_of(answer)
    assert len(shown(answer)) == 1
    assert sign_in("auditor").get("/en/work/trail.csv?from=31.2.2026")["Content-Type"].startswith("text/html")
    assert not AuditEvent.objects.filter(action="trail.exported").exists()


def test_before_and_after_are_told_in_words(project):
    events = [
        AuditEvent(
            action="session.cancelled", kind="activities.session", origin="api", at=NOON,
            before={"state": "planned", "topic": "same"},
            after={"state": "cancelled", "topic": "same", "on": "2026-03-16"},
        ),
        AuditEvent(
            action="attendance.marked", kind="activities.session", origin="page", at=NOON,
            before={"marks": {"T-1": ""}}, after={"marks": {"T-1": "here", "T-2": "late"}},
        ),
        AuditEvent(action="something.new", kind="x.y", origin="page", at=NOON, before={}, after={"role": "auditor"}),
    ]  # fmt: skip
    cancelled, marked, unknown = told(events)
    assert (cancelled.what, cancelled.through) == ("Session cancelled", "through the API")
    assert [(c.field, c.before, c.after) for c in cancelled.changes] == [("State", "Planned", "Cancelled")]
    assert [(c.field, c.after.replace("\u00a0", " ")) for c in cancelled.facts] == [("Day", "16 Mar 2026")]
    assert [(c.field, c.after) for c in marked.facts] == [("Mark T-1", "Here"), ("Mark T-2", "Late")]
    assert (unknown.what, unknown.facts[0].after) == ("something.new", "Auditor")


def test_a_change_shows_both_values_with_words_for_those_who_listen(sign_in, project):
    happened(project, before={"topic": "Chess"}, after={"topic": "Drawing"})
    page = text_of(sign_in("auditor").get(URL))
    assert '<del><span class="visually-hidden">before: </span>Chess</del>' in page
    assert '<ins><span class="visually-hidden">after: </span>Drawing</ins>' in page


def test_the_portal_has_words_for_every_action_it_writes(settings):
    """Every action named in the source stands in ACTIONS."""
    written = set()
    for app in ("core", "projects", "activities", "budgets", "beneficiaries", "indicators", "reports"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            source = path.read_text()
            written |= set(re.findall(r'(?:record|_record)\(\s*"([a-z_]+\.[a-z_]+)"', source))
    assert written
    assert written - set(ACTIONS) == set()


def test_the_file_holds_what_matches_and_is_written_down(sign_in, project, people):
    one = happened(project, by=people["coordinator"], before={"topic": "Chess"}, after={"topic": "=1+1"}, note="@home")
    happened(project, "cost.reported")
    audit.seal(NOON)
    answer = sign_in("auditor").get("/en/work/trail.csv?action=session.changed")
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == 1
    row = rows[0]
    assert (row["event"], row["who"], row["before"], row["note"]) == (
        str(one.pk),
        "Coordinator",
        "topic: Chess",
        "'@home",
    )
    assert row["digest"] == one.digest()
    exported = AuditEvent.objects.get(action="trail.exported")
    assert (exported.by_key, exported.after) == (people["auditor"].key, {"action": "session.changed"})
    assert answer["Cache-Control"] == "private, no-store"


def test_an_export_does_not_hold_itself(sign_in, project):
    content = b"".join(sign_in("admin").get("/en/work/trail.csv").streaming_content).decode()
    assert "trail.exported" not in content


def test_how_far_the_trail_is_intact(sign_in, project):
    happened(project)
    client = sign_in("auditor")
    assert "No event is sealed yet" in text_of(client.get(URL))
    audit.seal(NOON)
    last = AuditSeal.objects.order_by("-position").first().event
    happened(project)
    page = text_of(client.get(URL))
    assert f"Intact up to event {last.pk} of " in page
    assert "1 newer event waits for its seal." in page


def test_a_broken_chain_is_said_aloud(sign_in, project):
    for _ in range(3):
        happened(project)
    audit.seal(NOON)
    seal = AuditSeal.objects.order_by("-position").first()
    AuditSeal(
        position=seal.position + 2, event=happened(project), digest="0" * 64, chain="0" * 64, sealed_at=NOON
    ).save(force_insert=True)  # a seal that does not follow the one before it
    page = text_of(sign_in("auditor").get(URL))
    assert "The chain of seals is broken" in page
    assert "Intact" not in page


def test_queries_do_not_grow_with_events(sign_in, project):
    client = sign_in("auditor")

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(URL).status_code == 200
        return len(queries)

    happened(project)
    audit.seal(NOON)
    client.get(URL)
    one = count()
    happened(project, before={"a": 1}, after={"a": 2})
    happened(project)
    audit.seal(NOON)
    assert count() == one
    assert len(shown(client.get(f"{URL}?size=50"))) == 3
