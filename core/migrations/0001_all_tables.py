"""Every table of core: people and their rights, files, code lists and the audit trail."""

import core.ids
import core.models.texts
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models
from core.migrating import AllAtOnce


class Migration(AllAtOnce):

    replaces = [
        ('core', '0001_tables'),
        ('core', '0004_outages_of_the_portal'),
        ('core', '0005_scope_of_money'),
        ('core', '0006_saved_filters_move_in'),
        ('core', '0007_saved_filters_of_every_list'),
        ('core', '0008_answers_kept_for_repeats'),
        ('core', '0009_files_put_away'),
        ('core', '0010_scope_of_indicators'),
    ]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='CodeList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True, verbose_name='list')),
                ('version', models.CharField(max_length=40, verbose_name='version')),
                ('source', models.TextField(blank=True, verbose_name='source')),
                ('sha256', models.CharField(max_length=64)),
                ('loaded_at', models.DateTimeField(verbose_name='loaded')),
            ],
            options={
                'verbose_name': 'code list',
                'verbose_name_plural': 'code lists',
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail')),
                ('name', models.CharField(blank=True, max_length=150, verbose_name='name')),
                ('language', models.CharField(blank=True, max_length=2, verbose_name='language')),
                ('theme', models.CharField(choices=[('system', 'As my device'), ('light', 'Light'), ('dark', 'Dark')], default='system', max_length=10, verbose_name='colour theme')),
                ('density', models.CharField(blank=True, choices=[('', 'As usual for my role'), ('comfortable', 'Comfortable'), ('dense', 'Dense')], default='', max_length=12, verbose_name='table density')),
                ('hide_names', models.BooleanField(default=False, verbose_name='hide names of children on screen')),
                ('is_staff', models.BooleanField(default=False, verbose_name='may use the back office')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('date_joined', models.DateTimeField(auto_now_add=True, verbose_name='since')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_once')],
            },
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('prefix', models.CharField(max_length=12, verbose_name='begins with')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('read', 'Read projects, activities, sessions and figures'), ('participants', 'Read and write participants'), ('attendance', 'Write sessions and attendance'), ('reports', 'Ask for reports, fetch files, write and decide values of indicators'), ('money', 'Read and write payment claims and amendments')], max_length=20), verbose_name='scopes')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('expires_at', models.DateTimeField(verbose_name='expires')),
                ('last_used_at', models.DateTimeField(blank=True, null=True, verbose_name='last used')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'API token',
                'verbose_name_plural': 'API tokens',
                'constraints': [models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('created_at'))), name='apitoken_expires_after_it_was_made')],
            },
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, verbose_name='when')),
                ('by_key', models.UUIDField(null=True, verbose_name='who (key)')),
                ('by_name', models.CharField(blank=True, max_length=150, verbose_name='who')),
                ('origin', models.CharField(max_length=20, verbose_name='through')),
                ('action', models.CharField(db_index=True, max_length=60, verbose_name='action')),
                ('kind', models.CharField(max_length=40, verbose_name='kind of object')),
                ('key', models.CharField(max_length=80, verbose_name='object')),
                ('project', models.CharField(blank=True, max_length=60, verbose_name='project')),
                ('before', models.JSONField(default=dict, verbose_name='before')),
                ('after', models.JSONField(default=dict, verbose_name='after')),
                ('note', models.TextField(blank=True, verbose_name='note')),
            ],
            options={
                'verbose_name': 'audit event',
                'verbose_name_plural': 'audit events',
                'indexes': [models.Index(fields=['project', '-id'], name='auditevent_by_project'), models.Index(fields=['kind', 'key', '-id'], name='auditevent_by_object')],
            },
        ),
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('position', models.BigIntegerField(primary_key=True, serialize=False)),
                ('digest', models.CharField(max_length=64)),
                ('chain', models.CharField(max_length=64)),
                ('sealed_at', models.DateTimeField()),
                ('event', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='seal', to='core.auditevent')),
            ],
            options={
                'verbose_name': 'audit seal',
                'verbose_name_plural': 'audit seals',
            },
        ),
        migrations.CreateModel(
            name='Code',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, verbose_name='code')),
                ('name', core.models.texts.Text(verbose_name='name')),
                ('position', models.PositiveIntegerField(verbose_name='position')),
                ('parent', models.CharField(blank=True, max_length=40, verbose_name='parent code')),
                ('ended', models.BooleanField(default=False, verbose_name='no longer in use')),
                ('more', models.JSONField(default=dict, verbose_name='other columns')),
                ('list', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='codes', to='core.codelist')),
            ],
            options={
                'verbose_name': 'code',
                'verbose_name_plural': 'codes',
                'ordering': ['list_id', 'position'],
                'constraints': [models.UniqueConstraint(fields=('list', 'code'), name='code_once_per_list')],
            },
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('name', core.models.texts.Text(verbose_name='name')),
                ('kind', models.CharField(choices=[('school', 'School'), ('municipality', 'Municipality'), ('ministry', 'Ministry or agency'), ('ngo', 'Non-governmental organisation'), ('university', 'Higher education institution'), ('company', 'Company'), ('foundation', 'Foundation'), ('other', 'Other body')], max_length=20, verbose_name='kind')),
                ('number', models.CharField(blank=True, help_text='EIK, VAT or register number, OID or PIC.', max_length=40, verbose_name='registration number')),
                ('school_code', models.CharField(blank=True, max_length=10, verbose_name='school code')),
                ('country', models.CharField(max_length=2, verbose_name='country')),
                ('public_body', models.BooleanField(blank=True, null=True, verbose_name='public body')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('place', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.code', verbose_name='place')),
            ],
            options={
                'verbose_name': 'organisation',
                'verbose_name_plural': 'organisations',
                'constraints': [models.UniqueConstraint(condition=models.Q(('number', ''), _negated=True), fields=('country', 'number'), name='organisation_number_once_per_country')],
            },
        ),
        migrations.CreateModel(
            name='OutgoingMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('to', models.EmailField(max_length=254, verbose_name='to')),
                ('language', models.CharField(max_length=2, verbose_name='language')),
                ('subject', models.CharField(max_length=200, verbose_name='subject')),
                ('text', models.TextField(verbose_name='text')),
                ('made_at', models.DateTimeField(verbose_name='written')),
                ('next_at', models.DateTimeField(blank=True, null=True, verbose_name='next attempt')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                ('failure', models.CharField(blank=True, max_length=300, verbose_name='last failure')),
            ],
            options={
                'verbose_name': 'outgoing mail',
                'verbose_name_plural': 'outgoing mail',
                'indexes': [models.Index(condition=models.Q(('sent_at', None)), fields=['next_at'], name='outgoingmail_waiting')],
            },
        ),
        migrations.CreateModel(
            name='StoredFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('sha256', models.CharField(db_index=True, max_length=64, verbose_name='SHA-256')),
                ('size', models.BigIntegerField(verbose_name='size in bytes')),
                ('name', models.CharField(max_length=200, verbose_name='file name')),
                ('media_type', models.CharField(max_length=100, verbose_name='kind of file')),
                ('stored_at', models.DateTimeField(verbose_name='stored')),
                ('stored_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('put_away_at', models.DateTimeField(blank=True, null=True, verbose_name='put away')),
            ],
            options={
                'verbose_name': 'file',
                'verbose_name_plural': 'files',
                'constraints': [models.CheckConstraint(condition=models.Q(('size__gt', 0)), name='storedfile_not_empty', violation_error_message='The file is empty.')],
            },
        ),
        migrations.CreateModel(
            name='Outage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_at', models.DateTimeField(verbose_name='down from')),
                ('to_at', models.DateTimeField(verbose_name='up again')),
                ('reason', models.CharField(help_text='Shown beside the deadlines it moves.', max_length=300, verbose_name='reason')),
                ('at', models.DateTimeField(editable=False, verbose_name='entered')),
                ('by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'outage of the portal',
                'verbose_name_plural': 'outages of the portal',
                'ordering': ['from_at', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('to_at__gt', models.F('from_at'))), name='outage_ends_after_it_began', violation_error_message='The portal was up again after it went down: check both times.')],
            },
        ),
        migrations.CreateModel(
            name='SavedFilter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('query', models.CharField(max_length=2000, verbose_name='filter')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_filters', to=settings.AUTH_USER_MODEL)),
                ('page', models.CharField(help_text='The name of its address.', max_length=60, verbose_name='list')),
            ],
            options={
                'verbose_name': 'saved filter',
                'verbose_name_plural': 'saved filters',
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('user', 'page', 'name'), name='savedfilter_name_once')],
            },
        ),
        migrations.CreateModel(
            name='KeptAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('idempotency_key', models.CharField(max_length=80)),
                ('request_sha256', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField()),
                ('headers', models.JSONField()),
                ('body', models.TextField()),
                ('answered_at', models.DateTimeField(db_index=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'kept answer',
                'verbose_name_plural': 'kept answers',
                'constraints': [models.UniqueConstraint(fields=('user', 'idempotency_key'), name='keptanswer_once_per_key')],
            },
        ),
    ]
