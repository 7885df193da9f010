"""The database itself keeps moves of deliverables and scores as they are, and what is done stays done."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER deliverablemove_is_final BEFORE UPDATE OR DELETE ON budgets_deliverablemove
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
CREATE TRIGGER assessment_is_final BEFORE UPDATE OR DELETE ON budgets_assessment
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
CREATE TRIGGER deliverable_done_is_final BEFORE UPDATE OR DELETE ON budgets_deliverable
    FOR EACH ROW WHEN (OLD.state = 'done') EXECUTE FUNCTION claim_fact_is_final();
"""
BACK = """
DROP TRIGGER deliverablemove_is_final ON budgets_deliverablemove;
DROP TRIGGER assessment_is_final ON budgets_assessment;
DROP TRIGGER deliverable_done_is_final ON budgets_deliverable;
"""


class Migration(migrations.Migration):
    dependencies = [("budgets", "0011_deliverables_of_lump_sums")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
