from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from billing import triggers


def install(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """SQLite keeps a trigger that is there already, so the old ones go first."""
    triggers.remove(schema_editor.connection)
    triggers.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_pack_currencies")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
