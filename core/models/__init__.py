"""What every app stands on and no app owns."""

from core.models.answers import KeptAnswer
from core.models.audit import AuditEvent, AuditSeal
from core.models.bulk import BulkJob
from core.models.codes import Code, CodeList
from core.models.files import StoredFile
from core.models.filters import SavedFilter
from core.models.jobs import AT_WORK, SILENT_AFTER, Job, JobQuerySet, Stopped
from core.models.mail import OutgoingMail
from core.models.outages import Outage
from core.models.people import ApiToken, Organisation, Role, User
from core.models.systems import System
from core.models.uploads import Incoming

__all__ = [
    "AT_WORK", "SILENT_AFTER", "ApiToken", "AuditEvent", "AuditSeal", "BulkJob", "Code", "CodeList", "Incoming", "Job",
    "JobQuerySet", "KeptAnswer", "Organisation", "Outage", "OutgoingMail", "Role", "SavedFilter", "Stopped",
    "StoredFile", "System", "User",
]  # fmt: skip
