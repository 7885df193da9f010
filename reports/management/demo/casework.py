"""What coordinators do around single participants: records that look alike, consents, follow-up, support plans."""

from __future__ import annotations

from datetime import date, datetime

from beneficiaries.actions import name_keys
from beneficiaries.models import Identity, Participation
from projects.models import Project
from reports.management.demo.facts import COMMUNITY, TOGETHER

TWINS = {  # the name of a member of the first group, as somebody wrote it once more for another child of the school
    TOGETHER: ("Калина", "Синигерова", "Kalina", "Sinigerova"),
    COMMUNITY: ("Jūlija", "Rasiņa", "Юлия", "Расиня"),
}


def add(project: Project, today: date, at: datetime) -> None:
    """The cases of one project of the demo, after it was filled."""
    if project.number in TWINS:
        _twins(project)


def _twins(project: Project) -> None:
    """Two records of one school with one name in two scripts and one date of birth: a pair for the queue."""
    given, family, other_given, other_family = TWINS[project.number]
    people = Participation.objects.filter(project=project, person__gender="F", person__born_on__isnull=False)
    girls = list(people.select_related("person").order_by("school_id", "pk"))
    one = girls[0]
    other = next(row for row in girls[1:] if row.school_id == one.school_id and row.labour_status == one.labour_status)
    for row, name in ((one, (given, family)), (other, (other_given, other_family))):
        identity = Identity.objects.filter(person=row.person)
        identity.update(given_name=name[0], family_name=name[1], **name_keys(*name))
    other.person.born_on = one.person.born_on
    other.person.save(update_fields=["born_on"])
