"""What the API takes and says about programmes, projects and organisations."""

from __future__ import annotations

import re
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.fields import empty

from core.access import Permission
from core.api.shapes import (
    Day,
    Input,
    KeyOf,
    ListQuery,
    OneOf,
    ProblemDocument,
    Row,
    Texts,
    TextsIn,
    Whole,
    Words,
)
from core.models import Organisation
from core.models.texts import ISO_639_1
from core.money import EUR
from projects.models import ContractVersion, Currency, Partner, PlannedFigure, Programme, Project, TypeOfAction


class ProjectNumber(Words):
    """A project number in, the project out; one the person may not see is as unknown as one that is not there."""

    default_error_messages = {"unknown": _("There is no project “{number}”. Check the number.")}

    def __init__(self, **kwargs):
        super().__init__(max_length=60, **kwargs)

    def run_validation(self, data=empty):
        number = super().run_validation(data)
        known = self.context.get("known", {})  # of many rows those of the rows before
        if (project := known.get((ProjectNumber, number))) is None:
            visible = Project.objects.visible_to(self.context["request"].user)
            project = known[ProjectNumber, number] = visible.select_related("programme").filter(number=number).first()
        if project is None:
            self.fail("unknown", number=number)
        return project


class External(Words):
    """What a source system calls a row: register:17. In: (system, id)."""

    SHAPE = re.compile(r"([a-z0-9][a-z0-9._-]{0,39}):([^\x00-\x1f]{1,120})")
    default_error_messages = {
        "shape": _("Give the name of the source system and its id for the row, such as register:17."),
    }

    def __init__(self, **kwargs):
        kwargs.setdefault("help_text", _("What a source system calls it: its name, a colon and its id: register:17."))
        super().__init__(max_length=161, **kwargs)

    def to_internal_value(self, data):
        found = self.SHAPE.fullmatch(super().to_internal_value(data))
        if found is None:
            self.fail("shape")
        return found.group(1), found.group(2)


class KeyOrExternal(External):
    """What names a row: its key as text, or what a source system calls it as (system, id)."""

    default_error_messages = {
        "shape": _("Give a key, or the name of a source system and its id for the row, such as register:17."),
    }

    def to_internal_value(self, data):
        if isinstance(data, str) and len(data) == 36 and ":" not in data:
            try:
                return str(UUID(data))
            except ValueError:
                self.fail("shape")
        return super().to_internal_value(data)


def externals() -> serializers.ListField:
    """What source systems call a row, out only; the door adds it."""
    words = _("What source systems call it, such as register:17.")
    return serializers.ListField(source="*", child=serializers.CharField(), help_text=words)


class KnownProblem(ProblemDocument):
    key = serializers.UUIDField(required=False, help_text=_("Of the row that has this external id already."))


def money(**kwargs) -> serializers.DecimalField:
    """An amount with two decimals, as text."""
    return serializers.DecimalField(**EUR, **kwargs)


def _per_cent(**kwargs) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=5, decimal_places=2, **kwargs)


# --- programmes ------------------------------------------------------------------------------------------------------


class CallRow(Row):
    code = serializers.CharField()
    name = Texts()
    opened_on = serializers.DateField(allow_null=True)
    closes_on = serializers.DateField(allow_null=True)


class TypeOfActionRow(Row):
    position = serializers.IntegerField()
    group = Texts()
    name = Texts()
    managed_by = OneOf(TypeOfAction.ManagedBy)


class ProgrammeRow(Row):
    code = serializers.CharField(help_text=_("CCI such as 2021BG05SFPR001."))
    name = Texts()
    period = serializers.CharField()
    fund = OneOf(Programme.Fund)
    country = serializers.CharField()
    language = serializers.CharField(help_text=_("The programme’s own language, ISO 639-1."))
    time_zone = serializers.CharField()
    statement = OneOf(Programme.Statement)
    counts_esf_indicators = serializers.BooleanField()
    uses_work_packages = serializers.BooleanField()
    marks_late = serializers.BooleanField(help_text=_("Whether attendance knows the mark “late”."))
    synthetic = serializers.BooleanField(help_text=_("Sample data."))
    calls = CallRow(many=True)
    types_of_action = TypeOfActionRow(many=True, help_text=_("Erasmus+: types of action and who manages each."))


class CallQuery(ListQuery):
    programme = Words(required=False, max_length=40, help_text=_("Code of the programme."))


class CallDetail(CallRow):
    key = serializers.UUIDField()
    programme = serializers.CharField(source="programme__code", help_text=_("Code of the programme."))
    priority = serializers.CharField(source="priority__code", allow_null=True)
    specific_objective = serializers.CharField(source="specific_objective__code", allow_null=True)
    management_share = _per_cent(allow_null=True, help_text=_("Project management at most, per cent of the grant."))
    line_tolerance = _per_cent(help_text=_("Claims above a budget line at most, per cent of it."))
    settled_share = _per_cent(help_text=_("Set against the advance, per cent of each claim."))


# --- projects --------------------------------------------------------------------------------------------------------


class ProjectQuery(ListQuery):
    """The fields of `projects.filters.ProjectFilter`, which does the choosing."""

    q = Words(required=False, max_length=200, help_text=_("Words in number, title, beneficiary or place."))
    programme = Words(required=False, max_length=40, help_text=_("Code of the programme."))
    call = Words(required=False, max_length=40, help_text=_("Code of the call."))
    state = OneOf(Project.State, required=False)
    country = Words(required=False, max_length=2, help_text=_("Country of the programme, two letters."))


class ContractRow(Row):
    """A signed contract or annex; the newest in force gives dates and amounts."""

    number = serializers.CharField()
    version = serializers.IntegerField()
    kind = OneOf(ContractVersion.Kind)
    signed_on = serializers.DateField(allow_null=True)
    in_force_from = serializers.DateField(allow_null=True)
    starts_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    dates_to_the_month = serializers.BooleanField(help_text=_("Start and end are known to the month only."))
    eligible_from = serializers.DateField(allow_null=True)
    eligible_to = serializers.DateField(allow_null=True)
    currency = OneOf(Currency)
    total = money(allow_null=True)
    eu_part = money(allow_null=True)
    national_part = money(allow_null=True)
    own_part = money(allow_null=True)
    report_days = serializers.IntegerField(allow_null=True, help_text=_("Days for the final report."))
    interim_months = serializers.IntegerField(
        allow_null=True, help_text=_("An interim report every so many months; 0: none, null: not said.")
    )
    interim_days = serializers.IntegerField(allow_null=True, help_text=_("Days for an interim report."))


class ProjectRow(Row):
    key = serializers.UUIDField(help_text=_("Stays when the number is mended."))
    number = serializers.CharField()
    title = Texts()
    state = OneOf(Project.State)
    programme = serializers.CharField(source="programme__code", help_text=_("Code of the programme."))
    call = serializers.CharField(source="call__code", allow_null=True, help_text=_("Code of the call."))
    beneficiary = serializers.UUIDField(source="beneficiary__key", allow_null=True, help_text=_("Organisation."))
    beneficiary_name = Texts(source="beneficiary__name", allow_null=True)
    published = serializers.BooleanField(help_text=_("Whether it is on the public pages."))
    updated_at = serializers.DateTimeField()
    synthetic = serializers.BooleanField(help_text=_("Sample data."))
    contract = ContractRow(allow_null=True, help_text=_("The contract version in force today."))


class PartnerRow(Row):
    organisation = serializers.UUIDField(source="organisation__key")
    name = Texts(source="organisation__name")
    role = OneOf(Partner.Role)
    since_on = serializers.DateField(allow_null=True)
    until_on = serializers.DateField(allow_null=True)


class PlaceRow(Row):
    list = serializers.CharField(source="place__list__name", help_text=_("Code list of the place."))
    code = serializers.CharField(source="place__code")
    name = Texts(source="place__name")


class ObjectiveRow(Row):
    text = Texts()


class TargetGroupRow(Row):
    text = Texts()
    excluded = Texts(help_text=_("Who is expressly not included."))


class PlannedFigureRow(Row):
    counter = OneOf(PlannedFigure.Counter)
    planned = serializers.IntegerField(help_text=_("Counters stand side by side and are never added."))
    note = Texts()


class ProjectDetail(ProjectRow):
    summary = Texts()
    specific_objective = serializers.CharField(source="specific_objective__code", allow_null=True)
    granting_authority = Texts(source="granting_authority__name", allow_null=True)
    applied_on = serializers.DateField(allow_null=True)
    completed_on = serializers.DateField(allow_null=True)
    source_of_data = serializers.CharField(source="source")
    contracts = ContractRow(many=True, help_text=_("All versions, the first one first."))
    partners = PartnerRow(many=True)
    places = PlaceRow(many=True)
    objectives = serializers.ListField(child=Texts(), source="*")
    target_groups = TargetGroupRow(many=True)
    planned_figures = PlannedFigureRow(many=True)


class ProjectFacts(ProjectDetail):
    """As the feed tells it: without what depends on the day of reading."""

    contract = None


class ProjectChange(Input):
    title = TextsIn(longest=500, known=ISO_639_1, required=False)
    summary = TextsIn(longest=20_000, known=ISO_639_1, required=False)


# --- organisations ---------------------------------------------------------------------------------------------------


def known_organisations(user, permission: Permission = Permission.PROJECT_VIEW) -> QuerySet[Organisation]:
    """The bodies that have a part in a project the person may see."""
    projects = Project.objects.visible_to(user, permission).order_by()
    return Organisation.objects.filter(
        Q(pk__in=Partner.objects.filter(project__in=projects).values("organisation"))
        | Q(pk__in=projects.values("beneficiary"))
        | Q(pk__in=projects.values("granting_authority"))
        | Q(pk__in=projects.values("programme__funder"))
    )


class OrganisationQuery(ListQuery):
    kind = OneOf(Organisation.Kind, required=False)
    project = ProjectNumber(required=False, help_text=_("Only the bodies of this project."))


class OrganisationRow(Row):
    key = serializers.UUIDField()
    name = Texts()
    kind = OneOf(Organisation.Kind)
    number = serializers.CharField(help_text=_("Registration number: EIK, VAT or register number, OID or PIC."))
    school_code = serializers.CharField()
    country = serializers.CharField()
    place = serializers.CharField(source="place__code", allow_null=True, help_text=_("Code of the place."))
    public_body = serializers.BooleanField(allow_null=True)
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


# --- messages --------------------------------------------------------------------------------------------------------


class MessageQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    state = OneOf([("open", _("Open")), ("closed", _("Closed"))], component="MessageState", required=False)


class MessageRow(Row):
    key = serializers.UUIDField()
    project = serializers.CharField(source="project__number", help_text=_("Number of the project."))
    school = serializers.UUIDField(
        source="school__key", allow_null=True, help_text=_("The school that is asked; null: all of the project.")
    )
    subject = serializers.CharField()
    due_on = serializers.DateField(help_text=_("Last day for answers; late ones are taken, and shown as late."))
    asked_by = serializers.CharField(source="asked_by__name", allow_null=True)
    asked_at = serializers.DateTimeField()
    questions = serializers.IntegerField(source="asked", help_text=_("How many were asked."))
    answered = serializers.IntegerField(source="replied", help_text=_("How many of them have an answer."))
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_because = serializers.CharField(help_text=_("Why a question without an answer needs none."))
    synthetic = serializers.BooleanField(help_text=_("Sample data."))


class AnswerShape(serializers.Serializer):
    text = serializers.CharField()
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    late = serializers.BooleanField()


class QuestionShape(serializers.Serializer):
    number = serializers.IntegerField()
    text = serializers.CharField()
    asked_at = serializers.DateTimeField()
    answers = AnswerShape(many=True, help_text=_("The newest first; it is the one that counts."))


class MessageDetail(MessageRow):
    thread = QuestionShape(many=True)


class NewMessage(Input):
    project = ProjectNumber(help_text=_("Number of a project."))
    school = KeyOf(
        known_organisations, required=False, allow_null=True,
        help_text=_("Key of the school that is asked; left out: all schools of the project."),
    )  # fmt: skip
    subject = Words(max_length=200)
    questions = serializers.ListField(child=Words(max_length=4000), min_length=1, max_length=50)
    due_on = Day(help_text=_("Last day for answers."))


class FurtherQuestion(Input):
    text = Words(max_length=4000)


class NewAnswer(Input):
    question = Whole(min_value=1, max_value=32_767, help_text=_("Number of the question."))
    text = Words(max_length=8000)


class NewAnswers(Input):
    answers = NewAnswer(many=True, help_text=_("Each question once; the others stay as they are."))


class MessageClosing(Input):
    because = Words(
        required=False, allow_blank=True, default="", max_length=2000,
        help_text=_("Needed where a question has no answer: why it needs none."),
    )  # fmt: skip


# --- code lists ------------------------------------------------------------------------------------------------------


class CodeListRow(Row):
    name = serializers.CharField()
    version = serializers.CharField()
    source = serializers.CharField(help_text=_("Where the list comes from."))
    sha256 = serializers.CharField(help_text=_("Hash of the file it was loaded from."))
    loaded_at = serializers.DateTimeField()


class CodesQuery(ListQuery):
    parent = Words(required=False, max_length=40, help_text=_("Only the codes below this one."))


class CodeRow(Row):
    code = serializers.CharField()
    name = Texts()
    parent = serializers.CharField()
    position = serializers.IntegerField()
    ended = serializers.BooleanField(help_text=_("No longer in use."))
    more = serializers.DictField(help_text=_("The other columns of the list."))


# --- me --------------------------------------------------------------------------------------------------------------


class RoleRow(Row):
    role = serializers.CharField()
    programme = serializers.CharField(source="programme__code", allow_null=True)
    project = serializers.CharField(source="project__number", allow_null=True)
    organisation = serializers.UUIDField(source="organisation__key", allow_null=True)
    from_on = serializers.DateField(allow_null=True)
    until_on = serializers.DateField(allow_null=True)


class TokenRow(Row):
    name = serializers.CharField()
    prefix = serializers.CharField(help_text=_("How the token begins."))
    scopes = serializers.ListField(child=serializers.CharField())
    expires_at = serializers.DateTimeField()


class Me(serializers.Serializer):
    key = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField()
    language = serializers.CharField(help_text=_("Language chosen in the settings; may be empty."))
    roles = RoleRow(many=True)
    token = TokenRow(allow_null=True, help_text=_("The token of this request; null when signed in by browser."))
    permissions = serializers.ListField(
        child=serializers.CharField(), help_text=_("What the roles and the scopes of the token let through together.")
    )
