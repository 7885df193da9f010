"""Sessions leave a change when they, their group or their activity are written."""

from django.db import migrations

OF = "SELECT s.key, s.project_id, s.school_id FROM {rows} r JOIN activities_session s ON "
PLACES = [
    ("activities_session", "SELECT key, project_id, school_id FROM {rows}"),
    ("activities_group", f"{OF} s.group_id = r.id"),
    ("activities_activity", f"{OF} s.activity_id = r.id"),
]


class Migration(migrations.Migration):
    dependencies = [("activities", "0001_tables"), ("projects", "0014_feed_of_changes")]
    operations = [
        migrations.RunSQL(
            f"SELECT note_changes_of('{place}', 'sessions', '{rows}')",
            f"SELECT note_changes_no_more('{place}', 'sessions')",
        )
        for place, rows in PLACES
    ]
