"""The request as the views of signed-in people get it: with a real person and htmx's headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from core.models import User


class Request(HttpRequest):
    """For annotations: behind `login_required` the user is never anonymous."""

    user: User
    htmx: HtmxDetails
