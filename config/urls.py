"""Every address. Pages carry their language in front (/bg/…); the API and files for machines do not."""

from importlib.util import find_spec

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from core.views import health

_pages = [
    path("account/mfa/", include("allauth.mfa.urls")),
    path("account/", include("allauth.account.urls")),
    path("account/", include("core.urls")),
]
_pages += [
    path("work/", include(f"{app}.urls"))
    for app in ("projects", "activities", "budgets", "beneficiaries")
    if find_spec(f"{app}.urls")
]

urlpatterns = [
    path("health/", health, name="health"),
    path("i18n/", include("django.conf.urls.i18n")),
    *([path("api/v1/", include("config.api"))] if find_spec("config.api") else []),
    *i18n_patterns(
        path("back-office/", admin.site.urls),
        *_pages,
        path("", include("reports.urls")),
    ),
    path("favicon.ico", RedirectView.as_view(url="/static/img/mark-48.png")),
]
