"""The back office for support staff: plain Django admin. Facts are read here and changed on their own pages only."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.idp.oidc import admin as oidc_admin  # noqa: F401 - registers clients and tokens, which we take off again
from allauth.idp.oidc.models import Client, Token
from django import forms
from django.contrib import admin
from django.contrib.auth import admin as auth_admin  # noqa: F401 - registers groups, which we take off again
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest
from django.utils.timezone import now
from django.utils.translation import gettext as _

from core import audit
from core.actions import record_outage
from core.models import ApiToken, AuditEvent, AuditSeal, Code, CodeList, Organisation, Outage, StoredFile, User

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign] # one way in, with its second step


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that are facts, or that change through an action only."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class AuditedAdmin(admin.ModelAdmin):
    """Reference data that support may change; each change leaves its audit row, and nothing is deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        before = type(obj)._default_manager.get(pk=obj.pk) if change else None
        super().save_model(request, obj, form, change)
        names = [name for name in form.changed_data if not obj._meta.get_field(name).many_to_many]
        audit.record(
            "office.changed" if change else "office.added", obj, by=request.user, at=now(),
            before={n: str(getattr(before, n)) for n in names} if before else None,
            after={n: str(getattr(obj, n)) for n in names},
        )  # fmt: skip


admin.site.unregister(Group)  # rights come from memberships
admin.site.unregister([Client, Token])  # systems have their page


@admin.register(User)
class UserAdmin(AuditedAdmin):
    """People. Passwords are set by their owner; roles are given on the page of members."""

    list_display = ("email", "name", "language", "is_active", "is_staff", "synthetic")
    list_filter = ("is_active", "is_staff", "synthetic")
    search_fields = ("email", "name")
    fields = ("email", "name", "language", "is_active", "is_staff", "is_superuser", "synthetic", "last_login")
    readonly_fields = ("last_login", "synthetic")

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False


@admin.register(Organisation)
class OrganisationAdmin(AuditedAdmin):
    list_display = ("__str__", "kind", "country", "number", "school_code", "synthetic")
    list_filter = ("kind", "country", "synthetic")
    search_fields = ("name", "number", "school_code")
    autocomplete_fields = ("place",)


@admin.register(Code)
class CodeAdmin(AuditedAdmin):
    list_display = ("code", "__str__", "list", "parent", "ended")
    list_filter = ("list", "ended")
    search_fields = ("code", "name")
    list_select_related = ("list",)


@admin.register(CodeList)
class CodeListAdmin(ReadOnlyAdmin):
    list_display = ("name", "version", "loaded_at")


class OutageForm(forms.ModelForm):
    """Refuses what the action would refuse, beside its field."""

    class Meta:
        model = Outage
        fields = ("from_at", "to_at", "reason")

    def clean_to_at(self) -> Any:
        if self.cleaned_data["to_at"] > now():
            raise forms.ValidationError(_("This moment lies in the future. Write an outage down when it is over."))
        return self.cleaned_data["to_at"]


@admin.register(Outage)
class OutageAdmin(ReadOnlyAdmin):
    """When the portal was down. A lost day is no last day: deadlines on it move to the next day it was up."""

    form = OutageForm
    list_display = ("from_at", "to_at", "reason", "by")
    list_select_related = ("by",)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return bool(request.user.is_superuser)

    def save_model(self, request: HttpRequest, obj: Outage, form: Any, change: bool) -> None:
        made = record_outage(
            from_at=obj.from_at, to_at=obj.to_at, reason=obj.reason, by=request.user, at=now()
        )  # fmt: skip
        obj.pk = made.pk


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("id", "at", "by_name", "origin", "action", "project", "key")
    search_fields = ("project", "key", "by_name", "action")
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(AuditSeal)
class AuditSealAdmin(ReadOnlyAdmin):
    list_display = ("position", "event_id", "chain", "sealed_at")
    ordering = ("-position",)
    show_full_result_count = False


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "media_type", "size", "stored_at", "sha256")
    search_fields = ("sha256",)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Which programs have a key; the key itself is nowhere."""

    list_display = ("name", "user", "prefix", "created_at", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    fields = ("name", "user", "prefix", "scopes", "ranges", "created_at", "expires_at", "last_used_at", "revoked_at")
