"""One's calendar, for programs that have a token instead of the secret link."""

from __future__ import annotations

from django.conf import settings
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse

from core.api import AsItIs
from core.api.doors import Door, operation
from reports.calendar import calendar_of
from reports.views.calendars import calendar_answer


class CalendarDoor(Door):
    content_negotiation_class = AsItIs

    @operation(
        _("Fetch your calendar"),
        answers={
            (200, "text/calendar"): OpenApiResponse(OpenApiTypes.STR, description=_("iCalendar (RFC 5545), UTF-8.")),
            304: OpenApiResponse(description=_("You have these bytes: If-None-Match named their ETag.")),
        },
        about=_(
            "Sessions of the schools and projects you work in, reports that are due, days by which claims are to be "
            "paid and questions answered, as far as the scopes of the token go. It names no participant."
        ),
    )
    def list(self, request):
        content = calendar_of(request.user, at=now(), language=get_language() or settings.LANGUAGE_CODE)
        return calendar_answer(request, content)
