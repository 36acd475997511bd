"""Support sees the errors of ours and settles them. Here, because the apps of jobs know no groups."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

GRANTED = {"view_failure": "Can view failure", "change_failure": "Can change failure"}


def give(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Permissions are made after all migrations; the ones that are given here are made now."""
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="jobs", model="failure"
    )
    support = apps.get_model("auth", "Group").objects.get(name="support")
    for codename, name in GRANTED.items():
        permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=kind, codename=codename, defaults={"name": name}
        )
        support.permissions.add(permission)


def take(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="jobs", codename__in=GRANTED
    )
    for group in apps.get_model("auth", "Group").objects.filter(name="support"):
        group.permissions.remove(*permissions)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_receipts_of_identities"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("jobs", "0003_failures"),
    ]

    operations = [migrations.RunPython(give, take)]
