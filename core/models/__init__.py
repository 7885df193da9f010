"""What every app stands on and no app owns."""

from core.models.answers import KeptAnswer
from core.models.audit import AuditEvent, AuditSeal
from core.models.codes import Code, CodeList
from core.models.files import StoredFile
from core.models.filters import SavedFilter
from core.models.mail import OutgoingMail
from core.models.outages import Outage
from core.models.people import ApiToken, Organisation, Role, User

__all__ = [
    "ApiToken", "AuditEvent", "AuditSeal", "Code", "CodeList", "KeptAnswer", "Organisation", "Outage", "OutgoingMail",
    "Role", "SavedFilter", "StoredFile", "User",
]  # fmt: skip
