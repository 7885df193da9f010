from django.urls import path

from activities import views

app_name = "activities"
urlpatterns = [
    path("sessions/new/", views.plan, name="plan"),
    path("sessions/copy-week/", views.copy_week, name="copy_week"),
    path("sessions/<uuid:key>/change/", views.change, name="change"),
    path("sessions/<uuid:key>/cancel/", views.cancel, name="cancel"),
    path("sessions/<uuid:key>/evidence/", views.evidence_add, name="evidence_add"),
    path("evidence/<int:pk>/", views.evidence_file, name="evidence_file"),
    path("evidence/<int:pk>/remove/", views.evidence_remove, name="evidence_remove"),
]
