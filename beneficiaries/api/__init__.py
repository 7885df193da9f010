"""Participants, for programs: the record and what happens to it, attendance, imports, feeds."""

from beneficiaries.api.attendance import AttendanceBulkDoor, AttendanceDoor
from beneficiaries.api.changes import RecordChangeDoor
from beneficiaries.api.consents import ConsentDoor
from beneficiaries.api.feeds import AttendanceFeedDoor, ParticipantFeedDoor
from beneficiaries.api.follow_ups import FollowUpDoor
from beneficiaries.api.imports import ImportDoor
from beneficiaries.api.participants import ParticipantBulkDoor, ParticipantDoor
from beneficiaries.api.persons import AnswersDoor, EraseDoor, MergeDoor, NameDoor, SignedFormDoor, SupportDoor
from beneficiaries.api.record import with_counts

__all__ = [
    "AnswersDoor",
    "AttendanceBulkDoor",
    "AttendanceDoor",
    "AttendanceFeedDoor",
    "ConsentDoor",
    "EraseDoor",
    "FollowUpDoor",
    "ImportDoor",
    "MergeDoor",
    "NameDoor",
    "ParticipantBulkDoor",
    "ParticipantDoor",
    "ParticipantFeedDoor",
    "RecordChangeDoor",
    "SignedFormDoor",
    "SupportDoor",
    "with_counts",
]
