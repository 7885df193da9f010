"""Every table of beneficiaries: participants, attendance, imports and consents."""

import core.ids
import core.models.texts
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.operations
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models
from core.migrating import AllAtOnce


class Migration(AllAtOnce):

    replaces = [
        ('beneficiaries', '0001_tables'),
        ('beneficiaries', '0002_costs_of_claims'),
        ('beneficiaries', '0004_certificates_to_be_checked'),
        ('beneficiaries', '0005_exports_of_long_tables'),
    ]

    initial = True

    dependencies = [
        ('activities', '0001_all_tables'),
        ('core', '0001_all_tables'),
        ('projects', '0001_all_tables'),
    ]

    operations = [
        django.contrib.postgres.operations.TrigramExtension(
        ),
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('participants', 'Participants'), ('sessions', 'Sessions'), ('attendance', 'Attendance'), ('staff', 'School staff'), ('projects', 'Lists of operations'), ('costs', 'Costs of a claim')], max_length=20, verbose_name='kind')),
                ('language', models.CharField(max_length=2, verbose_name='language of the answer')),
                ('made_at', models.DateTimeField(verbose_name='begun')),
                ('file_name', models.CharField(max_length=200, verbose_name='file name')),
                ('file_sha256', models.CharField(blank=True, max_length=64)),
                ('choice', models.JSONField(default=dict, verbose_name='how the file is read')),
                ('look', models.JSONField(default=dict, verbose_name='what was recognised in the file')),
                ('mapping', models.JSONField(default=dict, verbose_name='what each column holds')),
                ('state', models.CharField(choices=[('draft', 'Columns to choose'), ('at_once', 'Being imported'), ('checked', 'Checked'), ('done', 'Imported'), ('undone', 'Undone'), ('discarded', 'Thrown away')], default='draft', max_length=12, verbose_name='state')),
                ('rows', models.PositiveIntegerField(default=0, verbose_name='rows in the file')),
                ('new', models.PositiveIntegerField(default=0, verbose_name='new')),
                ('same', models.PositiveIntegerField(default=0, verbose_name='same')),
                ('doubtful', models.PositiveIntegerField(default=0, verbose_name='doubtful')),
                ('wrong', models.PositiveIntegerField(default=0, verbose_name='wrong')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='imported')),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='undone')),
                ('touched', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, verbose_name='projects it changed')),
                ('used_in', models.CharField(blank=True, max_length=60, verbose_name='used in report')),
                ('job', models.CharField(blank=True, choices=[('read', 'Reading the file'), ('check', 'Checking the rows'), ('bring_in', 'Importing the rows')], max_length=12, verbose_name='work under way')),
                ('heartbeat_at', models.DateTimeField(blank=True, null=True, verbose_name='last sign of life')),
                ('progress', models.PositiveIntegerField(default=0, verbose_name='rows dealt with')),
                ('failure', models.TextField(blank=True, verbose_name='why it failed')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='imports', to=settings.AUTH_USER_MODEL)),
                ('file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.storedfile')),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='projects.project')),
                ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation')),
                ('about', models.UUIDField(blank=True, null=True, verbose_name='key of what all rows go into')),
            ],
            options={
                'verbose_name': 'import',
                'verbose_name_plural': 'imports',
                'ordering': ['-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['draft', 'checked'])), fields=('by', 'kind'), name='import_one_draft_per_kind', violation_error_message='You have a draft of this kind already. Continue it or throw it away first.'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'at_once']), ('rows', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('new'), '+', models.F('same')), '+', models.F('doubtful')), '+', models.F('wrong'))), _connector='OR'), name='import_rows_in_are_rows_out'), models.CheckConstraint(condition=models.Q(models.Q(('about__isnull', False), ('kind', 'costs')), models.Q(models.Q(('kind', 'costs'), _negated=True), ('about', None)), _connector='OR'), name='import_of_costs_names_its_claim')],
            },
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('merged_at', models.DateTimeField(verbose_name='merged')),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='undone')),
                ('merged_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('undone_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('gone', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merged_into', to='beneficiaries.person')),
                ('kept', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges', to='beneficiaries.person')),
            ],
            options={
                'verbose_name': 'merge',
                'verbose_name_plural': 'merges',
                'constraints': [models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('gone',), name='merge_gone_once'), models.CheckConstraint(condition=models.Q(('kept', models.F('gone')), _negated=True), name='merge_of_two')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.CharField(max_length=20, verbose_name='version')),
                ('text', core.models.texts.Text(verbose_name='text of the privacy notice')),
                ('from_on', models.DateField(verbose_name='in use from')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='projects.programme')),
            ],
            options={
                'verbose_name': 'privacy notice',
                'verbose_name_plural': 'privacy notices',
                'ordering': ['-from_on', '-pk'],
                'constraints': [models.UniqueConstraint(fields=('programme', 'version'), name='notice_version_once')],
            },
        ),
        migrations.CreateModel(
            name='Participation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('entered_on', models.DateField(verbose_name='entry date')),
                ('left_on', models.DateField(blank=True, null=True, verbose_name='exit date')),
                ('labour_status', models.CharField(blank=True, choices=[('UE', 'Unemployed, up to 12 months (under 25: up to 6)'), ('LTU', 'Unemployed for longer'), ('IN', 'Neither working nor looking for work'), ('INE', 'Pupil or student'), ('EM', 'Employed'), ('SE', 'Self-employed')], max_length=3, verbose_name='situation on the day of entry')),
                ('education', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='highest completed education (ISCED level)')),
                ('version', models.PositiveIntegerField(default=1)),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='participations', to='projects.project')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='participations', to='core.organisation')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='participations', to='beneficiaries.person')),
            ],
            options={
                'verbose_name': 'participation',
                'verbose_name_plural': 'participations',
                'indexes': [models.Index(fields=['school', 'project'], name='participation_by_school')],
                'constraints': [models.CheckConstraint(condition=models.Q(('left_on', None), ('left_on__gte', models.F('entered_on')), _connector='OR'), name='participation_leaves_after_entry', violation_error_message='The exit date lies before the entry date.'), models.CheckConstraint(condition=models.Q(('education', None), ('education__lte', 8), _connector='OR'), name='participation_isced_level'), models.UniqueConstraint(fields=('project', 'person'), name='participation_once_per_project', violation_error_message='This person takes part in this project already.')],
            },
        ),
        migrations.CreateModel(
            name='GroupMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_on', models.DateField(verbose_name='from')),
                ('until_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='activities.group')),
                ('participation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='group_members', to='beneficiaries.participation')),
            ],
            options={
                'verbose_name': 'group member',
                'verbose_name_plural': 'group members',
                'constraints': [models.UniqueConstraint(condition=models.Q(('until_on', None)), fields=('group', 'participation'), name='groupmember_one_open'), models.UniqueConstraint(fields=('group', 'participation', 'from_on'), name='groupmember_once_from_a_day'), models.CheckConstraint(condition=models.Q(('until_on', None), ('until_on__gte', models.F('from_on')), _connector='OR'), name='groupmember_ends_after_it_began')],
            },
        ),
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
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('informed', 'Privacy notice given'), ('consented', 'Consent given')], max_length=10, verbose_name='what')),
                ('given_on', models.DateField(verbose_name='on')),
                ('recorded_at', models.DateTimeField()),
                ('withdrawn_on', models.DateField(blank=True, null=True, verbose_name='withdrawn')),
                ('file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.storedfile')),
                ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdrawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='beneficiaries.notice')),
                ('participation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='beneficiaries.participation')),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
                'ordering': ['-given_on', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('withdrawn_on', None), ('withdrawn_on__gte', models.F('given_on')), _connector='OR'), name='consent_withdrawn_after')],
            },
        ),
        migrations.CreateModel(
            name='Attendance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.CharField(choices=[('here', 'Here'), ('absent', 'Absent'), ('excused', 'Excused'), ('late', 'Late')], max_length=8, verbose_name='mark')),
                ('marked_at', models.DateTimeField(verbose_name='marked')),
                ('marked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attendance', to='activities.session')),
                ('participation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attendance', to='beneficiaries.participation')),
            ],
            options={
                'verbose_name': 'attendance mark',
                'verbose_name_plural': 'attendance marks',
                'constraints': [models.UniqueConstraint(fields=('session', 'participation'), name='attendance_once_per_session')],
            },
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('code', models.CharField(max_length=20, unique=True, verbose_name='participant code')),
                ('gender', models.CharField(blank=True, choices=[('F', 'Woman'), ('M', 'Man'), ('N', 'Non-binary')], max_length=1, verbose_name='gender')),
                ('born_on', models.DateField(blank=True, null=True, verbose_name='date of birth')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
            ],
            options={
                'verbose_name': 'person',
                'verbose_name_plural': 'people',
                'constraints': [models.CheckConstraint(condition=models.Q(('born_on', None), ('born_on__gte', '1900-01-01'), _connector='OR'), name='person_born_in_living_memory', violation_error_message='Enter a date of birth after 1 January 1900.')],
            },
        ),
        migrations.CreateModel(
            name='OwnNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=60, verbose_name='own number')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.organisation')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='own_numbers', to='beneficiaries.person')),
            ],
            options={
                'verbose_name': 'own number',
                'verbose_name_plural': 'own numbers',
                'constraints': [models.UniqueConstraint(fields=('school', 'number'), name='ownnumber_once_per_school')],
            },
        ),
        migrations.CreateModel(
            name='NotSame',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('decided_at', models.DateTimeField()),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('one', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='beneficiaries.person')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='beneficiaries.person')),
            ],
            options={
                'verbose_name': 'decision that two records are two people',
                'verbose_name_plural': 'decisions that two records are two people',
                'constraints': [models.UniqueConstraint(fields=('one', 'other'), name='notsame_once'), models.CheckConstraint(condition=models.Q(('one__lt', models.F('other'))), name='notsame_in_order')],
            },
        ),
        migrations.CreateModel(
            name='MergedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('table', models.CharField(max_length=60)),
                ('row', models.BigIntegerField()),
                ('before', models.JSONField()),
                ('after', models.JSONField(null=True)),
                ('merge', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='beneficiaries.merge')),
                ('came_from', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='beneficiaries.person')),
            ],
            options={
                'verbose_name': 'merged row',
                'verbose_name_plural': 'merged rows',
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('merge', 'position'), name='mergedrow_in_order')],
            },
        ),
        migrations.CreateModel(
            name='Identity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('given_name', models.CharField(max_length=80, verbose_name='given name')),
                ('family_name', models.CharField(max_length=80, verbose_name='family name')),
                ('search_key', models.CharField(db_index=True, help_text='Folded to plain Latin letters.', max_length=200)),
                ('sound_key', models.CharField(blank=True, db_default='', db_index=True, default='', max_length=200)),
                ('national_number_hash', models.CharField(blank=True, max_length=64)),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='identity', to='beneficiaries.person')),
            ],
            options={
                'verbose_name': 'identity',
                'verbose_name_plural': 'identities',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search_key'], name='identity_by_similar_name', opclasses=['gin_trgm_ops']), django.contrib.postgres.indexes.GinIndex(fields=['sound_key'], name='identity_by_similar_sound', opclasses=['gin_trgm_ops'])],
                'constraints': [models.UniqueConstraint(condition=models.Q(('national_number_hash', ''), _negated=True), fields=('national_number_hash',), name='identity_national_number_once', violation_error_message='A person with this national number is in the portal already.')],
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('because', models.TextField(verbose_name='reason')),
                ('until_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('put_at', models.DateTimeField(verbose_name='put')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holds', to='projects.project')),
                ('put_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='holds', to='beneficiaries.person')),
            ],
            options={
                'verbose_name': 'hold',
                'verbose_name_plural': 'holds',
                'constraints': [models.CheckConstraint(condition=models.Q(('because', ''), _negated=True), name='hold_has_a_reason'), models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gte', models.F('put_at')), _connector='OR'), name='hold_ends_later')],
            },
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('retention', 'The time for which documents are kept is over'), ('request', 'The person asked for it'), ('consent', 'The consent was withdrawn'), ('mistake', 'The person should not have been entered')], max_length=10, verbose_name='reason')),
                ('because', models.TextField(blank=True, verbose_name='explanation')),
                ('erased_at', models.DateTimeField(verbose_name='erased')),
                ('erased_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='erasure', to='beneficiaries.person')),
            ],
            options={
                'verbose_name': 'erasure',
                'verbose_name_plural': 'erasures',
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('idempotency_key', models.CharField(max_length=80)),
                ('body_sha256', models.CharField(max_length=64)),
                ('answer', models.JSONField()),
                ('received_at', models.DateTimeField(db_index=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'receipt',
                'verbose_name_plural': 'receipts',
                'constraints': [models.UniqueConstraint(fields=('user', 'idempotency_key'), name='receipt_once_per_key')],
            },
        ),
        migrations.CreateModel(
            name='Result',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('searching', 'Looking for a job'), ('in_education', 'In education or training'), ('qualification', 'Gained a qualification'), ('employed', 'In employment'), ('employed_later', 'In employment six months after leaving'), ('better_later', 'Better labour-market situation six months after leaving')], max_length=20, verbose_name='result')),
                ('seen_on', models.DateField(verbose_name='seen on')),
                ('participation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='results', to='beneficiaries.participation')),
            ],
            options={
                'verbose_name': 'result',
                'verbose_name_plural': 'results',
                'constraints': [models.UniqueConstraint(fields=('participation', 'kind', 'seen_on'), name='result_once_a_day')],
            },
        ),
        migrations.CreateModel(
            name='SchoolMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(verbose_name='first day at the new school')),
                ('moved_at', models.DateTimeField()),
                ('from_school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation')),
                ('moved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('participation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='moves', to='beneficiaries.participation')),
                ('to_school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation')),
            ],
            options={
                'verbose_name': 'move to another school',
                'verbose_name_plural': 'moves to another school',
                'ordering': ['-on', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('from_school', models.F('to_school')), _negated=True), name='schoolmove_to_another')],
            },
        ),
        migrations.CreateModel(
            name='SensitiveAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.CharField(choices=[('disability', 'Disability'), ('third_country', 'National of a country outside the EU'), ('foreign_background', 'Foreign background'), ('minority', 'Minority, Roma included'), ('homeless', 'Homeless or at risk of it'), ('rural', 'Lives in a rural area')], max_length=20, verbose_name='question')),
                ('answer', models.CharField(choices=[('yes', 'Yes'), ('no', 'No'), ('refused', 'Prefers not to say'), ('not_asked', 'Not asked')], max_length=10, verbose_name='answer')),
                ('participation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sensitive_answers', to='beneficiaries.participation')),
            ],
            options={
                'verbose_name': 'sensitive answer',
                'verbose_name_plural': 'sensitive answers',
                'constraints': [models.UniqueConstraint(fields=('participation', 'question'), name='sensitiveanswer_once')],
            },
        ),
        migrations.CreateModel(
            name='StagedRow',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(verbose_name='row')),
                ('cells', models.JSONField(default=dict, verbose_name='cells')),
                ('heap', models.CharField(blank=True, choices=[('new', 'New'), ('same', 'Same'), ('doubtful', 'Doubtful'), ('wrong', 'Wrong')], max_length=8, verbose_name='heap')),
                ('findings', models.JSONField(default=list, verbose_name='problems')),
                ('accepted', models.JSONField(default=dict, verbose_name='accepted with reason')),
                ('effects', models.JSONField(default=list, verbose_name='what it made and changed')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='went in')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='staged', to='beneficiaries.import')),
            ],
            options={
                'verbose_name': 'row of an import',
                'verbose_name_plural': 'rows of an import',
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('source', 'number'), name='stagedrow_once')],
            },
        ),
        migrations.CreateModel(
            name='Stay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entered_on', models.DateField(verbose_name='from')),
                ('left_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('participation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stays', to='beneficiaries.participation')),
            ],
            options={
                'verbose_name': 'stay',
                'verbose_name_plural': 'stays',
                'ordering': ['entered_on'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('left_on', None)), fields=('participation',), name='stay_one_open_per_participation'), models.CheckConstraint(condition=models.Q(('left_on', None), ('left_on__gte', models.F('entered_on')), _connector='OR'), name='stay_ends_after_it_began')],
            },
        ),
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
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('closed_on', None), ('outcome', '')), models.Q(('closed_on__gte', models.F('opened_on')), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='supportplan_closed_with_outcome')],
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
                'constraints': [models.CheckConstraint(condition=models.Q(('until_on', None), ('until_on__gte', models.F('from_on')), _connector='OR'), name='supportmeasure_ends_after_it_began', violation_error_message='The last day lies before the first day.'), models.CheckConstraint(condition=models.Q(('hours', None), ('hours__gt', 0), _connector='OR'), name='supportmeasure_hours_positive')],
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
                'constraints': [models.UniqueConstraint(fields=('plan', 'due_on'), name='supportreview_once_a_day')],
            },
        ),
        migrations.CreateModel(
            name='ColumnMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('participants', 'Participants'), ('sessions', 'Sessions'), ('attendance', 'Attendance'), ('staff', 'School staff'), ('projects', 'Lists of operations'), ('costs', 'Costs of a claim')], max_length=20)),
                ('mapping', models.JSONField()),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.organisation')),
            ],
            options={
                'verbose_name': 'column mapping',
                'verbose_name_plural': 'column mappings',
                'constraints': [models.UniqueConstraint(fields=('school', 'kind'), name='columnmapping_once')],
            },
        ),
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=16, unique=True, verbose_name='check code')),
                ('sha256', models.CharField(db_index=True, max_length=64, verbose_name='SHA-256')),
                ('sessions', models.PositiveIntegerField(verbose_name='sessions')),
                ('hours', models.DecimalField(decimal_places=2, max_digits=8, verbose_name='hours')),
                ('issued_on', models.DateField(verbose_name='issued on')),
                ('issued_at', models.DateTimeField(verbose_name='issued')),
                ('issued_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='projects.project')),
            ],
            options={
                'verbose_name': 'certificate',
                'verbose_name_plural': 'certificates',
                'ordering': ['-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('sessions__gt', 0)), name='certificate_of_some_sessions')],
            },
        ),
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('table', models.CharField(max_length=20, verbose_name='table')),
                ('query', models.JSONField(default=dict, verbose_name='filters')),
                ('because', models.TextField(blank=True, verbose_name='What the file is for')),
                ('state', models.CharField(choices=[('queued', 'Waiting'), ('running', 'Being made'), ('done', 'Ready'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('gone', 'Removed')], default='queued', max_length=12, verbose_name='state')),
                ('stage', models.CharField(choices=[('waiting', 'waiting for a worker'), ('writing', 'writing the rows'), ('opening', 'opening the file and counting its rows')], default='waiting', max_length=12, verbose_name='stage')),
                ('asked_at', models.DateTimeField(verbose_name='asked for')),
                ('rows', models.PositiveIntegerField(verbose_name='rows')),
                ('progress', models.PositiveIntegerField(default=0, verbose_name='rows written')),
                ('attempt', models.PositiveSmallIntegerField(default=0, verbose_name='attempt')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started')),
                ('heartbeat_at', models.DateTimeField(blank=True, null=True, verbose_name='last sign of life')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('failure', models.TextField(blank=True, verbose_name='why it failed')),
                ('rights', models.CharField(blank=True, max_length=64, verbose_name='hash of the rights it was made with')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='kept until')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exports', to=settings.AUTH_USER_MODEL)),
                ('file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.storedfile')),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='exports', to='projects.project')),
            ],
            options={
                'verbose_name': 'file of a table',
                'verbose_name_plural': 'files of tables',
                'ordering': ['-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('expires_at__isnull', False), ('file__isnull', False), ('state', 'done')), models.Q(models.Q(('state', 'done'), _negated=True), ('file', None)), _connector='OR'), name='export_has_a_file_when_done'), models.UniqueConstraint(condition=models.Q(('state__in', ('queued', 'running'))), fields=('asked_by', 'table', 'query'), name='export_once_at_work', violation_error_message='The same file is being made already.')],
            },
        ),
    ]
