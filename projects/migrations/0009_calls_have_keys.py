"""From now on a call has its key from its beginning."""

from django.db import migrations, models

import core.ids


class Migration(migrations.Migration):
    dependencies = [("projects", "0008_keys_of_calls")]
    operations = [
        migrations.AlterField("call", "key", models.UUIDField(default=core.ids.uuid7, unique=True, editable=False))
    ]
