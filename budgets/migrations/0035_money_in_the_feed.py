"""Costs, amendments, claims, deliverables and visits leave a change when they, or what is read with them, are written."""

from django.db import migrations

OWN = "SELECT key, project_id, NULL::bigint AS school_id FROM {rows}"
OF = "SELECT x.key, x.project_id, NULL::bigint AS school_id FROM {{rows}} r JOIN budgets_{} x ON {}"
PLACES = [
    ("budgets_reportedcost", "reported-costs", OWN),
    ("budgets_exchange", "reported-costs", OF.format("reportedcost", "x.id = r.cost_id")),
    ("budgets_budgetline", "reported-costs", OF.format("reportedcost", "x.line_id = r.id")),
    ("budgets_amendment", "amendments", OWN),
    ("projects_contractversion", "amendments", OF.format("amendment", "r.id IN (x.contract_id, x.result_id)")),
    ("budgets_claim", "claims", OWN),
    ("projects_contractversion", "claims", OF.format("claim", "x.contract_id = r.id")),
    ("budgets_deliverable", "deliverables", OWN),
    ("budgets_visit", "visits", OWN),
]


class Migration(migrations.Migration):
    dependencies = [
        ("budgets", "0034_days_of_last_payments"),
        ("projects", "0015_feeds_of_more_collections"),
    ]
    operations = [
        migrations.RunSQL(
            f"SELECT note_changes_of('{place}', '{collection}', '{rows}')",
            f"SELECT note_changes_no_more('{place}', '{collection}')",
        )
        for place, collection, rows in PLACES
    ]
