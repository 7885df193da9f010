"""Filters and tags of every page: {% load portal %}. They speak the language of the page.

A value that is not known (None) shows as a dash, with words for those who listen; a variable that does not exist
shows nothing, as with Django's own filters.
"""

from collections.abc import Callable
from datetime import date, datetime, time
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone, is_aware, localdate, localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import formats
from core.charts import Chart
from core.models import SavedFilter
from core.models import texts as domain_texts
from core.models.filters import PEOPLE_SOUGHT, kept

register = template.Library()


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


def _written(value: Any, write: Callable[[Any], str]) -> str:
    if value is None:
        # Without quotes, so that a filter inside an attribute cannot end the attribute.
        return format_html("<span aria-hidden=true>{}</span><span class=visually-hidden>{}</span>", "—", _("no data"))
    return "" if value == "" else write(value)


def _local(value: date | datetime) -> date:
    return localtime(value) if isinstance(value, datetime) and is_aware(value) else value


# Numbers and days.


@register.filter
def number(value: formats.Number | None) -> str:
    return _written(value, lambda known: formats.number(known, _language()))


@register.filter
def count(value: int | None) -> str:
    return _written(value, lambda known: formats.count(known, _language()))


@register.filter
def money(value: formats.Number | None, currency: str = "EUR") -> str:
    return _written(value, lambda known: formats.money(known, _language(), currency))


@register.filter
def dual(value: formats.Number | None, currency: str = "EUR") -> str:
    """An amount in euro, with the lev it was agreed in behind it: 197 692,54 € (386 653,00 лв.); others as they are."""
    write = formats.both if currency == "BGN" else formats.money
    return _written(value, lambda known: write(known, _language(), currency))


@register.filter
def in_both(value: formats.Number | None, both: bool) -> str:
    """An amount in euro, with the lev behind it where `both` are shown."""
    write = formats.both if both else formats.money
    return _written(value, lambda known: write(known, _language()))


@register.filter
def public_money(value: formats.Number | None, programme: Any) -> str:
    """An amount in euro as the public of a programme sees it: with the lev behind it while both are shown there."""
    return in_both(value, formats.shows_both(localdate(), programme.country))


@register.filter
def percent(value: formats.Number | None) -> str:
    return _written(value, lambda known: formats.percent(known, _language()))


@register.filter
def hours(value: formats.Number | None) -> str:
    return _written(value, lambda known: formats.hours(known, _language()))


@register.filter
def day(value: date | None) -> str:
    return _written(value, lambda known: formats.day(_local(known), _language()))


@register.filter
def long_day(value: date | None) -> str:
    return _written(value, lambda known: formats.long_day(_local(known), _language()))


@register.filter
def month(value: date | None) -> str:
    return _written(value, lambda known: formats.month(_local(known), _language()))


@register.filter
def clock(value: time | datetime | None) -> str:
    local = localtime(value) if isinstance(value, datetime) and is_aware(value) else value
    return _written(local, lambda known: formats.clock(known, _language()))


@register.filter
def moment(value: datetime | None) -> str:
    return _written(value, lambda known: formats.moment(known, _language(), get_current_timezone()))


@register.simple_tag
def period(first: date | None, last: date | None) -> str:
    """From one day to another; an open end is said in words."""
    return _written(first or last, lambda _known: formats.period(first, last, _language()))


# Texts of the domain.


@register.simple_tag
def said(texts: dict[str, str] | None, original: str | None = None, *, as_text: bool = False) -> str:
    """The text in the language of the page, or the nearest there is, then marked with the language it is in.

    `as_text` leaves the mark out, for <title>, attributes and options.
    """
    text, language = domain_texts.said(texts or {}, _language(), original)
    if as_text or not text or language == _language().split("-")[0]:
        return text
    return format_html('<span lang="{}">{}</span>', language, text)


# States and icons.

STATES = {
    "draft": "neutral",
    "not_started": "neutral",
    "selected": "neutral",
    "planned": "neutral",
    "delivered": "info",
    "not_done": "danger",
    "cancelled": "neutral",
    "withdrawn": "neutral",
    "expired": "neutral",
    "ended": "neutral",
    "submitted": "info",
    "sent": "info",
    "in_review": "info",
    "waiting": "info",
    "queued": "info",
    "running": "info",
    "active": "info",
    "in_progress": "info",
    "returned": "warn",
    "due_soon": "warn",
    "reduced": "warn",
    "suspended": "warn",
    "overdue": "danger",
    "rejected": "danger",
    "refused": "danger",
    "at_risk": "danger",
    "terminated": "danger",
    "failed": "danger",
    "accepted": "ok",
    "approved": "ok",
    "paid": "ok",
    "on_track": "ok",
    "held": "ok",
    "done": "ok",
    "completed": "ok",
    "finished": "ok",
    "ready": "ok",
    "sealed": "ok",
    "given_up": "danger",
    "locked": "locked",
}
"""The colour of a state, by its code. One meaning a colour, the same on every page; a state not named is neutral."""


@register.simple_tag
def state_tag(thing: Any) -> SafeString:
    """The state of `thing` as a tag: the word from its choices, the colour from STATES."""
    colour = STATES.get(str(thing.state).lower().replace("-", "_").replace(" ", "_"), "neutral")
    mark = format_html("{} ", icon("lock")) if colour == "locked" else ""
    return format_html('<span class="tag {}">{}{}</span>', colour, mark, thing.get_state_display())


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """A glyph of the sprite; always beside a word, so it is hidden from those who listen."""
    return format_html(
        '<svg class="ico" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.inclusion_tag("parts/chart.html")
def chart_figure(chart: Chart) -> dict[str, Chart]:
    """The picture of a chart with its sentence and its table."""
    return {"chart": chart}


# Links.


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: Any) -> str:
    """The query of this page with some values changed, as a link; None or an empty text takes a value out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        elif isinstance(value, list | tuple):
            query.setlist(name, value)
        else:
            query[name] = value
    return conditional_escape("?" + query.urlencode())


@register.inclusion_tag("parts/saved_filters.html", takes_context=True)
def saved_filters(context: Context, page: str) -> dict[str, Any]:
    """The filters a person keeps of the list `page` (one of `LISTS`), and a field to keep the one in force."""
    request = context["request"]
    return {
        "page": page,
        "url": reverse(page),
        "query": kept(page, request.GET),
        "saved": SavedFilter.objects.filter(user=request.user, page=page),
        "seeks_person": bool(request.GET.get(PEOPLE_SOUGHT.get(page, ""))),
        "csrf_token": context.get("csrf_token"),
    }
