"""A style's numbers as a photographer says them."""

import math
from dataclasses import dataclass

from render.pipeline.contract import CANVASES
from render.pipeline.optics.presets import PRESETS
from render.pipeline.recipe import Lamp, Recipe
from render.pipeline.recipe_rules import LOCATION

NAMES = {"key": "Key", "fill": "Fill", "rim": "Rim", "hair": "Hair", "backdrop": "Backdrop lamp"}
PATTERNS = {"high-key": "High key", "low-key": "Low key", "rim": "Rim light"}
NEUTRAL = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Row:
    """One lamp of the table beside the light plan."""

    name: str
    place: str
    size: str
    light: str


def rows(recipe: Recipe) -> tuple[Row, ...]:
    return tuple(
        Row(
            NAMES[lamp.role],
            f"{side(lamp.azimuth)}, {height(lamp.elevation)}",
            f"{lamp.size:g}°, {lamp.shape}",
            f"{power(lamp)}, {lamp.kelvin:g} K{'' if lamp.gel == NEUTRAL else ' through a gel'}",
        )
        for lamp in recipe.relight.lamps
    )


def pattern(recipe: Recipe) -> str:
    """The name of the light: "Rembrandt light"."""
    name = recipe.relight.pattern
    return PATTERNS.get(name, f"{name.capitalize()} light")


def stops(share: float) -> float:
    """A share of the key's light in stops; the key's own is 0."""
    return math.log2(share) if share > 0 else -math.inf


def power(lamp: Lamp) -> str:
    return "full power" if lamp.role == "key" else share(lamp.power)


def short_power(lamp: Lamp) -> str:
    """A lamp's power as it is written on a plan."""
    if lamp.role == "key":
        return "full power"
    if lamp.power <= 0:
        return "off"
    count = round(stops(lamp.power), 1)
    return f"{'−' if count < 0 else '+'}{_stops(count)}"


def share(light: float) -> str:
    """A share of the key's light in words."""
    if light <= 0:
        return "none"
    count = round(stops(light), 1)
    if count == 0:
        return "as the key"
    return f"{_stops(count)} {'under' if count < 0 else 'over'}"


def _stops(count: float) -> str:
    return f"{abs(count):g} stop{'' if abs(count) == 1 else 's'}"


def ambient(recipe: Recipe) -> str:
    """The light that comes from everywhere, against the key's."""
    words = share(recipe.relight.ambient)
    return words if recipe.relight.ambient in (0, 1) else f"{words} the key"


def side(azimuth: float) -> str:
    """Where a lamp stands around the sitter, as the camera sees it."""
    if abs(azimuth) < 3:
        return "at the lens"
    if abs(azimuth) > 177:
        return "straight behind"
    return f"{abs(azimuth):g}° {'right' if azimuth > 0 else 'left'}"


def height(elevation: float) -> str:
    if elevation == 0:
        return "eye level"
    return f"{abs(elevation):g}° {'up' if elevation > 0 else 'down'}"


def key(recipe: Recipe) -> Lamp:
    return next(lamp for lamp in recipe.relight.lamps if lamp.role == "key")


def retouch(recipe: Recipe) -> str:
    if recipe.retouch == 0:
        return "Nothing is retouched. Freckles, lines and skin tone stay as they are."
    return f"This style retouches skin, at {recipe.retouch:.0%} of its full strength."


BACKDROPS = {
    "bookshelf": "Shelves of books, out of focus",
    "canvas": "A painted canvas",
    "city": "A city at night, out of focus",
    "dark_room": "A dark room",
    "garden": "A garden, out of focus",
    "gel": "A wall in colored light",
    "golden": "Low sun through leaves",
    "horizon": "An open horizon",
    "location": "Where you took your selfie, out of focus",
    "office": "An office, out of focus",
    "plaster": "A plaster wall",
    "seamless": "Seamless paper",
    "sky": "Open sky",
    "window": "A room with a window",
}


def backdrop(recipe: Recipe) -> str:
    if recipe.backdrop.kind == LOCATION:
        return BACKDROPS[LOCATION]
    return f"{BACKDROPS[recipe.backdrop.kind]}, {recipe.backdrop.distance_m:g} m behind the sitter"


def facts(recipe: Recipe) -> list[tuple[str, str]]:
    """What a photographer would write beside the print."""
    canvas = CANVASES[recipe.place.aspect]
    full = f"{canvas.width * canvas.enlargement:,} × {canvas.height * canvas.enlargement:,} pixels"
    return [
        ("Light", pattern(recipe)),
        ("Backdrop", backdrop(recipe)),
        ("Lens design", PRESETS[recipe.lens.preset].design),
        ("Perspective", f"{recipe.lens.focal_length_mm:g} mm, seen from {recipe.place.distance_m:g} m"),
        ("Aperture", f"f/{recipe.lens.aperture:g}"),
        ("Format", f"{recipe.place.aspect}, {full}"),
        ("Retouch", retouch(recipe)),
    ]
