"""Payments are named by a key outside. The database gives those that are there one itself, so that none is changed."""

from django.db import migrations, models
from django.db.models import Func

import core.ids


class Uuid7(Func):
    """A UUID of version 7, as `core.ids` makes them, in the words of PostgreSQL 15."""

    template = """overlay(overlay(
        lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
        || substr(replace(gen_random_uuid()::text, '-', ''), 13) PLACING '7' FROM 13 FOR 1) PLACING '8' FROM 17 FOR 1
    )::uuid"""
    output_field = models.UUIDField()


class Migration(migrations.Migration):
    dependencies = [("budgets", "0003_hidden_rows_in_the_feed")]
    operations = [
        migrations.AddField(
            model_name="payment",
            name="key",
            field=models.UUIDField(default=core.ids.uuid7, db_default=Uuid7(), unique=True, editable=False),
        ),
        migrations.AlterField(
            model_name="payment",
            name="key",
            field=models.UUIDField(default=core.ids.uuid7, unique=True, editable=False),
        ),
    ]
