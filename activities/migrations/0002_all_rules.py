"""What the database itself keeps in activities, for everyone and every tool."""

from django.db import migrations

STEPS = [
    # Sessions leave a change when they, their group or their activity are written.
    (
        "SELECT note_changes_of('activities_session', 'sessions', 'SELECT key, project_id, school_id FROM {rows}')",
        "SELECT note_changes_no_more('activities_session', 'sessions')",
    ),
    (
        "SELECT note_changes_of('activities_group', 'sessions', 'SELECT s.key, s.project_id, s.school_id FROM {rows} r JOIN activities_session s ON  s.group_id = r.id')",
        "SELECT note_changes_no_more('activities_group', 'sessions')",
    ),
    (
        "SELECT note_changes_of('activities_activity', 'sessions', 'SELECT s.key, s.project_id, s.school_id FROM {rows} r JOIN activities_session s ON  s.activity_id = r.id')",
        "SELECT note_changes_no_more('activities_activity', 'sessions')",
    ),
    # Activities and groups leave a change when they, or what is read with them, are written.
    (
        "SELECT note_changes_of('activities_activity', 'activities', 'SELECT key, project_id, NULL::bigint AS school_id FROM {rows}')",
        "SELECT note_changes_no_more('activities_activity', 'activities')",
    ),
    (
        "SELECT note_changes_of('activities_plannedoutput', 'activities', 'SELECT a.key, a.project_id, NULL::bigint AS school_id FROM {rows} r JOIN activities_activity a ON a.id = r.activity_id')",
        "SELECT note_changes_no_more('activities_plannedoutput', 'activities')",
    ),
    (
        "SELECT note_changes_of('activities_group', 'groups', 'SELECT key, project_id, school_id FROM {rows}')",
        "SELECT note_changes_no_more('activities_group', 'groups')",
    ),
    (
        "SELECT note_changes_of('core_organisation', 'groups', 'SELECT g.key, g.project_id, g.school_id FROM {rows} r JOIN activities_group g ON g.school_id = r.id')",
        "SELECT note_changes_no_more('core_organisation', 'groups')",
    ),
]


class Migration(migrations.Migration):
    replaces = [
        ("activities", "0002_sessions_in_the_feed"),
        ("activities", "0003_activities_and_groups_in_the_feed"),
    ]
    dependencies = [
        ("activities", "0001_all_tables"),
        ("core", "0001_all_tables"),
        ("projects", "0001_all_tables"),
    ]
    operations = [migrations.RunSQL(forward, back) for forward, back in STEPS]
