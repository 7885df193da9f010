"""Every table of projects: programmes, calls, projects, contracts and the feed of changes."""

import core.ids
import core.models.texts
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import projects.models.contracts
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models
from core.migrating import AllAtOnce

STEPS = [
    # Rows of changes, and the triggers that leave them: `note_changes_of(table, collection, query)`.
    ("""
CREATE FUNCTION note_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO projects_change (collection, key, project_id, school_id, xid, at)
         SELECT %L, key, project_id, school_id, pg_current_xact_id()::text::bigint, clock_timestamp() FROM (%s) AS rows',
        TG_ARGV[0], TG_ARGV[1]);
    RETURN NULL;
END $$;
CREATE FUNCTION note_changes_of(place regclass, collection text, rows_of text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    now_ text := replace(rows_of, '{rows}', 'rows_now');
    before text := replace(rows_of, '{rows}', 'rows_before');
BEGIN
    EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %s REFERENCING NEW TABLE AS rows_now
        FOR EACH STATEMENT EXECUTE FUNCTION note_changes(%L, %L)',
        collection || '_added', place, collection, now_);
    EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %s REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_now
        FOR EACH STATEMENT EXECUTE FUNCTION note_changes(%L, %L)',
        collection || '_changed', place, collection, now_ || ' UNION ' || before);
    EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON %s REFERENCING OLD TABLE AS rows_before
        FOR EACH STATEMENT EXECUTE FUNCTION note_changes(%L, %L)',
        collection || '_gone', place, collection, before);
END $$;
CREATE FUNCTION note_changes_no_more(place regclass, collection text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP TRIGGER %I ON %s', collection || '_added', place);
    EXECUTE format('DROP TRIGGER %I ON %s', collection || '_changed', place);
    EXECUTE format('DROP TRIGGER %I ON %s', collection || '_gone', place);
END $$;
""", """
DROP FUNCTION note_changes_no_more(regclass, text);
DROP FUNCTION note_changes_of(regclass, text, text);
DROP FUNCTION note_changes();
"""),
]


class Migration(AllAtOnce):

    replaces = [
        ('projects', '0001_tables'),
        ('projects', '0009_contract_instalments_and_final_report'),
        ('projects', '0010_call_tolerance_of_budget_lines'),
        ('projects', '0011_highest_rates_by_region_and_whole_units'),
        ('projects', '0012_share_of_claims_that_settles_the_advance'),
        ('projects', '0013_financial_plan'),
        ('projects', '0014_feed_of_changes'),
        ('projects', '0015_feeds_of_more_collections'),
        ('projects', '0016_version_of_allocations'),
    ]

    initial = True

    dependencies = [
        ('core', '0001_all_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Programme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(help_text='CCI such as 2021BG05SFPR001.', max_length=40, unique=True, verbose_name='code')),
                ('name', core.models.texts.Text(verbose_name='name')),
                ('period', models.CharField(blank=True, max_length=40, verbose_name='period')),
                ('fund', models.CharField(choices=[('ESF+', 'European Social Fund Plus'), ('Erasmus+', 'Erasmus+'), ('foundation', 'Foundation'), ('national', 'National budget')], max_length=20, verbose_name='fund')),
                ('description', core.models.texts.Text(blank=True, verbose_name='description')),
                ('country', models.CharField(blank=True, max_length=2, verbose_name='country')),
                ('language', models.CharField(max_length=2, verbose_name='own language')),
                ('time_zone', models.CharField(default='Europe/Sofia', max_length=40, verbose_name='time zone')),
                ('statement', models.CharField(choices=[('cofunded', 'Co-funded by the European Union'), ('funded', 'Funded by the European Union'), ('none', 'No statement: no EU money')], max_length=10, verbose_name='funding statement')),
                ('disclaimer', models.BooleanField(default=False, verbose_name='prints the Erasmus+ disclaimer')),
                ('counts_esf_indicators', models.BooleanField(default=False, verbose_name='counts the ESF+ common indicators')),
                ('keeps_annex_xvii', models.BooleanField(default=False, verbose_name='keeps the fields of CPR Annex XVII')),
                ('uses_work_packages', models.BooleanField(default=False, verbose_name='activities are work packages with a lump sum')),
                ('marks_late', models.BooleanField(default=False, verbose_name='attendance knows “late”')),
                ('late_days', models.PositiveSmallIntegerField(blank=True, help_text='A month is locked this many days after it ends: with 10, March can be entered until 10 April. Empty: nothing is locked.', null=True, verbose_name='days for late entry')),
                ('support_hours', models.DecimalField(blank=True, decimal_places=2, help_text='A participant counts as supported from so many hours in the project, such as 40. Empty: no bar.', max_digits=6, null=True, verbose_name='hours of support that count')),
                ('retention_years', models.PositiveSmallIntegerField(default=5, help_text='From 31 December of the year of the last payment to the beneficiary; then identities are erased.', verbose_name='years documents are kept')),
                ('consent_to_count', models.BooleanField(db_default=False, default=False, help_text='Off where the law is the basis of counting (GDPR Art. 6(1)(c), (e)): the notice is enough there.', verbose_name='counts participants only with their consent')),
                ('source', models.TextField(blank=True, verbose_name='source of these data')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('funder', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation')),
            ],
            options={
                'verbose_name': 'programme',
                'verbose_name_plural': 'programmes',
                'ordering': ['code'],
                'constraints': [models.CheckConstraint(condition=models.Q(('support_hours', None), ('support_hours__gt', 0), _connector='OR'), name='programme_support_hours_above_zero', violation_error_message='Enter hours above 0, or leave the field empty.')],
            },
        ),
        migrations.CreateModel(
            name='Priority',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, verbose_name='code')),
                ('name', core.models.texts.Text(blank=True, verbose_name='name')),
                ('eu_rate', models.DecimalField(blank=True, decimal_places=2, help_text='By category of region where it differs; empty when not known.', max_digits=5, null=True, verbose_name='highest EU rate, %')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='priorities', to='projects.programme')),
            ],
            options={
                'verbose_name': 'priority',
                'verbose_name_plural': 'priorities',
                'constraints': [models.UniqueConstraint(fields=('programme', 'code'), name='priority_once_per_programme'), models.CheckConstraint(condition=models.Q(('eu_rate', None), models.Q(('eu_rate__gte', 0), ('eu_rate__lte', 100)), _connector='OR'), name='priority_rate_is_a_percentage')],
            },
        ),
        migrations.CreateModel(
            name='Holiday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_on', models.DateField(verbose_name='from')),
                ('to_on', models.DateField(verbose_name='to')),
                ('name', core.models.texts.Text(verbose_name='name')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holidays', to='projects.programme')),
            ],
            options={
                'verbose_name': 'holiday',
                'verbose_name_plural': 'holidays',
                'ordering': ['from_on'],
                'constraints': [models.CheckConstraint(condition=models.Q(('to_on__gte', models.F('from_on'))), name='holiday_ends_after_it_began', violation_error_message='The last day lies before the first day.')],
            },
        ),
        migrations.CreateModel(
            name='Call',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, verbose_name='code')),
                ('name', core.models.texts.Text(verbose_name='name')),
                ('management_share', models.DecimalField(blank=True, decimal_places=2, help_text='Of the grant, such as 20 for an Erasmus+ cooperation partnership. Empty: no limit.', max_digits=5, null=True, verbose_name='project management at most, %')),
                ('opened_on', models.DateField(blank=True, null=True, verbose_name='opened on')),
                ('closes_on', models.DateField(blank=True, null=True, verbose_name='closes on')),
                ('priority', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='projects.priority')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='projects.programme')),
                ('specific_objective', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='projects.specificobjective')),
                ('line_tolerance', models.DecimalField(decimal_places=2, default=Decimal('0'), help_text='Of the amount of the line. The sum of the contract is never passed.', max_digits=5, verbose_name='claims above a budget line at most, %')),
                ('settled_share', models.DecimalField(decimal_places=2, default=Decimal('100'), help_text='How much of what is approved of a claim is settled by the advance, until nothing is left of it.', max_digits=5, verbose_name='set against the advance, % of each claim')),
            ],
            options={
                'verbose_name': 'call',
                'verbose_name_plural': 'calls',
                'constraints': [models.UniqueConstraint(fields=('programme', 'code'), name='call_once_per_programme'), models.CheckConstraint(condition=models.Q(('management_share', None), models.Q(('management_share__gt', 0), ('management_share__lte', 100)), _connector='OR'), name='call_management_share_is_a_percentage', violation_error_message='Enter a share above 0 and at most 100, or leave the field empty.'), models.CheckConstraint(condition=models.Q(('opened_on', None), ('closes_on', None), ('closes_on__gte', models.F('opened_on')), _connector='OR'), name='call_closes_after_it_opened', violation_error_message='A call cannot close before it opens.'), models.CheckConstraint(condition=models.Q(('line_tolerance__gte', 0), ('line_tolerance__lte', 100)), name='call_line_tolerance_is_a_percentage', violation_error_message='Enter a share from 0 to 100.'), models.CheckConstraint(condition=models.Q(('settled_share__gte', 0), ('settled_share__lte', 100)), name='call_settled_share_is_a_percentage')],
            },
        ),
        migrations.CreateModel(
            name='Project',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=60, unique=True, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9][A-Za-z0-9.\\-]*$', 'Use letters, digits, dots and dashes only.')], verbose_name='project number')),
                ('title', core.models.texts.Text(verbose_name='title')),
                ('summary', core.models.texts.Text(blank=True, verbose_name='description')),
                ('state', models.CharField(choices=[('selected', 'Selected'), ('in_progress', 'In progress'), ('suspended', 'Suspended'), ('terminated', 'Terminated'), ('completed', 'Completed')], max_length=20, verbose_name='state')),
                ('applied_on', models.DateField(blank=True, null=True, verbose_name='application date')),
                ('completed_on', models.DateField(blank=True, null=True, verbose_name='actually completed on')),
                ('last_payment_on', models.DateField(blank=True, help_text='Starts the retention period.', null=True, verbose_name='last payment to the beneficiary')),
                ('published', models.BooleanField(default=False, verbose_name='on the public pages')),
                ('updated_at', models.DateTimeField(verbose_name='updated')),
                ('source', models.TextField(blank=True, verbose_name='source of these data')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('beneficiary', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='projects', to='core.organisation', verbose_name='beneficiary')),
                ('call', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='projects', to='projects.call')),
                ('granting_authority', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation')),
                ('intervention_fields', models.ManyToManyField(blank=True, related_name='+', to='core.code', verbose_name='intervention')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='projects', to='projects.programme')),
                ('specific_objective', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.specificobjective')),
                ('type_of_action', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='projects', to='projects.typeofaction')),
                ('region', models.CharField(blank=True, choices=[('less', 'Less developed region'), ('transition', 'Transition region'), ('more', 'More developed region')], help_text='The highest EU rate of its priority depends on it.', max_length=10, verbose_name='category of region')),
            ],
            options={
                'verbose_name': 'project',
                'verbose_name_plural': 'projects',
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='PlannedFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('counter', models.CharField(choices=[('outreach', 'People reached by outreach'), ('participants', 'Participants'), ('schools', 'Schools')], max_length=20, verbose_name='counter')),
                ('planned', models.PositiveIntegerField(verbose_name='planned')),
                ('note', core.models.texts.Text(blank=True, verbose_name='in the words of the contract')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='planned_figures', to='projects.project')),
            ],
            options={
                'verbose_name': 'planned figure',
                'verbose_name_plural': 'planned figures',
                'constraints': [models.UniqueConstraint(fields=('project', 'counter'), name='plannedfigure_once')],
            },
        ),
        migrations.CreateModel(
            name='Partner',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('partner', 'Partner'), ('associate', 'Associated partner'), ('school', 'School in the project'), ('contractor', 'Contractor'), ('subcontractor', 'Sub-contractor')], max_length=20, verbose_name='role')),
                ('since_on', models.DateField(blank=True, null=True, verbose_name='since')),
                ('until_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='partnerships', to='core.organisation')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='partners', to='projects.project')),
            ],
            options={
                'verbose_name': 'partner',
                'verbose_name_plural': 'partners',
                'constraints': [models.UniqueConstraint(fields=('project', 'organisation', 'role'), name='partner_once_per_role'), models.CheckConstraint(condition=models.Q(('since_on', None), ('until_on', None), ('until_on__gte', models.F('since_on')), _connector='OR'), name='partner_ends_after_it_began', violation_error_message='The last day lies before the first day.')],
            },
        ),
        migrations.CreateModel(
            name='Objective',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('text', core.models.texts.Text(verbose_name='objective')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='objectives', to='projects.project')),
            ],
            options={
                'verbose_name': 'objective',
                'verbose_name_plural': 'objectives',
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('project', 'position'), name='objective_position_once')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('administrator', 'Administrator'), ('officer', 'Programme officer'), ('coordinator', 'School coordinator'), ('partner_finance', 'Partner finance'), ('auditor', 'Auditor'), ('api_client', 'API client')], max_length=20, verbose_name='role')),
                ('from_on', models.DateField(blank=True, null=True, verbose_name='from')),
                ('until_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='core.organisation')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('programme', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='projects.programme')),
                ('project', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='projects.project')),
            ],
            options={
                'verbose_name': 'membership',
                'verbose_name_plural': 'memberships',
                'constraints': [models.UniqueConstraint(fields=('user', 'role', 'programme', 'project', 'organisation'), name='membership_once', nulls_distinct=False, violation_error_message='This person has this role here already.'), models.CheckConstraint(condition=models.Q(models.Q(('role', 'administrator'), _negated=True), models.Q(('organisation', None), ('programme', None), ('project', None)), _connector='OR'), name='membership_administrator_is_everywhere'), models.CheckConstraint(condition=models.Q(models.Q(('role', 'officer'), _negated=True), models.Q(('organisation', None), ('programme__isnull', False), ('project', None)), _connector='OR'), name='membership_officer_has_a_programme', violation_error_message='An officer works for a programme: choose it.'), models.CheckConstraint(condition=models.Q(models.Q(('role__in', ['coordinator', 'partner_finance']), _negated=True), models.Q(('organisation__isnull', False), ('programme', None), ('project__isnull', False)), _connector='OR'), name='membership_school_role_has_project_and_school', violation_error_message='Choose the project and the school or partner this person works for.'), models.CheckConstraint(condition=models.Q(models.Q(('role', 'auditor'), _negated=True), models.Q(('until_on__isnull', False), models.Q(('programme__isnull', False), ('project__isnull', False), _connector='OR')), _connector='OR'), name='membership_auditor_is_scoped_and_ends', violation_error_message='An audit has a programme or project and a last day: enter both.'), models.CheckConstraint(condition=models.Q(models.Q(('role', 'api_client'), _negated=True), ('programme__isnull', False), ('project__isnull', False), _connector='OR'), name='membership_client_is_scoped'), models.CheckConstraint(condition=models.Q(('from_on', None), ('until_on', None), ('until_on__gte', models.F('from_on')), _connector='OR'), name='membership_ends_after_it_began', violation_error_message='The last day lies before the first day.')],
            },
        ),
        migrations.CreateModel(
            name='ContractVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=80, unique=True, verbose_name='contract number')),
                ('version', models.PositiveSmallIntegerField(verbose_name='version')),
                ('kind', models.CharField(choices=[('new', 'New contract'), ('amendment', 'Amendment'), ('change', 'Change')], default='new', max_length=20, verbose_name='kind')),
                ('signed_on', models.DateField(blank=True, null=True, verbose_name='signed on')),
                ('in_force_from', models.DateField(blank=True, null=True, verbose_name='in force from')),
                ('starts_on', models.DateField(blank=True, null=True, verbose_name='work starts on')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='work ends on')),
                ('dates_to_the_month', models.BooleanField(default=False, help_text='Shown as month and year; the first and last day of the months are stored.', verbose_name='start and end are known to the month only')),
                ('eligible_from', models.DateField(blank=True, null=True, verbose_name='costs eligible from')),
                ('eligible_to', models.DateField(blank=True, null=True, verbose_name='costs eligible to')),
                ('currency', models.CharField(choices=[('EUR', 'euro'), ('BGN', 'Bulgarian lev')], default='EUR', max_length=3, verbose_name='currency')),
                ('total', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='total')),
                ('eu_part', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='EU part')),
                ('national_part', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='national part')),
                ('own_part', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='own part')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contracts', to='projects.project')),
                ('instalments', models.CharField(blank=True, help_text='Pre-financing, further payments and the balance, such as 80/20 or 40/40/20.', max_length=40, validators=[projects.models.contracts.check_instalments], verbose_name='instalments, %')),
                ('report_days', models.PositiveSmallIntegerField(blank=True, help_text='Counted from the last day of work, such as 60.', null=True, verbose_name='days for the final report')),
                ('whole_units', models.BooleanField(default=False, help_text='The EU part of a budget line is rounded down to the euro or lev, not to the cent.', verbose_name='split in whole euro or lev')),
            ],
            options={
                'verbose_name': 'contract version',
                'verbose_name_plural': 'contract versions',
                'ordering': ['project_id', 'version'],
                'constraints': [models.UniqueConstraint(fields=('project', 'version'), name='contract_version_once_per_project'), models.CheckConstraint(condition=models.Q(('total', None), ('total__gte', 0), _connector='OR'), name='contract_total_not_negative', violation_error_message='A contract total cannot be negative.'), models.CheckConstraint(condition=models.Q(models.Q(('eu_part', None), ('national_part', None), ('own_part', None)), models.Q(('eu_part__isnull', False), ('national_part__isnull', False), ('own_part__isnull', False), ('total', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('eu_part'), '+', models.F('national_part')), '+', models.F('own_part')))), _connector='OR'), name='contract_parts_add_up', violation_error_message='The EU, national and own parts must add up to the total to the cent. Correct one of them.'), models.CheckConstraint(condition=models.Q(('starts_on', None), ('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='contract_ends_after_it_starts', violation_error_message='The work cannot end before it starts.'), models.CheckConstraint(condition=models.Q(('eligible_from', None), ('eligible_to', None), ('eligible_to__gte', models.F('eligible_from')), _connector='OR'), name='contract_eligibility_in_order', violation_error_message='Eligibility cannot end before it begins.')],
            },
        ),
        migrations.CreateModel(
            name='Clarification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('subject', models.CharField(max_length=200, verbose_name='subject')),
                ('due_on', models.DateField(verbose_name='answer until')),
                ('asked_at', models.DateTimeField(verbose_name='asked')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('closed_because', models.TextField(blank=True, verbose_name='why it is closed without an answer')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='clarifications', to=settings.AUTH_USER_MODEL, verbose_name='asked by')),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='closed by')),
                ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='clarifications', to='core.organisation', verbose_name='school')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='clarifications', to='projects.project')),
            ],
            options={
                'verbose_name': 'clarification',
                'verbose_name_plural': 'clarifications',
                'indexes': [models.Index(condition=models.Q(('closed_at', None)), fields=['project', 'due_on'], name='clarification_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(('subject', ''), _negated=True), name='clarification_has_a_subject'), models.CheckConstraint(condition=models.Q(('closed_at', None), ('closed_at__gte', models.F('asked_at')), _connector='OR'), name='clarification_closed_after_asked')],
            },
        ),
        migrations.CreateModel(
            name='ProjectPlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.code', verbose_name='place')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='places', to='projects.project')),
            ],
            options={
                'verbose_name': 'place of a project',
                'verbose_name_plural': 'places of projects',
                'constraints': [models.UniqueConstraint(fields=('project', 'place'), name='projectplace_once')],
            },
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('text', models.TextField(verbose_name='question')),
                ('asked_at', models.DateTimeField(verbose_name='asked')),
                ('clarification', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='projects.clarification')),
            ],
            options={
                'verbose_name': 'question',
                'verbose_name_plural': 'questions',
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('clarification', 'number'), name='question_number_once'), models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='question_has_words')],
            },
        ),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(verbose_name='answer')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='projects.question')),
            ],
            options={
                'verbose_name': 'answer',
                'verbose_name_plural': 'answers',
                'ordering': ['-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='answer_has_words')],
            },
        ),
        migrations.CreateModel(
            name='SpecificObjective',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, verbose_name='code')),
                ('name', core.models.texts.Text(blank=True, verbose_name='name')),
                ('priority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='specific_objectives', to='projects.priority')),
            ],
            options={
                'verbose_name': 'specific objective',
                'verbose_name_plural': 'specific objectives',
                'constraints': [models.UniqueConstraint(fields=('priority', 'code'), name='objective_once_per_priority')],
            },
        ),
        migrations.CreateModel(
            name='TargetGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('text', core.models.texts.Text(verbose_name='target group')),
                ('excluded', core.models.texts.Text(blank=True, verbose_name='not included')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='target_groups', to='projects.project')),
            ],
            options={
                'verbose_name': 'target group',
                'verbose_name_plural': 'target groups',
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('project', 'position'), name='targetgroup_position_once')],
            },
        ),
        migrations.CreateModel(
            name='TypeOfAction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('group', core.models.texts.Text(verbose_name='group')),
                ('name', core.models.texts.Text(verbose_name='name')),
                ('managed_by', models.CharField(choices=[('agency', 'National agency'), ('eacea', 'European Education and Culture Executive Agency (EACEA)'), ('either', 'National agency or EACEA, by field and kind of applicant')], max_length=10, verbose_name='managed by')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='types_of_action', to='projects.programme')),
            ],
            options={
                'verbose_name': 'type of action',
                'verbose_name_plural': 'types of action',
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('programme', 'position'), name='typeofaction_position_once')],
            },
        ),
        migrations.CreateModel(
            name='PriorityRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('region', models.CharField(choices=[('less', 'Less developed region'), ('transition', 'Transition region'), ('more', 'More developed region')], max_length=10, verbose_name='category of region')),
                ('eu_rate', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='highest EU rate, %')),
                ('priority', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rates', to='projects.priority')),
            ],
            options={
                'verbose_name': 'rate of a category of region',
                'verbose_name_plural': 'rates of categories of region',
                'constraints': [models.UniqueConstraint(fields=('priority', 'region'), name='priorityrate_once_per_region'), models.CheckConstraint(condition=models.Q(('eu_rate__gte', 0), ('eu_rate__lte', 100)), name='priorityrate_is_a_percentage')],
            },
        ),
        migrations.CreateModel(
            name='Allocation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('region', models.CharField(blank=True, choices=[('less', 'Less developed region'), ('transition', 'Transition region'), ('more', 'More developed region')], max_length=10, verbose_name='category of region')),
                ('basis', models.CharField(choices=[('total', 'Total cost'), ('public', 'Public cost')], default='total', max_length=10, verbose_name='basis of the Union contribution')),
                ('total', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='total allocation')),
                ('eu_rate', models.DecimalField(decimal_places=2, max_digits=5, verbose_name='co-financing rate, %')),
                ('priority', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='allocations', to='projects.priority')),
                ('specific_objective', models.ForeignKey(blank=True, help_text='Empty: the plan gives the priority as a whole.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='projects.specificobjective', verbose_name='specific objective')),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
            ],
            options={
                'verbose_name': 'allocation',
                'verbose_name_plural': 'allocations',
                'ordering': ['priority', 'specific_objective', 'region'],
                'constraints': [models.UniqueConstraint(fields=('priority', 'specific_objective', 'region'), name='allocation_once', nulls_distinct=False, violation_error_message='The plan has this part already.'), models.CheckConstraint(condition=models.Q(('total__gt', 0)), name='allocation_above_zero', violation_error_message='Enter an amount above 0.'), models.CheckConstraint(condition=models.Q(('eu_rate__gte', 0), ('eu_rate__lte', 100)), name='allocation_rate_is_a_percentage', violation_error_message='Enter a share from 0 to 100.')],
            },
        ),
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('collection', models.CharField(choices=[('participants', 'Participants'), ('sessions', 'Sessions'), ('attendance', 'Attendance'), ('groups', 'Groups'), ('activities', 'Activities'), ('reported-costs', 'Reported costs'), ('amendments', 'Amendments'), ('claims', 'Payment claims'), ('deliverables', 'Deliverables'), ('visits', 'On-the-spot visits'), ('due-reports', 'Reports that are due')], max_length=20, verbose_name='collection')),
                ('key', models.UUIDField(verbose_name='object')),
                ('xid', models.BigIntegerField()),
                ('at', models.DateTimeField(verbose_name='when')),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='projects.project')),
                ('school', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='core.organisation')),
            ],
            options={
                'verbose_name': 'change',
                'verbose_name_plural': 'changes',
                'indexes': [models.Index(fields=['collection', 'xid', 'id'], name='change_in_its_order'), models.Index(fields=['collection', 'at'], name='change_by_time')],
            },
        ),
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
    ] + [migrations.RunSQL(forward, back) for forward, back in STEPS]
