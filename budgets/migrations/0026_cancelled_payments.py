"""A payment is cancelled by a further one that takes it back; the database holds the two together."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


OLD = "AND NEW.total * side > 0 AND s.part IN"
NEW = """AND NEW.total * side > 0 AND NOT EXISTS (
                SELECT 1 FROM budgets_payment p WHERE p.id = NEW.payment_id AND p.reverses_id IS NOT NULL
            ) AND s.part IN"""  # what a cancelled payment had lowered comes back as it was


def rewrite(old: str, new: str) -> str:
    return f"""
DO $do$
DECLARE
    before text := pg_get_functiondef('facts_are_in_bounds'::regproc);
BEGIN
    IF position($old${old}$old$ IN before) = 0 THEN
        RAISE EXCEPTION 'facts_are_in_bounds is not as it was';
    END IF;
    EXECUTE replace(before, $old${old}$old$, $new${new}$new$);
END $do$;
"""


FORWARD = """
CREATE FUNCTION cancelling_takes_all_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM budgets_payment p WHERE p.id = NEW.reverses_id AND p.reverses_id IS NULL
                   AND p.claim_id = NEW.claim_id AND p.kind = NEW.kind AND p.currency = NEW.currency
                   AND p.amount = -NEW.amount) THEN
        RAISE EXCEPTION 'a payment is cancelled as a whole' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM budgets_linefact WHERE payment_id IN (NEW.id, NEW.reverses_id)
               GROUP BY line_id, step HAVING SUM(total) <> 0 OR SUM(eu_part) <> 0 OR SUM(national_part) <> 0) THEN
        RAISE EXCEPTION 'a payment is cancelled with all its amounts' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER cancelling_takes_all_back AFTER INSERT ON budgets_payment DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL) EXECUTE FUNCTION cancelling_takes_all_back();
"""
BACK = """
DROP TRIGGER cancelling_takes_all_back ON budgets_payment;
DROP FUNCTION cancelling_takes_all_back();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('budgets', '0025_letters_by_hash'),
        ('projects', '0012_share_of_claims_that_settles_the_advance'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='payment',
            name='payment_has_its_sign',
        ),
        migrations.AddField(
            model_name='payment',
            name='because',
            field=models.TextField(blank=True, editable=False, verbose_name='reason'),
        ),
        migrations.AddField(
            model_name='payment',
            name='reverses',
            field=models.OneToOneField(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='budgets.payment'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__lt', 0), ('kind', 'recovery')), models.Q(models.Q(('kind', 'recovery'), _negated=True), ('amount__gt', 0)), models.Q(models.Q(('kind', 'recovery'), _negated=True), ('amount', 0), ('claim__isnull', False)), ('reverses__isnull', False), _connector='OR'), name='payment_has_its_sign'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('because', ''), ('reverses', None)), models.Q(('reverses__isnull', False), models.Q(('because', ''), _negated=True)), _connector='OR'), name='payment_cancelled_for_a_reason'),
        ),
        migrations.RunSQL(rewrite(OLD, NEW), rewrite(NEW, OLD)),
        migrations.RunSQL(FORWARD, BACK),
    ]
