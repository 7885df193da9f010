"""Saved filters are no longer those of claims alone: their table goes to `core`, with its rows."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("budgets", "0029_on_the_spot_visits")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.AlterModelTable("savedfilter", "core_savedfilter")],
            state_operations=[migrations.DeleteModel("SavedFilter")],
        )
    ]
