"""A claim that was sent before claims kept their rates took documents in other currencies at the rate they were reported
at. It gets that rate, so that sending it again takes nothing anew."""

from django.db import migrations

FORWARD = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE budgets_linefact DISABLE TRIGGER linefact_is_final;
CREATE TEMPORARY TABLE taken_before ON COMMIT DROP AS
    SELECT f.id AS fact, l.claim_id, x.currency, x.month, x.rate, x.source
    FROM budgets_linefact f
    JOIN budgets_claimline l ON l.id = f.line_id
    JOIN budgets_reportedcost k ON k.id = l.cost_id
    JOIN budgets_exchange x ON x.cost_id = k.id
    WHERE f.step = 'declared' AND f.rate_id IS NULL;
INSERT INTO budgets_claimrate (claim_id, currency, month, rate, source)
    SELECT claim_id, currency, month, rate, min(source) FROM taken_before GROUP BY 1, 2, 3, 4
    ON CONFLICT DO NOTHING;
UPDATE budgets_linefact f SET rate_id = r.id
    FROM taken_before t
    JOIN budgets_claimrate r USING (claim_id, currency, month, rate)
    WHERE f.id = t.fact;
DROP TABLE taken_before;
SET CONSTRAINTS ALL DEFERRED;
ALTER TABLE budgets_linefact ENABLE TRIGGER linefact_is_final;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('budgets', '0032_rates_go_with_costs_taken_back'),
    ]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
