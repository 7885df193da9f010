"""The request as the views of signed-in people get it: with a real person and htmx's headers; and what one request that
only reads remembers."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from core.models import User


class Request(HttpRequest):
    """For annotations: behind `login_required` the user is never anonymous."""

    user: User
    htmx: HtmxDetails


memory: ContextVar[dict[Any, Any] | None] = ContextVar("memory", default=None)
"""What was read before in this request, while it is one that changes nothing; None everywhere else."""
