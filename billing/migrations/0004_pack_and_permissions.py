"""What is for sale on day one, and what support may do with money. Moderators may do nothing with it."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

PACK = {"slug": "twenty", "name": "Studio pack", "credits": 20, "price_cents": 2900, "currency": "usd"}
SEEN = ("account", "dispute", "entry", "flag", "hold", "lot", "pack", "purchase", "refund", "stripeevent")
GRANTED = {
    **{f"view_{model}": (model, f"Can view {model}") for model in SEEN},
    "view_stripeevent": ("stripeevent", "Can view stripe event"),
    "change_flag": ("flag", "Can change flag"),
    "give_credits": ("refund", "Can give credits back"),
    "refund_money": ("refund", "Can give money back"),
}


def give(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Permissions are made after all migrations; the ones that are given here are made now."""
    apps.get_model("billing", "Pack").objects.get_or_create(slug=PACK["slug"], defaults=PACK)
    support, _ = apps.get_model("auth", "Group").objects.get_or_create(name="support")
    for codename, (model, name) in GRANTED.items():
        kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
            app_label="billing", model=model
        )
        permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=kind, codename=codename, defaults={"name": name}
        )
        support.permissions.add(permission)


def take(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="billing", codename__in=GRANTED
    )
    for group in apps.get_model("auth", "Group").objects.filter(name="support"):
        group.permissions.remove(*permissions)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0003_payments"),
        ("accounts", "0003_groups"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(give, take)]
