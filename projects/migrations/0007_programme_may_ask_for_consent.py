"""Some programmes count participants only with their consent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0006_programme_years_of_retention")]
    operations = [
        migrations.AddField(
            "programme",
            "consent_to_count",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text="Off where the law is the basis of counting (GDPR Art. 6(1)(c), (e)): the notice is enough there.",
                verbose_name="counts participants only with their consent",
            ),
        ),
    ]
