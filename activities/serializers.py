"""What the API takes and says about activities, groups and sessions."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from activities.models import Activity, Evidence, Group, PlannedOutput, Session
from core.api.shapes import (
    Clock,
    Day,
    Input,
    Key,
    KeyOf,
    ListQuery,
    Number,
    OneOf,
    Row,
    Texts,
    Upload,
    Whole,
    Words,
)  # fmt: skip
from projects.serializers import External, ProjectNumber, externals, known_organisations


class ActivityQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))


class OutputRow(Row):
    name = Texts()
    counts = OneOf(PlannedOutput.Counts, help_text=_("Which records count towards it."))
    planned = serializers.DecimalField(max_digits=12, decimal_places=2)


class ActivityRow(Row):
    key = serializers.UUIDField()
    project = serializers.CharField(source="project__number", help_text=_("Number of the project."))
    parent = serializers.UUIDField(source="parent__key", allow_null=True, help_text=_("The activity it is part of."))
    position = serializers.IntegerField()
    number = serializers.CharField(help_text=_("Number in the contract."))
    title = Texts()
    description = Texts()
    starts_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    responsible = serializers.UUIDField(source="responsible__key", allow_null=True, help_text=_("Organisation."))
    management = serializers.BooleanField(help_text=_("Work package of project management."))
    synthetic = serializers.BooleanField(help_text=_("Sample data."))
    outputs = OutputRow(many=True, help_text=_("What it promises to deliver."))


class GroupQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    school = KeyOf(known_organisations, required=False, help_text=_("Key of a school."))


class GroupRow(Row):
    key = serializers.UUIDField()
    project = serializers.CharField(source="project__number", help_text=_("Number of the project."))
    school = serializers.UUIDField(source="school__key", help_text=_("Organisation."))
    school_name = Texts(source="school__name")
    name = serializers.CharField()
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


def visible_groups(user):
    return Group.objects.visible_to(user).select_related("project__programme", "school")


def visible_activities(user):
    return Activity.objects.visible_to(user)


class SessionQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    school = KeyOf(known_organisations, required=False, help_text=_("Key of a school."))
    group = KeyOf(visible_groups, required=False, help_text=_("Key of a group."))
    from_ = Day(required=False, help_text=_("First day."))
    to = Day(required=False, help_text=_("Last day."))
    state = OneOf(Session.State, required=False)
    external = External(required=False)


class SessionRow(Row):
    key = serializers.UUIDField()
    project = serializers.CharField(source="project__number", help_text=_("Number of the project."))
    activity = serializers.UUIDField(source="activity__key")
    activity_number = serializers.CharField(source="activity__number")
    school = serializers.UUIDField(source="school__key", help_text=_("Organisation."))
    group = serializers.UUIDField(source="group__key")
    group_name = serializers.CharField(source="group__name")
    on = serializers.DateField()
    starts_at = Clock(help_text=_("Time of the place."))
    ends_at = Clock(help_text=_("Time of the place."))
    hours = serializers.DecimalField(max_digits=5, decimal_places=2, help_text=_("Hours of 60 minutes."))
    place = serializers.CharField()
    leader = serializers.CharField()
    topic = serializers.CharField()
    state = OneOf(Session.State)
    cancelled_because = serializers.CharField()
    version = serializers.IntegerField(help_text=_("Counts the changes."))
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


class SessionDetail(SessionRow):
    external_ids = externals()


class NewSession(Input):
    """A session to plan. Project and school are those of the group."""

    activity = KeyOf(visible_activities, help_text=_("Key of the activity, of the same project as the group."))
    group = KeyOf(visible_groups, help_text=_("Key of the group; it decides project and school."))
    on = Day()
    starts_at = Clock(help_text=_("Time of the place, such as 14:00."))
    ends_at = Clock()
    hours = Number(
        max_digits=5,
        decimal_places=2,
        min_value=Decimal("0.01"),
        max_value=24,
        help_text=_("What counts as delivered: hours of 60 minutes."),
    )
    place = Words(max_length=120, required=False, allow_blank=True, default="")
    leader = Words(max_length=120, required=False, allow_blank=True, default="")
    topic = Words(max_length=300, required=False, allow_blank=True, default="", help_text=_("No names of children."))
    external = External(required=False)


class SentSession(NewSession):
    """One of many sessions: it is changed where `key` or `external` name one that is there, else planned."""

    key = Key(required=False, help_text=_("Of the session to change."))
    version = Whole(required=False, min_value=1, help_text=_("The version you read; a later change is not undone."))


class NewEvidence(Input):
    kind = OneOf(Evidence.Kind)
    file = Upload()


class EvidenceRow(Row):
    key = serializers.UUIDField(source="file__key")
    kind = OneOf(Evidence.Kind)
    name = serializers.CharField(source="file__name")
    size = serializers.IntegerField(source="file__size", help_text=_("In bytes."))
    sha256 = serializers.CharField(source="file__sha256")
    added_at = serializers.DateTimeField()


class EvidenceOfSession(serializers.Serializer):
    """What proves a session."""

    session = serializers.UUIDField()
    files = EvidenceRow(many=True)
