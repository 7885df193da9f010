from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0003_workbook_of_a_report'),
    ]

    operations = [
        migrations.AlterField(
            model_name='reportfile',
            name='kind',
            field=models.CharField(choices=[('pdf', 'PDF'), ('archive', 'PDF/A-3'), ('xlsx', 'XLSX'), ('csv', 'CSV')], max_length=10, verbose_name='format'),
        ),
    ]
