"""What every kind of import asks: where a row belongs, who may do it, and how a problem is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from activities.actions import Locks, locks_of, today_in
from activities.models import Group
from beneficiaries.columns import columns
from beneficiaries.models import Import
from core.access import Permission
from core.imports import Cells, finding, fold
from core.models import Organisation
from projects.models import Partner, Project, can

PERMISSIONS = {
    Import.Kind.PARTICIPANTS: Permission.PARTICIPANT_EDIT,
    Import.Kind.SESSIONS: Permission.SESSION_EDIT,
    Import.Kind.ATTENDANCE: Permission.SESSION_EDIT,
    Import.Kind.STAFF: Permission.MEMBERS_EDIT,
    Import.Kind.PROJECTS: Permission.PROJECT_EDIT,
    Import.Kind.COSTS: Permission.CLAIM_EDIT,
}


@dataclass
class Place:
    """Where a row belongs; `findings` says why it belongs nowhere."""

    project: Project | None = None
    school: Organisation | None = None
    group: Group | None = None
    findings: list[dict[str, str]] = field(default_factory=list)


class Ground(Cells):
    """The projects, schools and groups that the rows of one import may speak of, each looked up once."""

    def __init__(self, source: Import, *, by, at: datetime):
        super().__init__(columns(source.kind), source.choice.get("decimal", ""))
        self.source, self.by, self.at = source, by, at
        self.permission = PERMISSIONS[Import.Kind(source.kind)]
        self._places: dict[tuple[str, str, str], Place] = {}
        self._projects: dict[str, Project | None] = {}
        self._schools: dict[int, dict[str, Organisation]] = {}
        self._groups: dict[tuple[int, int], dict[str, Group]] = {}
        self._pairs: dict[tuple[int, int], tuple[Project, Organisation]] = {}
        self._today: dict[int, date] = {}
        self._locks: dict[int, Locks] = {}
        self._locked: dict[tuple[int, int, date], str] = {}
        self._may: dict[tuple[int, int | None], bool] = {}

    def today(self, project: Project) -> date:
        if project.pk not in self._today:
            self._today[project.pk] = today_in(project, self.at)
        return self._today[project.pk]

    def locked(self, project: Project, school: Organisation, day: date | None) -> str:
        """Why a day may no longer be entered; "" when it may."""
        if day is None:
            return ""
        asked = (project.pk, school.pk, day)
        if asked not in self._locked:
            if project.pk not in self._locks:
                self._locks[project.pk] = locks_of(project, by=self.by, at=self.at)
            self._locked[asked] = self._locks[project.pk].why(school.pk, day)
        return self._locked[asked]

    def place(self, values: Mapping[str, Any]) -> Place:
        """Project, school and group of a row: those it names, else those of the import."""
        key = (values.get("project", ""), values.get("school", ""), values.get("group", ""))
        if key not in self._places:
            self._places[key] = self._place(*key)
        return self._places[key]

    def places(self) -> list[Place]:
        """Every place that came up so far."""
        return list(self._places.values())

    def place_of(self, project: int, school: int) -> tuple[Project, Organisation]:
        """A project and a school that came up before."""
        if (project, school) not in self._pairs:
            found = ((p.project, p.school) for p in self._places.values() if p.project and p.school)
            self._pairs |= {(p.pk, s.pk): (p, s) for p, s in found}
        return self._pairs[project, school]

    def _place(self, number: str, said: str, group: str) -> Place:
        place = Place(project=self._project(number))
        if place.project is None:
            message = _("There is no project %(number)s in which you may do this. Check the number.")
            place.findings.append(finding("project", number, message % {"number": number or "—"}))
            return place
        place.school, wrong = self._school(place.project, said)
        if place.school is None:
            place.findings.append(finding("school", said, wrong))
        elif not self.may(place.project, place.school):
            words = {"school": said or place.school, "project": place.project.number}
            wrong = _("You may not do this at %(school)s in project %(project)s. Leave these rows to its coordinator.")
            place.findings.append(finding("school", said, wrong % words))
            place.school = None
        if group and place.school:
            known = self._groups_of(place.project, place.school)
            place.group = known.get(fold(group))
            if place.group is None:
                names = list(dict.fromkeys(g.name for g in known.values()))
                words = {"group": group, "known": ", ".join(names[:10]) or "—"}
                wrong = _("There is no group “%(group)s” at this school. Use one of: %(known)s.")
                place.findings.append(finding("group", group, wrong % words))
        return place

    def may(self, project: Project, school: Organisation | None) -> bool:
        asked = (project.pk, school.pk if school else None)
        if asked not in self._may:
            self._may[asked] = self.by is None or can(self.by, self.permission, project, school)
        return self._may[asked]

    def _project(self, number: str) -> Project | None:
        if not number:
            number = self.source.project.number if self.source.project else ""
        if number not in self._projects:
            visible = Project.objects.all() if self.by is None else Project.objects.visible_to(self.by, self.permission)
            found = visible.filter(number__iexact=number).select_related("programme").prefetch_related("contracts")
            self._projects[number] = found.first()
        return self._projects[number]

    def _school(self, project: Project, said: str) -> tuple[Organisation | None, str]:
        schools = self._schools_of(project)
        if said:
            if school := schools.get(fold(said)):
                return school, ""
            return None, _("“%(school)s” is no school of this project. Use its name or its official number.") % {
                "school": said
            }
        own = {school.pk: school for school in schools.values()}
        if self.source.school_id in own:
            return own[self.source.school_id], ""
        allowed = [school for school in own.values() if self.may(project, school)] or list(own.values())
        if len(allowed) == 1:
            return allowed[0], ""
        return None, _("The project has several schools. Say in a column “School” which one it is.")

    def _schools_of(self, project: Project) -> dict[str, Organisation]:
        """The schools of a project by every name and number; a project without schools has its beneficiary."""
        if project.pk not in self._schools:
            partners = Partner.objects.filter(project=project, role=Partner.Role.SCHOOL).select_related("organisation")
            schools = [partner.organisation for partner in partners]
            if not schools and project.beneficiary:
                schools = [project.beneficiary]
            names: dict[str, Organisation] = {}
            for school in schools:
                for name in (*school.name.values(), school.number, str(school.key)):
                    if name:
                        names.setdefault(fold(name), school)
            self._schools[project.pk] = names
        return self._schools[project.pk]

    def _groups_of(self, project: Project, school: Organisation) -> dict[str, Group]:
        key = (project.pk, school.pk)
        if key not in self._groups:
            groups = list(Group.objects.filter(project=project, school=school).select_related("project", "school"))
            self._groups[key] = {fold(g.name): g for g in groups} | {fold(str(g.key)): g for g in groups}
        return self._groups[key]
