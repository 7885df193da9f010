"""Times in which the portal itself was down, and what that does to a deadline.

The rule: a day on which the portal was down for more than two hours in all is no last day. A deadline that ends on such
a day ends on the next day on which the portal was up; days lost before the last day change nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import get_current_timezone, localtime
from django.utils.translation import gettext_lazy as _

LONG = timedelta(hours=2)
"""Longer than this in all, and a day is lost."""

Span = tuple[datetime, datetime]


class Outage(models.Model):
    """The portal was down from one moment to another, for everybody. Rows only come."""

    from_at = models.DateTimeField(_("down from"))
    to_at = models.DateTimeField(_("up again"))
    reason = models.CharField(_("reason"), max_length=300, help_text=_("Shown beside the deadlines it moves."))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")
    at = models.DateTimeField(_("entered"), editable=False)

    class Meta:
        verbose_name = _("outage of the portal")
        verbose_name_plural = _("outages of the portal")
        ordering = ["from_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_at__gt=F("from_at")),
                name="outage_ends_after_it_began",
                violation_error_message=_("The portal was up again after it went down: check both times."),
            ),
        ]

    def __str__(self) -> str:
        return f"{localtime(self.from_at):%Y-%m-%d %H:%M} – {localtime(self.to_at):%Y-%m-%d %H:%M}"

    def clean(self) -> None:
        if self.from_at and self.to_at and self.to_at - self.from_at > timedelta(days=31):
            raise ValidationError(_("An outage of more than 31 days is a slip of the key. Check both times."))


def days_down(spans: Iterable[Span]) -> frozenset[date]:
    """The days of the portal's time zone that are lost; times that overlap count once."""
    lost: dict[date, timedelta] = defaultdict(timedelta)
    reached: datetime | None = None
    for begin, end in sorted(spans):
        start = max(begin, reached) if reached else begin
        while start < end:
            here = localtime(start)
            midnight = datetime.combine(here.date() + timedelta(days=1), time(), get_current_timezone())
            stop = min(end, midnight)
            lost[here.date()] += stop - start
            start = stop
        reached = max(end, reached) if reached else end
    return frozenset(day for day, long in lost.items() if long > LONG)


def moved(day: date, down: Collection[date]) -> date:
    """The deadline that ends on `day`: the same, or the next day on which the portal was up."""
    while day in down:
        day += timedelta(days=1)
    return day
