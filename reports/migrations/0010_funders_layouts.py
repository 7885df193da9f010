"""Funders own layouts of reports, in versions; a report may be asked for with one."""

import core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0009_files_put_away'),
        ('projects', '0014_feed_of_changes'),
        ('reports', '0009_stage_of_files_made_again'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Layout',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(max_length=20, verbose_name='kind')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
            ],
            options={
                'verbose_name': 'layout of reports',
                'verbose_name_plural': 'layouts of reports',
                'ordering': ['programme__code', 'name'],
            },
        ),
        migrations.CreateModel(
            name='LayoutLogo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('alt', models.JSONField(verbose_name='words for those who cannot see it')),
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
            ],
            options={
                'verbose_name': 'version of a layout',
                'verbose_name_plural': 'versions of layouts',
                'ordering': ['layout_id', '-number'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='report',
            name='report_one_at_work_per_question',
        ),
        migrations.AddField(
            model_name='layout',
            name='call',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='layouts', to='projects.call'),
        ),
        migrations.AddField(
            model_name='layout',
            name='programme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='layouts', to='projects.programme'),
        ),
        migrations.AddField(
            model_name='layoutlogo',
            name='file',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.storedfile'),
        ),
        migrations.AddField(
            model_name='layoutversion',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='layoutversion',
            name='layout',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='reports.layout'),
        ),
        migrations.AddField(
            model_name='layoutlogo',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='logos', to='reports.layoutversion'),
        ),
        migrations.AddField(
            model_name='report',
            name='layout',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='reports.layoutversion', verbose_name='layout'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('kind', 'submitted'), _negated=True), ('state__in', ['queued', 'running'])), fields=('kind', 'project', 'call', 'programme', 'organisation', 'from_on', 'to_on', 'language', 'layout'), name='report_one_at_work_per_question', nulls_distinct=False, violation_error_message='This report is being made already.'),
        ),
        migrations.AddConstraint(
            model_name='layout',
            constraint=models.UniqueConstraint(fields=('programme', 'name'), name='layout_name_once_per_programme', violation_error_message='This programme has a layout with this name already.'),
        ),
        migrations.AddConstraint(
            model_name='layoutversion',
            constraint=models.UniqueConstraint(fields=('layout', 'number'), name='layoutversion_number_once'),
        ),
        migrations.AddConstraint(
            model_name='layoutversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('layout',), name='layoutversion_one_draft', violation_error_message='This layout has a draft already.'),
        ),
        migrations.AddConstraint(
            model_name='layoutversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'published')), fields=('layout',), name='layoutversion_one_published'),
        ),
        migrations.AddConstraint(
            model_name='layoutversion',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'draft'), ('published_at__isnull', False), _connector='OR'), name='layoutversion_published_at'),
        ),
    ]
