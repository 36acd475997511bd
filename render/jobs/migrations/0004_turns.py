from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0003_failures"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="owner",
            field=models.BigIntegerField(
                blank=True, help_text="Number of the account that waits for it; empty: none does.", null=True
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="turn",
            field=models.PositiveIntegerField(
                default=0,
                help_text="Round of its queue in which it is claimed: in each, one job of an account.",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("state", "queued")),
                fields=["queue", "turn", "created_at", "id"],
                name="job_line",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "running"])),
                fields=["owner", "queue", "turn"],
                name="job_owner_turn",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["owner", "kind", "created_at"], name="job_owner_kind"),
        ),
    ]
