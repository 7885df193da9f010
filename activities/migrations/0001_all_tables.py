"""Every table of activities: activities, groups and sessions."""

import core.ids
import core.models.texts
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from core.migrating import AllAtOnce


class Migration(AllAtOnce):

    replaces = [
        ('activities', '0001_tables'),
    ]

    initial = True

    dependencies = [
        ('core', '0001_all_tables'),
        ('projects', '0001_all_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Activity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('number', models.CharField(max_length=20, verbose_name='number')),
                ('title', core.models.texts.Text(verbose_name='title')),
                ('description', core.models.texts.Text(blank=True, verbose_name='description')),
                ('starts_on', models.DateField(blank=True, null=True, verbose_name='starts on')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='ends on')),
                ('management', models.BooleanField(default=False, verbose_name='work package of project management')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='activities.activity')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='activities', to='projects.project')),
                ('responsible', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation')),
            ],
            options={
                'verbose_name': 'activity',
                'verbose_name_plural': 'activities',
                'ordering': ['project_id', 'position'],
                'constraints': [models.UniqueConstraint(fields=('project', 'position'), name='activity_position_once'), models.UniqueConstraint(fields=('project', 'number'), name='activity_number_once'), models.CheckConstraint(condition=models.Q(('starts_on', None), ('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='activity_ends_after_it_starts', violation_error_message='The activity cannot end before it starts.')],
            },
        ),
        migrations.CreateModel(
            name='Group',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='projects.project')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='groups', to='core.organisation')),
            ],
            options={
                'verbose_name': 'group',
                'verbose_name_plural': 'groups',
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('project', 'school', 'name'), name='group_name_once')],
            },
        ),
        migrations.CreateModel(
            name='LockException',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(help_text='Its first day.', verbose_name='month')),
                ('because', models.CharField(max_length=300, verbose_name='reason')),
                ('until_on', models.DateField(verbose_name='until')),
                ('given_at', models.DateTimeField(verbose_name='given')),
                ('taken_back_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back')),
                ('given_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lock_exceptions', to='projects.project')),
                ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation')),
                ('taken_back_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'lock exception',
                'verbose_name_plural': 'lock exceptions',
                'ordering': ['-given_at', '-pk'],
                'indexes': [models.Index(fields=['project', 'month'], name='lockexception_by_month')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('person__isnull', False), ('school', None)), models.Q(('person', None), ('school__isnull', False)), _connector='OR'), name='lockexception_for_a_school_or_a_person', violation_error_message='Choose one school or one person.'), models.CheckConstraint(condition=models.Q(('month__day', 1)), name='lockexception_of_a_whole_month'), models.CheckConstraint(condition=models.Q(('because', ''), _negated=True), name='lockexception_with_reason', violation_error_message='Say why the month is opened again.')],
            },
        ),
        migrations.CreateModel(
            name='LockRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(help_text='Its first day.', verbose_name='month')),
                ('because', models.CharField(max_length=300, verbose_name='reason')),
                ('asked_at', models.DateTimeField(verbose_name='asked')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled')),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lock_requests', to='projects.project')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation')),
            ],
            options={
                'verbose_name': 'request to open a month',
                'verbose_name_plural': 'requests to open a month',
                'ordering': ['asked_at', 'pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('settled_at', None)), fields=('project', 'school', 'month'), name='lockrequest_waits_once'), models.CheckConstraint(condition=models.Q(('month__day', 1)), name='lockrequest_of_a_whole_month'), models.CheckConstraint(condition=models.Q(('because', ''), _negated=True), name='lockrequest_with_reason', violation_error_message='Say why the month should be opened again.')],
            },
        ),
        migrations.CreateModel(
            name='OutreachCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(verbose_name='day')),
                ('people', models.PositiveIntegerField(verbose_name='people reached')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('activity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='outreach_counts', to='activities.activity')),
                ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation')),
            ],
            options={
                'verbose_name': 'outreach count',
                'verbose_name_plural': 'outreach counts',
                'constraints': [models.CheckConstraint(condition=models.Q(('people__gt', 0)), name='outreachcount_counts_someone')],
            },
        ),
        migrations.CreateModel(
            name='PlannedOutput',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('name', core.models.texts.Text(verbose_name='output')),
                ('counts', models.CharField(choices=[('sessions', 'Sessions held'), ('hours', 'Hours held'), ('participants', 'Participants who came'), ('supported', 'Participants who reached the hours of support'), ('outreach', 'People reached by outreach')], max_length=20, verbose_name='counted from')),
                ('planned', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='planned')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('activity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='planned_outputs', to='activities.activity')),
            ],
            options={
                'verbose_name': 'planned output',
                'verbose_name_plural': 'planned outputs',
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('activity', 'position'), name='plannedoutput_position_once'), models.CheckConstraint(condition=models.Q(('planned__gte', 0)), name='plannedoutput_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('on', models.DateField(verbose_name='day')),
                ('starts_at', models.TimeField(verbose_name='from')),
                ('ends_at', models.TimeField(verbose_name='to')),
                ('hours', models.DecimalField(decimal_places=2, help_text='What counts as delivered: hours of 60 minutes.', max_digits=5, verbose_name='hours')),
                ('place', models.CharField(blank=True, max_length=120, verbose_name='place')),
                ('leader', models.CharField(blank=True, max_length=120, verbose_name='led by')),
                ('topic', models.CharField(blank=True, max_length=300, verbose_name='topic')),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('held', 'Held'), ('cancelled', 'Cancelled')], default='planned', max_length=12, verbose_name='state')),
                ('cancelled_because', models.CharField(blank=True, max_length=300, verbose_name='cancelled because')),
                ('version', models.PositiveIntegerField(default=1)),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('activity', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='activities.activity')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='activities.group')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to='projects.project')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='core.organisation')),
            ],
            options={
                'verbose_name': 'session',
                'verbose_name_plural': 'sessions',
                'ordering': ['on', 'starts_at', 'pk'],
                'indexes': [models.Index(fields=['project', 'on'], name='session_by_project_and_day'), models.Index(fields=['school', 'on'], name='session_by_school_and_day')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'cancelled'), _negated=True), fields=('group', 'on', 'starts_at'), name='session_once_per_group_and_time', violation_error_message='This group already has a session at that time.'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='session_ends_after_it_starts', violation_error_message='The session must end after it starts.'), models.CheckConstraint(condition=models.Q(('hours__gt', 0), ('hours__lte', 24)), name='session_hours_of_one_day', violation_error_message='Enter the hours as a number above 0 and at most 24.'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'cancelled'), _negated=True), models.Q(('cancelled_because', ''), _negated=True), _connector='OR'), name='session_cancelled_with_reason', violation_error_message='Say why the session is cancelled.')],
            },
        ),
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('signed_list', 'Signed attendance list'), ('photo', 'Photo'), ('document', 'Document')], max_length=20, verbose_name='kind')),
                ('added_at', models.DateTimeField(verbose_name='added')),
                ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='removed')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('activity', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='activities.activity')),
                ('added_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='core.storedfile')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='evidence', to='projects.project')),
                ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation')),
                ('session', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='activities.session')),
            ],
            options={
                'verbose_name': 'evidence',
                'verbose_name_plural': 'evidence',
                'ordering': ['added_at', 'pk'],
            },
        ),
    ]
