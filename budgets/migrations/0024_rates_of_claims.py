"""A claim keeps the rates at which it took documents in other currencies, and its amounts name them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('budgets', '0023_saved_filters'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClaimRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('month', models.DateField(verbose_name='month of the rate')),
                ('rate', models.DecimalField(decimal_places=6, max_digits=16, verbose_name='for one euro')),
                ('source', models.CharField(max_length=300, verbose_name='source')),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rates', to='budgets.claim')),
            ],
            options={
                'verbose_name': 'rate of a claim',
                'verbose_name_plural': 'rates of claims',
                'ordering': ['currency', 'month'],
            },
        ),
        migrations.AddField(
            model_name='linefact',
            name='rate',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='facts', to='budgets.claimrate'),
        ),
        migrations.AddConstraint(
            model_name='linefact',
            constraint=models.CheckConstraint(condition=models.Q(('rate', None), ('step', 'declared'), _connector='OR'), name='fact_rate_is_of_what_is_claimed'),
        ),
        migrations.AddConstraint(
            model_name='claimrate',
            constraint=models.UniqueConstraint(fields=('claim', 'currency', 'month', 'rate'), name='claimrate_once'),
        ),
        migrations.AddConstraint(
            model_name='claimrate',
            constraint=models.CheckConstraint(condition=models.Q(('rate__gt', 0)), name='claimrate_above_zero'),
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER claimrate_is_final BEFORE UPDATE OR DELETE ON budgets_claimrate
                FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
            """,
            "DROP TRIGGER claimrate_is_final ON budgets_claimrate;",
        ),
    ]
