"""The follow-up of everybody who left before it came: from six months after the exit, for four weeks."""

from django.db import migrations

FILL = """
    INSERT INTO beneficiaries_followup (key, participation_id, left_on, due_from, due_until, link_sha256, situation)
    SELECT gen_random_uuid(), p.id, p.left_on, (p.left_on + interval '6 months')::date,
           (p.left_on + interval '6 months')::date + 28, '', ''
    FROM beneficiaries_participation p JOIN projects_project j ON j.id = p.project_id
         JOIN projects_programme g ON g.id = j.programme_id
    WHERE p.left_on IS NOT NULL AND g.counts_esf_indicators
"""


class Migration(migrations.Migration):
    dependencies = [("beneficiaries", "0011_follow_up"), ("projects", "0007_programme_may_ask_for_consent")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop, elidable=True)]
