"""What suits a sitter: the styles that the picker shows first, and why."""

from dataclasses import replace

from render.pipeline import ranking
from render.pipeline.ranking import Suited, Traits
from studio import rest, sheet
from studio.catalogue_models import Category
from studio.models import Identity
from studio.sheet import Frame, Shelf

SLUG, NAME = "made-for-this-photo", "made for this photo"


def traits(identity: Identity) -> Traits | None:
    """What was measured of a photograph for this; None where that was before it was measured."""
    found = rest.open_facts(identity).get("traits")
    return Traits(**found) if found else None


def ranked(identity: Identity) -> list[Suited]:
    """Every style on offer, the best for this photograph first, each with its reasons; none where nothing was
    measured."""
    of = traits(identity)
    return ranking.ranked((frame.recipe for frame in _frames(sheet.shelves())), of) if of else []


def shelves(identity: Identity) -> list[Shelf]:
    """The catalogue's shelves, before them one with what is made for this photograph; every style once."""
    found, of = sheet.shelves(), traits(identity)
    if of is None:
        return found
    frames = {frame.recipe.slug: frame for frame in _frames(found)}
    best = ranking.best([frame.recipe for frame in frames.values()], of)
    first = tuple(replace(frames[one.slug], why=one.reasons[0]) for one in best)
    taken = {one.slug for one in best}
    rest_of = ((shelf.category, [f for f in shelf.frames if f.recipe.slug not in taken]) for shelf in found)
    shown = [Shelf(category, tuple(left)) for category, left in rest_of if left]
    return [Shelf(Category(slug=SLUG, name=NAME), first), *shown] if first else shown


def categories(found: list[Shelf]) -> list[Category]:
    """The catalogue's own shelves that the styles come from, in its order."""
    return sorted({frame.style.category for frame in _frames(found)}, key=lambda one: (one.order, one.name))


def _frames(found: list[Shelf]) -> list[Frame]:
    return [frame for shelf in found for frame in shelf.frames]
