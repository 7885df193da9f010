"""What a document came to in another currency is taken out of the books with its cost, while the claim that holds it
was never sent; it never changes, and it stays from the day it was sent."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION exchange_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR NOT EXISTS (
        SELECT 1 FROM budgets_claimline l JOIN budgets_claim c ON c.id = l.claim_id
        WHERE l.cost_id = OLD.cost_id AND c.received_on IS NULL
    ) OR EXISTS (
        SELECT 1 FROM budgets_linefact f JOIN budgets_claimline l ON l.id = f.line_id WHERE l.cost_id = OLD.cost_id
    ) THEN
        RAISE EXCEPTION 'the amount of a cost in another currency is final' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER exchange_is_final ON budgets_exchange;
CREATE TRIGGER exchange_is_final BEFORE UPDATE OR DELETE ON budgets_exchange
    FOR EACH ROW EXECUTE FUNCTION exchange_is_final();
"""
BACK = """
DROP TRIGGER exchange_is_final ON budgets_exchange;
DROP FUNCTION exchange_is_final();
CREATE TRIGGER exchange_is_final BEFORE UPDATE OR DELETE ON budgets_exchange
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('budgets', '0031_plans_of_visits_have_versions'),
    ]

    operations = [migrations.RunSQL(FORWARD, BACK)]
