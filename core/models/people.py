"""People who sign in, the bodies they work for, and the tokens of their programs."""

from __future__ import annotations

import hashlib
import secrets
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.ids import uuid7
from core.models.texts import Text


class Role(models.TextChoices):
    """Kinds of user. What each may do stands in `core.access.GRANTS`; who has it where, in `projects.Membership`."""

    ADMINISTRATOR = "administrator", _("Administrator")
    OFFICER = "officer", _("Programme officer")
    COORDINATOR = "coordinator", _("School coordinator")
    PARTNER_FINANCE = "partner_finance", _("Partner finance")
    AUDITOR = "auditor", _("Auditor")
    API_CLIENT = "api_client", _("API client")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in by e-mail. Rights come from memberships, not from Django's permission tables."""

    class Theme(models.TextChoices):
        SYSTEM = "system", pgettext_lazy("colour theme", "As my device")
        LIGHT = "light", pgettext_lazy("colour theme", "Light")
        DARK = "dark", pgettext_lazy("colour theme", "Dark")

    class Density(models.TextChoices):
        ROLE = "", pgettext_lazy("table density", "As usual for my role")
        COMFORTABLE = "comfortable", pgettext_lazy("table density", "Comfortable")
        DENSE = "dense", pgettext_lazy("table density", "Dense")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=2, blank=True)
    theme = models.CharField(_("colour theme"), max_length=10, choices=Theme, default=Theme.SYSTEM)
    density = models.CharField(_("table density"), max_length=12, choices=Density, blank=True, default=Density.ROLE)
    hide_names = models.BooleanField(_("hide names of children on screen"), default=False)
    is_staff = models.BooleanField(_("may use the back office"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("since"), auto_now_add=True)
    synthetic = models.BooleanField(_("sample data"), default=False)

    token_scopes: frozenset[str] | None = None  # set while an API token speaks for this person

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class Organisation(models.Model):
    """A body: beneficiary, partner, school, authority."""

    class Kind(models.TextChoices):
        SCHOOL = "school", _("School")
        MUNICIPALITY = "municipality", _("Municipality")
        MINISTRY = "ministry", _("Ministry or agency")
        NGO = "ngo", _("Non-governmental organisation")
        UNIVERSITY = "university", _("Higher education institution")
        COMPANY = "company", _("Company")
        FOUNDATION = "foundation", _("Foundation")
        OTHER = "other", _("Other body")

    key = models.UUIDField(default=uuid7, unique=True, editable=False)
    name = Text(_("name"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    number = models.CharField(
        _("registration number"), max_length=40, blank=True, help_text=_("EIK, VAT or register number, OID or PIC.")
    )
    school_code = models.CharField(_("school code"), max_length=10, blank=True)
    country = models.CharField(_("country"), max_length=2)
    place = models.ForeignKey(
        "core.Code", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("place")
    )
    public_body = models.BooleanField(_("public body"), null=True, blank=True)
    synthetic = models.BooleanField(_("sample data"), default=False)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.UniqueConstraint(
                fields=["country", "number"], condition=~Q(number=""), name="organisation_number_once_per_country"
            ),
        ]

    def __str__(self) -> str:
        return next(iter(self.name.values()), "")


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, at) -> ApiTokenQuerySet:
        return self.filter(revoked_at=None, expires_at__gt=at, user__is_active=True)


class ApiToken(models.Model):
    """The key of one program. Only its hash is kept; scopes narrow what its user may do."""

    class Scope(models.TextChoices):
        READ = "read", _("Read projects, activities, sessions and figures")
        PARTICIPANTS = "participants", _("Read and write participants")
        ATTENDANCE = "attendance", _("Write sessions and attendance")
        REPORTS = (
            "reports",
            _("Ask for reports, lay them out, decide on those handed in, write and decide values of indicators"),
        )
        MONEY = "money", _("Read and write payment claims and amendments")
        WEBHOOKS = "webhooks", _("Keep webhooks and read their log")
        PROJECTS = "projects", _("Change the texts of projects; read, ask and answer questions")
        TRAIL = "trail", _("Read the trail: who did what, when and why")

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(_("begins with"), max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), verbose_name=_("scopes"))
    ranges = ArrayField(models.CharField(max_length=43), default=list, blank=True, verbose_name=_("addresses"))
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="apitoken_expires_after_it_was_made"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def new_secret() -> str:
        return "ip_" + secrets.token_urlsafe(32)

    @staticmethod
    def hash(secret: str) -> str:
        """SHA-256 of the secret: it holds 256 random bits, so a slow hash would add nothing."""
        return hashlib.sha256(secret.encode()).hexdigest()
