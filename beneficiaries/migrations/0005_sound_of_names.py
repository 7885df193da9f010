"""How a name sounds, beside its spelling: Йорданова, Jordanova and Yordanova are found together."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("beneficiaries", "0004_group_member_may_return")]
    operations = [
        migrations.AddField(
            "identity",
            "sound_key",
            models.CharField(blank=True, db_default="", db_index=True, default="", max_length=200),
        ),
        migrations.AddIndex(
            "identity",
            GinIndex(fields=["sound_key"], name="identity_by_similar_sound", opclasses=["gin_trgm_ops"]),
        ),
    ]
