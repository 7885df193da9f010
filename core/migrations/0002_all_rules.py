"""What the database itself keeps in core, for everyone and every tool."""

from django.db import migrations

STEPS = [
    # The database itself refuses to change or delete audit rows and seals, for everyone and every tool.
    ("""
CREATE FUNCTION audit_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are final: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER auditevent_rows_are_final BEFORE UPDATE OR DELETE ON core_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_is_final();
CREATE TRIGGER auditevent_table_is_final BEFORE TRUNCATE ON core_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_final();
CREATE TRIGGER auditseal_rows_are_final BEFORE UPDATE OR DELETE ON core_auditseal
    FOR EACH ROW EXECUTE FUNCTION audit_is_final();
CREATE TRIGGER auditseal_table_is_final BEFORE TRUNCATE ON core_auditseal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_final();
""", """
DROP TRIGGER auditevent_rows_are_final ON core_auditevent;
DROP TRIGGER auditevent_table_is_final ON core_auditevent;
DROP TRIGGER auditseal_rows_are_final ON core_auditseal;
DROP TRIGGER auditseal_table_is_final ON core_auditseal;
DROP FUNCTION audit_is_final();
"""),
]


class Migration(migrations.Migration):
    replaces = [
        ("core", "0002_rules"),
    ]
    dependencies = [
        ("core", "0001_all_tables"),
    ]
    operations = [migrations.RunSQL(forward, back) for forward, back in STEPS]
