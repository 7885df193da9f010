"""Figures as they were counted one night, and what a later count from the records did not confirm."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.access import Permission
from core.ids import uuid7
from projects.models import Programme, Project, reach


class Snapshot(models.Model):
    """All counted figures of a project, or of a whole programme, up to a day. The newest one opens the table."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, models.CASCADE, null=True, blank=True, related_name="+")
    as_of = models.DateField(_("data as of"))
    counted_at = models.DateTimeField(_("counted"))
    figures = models.JSONField(_("figures"))
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("snapshot of indicators")
        verbose_name_plural = _("snapshots of indicators")
        ordering = ["-as_of", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "project"], name="snapshot_one_per_scope", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.project_id} {self.as_of}"


class DriftQuerySet(models.QuerySet["Drift"]):
    def visible_to(self, user, permission: Permission = Permission.TRAIL_VIEW) -> DriftQuerySet:
        return self.filter(reach(user, permission).projects_q("project__"))

    def open(self) -> DriftQuerySet:
        return self.filter(seen_at=None)


class Drift(models.Model):
    """A stored figure that the records no longer give although no change of them is in the trail. Expected: none."""

    class Of(models.TextChoices):
        NIGHT = "night", _("Figures of the last night")
        REPORT = "report", _("Sealed report")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="indicator_drifts")
    of = models.CharField(_("stored in"), max_length=10, choices=Of)
    source = models.CharField(_("which"), max_length=40)
    code = models.CharField(_("indicator"), max_length=20)
    part = models.CharField(_("part"), max_length=80, blank=True)
    stored = models.CharField(_("stored"), max_length=40)
    counted = models.CharField(_("counted"), max_length=40)
    found_at = models.DateTimeField(_("found"))
    seen_by = models.ForeignKey("core.User", models.PROTECT, null=True, related_name="+")
    seen_at = models.DateTimeField(_("explained"), null=True, blank=True)
    explanation = models.TextField(_("explanation"), blank=True)

    objects = DriftQuerySet.as_manager()

    class Meta:
        verbose_name = _("drift of a figure")
        verbose_name_plural = _("drifts of figures")
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["of", "source", "project", "code", "part", "stored", "counted"], name="drift_told_once"
            ),
            models.CheckConstraint(
                condition=Q(seen_at=None) | ~Q(explanation=""), name="drift_closed_with_explanation",
                violation_error_message=_("Write down what happened."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.project_id} {self.code}: {self.stored} ≠ {self.counted}"
