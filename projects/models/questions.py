"""Clarifications: numbered questions of an officer to a school or to all who run a project, and every answer given."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access import Permission
from core.ids import uuid7
from core.models import Organisation
from projects.models.access import reach
from projects.models.projects import Project


class ClarificationQuerySet(models.QuerySet["Clarification"]):
    def visible_to(self, user, permission: Permission = Permission.QUESTION_VIEW) -> ClarificationQuerySet:
        """Those of the own projects; of a school only its own and those to all."""
        where = reach(user, permission)
        if where.everywhere:
            return self.all()
        return self.filter(where.schools_q("project", "school") | Q(school=None) & where.projects_q("project__"))

    def open(self) -> ClarificationQuerySet:
        return self.filter(closed_at=None)

    def unanswered(self) -> ClarificationQuerySet:
        """Open ones in which a question has no answer: the school is asked."""
        return self.open().filter(Exists(Question.objects.unanswered().filter(clarification=OuterRef("pk"))))

    def answered(self) -> ClarificationQuerySet:
        """Open ones in which every question has its answer: the officer reads and closes."""
        return self.open().exclude(Exists(Question.objects.unanswered().filter(clarification=OuterRef("pk"))))

    def overdue(self, today: date) -> ClarificationQuerySet:
        return self.unanswered().filter(due_on__lt=today)

    def with_counts(self) -> ClarificationQuerySet:
        """Adds `asked` and `replied`: how many questions, and how many of them have an answer."""
        return self.annotate(
            asked=Count("questions", distinct=True),
            replied=Count("questions", filter=Q(questions__answers__isnull=False), distinct=True),
        )


class Clarification(models.Model):
    """What an officer wants to know by a day. Open until the officer closes it."""

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="clarifications")
    school = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="clarifications", verbose_name=_("school")
    )
    subject = models.CharField(_("subject"), max_length=200)
    due_on = models.DateField(pgettext_lazy("last day for answers", "answer until"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="clarifications", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked"))
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_because = models.TextField(_("why it is closed without an answer"), blank=True)
    synthetic = models.BooleanField(_("sample data"), default=False)

    objects = ClarificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("clarification")
        verbose_name_plural = _("clarifications")
        indexes = [
            models.Index(fields=["project", "due_on"], condition=Q(closed_at=None), name="clarification_open"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(subject=""), name="clarification_has_a_subject"),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("asked_at")), name="clarification_closed_after_asked"
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class QuestionQuerySet(models.QuerySet["Question"]):
    def unanswered(self) -> QuestionQuerySet:
        return self.filter(answers=None)


class Question(models.Model):
    """One question of a clarification, with the number it is spoken of by."""

    clarification = models.ForeignKey(Clarification, models.CASCADE, related_name="questions")
    number = models.PositiveSmallIntegerField(pgettext_lazy("of a question", "number"))
    text = models.TextField(_("question"))
    asked_at = models.DateTimeField(_("asked"))

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["clarification", "number"], name="question_number_once"),
            models.CheckConstraint(condition=~Q(text=""), name="question_has_words"),
        ]

    def __str__(self) -> str:
        return f"{self.clarification_id}/{self.number}"


class Answer(models.Model):
    """What was answered. Rows only come: the newest counts, the earlier ones stay to be read."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="answers")
    text = models.TextField(_("answer"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(pgettext_lazy("moment of an answer", "at"))

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="answer_has_words")]

    def __str__(self) -> str:
        return f"{self.question} {self.pk}"
