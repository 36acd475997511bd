"""What the two groups of staff may do with accounts: support finds them, moderators block them too."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

NAMES = {"view_user": "Can view user", "block_user": "Can block and unblock accounts"}
GRANTED = {"support": ["view_user"], "moderators": ["view_user", "block_user"]}


def grant(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Permissions are made after all migrations; the ones that are given here are made now."""
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="accounts", model="user"
    )
    for group, codenames in GRANTED.items():
        for codename in codenames:
            permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
                content_type=kind, codename=codename, defaults={"name": NAMES[codename]}
            )
            apps.get_model("auth", "Group").objects.get(name=group).permissions.add(permission)


def revoke(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="accounts", codename__in=NAMES
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GRANTED):
        group.permissions.remove(*permissions)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_erasure_and_receipts"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, revoke)]
