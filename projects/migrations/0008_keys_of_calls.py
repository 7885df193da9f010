"""Each call that is there gets its key, in the order of their codes."""

from django.db import migrations

from core.ids import uuid7


def give_keys(apps, schema_editor):
    calls = apps.get_model("projects", "Call").objects
    for pk in calls.filter(key=None).order_by("programme__code", "code").values_list("pk", flat=True):
        calls.filter(pk=pk).update(key=uuid7())


class Migration(migrations.Migration):
    dependencies = [("projects", "0007_key_of_calls")]
    operations = [migrations.RunPython(give_keys, migrations.RunPython.noop)]
