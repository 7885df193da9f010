"""A pupil goes on at another school of the project."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from activities.actions import require, require_open, today_in
from beneficiaries.models import GroupMember, Participation, SchoolMove
from core import audit
from core.access import Permission, Refused
from core.models import Organisation
from projects.models import Partner


def other_schools(participation: Participation):
    """The schools of the project a participant could move to."""
    schools = Partner.objects.filter(project=participation.project_id, role=Partner.Role.SCHOOL)
    return Organisation.objects.filter(pk__in=schools.values("organisation")).exclude(pk=participation.school_id)


@transaction.atomic
def move_school(participation: Participation, *, school: Organisation, on: date, by, at: datetime) -> SchoolMove:
    """Hand a participant over to another school of the project from the day `on`.

    The participation goes on: one person counts once. Groups of the old school end the day before, and from now on the
    new school sees and changes the record, the old one no more; marks and history stay. Raises Refused for a day in
    the future or before the entry, and while there are marks at the old school from that day on.
    """
    rows = Participation.objects.select_for_update(no_key=True, of=("self",))
    participation = rows.select_related("project__programme", "school", "person").get(pk=participation.pk)
    project, old = participation.project, participation.school
    require(by, Permission.PARTICIPANT_EDIT, project, old)
    if not other_schools(participation).filter(pk=school.pk).exists():
        raise Refused({"school": _("Choose another school of this project.")})
    if participation.left_on:
        raise Refused(_("This participant has left. Say first that they came back."))
    if not participation.entered_on < on <= today_in(project, at):
        raise Refused({"on": _("Enter a day after the entry, today at the latest.")})
    if participation.attendance.filter(session__on__gte=on).exists():
        raise Refused({"on": _("There are marks at this school on or after that day. Enter a later one.")})
    require_open(project, old, on, by=by, at=at, field="on")
    members = GroupMember.objects.filter(participation=participation)
    members.filter(from_on__gte=on).delete()
    last = on - timedelta(days=1)
    members.filter(Q(until_on=None) | Q(until_on__gt=last)).update(until_on=last)
    move = SchoolMove.objects.create(
        participation=participation, from_school=old, to_school=school, on=on, moved_at=at, moved_by=by
    )
    participation.school = school
    participation.version += 1
    participation.save(update_fields=["school", "version"])
    audit.record(
        "participant.moved", participation, by=by, at=at, project=project.number,
        before={"code": participation.person.code, "school": str(old.key)},
        after={
            "code": participation.person.code, "school": str(school.key), "on": str(on),
            "version": participation.version,
        },
    )  # fmt: skip
    return move
