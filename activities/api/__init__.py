"""Activities, groups, sessions and evidence, for programs."""

from activities.api.evidence import EvidenceDoor, EvidenceFileDoor
from activities.api.periods import PeriodDoor
from activities.api.plan import (
    ActivityBulkDoor,
    ActivityDoor,
    ActivityFeedDoor,
    GroupBulkDoor,
    GroupDoor,
    GroupFeedDoor,
)
from activities.api.sessions import SessionBulkDoor, SessionDoor, SessionFeedDoor

__all__ = [
    "ActivityBulkDoor",
    "ActivityDoor",
    "ActivityFeedDoor",
    "EvidenceDoor",
    "EvidenceFileDoor",
    "GroupBulkDoor",
    "GroupDoor",
    "GroupFeedDoor",
    "PeriodDoor",
    "SessionBulkDoor",
    "SessionDoor",
    "SessionFeedDoor",
]
