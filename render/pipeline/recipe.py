"""A style is data: what the studio is told, read from one TOML file.

The file's sections are the stages' parameters, in running order. Lights are given as
a photographer would give them. Unknown keys and values out of range are errors, so a
misspelt style cannot ship.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any

from .errors import UnknownStyle
from .recipe_rules import CATEGORIES, broken_rules

Color = tuple[float, float, float]

HARD = 2.4
"""Stops of the key in a lamp plan from which a style promises hard light."""


@dataclass(frozen=True)
class Place:
    """Composition. ``head`` is the head's height (chin to crown) over the frame's height."""

    aspect: str = "4:5"
    head: float = 0.42
    eye_line: float = 0.40  # height of the eyes below the top edge, over the frame's height
    headroom: float = 0.05  # least air above the crown, over the frame's height; < 0 may crop into it
    offset: float = 0.0  # sitter to the right of center, over the frame's width
    distance_m: float = 1.5  # camera to eyes, of the portrait's perspective
    closer: float = 1.0  # how much the frame is drawn in, once it is composed
    perspective: bool = True  # redrawn as from there; False keeps the selfie's own


@dataclass(frozen=True)
class Lamp:
    """One light: degrees from the camera axis, as the sitter is seen in the picture.

    Azimuth > 0 stands at the camera's right, elevation > 0 above the lens. ``size`` is
    the diameter in degrees as seen from the sitter; ``power`` is illuminance at the
    sitter over the key's.
    """

    role: str  # key, fill, rim, hair, backdrop
    azimuth: float = 0.0
    elevation: float = 0.0
    size: float = 20.0
    power: float = 1.0
    kelvin: float = 5600.0
    gel: Color = (1.0, 1.0, 1.0)  # linear transmission
    shape: str = "round"  # as the catchlight shows it: round, octagon, square, strip, window, ring


@dataclass(frozen=True)
class Relight:
    """The lights and how the sitter is exposed under them."""

    lamps: tuple[Lamp, ...]
    pattern: str = "loop"
    ambient: float = 0.25  # shadowless fill from everywhere, over the key
    ratio: float | None = None  # key-to-fill, stops, as read on the plaster head; None: not metered
    exposure: float = 0.0  # stops, of the face against the selfie's
    gloss: float = 1.0  # sheen of skin and hair under the new lights
    catchlights: bool = True  # the lamps' in the eyes; False keeps the reflections of the selfie

    @property
    def stops(self) -> float:
        """Stops between a place that the key reaches and one that it does not, as the lamp plan has them."""
        key = sum(lamp.power for lamp in self.lamps if lamp.role == "key")
        fill = self.ambient + sum(lamp.power for lamp in self.lamps if lamp.role == "fill")
        return math.log2(1 + key / max(fill, 1e-3))

    @property
    def hard(self) -> bool:
        """Whether the plan promises shadows of its own, at its azimuth and in its ratio."""
        return self.stops >= HARD


@dataclass(frozen=True)
class Backdrop:
    """What stands behind the sitter; every kind reads what it needs."""

    kind: str
    color: Color = (0.18, 0.18, 0.18)  # linear reflectance or radiance
    accent: Color = (0.1, 0.1, 0.1)
    light: Color = (1.0, 1.0, 1.0)  # of the lamp that falls on it
    exposure: float = 0.0  # stops
    falloff: float = 0.5  # 0 even, 1 strong
    center: tuple[float, float] = (0.5, 0.45)  # of the brightest part, fractions of the frame
    texture: float = 0.5
    saturation: float = 1.0  # of a location, over the photograph's
    range_stops: float = 1.0  # of a location: it keeps its own lightness down to so far under `exposure`
    distance_m: float = 1.5  # behind the sitter


@dataclass(frozen=True)
class Lens:
    """Preset of ``optics.presets`` and how much of it; aperture for depth of field."""

    preset: str = "modern_f12"
    strength: float = 1.0
    focal_length_mm: float = 85.0
    aperture: float = 2.8
    apodization: float = 0.0  # stops that a filter takes from the opening's rim, against its center
    vignette: float = 0.1  # stops at the corner
    veil: float = 0.0  # flare, fraction of the frame's mean light


@dataclass(frozen=True)
class Tone:
    """The print: curve and color, in linear light on luminance, ratios kept."""

    contrast: float = 1.0  # slope at middle gray, in log light
    black: float = 0.0  # lift (> 0) or crush (< 0) of the deepest tone, linear
    shoulder: float = 0.8  # luminance at which highlights begin to roll off
    saturation: float = 1.0
    warmth: float = 0.0  # -1..1, cool to warm, of the whole print
    shadow_tint: Color = (1.0, 1.0, 1.0)
    highlight_tint: Color = (1.0, 1.0, 1.0)
    monochrome: bool = False
    filter: Color = (0.2126, 0.7152, 0.0722)  # monochrome sensitivity, sums to 1


@dataclass(frozen=True)
class Grain:
    """Film grain after the lens: rms in encoded units at middle gray, size on the sensor."""

    amount: float = 0.0
    size_um: float = 8.0


@dataclass(frozen=True)
class Recipe:
    """One style, whole. ``digest`` names this exact text, so a portrait can be made again."""

    slug: str
    name: str
    category: str
    summary: str
    prompt: str
    retouch: float
    place: Place
    relight: Relight
    backdrop: Backdrop
    lens: Lens
    tone: Tone
    grain: Grain
    toml: str
    digest: str
    aims: tuple[str, ...] = ()  # what was said of the pictures before: ``aims.aimed``
    mirrored: bool = False  # hung the other way round for a sitter: ``light.side.agreeing``


def parse(slug: str, text: str) -> Recipe:
    """Read one style.

    Parameters
    ----------
    slug : str
        Its identifier, the file's stem.
    text : str
        The TOML file's exact text.

    Raises
    ------
    ValueError
        When a key is unknown or missing, or a value is out of its range; the message
        names the style and the key.
    """
    data = tomllib.loads(text)
    try:
        relight = dict(data.pop("relight"))
        lamps = tuple(_build(Lamp, lamp) for lamp in relight.pop("lamps"))
        recipe = Recipe(
            slug=slug,
            name=data.pop("name"),
            category=data.pop("category"),
            summary=data.pop("summary"),
            prompt=data.pop("prompt"),
            retouch=float(data.pop("retouch", 0.0)),
            place=_build(Place, data.pop("place", {})),
            relight=_build(Relight, relight | {"lamps": lamps}),
            backdrop=_build(Backdrop, data.pop("backdrop")),
            lens=_build(Lens, data.pop("lens", {})),
            tone=_build(Tone, data.pop("tone", {})),
            grain=_build(Grain, data.pop("grain", {})),
            toml=text,
            digest=hashlib.sha256(text.encode()).hexdigest(),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"style {slug!r}: {error}") from error
    if data:
        raise ValueError(f"style {slug!r}: unknown keys {sorted(data)}")
    if broken := broken_rules(recipe):
        raise ValueError(f"style {slug!r}: {'; '.join(broken)}")
    return recipe


@cache
def load_catalogue() -> tuple[Recipe, ...]:
    """Every style of the catalogue, in the order of its categories, then by name."""
    folder = resources.files(__package__).joinpath("styles")
    files = sorted(
        (path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name
    )
    recipes = [parse(path.name.removesuffix(".toml"), path.read_text("utf-8")) for path in files]
    return tuple(sorted(recipes, key=lambda recipe: (CATEGORIES.index(recipe.category), recipe.name)))


def find(slug: str) -> Recipe:
    """The style called ``slug``.

    Raises
    ------
    UnknownStyle
        When there is none.
    """
    for recipe in load_catalogue():
        if recipe.slug == slug:
            return recipe
    raise UnknownStyle(f"There is no style called {slug}.")


def _build(kind: Any, values: dict[str, Any]) -> Any:
    """An instance of dataclass ``kind``; lists become tuples, whole numbers floats."""
    known = {f.name for f in fields(kind)}
    if unknown := set(values) - known:
        raise TypeError(f"unknown keys in {kind.__name__.lower()}: {sorted(unknown)}")
    return kind(**{key: _plain(value) for key, value in values.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_plain(item) for item in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value
