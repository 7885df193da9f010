"""What the audit trail tells of one participant, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.models import Participation, Person, Result, SensitiveAnswer
from core.formats import UNKNOWN
from core.models import AuditEvent

LOOKED = (
    "participant.viewed",
    "participant.names_shown",
    "participant.sensitive_shown",
    "participant.consent_opened",
    "participant.support_shown",
    "participant.certified",
)
ACTIONS = {
    "participant.added": gettext_lazy("Added"),
    "participant.changed": gettext_lazy("Data changed"),
    "participant.left": gettext_lazy("Left"),
    "participant.results": gettext_lazy("Results added"),
    "participant.came_back": gettext_lazy("Came back"),
    "participant.joined_group": gettext_lazy("Joined a group"),
    "participant.left_group": gettext_lazy("Left a group"),
    "participant.moved": gettext_lazy("Moved to another school"),
    "participant.support_opened": gettext_lazy("Support plan opened"),
    "participant.support_measure": gettext_lazy("Measure added to the support plan"),
    "participant.support_review": gettext_lazy("Review of the support plan set"),
    "participant.support_reviewed": gettext_lazy("Support plan reviewed"),
    "participant.support_closed": gettext_lazy("Support plan closed"),
    "participant.support_shown": gettext_lazy("Support plan opened to read"),
    "participant.consent_given": gettext_lazy("Consent or privacy notice written down"),
    "participant.consent_withdrawn": gettext_lazy("Consent taken back"),
    "participant.consent_opened": gettext_lazy("Signed form opened"),
    "participant.follow_up_link": gettext_lazy("Link for the answer after six months made"),
    "participant.followed_up": gettext_lazy("Answered six months later"),
    "participant.merged": gettext_lazy("Merged with another record"),
    "participant.unmerged": gettext_lazy("Made two records again"),
    "participant.not_same": gettext_lazy("Compared with somebody alike: two people"),
    "participant.viewed": gettext_lazy("Record opened"),
    "participant.names_shown": gettext_lazy("Name shown"),
    "participant.sensitive_shown": gettext_lazy("Sensitive answers shown"),
    "participant.certified": gettext_lazy("Certificate printed"),
}
FIELDS = {
    "given_name": gettext_lazy("Given name"),
    "family_name": gettext_lazy("Family name"),
    "national_number": gettext_lazy("National number"),
    "born_on": gettext_lazy("Date of birth"),
    "gender": gettext_lazy("Gender"),
    "entered_on": gettext_lazy("Entry date"),
    "left_on": gettext_lazy("Exit date"),
    "again_from": gettext_lazy("Takes part again from"),
    "from_on": gettext_lazy("From"),
    "until_on": gettext_lazy("Until"),
    "labour_status": gettext_lazy("Situation on the day of entry"),
    "education": gettext_lazy("Highest completed education"),
    "asked": gettext_lazy("Sensitive questions"),
    "results": gettext_lazy("Results"),
}
LEFT_OUT = 200  # older events are in the trail, not on this page


@dataclass(frozen=True)
class Entry:
    """One event: what, who, when, why, and the values that changed (label, before, after)."""

    what: str
    who: str
    at: datetime
    why: str
    changes: list[tuple[str, str, str]]


class History:
    """Changes to a record and who looked at it, newest first."""

    def __init__(self, participation: Participation):
        events = AuditEvent.objects.filter(kind="beneficiaries.participation", key=str(participation.key))
        changes, looks = list[Entry](), list[Entry]()
        for event in events.order_by("-pk")[:LEFT_OUT]:
            (looks if event.action in LOOKED else changes).append(_entry(event))
        self.changes, self.looks = changes, looks


def _entry(event: AuditEvent) -> Entry:
    changes = [
        (str(label), _said(name, event.before.get(name)), _said(name, event.after.get(name)))
        for name, label in FIELDS.items()
        if event.after.get(name) or event.before.get(name)
    ]
    what = str(ACTIONS.get(event.action, event.action))
    return Entry(what, event.by_name, event.at, event.note, changes)


def _said(name: str, value: Any) -> str:
    """A value of the trail in words. The trail holds codes; a dot stands for what it does not tell."""
    if not value:
        return UNKNOWN
    if value == "•":
        return _("not kept here")
    if isinstance(value, dict):
        kinds = dict(Result.Kind.choices)
        return ", ".join(f"{kinds.get(kind, kind)} ({day})" for kind, day in value.items())
    if isinstance(value, list):
        questions = dict(SensitiveAnswer.Question.choices)
        return ", ".join(str(questions.get(question, question)) for question in value)
    choices = {"gender": Person.Gender.choices, "labour_status": Participation.LabourStatus.choices}
    return str(dict(choices.get(name, [])).get(value, value))
