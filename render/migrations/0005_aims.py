from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def keep(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for portrait in apps.get_model("render", "Portrait").objects.exclude(aim=""):
        portrait.aims = [portrait.aim]
        portrait.save(update_fields=["aims"])


class Migration(migrations.Migration):
    dependencies = [("render", "0004_moderators")]

    operations = [
        migrations.AddField(
            model_name="portrait",
            name="aims",
            field=models.JSONField(
                blank=True, default=list, help_text="The reasons that it answers, in order."
            ),
        ),
        migrations.RunPython(keep, migrations.RunPython.noop),
        migrations.RemoveField(model_name="portrait", name="aim"),
    ]
