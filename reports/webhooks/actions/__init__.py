"""Everything that changes a webhook or its deliveries."""

from reports.webhooks.actions.sending import claim, deliver, forget, settle
from reports.webhooks.actions.subscriptions import add, change, pause, remove, renew_secret, replay, resume, test
from reports.webhooks.actions.telling import tell

__all__ = [
    "add", "change", "claim", "deliver", "forget", "pause", "remove", "renew_secret", "replay", "resume", "settle",
    "tell", "test",
]  # fmt: skip
