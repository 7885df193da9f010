"""Participants and their attendance. Identity lies apart from what is counted."""

from beneficiaries.models.attendance import Attendance, AttendanceQuerySet, GroupMember, Receipt
from beneficiaries.models.duplicates import Merge, MergedRow, NotSame
from beneficiaries.models.erasure import Erasure, Hold
from beneficiaries.models.imports import ColumnMapping, Import, ImportQuerySet, OwnNumber, StagedRow
from beneficiaries.models.people import (
    COMPLETE,
    Identity,
    Participation,
    ParticipationQuerySet,
    Person,
    Result,
    SensitiveAnswer,
    Stay,
)

__all__ = [
    "COMPLETE",
    "Attendance",
    "AttendanceQuerySet",
    "ColumnMapping",
    "Erasure",
    "GroupMember",
    "Hold",
    "Identity",
    "Import",
    "ImportQuerySet",
    "Merge",
    "MergedRow",
    "NotSame",
    "OwnNumber",
    "Participation",
    "ParticipationQuerySet",
    "Person",
    "Receipt",
    "Result",
    "SensitiveAnswer",
    "StagedRow",
    "Stay",
]
