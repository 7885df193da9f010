"""What a report is about: a project, a call, a programme or a school; who reaches it, and which projects it covers."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.access import Permission
from core.models import Organisation
from projects.models import Call, Partner, Programme, Project, Reach, can, reach
from reports.catalogue import Subject

Thing = Project | Call | Programme | Organisation
FIELDS = {  # what it is → the column of a report that holds it
    Subject.PROJECT: "project",
    Subject.CALL: "call",
    Subject.PROGRAMME: "programme",
    Subject.SCHOOL: "organisation",
}
COLUMNS = tuple(FIELDS.values())


def what(thing: Thing) -> Subject:
    """Which of them it is."""
    if isinstance(thing, Project):
        return Subject.PROJECT
    if isinstance(thing, Call):
        return Subject.CALL
    return Subject.PROGRAMME if isinstance(thing, Programme) else Subject.SCHOOL


def code(thing: Thing) -> str:
    """What people call it by: number of a project, code of a call or programme, code or number of a school."""
    if isinstance(thing, Project):
        return thing.number
    if isinstance(thing, Organisation):
        return thing.school_code or thing.number or str(thing.key)
    return thing.code


def spelled(thing: Thing) -> str:
    """The code that tells it from all others: two programmes may have calls of one code, schools may have none."""
    if isinstance(thing, Call):
        return f"{thing.programme.code}/{thing.code}"
    return str(thing.key) if isinstance(thing, Organisation) else code(thing)


def find(rows: QuerySet, text: str) -> Thing:
    """The one of `rows` that is called so. Raises ValidationError."""
    found = [row for row in rows if text.strip() in (spelled(row), code(row))]
    if len(found) != 1:
        words = _("Nothing with the code “%(code)s” is known here. Check the code.")
        raise ValidationError(words % {"code": text[:80]}, code="unknown")
    return found[0]


def title(thing: Thing) -> tuple[dict[str, str], str]:
    """Its title by language, and its own language."""
    if isinstance(thing, Project):
        return thing.title, thing.programme.language
    if isinstance(thing, Call):
        return thing.name, thing.programme.language
    return thing.name, thing.language if isinstance(thing, Programme) else ""


def in_a_file_name(thing: Thing) -> str:
    return re.sub(r"[^\w.\-]+", "-", code(thing))


def programme(thing: Thing) -> Programme | None:
    """The programme it belongs to; of a school, that of the first project it is in."""
    if isinstance(thing, Project | Call):
        return thing.programme
    return thing if isinstance(thing, Programme) else Programme.objects.filter(projects__in=projects(thing)).first()


def projects(thing: Thing) -> QuerySet[Project]:
    """The projects whose records it covers."""
    if isinstance(thing, Project):
        return Project.objects.filter(pk=thing.pk)
    if isinstance(thing, Call):
        return Project.objects.filter(call=thing)
    if isinstance(thing, Programme):
        return Project.objects.filter(programme=thing)
    of_school = Partner.objects.filter(organisation=thing, role=Partner.Role.SCHOOL)
    return Project.objects.filter(pk__in=of_school.values("project"))


def things(subject: Subject, where: Reach) -> QuerySet:
    """The rows of this kind that are reached: projects also by those who see one project or one school of it; calls and
    programmes as a whole only; schools by their own people and by those who see a programme in which they are."""
    if subject == Subject.PROJECT:
        return Project.objects.filter(where.projects_q()).select_related("programme").prefetch_related("contracts")
    if subject == Subject.CALL:
        calls = Call.objects.select_related("programme").order_by("programme__code", "code")
        return calls if where.everywhere else calls.filter(programme__in=where.programmes)
    if subject == Subject.PROGRAMME:
        return Programme.objects.all() if where.everywhere else Programme.objects.filter(pk__in=where.programmes)
    schools = Partner.objects.filter(role=Partner.Role.SCHOOL)
    if not where.everywhere:
        own = Q(organisation__in=[school for _project, school in where.schools])
        schools = schools.filter(own | Q(project__programme__in=where.programmes))
    return Organisation.objects.filter(pk__in=schools.values("organisation")).order_by("school_code", "pk")


def may(user, permission: Permission, thing: Thing) -> bool:
    """Whether `user` has `permission` over it."""
    if isinstance(thing, Project):
        return can(user, permission, thing)
    return things(what(thing), reach(user, permission)).filter(pk=thing.pk).exists()


def reports_q(where: Reach) -> Q:
    """The reports about what is reached, as a condition on reports."""
    if where.everywhere:
        return Q()
    found = where.projects_q("project__")
    if where.programmes:
        found |= Q(call__programme__in=where.programmes) | Q(programme__in=where.programmes)
    if where.programmes or where.schools:
        found |= Q(organisation__in=things(Subject.SCHOOL, where))
    return found
