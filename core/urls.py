from django.urls import path

from core import views

app_name = "core"
urlpatterns = [
    path("start/", views.start, name="start"),
    path("settings/", views.preferences, name="settings"),
    path("settings/tokens/", views.tokens, name="tokens"),
    path("settings/tokens/<int:pk>/revoke/", views.token_revoke, name="token_revoke"),
    path("filters/", views.saved_filter, name="saved_filter"),
    path("help/", views.page, {"name": "help"}, name="help"),
    path("privacy/", views.page, {"name": "privacy"}, name="privacy"),
    path("accessibility/", views.page, {"name": "accessibility"}, name="accessibility"),
    path("styleguide/", views.styleguide, name="styleguide"),
]
