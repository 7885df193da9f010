"""What the API takes and says about activities, groups and sessions."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.fields import empty

from activities import checks
from activities.actions.plan import LAST_POSITION
from activities.models import Activity, Evidence, Group, PlannedOutput, Session
from core.api.shapes import (
    Clock,
    Day,
    Flag,
    Input,
    Key,
    KeyOf,
    ListQuery,
    Number,
    OneOf,
    Query,
    Row,
    Texts,
    TextsIn,
    Upload,
    Whole,
    Words,
)  # fmt: skip
from core.models import Organisation
from core.models.texts import ISO_639_1
from projects.serializers import External, ProjectNumber, externals, known_organisations


class Partly(Input):
    """A shape of which any part may come; what is left out stays as it is."""

    def get_fields(self):
        fields = super().get_fields()
        for field in fields.values():
            field.required, field.default = False, empty
        return fields


class ActivityQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    external = External(required=False)


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


class ActivityDetail(ActivityRow):
    external_ids = externals()


def visible_activities(user):
    return Activity.objects.visible_to(user)


class NewActivity(Input):
    """An activity of the contract to add."""

    project = ProjectNumber(help_text=_("Number of the project."))
    number = Words(max_length=20, help_text=_("The number it has in the contract, such as 1.2."))
    title = TextsIn(longest=500, known=ISO_639_1)
    description = TextsIn(longest=20_000, known=ISO_639_1, required=False)
    parent = KeyOf(
        visible_activities,
        required=False,
        allow_null=True,
        help_text=_("Key of the activity it is part of, of the same project."),
    )
    position = Whole(
        required=False,
        min_value=1,
        max_value=LAST_POSITION,
        help_text=_(
            "Place in the plan; those behind it move down. Left out of a new one: behind the parts of its parent, or "
            "at the end."
        ),
    )
    starts_on = Day(required=False, allow_null=True)
    ends_on = Day(required=False, allow_null=True)
    responsible = KeyOf(
        known_organisations,
        required=False,
        allow_null=True,
        help_text=_("Organisation: the beneficiary or a partner of the project."),
    )
    management = Flag(required=False, help_text=_("Work package of project management."))
    external = External(required=False)


class ActivityChange(Partly, NewActivity):
    """What changes of an activity. What is left out stays as it is."""

    project = number = external = None


class SentActivity(NewActivity):
    """One of many activities: it is changed where `key` or `external` name one that is there, else added."""

    key = Key(required=False, help_text=_("Of the activity to change."))


class GroupQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    school = KeyOf(known_organisations, required=False, help_text=_("Key of a school."))
    external = External(required=False)


class GroupRow(Row):
    key = serializers.UUIDField()
    project = serializers.CharField(source="project__number", help_text=_("Number of the project."))
    school = serializers.UUIDField(source="school__key", help_text=_("Organisation."))
    school_name = Texts(source="school__name")
    name = serializers.CharField()
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


class GroupDetail(GroupRow):
    external_ids = externals()


class NewGroup(Input):
    """A class or club to add."""

    project = ProjectNumber(help_text=_("Number of the project."))
    school = KeyOf(known_organisations, help_text=_("Key of a school of the project."))
    name = Words(max_length=80, help_text=_("Such as 5a. No names of children."))
    external = External(required=False)


class GroupChange(Input):
    name = Words(max_length=80, help_text=_("Such as 6a. No names of children."))


class SentGroup(NewGroup):
    """One of many groups: it is changed where `key` or `external` name one that is there, else added."""

    key = Key(required=False, help_text=_("Of the group to change."))


def visible_groups(user):
    return Group.objects.visible_to(user).select_related("project__programme", "school")


class Monday(Day):
    """The first day of a week."""

    default_error_messages = {"monday": _("Give a Monday.")}

    def to_internal_value(self, value):
        day = super().to_internal_value(value)
        if day.weekday():
            self.fail("monday")
        return day


class Days(serializers.ListField):
    default_error_messages = {
        "null": _("null is not possible here. Give a value."),
        "not_a_list": _("Give a list."),
        "empty": _("Give at least one day."),
        "max_length": _("Give at most {max_length} days."),
    }


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


class SessionChange(Partly, NewSession):
    """What changes of a session. What is left out stays as it is."""

    external = None


class CancelledSession(Input):
    because = Words(max_length=300, help_text=_("Such as “school closed because of flu”. No names of children."))


class TryQuery(Query):
    dry_run = Flag(required=False, default=False, help_text=_("Tell what would become of each day, store nothing."))


class NewSeries(NewSession):
    """The same session every week: `on` is its first day."""

    external = None
    until = Day(help_text=_("Every week until this day."))
    days = Days(
        required=False,
        child=Day(),
        allow_empty=False,
        max_length=checks.MOST_AT_ONCE,
        help_text=_("Of the days of the series only these. Left out: all that are no holidays."),
    )

    def validate(self, attrs):
        if wrong := checks.series_until(attrs["on"], attrs["until"]):
            raise serializers.ValidationError({"until": [wrong]})
        return attrs


def schools_with_groups(user):
    return Organisation.objects.filter(pk__in=Group.objects.visible_to(user).order_by().values("school"))


class CopiedWeek(Input):
    school = KeyOf(schools_with_groups, help_text=_("Key of a school."))
    project = ProjectNumber(required=False, help_text=_("Only this project; else all in which you plan sessions."))
    from_ = Monday(required=False, help_text=_("Monday of the week that is copied; left out, of the week before."))
    to = Monday(help_text=_("Monday of the week that is planned."))


class PlannedDay(serializers.Serializer):
    on = serializers.DateField()
    status = OneOf(
        [(status, status) for status in ("planned", "refused", "left")], component="PlannedDayStatus",
        help_text=_("left: a holiday, or a day that was not asked for."),
    )  # fmt: skip
    session = serializers.UUIDField(allow_null=True, help_text=_("Key of the session that was planned."))
    detail = serializers.CharField(help_text=_("Why it was not planned."))


class PlannedDays(serializers.Serializer):
    """What became of each day."""

    stored = serializers.BooleanField(help_text=_("false after a dry run, and when none was planned."))
    planned = serializers.IntegerField(help_text=_("How many sessions were planned, or would be."))
    days = PlannedDay(many=True, help_text=_("By day; a day stands here once for each session."))


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


# --- months ----------------------------------------------------------------------------------------------------------


class PeriodQuery(Query):
    to = Day(required=False, help_text=_("A day of the last of the six months; left out, today."))


class PeriodRow(serializers.Serializer):
    month = serializers.DateField(help_text=_("Its first day."))
    school = serializers.UUIDField(help_text=_("Organisation."))
    state = OneOf(
        [(state, state) for state in ("open", "closing", "locked", "opened", "never")], component="PeriodState",
        help_text=_("closing: locks within a week; opened: an exception is in force; never: the programme locks none."),
    )  # fmt: skip
    closes_on = serializers.DateField(allow_null=True, help_text=_("The last day on which it takes entries."))
    unmarked = serializers.IntegerField(help_text=_("Past sessions without marks."))


class LockExceptionRow(Row):
    month = serializers.DateField(help_text=_("Its first day."))
    school = serializers.UUIDField(source="school__key", allow_null=True, help_text=_("All who enter its sessions."))
    person = serializers.UUIDField(source="person__key", allow_null=True, help_text=_("Or one person, by key."))
    because = serializers.CharField()
    until_on = serializers.DateField(help_text=_("The last day; then the month locks by itself."))
    given_at = serializers.DateTimeField()


class AskedAgain(Input):
    """A locked month that a school asks to enter again."""

    school = KeyOf(schools_with_groups, help_text=_("Key of a school."))
    month = Day(help_text=_("Any day of the month."))
    because = Words(max_length=300, help_text=_("The officer reads it. No names of children."))


class AskedAgainRow(Row):
    month = serializers.DateField(help_text=_("Its first day."))
    school = serializers.UUIDField(source="school__key", help_text=_("Organisation."))
    because = serializers.CharField()
    asked_at = serializers.DateTimeField()


class PeriodsOfProject(serializers.Serializer):
    """Which months of a project are open."""

    project = serializers.CharField(help_text=_("Number of the project."))
    late_days = serializers.IntegerField(
        allow_null=True, help_text=_("Days after a month on which it locks; null: never.")
    )
    periods = PeriodRow(many=True)
    exceptions = LockExceptionRow(many=True, help_text=_("In force today."))
    asked = AskedAgainRow(many=True, help_text=_("What waits for an officer."))
