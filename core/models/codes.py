"""Code lists an office may extend. Codes are text; leading zeros matter."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.texts import Text


class CodeList(models.Model):
    """One list in one version, loaded by `load_codes` from core/codes."""

    name = models.CharField(_("list"), max_length=60, unique=True)
    version = models.CharField(_("version"), max_length=40)
    source = models.TextField(_("source"), blank=True)
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(_("loaded"))

    class Meta:
        verbose_name = _("code list")
        verbose_name_plural = _("code lists")

    def __str__(self) -> str:
        return self.name


class CodeQuerySet(models.QuerySet["Code"]):
    def of(self, name: str) -> CodeQuerySet:
        return self.filter(list__name=name).order_by("position")

    def current(self) -> CodeQuerySet:
        return self.filter(ended=False)


class Code(models.Model):
    """One value of a list; `more` holds the other columns of its row."""

    list = models.ForeignKey(CodeList, models.PROTECT, related_name="codes")
    code = models.CharField(_("code"), max_length=40)
    name = Text(_("name"))
    position = models.PositiveIntegerField(_("position"))
    parent = models.CharField(_("parent code"), max_length=40, blank=True)
    ended = models.BooleanField(_("no longer in use"), default=False)
    more = models.JSONField(_("other columns"), default=dict)

    objects = CodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("code")
        verbose_name_plural = _("codes")
        ordering = ["list_id", "position"]
        constraints = [models.UniqueConstraint(fields=["list", "code"], name="code_once_per_list")]

    def __str__(self) -> str:
        return f"{self.code} {next(iter(self.name.values()), '')}"
