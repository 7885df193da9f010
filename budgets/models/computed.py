"""How the amount of a simplified cost came about."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from budgets.models.claims import Claim
from budgets.models.costs import ReportedCost


class Computation(models.Model):
    """What a cost in a simplified form was computed from, for the claim it was computed for. Rows only come.

    `basis` holds what the form asks to be verified: of a flat rate its rate and base, of a unit cost the count and the
    rows behind it, of a lump sum the deliverables that release it.
    """

    cost = models.OneToOneField(ReportedCost, models.PROTECT, related_name="computation")
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="computations")
    basis = models.JSONField()
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("basis of a simplified cost")
        verbose_name_plural = _("bases of simplified costs")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.claim_id}: {self.cost_id}"
