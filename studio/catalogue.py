"""The rules of the catalogue: what its files change, what staff change, and who has the last word.

A style follows its file until staff change it; then it stands as they left it until it is reset.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from accounts.models import User
from render.pipeline.errors import UnknownStyle
from render.pipeline.recipe import Recipe, find
from render.pipeline.recipe_rules import CATEGORIES
from studio import demonstration, recipes
from studio.catalogue_models import Category, Style, StyleVersion


@dataclass(frozen=True)
class Loaded:
    """How many styles a load has added, changed, left as they were, left to staff and withdrawn."""

    added: int = 0
    changed: int = 0
    same: int = 0
    kept: int = 0
    withdrawn: int = 0


class NoFile(Exception):
    """There is no file to go back to."""

    sentence = "The catalogue has no file for this style. Publish one of its earlier versions instead."


class NameTaken(Exception):
    """Two styles of one name could not be told apart."""

    sentence = "Another style has this name already. Give it another one."


class NotSeen(Exception):
    """Nobody publishes a light that nobody has looked at."""

    sentence = (
        "There is no preview of this version yet. Wait for it, or order it again, and look at it first."
    )


def load(*, recipes: Iterable[Recipe]) -> Loaded:
    """Store the catalogue's files. Twice is as good as once.

    A style whose file is gone is kept but not offered any more. What staff changed is left alone, and the
    file's text becomes a version that they can publish.
    """
    counts = {"added": 0, "changed": 0, "same": 0, "kept": 0}
    slugs = []
    with transaction.atomic(durable=True):
        for recipe in recipes:
            slugs.append(recipe.slug)
            counts[_store(recipe)] += 1
        gone = Style.objects.offered().filter(follows_file=True).exclude(slug__in=slugs)
        withdrawn = gone.update(offered=False)
    return Loaded(**counts, withdrawn=withdrawn)


def write(*, slug: str, text: str, by: User) -> StyleVersion:
    """Store what staff wrote as an unpublished version and order its preview.

    The same text again is the version that it was.

    A slug that is new makes a style, not yet offered. Raises BadRecipe or NameTaken.
    """
    recipe = recipes.checked(slug, text)
    with transaction.atomic(durable=True):
        _name_is_free(slug, recipe)
        fresh = {"name": recipe.name, "category": _category(recipe.category), "follows_file": False}
        style, _ = Style.objects.select_for_update().get_or_create(slug=slug, defaults=fresh)
        version = _version(style, recipe, by=by)
        if demonstration.of(version) is None:
            demonstration.order(version=version)
    return version


def publish(*, version: StyleVersion) -> None:
    """Make a version the one that is ordered from now on, and the style one that files leave alone.

    Raises NotSeen or NameTaken.
    """
    if demonstration.of(version) is None:
        raise NotSeen
    with transaction.atomic(durable=True):
        _name_is_free(version.style_id, version.parsed)
        style = Style.objects.select_for_update().get(pk=version.style_id)
        _put(style, version, follows_file=False)


def offer(*, slug: str, offered: bool) -> None:
    """Offer a style, or withdraw it. Withdrawn, it stays so when the catalogue is loaded again."""
    with transaction.atomic(durable=True):
        style = Style.objects.select_for_update().get(pk=slug)
        if style.offered != offered:
            style.offered, style.follows_file = offered, False
            style.save(update_fields=["offered", "follows_file"])


def reset(*, slug: str) -> StyleVersion:
    """Go back to the file: its text, offered, and following it again. Raises NoFile."""
    try:
        recipe = find(slug)
    except UnknownStyle:
        raise NoFile from None
    with transaction.atomic(durable=True):
        style = Style.objects.select_for_update().get(pk=slug)
        version = _version(style, recipe)
        _put(style, version, follows_file=True)
    return version


def _store(recipe: Recipe) -> str:
    fresh = {"name": recipe.name, "category": _category(recipe.category)}
    style, added = Style.objects.select_for_update().get_or_create(slug=recipe.slug, defaults=fresh)
    version = _version(style, recipe)
    if not style.follows_file:
        return "kept"
    if style.current_id == version.pk and style.offered:
        return "same"
    _put(style, version, follows_file=True)
    return "added" if added else "changed"


def _put(style: Style, version: StyleVersion, *, follows_file: bool) -> None:
    """Publish a version: name and shelf are what its text says."""
    recipe = version.parsed
    style.current = version
    style.name = recipe.name
    style.category = _category(recipe.category)
    style.follows_file = follows_file
    style.offered = style.offered or follows_file
    style.save()


def _name_is_free(slug: str, recipe: Recipe) -> None:
    if Style.objects.filter(name__iexact=recipe.name).exclude(slug=slug).exists():
        raise NameTaken


def _version(style: Style, recipe: Recipe, by: User | None = None) -> StyleVersion:
    """The style's version with this text, written now unless there is one. The caller holds the style."""
    last = style.versions.aggregate(last=Max("number"))["last"] or 0
    version, _ = style.versions.get_or_create(
        digest=recipe.digest,
        defaults={
            "number": last + 1,
            "recipe": recipe.toml,
            "origin": StyleVersion.Origin.STAFF if by else StyleVersion.Origin.FILE,
            "created_by": by,
        },
    )
    return version


def _category(name: str) -> Category:
    """The shelf that a recipe names; what staff made of it is kept."""
    order = CATEGORIES.index(name) if name in CATEGORIES else len(CATEGORIES)
    category, _ = Category.objects.get_or_create(slug=slugify(name), defaults={"name": name, "order": order})
    return category
