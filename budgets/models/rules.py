"""Forms of cost as a call agrees them (Regulation (EU) 2021/1060, Art. 53 to 56)."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.models import Call


class Form(models.TextChoices):
    """Forms of cost (CPR Art. 53): a line has one, and a cost is covered by one only."""

    REAL = "real", _("Real costs")
    UNIT = "unit", _("Unit costs")
    LUMP = "lump", _("Lump sum")
    FLAT = "flat", _("Flat rate")


class Nature(models.TextChoices):
    """What a line is for the base of a flat rate."""

    STAFF = "staff", _("Direct staff costs")
    DIRECT = "direct", _("Other direct costs")
    ALLOWANCES = "allowances", _("Salaries and allowances of participants")
    INDIRECT = "indirect", _("Indirect costs")


class Flat(models.TextChoices):
    """The flat rates of the law, by what they pay and their base."""

    INDIRECT_DIRECT = "indirect_direct", _("Indirect costs, up to 7% of direct costs (Art. 54(a))")
    INDIRECT_STAFF = "indirect_staff", _("Indirect costs, up to 15% of direct staff costs (Art. 54(b))")
    INDIRECT_METHOD = "indirect_method", _("Indirect costs, up to 25% of direct costs by a method (Art. 54(c))")
    STAFF_OTHER = "staff_other", _("Staff costs, up to 20% of other direct costs (Art. 55(1))")
    ALL_OTHER = "all_other", _("All other costs, up to 40% of direct staff costs (Art. 56)")


HIGHEST = {  # per cent; a call may agree less, never more
    Flat.INDIRECT_DIRECT: Decimal(7), Flat.INDIRECT_STAFF: Decimal(15), Flat.INDIRECT_METHOD: Decimal(25),
    Flat.STAFF_OTHER: Decimal(20), Flat.ALL_OTHER: Decimal(40),
}  # fmt: skip


def _at_most_the_law() -> Q:
    allowed = Q(flat="", rate=None)
    for flat, highest in HIGHEST.items():
        allowed |= Q(flat=flat.value, rate__gt=0, rate__lte=highest)
    return allowed


class CallForm(models.Model):
    """A form of cost that a call allows; a call without any row leaves it open."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="forms_of_cost")
    form = models.CharField(_("form of cost"), max_length=10, choices=Form)
    flat = models.CharField(_("flat rate"), max_length=20, choices=Flat, blank=True)
    rate = models.DecimalField(_("rate, %"), max_digits=5, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = _("form of cost of a call")
        verbose_name_plural = _("forms of cost of calls")
        constraints = [
            models.UniqueConstraint(fields=["call", "form", "flat"], name="callform_once"),
            models.CheckConstraint(
                condition=(Q(form="flat") & ~Q(flat="")) | (~Q(form="flat") & Q(flat="")),
                name="callform_flat_names_its_rate",
                violation_error_message=_("A flat rate says which one it is; another form of cost has none."),
            ),
            models.CheckConstraint(
                condition=_at_most_the_law(),
                name="callform_rate_within_the_law",
                violation_error_message=_("Enter a rate above 0 and not above the highest one of the law."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call} {self.form} {self.flat}".strip()
