"""Projects get a key that never changes, as all other rows of the API have; the number stays their address."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0002_external_ids")]
    operations = [
        migrations.AddField("project", "key", models.UUIDField(null=True, editable=False)),
        migrations.AddField("change", "hidden", models.BooleanField(db_default=False)),
    ]
