from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("render", "0010_described_cases"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("scope__in", ["picture", "identity"]), ("state", "rejected")),
                    models.Q(models.Q(("state", "rejected"), _negated=True), ("scope", "")),
                    _connector="OR",
                ),
                name="case_rejected_has_scope",
            ),
        ),
    ]
