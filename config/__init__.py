"""Wiring. The Celery app is loaded with it, so that pages, commands and workers send tasks to the same broker."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
