"""Who looked at which file of a claim. Rows only come."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from activities.models import Evidence
from budgets.models.claims import Claim


class PaperLook(models.Model):
    """The first look of a person at a file of a claim on a day."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="looks")
    paper = models.ForeignKey(Evidence, models.PROTECT, related_name="looks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    on = models.DateField(_("day"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("look at a file")
        verbose_name_plural = _("looks at files")
        constraints = [
            models.UniqueConstraint(fields=["paper", "claim", "by", "on"], name="paperlook_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id}: {self.paper_id} {self.on}"
