"""Each project that is there gets its key, in the order of their numbers."""

from django.db import migrations

from core.ids import uuid7


def give_keys(apps, schema_editor):
    projects = apps.get_model("projects", "Project").objects
    for pk in projects.filter(key=None).order_by("number").values_list("pk", flat=True):
        projects.filter(pk=pk).update(key=uuid7())


class Migration(migrations.Migration):
    dependencies = [("projects", "0003_key_of_projects")]
    operations = [migrations.RunPython(give_keys, migrations.RunPython.noop)]
