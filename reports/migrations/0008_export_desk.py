"""The export desk: queues, wishes for a mail, files made again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0007_reports_about_more_than_a_project'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='report',
            name='queue',
            field=models.CharField(choices=[('short', 'short jobs'), ('long', 'long jobs')], default='short', max_length=5, verbose_name='queue'),
        ),
        migrations.AlterField(
            model_name='report',
            name='stage',
            field=models.CharField(choices=[('waiting', 'waiting for a worker'), ('figures', 'counting the figures'), ('charts', 'drawing charts'), ('pdf', 'laying out the PDF'), ('tables', 'writing the tables'), ('opening', 'opening the files and counting their rows'), ('sealing', 'sealing the files')], default='waiting', max_length=12, verbose_name='stage'),
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
    ]
