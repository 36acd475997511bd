from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils.text import slugify

SHELVES = (
    "business",
    "editorial",
    "black and white",
    "beauty and glamour",
    "soft focus",
    "cinematic",
    "classic painting",
    "natural light",
    "creative",
)


def forward(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give every style its category, and the version that it stands at; earlier texts were never kept."""
    styles, categories, versions = (
        apps.get_model("studio", name).objects for name in ("Style", "Category", "StyleVersion")
    )
    for style in styles.all():
        name = style.shelf
        order = SHELVES.index(name) if name in SHELVES else len(SHELVES)
        style.category, _ = categories.get_or_create(
            slug=slugify(name) or "other", defaults={"name": name, "order": order}
        )
        style.current = versions.create(
            style=style, number=style.version, recipe=style.recipe, digest=style.digest, origin="file"
        )
        style.save()


def back(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Keep of every style the version that it stands at; one that was never published goes."""
    styles = apps.get_model("studio", "Style").objects
    for style in styles.select_related("category", "current"):
        if style.current is None:
            style.versions.all().delete()
            style.delete()
            continue
        style.shelf, style.version = style.category.name, style.current.number
        style.recipe, style.digest = style.current.recipe, style.current.digest
        style.current = style.category = None
        style.save()


class Migration(migrations.Migration):
    dependencies = [("studio", "0002_versions")]

    operations = [migrations.RunPython(forward, back)]
