"""Where the portal knows the final payment of a project, the day that starts its retention is the one of its last
payment, not the one that was typed."""

from django.db import migrations

FORWARD = """
UPDATE projects_project p SET last_payment_on = last.day
FROM (
    SELECT m.project_id, max(m.paid_on) FILTER (WHERE m.amount > 0 AND m.kind <> 'recovery') AS day
    FROM budgets_payment m
    WHERE m.reverses_id IS NULL AND NOT EXISTS (SELECT 1 FROM budgets_payment b WHERE b.reverses_id = m.id)
    GROUP BY 1 HAVING bool_or(m.kind = 'final')
) last
WHERE last.project_id = p.id AND last.day IS NOT NULL;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('budgets', '0033_rates_of_claims_sent_before'),
        ('projects', '0001_tables'),
    ]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
