"""The checklist of a programme, and what officers answered. A list that was used is never changed: a new version takes
its place for claims taken up later, so that an old check keeps the questions it answered."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from budgets.models.claims import Claim, ClaimLine
from core.models.texts import Text
from projects.models import Programme


class Checklist(models.Model):
    """One version of the questions of a programme; the highest one is put to claims that are taken up."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="checklists")
    version = models.PositiveSmallIntegerField(pgettext_lazy("of a record", "version"))
    synthetic = models.BooleanField(_("sample data"), default=False)

    class Meta:
        verbose_name = _("checklist")
        verbose_name_plural = _("checklists")
        ordering = ["programme_id", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "version"], name="checklist_version_once_per_programme")
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.version}"


class ChecklistQuestion(models.Model):
    """A question that is answered with yes, no or not applicable."""

    class About(models.TextChoices):
        CLAIM = "claim", pgettext_lazy("what a question of a checklist is about", "The claim as a whole")
        LINE = "line", pgettext_lazy("what a question of a checklist is about", "Each line that is examined")
        VISIT = "visit", pgettext_lazy("what a question of a checklist is about", "An on-the-spot visit")

    checklist = models.ForeignKey(Checklist, models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(_("position"))
    about = models.CharField(_("asked about"), max_length=10, choices=About, default=About.CLAIM)
    text = Text(_("question"))
    article = models.CharField(_("legal basis"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("question of a checklist")
        verbose_name_plural = _("questions of checklists")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["checklist", "position"], name="checklist_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.checklist_id}/{self.position}"


class ClaimChecklist(models.Model):
    """The version of the checklist by which a claim is checked, from the day it is taken up."""

    claim = models.OneToOneField(Claim, models.PROTECT, related_name="checklist")
    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="claims")
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("checklist of a claim")
        verbose_name_plural = _("checklists of claims")

    def __str__(self) -> str:
        return f"{self.claim_id}: {self.checklist_id}"


class ChecklistAnswer(models.Model):
    """What an officer answered. Rows only come: the newest on a question counts."""

    class Answer(models.TextChoices):
        YES = "yes", pgettext_lazy("answer on a checklist", "Yes")
        NO = "no", pgettext_lazy("answer on a checklist", "No")
        NOT_APPLICABLE = "na", pgettext_lazy("answer on a checklist", "Not applicable")

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="checklist_answers")
    line = models.ForeignKey(ClaimLine, models.PROTECT, null=True, related_name="checklist_answers")
    question = models.ForeignKey(ChecklistQuestion, models.PROTECT, related_name="answers")
    answer = models.CharField(_("answer"), max_length=3, choices=Answer)
    remark = models.TextField(_("remark"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("answer on a checklist")
        verbose_name_plural = _("answers on checklists")
        ordering = ["pk"]
        indexes = [models.Index(fields=["claim", "line", "question", "-id"], name="checklist_newest_answer")]
        constraints = [
            models.CheckConstraint(condition=~Q(answer="no") | ~Q(remark=""), name="checklist_no_is_explained"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id}/{self.question_id} {self.answer}"
