"""What was published stays as it was published, for every tool."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER issue_is_final BEFORE UPDATE OR DELETE ON indicators_issue
    FOR EACH ROW EXECUTE FUNCTION indicator_fact_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("indicators", "0003_results_for_the_public")]
    operations = [migrations.RunSQL(FORWARD, "DROP TRIGGER issue_is_final ON indicators_issue")]
