"""Calls get a key that never changes: their code is known in their programme only."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0006_interim_rhythm_of_contracts")]
    operations = [migrations.AddField("call", "key", models.UUIDField(null=True, editable=False))]
