"""Programmes, calls, projects, organisations, messages, code lists and who is asking, for programs."""

from projects.api.messages import MessageDoor
from projects.api.rows import (
    KNOWN_ALREADY,
    CallDoor,
    CodeDoor,
    MeDoor,
    MemberDoor,
    OrganisationDoor,
    OrganisationFeedDoor,
    ProgrammeDoor,
    ProjectDoor,
    ProjectFeedDoor,
    feed_door,
    keep_external,
    refuse_known,
)

__all__ = [
    "KNOWN_ALREADY", "CallDoor", "CodeDoor", "MeDoor", "MemberDoor", "MessageDoor", "OrganisationDoor",
    "OrganisationFeedDoor", "ProgrammeDoor", "ProjectDoor", "ProjectFeedDoor", "feed_door", "keep_external",
    "refuse_known",
]  # fmt: skip
