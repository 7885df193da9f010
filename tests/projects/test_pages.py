"""Pages that change a project and its members: who opens them, what stands beside a wrong field, what is kept."""

from __future__ import annotations

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import AuditEvent, User
from projects.models import Membership, Project
from tests import factories


def text_of(answer) -> str:
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


@pytest.fixture
def sign_in(client, people):
    def as_person(who):
        client.force_login(people[who])
        return client

    return as_person


@pytest.fixture
def texts_url(project):
    return f"/en/work/projects/{project.number}/texts/"


def texts(project, **new):
    filled = {"seen_at": project.updated_at.isoformat()}
    filled |= {f"title_{language}": text for language, text in project.title.items()}
    return filled | new


@pytest.mark.parametrize(
    ("who", "status"),
    [("admin", 200), ("officer", 200), ("coordinator", 403), ("finance", 403), ("auditor", 403), ("stranger", 404)],
)
def test_who_opens_the_texts(sign_in, texts_url, who, status):
    answer = sign_in(who).get(texts_url)
    assert answer.status_code == status
    if status == 403:
        assert "An administrator can give you access" in text_of(answer)


def test_texts_are_saved_by_language(sign_in, project, texts_url):
    answer = sign_in("officer").post(texts_url, texts(project, title_lv="Projekts", summary_bg="За всички."))
    assert answer.status_code == 302
    project.refresh_from_db()
    assert project.title["lv"] == "Projekts"
    assert project.summary == {"bg": "За всички."}
    assert "The texts are saved." in [str(m) for m in get_messages(answer.wsgi_request)]


def test_an_empty_title_is_named_beside_its_field_and_the_rest_is_kept(sign_in, project, texts_url):
    before = project.title
    answer = sign_in("officer").post(texts_url, texts(project, title_bg="", summary_en="Typed with care"))
    page = text_of(answer)
    assert answer.status_code == 422
    assert "There is a problem" in page
    assert 'href="#id_title_bg"' in page
    assert "Typed with care" in page
    project.refresh_from_db()
    assert project.title == before


def test_a_stale_form_shows_both_texts_and_can_then_be_saved(sign_in, project, texts_url):
    stale = texts(project, title_en="Mine")
    Project.objects.filter(pk=project.pk).update(title=project.title | {"en": "Theirs"}, updated_at="2026-03-17T10:00Z")
    client = sign_in("officer")

    answer = client.post(texts_url, stale)
    page = text_of(answer)
    assert answer.status_code == 409
    assert "Someone changed this while you were working" in page
    assert "Theirs" in page
    assert 'value="Mine"' in page
    project.refresh_from_db()
    assert project.title["en"] == "Theirs"

    again = stale | {"seen_at": answer.context["form"]["seen_at"].value()}
    assert client.post(texts_url, again).status_code == 302
    project.refresh_from_db()
    assert project.title["en"] == "Mine"


def test_a_form_without_its_moment_asks_to_open_the_page_again(sign_in, project, texts_url):
    answer = sign_in("officer").post(texts_url, texts(project, seen_at="yesterday", title_en="Mine"))
    assert answer.status_code == 422
    assert "Open this page again" in text_of(answer)


# --- members ---------------------------------------------------------------------------------------------------------

MEMBERS = "/en/work/members/"


@pytest.mark.parametrize("who", ["officer", "coordinator", "finance", "auditor", "client", "stranger"])
def test_members_are_for_administrators(sign_in, who):
    answer = sign_in(who).get(MEMBERS)
    assert answer.status_code == 403
    assert "Only an administrator of the portal" in text_of(answer)


def test_an_administrator_gives_and_takes_away_a_role(sign_in, project, school):
    client = sign_in("admin")
    filled = {
        "email": "vera@example.org",
        "name": "Vera",
        "role": "coordinator",
        "project": project.pk,
        "organisation": school.pk,
    }
    assert client.post(MEMBERS, filled).status_code == 302
    member = Membership.objects.get(user__email="vera@example.org")
    assert "Vera" in text_of(client.get(MEMBERS))

    url = f"{MEMBERS}{member.pk}/remove/"
    assert "What they did stays in the trail" in text_of(client.get(url))
    assert client.post(url).status_code == 302
    assert not Membership.objects.filter(pk=member.pk).exists()
    assert User.objects.filter(email="vera@example.org").exists()


def test_a_role_without_its_place_keeps_what_was_typed(sign_in, people):
    answer = sign_in("admin").post(MEMBERS, {"email": "vera@example.org", "name": "Vera", "role": "officer"})
    page = text_of(answer)
    assert answer.status_code == 422
    assert "An officer works for a programme: choose it." in page
    assert 'value="vera@example.org"' in page
    assert not User.objects.filter(email="vera@example.org").exists()


def test_a_day_that_does_not_exist_is_explained(sign_in, project, school):
    filled = {
        "email": "vera@example.org", "name": "Vera", "role": "coordinator", "project": project.pk,
        "organisation": school.pk, "until_on": "31.2.2027",
    }  # fmt: skip
    answer = sign_in("admin").post(MEMBERS, filled)
    assert answer.status_code == 422
    assert "February 2027 has the days 1 to 28" in text_of(answer)


def test_the_last_administrator_cannot_be_removed(sign_in, people):
    member = Membership.objects.get(user=people["admin"])
    answer = sign_in("admin").post(f"{MEMBERS}{member.pk}/remove/")
    assert answer.status_code == 409
    assert "last administrator" in text_of(answer)
    assert Membership.objects.filter(pk=member.pk).exists()
    assert not AuditEvent.objects.filter(action="member.removed").exists()


def test_the_list_takes_the_same_queries_for_one_row_and_for_many(sign_in, project, school):
    client = sign_in("admin")
    client.get(MEMBERS)
    with CaptureQueriesContext(connection) as few:
        client.get(MEMBERS)
    for n in range(3):
        Membership.objects.create(
            user=factories.UserFactory(email=f"m{n}@example.org"),
            role="coordinator",
            project=project,
            organisation=school,
        )
    with CaptureQueriesContext(connection) as many:
        client.get(MEMBERS)
    assert len(many) == len(few)


def test_a_page_that_reads_asks_once_for_rights_and_the_next_one_anew(sign_in, people, project):
    page = f"/en/work/projects/{project.number}/"
    with CaptureQueriesContext(connection) as queries:
        assert sign_in("coordinator").get(page).status_code == 200
    of_rights = 'SELECT "projects_membership"."role" AS "role", "projects_membership"."programme_id"'
    assert sum(query["sql"].startswith(of_rights) for query in queries) == 1

    Membership.objects.filter(user=people["coordinator"]).delete()
    assert sign_in("coordinator").get(page).status_code == 404
