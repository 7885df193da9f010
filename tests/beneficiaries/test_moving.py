"""A pupil goes on at another school: the right to see the record goes along, history stays."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from beneficiaries import actions
from beneficiaries.models import Attendance, Participation, SchoolMove
from core.access import Refused
from projects.models import Membership
from tests import factories
from tests.factories import NOON

DAY = date(2026, 3, 16)


@pytest.fixture
def there(project):
    return factories.school_of(project)


@pytest.fixture
def other(project, there):
    """The coordinator of the other school."""
    user = factories.UserFactory(name="Other")
    Membership.objects.create(user=user, role="coordinator", project=project, organisation=there)
    return user


def moved(row, there, by, on=DAY):
    return actions.move_school(row, school=there, on=on, by=by, at=NOON)


def test_the_new_school_sees_the_record_and_the_old_one_no_more(group, session, activity, there, other, people):
    row = factories.member_of(group)
    held = factories.SessionFactory(
        project=group.project, activity=activity, school=group.school, group=group, on=date(2026, 3, 10)
    )
    factories.attended(held, row)
    visible = Participation.objects.visible_to
    assert not visible(other).exists()
    moved(row, there, people["coordinator"])
    assert list(visible(other)) == [row]
    assert not visible(people["coordinator"]).exists()
    row.refresh_from_db()
    assert (row.school, row.entered_on) == (there, date(2026, 1, 12))
    assert row.group_members.get().until_on == date(2026, 3, 15)
    assert Attendance.objects.get().participation == row
    assert SchoolMove.objects.get().from_school == group.school
    assert Participation.objects.filter(project=group.project).count() == 1
    with pytest.raises(PermissionDenied):
        moved(row, group.school, people["coordinator"])


def test_a_move_that_cannot_be_is_refused(group, session, there, people):
    row, by = factories.member_of(group), people["coordinator"]
    with pytest.raises(Refused):
        moved(row, group.school, by)
    with pytest.raises(Refused):
        moved(row, factories.school_of(factories.ProjectFactory()), by)
    with pytest.raises(Refused):
        moved(row, there, by, on=date(2026, 3, 17))
    with pytest.raises(Refused):
        moved(row, there, by, on=row.entered_on)
    factories.attended(session, row)
    with pytest.raises(Refused, match="marks"):
        moved(row, there, by)
    assert not SchoolMove.objects.exists()


def test_the_old_school_keeps_its_sheet_without_the_name(sign_in, group, activity, there, other, people, client):
    row = factories.member_of(group)
    held = factories.SessionFactory(
        project=group.project, activity=activity, school=group.school, group=group, on=date(2026, 3, 10)
    )
    factories.attended(held, row)
    name, sheet = str(row.person.identity), reverse("beneficiaries:session", args=[held.key])
    old = sign_in("coordinator")
    assert name in old.get(sheet).content.decode()
    answer = old.post(reverse("beneficiaries:move", args=[row.key]), {"school": str(there.key), "on": "16.3.2026"})
    assert answer.status_code == 302
    text = old.get(sheet).content.decode()
    assert name not in text
    assert row.person.code in text
    assert old.get(reverse("beneficiaries:participant", args=[row.key])).status_code == 404
    client.force_login(other)
    assert name in client.get(reverse("beneficiaries:participant", args=[row.key])).content.decode()
