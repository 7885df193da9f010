"""Activities, groups, sessions and evidence, for programs."""

from activities.api.evidence import EvidenceDoor, EvidenceFileDoor
from activities.api.plan import ActivityDoor, ActivityFeedDoor, GroupBulkDoor, GroupDoor, GroupFeedDoor
from activities.api.sessions import SessionBulkDoor, SessionDoor, SessionFeedDoor

__all__ = [
    "ActivityDoor",
    "ActivityFeedDoor",
    "EvidenceDoor",
    "EvidenceFileDoor",
    "GroupBulkDoor",
    "GroupDoor",
    "GroupFeedDoor",
    "SessionBulkDoor",
    "SessionDoor",
    "SessionFeedDoor",
]
