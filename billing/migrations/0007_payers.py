from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_entries_lose_their_words")]

    operations = [
        migrations.AddField(
            model_name="purchase",
            name="payer",
            field=models.CharField(
                blank=True,
                default="",
                help_text="What it was paid with, as a keyed hash; empty where unknown.",
                max_length=32,
            ),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(condition=~Q(payer=""), fields=["payer"], name="purchase_payer"),
        ),
        migrations.AlterField(
            model_name="entry",
            name="actor",
            field=models.CharField(
                help_text="Who moved it: `system`, `owner`, or `user` and a number.", max_length=80
            ),
        ),
    ]
