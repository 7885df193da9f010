"""The database itself refuses to change a layout once it is published, but for retiring it."""

from django.db import migrations

STEPS = [
    ("""
CREATE FUNCTION layout_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published layout is final: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION layout_logo_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM reports_layoutversion WHERE state <> 'draft' AND id IN (OLD.version_id, NEW.version_id)) THEN
        RAISE EXCEPTION 'a published layout is final: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER layout_belongs_where_it_does BEFORE UPDATE ON reports_layout FOR EACH ROW
    WHEN ((OLD.key, OLD.programme_id, OLD.call_id, OLD.kind)
          IS DISTINCT FROM (NEW.key, NEW.programme_id, NEW.call_id, NEW.kind))
    EXECUTE FUNCTION layout_is_final();
CREATE TRIGGER layout_version_is_final BEFORE UPDATE ON reports_layoutversion FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (
        OLD.state <> 'published' OR NEW.state <> 'retired' OR
        (OLD.layout_id, OLD.number, OLD.contents, OLD.edits, OLD.by_id, OLD.changed_at, OLD.published_at)
        IS DISTINCT FROM
        (NEW.layout_id, NEW.number, NEW.contents, NEW.edits, NEW.by_id, NEW.changed_at, NEW.published_at)))
    EXECUTE FUNCTION layout_is_final();
CREATE TRIGGER layout_version_stays BEFORE DELETE ON reports_layoutversion FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION layout_is_final();
CREATE TRIGGER layout_logo_is_final BEFORE INSERT OR UPDATE OR DELETE ON reports_layoutlogo FOR EACH ROW
    EXECUTE FUNCTION layout_logo_is_final();
""", """
DROP TRIGGER layout_logo_is_final ON reports_layoutlogo;
DROP TRIGGER layout_version_stays ON reports_layoutversion;
DROP TRIGGER layout_version_is_final ON reports_layoutversion;
DROP TRIGGER layout_belongs_where_it_does ON reports_layout;
DROP FUNCTION layout_logo_is_final();
DROP FUNCTION layout_is_final();
"""),
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("reports", "0010_funders_layouts")]
    operations = [migrations.RunSQL(forward, back) for forward, back in STEPS]
