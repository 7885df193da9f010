"""The trail, for programs: the events and filters of its page."""

from __future__ import annotations

from django.http import Http404
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from core.access import Permission
from core.api import WrongQuery
from core.api.doors import Door, operation
from core.api.shapes import RowQuery, page_of
from core.api.streams import TABLES
from core.models import AuditSeal
from core.models.audit import FIRST_CHAIN
from projects.actions.exports import exported
from reports.filters import ACTIONS, TrailFilter
from reports.serializers import AuditEventDetail, AuditEventQuery, AuditEventRow
from reports.taken import TRAIL, events_for

FILTERS = {name: name for name in TRAIL.filters} | {"object_key": "key"}  # in the address, and on the page


class AuditEventDoor(Door):
    @operation(
        _("List audit events"),
        needs=Permission.TRAIL_VIEW,
        query=AuditEventQuery,
        answers={200: page_of(AuditEventRow)},
        about=_(
            "The events of the projects you audit, the newest first; those of no project are for administrators. Who "
            "takes the whole table away leaves an event."
        ),
    )
    def list(self, request):
        asked = {FILTERS[name]: str(value) for name, value in self.asked.items() if name in FILTERS}
        chosen = TrailFilter(asked)
        if not chosen.is_valid():
            raise WrongQuery(chosen.errors)
        rows = TRAIL.rows(request.user, asked)
        if isinstance(request.accepted_renderer, TABLES):
            exported(TRAIL, asked, by=request.user, at=now())
        return self.pages("id", named="event", newest_first=True).of(rows, AuditEventRow)

    @operation(
        _("Read an audit event"),
        needs=Permission.TRAIL_VIEW,
        query=RowQuery,
        answers={200: AuditEventDetail},
        about=_(
            "With what its seal can be checked by: “digest” is the SHA-256 of the JSON (keys in order, “, ” and “: ” "
            "between) of id, at (as 2026-03-16T12:00:00+00:00), by [who_key or “None”, who], origin, action, object "
            "[kind, object_key, project], before, after and note."
        ),
    )
    def retrieve(self, request, event):
        rows = events_for(request.user).filter(pk=event)
        found = rows.first()
        if found is None:
            raise Http404
        seal = AuditSeal.objects.filter(event=found.pk).first()
        before = seal and AuditSeal.objects.filter(position=seal.position - 1).values_list("chain", flat=True).first()
        if seal and seal.position == 1:
            before = FIRST_CHAIN
        return self.answer(
            rows, AuditEventDetail, what=str(ACTIONS.get(found.action, found.action)), chain_before=before
        )
