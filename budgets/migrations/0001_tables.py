"""The tables of budgets: one step for what came in many."""

import core.ids
import core.models.texts
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('budgets', '0001_start'),
        ('budgets', '0002_relations'),
        ('budgets', '0003_unit_costs_counted_from_attendance'),
        ('budgets', '0004_amendments'),
        ('budgets', '0006_documents_behind_costs'),
        ('budgets', '0007_claims'),
        ('budgets', '0009_index_the_digits_of_documents'),
        ('budgets', '0010_forms_of_cost_and_dimensions'),
    ]

    initial = True

    dependencies = [
        ('activities', '0001_tables'),
        ('core', '0001_tables'),
        ('projects', '0001_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='BudgetLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('code', models.CharField(max_length=20, verbose_name='code')),
                ('name', core.models.texts.Text(verbose_name='name')),
                ('year', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='year')),
                ('nature', models.CharField(blank=True, choices=[('staff', 'Direct staff costs'), ('direct', 'Other direct costs'), ('allowances', 'Salaries and allowances of participants'), ('indirect', 'Indirect costs')], help_text='Needed where a flat rate is used.', max_length=12, verbose_name='kind of cost')),
                ('form', models.CharField(blank=True, choices=[('real', 'Real costs'), ('unit', 'Unit costs'), ('lump', 'Lump sum'), ('flat', 'Flat rate')], max_length=10, verbose_name='form of cost')),
                ('flat', models.CharField(blank=True, choices=[('indirect_direct', 'Indirect costs, up to 7% of direct costs (Art. 54(a))'), ('indirect_staff', 'Indirect costs, up to 15% of direct staff costs (Art. 54(b))'), ('indirect_method', 'Indirect costs, up to 25% of direct costs by a method (Art. 54(c))'), ('staff_other', 'Staff costs, up to 20% of other direct costs (Art. 55(1))'), ('all_other', 'All other costs, up to 40% of direct staff costs (Art. 56)')], max_length=20, verbose_name='flat rate')),
                ('unit', models.CharField(blank=True, choices=[('person_hours', 'Hours of participants'), ('hours', 'Hours held'), ('sessions', 'Sessions held'), ('supported', 'Participants who reached the hours of support')], help_text='Of a unit cost.', max_length=20, verbose_name='unit')),
                ('unit_price', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='amount per unit')),
                ('total', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='contracted')),
                ('eu_part', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='EU part')),
                ('national_part', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='national part')),
                ('own_part', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='own part')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('activity', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='budget_lines', to='activities.activity')),
                ('category', models.ForeignKey(blank=True, limit_choices_to={'list__name': 'cost_categories'}, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.code', verbose_name='cost category')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='budget_lines', to='projects.contractversion')),
                ('partner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation')),
            ],
            options={
                'verbose_name': 'budget line',
                'verbose_name_plural': 'budget lines',
                'ordering': ['contract_id', 'code'],
                'constraints': [models.UniqueConstraint(fields=('contract', 'code'), name='budgetline_code_once_per_contract'), models.CheckConstraint(condition=models.Q(('total__gte', 0)), name='budgetline_not_negative', violation_error_message='A contracted amount cannot be negative.'), models.CheckConstraint(condition=models.Q(models.Q(('unit', ''), ('unit_price', None)), models.Q(models.Q(('unit', ''), _negated=True), ('form', 'unit'), ('unit_price__gt', 0), ('unit_price__isnull', False)), _connector='OR'), name='budgetline_unit_has_a_price', violation_error_message='A line of unit costs has both a unit and an amount per unit, or neither.'), models.CheckConstraint(condition=models.Q(('flat', ''), ('form', 'flat'), _connector='OR'), name='budgetline_flat_rate_is_its_form', violation_error_message='Only a line with the form “flat rate” has a flat rate.'), models.CheckConstraint(condition=models.Q(('year', None), models.Q(('year__gte', 2000), ('year__lte', 2100)), _connector='OR'), name='budgetline_year_in_reach', violation_error_message='Enter a year such as 2026.'), models.CheckConstraint(condition=models.Q(models.Q(('eu_part', None), ('national_part', None), ('own_part', None)), models.Q(('eu_part__isnull', False), ('national_part__isnull', False), ('own_part__isnull', False), ('total', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('eu_part'), '+', models.F('national_part')), '+', models.F('own_part')))), _connector='OR'), name='budgetline_parts_add_up', violation_error_message='The EU, national and own parts must add up to the total to the cent. Correct one of them.')],
            },
        ),
        migrations.CreateModel(
            name='CallForm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('form', models.CharField(choices=[('real', 'Real costs'), ('unit', 'Unit costs'), ('lump', 'Lump sum'), ('flat', 'Flat rate')], max_length=10, verbose_name='form of cost')),
                ('flat', models.CharField(blank=True, choices=[('indirect_direct', 'Indirect costs, up to 7% of direct costs (Art. 54(a))'), ('indirect_staff', 'Indirect costs, up to 15% of direct staff costs (Art. 54(b))'), ('indirect_method', 'Indirect costs, up to 25% of direct costs by a method (Art. 54(c))'), ('staff_other', 'Staff costs, up to 20% of other direct costs (Art. 55(1))'), ('all_other', 'All other costs, up to 40% of direct staff costs (Art. 56)')], max_length=20, verbose_name='flat rate')),
                ('rate', models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True, verbose_name='rate, %')),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='forms_of_cost', to='projects.call')),
            ],
            options={
                'verbose_name': 'form of cost of a call',
                'verbose_name_plural': 'forms of cost of calls',
                'constraints': [models.UniqueConstraint(fields=('call', 'form', 'flat'), name='callform_once'), models.CheckConstraint(condition=models.Q(models.Q(('form', 'flat'), models.Q(('flat', ''), _negated=True)), models.Q(models.Q(('form', 'flat'), _negated=True), ('flat', '')), _connector='OR'), name='callform_flat_names_its_rate', violation_error_message='A flat rate says which one it is; another form of cost has none.'), models.CheckConstraint(condition=models.Q(models.Q(('flat', ''), ('rate', None)), models.Q(('flat', 'indirect_direct'), ('rate__gt', 0), ('rate__lte', Decimal('7'))), models.Q(('flat', 'indirect_staff'), ('rate__gt', 0), ('rate__lte', Decimal('15'))), models.Q(('flat', 'indirect_method'), ('rate__gt', 0), ('rate__lte', Decimal('25'))), models.Q(('flat', 'staff_other'), ('rate__gt', 0), ('rate__lte', Decimal('20'))), models.Q(('flat', 'all_other'), ('rate__gt', 0), ('rate__lte', Decimal('40'))), _connector='OR'), name='callform_rate_within_the_law', violation_error_message='Enter a rate above 0 and not above the highest one of the law.')],
            },
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('kind', models.CharField(choices=[('advance', 'Advance'), ('advance_verified', 'Advance with verification'), ('interim', 'Interim claim'), ('final', 'Final claim')], max_length=20, verbose_name='kind')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('submitted', 'Sent'), ('in_review', 'In check'), ('waiting', 'Waits for the second person'), ('returned', 'Returned'), ('accepted', 'Accepted'), ('rejected', 'Rejected'), ('reopened', 'Reopened')], default='draft', max_length=20, verbose_name='state')),
                ('from_on', models.DateField(verbose_name='from')),
                ('to_on', models.DateField(verbose_name='to')),
                ('advance', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='amount of the advance')),
                ('results', models.TextField(blank=True, verbose_name='what was done and reached')),
                ('declarations', models.JSONField(blank=True, default=list, verbose_name='declarations')),
                ('reasons', models.JSONField(blank=True, default=dict, verbose_name='reasons for warnings')),
                ('received_on', models.DateField(blank=True, null=True, verbose_name='received on')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='version')),
                ('made_at', models.DateTimeField(verbose_name='made')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='projects.contractversion')),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='projects.project')),
            ],
            options={
                'verbose_name': 'payment claim',
                'verbose_name_plural': 'payment claims',
                'ordering': ['project_id', 'number'],
                'constraints': [models.UniqueConstraint(fields=('project', 'number'), name='claim_number_once_per_project'), models.CheckConstraint(condition=models.Q(('to_on__gte', models.F('from_on'))), name='claim_ends_after_it_begins', violation_error_message='The last day lies before the first day.'), models.CheckConstraint(condition=models.Q(models.Q(('advance__gt', 0), ('kind', 'advance')), models.Q(models.Q(('kind', 'advance'), _negated=True), ('advance', None)), _connector='OR'), name='claim_advance_has_an_amount', violation_error_message='Enter the amount of an advance; other claims are made of costs.'), models.CheckConstraint(condition=models.Q(models.Q(('received_on', None), ('state', 'draft')), models.Q(models.Q(('state', 'draft'), _negated=True), ('received_on__isnull', False)), _connector='OR'), name='claim_sent_has_its_day')],
            },
        ),
        migrations.CreateModel(
            name='ClaimLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('released', models.BooleanField(default=False, verbose_name='returns in a later claim')),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='budgets.claim')),
                ('papers', models.ManyToManyField(blank=True, related_name='claim_lines', to='activities.evidence', verbose_name='evidence')),
            ],
            options={
                'verbose_name': 'claim line',
                'verbose_name_plural': 'claim lines',
                'ordering': ['claim_id', 'number'],
                'constraints': [models.UniqueConstraint(fields=('claim', 'number'), name='claimline_number_once')],
            },
        ),
        migrations.CreateModel(
            name='ClaimMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.CharField(choices=[('draft', 'Draft'), ('submitted', 'Sent'), ('in_review', 'In check'), ('waiting', 'Waits for the second person'), ('returned', 'Returned'), ('accepted', 'Accepted'), ('rejected', 'Rejected'), ('reopened', 'Reopened')], max_length=20)),
                ('after', models.CharField(choices=[('draft', 'Draft'), ('submitted', 'Sent'), ('in_review', 'In check'), ('waiting', 'Waits for the second person'), ('returned', 'Returned'), ('accepted', 'Accepted'), ('rejected', 'Rejected'), ('reopened', 'Reopened')], max_length=20)),
                ('comment', models.TextField(blank=True, verbose_name='comment')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='budgets.claim')),
            ],
            options={
                'verbose_name': 'move of a claim',
                'verbose_name_plural': 'moves of claims',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='ClaimQuestions',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='budgets.claim')),
                ('clarification', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='asked_about', to='projects.clarification')),
            ],
            options={
                'verbose_name': 'questions about a claim',
                'verbose_name_plural': 'questions about claims',
            },
        ),
        migrations.CreateModel(
            name='LineDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('verdict', models.CharField(choices=[('accept', 'Accept'), ('reduce', 'Reduce'), ('refuse', 'Refuse'), ('ask', 'Ask')], max_length=10, verbose_name='decision')),
                ('total', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='eligible')),
                ('error', models.CharField(blank=True, choices=[('date', 'Outside the eligible days'), ('budget', 'Not in the budget, or above it'), ('evidence', 'Not proved'), ('sum', 'Calculated wrongly'), ('twice', 'Financed twice'), ('procurement', 'Procurement rules not kept'), ('vat', 'VAT not eligible'), ('other', 'Other')], max_length=20, verbose_name='type of error')),
                ('comment', models.TextField(blank=True, verbose_name='comment to the school')),
                ('note', models.TextField(blank=True, verbose_name='internal note')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='budgets.claimline')),
            ],
            options={
                'verbose_name': 'decision on a claim line',
                'verbose_name_plural': 'decisions on claim lines',
                'ordering': ['line_id', 'position'],
                'constraints': [models.UniqueConstraint(fields=('line', 'position'), name='decision_position_once'), models.CheckConstraint(condition=models.Q(models.Q(('error', ''), ('verdict__in', ['accept', 'ask'])), models.Q(('verdict__in', ['reduce', 'refuse']), models.Q(('error', ''), _negated=True)), _connector='OR'), name='decision_lower_has_a_reason'), models.CheckConstraint(condition=models.Q(models.Q(('verdict__in', ['refuse', 'ask']), _negated=True), ('total', 0), _connector='OR'), name='decision_refused_is_nothing'), models.CheckConstraint(condition=models.Q(('verdict', 'accept'), ('verdict', 'reduce'), models.Q(('comment', ''), _negated=True), _connector='OR'), name='decision_is_explained')],
            },
        ),
        migrations.CreateModel(
            name='LineFact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(choices=[('declared', 'Claimed'), ('released', 'Returns in a later claim'), ('verified', 'Eligible')], max_length=10, verbose_name='step')),
                ('total', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='amount')),
                ('eu_part', models.DecimalField(decimal_places=2, max_digits=16, null=True, verbose_name='EU part')),
                ('national_part', models.DecimalField(decimal_places=2, max_digits=16, null=True, verbose_name='national part')),
                ('own_part', models.DecimalField(decimal_places=2, max_digits=16, null=True, verbose_name='own part')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='facts', to='budgets.claimline')),
            ],
            options={
                'verbose_name': 'amount on a claim line',
                'verbose_name_plural': 'amounts on claim lines',
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['line', 'step'], name='fact_by_line_and_step')],
                'constraints': [models.CheckConstraint(condition=models.Q(('total', 0), _negated=True), name='fact_is_not_zero'), models.CheckConstraint(condition=models.Q(models.Q(('eu_part', None), ('national_part', None), ('own_part', None)), models.Q(('eu_part__isnull', False), ('national_part__isnull', False), ('own_part__isnull', False), ('total', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('eu_part'), '+', models.F('national_part')), '+', models.F('own_part')))), _connector='OR'), name='fact_parts_add_up', violation_error_message='The EU, national and own parts must add up to the total to the cent. Correct one of them.')],
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('advance', 'Advance payment'), ('interim', 'Interim payment'), ('final', 'Final payment')], max_length=10, verbose_name='kind')),
                ('paid_on', models.DateField(verbose_name='paid on')),
                ('currency', models.CharField(choices=[('EUR', 'euro'), ('BGN', 'Bulgarian lev')], default='EUR', max_length=3, verbose_name='currency')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='amount')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='payments', to='projects.project')),
            ],
            options={
                'verbose_name': 'payment',
                'verbose_name_plural': 'payments',
                'ordering': ['paid_on', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_above_zero')],
            },
        ),
        migrations.CreateModel(
            name='ReportedCost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('document', models.CharField(help_text='Kind and number, such as “Invoice 118”.', max_length=120, verbose_name='document')),
                ('document_on', models.DateField(verbose_name='document date')),
                ('kind', models.CharField(blank=True, choices=[('invoice', 'Invoice'), ('receipt', 'Receipt'), ('cash_order', 'Cash order'), ('payroll', 'Payroll'), ('travel_order', 'Travel order'), ('advance_report', 'Advance report'), ('account', 'Account of paid sums'), ('debit_note', 'Debit note'), ('credit_note', 'Credit note'), ('vat_protocol', 'VAT protocol'), ('other', 'Other')], max_length=20, verbose_name='kind of document')),
                ('number', models.CharField(blank=True, max_length=60, verbose_name='number of the document')),
                ('supplier', models.CharField(blank=True, max_length=200, verbose_name='supplier')),
                ('supplier_number', models.CharField(blank=True, help_text='As in the register of its country.', max_length=40, verbose_name='number of the supplier')),
                ('vat', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='VAT in the amount')),
                ('units', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name='number of units')),
                ('paid_on', models.DateField(blank=True, null=True, verbose_name='paid on')),
                ('reported_on', models.DateField(verbose_name='reported on')),
                ('currency', models.CharField(choices=[('EUR', 'euro'), ('BGN', 'Bulgarian lev')], default='EUR', max_length=3, verbose_name='currency')),
                ('total', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='amount')),
                ('eu_part', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='EU part')),
                ('national_part', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='national part')),
                ('own_part', models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True, verbose_name='own part')),
                ('entered_at', models.DateTimeField(verbose_name='entered')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('activity', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reported_costs', to='activities.activity')),
                ('corrects', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='budgets.reportedcost')),
                ('entered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('evidence', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='costs', to='activities.evidence')),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='costs', to='budgets.budgetline')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reported_costs', to='projects.project')),
            ],
            options={
                'verbose_name': 'reported cost',
                'verbose_name_plural': 'reported costs',
                'ordering': ['reported_on', 'pk'],
                'indexes': [models.Index(fields=['project', 'reported_on'], name='cost_by_project_and_day'), models.Index(models.Func(models.Func(django.db.models.functions.comparison.Coalesce(django.db.models.functions.comparison.NullIf(models.F('number'), models.Value('')), models.F('document')), models.Value('\\D'), models.Value(''), models.Value('g'), function='regexp_replace'), models.Value('0'), function='ltrim', output_field=models.CharField()), name='cost_by_digits')],
                'constraints': [models.UniqueConstraint(fields=('project', 'document', 'document_on', 'line', 'total'), name='cost_once_per_document', violation_error_message='This document is reported already on this budget line with this amount.'), models.CheckConstraint(condition=models.Q(('total', 0), _negated=True), name='cost_is_not_zero', violation_error_message='Enter an amount other than 0,00.'), models.CheckConstraint(condition=models.Q(models.Q(('eu_part', None), ('national_part', None), ('own_part', None)), models.Q(('eu_part__isnull', False), ('national_part__isnull', False), ('own_part__isnull', False), ('total', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('eu_part'), '+', models.F('national_part')), '+', models.F('own_part')))), _connector='OR'), name='cost_parts_add_up', violation_error_message='The EU, national and own parts must add up to the total to the cent. Correct one of them.'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'credit_note'), _negated=True), ('total__lt', 0), _connector='OR'), name='cost_credit_note_is_negative', violation_error_message='The amount of a credit note is negative.')],
            },
        ),
        migrations.AddField(
            model_name='claimline',
            name='cost',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='claim_lines', to='budgets.reportedcost'),
        ),
        migrations.CreateModel(
            name='VersionTerms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('terms', models.JSONField(verbose_name='terms')),
                ('kept_at', models.DateTimeField(verbose_name='kept')),
                ('contract', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='terms', to='projects.contractversion')),
            ],
            options={
                'verbose_name': 'terms of a contract version',
                'verbose_name_plural': 'terms of contract versions',
            },
        ),
        migrations.CreateModel(
            name='Amendment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('sent', 'Waits for a decision'), ('returned', 'Returned to be corrected'), ('approved', 'Approved'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='draft', max_length=10, verbose_name='state')),
                ('because', models.TextField(verbose_name='why the contract should change')),
                ('base', models.JSONField(verbose_name='as it was copied')),
                ('draft', models.JSONField(verbose_name='as it should be')),
                ('begun_at', models.DateTimeField(verbose_name='begun')),
                ('changed_at', models.DateTimeField(verbose_name='last changed')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided')),
                ('note', models.TextField(blank=True, verbose_name='reason of the decision')),
                ('carried_at', models.DateTimeField(blank=True, help_text='Empty until the day from which the approved version is in force.', null=True, verbose_name='targets and partners in force since')),
                ('synthetic', models.BooleanField(default=False, verbose_name='sample data')),
                ('begun_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='amendments', to='projects.contractversion', verbose_name='copied from')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='amendments', to='projects.project')),
                ('result', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='made_by', to='projects.contractversion', verbose_name='version made')),
                ('sent_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'amendment',
                'verbose_name_plural': 'amendments',
                'ordering': ['-begun_at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('result__isnull', False), ('state', 'approved')), models.Q(models.Q(('state', 'approved'), _negated=True), ('result', None)), _connector='OR'), name='amendment_approved_makes_a_version'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'withdrawn']), ('sent_at__isnull', False), _connector='OR'), name='amendment_sent_has_a_day'), models.CheckConstraint(condition=models.Q(('decided_at', None), models.Q(('state', 'approved'), _negated=True), ('sent_by', None), ('decided_by', None), models.Q(('sent_by', models.F('decided_by')), _negated=True), _connector='OR'), name='amendment_approved_by_a_second_person', violation_error_message='Another person than the one who sent it must approve.'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['approved', 'refused']), _negated=True), ('decided_at__isnull', False), _connector='OR'), name='amendment_decided_has_a_day')],
            },
        ),
        migrations.AddConstraint(
            model_name='claimline',
            constraint=models.UniqueConstraint(condition=models.Q(('released', False)), fields=('cost',), name='cost_in_one_claim_only', violation_error_message='This cost stands in a claim already.'),
        ),
        migrations.AddConstraint(
            model_name='claimline',
            constraint=models.UniqueConstraint(condition=models.Q(('cost', None)), fields=('claim',), name='claim_one_advance'),
        ),
    ]
