"""Changes of claims that are drafts, and of visits the school is not told of, are for those who may see them; the side
of a change that others could see is told to them."""

from django.db import migrations

DRAFT = "state = 'draft'"
QUIET = "NOT announced AND state IN ('planned', 'cancelled')"
OWN = "SELECT key, project_id, NULL::bigint AS school_id, {} AS hidden FROM {{rows}}"
OF_CONTRACT = "FROM {rows} r JOIN budgets_claim x ON x.contract_id = r.id"
PLACES = [
    ("budgets_claim", "claims", OWN.format(DRAFT)),
    (
        "projects_contractversion",
        "claims",
        f"SELECT x.key, x.project_id, NULL::bigint AS school_id, x.{DRAFT} AS hidden {OF_CONTRACT}",
    ),
    ("budgets_visit", "visits", OWN.format(QUIET)),
]
SHOWN = {
    ("projects_contractversion", "claims"): f"SELECT x.key, x.project_id, NULL::bigint AS school_id {OF_CONTRACT}"
}
PLAIN = "SELECT key, project_id, NULL::bigint AS school_id FROM {rows}"
MARK = "UPDATE projects_change SET hidden = true WHERE collection = '{}' AND key IN (SELECT key FROM {} WHERE {})"


class Migration(migrations.Migration):
    dependencies = [
        ("budgets", "0002_all_rules"),
        ("projects", "0005_feeds_of_projects"),
    ]
    operations = [
        *[
            migrations.RunSQL(
                f"SELECT note_changes_no_more('{place}', '{collection}'), "
                f"note_changes_of_hidden('{place}', '{collection}', $${rows}$$)",
                f"SELECT note_changes_no_more('{place}', '{collection}'), "
                f"note_changes_of('{place}', '{collection}', $${SHOWN.get((place, collection), PLAIN)}$$)",
            )
            for place, collection, rows in PLACES
        ],
        migrations.RunSQL(MARK.format("claims", "budgets_claim", DRAFT), migrations.RunSQL.noop),
        migrations.RunSQL(MARK.format("visits", "budgets_visit", QUIET), migrations.RunSQL.noop),
    ]
