"""Reports that are due leave a change when they, or the contract that asks for them, are written."""

from django.db import migrations

OWN = "SELECT key, project_id, NULL::bigint AS school_id FROM {rows}"
PLACES = [
    ("reports_filing", "due-reports", OWN),
    (
        "projects_contractversion",
        "due-reports",
        "SELECT x.key, x.project_id, NULL::bigint AS school_id FROM {rows} r JOIN reports_filing x ON x.contract_id = r.id",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0011_published_layouts_are_final"),
        ("projects", "0015_feeds_of_more_collections"),
    ]
    operations = [
        migrations.RunSQL(
            f"SELECT note_changes_of('{place}', '{collection}', '{rows}')",
            f"SELECT note_changes_no_more('{place}', '{collection}')",
        )
        for place, collection, rows in PLACES
    ]
