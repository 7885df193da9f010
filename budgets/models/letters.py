"""What a school is told about its claim: a letter a decision, made from figures that stay as they were."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budgets.models.claims import Claim, ClaimMove
from core import sealing
from core.access import Permission
from core.ids import uuid7
from core.models import StoredFile
from core.models.texts import Text
from projects.models import Programme, reach

MOST_ATTEMPTS = 5


class LetterText(models.Model):
    """What the letters of a programme say beside the result."""

    programme = models.OneToOneField(Programme, models.CASCADE, related_name="letter_text")
    objection = Text(
        _("how to object"), help_text=_("To whom, in what form and until when, by language; printed in every letter.")
    )
    synthetic = models.BooleanField(_("sample data"), default=False)

    class Meta:
        verbose_name = _("text of letters")
        verbose_name_plural = _("texts of letters")

    def __str__(self) -> str:
        return str(self.programme)


class ClaimLetterQuerySet(models.QuerySet["ClaimLetter"]):
    def visible_to(self, user, permission: Permission = Permission.CLAIM_VIEW) -> ClaimLetterQuerySet:
        return self.filter(reach(user, permission).projects_q("claim__project__"))

    def sealed(self, *, code: str = "", sha256: str = "") -> ClaimLetterQuerySet:
        """Those that were made, with a check code, a hash (of the file or of the figures), or both."""
        made = self.filter(file__isnull=False)
        if code:
            made = made.filter(sha256__startswith=sealing.begins(code))
        return made.filter(Q(file__sha256=sha256) | Q(sha256=sha256)) if sha256 else made

    def waiting(self) -> ClaimLetterQuerySet:
        """The workers' to-do list."""
        return self.filter(file=None, attempts__lt=MOST_ATTEMPTS)


class ClaimLetter(models.Model):
    """The letter about one decision on a claim. The figures are taken with the decision; a worker makes the PDF, and
    from then on nothing about it changes."""

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="letters")
    move = models.OneToOneField(ClaimMove, models.PROTECT, related_name="letter")
    position = models.PositiveSmallIntegerField(_("position"))
    language = models.CharField(pgettext_lazy("of a letter", "language"), max_length=2)
    snapshot = models.JSONField(_("figures"))
    sha256 = models.CharField(_("hash of the figures"), max_length=64)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ClaimLetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter about a claim")
        verbose_name_plural = _("letters about claims")
        ordering = ["claim_id", "position"]
        constraints = [models.UniqueConstraint(fields=["claim", "position"], name="letter_position_once")]
        indexes = [models.Index(fields=["sha256"], name="letter_by_hash", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return f"{self.claim_id}/{self.position}"

    @property
    def code(self) -> str:
        """What is printed on it to be checked."""
        return sealing.check_code(self.sha256)

    @property
    def given_up(self) -> bool:
        return self.file_id is None and self.attempts >= MOST_ATTEMPTS
