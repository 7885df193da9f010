from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name, label = "reports.webhooks", "webhooks"
