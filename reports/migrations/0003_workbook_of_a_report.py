from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("reports", "0002_rules"),
    ]

    operations = [
        migrations.AlterField(
            model_name='reportfile',
            name='kind',
            field=models.CharField(choices=[('pdf', 'PDF'), ('xlsx', 'XLSX'), ('csv', 'CSV')], max_length=10, verbose_name='format'),
        ),
    ]
