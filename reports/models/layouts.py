"""Funders' own layouts of reports, by programme or call: a version is a draft, then published and final."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access import Permission
from core.ids import uuid7
from core.models import StoredFile
from projects.models import Call, Programme, Project, reach
from reports.catalogue import SUBMITTED, Kind, Subject, kinds
from reports.subjects import Thing, programme, what


class LayoutQuerySet(models.QuerySet["Layout"]):
    def visible_to(self, user, permission: Permission = Permission.REPORT_VIEW) -> LayoutQuerySet:
        """Layouts of the programmes in which this person has the right, as a whole or in a project."""
        where = reach(user, permission)
        if where.everywhere:
            return self
        own = Project.objects.filter(where.projects_q()).values("programme")
        return self.filter(Q(programme__in=where.programmes) | Q(programme__in=own))

    def published(self) -> LayoutQuerySet:
        """Those in use, joined with the version that is published."""
        return self.filter(versions__state=LayoutVersion.State.PUBLISHED)


class Layout(models.Model):
    """A layout for one kind of report of a programme or, where `call` is set, of that call of it."""

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="layouts")
    call = models.ForeignKey(Call, models.PROTECT, null=True, blank=True, related_name="layouts")
    kind = models.CharField(_("kind"), max_length=20)  # a key of `reports.catalogue.kinds`
    name = models.CharField(pgettext_lazy("of a layout", "name"), max_length=120)

    objects = LayoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("layout of reports")
        verbose_name_plural = _("layouts of reports")
        ordering = ["programme__code", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "name"], name="layout_name_once_per_programme",
                violation_error_message=_("This programme has a layout with this name already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def of_kind(self) -> Kind:
        return kinds()[self.kind]


class LayoutVersionQuerySet(models.QuerySet["LayoutVersion"]):
    def published(self) -> LayoutVersionQuerySet:
        return self.filter(state=LayoutVersion.State.PUBLISHED)

    def fit_for(self, kind: str, thing: Thing) -> LayoutVersionQuerySet:
        """Those a report of this kind about `thing` may take: of its programme, and of its call."""
        own = programme(thing)
        call = thing.call_id if isinstance(thing, Project) else thing.pk if what(thing) == Subject.CALL else None
        return self.filter(Q(layout__call=None) | Q(layout__call=call), layout__kind=kind, layout__programme=own)

    def offered(self, kind: str, subject: Subject, rows: models.QuerySet) -> LayoutVersionQuerySet:
        """The published ones for reports of this kind about any of these `rows`, which are all of one sort."""
        if subject == Subject.PROGRAMME:
            of: Any = rows.values("pk")
        elif subject == Subject.SCHOOL:
            of = Project.objects.filter(partners__organisation__in=rows.values("pk")).values("programme")
        else:
            of = rows.order_by().values("programme")
        found = self.published().filter(layout__kind=kind, layout__programme__in=of)
        return found.select_related("layout__programme", "layout__call").order_by("layout__name")

    def of_submitted(self, project: Project) -> LayoutVersion | None:
        """The one in which a report is submitted: the newest of the call of the project, else of its programme."""
        found = self.fit_for(SUBMITTED, project).order_by(F("layout__call").desc(nulls_last=True), "-published_at")
        return found.first()


class LayoutVersion(models.Model):
    """One version of a layout. Once published nothing about it changes but that it is retired."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("state of a layout", "Draft")
        PUBLISHED = "published", pgettext_lazy("state of a layout", "Published")
        RETIRED = "retired", pgettext_lazy("state of a layout", "Retired")

    layout = models.ForeignKey(Layout, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    contents = models.JSONField(_("contents"))  # see `reports.layouts`
    edits = models.PositiveIntegerField(_("changes"), default=0)  # grows with each, so that nobody overwrites another
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(_("changed"))
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    objects = LayoutVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a layout")
        verbose_name_plural = _("versions of layouts")
        ordering = ["layout_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["layout", "number"], name="layoutversion_number_once"),
            models.UniqueConstraint(
                fields=["layout"], condition=Q(state="draft"), name="layoutversion_one_draft",
                violation_error_message=_("This layout has a draft already."),
            ),
            models.UniqueConstraint(
                fields=["layout"], condition=Q(state="published"), name="layoutversion_one_published"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(published_at__isnull=False), name="layoutversion_published_at"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(_("%(name)s, version %(n)s") % {"name": self.layout.name, "n": self.number})

    def section(self, number: int) -> dict[str, Any] | None:
        """The section with this id."""
        return next((each for each in self.contents["sections"] if each["id"] == number), None)


class LayoutLogo(models.Model):
    """A picture on the cover, beside the emblem of the Union and never larger."""

    version = models.ForeignKey(LayoutVersion, models.CASCADE, related_name="logos")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    alt = models.JSONField(_("words for those who cannot see it"))  # by language

    class Meta:
        verbose_name = _("logo of a layout")
        verbose_name_plural = _("logos of layouts")
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.file)
