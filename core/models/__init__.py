"""What every app stands on and no app owns."""

from core.models.audit import AuditEvent, AuditSeal
from core.models.codes import Code, CodeList
from core.models.files import StoredFile
from core.models.mail import OutgoingMail
from core.models.outages import Outage
from core.models.people import ApiToken, Organisation, Role, User

__all__ = [
    "ApiToken", "AuditEvent", "AuditSeal", "Code", "CodeList", "Organisation", "Outage", "OutgoingMail", "Role",
    "StoredFile", "User",
]  # fmt: skip
