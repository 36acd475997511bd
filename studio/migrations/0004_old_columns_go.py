import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("studio", "0003_move_styles")]

    operations = [
        migrations.RemoveField("style", "shelf"),
        migrations.RemoveField("style", "recipe"),
        migrations.RemoveField("style", "digest"),
        migrations.RemoveField("style", "version"),
        migrations.AlterField(
            "style",
            "category",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="styles", to="studio.category"
            ),
        ),
        migrations.AlterField(
            "style",
            "offered",
            models.BooleanField(default=False, help_text="Whether new portraits can be ordered in it."),
        ),
        migrations.AlterModelOptions(
            name="style", options={"ordering": ["category__order", "category__name", "name"]}
        ),
        migrations.AddConstraint(
            model_name="style",
            constraint=models.CheckConstraint(
                condition=models.Q(("offered", False), ("current__isnull", False), _connector="OR"),
                name="style_offered_has_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="styleversion",
            constraint=models.UniqueConstraint(fields=("style", "number"), name="styleversion_number_once"),
        ),
        migrations.AddConstraint(
            model_name="styleversion",
            constraint=models.UniqueConstraint(fields=("style", "digest"), name="styleversion_text_once"),
        ),
        migrations.AddConstraint(
            model_name="styleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="styleversion_number_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="styleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")), name="styleversion_digest_hex"
            ),
        ),
        migrations.AddConstraint(
            model_name="styleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ["file", "staff"])), name="styleversion_origin_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="styleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("origin", "file"), _negated=True), ("created_by__isnull", True), _connector="OR"
                ),
                name="styleversion_file_has_no_author",
            ),
        ),
    ]
