"""Trigram search over folded names, for the warning about possible duplicates."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("beneficiaries", "0002_relations")]
    operations = [
        TrigramExtension(),
        migrations.AddIndex(
            "identity",
            GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="identity_by_similar_name"),
        ),
    ]
