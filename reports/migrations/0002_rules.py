"""The database itself refuses to change a finished report."""

from django.db import migrations

STEPS = [
    # A finished report and its files are facts: the database refuses to change or delete them.
    ("""
CREATE FUNCTION report_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a finished report is final: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER report_done_is_final BEFORE UPDATE OR DELETE ON reports_report
    FOR EACH ROW WHEN (OLD.state = 'done') EXECUTE FUNCTION report_is_final();
CREATE TRIGGER reportfile_is_final BEFORE UPDATE OR DELETE ON reports_reportfile
    FOR EACH ROW EXECUTE FUNCTION report_is_final();
CREATE FUNCTION storedfile_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sha256 <> OLD.sha256 OR NEW.size <> OLD.size OR NEW.key <> OLD.key THEN
        RAISE EXCEPTION 'the content of a stored file is final' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER storedfile_content_is_final BEFORE UPDATE ON core_storedfile
    FOR EACH ROW EXECUTE FUNCTION storedfile_is_final();
""", """
DROP TRIGGER report_done_is_final ON reports_report;
DROP TRIGGER reportfile_is_final ON reports_reportfile;
DROP FUNCTION report_is_final();
DROP TRIGGER storedfile_content_is_final ON core_storedfile;
DROP FUNCTION storedfile_is_final();
"""),
]


class Migration(migrations.Migration):
    replaces = [
        ("reports", "0002_done_is_final"),
    ]
    dependencies = [("reports", "0001_tables")]
    operations = [migrations.RunSQL(forward, back) for forward, back in STEPS]
