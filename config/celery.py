"""The Celery app and its clock. Rows are the to-do list; the broker only wakes a worker up."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "reports that wait": {"task": "reports.tasks.build_waiting", "schedule": 20.0},
    "files of old reports": {"task": "reports.tasks.put_files_away", "schedule": 86400.0},
    "files nobody refers to": {"task": "reports.tasks.sweep_files", "schedule": 3600.0},
    "seal the audit trail": {"task": "core.tasks.seal_audit", "schedule": 60.0},
    "rows that wait": {"task": "core.tasks.bulk_waiting", "schedule": 20.0},
    "mail that waits": {"task": "core.tasks.send_mail", "schedule": 60.0},
    "months that lock soon": {"task": "activities.tasks.remind_of_locks", "schedule": 14400.0},
    "reports that are due": {"task": "reports.tasks.remind_of_filings", "schedule": 14400.0},
    "imports that wait": {"task": "beneficiaries.tasks.import_waiting", "schedule": 20.0},
    "files of old imports": {"task": "beneficiaries.tasks.forget_imports", "schedule": 86400.0},
    "receipts of repeated requests": {"task": "beneficiaries.tasks.forget_receipts", "schedule": 86400.0},
    "letters that wait": {"task": "budgets.tasks.write_waiting_letters", "schedule": 20.0},
    "amendments whose day has come": {"task": "budgets.tasks.carry_over_amendments", "schedule": 3600.0},
    "identities past their time": {"task": "beneficiaries.tasks.erase_due", "schedule": 86400.0},
    "figures counted again": {"task": "reports.indicators.tasks.recount_night", "schedule": crontab(hour=2, minute=15)},
    "sealed figures counted again": {
        "task": "reports.tasks.recount_submitted",
        "schedule": crontab(hour=2, minute=45),
    },
    "results for the public": {"task": "reports.indicators.tasks.issue_results", "schedule": crontab(hour=3, minute=5)},
    "changes told long ago": {"task": "projects.tasks.forget_changes", "schedule": 86400.0},
    "webhooks": {"task": "reports.webhooks.tasks.tell", "schedule": 10.0, "options": {"expires": 30}},
    "messages of long ago": {"task": "reports.webhooks.tasks.forget", "schedule": 86400.0},
    "browser sessions that ended": {"task": "core.tasks.clear_old_rows", "schedule": 86400.0},
}
