"""What the database itself keeps in beneficiaries, for everyone and every tool."""

from django.db import migrations

STEPS = [
    # Participations and the marks of a session leave a change when they, or what is read with them, are written.
    (
        "SELECT note_changes_of('beneficiaries_participation', 'participants', 'SELECT key, project_id, school_id FROM {rows}')",
        "SELECT note_changes_no_more('beneficiaries_participation', 'participants')",
    ),
    (
        "SELECT note_changes_of('beneficiaries_person', 'participants', 'SELECT p.key, p.project_id, p.school_id FROM {rows} r JOIN beneficiaries_participation p ON  p.person_id = r.id')",
        "SELECT note_changes_no_more('beneficiaries_person', 'participants')",
    ),
    (
        "SELECT note_changes_of('beneficiaries_consent', 'participants', 'SELECT p.key, p.project_id, p.school_id FROM {rows} r JOIN beneficiaries_participation p ON  p.id = r.participation_id')",
        "SELECT note_changes_no_more('beneficiaries_consent', 'participants')",
    ),
    (
        "SELECT note_changes_of('activities_session', 'attendance', 'SELECT key, project_id, school_id FROM {rows}')",
        "SELECT note_changes_no_more('activities_session', 'attendance')",
    ),
    (
        "SELECT note_changes_of('beneficiaries_attendance', 'attendance', 'SELECT DISTINCT s.key, s.project_id, s.school_id FROM {rows} r JOIN activities_session s ON s.id = r.session_id')",
        "SELECT note_changes_no_more('beneficiaries_attendance', 'attendance')",
    ),
    # Codes and hashes of certificates, so that anyone who holds one can check it.
    ("""
CREATE FUNCTION certificate_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'certificates are final: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER certificate_is_final BEFORE UPDATE OR DELETE ON beneficiaries_certificate
    FOR EACH ROW EXECUTE FUNCTION certificate_is_final();
""", "DROP TRIGGER certificate_is_final ON beneficiaries_certificate; DROP FUNCTION certificate_is_final();"),
]


class Migration(migrations.Migration):
    replaces = [
        ("beneficiaries", "0003_participants_in_the_feed"),
    ]
    dependencies = [
        ("beneficiaries", "0001_all_tables"),
        ("activities", "0001_all_tables"),
        ("core", "0001_all_tables"),
        ("projects", "0001_all_tables"),
    ]
    operations = [migrations.RunSQL(forward, back) for forward, back in STEPS]
