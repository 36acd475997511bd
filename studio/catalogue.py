"""Bring the style rows up to the files of render/pipeline/styles."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from render.pipeline.recipe import Recipe
from studio.models import Style


@dataclass(frozen=True)
class Loaded:
    """How many styles a load has added, changed, left as they were and withdrawn."""

    added: int = 0
    changed: int = 0
    same: int = 0
    withdrawn: int = 0


def load(*, recipes: Iterable[Recipe]) -> Loaded:
    """Store the catalogue.

    Twice is as good as once. A style whose file is gone is kept but not offered any more.
    """
    counts = {"added": 0, "changed": 0, "same": 0}
    slugs = []
    with transaction.atomic(durable=True):
        for recipe in recipes:
            slugs.append(recipe.slug)
            counts[_store(recipe)] += 1
        withdrawn = Style.objects.offered().exclude(slug__in=slugs).update(active=False)
    return Loaded(**counts, withdrawn=withdrawn)


def _store(recipe: Recipe) -> str:
    values = {
        "category": recipe.category,
        "name": recipe.name,
        "recipe": recipe.toml,
        "digest": recipe.digest,
        "active": True,
    }
    style, added = Style.objects.select_for_update().get_or_create(slug=recipe.slug, defaults=values)
    if added:
        return "added"
    if style.digest == recipe.digest and style.active:
        return "same"
    style.version += style.digest != recipe.digest
    for name, value in values.items():
        setattr(style, name, value)
    style.save()
    return "changed"
