"""The plan of work: activities, and the groups whose members come to their sessions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from activities import checks
from activities.actions.rights import require
from activities.models import Activity, Group
from core import audit
from core.access import Permission, Refused
from projects.models import Project

LAST_POSITION = 10_000  # in the plan of a project
FACTS = (
    "parent", "position", "title", "description", "starts_on", "ends_on", "responsible", "management",
)  # fmt: skip
"""What may be changed of an activity. Its number stays: contract lines and outputs name the activity by it."""


# --- groups ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_group(*, project: Project, school, name: str, by, at: datetime) -> Group:
    """Add a class or club at a school of the project. Raises Refused, by field, for a school that is not in the project
    and for a name that a group has there already."""
    project = _locked(project)
    require(by, Permission.SESSION_EDIT, project, school)
    group = Group(project=project, school=school, name=name.strip())
    if wrong := checks.foreign_school(project, school):
        raise Refused({"school": [wrong]})
    _check_name(group)
    group.save()
    after = {"organisation": str(school.key), "name": group.name}
    audit.record("group.added", group, by=by, at=at, project=project.number, after=after)
    return group


@transaction.atomic
def change_group(group: Group, *, name: str, by, at: datetime) -> Group:
    """Give a group another name; its school stays, for its members and sessions are there. As `add_group`."""
    group = locked_group(group)
    require(by, Permission.SESSION_EDIT, group.project, group.school)
    before, group.name = group.name, name.strip()
    if group.name == before:
        return group
    _check_name(group)
    group.save(update_fields=["name"])
    audit.record(
        "group.changed", group, by=by, at=at, project=group.project.number,
        before={"name": before}, after={"name": group.name},
    )  # fmt: skip
    return group


def locked_group(group: Group) -> Group:
    """The group as it is now; who would change the plan of its project too waits for the end of this transaction."""
    _locked(group.project)
    return Group.objects.select_related("project__programme", "school").get(pk=group.pk)


def _check_name(group: Group) -> None:
    if not group.name:
        raise Refused({"name": [_("Give the group a name, such as 5a.")]})
    if wrong := checks.name_taken(group):
        raise Refused({"name": [wrong]})
    _clean(group, "project", "school")


# --- activities ------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_activity(*, project: Project, number: str, by, at: datetime, **facts) -> Activity:
    """Add an activity (names of FACTS) to the plan of a project. Without a `position` it comes after the parts of its
    parent, or at the end; at one that is taken, the others move down by one.

    Raises Refused, by field, for a number that is taken, a plan without a title, a parent of another project or with
    sessions of its own, a body that has no part in the project, days outside the contract or the parent.
    """
    project = _locked(project)
    require(by, Permission.PROJECT_EDIT, project)
    facts["position"] = facts.get("position") or _next_position(project, facts.get("parent"))
    activity = Activity(project=project, number=number.strip())
    facts = _set(activity, facts)
    problems = _problems(activity, set(facts), at)
    if wrong := checks.number_taken(activity):
        problems["number"] = [wrong]
    if problems:
        raise Refused(problems)
    _make_room(activity)
    activity.save()
    after = {"number": activity.number} | _as_audited(facts)
    audit.record("activity.added", activity, by=by, at=at, project=project.number, key=str(activity.key), after=after)
    return activity


@transaction.atomic
def change_activity(activity: Activity, *, by, at: datetime, **facts) -> Activity:
    """Change facts of an activity (names of FACTS); those that are not named stay. As `add_activity`; moreover no
    session may come to lie outside its days."""
    activity = locked_activity(activity)
    require(by, Permission.PROJECT_EDIT, activity.project)
    before = {name: getattr(activity, name) for name in facts}
    new = _set(activity, facts)
    if not new:
        return activity
    if problems := _problems(activity, set(new), at):
        raise Refused(problems)
    if "position" in new:
        _make_room(activity)
    activity.save(update_fields=list(new))
    audit.record(
        "activity.changed", activity, by=by, at=at, project=activity.project.number, key=str(activity.key),
        before=_as_audited({name: before[name] for name in new}), after=_as_audited(new),
    )  # fmt: skip
    return activity


def locked_activity(activity: Activity) -> Activity:
    """The activity as it is now; who would change the plan of its project too waits for the end of this
    transaction."""
    _locked(activity.project)
    return Activity.objects.select_related("project__programme", "parent", "responsible").get(pk=activity.pk)


def _set(activity: Activity, facts: dict[str, Any]) -> dict[str, Any]:
    """Set facts on the row in memory and return those that are new. Texts of languages that are not named stay, an
    empty one takes the text in its language away."""
    new = {}
    for name, value in facts.items():
        if isinstance(value, dict):
            texts = getattr(activity, name) | {language: text.strip() for language, text in value.items()}
            value = {language: text for language, text in texts.items() if text}
        if getattr(activity, name) != value:
            new[name] = value
            setattr(activity, name, value)
    return new


def _problems(activity: Activity, new: set[str], at: datetime) -> dict[str, list[str]]:
    """Everything that stands against what is new of an activity, by field."""
    problems: dict[str, list[str]] = {}

    def note(field: str, message: str) -> None:
        if message:
            problems.setdefault(field, []).append(message)

    if not activity.title:
        note("title", _("Give the activity a title."))
    if "parent" in new:
        note("parent", checks.cannot_hold(activity.parent, activity))
    if "responsible" in new:
        note("responsible", checks.no_part_in(activity.project, activity.responsible))
    if activity.starts_on and activity.ends_on and activity.ends_on < activity.starts_on:
        note("ends_on", _("The activity cannot end before it starts."))
    else:
        today = checks.today_in(activity.project, at)
        for name in ("starts_on", "ends_on"):
            day: date | None = getattr(activity, name)
            if day is not None and name in new:
                note(name, checks.outside_contract(activity.project, day, today))
            if day is not None and activity.parent and new & {name, "parent"}:
                note(name, checks.outside_activity(activity.parent, day))
            if name in new and activity.pk:
                note(name, checks.sessions_beyond(activity, name))
    if not 1 <= activity.position <= LAST_POSITION:
        note("position", _("Give a position from 1 to %(most)s.") % {"most": LAST_POSITION})
    if problems:
        return problems
    try:
        _clean(activity, "project", "parent", "responsible", "position")
    except Refused as refused:
        return refused.message_dict
    return {}


def _next_position(project: Project, parent: Activity | None) -> int:
    """Behind the last part of the parent, or behind all."""
    last = project.activities.aggregate(last=Max("position"))["last"] or 0
    parent = project.activities.filter(pk=parent.pk).first() if parent else None
    if parent is None:
        return last + 1
    return (parent.parts.aggregate(last=Max("position"))["last"] or parent.position) + 1


def _make_room(activity: Activity) -> None:
    """Move those down that stand where the activity goes and behind it, the last one first."""
    others = Activity.objects.filter(project=activity.project).exclude(pk=activity.pk)
    if not others.filter(position=activity.position).exists():
        return
    if activity.pk:  # it gives up its own place first, which is free behind the last one
        last = activity.project.activities.aggregate(last=Max("position"))["last"]
        Activity.objects.filter(pk=activity.pk).update(position=last + 2)
    for other in others.filter(position__gte=activity.position).order_by("-position"):
        Activity.objects.filter(pk=other.pk).update(position=F("position") + 1)


# --- both ------------------------------------------------------------------------------------------------------------


def _locked(project: Project) -> Project:
    """The project; who changes its plan at the same time waits."""
    found = Project.objects.select_for_update(no_key=True, of=("self",))
    return found.select_related("programme").get(pk=project.pk)


def _clean(row: Activity | Group, *but: str) -> None:
    try:
        row.full_clean(exclude=but)
    except ValidationError as error:
        raise Refused(error) from None


def _as_audited(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as the trail keeps them: texts by language, of other rows their keys."""

    def told(value: Any) -> Any:
        if isinstance(value, dict):
            return value
        return "" if value is None else str(getattr(value, "key", value))

    return {name: told(value) for name, value in facts.items()}
