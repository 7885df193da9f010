"""Payments are named by a key outside. The database gives those that are there one itself, so that none is changed."""

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models

import core.ids


class Migration(migrations.Migration):
    dependencies = [("budgets", "0003_hidden_rows_in_the_feed")]
    operations = [
        migrations.AddField(
            model_name="payment",
            name="key",
            field=models.UUIDField(default=core.ids.uuid7, db_default=RandomUUID(), unique=True, editable=False),
        )
    ]
