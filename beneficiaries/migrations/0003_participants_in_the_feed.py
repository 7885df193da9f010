"""Participations and the marks of a session leave a change when they, or what is read with them, are written."""

from django.db import migrations

OWN = "SELECT key, project_id, school_id FROM {rows}"
OF = "SELECT p.key, p.project_id, p.school_id FROM {rows} r JOIN beneficiaries_participation p ON "
MARKED = "SELECT DISTINCT s.key, s.project_id, s.school_id FROM {rows} r JOIN activities_session s ON s.id = r.session_id"
PLACES = [
    ("beneficiaries_participation", "participants", OWN),
    ("beneficiaries_person", "participants", f"{OF} p.person_id = r.id"),
    ("beneficiaries_consent", "participants", f"{OF} p.id = r.participation_id"),
    ("activities_session", "attendance", OWN),
    ("beneficiaries_attendance", "attendance", MARKED),
]


class Migration(migrations.Migration):
    dependencies = [
        ("beneficiaries", "0002_costs_of_claims"),
        ("activities", "0002_sessions_in_the_feed"),
        ("projects", "0014_feed_of_changes"),
    ]
    operations = [
        migrations.RunSQL(
            f"SELECT note_changes_of('{place}', '{collection}', '{rows}')",
            f"SELECT note_changes_no_more('{place}', '{collection}')",
        )
        for place, collection, rows in PLACES
    ]
