"""Projects and organisations leave a change when they, or what is read with them, are written. A change says whether
the row was hidden from most of those who reach its project; of one that comes to be hidden the side before is told.
A project that moves to another programme takes all its rows along: nobody can go on from before."""

import core.ids
from django.db import migrations, models

NOTE = """
CREATE OR REPLACE FUNCTION note_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO projects_change (collection, key, project_id, school_id, hidden, xid, at)
         SELECT %L, key, project_id, school_id, %s, pg_current_xact_id()::text::bigint, clock_timestamp()
         FROM (%s) AS rows',
        TG_ARGV[0], coalesce(TG_ARGV[2], 'false'), TG_ARGV[1]);
    RETURN NULL;
END $$;
CREATE FUNCTION note_changes_of_hidden(place regclass, collection text, rows_of text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    now_ text := replace(rows_of, '{rows}', 'rows_now');
    before text := replace(rows_of, '{rows}', 'rows_before');
BEGIN
    EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS rows_now
        FOR EACH STATEMENT EXECUTE FUNCTION note_changes(%L, %L, ''hidden'')',
        collection || '_added', place, collection, now_);
    EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %s REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_now
        FOR EACH STATEMENT EXECUTE FUNCTION note_changes(%L, %L, ''hidden'')',
        collection || '_changed', place, collection, now_ || ' UNION ' || before);
    EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON %s REFERENCING OLD TABLE AS rows_before
        FOR EACH STATEMENT EXECUTE FUNCTION note_changes(%L, %L, ''hidden'')',
        collection || '_gone', place, collection, before);
END $$;
CREATE FUNCTION forget_all_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO projects_forgotten (collection, xid, at)
    VALUES ('', pg_current_xact_id()::text::bigint, clock_timestamp())
    ON CONFLICT (collection) DO UPDATE SET xid = greatest(projects_forgotten.xid, excluded.xid), at = excluded.at;
    RETURN NULL;
END $$;
CREATE TRIGGER project_moved AFTER UPDATE OF programme_id ON projects_project
    FOR EACH ROW WHEN (OLD.programme_id <> NEW.programme_id) EXECUTE FUNCTION forget_all_changes();
"""
NOTE_BACK = """
DROP TRIGGER project_moved ON projects_project;
DROP FUNCTION forget_all_changes();
DROP FUNCTION note_changes_of_hidden(regclass, text, text);
CREATE OR REPLACE FUNCTION note_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO projects_change (collection, key, project_id, school_id, xid, at)
         SELECT %L, key, project_id, school_id, pg_current_xact_id()::text::bigint, clock_timestamp() FROM (%s) AS rows',
        TG_ARGV[0], TG_ARGV[1]);
    RETURN NULL;
END $$;
"""
OF = "SELECT p.key, p.id AS project_id, NULL::bigint AS school_id FROM {{rows}} r {}"
PROJECT = "JOIN projects_project p ON "
ORGANISATION = "SELECT {}.key, {} AS project_id, NULL::bigint AS school_id FROM {{rows}} r {}"
PARTS = ("contractversion", "partner", "projectplace", "objective", "targetgroup", "plannedfigure")


def each(form, *joins):
    return " UNION ".join(form.format(*(join if isinstance(join, tuple) else (join,))) for join in joins)


WITH_PARTNERS = "JOIN projects_partner x ON x.organisation_id = r.id "
OF_BODIES = tuple(f"{PROJECT}p.{role}_id = r.id" for role in ("beneficiary", "granting_authority"))
PLACES = [
    ("projects_project", "projects", OF.format("").replace("p.", "r.")),
    *[(f"projects_{part}", "projects", OF.format(f"{PROJECT}p.id = r.project_id")) for part in PARTS],
    ("projects_programme", "projects", OF.format(f"{PROJECT}p.programme_id = r.id")),
    ("projects_call", "projects", OF.format(f"{PROJECT}p.call_id = r.id")),
    ("projects_specificobjective", "projects", OF.format(f"{PROJECT}p.specific_objective_id = r.id")),
    ("core_organisation", "projects", each(OF, f"{WITH_PARTNERS}{PROJECT}p.id = x.project_id", *OF_BODIES)),
    ("core_code", "projects", OF.format(f"JOIN projects_projectplace x ON x.place_id = r.id {PROJECT}p.id = x.project_id")),
    (
        "core_organisation",
        "organisations",
        each(
            ORGANISATION,
            ("r", "x.project_id", WITH_PARTNERS),
            *[("r", "p.id", body) for body in OF_BODIES],
            ("r", "p.id", f"JOIN projects_programme g ON g.funder_id = r.id {PROJECT}p.programme_id = g.id"),
        ),
    ),
    (
        "projects_partner",
        "organisations",
        ORGANISATION.format("o", "r.project_id", "JOIN core_organisation o ON o.id = r.organisation_id"),
    ),
    (
        "projects_project",
        "organisations",
        each(
            ORGANISATION,
            ("o", "r.id", "JOIN core_organisation o ON o.id = r.beneficiary_id"),
            ("o", "r.id", "JOIN core_organisation o ON o.id = r.granting_authority_id"),
            (
                "o",
                "r.id",
                "JOIN projects_programme g ON g.id = r.programme_id JOIN core_organisation o ON o.id = g.funder_id",
            ),
        ),
    ),
    (
        "projects_programme",
        "organisations",
        ORGANISATION.format(
            "o", "p.id", f"JOIN core_organisation o ON o.id = r.funder_id {PROJECT}p.programme_id = r.id"
        ),
    ),
]
COLLECTIONS = [('participants', 'Participants'), ('sessions', 'Sessions'), ('attendance', 'Attendance'), ('groups', 'Groups'), ('activities', 'Activities'), ('reported-costs', 'Reported costs'), ('amendments', 'Amendments'), ('claims', 'Payment claims'), ('deliverables', 'Deliverables'), ('visits', 'On-the-spot visits'), ('due-reports', 'Reports that are due'), ('indicator-values', 'Typed values of indicators'), ('projects', 'Projects'), ('organisations', 'Organisations')]


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_all_tables"),
        ("projects", "0004_keys_of_projects"),
    ]
    operations = [
        migrations.AlterField("project", "key", models.UUIDField(default=core.ids.uuid7, unique=True, editable=False)),
        *[
            migrations.AlterField(
                model, "collection", models.CharField(max_length=20, choices=COLLECTIONS, verbose_name="collection")
            )
            for model in ("change", "externalid")
        ],
        migrations.RunSQL(NOTE, NOTE_BACK),
        *[
            migrations.RunSQL(
                f"SELECT note_changes_of('{place}', '{collection}', '{rows}')",
                f"SELECT note_changes_no_more('{place}', '{collection}')",
            )
            for place, collection, rows in PLACES
        ],
    ]
