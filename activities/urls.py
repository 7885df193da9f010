from django.urls import path

from activities.views import periods, series, sessions

app_name = "activities"
urlpatterns = [
    path("sessions/new/", sessions.plan, name="plan"),
    path("sessions/series/", series.series, name="series"),
    path("sessions/copy-week/", sessions.copy_week, name="copy_week"),
    path("sessions/<uuid:key>/change/", sessions.change, name="change"),
    path("sessions/<uuid:key>/cancel/", sessions.cancel, name="cancel"),
    path("sessions/<uuid:key>/evidence/", sessions.evidence_add, name="evidence_add"),
    path("periods/", periods.periods, name="periods"),
    path("periods/open/", periods.open_again, name="period_open"),
    path("periods/ask/", periods.ask, name="period_ask"),
    path("periods/requests/<int:pk>/decline/", periods.decline, name="period_decline"),
    path("periods/<int:pk>/take-back/", periods.take_back, name="period_take_back"),
    path("evidence/<int:pk>/", sessions.evidence_file, name="evidence_file"),
    path("evidence/<int:pk>/remove/", sessions.evidence_remove, name="evidence_remove"),
]
