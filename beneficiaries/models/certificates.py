"""Certificates that were printed: what anyone who holds one may check, and nothing about whom it is."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.models import Project


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def sealed(self, *, code: str = "", sha256: str = "") -> CertificateQuerySet:
        """Those with a check code, in a file with this hash, or both."""
        found = self.filter(code=code) if code else self
        return found.filter(sha256=sha256) if sha256 else found


class Certificate(models.Model):
    """One certificate of participation. The paper itself is not kept, only the hash of its file; the code stands in
    the audit row of the participant. Rows only come."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="certificates")
    code = models.CharField(_("check code"), max_length=16, unique=True)
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    sessions = models.PositiveIntegerField(_("sessions"))
    hours = models.DecimalField(_("hours"), max_digits=8, decimal_places=2)
    issued_on = models.DateField(_("issued on"))
    issued_at = models.DateTimeField(_("issued"))
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(sessions__gt=0), name="certificate_of_some_sessions")]

    def __str__(self) -> str:
        return self.code
