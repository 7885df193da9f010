"""What the API takes and says about figures and reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.fields import empty

from core.access import Permission
from core.api.shapes import (
    Day,
    Flag,
    Input,
    KeyOf,
    ListQuery,
    OneOf,
    Query,
    Row,
    RowQuery,
    Shape,
    Texts,
    TextsIn,
    Upload,
    Whole,
    Words,
)
from projects.models import Currency, reach
from projects.serializers import ProjectNumber, money
from reports import subjects
from reports.catalogue import PROGRESS, Asks, Kind, Subject, kinds, school_year
from reports.layouts import LONGEST, MOST_SECTIONS
from reports.models import LONGEST_TEXT, Filing, Layout, LayoutVersion, Report, ReportFile

# --- figures ---------------------------------------------------------------------------------------------------------


class PeriodQuery(Query):
    from_ = Day(help_text=_("First day of the period."))
    to = Day(help_text=_("Last day of the period; it counts."))

    def validate(self, asked):
        if asked["to"] < asked["from"]:
            raise serializers.ValidationError({"to": [_("The period ends before it begins.")]})
        return asked


class DayQuery(Query):
    on = Day(required=False, help_text=_("The day; today when it is left out."))


class ColumnShape(serializers.Serializer):
    key = serializers.CharField()
    kind = serializers.CharField(help_text=_("code, text, said, day, count, number, hours, money or percent."))
    unit = serializers.CharField()
    label = serializers.CharField()
    meaning = serializers.CharField()


class TableShape(serializers.Serializer):
    """One table: its columns, and rows of values by column. A value of the kind “said” is [text, language]."""

    title = serializers.CharField()
    note = serializers.CharField()
    columns = ColumnShape(many=True)
    rows = serializers.ListField(child=serializers.DictField())
    total = serializers.DictField(allow_null=True, help_text=_("A row of its own; never add the rows up."))


class Incomplete(serializers.Serializer):
    period = serializers.IntegerField()
    to_date = serializers.IntegerField()


class Indicators(Shape):
    project = serializers.CharField()
    from_ = serializers.DateField()
    to = serializers.DateField()
    language = serializers.CharField()
    tables = serializers.DictField(child=TableShape(), help_text=_("Tables by name."))
    incomplete = Incomplete(
        allow_null=True, help_text=_("Records that are not complete and so are in no common indicator of the ESF+.")
    )


class Tables(Shape):
    project = serializers.CharField()
    from_ = serializers.DateField()
    to = serializers.DateField()
    language = serializers.CharField()
    tables = serializers.DictField(child=TableShape(), help_text=_("Tables by name; those your role may see."))


class MoneyShape(serializers.Serializer):
    project = serializers.CharField()
    on = serializers.DateField()
    contract = serializers.CharField(allow_null=True, help_text=_("Number of the contract version in force."))
    currency = OneOf(Currency, help_text=_("Currency of the contract."))
    original = money(allow_null=True, help_text=_("Contracted, in the currency of the contract."))
    contracted = money(allow_null=True, help_text=_("In euro; null while the contract gives no amount."))
    reported = money(help_text=_("In euro."))
    paid = money(help_text=_("In euro."))
    left = money(allow_null=True, help_text=_("Contracted less reported, in euro."))
    time_gone = serializers.DecimalField(
        max_digits=6, decimal_places=2, allow_null=True, help_text=_("Share of the days that are over, percent.")
    )


# --- reports ---------------------------------------------------------------------------------------------------------


KIND = [(kind.key, kind.name) for kind in kinds().values()]


class ReportQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    kind = OneOf(KIND, component="ReportKind", required=False)
    state = OneOf(Report.State, required=False)


class ReportLinks(serializers.Serializer):
    self = serializers.URLField()
    cancel = serializers.URLField(required=False, help_text=_("While it waits or is being made."))
    retry = serializers.URLField(required=False, help_text=_("When it failed or was cancelled."))
    files = serializers.URLField(
        required=False, help_text=_("When it is done: POST makes files again that were put away.")
    )
    page = serializers.URLField(help_text=_("The same for people."))


class ReportRow(Row):
    key = serializers.UUIDField()
    kind = OneOf(KIND, component="ReportKind")
    project = serializers.CharField(
        source="project__number", allow_null=True, help_text=_("Number of the project; null when it is about more.")
    )
    call = serializers.CharField(source="call__code", allow_null=True, help_text=_("Code of the call."))
    programme = serializers.CharField(source="programme__code", allow_null=True, help_text=_("Code of the programme."))
    school = serializers.UUIDField(source="organisation__key", allow_null=True, help_text=_("Key of the school."))
    from_ = serializers.DateField(source="from_on")
    to = serializers.DateField(source="to_on")
    language = serializers.CharField(help_text=_("Language of the report."))
    state = OneOf(Report.State)
    stage = OneOf(Report.Stage)
    asked_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    data_at = serializers.DateTimeField(allow_null=True, help_text=_("The moment whose data it shows."))
    attempt = serializers.IntegerField()
    failure = serializers.CharField(help_text=_("Why it failed, in words."))
    code = serializers.CharField(help_text=_("Check code on the cover; empty until it is done."))
    snapshot_sha256 = serializers.CharField(help_text=_("Hash of the figures."))
    step = serializers.IntegerField(source="*", help_text=_("Which step it is at."))
    steps = serializers.IntegerField(source="*", help_text=_("How many steps there are."))
    queue = OneOf(Report.Queue)
    before = serializers.IntegerField(
        source="*", allow_null=True, help_text=_("How many wait before it in its queue; null once it is being made.")
    )
    ready_in = serializers.IntegerField(
        source="*", allow_null=True, help_text=_("Seconds until a waiting one is ready, from earlier runs; else null.")
    )
    links = ReportLinks()


class ReportFileRow(Row):
    position = serializers.IntegerField()
    kind = OneOf(ReportFile.Kind)
    table = serializers.CharField(help_text=_("Which table a CSV file holds; “columns” explains them all."))
    name = serializers.CharField(source="file__name")
    media_type = serializers.CharField(source="file__media_type")
    size = serializers.IntegerField(source="file__size", help_text=_("Bytes."))
    sha256 = serializers.CharField(source="file__sha256")
    put_away_at = serializers.DateTimeField(
        source="file__put_away_at",
        allow_null=True,
        help_text=_("Since when its bytes are put away."),
    )
    url = serializers.URLField(source="*")


class ReportDetail(ReportRow):
    stage_text = serializers.CharField(source="*", help_text=_("The stage in words."))
    files = ReportFileRow(many=True, help_text=_("The sealed files; none until it is done."))


class ThingCode(Words):
    """The code of a call or a programme in, its row out; one the person may not see is as unknown as none at all."""

    def __init__(self, subject: Subject, *, required: bool = False, **kwargs):
        self.subject = subject
        super().__init__(max_length=90, required=required, **kwargs)

    def run_validation(self, data=empty):
        text = super().run_validation(data)
        rows = subjects.things(self.subject, reach(self.context["request"].user, Permission.PROJECT_VIEW))
        return subjects.find(rows, text)


def _schools(user):
    return subjects.things(Subject.SCHOOL, reach(user, Permission.PROJECT_VIEW))


def _layouts(user):
    return Layout.objects.visible_to(user, Permission.PROJECT_VIEW)


class LayoutRow(Row):
    key = serializers.UUIDField()
    name = serializers.CharField()
    kind = OneOf(KIND, component="ReportKind")
    programme = serializers.CharField(source="programme__code", help_text=_("Code of the programme."))
    call = serializers.CharField(
        source="call__code", allow_null=True, help_text=_("Code of the call; null where it is for all.")
    )
    version = serializers.IntegerField(source="versions__number")
    published_at = serializers.DateTimeField(source="versions__published_at")


class LayoutDraftRow(Row):
    key = serializers.UUIDField()
    name = serializers.CharField()
    kind = OneOf(KIND, component="ReportKind")
    programme = serializers.CharField(source="programme__code", help_text=_("Code of the programme."))
    call = serializers.CharField(
        source="call__code", allow_null=True, help_text=_("Code of the call; null where it is for all.")
    )
    version = serializers.IntegerField(source="versions__number")
    changed_at = serializers.DateTimeField(source="versions__changed_at")


class LayoutQuery(RowQuery):
    version = Whole(required=False, min_value=1, max_value=9999, help_text=_("Number of the version; else the newest."))


class PreviewQuery(Query):
    version = Whole(required=False, min_value=1, max_value=9999, help_text=_("Number of the version; else the newest."))
    page = Whole(required=False, default=1, min_value=1, max_value=500, help_text=_("The cover is page 1."))


class LayoutSection(serializers.Serializer):
    section = serializers.IntegerField(help_text=_("Its number, which stays when it is moved."))
    what = serializers.CharField(
        help_text=_("text, page, facts, told, charts, the key of a table, or “chart:” and the key of one.")
    )
    heading = Texts()
    text = Texts(help_text=_("Of a section that is a text."))
    hidden = serializers.ListField(
        child=serializers.CharField(), help_text=_("Columns that the PDF leaves out; CSV and workbook keep them.")
    )
    wide = serializers.BooleanField(help_text=_("On pages turned sideways."))


class LayoutLogoRow(serializers.Serializer):
    number = serializers.IntegerField()
    name = serializers.CharField()
    alt = Texts(help_text=_("What it shows, for those who cannot see it."))


class LayoutVersionRow(serializers.Serializer):
    number = serializers.IntegerField()
    state = OneOf(LayoutVersion.State, component="LayoutState")
    published_at = serializers.DateTimeField(allow_null=True)
    retired_at = serializers.DateTimeField(allow_null=True)


class LayoutDetail(Row):
    key = serializers.UUIDField()
    name = serializers.CharField()
    kind = OneOf(KIND, component="ReportKind")
    programme = serializers.CharField(source="programme__code", help_text=_("Code of the programme."))
    call = serializers.CharField(
        source="call__code", allow_null=True, help_text=_("Code of the call; null where it is for all.")
    )
    version = serializers.IntegerField(source="*", help_text=_("The one told here."))
    state = OneOf(LayoutVersion.State, component="LayoutState", source="*")
    changed_at = serializers.DateTimeField(source="*")
    title = Texts(source="*", help_text=_("On the cover."))
    statement = Texts(source="*", help_text=_("The funding statement."))
    footer = Texts(source="*")
    sections = LayoutSection(many=True)
    logos = LayoutLogoRow(many=True)
    may_be_added = serializers.ListField(
        child=serializers.CharField(), source="*", help_text=_("What a further section may be.")
    )
    missing = serializers.ListField(
        child=serializers.CharField(), source="*",
        help_text=_("Why it may not be published yet; empty: nothing is in the way."),
    )  # fmt: skip
    versions = LayoutVersionRow(many=True, help_text=_("The newest first."))


class NewLayout(Input):
    programme = ThingCode(Subject.PROGRAMME, required=True, help_text=_("Code of the programme."))
    call = ThingCode(Subject.CALL, help_text=_("Only for reports about this call; left out: about all."))
    kind = OneOf(KIND, component="ReportKind")
    name = Words(max_length=120, help_text=_("What whoever asks for a report chooses it by."))
    copy_of = KeyOf(
        Layout.objects.visible_to, required=False,
        help_text=_("Key of a layout whose newest version it begins as; left out: the usual one of the kind."),
    )  # fmt: skip


class SectionOfLayout(Input):
    """One that is there, by its number, or a new one, by what it is."""

    section = Whole(required=False, min_value=1, max_value=1_000_000, help_text=_("Number of one that is there."))
    what = Words(required=False, max_length=60, help_text=_("Of a new one: one of “may_be_added”."))
    heading = TextsIn(longest=LONGEST["heading"], required=False)
    text = TextsIn(longest=LONGEST["text"], required=False)
    hidden = serializers.ListField(child=Words(max_length=60), required=False, max_length=60)
    wide = Flag(required=False)

    def validate(self, told):
        if ("section" in told) == ("what" in told):
            raise serializers.ValidationError(_("Give the number of a section that is there, or what a new one is."))
        return told


class LayoutChange(Input):
    title = TextsIn(longest=LONGEST["title"], required=False)
    statement = TextsIn(longest=LONGEST["statement"], required=False)
    footer = TextsIn(longest=LONGEST["footer"], required=False)
    sections = SectionOfLayout(  # type: ignore[call-arg]  # of the list
        many=True, required=False, max_length=MOST_SECTIONS,
        help_text=_("All sections in their order; one that is there and is left out is taken out of the layout."),
    )  # fmt: skip


class NewLogo(Input):
    file = Upload(help_text=_("A JPEG or PNG."))
    alt = TextsIn(longest=LONGEST["alt"], help_text=_("What the logo shows, for those who cannot see it."))


class LayoutDropped(serializers.Serializer):
    key = serializers.UUIDField()
    gone = serializers.BooleanField(help_text=_("Whether the layout went with its only version."))


class NewReport(Input):
    """What a report is asked with. Which of the values it needs depends on its kind."""

    kind = OneOf(KIND, component="ReportKind")
    project = ProjectNumber(required=False, help_text=_("Number of the project."))
    call = ThingCode(Subject.CALL, help_text=_("Code of the call; “programme/code” where two programmes share it."))
    programme = ThingCode(Subject.PROGRAMME, help_text=_("Code of the programme."))
    school = KeyOf(_schools, required=False, help_text=_("Key of the school."))
    from_ = Day(required=False, help_text=_("First day of the period; not for reports up to a day."))
    to = Day(required=False, help_text=_("Last day of the period, which counts; or the day up to which all counts."))
    school_year = Whole(
        required=False, min_value=2000, max_value=2100, help_text=_("2025 is 2025/2026; for reports of a school year.")
    )
    language = OneOf(settings.LANGUAGES, help_text=_("Language of the report, apart from that of this answer."))
    layout = KeyOf(_layouts, required=False, help_text=_("Key of a published layout of the programme or the call."))
    mail = Flag(required=False, help_text=_("Write you a mail when it is over."))
    reuse = Flag(
        required=False,
        help_text=_("Answer with the newest finished report to the same question, if nothing was recorded since."),
    )

    def to_internal_value(self, data):
        given = data if isinstance(data, Mapping) else {}
        kind = kinds().get(str(given.get("kind"))) or kinds()[PROGRESS]
        self.fields[self._about(kind, given)].required = True
        if kind.asks == Asks.PERIOD:
            self.fields["from"].required = True
        self.fields["school_year" if kind.asks == Asks.SCHOOL_YEAR else "to"].required = True
        return super().to_internal_value(data)

    def validate(self, told):
        kind = kinds()[told["kind"]]
        about = self._about(kind, told)
        if more := [str(each) for each in Subject if each in told and each != about]:
            words = _("A report is about one thing. Leave this out, or the other.")
            raise serializers.ValidationError({name: [words] for name in more})
        if kind.asks == Asks.SCHOOL_YEAR:
            told["from"], told["to"] = school_year(told["school_year"])
        told["about"] = told[about]
        if layout := told.get("layout"):
            told["layout"] = layout.versions.published().first()
            if not told["layout"]:
                raise serializers.ValidationError({"layout": [_("No version of this layout is published.")]})
        return told

    def _about(self, kind: Kind, given: Mapping[str, Any]) -> str:
        """The field that says what the report is about: the one that is given, else the usual one of the kind."""
        return str(next((each for each in Subject if each in given), kind.subjects[0]))


# --- the trail -------------------------------------------------------------------------------------------------------


class AuditEventQuery(ListQuery):
    project = Words(required=False, max_length=60, help_text=_("Number of a project, or a part of it."))
    who = Words(required=False, max_length=150, help_text=_("Name of a person, or a part of it."))
    action = Words(required=False, max_length=60, help_text=_("Code of an action, such as session.changed."))
    object_key = Words(required=False, max_length=80, help_text=_("What it was done to: its key, number or code."))
    from_ = Day(required=False, help_text=_("First day."))
    to = Day(required=False, help_text=_("Last day; it counts."))


class AuditEventRow(Row):
    event = serializers.IntegerField(source="id", help_text=_("Number of the event in the trail; it never changes."))
    at = serializers.DateTimeField()
    who = serializers.CharField(source="by_name", help_text=_("Name at that time; empty: the portal itself."))
    who_key = serializers.UUIDField(source="by_key", allow_null=True)
    through = serializers.CharField(source="origin", help_text=_("page, api, task, import or command."))
    action = serializers.CharField()
    kind = serializers.CharField(help_text=_("Kind of object."))
    object_key = serializers.CharField(source="key", help_text=_("Key, number or code of the object."))
    project = serializers.CharField(help_text=_("Number of the project; empty: of none."))
    before = serializers.DictField(help_text=_("What changed, as it was; participants stand by their code."))
    after = serializers.DictField(help_text=_("What changed, as it became; or what was done."))
    note = serializers.CharField()
    sealed_as = serializers.IntegerField(
        source="seal__position", allow_null=True, help_text=_("Place in the chain of seals; null: not sealed yet.")
    )
    digest = serializers.CharField(
        source="seal__digest", allow_null=True, help_text=_("SHA-256 of the event when it was sealed.")
    )
    chain = serializers.CharField(
        source="seal__chain", allow_null=True, help_text=_("SHA-256 of chain_before and digest, one after the other.")
    )


class AuditEventDetail(AuditEventRow):
    what = serializers.CharField(source="*", help_text=_("The action in words."))
    chain_before = serializers.CharField(
        source="*", allow_null=True, help_text=_("The chain of the seal before it; 64 zeros before the first.")
    )


# --- reports a project owes ------------------------------------------------------------------------------------------


class FilingQuery(ListQuery):
    project = ProjectNumber(required=False, help_text=_("Number of a project."))
    state = OneOf(Filing.State, component="FilingState", required=False)
    due_until = Day(required=False, help_text=_("Only those due on this day or before."))


class FilingRow(Row):
    key = serializers.UUIDField()
    project = serializers.CharField(source="project__number", help_text=_("Number of the project."))
    contract = serializers.CharField(source="contract__number", help_text=_("The contract version that asks for it."))
    kind = OneOf(Filing.Kind, component="FilingKind")
    from_ = serializers.DateField(source="from_on")
    to = serializers.DateField(source="to_on")
    due_on = serializers.DateField(help_text=_("A fact: it never slides."))
    language = serializers.CharField(help_text=_("Language of the report."))
    state = OneOf(Filing.State, component="FilingState")
    version = serializers.IntegerField(help_text=_("Grows with each change of state."))


class SectionShape(serializers.Serializer):
    activity = serializers.CharField(help_text=_("Number of the activity; empty: the summary."))
    name = serializers.CharField()
    text = serializers.CharField()
    remark = serializers.CharField(help_text=_("What the office asks to be corrected here; empty: nothing."))


class SubmissionShape(serializers.Serializer):
    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    report = serializers.UUIDField(help_text=_("The sealed report: its figures and files."))
    code = serializers.CharField(help_text=_("Check code on the cover."))
    approved = serializers.BooleanField(allow_null=True, help_text=_("null: nobody decided yet."))
    comment = serializers.CharField(help_text=_("The remark of the office on the whole."))


class FilingDetail(FilingRow):
    sections = SectionShape(many=True)
    submissions = SubmissionShape(many=True)
    missing = serializers.ListField(
        child=serializers.CharField(), source="*",
        help_text=_("Why it may not be submitted yet; empty: nothing is in the way."),
    )  # fmt: skip


class SectionChange(Input):
    activity = Words(allow_blank=True, max_length=20, help_text=_("Number of the activity; empty: the summary."))
    text = Words(allow_blank=True, max_length=LONGEST_TEXT, trim_whitespace=False)


class FilingChange(Input):
    sections = SectionChange(many=True)


class FilingSending(Input):
    version = Whole(min_value=1, help_text=_("The version of the report that you read."))


class NewFiling(Input):
    project = ProjectNumber(help_text=_("Number of the project."))
    kind = OneOf(Filing.Kind, component="FilingKind")
    from_ = Day(help_text=_("First day of the period."))
    to = Day(help_text=_("Last day of the period; it counts."))
    due_on = Day(help_text=_("A fact: it never slides."))


class Schedule(Input):
    """The rhythm, as far as the contract does not say it."""

    project = ProjectNumber(help_text=_("Number of the project."))
    months = Whole(required=False, min_value=0, max_value=60, help_text=_("Of an interim report; 0: there are none."))
    days = Whole(required=False, min_value=0, max_value=365, help_text=_("For an interim report, after its period."))
    final_days = Whole(required=False, min_value=0, max_value=1000, help_text=_("For the final report."))


class Scheduled(serializers.Serializer):
    added = FilingRow(many=True, help_text=_("The reports that are new; what was laid out before stays."))


class FilingSkipping(Input):
    because = Words(max_length=LONGEST_TEXT, help_text=_("Why this report is not needed. The project reads it."))


class FilingRemark(Input):
    activity = Words(allow_blank=True, max_length=20, help_text=_("Number of the activity; empty: the summary."))
    text = Words(max_length=LONGEST_TEXT)


class FilingDecision(Input):
    approve = Flag(help_text=_("false returns it to be corrected."))
    comment = Words(required=False, allow_blank=True, default="", max_length=LONGEST_TEXT)
    remarks = FilingRemark(many=True, required=False, help_text=_("What is to be corrected, by section."))
