"""A saved filter belongs to a list; those kept so far are of the list of claims. Backwards, only those stay."""

from django.db import migrations, models
from django.db.models.functions import Length


def drop_those_of_other_lists(apps, schema_editor) -> None:
    SavedFilter = apps.get_model("core", "SavedFilter")
    SavedFilter.objects.exclude(page="budgets:claims").delete()
    SavedFilter.objects.alias(length=Length("query")).filter(length__gt=500).delete()


class Migration(migrations.Migration):
    dependencies = [("core", "0006_saved_filters_move_in")]

    operations = [
        migrations.AddField(
            "savedfilter", "page",
            models.CharField(
                default="budgets:claims", help_text="The name of its address.", max_length=60, verbose_name="list"
            ),
            preserve_default=False,
        ),
        migrations.RemoveConstraint("savedfilter", "savedfilter_name_once"),
        migrations.AlterField("savedfilter", "query", models.CharField(max_length=2000, verbose_name="filter")),
        migrations.RunPython(migrations.RunPython.noop, drop_those_of_other_lists),
        migrations.AddConstraint(
            "savedfilter",
            models.UniqueConstraint(fields=("user", "page", "name"), name="savedfilter_name_once"),
        ),
    ]
