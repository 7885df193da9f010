"""Activities and groups leave a change when they, or what is read with them, are written."""

from django.db import migrations

PLACES = [
    ("activities_activity", "activities", "SELECT key, project_id, NULL::bigint AS school_id FROM {rows}"),
    (
        "activities_plannedoutput",
        "activities",
        "SELECT a.key, a.project_id, NULL::bigint AS school_id FROM {rows} r "
        "JOIN activities_activity a ON a.id = r.activity_id",
    ),
    ("activities_group", "groups", "SELECT key, project_id, school_id FROM {rows}"),
    (
        "core_organisation",
        "groups",
        "SELECT g.key, g.project_id, g.school_id FROM {rows} r JOIN activities_group g ON g.school_id = r.id",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0002_sessions_in_the_feed"),
        ("core", "0009_files_put_away"),
        ("projects", "0015_feeds_of_more_collections"),
    ]
    operations = [
        migrations.RunSQL(
            f"SELECT note_changes_of('{place}', '{collection}', '{rows}')",
            f"SELECT note_changes_no_more('{place}', '{collection}')",
        )
        for place, collection, rows in PLACES
    ]
