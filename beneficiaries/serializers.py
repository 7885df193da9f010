"""What the API takes and says about participants and attendance. Names come in, and never go out."""

from __future__ import annotations

import base64

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from activities.models import Group
from activities.serializers import visible_groups
from beneficiaries.actions.imports import BY_SCHOOLS, Mode
from beneficiaries.models import (
    Attendance,
    Consent,
    Counting,
    FollowUp,
    Import,
    Participation,
    Person,
    Result,
    SensitiveAnswer,
)
from core.access import Permission
from core.api.shapes import Day, Flag, Input, Key, KeyOf, ListQuery, OneOf, ProblemDocument, Row, Upload, Whole, Words
from projects.models import Partner
from projects.serializers import External, KeyOrExternal, KnownProblem, ProjectNumber, externals, known_organisations

# --- participants ----------------------------------------------------------------------------------------------------


class ParticipantQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    school = KeyOf(known_organisations, required=False, help_text=_("Key of a school."))
    group = KeyOf(visible_groups, required=False, help_text=_("Who is or was a member of this group."))
    code = Words(required=False, max_length=20, help_text=_("Participant code."))
    complete = Flag(required=False, help_text=_("Whether the record is complete, so that it counts."))
    entered_from = Day(required=False, help_text=_("First day of entry."))
    entered_to = Day(required=False, help_text=_("Last day of entry."))
    external = External(required=False)


class ParticipantRow(Row):
    """One person in one project: what is counted, under a code."""

    key = serializers.UUIDField(help_text=_("Key of the participation."))
    code = serializers.CharField(source="person__code", help_text=_("Participant code."))
    project = serializers.CharField(source="project__number", help_text=_("Number of the project."))
    school = serializers.UUIDField(source="school__key", help_text=_("Organisation."))
    gender = OneOf(Person.Gender, source="person__gender", allow_blank=True)
    born_on = serializers.DateField(source="person__born_on", allow_null=True)
    entered_on = serializers.DateField()
    left_on = serializers.DateField(allow_null=True)
    labour_status = OneOf(Participation.LabourStatus, allow_blank=True)
    education = serializers.IntegerField(allow_null=True, help_text=_("Highest completed, ISCED level 0 to 8."))
    complete = serializers.BooleanField(source="counts", help_text=_("A record that is not complete is not counted."))
    counting = OneOf(Counting, help_text=_("Whether the record counts in the indicators, and if not, in what."))
    version = serializers.IntegerField(help_text=_("Counts the changes."))
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


class StayRow(Row):
    entered_on = serializers.DateField()
    left_on = serializers.DateField(allow_null=True)


class ResultRow(Row):
    kind = OneOf(Result.Kind)
    seen_on = serializers.DateField()


class MembershipRow(Row):
    group = serializers.UUIDField(source="group__key")
    name = serializers.CharField(source="group__name")
    from_on = serializers.DateField()
    until_on = serializers.DateField(allow_null=True)


class MoveRow(Row):
    from_school = serializers.UUIDField(source="from_school__key")
    to_school = serializers.UUIDField(source="to_school__key")
    on = serializers.DateField(help_text=_("First day at the new school."))


class ParticipantDetail(ParticipantRow):
    stays = StayRow(many=True, help_text=_("Each uninterrupted time in the project."))
    results = ResultRow(many=True, help_text=_("What became of the participant after leaving."))
    groups = MembershipRow(many=True)
    moves = MoveRow(many=True, help_text=_("From school to school within the project."))
    external_ids = externals()


class SensitiveAnswers(Input):
    """ESF+ Annex I, point 1.2. What is left out was not recorded; “refused” proves that it was asked."""

    def get_fields(self):
        return {
            question: OneOf(SensitiveAnswer.Answer, required=False, help_text=label)
            for question, label in SensitiveAnswer.Question.choices
        }


def groups_to_join(user):
    """Groups of schools whose participants the person may change, whether or not they see sessions."""
    return Group.objects.visible_to(user, Permission.PARTICIPANT_EDIT).select_related("project__programme", "school")


class NewParticipant(Input):
    project = ProjectNumber(help_text=_("Number of the project."))
    school = KeyOf(known_organisations, help_text=_("A school of the project."))
    group = KeyOf(groups_to_join, required=False, help_text=_("A group of this school to join from the first day."))
    given_name = Words(max_length=80)
    family_name = Words(max_length=80)
    born_on = Day(required=False, allow_null=True, default=None)
    gender = OneOf(Person.Gender, required=False, allow_blank=True, default="")
    entered_on = Day()
    labour_status = OneOf(
        Participation.LabourStatus, required=False, allow_blank=True, default="", help_text=_("On the day of entry.")
    )
    education = Whole(
        required=False,
        allow_null=True,
        default=None,
        min_value=0,
        max_value=8,
        help_text=_("Highest completed education on the day of entry, ISCED level."),
    )
    national_number = Words(
        max_length=20,
        required=False,
        allow_blank=True,
        default="",
        help_text=_("Checked, and kept as a hash only, to find a person again."),
    )
    sensitive = SensitiveAnswers(required=False)
    external = External(required=False)
    confirmed_not_duplicate = Flag(
        required=False, default=False, help_text=_("The people named in the refusal were compared and are others.")
    )
    same_as = Words(
        max_length=20,
        required=False,
        allow_blank=True,
        default="",
        help_text=_("Code of the person, named in the refusal, who this is."),
    )

    def validate(self, told):
        schools = Partner.objects.filter(project=told["project"], role=Partner.Role.SCHOOL)
        if not schools.filter(organisation=told["school"]).exists():
            raise serializers.ValidationError({"school": [_("This is not a school of the project.")]})
        return told


class SentParticipant(NewParticipant):
    """One of many participants: who is known, by external id or beyond doubt, is completed, else added."""

    project = Words(max_length=60, help_text=_("Number of the project."))
    school = Key(help_text=_("A school of the project."))
    group = Key(required=False, help_text=_("A group of this school to join from the first day."))
    left_on = Day(required=False, help_text=_("Last day in the project."))
    because = Words(
        max_length=500, required=False, allow_blank=True, default="",
        help_text=_("Why data of the day of entry of somebody with a known external id change."),
    )  # fmt: skip

    def validate(self, told):
        return told


class Results(Input):
    """What became of a participant: the day each was seen."""

    def get_fields(self):
        return {kind: Day(required=False, help_text=label) for kind, label in Result.Kind.choices}


class ParticipantChange(Input):
    """Either `left_on` (with results, if they are known) or `results` alone, later, or `came_back_on`."""

    left_on = Day(required=False, help_text=_("Last day in the project."))
    results = Results(required=False)
    came_back_on = Day(required=False, help_text=_("First day of a further stay."))
    group = KeyOf(groups_to_join, required=False, help_text=_("The group to join on coming back."))

    def validate(self, told):
        if "came_back_on" in told and {"left_on", "results"} & set(told):
            raise serializers.ValidationError({"came_back_on": [_("Say that they left, or that they came back.")]})
        if not {"left_on", "results", "came_back_on"} & set(told):
            raise serializers.ValidationError(_("Say what happened: left_on, results or came_back_on."))
        if "group" in told and "came_back_on" not in told:
            raise serializers.ValidationError({"group": [_("A group goes with came_back_on only.")]})
        return told


class ParticipantCorrection(Input):
    """What was wrong or missing, and nothing else."""

    given_name = Words(required=False, max_length=80)
    family_name = Words(required=False, max_length=80)
    born_on = Day(required=False, allow_null=True)
    gender = OneOf(Person.Gender, required=False, allow_blank=True)
    entered_on = Day(required=False)
    labour_status = OneOf(
        Participation.LabourStatus, required=False, allow_blank=True, help_text=_("On the day of entry.")
    )
    education = Whole(
        required=False, allow_null=True, min_value=0, max_value=8,
        help_text=_("Highest completed education on the day of entry, ISCED level."),
    )  # fmt: skip
    national_number = Words(
        required=False, max_length=20, help_text=_("Checked, and kept as a hash only, to find a person again.")
    )
    because = Words(
        required=False, allow_blank=True, max_length=500,
        help_text=_("Why known data of the day of entry are corrected. It goes into the audit trail: write no name."),
    )  # fmt: skip

    def validate(self, told):
        if not set(told) - {"because"}:
            raise serializers.ValidationError(_("Say what is to be corrected."))
        return told


class SchoolChange(Input):
    school = KeyOf(known_organisations, help_text=_("Another school of the project."))
    on = Day(help_text=_("First day at the new school."))


class MovedRow(MoveRow):
    """A participant who goes on at another school; who moved them may not see them any more."""

    participation = serializers.UUIDField(source="participation__key")
    code = serializers.CharField(source="participation__person__code", help_text=_("Participant code."))


class Joining(Input):
    group = KeyOf(groups_to_join, help_text=_("A group of the school."))
    from_on = Day(help_text=_("First day as a member."))


class GroupLeaving(Input):
    until_on = Day(help_text=_("Last day as a member."))


class DuplicateRow(serializers.Serializer):
    code = serializers.CharField()
    score = serializers.IntegerField(help_text=_("How alike, of 100."))
    reasons = serializers.ListField(child=serializers.CharField())
    in_project = serializers.BooleanField()


class DuplicateProblem(KnownProblem):
    duplicates = DuplicateRow(many=True, required=False)


# --- consent ---------------------------------------------------------------------------------------------------------


class ConsentRow(Row):
    """What was told or agreed to, when, and to which version; never who signed."""

    key = serializers.UUIDField()
    kind = OneOf(Consent.Kind)
    notice = serializers.CharField(source="notice__version", help_text=_("Version of the privacy notice."))
    given_on = serializers.DateField()
    withdrawn_on = serializers.DateField(allow_null=True)
    signed_form = serializers.BooleanField(source="signed", help_text=_("Whether a signed form is kept."))


class NoticeRow(Row):
    version = serializers.CharField(help_text=_("Version of the privacy notice."))
    from_on = serializers.DateField(help_text=_("In use from this day."))


class ConsentsOfParticipant(serializers.Serializer):
    participation = serializers.UUIDField()
    consents = ConsentRow(many=True)
    notices = NoticeRow(many=True, help_text=_("What may be named as the version, the newest first."))


class NewConsent(Input):
    kind = OneOf(Consent.Kind)
    notice = Words(max_length=20, help_text=_("Version of the privacy notice."))
    given_on = Day()
    file = Upload(required=False, help_text=_("The signed form."))


class ConsentEnd(Input):
    withdrawn_on = Day()


# --- six months later ------------------------------------------------------------------------------------------------


class FollowUpQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    school = KeyOf(known_organisations, required=False, help_text=_("Key of a school."))
    due_from = Day(required=False, help_text=_("First day on which one becomes due."))
    due_to = Day(required=False, help_text=_("Last day on which one becomes due: today, for all who may be asked."))
    answered = Flag(required=False)


class FollowUpRow(Row):
    """One exit and what became of the participant six months later."""

    key = serializers.UUIDField()
    participation = serializers.UUIDField(source="participation__key")
    code = serializers.CharField(source="participation__person__code", help_text=_("Participant code."))
    project = serializers.CharField(source="participation__project__number", help_text=_("Number of the project."))
    school = serializers.UUIDField(source="participation__school__key", help_text=_("Organisation."))
    left_on = serializers.DateField()
    due_from = serializers.DateField(help_text=_("First day on which the participant may be asked."))
    due_until = serializers.DateField()
    answered_on = serializers.DateField(allow_null=True)
    situation = OneOf(FollowUp.Situation, allow_blank=True)
    better = serializers.BooleanField(
        allow_null=True, help_text=_("Whether the work is better than on the day of entry.")
    )


class FollowUpAnswer(Input):
    situation = OneOf(FollowUp.Situation)
    better = Flag(
        required=False, allow_null=True, default=None,
        help_text=_("Whether the work is better than on the day of entry; null where it was not asked."),
    )  # fmt: skip


class FollowUpLink(serializers.Serializer):
    key = serializers.UUIDField()
    until = serializers.DateTimeField(help_text=_("It works until then, and for one answer."))
    secret = serializers.URLField(
        allow_null=True, help_text=_("Address of the participant's own page. A repeat of the request gets null.")
    )


# --- attendance ------------------------------------------------------------------------------------------------------


class MarkRow(Row):
    participation = serializers.UUIDField()
    code = serializers.CharField(help_text=_("Participant code."))
    mark = OneOf(Attendance.Mark, allow_blank=True)


class Sheet(serializers.Serializer):
    """The class sheet of a session: the members of its group on that day, and whoever has a mark."""

    session = serializers.UUIDField()
    state = serializers.CharField()
    on = serializers.DateField()
    marks = MarkRow(many=True)


class MarkedRow(Row):
    participation = serializers.UUIDField(source="participation__key")
    mark = OneOf(Attendance.Mark)


class SheetRow(Row):
    """The marks that a session has."""

    session = serializers.UUIDField(source="key")
    state = serializers.CharField()
    on = serializers.DateField()
    marks = MarkedRow(many=True)


class Mark(Input):
    participation = Key(help_text=_("Key of the participation."))
    mark = OneOf(Attendance.Mark, allow_blank=True, help_text=_("An empty text takes the mark away."))
    seen = OneOf(
        Attendance.Mark,
        required=False,
        allow_blank=True,
        help_text=_("The mark as you know it; another one by now is a conflict."),
    )


class Marks(Input):
    marks = Mark(  # type: ignore[call-arg]
        many=True,
        allow_empty=False,
        max_length=1000,
        error_messages={
            "not_a_list": _("Give a list."),
            "empty": _("Give at least one mark."),
            "max_length": _("Give at most {max_length} marks at once."),
        },
    )

    def validate_marks(self, marks):
        seen: set = set()
        errors: list[dict] = [{} for _mark in marks]
        for i, mark in enumerate(marks):
            if mark["participation"] in seen:
                errors[i] = {"participation": [_("This participant is in the list twice.")]}
            seen.add(mark["participation"])
        if any(errors):
            raise serializers.ValidationError(errors)
        return marks


class SentMark(Input):
    """One of many marks, of any sessions."""

    session = KeyOrExternal(help_text=_("Key of the session, or its external id: timetable:4711."))
    participation = KeyOrExternal(help_text=_("Key of the participation, or its external id: register:17."))
    mark = OneOf(Attendance.Mark, allow_blank=True, help_text=_("An empty text takes the mark away."))
    seen = OneOf(
        Attendance.Mark,
        required=False,
        allow_blank=True,
        help_text=_("The mark as you know it; another one by now is a conflict."),
    )


class SheetSummary(serializers.Serializer):
    saved_at = serializers.DateTimeField()
    here = serializers.IntegerField()
    absent = serializers.IntegerField()
    excused = serializers.IntegerField()
    late = serializers.IntegerField()
    unmarked = serializers.IntegerField()


class ConflictRow(serializers.Serializer):
    participation = serializers.UUIDField()
    code = serializers.CharField()
    yours = serializers.CharField()
    theirs = serializers.CharField()
    who = serializers.CharField()


class ConflictProblem(ProblemDocument):
    conflicts = ConflictRow(many=True, required=False)


# --- imports ---------------------------------------------------------------------------------------------------------


class NewImport(Input):
    """A spreadsheet; its rows end in four heaps."""

    kind = OneOf([(kind.value, kind.label) for kind in Import.Kind if kind.value in BY_SCHOOLS])
    project = ProjectNumber(help_text=_("Number of the project, for rows that name none."))
    school = KeyOf(known_organisations, required=False, help_text=_("School of the rows that name none."))
    name = Words(max_length=150, help_text=_("Name of the file."))
    content = Words(help_text=_("The file (XLSX, ODS, CSV, XLS or HTML) in base64."))
    dry_run = Flag(required=False, default=False, help_text=_("Check everything and change nothing."))
    mode = OneOf(
        Mode.choices, required=False,
        help_text=_("What becomes of rows that are known: left, updated, or, for attendance, replaced."),
    )  # fmt: skip

    def validate_content(self, content):
        try:
            return base64.b64decode(content, validate=True)
        except ValueError:
            raise serializers.ValidationError(_("Give the file in base64.")) from None


class NewClaimCosts(Input):
    """A spreadsheet whose rows are costs of one claim; all of them go in, or none."""

    name = Words(max_length=150, help_text=_("Name of the file."))
    content = Words(help_text=_("The file (XLSX, ODS, CSV, XLS or HTML) in base64."))
    dry_run = Flag(required=False, default=False, help_text=_("Check everything and change nothing."))

    validate_content = NewImport.validate_content


class HeapCounts(serializers.Serializer):
    rows = serializers.IntegerField(help_text=_("All rows: the four heaps together."))
    new = serializers.IntegerField(help_text=_("New or with something new."))
    same = serializers.IntegerField(help_text=_("There already."))
    doubtful = serializers.IntegerField(help_text=_("A person has to decide."))
    wrong = serializers.IntegerField(help_text=_("To be corrected first."))


class ImportProblem(serializers.Serializer):
    sheet = serializers.CharField()
    row = serializers.IntegerField(help_text=_("As counted in the file."))
    column = serializers.CharField(help_text=_("Heading in the file."))
    field = serializers.CharField(help_text=_("Our name of the column."))
    value = serializers.CharField()
    rule = serializers.CharField()
    fix = serializers.CharField(help_text=_("How to fix it."))
    grade = serializers.CharField(help_text="error, doubt, warning, accepted")
    heap = serializers.CharField()


class ImportAnswer(serializers.Serializer):
    """What an import came to."""

    key = serializers.CharField(help_text=_("Empty after a dry run."))
    counts = HeapCounts()
    problems = ImportProblem(many=True)
