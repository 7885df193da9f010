"""Contracts with suppliers that costs are claimed under, and costs being typed into a claim."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activities.models import Evidence
from budgets.models.claims import Claim
from core.access import Permission
from core.ids import uuid7
from core.money import EUR
from projects.models import Currency, Project, reach


class ProcurementQuerySet(models.QuerySet["Procurement"]):
    def visible_to(self, user, permission: Permission = Permission.CLAIM_VIEW) -> ProcurementQuerySet:
        return self.filter(reach(user, permission).projects_q("project__"))


class Procurement(models.Model):
    """A contract the project signed with a supplier: costs name it, and together they stay within its amount."""

    class Procedure(models.TextChoices):
        OPEN = "open", pgettext_lazy("procurement procedure", "Open procedure")
        RESTRICTED = "restricted", pgettext_lazy("procurement procedure", "Restricted procedure")
        NEGOTIATED = "negotiated", pgettext_lazy("procurement procedure", "Negotiated procedure")
        OFFERS = "offers", pgettext_lazy("procurement procedure", "Several offers compared")
        DIRECT = "direct", pgettext_lazy("procurement procedure", "Direct award")
        OTHER = "other", pgettext_lazy("procurement procedure", "Other")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="procurements")
    number = models.CharField(_("number of the contract"), max_length=60)
    contractor = models.CharField(_("contractor"), max_length=200)
    contractor_number = models.CharField(
        _("number of the contractor"), max_length=40, blank=True, help_text=_("As in the register of its country.")
    )
    signed_on = models.DateField(_("signed on"))
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, default=Currency.EUR)
    amount = models.DecimalField(_("amount with VAT"), **EUR)
    procedure = models.CharField(_("procedure"), max_length=12, choices=Procedure)
    papers = models.ManyToManyField(Evidence, blank=True, related_name="procurements", verbose_name=_("evidence"))
    version = models.PositiveIntegerField(pgettext_lazy("of a record", "version"), default=1)
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = ProcurementQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract with a supplier")
        verbose_name_plural = _("contracts with suppliers")
        ordering = ["project_id", "signed_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "number"],
                name="procurement_number_once_per_project",
                violation_error_message=_("A contract with this number is entered already."),
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="procurement_above_zero",
                violation_error_message=_("Enter an amount above 0."),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CostDraft(models.Model):
    """What a person typed of a cost and has not entered yet, as it was typed; it goes when the claim is sent."""

    claim = models.ForeignKey(Claim, models.CASCADE, related_name="cost_drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    data = models.JSONField()
    saved_at = models.DateTimeField(_("saved"))

    class Meta:
        verbose_name = _("draft of a cost")
        verbose_name_plural = _("drafts of costs")
        constraints = [models.UniqueConstraint(fields=["claim", "user"], name="costdraft_once")]

    def __str__(self) -> str:
        return f"{self.claim_id}: {self.user_id}"
