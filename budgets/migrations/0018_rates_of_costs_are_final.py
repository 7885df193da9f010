"""The database itself keeps the rate a cost was taken at."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER exchange_is_final BEFORE UPDATE OR DELETE ON budgets_exchange
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
"""
BACK = "DROP TRIGGER exchange_is_final ON budgets_exchange;"


class Migration(migrations.Migration):
    dependencies = [("budgets", "0017_amounts_in_other_currencies")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
