from django.urls import path

from reports.webhooks import views

app_name = "webhooks"
urlpatterns = [
    path("webhooks/", views.webhooks, name="webhooks"),
    path("webhooks/new/", views.webhook_new, name="webhook_new"),
    path("webhooks/<uuid:key>/", views.webhook, name="webhook"),
    path("webhooks/<uuid:key>/change/", views.webhook_change, name="webhook_change"),
    path("webhooks/<uuid:key>/act/", views.webhook_act, name="webhook_act"),
    path("webhooks/<uuid:key>/remove/", views.webhook_remove, name="webhook_remove"),
    path("webhooks/<uuid:key>/again/", views.webhook_again, name="webhook_again"),
    path("webhooks/deliveries/<uuid:key>/", views.delivery, name="delivery"),
    path("webhooks/deliveries/<uuid:key>/again/", views.delivery_again, name="delivery_again"),
]
