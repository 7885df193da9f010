"""Typed values leave a change when they are written."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("indicators", "0002_all_rules"),
        ("projects", "0005_feeds_of_projects"),
    ]
    operations = [
        migrations.RunSQL(
            """SELECT note_changes_of('indicators_value', 'indicator-values',
                                      'SELECT key, project_id, school_id FROM {rows}')""",
            "SELECT note_changes_no_more('indicators_value', 'indicator-values')",
        )
    ]
