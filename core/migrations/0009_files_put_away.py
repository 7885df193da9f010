"""The bytes of a file may be put away, to be made again."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0008_answers_kept_for_repeats'),
    ]

    operations = [
        migrations.AddField(
            model_name='storedfile',
            name='put_away_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='put away'),
        ),
    ]
