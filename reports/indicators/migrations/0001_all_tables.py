"""Every table of indicators: indicators, values, targets and public results."""

import core.ids
import core.models.texts
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from core.migrating import AllAtOnce


class Migration(AllAtOnce):

    replaces = [
        ('indicators', '0001_tables'),
        ('indicators', '0003_results_for_the_public'),
        ('indicators', '0005_targets_of_specific_objectives'),
    ]

    initial = True

    dependencies = [
        ('core', '0001_all_tables'),
        ('projects', '0001_all_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Indicator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, verbose_name='code')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('ended', models.BooleanField(default=False, verbose_name='no longer in use')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='indicators', to='projects.programme')),
            ],
            options={
                'verbose_name': 'indicator',
                'verbose_name_plural': 'indicators',
                'ordering': ['position', 'code'],
                'constraints': [models.UniqueConstraint(fields=('programme', 'code'), name='indicator_once_per_programme', violation_error_message='The programme has an indicator with this code.')],
            },
        ),
        migrations.CreateModel(
            name='Estimate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_on', models.DateField(verbose_name='from')),
                ('to_on', models.DateField(verbose_name='to')),
                ('value', models.PositiveIntegerField(verbose_name='estimated number')),
                ('method', models.TextField(verbose_name='method')),
                ('basis', models.TextField(verbose_name='basis')),
                ('estimated_on', models.DateField(verbose_name='estimated on')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='indicator_estimates', to='projects.project')),
                ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='estimates', to='indicators.indicator')),
            ],
            options={
                'verbose_name': 'informed estimate',
                'verbose_name_plural': 'informed estimates',
                'ordering': ['-to_on', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('to_on__gte', models.F('from_on'))), name='estimate_period_in_order', violation_error_message='The period ends before it begins.'), models.CheckConstraint(condition=models.Q(models.Q(('method', ''), _negated=True), models.Q(('basis', ''), _negated=True)), name='estimate_says_how', violation_error_message='Write down the method and the basis of the estimate.')],
            },
        ),
        migrations.CreateModel(
            name='Definition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField(verbose_name='version')),
                ('name', core.models.texts.Text(verbose_name='name')),
                ('unit', models.CharField(choices=[('persons', 'Persons'), ('bodies', 'Bodies'), ('sessions', 'Sessions'), ('hours', 'Hours'), ('percent', 'Per cent'), ('number', 'Number')], max_length=10, verbose_name='unit')),
                ('kind', models.CharField(choices=[('output', 'Output'), ('result', 'Result')], max_length=10, verbose_name='kind')),
                ('text', core.models.texts.Text(blank=True, verbose_name='definition')),
                ('source', models.CharField(choices=[('common', 'Participants, by the rule of the ESF+ regulation'), ('people', 'Participants who fit the rule'), ('schools', 'Schools with participants who fit the rule'), ('sessions', 'Sessions held'), ('hours', 'Hours of sessions held'), ('outreach', 'People reached by outreach'), ('typed', 'Typed: no record can exist')], max_length=10, verbose_name='counted from')),
                ('rule', models.JSONField(blank=True, default=dict, verbose_name='who counts')),
                ('over_time', models.CharField(choices=[('sum', 'Sum'), ('latest', 'Latest value'), ('maximum', 'Highest value'), ('average', 'Average'), ('ratio', 'Ratio of sums')], default='sum', max_length=10, verbose_name='rule over time')),
                ('cumulative', models.BooleanField(default=True, verbose_name='cumulative')),
                ('sensitive', models.BooleanField(default=False, help_text='Only those who may see sensitive answers open its rows. It may hold an informed estimate.', verbose_name='sensitive')),
                ('categories', models.JSONField(blank=True, default=list, verbose_name='typed values are split by')),
                ('because', models.TextField(blank=True, verbose_name='reason of the change')),
                ('at', models.DateTimeField(verbose_name='since')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='definitions', to='indicators.indicator')),
            ],
            options={
                'verbose_name': 'definition',
                'verbose_name_plural': 'definitions',
                'ordering': ['indicator', '-version'],
                'constraints': [models.UniqueConstraint(fields=('indicator', 'version'), name='definition_version_once'), models.CheckConstraint(condition=models.Q(('source', 'typed'), ('over_time', 'sum'), _connector='OR'), name='definition_counts_add_up', violation_error_message='What is counted from records is a sum. Choose another source or “Sum”.')],
            },
        ),
        migrations.CreateModel(
            name='SchoolFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(verbose_name='school year, first year')),
                ('measure', models.CharField(max_length=40, verbose_name='measure')),
                ('numerator', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='value')),
                ('denominator', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='denominator')),
                ('replaced', models.BooleanField(default=False, verbose_name='replaced')),
                ('because', models.TextField(blank=True, verbose_name='reason of the correction')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='school_figures', to='core.organisation')),
            ],
            options={
                'verbose_name': 'figure of a school year',
                'verbose_name_plural': 'figures of school years',
                'ordering': ['year', 'measure', 'school'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('replaced', False)), fields=('school', 'year', 'measure'), name='schoolfigure_one_in_force'), models.CheckConstraint(condition=models.Q(('numerator__gte', 0), models.Q(('denominator', None), ('denominator__gt', 0), _connector='OR')), name='schoolfigure_in_bounds', violation_error_message='Enter a value of 0 or more and a denominator above 0.'), models.CheckConstraint(condition=models.Q(('year__gte', 2000), ('year__lte', 2100)), name='schoolfigure_year')],
            },
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('as_of', models.DateField(verbose_name='data as of')),
                ('counted_at', models.DateTimeField(verbose_name='counted')),
                ('figures', models.JSONField(verbose_name='figures')),
                ('sha256', models.CharField(max_length=64)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='projects.programme')),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='projects.project')),
            ],
            options={
                'verbose_name': 'snapshot of indicators',
                'verbose_name_plural': 'snapshots of indicators',
                'ordering': ['-as_of', '-pk'],
                'constraints': [models.UniqueConstraint(fields=('programme', 'project'), name='snapshot_one_per_scope', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Target',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('baseline', 'Baseline'), ('milestone', 'Milestone'), ('target', 'Target')], max_length=10, verbose_name='kind')),
                ('on', models.DateField(verbose_name='day')),
                ('value', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='value')),
                ('region', models.CharField(blank=True, choices=[('less', 'Less developed region'), ('transition', 'Transition region'), ('more', 'More developed region')], max_length=10, verbose_name='category of region')),
                ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='targets', to='indicators.indicator')),
                ('municipality', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.code')),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.project')),
                ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation')),
                ('based_on', models.ForeignKey(blank=True, help_text='Output indicator from which the target of a result is set.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='indicators.indicator')),
                ('in_percent', models.BooleanField(default=False, verbose_name='in per cent of that output indicator')),
                ('specific_objective', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.specificobjective')),
            ],
            options={
                'verbose_name': 'target',
                'verbose_name_plural': 'targets',
                'ordering': ['on', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('value__gte', 0)), name='target_not_negative', violation_error_message='A value cannot be negative.'), models.CheckConstraint(condition=models.Q(models.Q(('municipality', None), ('school', None)), models.Q(('region', ''), ('school', None)), models.Q(('municipality', None), ('region', '')), _connector='OR'), name='target_has_one_place', violation_error_message='Choose one of school, municipality and category of region.'), models.UniqueConstraint(fields=('indicator', 'kind', 'on', 'project', 'school', 'municipality', 'region', 'specific_objective'), name='target_once_per_day_and_place', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('in_percent', False), ('based_on__isnull', False), _connector='OR'), name='target_in_percent_has_a_basis', violation_error_message='Say which output indicator the per cent are of.')],
            },
        ),
        migrations.CreateModel(
            name='Value',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('from_on', models.DateField(verbose_name='from')),
                ('to_on', models.DateField(verbose_name='to')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('submitted', 'Submitted'), ('returned', 'Returned'), ('approved', 'Approved'), ('replaced', 'Replaced by a correction')], default='draft', max_length=10, verbose_name='state')),
                ('because', models.TextField(blank=True, verbose_name='reason of the correction')),
                ('version', models.PositiveIntegerField(default=1)),
                ('made_at', models.DateTimeField(verbose_name='made')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('corrects', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='correction', to='indicators.value')),
                ('definition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='values', to='indicators.definition')),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='indicator_values', to='projects.project')),
                ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation')),
            ],
            options={
                'verbose_name': 'typed value',
                'verbose_name_plural': 'typed values',
                'ordering': ['-to_on', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('to_on__gte', models.F('from_on'))), name='value_period_in_order', violation_error_message='The period ends before it begins.'), models.CheckConstraint(condition=models.Q(('corrects', None), models.Q(('because', ''), _negated=True), _connector='OR'), name='value_correction_has_a_reason', violation_error_message='Say why the value is corrected.')],
            },
        ),
        migrations.CreateModel(
            name='Cell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gender', models.CharField(blank=True, max_length=1, verbose_name='gender')),
                ('age', models.CharField(blank=True, max_length=5, verbose_name='age')),
                ('education', models.CharField(blank=True, max_length=5, verbose_name='education')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='value')),
                ('base', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='denominator')),
                ('value', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cells', to='indicators.value')),
            ],
            options={
                'verbose_name': 'part of a value',
                'verbose_name_plural': 'parts of values',
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('value', 'gender', 'age', 'education'), name='cell_once_per_category'), models.CheckConstraint(condition=models.Q(('amount__gte', 0), models.Q(('base', None), ('base__gte', 0), _connector='OR')), name='cell_not_negative', violation_error_message='A value cannot be negative.')],
            },
        ),
        migrations.CreateModel(
            name='ValueMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.CharField(blank=True, choices=[('draft', 'Draft'), ('submitted', 'Submitted'), ('returned', 'Returned'), ('approved', 'Approved'), ('replaced', 'Replaced by a correction')], max_length=10, verbose_name='before')),
                ('after', models.CharField(choices=[('draft', 'Draft'), ('submitted', 'Submitted'), ('returned', 'Returned'), ('approved', 'Approved'), ('replaced', 'Replaced by a correction')], max_length=10, verbose_name='after')),
                ('comment', models.TextField(blank=True, verbose_name='remark')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('value', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='indicators.value')),
            ],
            options={
                'verbose_name': 'step of a value',
                'verbose_name_plural': 'steps of values',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Drift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('of', models.CharField(choices=[('night', 'Figures of the last night'), ('report', 'Sealed report')], max_length=10, verbose_name='stored in')),
                ('source', models.CharField(max_length=40, verbose_name='which')),
                ('code', models.CharField(max_length=20, verbose_name='indicator')),
                ('part', models.CharField(blank=True, max_length=80, verbose_name='part')),
                ('stored', models.CharField(max_length=40, verbose_name='stored')),
                ('counted', models.CharField(max_length=40, verbose_name='counted')),
                ('found_at', models.DateTimeField(verbose_name='found')),
                ('seen_at', models.DateTimeField(blank=True, null=True, verbose_name='explained')),
                ('explanation', models.TextField(blank=True, verbose_name='explanation')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='indicator_drifts', to='projects.project')),
                ('seen_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'drift of a figure',
                'verbose_name_plural': 'drifts of figures',
                'ordering': ['-found_at', '-pk'],
                'constraints': [models.UniqueConstraint(fields=('of', 'source', 'project', 'code', 'part', 'stored', 'counted'), name='drift_told_once'), models.CheckConstraint(condition=models.Q(('seen_at', None), models.Q(('explanation', ''), _negated=True), _connector='OR'), name='drift_closed_with_explanation', violation_error_message='Write down what happened.')],
            },
        ),
        migrations.CreateModel(
            name='Issue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('as_of', models.DateField(verbose_name='data as of')),
                ('at', models.DateTimeField(verbose_name='published')),
                ('rows', models.JSONField(verbose_name='figures')),
                ('sha256', models.CharField(max_length=64)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='issues', to='projects.project')),
            ],
            options={
                'verbose_name': 'published results',
                'verbose_name_plural': 'published results',
                'ordering': ['project', '-as_of'],
                'constraints': [models.UniqueConstraint(fields=('project', 'as_of'), name='issue_once_per_day')],
            },
        ),
    ]
