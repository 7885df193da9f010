"""Costs are looked for by their supplier and day, as by the number of their document."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("budgets", "0026_cancelled_payments")]
    operations = [
        migrations.AddIndex(
            "reportedcost",
            models.Index(
                fields=["supplier_number", "document_on"],
                condition=~models.Q(supplier_number=""),
                name="cost_by_supplier",
            ),
        ),
    ]
