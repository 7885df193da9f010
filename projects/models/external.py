"""How other systems call our rows: an id per source system, so that what they send twice is stored once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from projects.models.changes import Change
from projects.models.projects import Project


class ExternalId(models.Model):
    """The id of a row in a source system, unique within a project and collection. Two records that were merged keep
    both ids. No foreign key to the row: collections are tables of several apps."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    collection = models.CharField(_("collection"), max_length=20, choices=Change.Collection)
    system = models.CharField(_("source system"), max_length=40)
    external_id = models.CharField(_("id in the source system"), max_length=120)
    key = models.UUIDField(_("object"))
    given_at = models.DateTimeField(_("when"))
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("external id")
        verbose_name_plural = _("external ids")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "collection", "system", "external_id"], name="externalid_once_per_system"
            ),
        ]
        indexes = [models.Index(fields=["key"], name="externalid_of_a_row")]

    def __str__(self) -> str:
        return f"{self.system}:{self.external_id}"


def external_ids(collection: str, key: Any) -> list[str]:
    """What other systems call a row, such as register:17."""
    rows = ExternalId.objects.filter(collection=collection, key=key).order_by("system", "external_id")
    return [str(row) for row in rows]


def called(rows: QuerySet, collection: str, external: tuple[str, str]) -> Any:
    """Those of `rows`, which have a key and a project, that a source system calls so: (system, id)."""
    system, external_id = external
    named = ExternalId.objects.filter(collection=collection, system=system, external_id=external_id)
    return rows.filter(Exists(named.filter(key=OuterRef("key"), project=OuterRef("project"))))
