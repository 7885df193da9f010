"""Filters of lists that a person keeps under a name."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

LISTS = {
    "activities:periods": ("project",),
    "beneficiaries:participants": ("project", "school", "group", "incomplete", "left", "size"),
    "budgets:accounts": ("programme",),
    "budgets:amendments": ("programme", "project", "state"),
    "budgets:applications": ("programme", "state", "year"),
    "budgets:claims": ("state", "programme", "kind", "clock", "mine", "project"),
    "budgets:corrections": ("programme", "kind", "state", "project"),
    "budgets:payments": ("programme", "kind", "project"),
    "budgets:suppliers": ("programme", "procedure", "project"),
    "budgets:visits": ("programme", "project", "state", "late"),
    "reports:dashboard": ("programme", "sort", "size"),
    "reports:projects": ("q", "programme", "call", "state", "country", "sort", "size"),
    "reports:reports": ("q", "project", "state", "language"),
    "reports:trail": ("project", "action", "key", "from", "to", "size"),
}
"""The lists whose filters can be kept, by the name of their address, and the values kept of each."""

PEOPLE_SOUGHT = {"beneficiaries:participants": "q", "reports:trail": "who"}
"""Where a list is searched for a person by name: that is never kept, for it would outlive the person's erasure."""


def kept(page: str, query: QueryDict) -> str:
    """The part of a query that is a filter of the list `page`, in one order; all else is dropped."""
    filled = QueryDict(mutable=True)
    for name in LISTS[page]:
        if value := query.get(name):
            filled[name] = value
    return filled.urlencode()


class SavedFilter(models.Model):
    """The query of a list as one person wants to find it again; nobody else sees it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_filters")
    page = models.CharField(_("list"), max_length=60, help_text=_("The name of its address."))
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filter"), max_length=2000)

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "page", "name"], name="savedfilter_name_once")]

    def __str__(self) -> str:
        return self.name
