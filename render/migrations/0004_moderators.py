"""Moderators see and decide what is reported."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

PERMISSIONS = {
    "case": {
        "view_case": "Can view case",
        "decide_case": "Can approve and reject what is reported",
    }
}


def give(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Django makes the permissions after all migrations, under these names; here they are needed now."""
    group = apps.get_model("auth", "Group").objects.get(name="moderators")
    for model, permissions in PERMISSIONS.items():
        place, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
            app_label="render", model=model
        )
        for codename, name in permissions.items():
            permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
                content_type=place, codename=codename, defaults={"name": name}
            )
            group.permissions.add(permission)


def take(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for group in apps.get_model("auth", "Group").objects.filter(name="moderators"):
        wanted = [codename for permissions in PERMISSIONS.values() for codename in permissions]
        group.permissions.remove(
            *group.permissions.filter(content_type__app_label="render", codename__in=wanted)
        )


class Migration(migrations.Migration):
    dependencies = [
        ("render", "0003_cases"),
        ("accounts", "0003_groups"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, take)]
