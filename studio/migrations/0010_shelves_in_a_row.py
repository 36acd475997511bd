from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F


def forward(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make room before the shelf "business" for "on location", which came later and got its number.

    Every shelf moves, so the order that staff gave them stays.
    """
    shelves = apps.get_model("studio", "Category").objects
    if shelves.filter(slug="business", order=0).exists():
        shelves.exclude(slug="on-location", order=0).update(order=F("order") + 1)


class Migration(migrations.Migration):
    dependencies = [("studio", "0009_ages")]

    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
