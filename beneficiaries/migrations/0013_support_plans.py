"""The individual support plan of a pupil, with its measures and reviews."""

import core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('beneficiaries', '0012_follow_up_of_those_who_left'),
        ('core', '0003_outgoing_mail'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SupportPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('opened_on', models.DateField(verbose_name='opened')),
                ('risk', models.CharField(choices=[('low', 'Low'), ('medium', 'Medium'), ('high', 'High')], max_length=6, verbose_name='risk of leaving school early')),
                ('why', models.TextField(blank=True, verbose_name='what the risk comes from')),
                ('closed_on', models.DateField(blank=True, null=True, verbose_name='closed')),
                ('outcome', models.CharField(blank=True, choices=[('gone', 'The risk is gone'), ('less', 'The risk is smaller'), ('same', 'The risk is the same'), ('left', 'The pupil left school')], max_length=4, verbose_name='result')),
                ('result', models.TextField(blank=True, verbose_name='what was reached')),
                ('participation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='support_plans', to='beneficiaries.participation')),
                ('written_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'support plan',
                'verbose_name_plural': 'support plans',
                'ordering': ['-opened_on', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='SupportMeasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=200, verbose_name='measure')),
                ('responsible', models.CharField(max_length=100, verbose_name='responsible')),
                ('from_on', models.DateField(verbose_name='from')),
                ('until_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('hours', models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True, verbose_name='hours planned')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='measures', to='beneficiaries.supportplan')),
            ],
            options={
                'verbose_name': 'support measure',
                'verbose_name_plural': 'support measures',
                'ordering': ['from_on', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='SupportReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_on', models.DateField(verbose_name='review due')),
                ('held_on', models.DateField(blank=True, null=True, verbose_name='review held')),
                ('found', models.TextField(blank=True, verbose_name='what was found')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='beneficiaries.supportplan')),
            ],
            options={
                'verbose_name': 'review of a support plan',
                'verbose_name_plural': 'reviews of support plans',
                'ordering': ['due_on', 'pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='supportplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_on', None), ('outcome', '')), models.Q(('closed_on__gte', models.F('opened_on')), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='supportplan_closed_with_outcome'),
        ),
        migrations.AddConstraint(
            model_name='supportmeasure',
            constraint=models.CheckConstraint(condition=models.Q(('until_on', None), ('until_on__gte', models.F('from_on')), _connector='OR'), name='supportmeasure_ends_after_it_began', violation_error_message='The last day lies before the first day.'),
        ),
        migrations.AddConstraint(
            model_name='supportmeasure',
            constraint=models.CheckConstraint(condition=models.Q(('hours', None), ('hours__gt', 0), _connector='OR'), name='supportmeasure_hours_positive'),
        ),
        migrations.AddConstraint(
            model_name='supportreview',
            constraint=models.UniqueConstraint(fields=('plan', 'due_on'), name='supportreview_once_a_day'),
        ),
    ]
