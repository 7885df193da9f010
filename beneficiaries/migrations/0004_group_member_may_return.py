"""Somebody who left a group may come back to it: a second row, with the gap between the two."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("beneficiaries", "0003_name_search")]
    operations = [
        migrations.RemoveConstraint("groupmember", "groupmember_once"),
        migrations.AddConstraint(
            "groupmember",
            models.UniqueConstraint(
                fields=["group", "participation"], condition=Q(until_on=None), name="groupmember_one_open"
            ),
        ),
        migrations.AddConstraint(
            "groupmember",
            models.UniqueConstraint(fields=["group", "participation", "from_on"], name="groupmember_once_from_a_day"),
        ),
    ]
