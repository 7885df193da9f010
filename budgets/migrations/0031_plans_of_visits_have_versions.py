"""Two people who change the plan of one visit are told apart by the version each had open."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('budgets', '0030_saved_filters_move_out'),
    ]

    operations = [
        migrations.AddField(
            model_name='visit',
            name='version',
            field=models.PositiveIntegerField(default=1, verbose_name='version'),
        ),
    ]
