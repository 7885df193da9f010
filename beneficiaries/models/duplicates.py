"""What was decided about two records that look like one person. A merge keeps where every row came from."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from beneficiaries.models.people import Person
from core.ids import uuid7


class NotSame(models.Model):
    """Two people who look alike and are two: kept, so that nobody is asked again."""

    one = models.ForeignKey(Person, models.CASCADE, related_name="+")
    other = models.ForeignKey(Person, models.CASCADE, related_name="+")
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("decision that two records are two people")
        verbose_name_plural = _("decisions that two records are two people")
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="notsame_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="notsame_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} {self.other_id}"


class Merge(models.Model):
    """Two records of one person made one: `gone` keeps its row and code, but nothing hangs on it any more."""

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    kept = models.ForeignKey(Person, models.PROTECT, related_name="merges")
    gone = models.ForeignKey(Person, models.PROTECT, related_name="merged_into")
    merged_at = models.DateTimeField(_("merged"))
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.UniqueConstraint(fields=["gone"], condition=Q(undone_at=None), name="merge_gone_once"),
            models.CheckConstraint(condition=~Q(kept=F("gone")), name="merge_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.kept_id} ← {self.gone_id}"


class MergedRow(models.Model):
    """One step of a merge: a row that changed (before, after) or was taken out (before), in the order it was done."""

    merge = models.ForeignKey(Merge, models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    table = models.CharField(max_length=60)  # app.model
    row = models.BigIntegerField()
    came_from = models.ForeignKey(Person, models.CASCADE, related_name="+")
    before = models.JSONField()
    after = models.JSONField(null=True)  # None: the row was taken out

    class Meta:
        verbose_name = _("merged row")
        verbose_name_plural = _("merged rows")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["merge", "position"], name="mergedrow_in_order")]

    def __str__(self) -> str:
        return f"{self.table} {self.row}"
