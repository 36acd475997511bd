import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("render", "0008_untold_failures"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="scope",
            field=models.CharField(
                blank=True,
                choices=[
                    ("picture", "This picture, under whatever address it comes back"),
                    ("identity", "This face: the photograph and everything made of it"),
                ],
                help_text="Of a rejection.",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="identity",
            field=models.UUIDField(blank=True, help_text="Whose picture it is; it may be erased.", null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="style",
            field=models.CharField(blank=True, help_text="Of the picture.", max_length=60),
        ),
        migrations.AddField(
            model_name="case",
            name="seed",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="aims",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="case",
            name="proof_digest",
            field=models.CharField(blank=True, help_text="SHA-256 of the picture's proof.", max_length=64),
        ),
        migrations.AddField(
            model_name="case",
            name="photograph",
            field=models.CharField(
                blank=True, help_text="Fingerprint of the photograph: accounts/vault.py.", max_length=64
            ),
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reporter",
                    models.CharField(
                        blank=True,
                        help_text="Digest of the account or address; empty: staff, or forgotten.",
                        max_length=64,
                    ),
                ),
                ("words", models.CharField(max_length=300)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reports", to="render.case"
                    ),
                ),
            ],
            options={
                "ordering": ["created_at"],
                "indexes": [models.Index(fields=["reporter", "created_at"], name="report_reporter")],
            },
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["subject"], name="case_subject"),
        ),
    ]
