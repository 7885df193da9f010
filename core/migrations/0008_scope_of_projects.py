"""Tokens may have a scope for the texts and messages of projects."""

import django.contrib.postgres.fields
from django.db import migrations, models

SCOPES = [
    ("read", "Read projects, activities, sessions and figures"),
    ("participants", "Read and write participants"),
    ("attendance", "Write sessions and attendance"),
    ("reports", "Ask for reports, lay them out, decide on those handed in, write and decide values of indicators"),
    ("money", "Read and write payment claims and amendments"),
    ("webhooks", "Keep webhooks and read their log"),
    ("projects", "Change the texts of projects; read, ask and answer questions"),
]


class Migration(migrations.Migration):
    dependencies = [("core", "0007_jobs_of_many_rows")]
    operations = [
        migrations.AlterField(
            "apitoken",
            "scopes",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=SCOPES, max_length=20), verbose_name="scopes"
            ),
        )
    ]
