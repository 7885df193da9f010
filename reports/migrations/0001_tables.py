"""The tables of reports: one step for what came in many."""

import core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('reports', '0001_start'),
    ]

    initial = True

    dependencies = [
        ('core', '0001_tables'),
        ('projects', '0001_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('progress', 'Progress report')], max_length=20, verbose_name='kind')),
                ('from_on', models.DateField(verbose_name='from')),
                ('to_on', models.DateField(verbose_name='to')),
                ('language', models.CharField(max_length=2, verbose_name='language of the report')),
                ('state', models.CharField(choices=[('queued', 'Waiting'), ('running', 'Being made'), ('done', 'Ready'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='queued', max_length=12, verbose_name='state')),
                ('stage', models.CharField(choices=[('waiting', 'waiting for a worker'), ('figures', 'counting the figures'), ('charts', 'drawing charts'), ('pdf', 'laying out the PDF'), ('tables', 'writing the tables'), ('sealing', 'sealing the files')], default='waiting', max_length=12, verbose_name='stage')),
                ('asked_at', models.DateTimeField(verbose_name='asked for')),
                ('attempt', models.PositiveSmallIntegerField(default=0, verbose_name='attempt')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started')),
                ('heartbeat_at', models.DateTimeField(blank=True, null=True, verbose_name='last sign of life')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('failure', models.TextField(blank=True, verbose_name='why it failed')),
                ('data_at', models.DateTimeField(blank=True, null=True, verbose_name='data of')),
                ('template_version', models.CharField(blank=True, max_length=20, verbose_name='template version')),
                ('snapshot', models.JSONField(blank=True, null=True, verbose_name='figures')),
                ('snapshot_sha256', models.CharField(blank=True, max_length=64, verbose_name='hash of the figures')),
                ('code', models.CharField(blank=True, max_length=16, verbose_name='check code')),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='projects.project')),
            ],
            options={
                'verbose_name': 'report',
                'verbose_name_plural': 'reports',
                'ordering': ['-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('to_on__gte', models.F('from_on'))), name='report_period_in_order', violation_error_message='The period ends before it begins.'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('data_at__isnull', False), ('finished_at__isnull', False), ('snapshot__isnull', False), models.Q(('code', ''), _negated=True)), _connector='OR'), name='report_done_is_sealed'), models.UniqueConstraint(condition=models.Q(('state__in', ['queued', 'running'])), fields=('kind', 'project', 'from_on', 'to_on', 'language'), name='report_one_at_work_per_question', violation_error_message='This report is being made already.'), models.UniqueConstraint(condition=models.Q(('code', ''), _negated=True), fields=('code',), name='report_code_once')],
            },
        ),
        migrations.CreateModel(
            name='ReportFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('pdf', 'PDF'), ('csv', 'CSV')], max_length=10, verbose_name='format')),
                ('table', models.CharField(blank=True, max_length=40, verbose_name='table')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='report_files', to='core.storedfile')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='reports.report')),
            ],
            options={
                'verbose_name': 'report file',
                'verbose_name_plural': 'report files',
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('report', 'position'), name='reportfile_position_once'), models.UniqueConstraint(fields=('report', 'kind', 'table'), name='reportfile_once_per_table')],
            },
        ),
    ]
