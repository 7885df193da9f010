"""Collections of a project as a whole have changes without a school, and of changes that were forgotten the last stays
known, so that a reader who missed them is told."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0009_files_put_away'),
        ('projects', '0014_feed_of_changes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Forgotten',
            fields=[
                ('collection', models.CharField(max_length=20, primary_key=True, serialize=False, verbose_name='collection')),
                ('xid', models.BigIntegerField()),
                ('at', models.DateTimeField(verbose_name='when')),
            ],
            options={
                'verbose_name': 'changes forgotten',
                'verbose_name_plural': 'changes forgotten',
            },
        ),
        migrations.AlterField(
            model_name='change',
            name='collection',
            field=models.CharField(choices=[('participants', 'Participants'), ('sessions', 'Sessions'), ('attendance', 'Attendance'), ('groups', 'Groups'), ('activities', 'Activities'), ('reported-costs', 'Reported costs'), ('amendments', 'Amendments'), ('claims', 'Payment claims'), ('deliverables', 'Deliverables'), ('visits', 'On-the-spot visits'), ('due-reports', 'Reports that are due')], max_length=20, verbose_name='collection'),
        ),
        migrations.AlterField(
            model_name='change',
            name='school',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='core.organisation'),
        ),
    ]
