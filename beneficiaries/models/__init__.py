"""Participants and their attendance. Identity lies apart from what is counted."""

from beneficiaries.models.attendance import Attendance, AttendanceQuerySet, GroupMember, Receipt
from beneficiaries.models.certificates import Certificate
from beneficiaries.models.consent import Consent, Notice
from beneficiaries.models.duplicates import Merge, MergedRow, NotSame
from beneficiaries.models.erasure import Erasure, Hold
from beneficiaries.models.exports import AT_WORK, Export, ExportQuerySet
from beneficiaries.models.followup import FollowUp, FollowUpQuerySet
from beneficiaries.models.imports import ColumnMapping, Import, ImportQuerySet, OwnNumber, StagedRow
from beneficiaries.models.moves import SchoolMove
from beneficiaries.models.people import (
    COMPLETE,
    Counting,
    Identity,
    Participation,
    ParticipationQuerySet,
    Person,
    Result,
    SensitiveAnswer,
    Stay,
    consented,
    counted,
)
from beneficiaries.models.support import SupportMeasure, SupportPlan, SupportReview

__all__ = [
    "AT_WORK",
    "COMPLETE",
    "Attendance",
    "AttendanceQuerySet",
    "Certificate",
    "ColumnMapping",
    "Consent",
    "Counting",
    "Erasure",
    "Export",
    "ExportQuerySet",
    "FollowUp",
    "FollowUpQuerySet",
    "GroupMember",
    "Hold",
    "Identity",
    "Import",
    "ImportQuerySet",
    "Merge",
    "MergedRow",
    "NotSame",
    "Notice",
    "OwnNumber",
    "Participation",
    "ParticipationQuerySet",
    "Person",
    "Receipt",
    "Result",
    "SchoolMove",
    "SensitiveAnswer",
    "StagedRow",
    "Stay",
    "SupportMeasure",
    "SupportPlan",
    "SupportReview",
    "consented",
    "counted",
]
