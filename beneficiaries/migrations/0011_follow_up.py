"""Six months after each exit the portal asks again, on days that are stored."""

import core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("beneficiaries", "0010_consents"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name='FollowUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('left_on', models.DateField(verbose_name='exit date')),
                ('due_from', models.DateField(verbose_name='due from')),
                ('due_until', models.DateField(verbose_name='due until')),
                ('link_sha256', models.CharField(blank=True, max_length=64)),
                ('link_made_at', models.DateTimeField(blank=True, null=True)),
                ('link_expires_at', models.DateTimeField(blank=True, null=True)),
                ('answered_on', models.DateField(blank=True, null=True, verbose_name='answered')),
                ('situation', models.CharField(blank=True, choices=[('employed', 'I have a job'), ('self_employed', 'I work for myself'), ('searching', 'I am looking for a job'), ('learning', 'I am at school or in training'), ('other', 'None of these')], max_length=15, verbose_name='situation six months later')),
                ('better', models.BooleanField(blank=True, null=True, verbose_name='better situation at work than on the day of entry')),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('link_made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('participation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='follow_ups', to='beneficiaries.participation')),
            ],
            options={
                'verbose_name': 'six-month follow-up',
                'verbose_name_plural': 'six-month follow-ups',
                'constraints': [models.UniqueConstraint(fields=('participation', 'left_on'), name='followup_once_per_exit'), models.UniqueConstraint(condition=models.Q(('link_sha256', ''), _negated=True), fields=('link_sha256',), name='followup_link_once'), models.CheckConstraint(condition=models.Q(('due_from__gt', models.F('left_on')), ('due_until__gte', models.F('due_from'))), name='followup_days_in_order')],
            },
        ),
    ]
