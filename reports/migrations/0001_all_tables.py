"""Every table of reports: reports, their files, layouts and due days."""

import core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from core.migrating import AllAtOnce


class Migration(AllAtOnce):

    replaces = [
        ('reports', '0001_tables'),
        ('reports', '0003_workbook_of_a_report'),
        ('reports', '0004_archive_copy_of_a_report'),
        ('reports', '0005_reports_projects_owe'),
        ('reports', '0007_reports_about_more_than_a_project'),
        ('reports', '0008_export_desk'),
        ('reports', '0009_stage_of_files_made_again'),
        ('reports', '0010_funders_layouts'),
    ]

    initial = True

    dependencies = [
        ('activities', '0001_all_tables'),
        ('core', '0001_all_tables'),
        ('projects', '0001_all_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(max_length=20, verbose_name='kind')),
                ('from_on', models.DateField(verbose_name='from')),
                ('to_on', models.DateField(verbose_name='to')),
                ('language', models.CharField(max_length=2, verbose_name='language of the report')),
                ('state', models.CharField(choices=[('queued', 'Waiting'), ('running', 'Being made'), ('done', 'Ready'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='queued', max_length=12, verbose_name='state')),
                ('stage', models.CharField(choices=[('waiting', 'waiting for a worker'), ('figures', 'counting the figures'), ('charts', 'drawing charts'), ('pdf', 'laying out the PDF'), ('tables', 'writing the tables'), ('opening', 'opening the files and counting their rows'), ('sealing', 'sealing the files')], default='waiting', max_length=12, verbose_name='stage')),
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
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='projects.project')),
                ('call', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='projects.call')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='core.organisation', verbose_name='school')),
                ('programme', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='projects.programme')),
                ('queue', models.CharField(choices=[('short', 'short jobs'), ('long', 'long jobs')], default='short', max_length=5, verbose_name='queue')),
                ('layout', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='reports.layoutversion', verbose_name='layout')),
            ],
            options={
                'verbose_name': 'report',
                'verbose_name_plural': 'reports',
                'ordering': ['-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('to_on__gte', models.F('from_on'))), name='report_period_in_order', violation_error_message='The period ends before it begins.'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('data_at__isnull', False), ('finished_at__isnull', False), ('snapshot__isnull', False), models.Q(('code', ''), _negated=True)), _connector='OR'), name='report_done_is_sealed'), models.UniqueConstraint(condition=models.Q(('code', ''), _negated=True), fields=('code',), name='report_code_once'), models.CheckConstraint(condition=models.Q(models.Q(('call__isnull', True), ('organisation__isnull', True), ('programme__isnull', True), ('project__isnull', False)), models.Q(('call__isnull', False), ('organisation__isnull', True), ('programme__isnull', True), ('project__isnull', True)), models.Q(('call__isnull', True), ('organisation__isnull', True), ('programme__isnull', False), ('project__isnull', True)), models.Q(('call__isnull', True), ('organisation__isnull', False), ('programme__isnull', True), ('project__isnull', True)), _connector='OR'), name='report_about_one_thing'), models.UniqueConstraint(condition=models.Q(models.Q(('kind', 'submitted'), _negated=True), ('state__in', ['queued', 'running'])), fields=('kind', 'project', 'call', 'programme', 'organisation', 'from_on', 'to_on', 'language', 'layout'), name='report_one_at_work_per_question', nulls_distinct=False, violation_error_message='This report is being made already.')],
            },
        ),
        migrations.CreateModel(
            name='ReportFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('pdf', 'PDF'), ('archive', 'PDF/A-3'), ('xlsx', 'XLSX'), ('csv', 'CSV'), ('json', 'JSON')], max_length=10, verbose_name='format')),
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
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('approved', models.BooleanField(verbose_name='approved')),
                ('comment', models.TextField(blank=True, max_length=10000, verbose_name='remark')),
                ('at', models.DateTimeField(verbose_name='decided')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('submission', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='reports.submission')),
            ],
            options={
                'verbose_name': 'decision on a report',
                'verbose_name_plural': 'decisions on reports',
            },
        ),
        migrations.CreateModel(
            name='Filing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('interim', 'Interim report'), ('final', 'Final report')], max_length=10, verbose_name='kind')),
                ('from_on', models.DateField(verbose_name='from')),
                ('to_on', models.DateField(verbose_name='to')),
                ('due_on', models.DateField(verbose_name='due on')),
                ('language', models.CharField(max_length=2, verbose_name='language of the report')),
                ('state', models.CharField(choices=[('planned', 'Not begun'), ('draft', 'Draft'), ('submitted', 'Submitted'), ('returned', 'Returned to be corrected'), ('approved', 'Approved'), ('skipped', 'Not needed')], default='planned', max_length=10, verbose_name='state')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='version')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='filings', to='projects.contractversion', verbose_name='contract version that asks for it')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='filings', to='projects.project')),
            ],
            options={
                'verbose_name': 'report of a project',
                'verbose_name_plural': 'reports of projects',
                'ordering': ['due_on', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('to_on__gte', models.F('from_on'))), name='filing_period_in_order', violation_error_message='The period ends before it begins.'), models.CheckConstraint(condition=models.Q(('due_on__gte', models.F('to_on'))), name='filing_due_after_its_period', violation_error_message='A report is due on the last day of its period or later.'), models.UniqueConstraint(condition=models.Q(('state', 'skipped'), _negated=True), fields=('project', 'kind', 'from_on', 'to_on'), name='filing_once_per_period', violation_error_message='This report is in the schedule already.')],
            },
        ),
        migrations.CreateModel(
            name='Remark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(max_length=10000, verbose_name='text')),
                ('activity', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='activities.activity')),
                ('decision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remarks', to='reports.decision')),
            ],
            options={
                'verbose_name': 'remark on a section',
                'verbose_name_plural': 'remarks on sections',
                'constraints': [models.UniqueConstraint(fields=('decision', 'activity'), name='remark_once_per_section', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Section',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(blank=True, max_length=10000, verbose_name='text')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='version')),
                ('activity', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='activities.activity')),
                ('filing', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sections', to='reports.filing')),
            ],
            options={
                'verbose_name': 'section of a report',
                'verbose_name_plural': 'sections of reports',
                'constraints': [models.UniqueConstraint(fields=('filing', 'activity'), name='section_once_per_activity', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Submission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('at', models.DateTimeField(verbose_name='submitted')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('filing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='submissions', to='reports.filing')),
                ('made', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='submission', to='reports.report')),
            ],
            options={
                'verbose_name': 'submitted version of a report',
                'verbose_name_plural': 'submitted versions of reports',
                'ordering': ['filing_id', 'number'],
                'constraints': [models.UniqueConstraint(fields=('filing', 'number'), name='submission_number_once')],
            },
        ),
        migrations.CreateModel(
            name='Remake',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField(verbose_name='asked for')),
                ('claimed_at', models.DateTimeField(blank=True, null=True, verbose_name='begun')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('failure', models.TextField(blank=True, verbose_name='why it failed')),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remakes', to='reports.report')),
                ('stage', models.CharField(choices=[('waiting', 'waiting for a worker'), ('figures', 'counting the figures'), ('charts', 'drawing charts'), ('pdf', 'laying out the PDF'), ('tables', 'writing the tables'), ('opening', 'opening the files and counting their rows'), ('sealing', 'sealing the files')], default='waiting', max_length=12, verbose_name='stage')),
            ],
            options={
                'verbose_name': 'making of files again',
                'verbose_name_plural': 'makings of files again',
                'constraints': [models.UniqueConstraint(condition=models.Q(('done_at', None), ('failure', '')), fields=('report',), name='remake_one_at_work_per_report', violation_error_message='The files are being made again already.')],
            },
        ),
        migrations.CreateModel(
            name='Watch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='watches', to='reports.report')),
            ],
            options={
                'verbose_name': 'wish for a mail',
                'verbose_name_plural': 'wishes for a mail',
                'constraints': [models.UniqueConstraint(fields=('report', 'person'), name='watch_once_per_person')],
            },
        ),
        migrations.CreateModel(
            name='Layout',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(max_length=20, verbose_name='kind')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('call', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='layouts', to='projects.call')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='layouts', to='projects.programme')),
            ],
            options={
                'verbose_name': 'layout of reports',
                'verbose_name_plural': 'layouts of reports',
                'ordering': ['programme__code', 'name'],
                'constraints': [models.UniqueConstraint(fields=('programme', 'name'), name='layout_name_once_per_programme', violation_error_message='This programme has a layout with this name already.')],
            },
        ),
        migrations.CreateModel(
            name='LayoutLogo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('alt', models.JSONField(verbose_name='words for those who cannot see it')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.storedfile')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='logos', to='reports.layoutversion')),
            ],
            options={
                'verbose_name': 'logo of a layout',
                'verbose_name_plural': 'logos of layouts',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='LayoutVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('published', 'Published'), ('retired', 'Retired')], default='draft', max_length=10, verbose_name='state')),
                ('contents', models.JSONField(verbose_name='contents')),
                ('edits', models.PositiveIntegerField(default=0, verbose_name='changes')),
                ('changed_at', models.DateTimeField(verbose_name='changed')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published')),
                ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='retired')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('layout', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='reports.layout')),
            ],
            options={
                'verbose_name': 'version of a layout',
                'verbose_name_plural': 'versions of layouts',
                'ordering': ['layout_id', '-number'],
                'constraints': [models.UniqueConstraint(fields=('layout', 'number'), name='layoutversion_number_once'), models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('layout',), name='layoutversion_one_draft', violation_error_message='This layout has a draft already.'), models.UniqueConstraint(condition=models.Q(('state', 'published')), fields=('layout',), name='layoutversion_one_published'), models.CheckConstraint(condition=models.Q(('state', 'draft'), ('published_at__isnull', False), _connector='OR'), name='layoutversion_published_at')],
            },
        ),
    ]
