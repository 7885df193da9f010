"""Participants and their attendance. Identity lies apart from what is counted."""

from beneficiaries.models.attendance import Attendance, AttendanceQuerySet, GroupMember, Receipt
from beneficiaries.models.duplicates import Merge, MergedRow, NotSame
from beneficiaries.models.erasure import Erasure, Hold
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
    "Erasure",
    "GroupMember",
    "Hold",
    "Identity",
    "Merge",
    "MergedRow",
    "NotSame",
    "Participation",
    "ParticipationQuerySet",
    "Person",
    "Receipt",
    "Result",
    "SensitiveAnswer",
    "Stay",
]
