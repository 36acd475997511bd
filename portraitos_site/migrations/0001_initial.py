from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Count",
            fields=[
                (
                    "key",
                    models.CharField(editable=False, max_length=64, primary_key=True, serialize=False),
                ),
                ("value", models.JSONField()),
                ("ends_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["ends_at"], name="count_ends_at")]},
        ),
    ]
