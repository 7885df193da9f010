"""Tables that may be taken away as CSV, the same bytes whether they come at once or are written by a worker, and from
how many rows on a worker writes them. Each app has its own; `settings.EXPORT_TABLES` names all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core.access import Permission
from projects.models.access import Reach, reach


@dataclass(frozen=True)
class Table:
    """A table that may be taken away. `found(user, query)` gives the rows this person sees of a query, in one order,
    and `lines` their CSV in chunks of whole lines, heads first; `url` names the page that gives a short one at once,
    `event` what the trail says of who took it, and `named` how its file is called before the day.

    `also`: rights that open cells of it. `needs`: the filter without which there is no such table; `in_path`: it stands
    in the path of `url`. `worded`: with words in the language of the page, which `query` then has as `language`.
    `of_people`: about participants, so that their erasing ends the file; `personal`: with their names and sensitive
    answers, so that one says what it is for."""

    key: str
    title: Promise
    permission: Permission
    url: str
    found: Callable[[Any, Mapping[str, str]], QuerySet[Any]]
    lines: Callable[[Any], Iterator[bytes]]
    event: str
    filters: tuple[str, ...] = ("project", "school")
    also: tuple[Permission, ...] = ()
    needs: str = ""
    in_path: bool = False
    worded: bool = False
    of_people: bool = False
    personal: bool = False
    named: Callable[[Mapping[str, str]], str] | None = None

    def rows(self, user, query: Mapping[str, str]) -> QuerySet[Any]:
        """What `user` may see of it now. Raises PermissionDenied without the right."""
        if reach(user, self.permission) == Reach() or (self.needs and not query.get(self.needs)):
            raise PermissionDenied(_("Your role does not open this page. An administrator can give you access."))
        return self.found(user, query)

    def told(self, query: Mapping[str, str]) -> dict[str, str]:
        """What the trail says about who took it away."""
        return dict(query) | ({"kind": self.key} if self.personal else {})

    def file_name(self, query: Mapping[str, str], day: date) -> str:
        return f"{self.named(query) if self.named else self.key}_{day}.csv"

    def rights(self, user) -> str:
        """A hash of where `user` may see it: a file made with other rights is not handed out."""
        places = [asdict(reach(user, permission)) for permission in (self.permission, *self.also)]
        told = [
            sorted((name, value if isinstance(value, bool) else sorted(value)) for name, value in where.items())
            for where in places
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def at_once_url(self, query: Mapping[str, str]) -> str:
        """Where a short one comes at once."""
        if self.in_path:
            return reverse(self.url, args=[query[self.needs]])
        return f"{reverse(self.url)}?{urlencode(query)}"

    def job_url(self, query: Mapping[str, str]) -> str:
        """The page that says how long it is and has it made by a worker."""
        return f"{reverse('reports:export_new', args=[self.key])}?{urlencode(query)}"


def at_once(rows: QuerySet[Any]) -> bool:
    """The rule for all tables: up to EXPORT_ROWS_AT_ONCE rows the file comes at once, above it a worker writes it.
    Papers (consent forms, certificates) come at once: they are of those chosen on one page of the list, at most 100."""
    most = settings.EXPORT_ROWS_AT_ONCE
    return not rows[most : most + 1].exists()


@cache
def tables() -> dict[str, Table]:
    """Key → table, of all apps."""
    found = [import_string(path) for path in settings.EXPORT_TABLES]
    return {table.key: table for table in found}
