"""Corrections of what was verified, and irregularities: facts that point back to the lines of claims."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budgets.models.claims import Claim
from budgets.models.verification import LineDecision
from core.access import Permission
from core.ids import uuid7
from projects.models import reach


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def visible_to(self, user, permission: Permission = Permission.ACCOUNT_VIEW) -> CorrectionQuerySet:
        return self.filter(reach(user, permission).projects_q("claim__project__"))


class Correction(models.Model):
    """A financial correction of an accepted claim (CPR Art. 103; Annex XVII, fields 102 to 104).

    Its amounts are facts on the lines of the claim, in the currency of its contract. Only its class and its state
    change, each with an audit row; dropped, its amounts are given back by further facts.
    """

    class Kind(models.TextChoices):
        NONE = "none", pgettext_lazy("class of a correction", "No irregularity")
        IRREGULARITY = "irregularity", pgettext_lazy("class of a correction", "Irregularity")
        SUSPECTED = "suspected_fraud", pgettext_lazy("class of a correction", "Suspected fraud")
        FRAUD = "fraud", pgettext_lazy("class of a correction", "Fraud")

    class State(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("state of a correction", "Active")
        STOPPED = "stopped", pgettext_lazy("state of a correction", "Stopped")
        CLOSED = "closed", pgettext_lazy("state of a correction", "Closed")
        DROPPED = "dropped", pgettext_lazy("state of a correction", "Dropped")

    MOVES = {  # from: where it may go; a dropped or closed one stays so
        State.ACTIVE: (State.STOPPED, State.CLOSED, State.DROPPED),
        State.STOPPED: (State.ACTIVE, State.CLOSED, State.DROPPED),
    }

    class FoundBy(models.TextChoices):
        VERIFICATION = "verification", _("Administrative verification")
        VISIT = "visit", _("On-the-spot check")
        AUDIT = "audit", _("Audit authority")
        COMMISSION = "commission", _("European Commission")
        COURT = "court", _("European Court of Auditors")
        OLAF = "olaf", _("OLAF or the European Public Prosecutor")
        BENEFICIARY = "beneficiary", _("The beneficiary, by itself")
        OTHER = "other", pgettext_lazy("who found it", "Somebody else")

    class Way(models.TextChoices):
        """How what was paid too much comes back."""

        LATER = "later", _("It lowers later payments")
        RECOVERY = "recovery", _("It is a debt to be paid back")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="corrections")
    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("class"), max_length=20, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ACTIVE)
    error = models.CharField(_("type of error"), max_length=20, choices=LineDecision.Error)
    found_by = models.CharField(_("found by"), max_length=20, choices=FoundBy)
    by_audit = models.BooleanField(_("caused by an audit"), default=False)
    insolvency = models.BooleanField(_("only because the beneficiary is insolvent"), default=False)
    found_on = models.DateField(_("found on"))
    way = models.CharField(_("what was paid already"), max_length=10, choices=Way)
    because = models.TextField(_("reason"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(_("made"))
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction of a claim")
        verbose_name_plural = _("corrections of claims")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "number"], name="correction_number_once"),
            models.CheckConstraint(condition=~Q(because=""), name="correction_is_explained"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id}/{self.number}"
