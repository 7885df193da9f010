"""Every address. Pages carry their language in front (/bg/…); the API and files for machines do not."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from beneficiaries.views.follow_up import answer
from core.views import health
from reports.views.calendars import calendar_feed
from reports.views.catalogue import catalogue_json, catalogue_turtle

_pages: list[URLPattern | URLResolver] = [
    path("account/mfa/", include("allauth.mfa.urls")),
    path("account/", include("allauth.account.urls")),
    path("account/", include("core.urls")),
    path("account/", include("reports.webhooks.urls")),
    path("work/", include("projects.urls")),
    path("work/", include("activities.urls")),
    path("work/", include("budgets.urls")),
    path("work/", include("beneficiaries.urls")),
    path("work/", include("reports.indicators.urls")),
    path("answer/<str:secret>/", answer, name="answer"),
    path("", include("reports.urls")),
]

urlpatterns = [
    path("health/", health, name="health"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/v1/", include("config.api")),
    path("catalog.jsonld", catalogue_json, name="catalogue_json"),
    path("catalog.ttl", catalogue_turtle, name="catalogue_turtle"),
    path("calendar/<str:secret>.ics", calendar_feed, name="calendar_feed"),
    *i18n_patterns(
        path("back-office/", admin.site.urls),
        *_pages,
    ),
    path("favicon.ico", RedirectView.as_view(url="/static/img/mark-48.png")),
]

handler500 = "core.views.server_error"
