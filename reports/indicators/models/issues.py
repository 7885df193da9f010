"""Results as the public reads them: made once per quarter with small counts hidden, and never changed again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.ids import uuid7
from projects.models import Project


class Issue(models.Model):
    """What the public pages tell of a project's results up to a day.

    `rows` holds what is shown and nothing else: by indicator its code, version, name, unit, whether it is sensitive,
    women, men, non-binary, unknown and total (a number, null for none, or `:c` for hidden), and the target.
    """

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="issues")
    as_of = models.DateField(_("data as of"))
    at = models.DateTimeField(_("published"))
    rows = models.JSONField(_("figures"))
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("published results")
        verbose_name_plural = _("published results")
        ordering = ["project", "-as_of"]
        constraints = [models.UniqueConstraint(fields=["project", "as_of"], name="issue_once_per_day")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.as_of}"
