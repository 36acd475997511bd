"""What a style may say: the words it may use and the range of every number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .contract import CANVASES
from .optics.presets import PRESETS

if TYPE_CHECKING:
    from .recipe import Recipe

CATEGORIES = (
    "on location",
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

ROLES = ("key", "fill", "rim", "hair", "backdrop")
SHAPES = ("round", "octagon", "square", "strip", "window", "ring")
PATTERNS = (
    "loop",
    "rembrandt",
    "butterfly",
    "split",
    "broad",
    "short",
    "rim",
    "high-key",
    "low-key",
)
LOCATION = "location"
"""The backdrop that is the selfie's own place (``stages.location``)."""

LIFT, DIM, DIM_BESIDE_WHITE = 0.5, 3.0, 2.0
"""Stops by which a place may be brightened over what was photographed, or darkened, and darkened behind
clothes that are as bright as the face's key or brighter: their edges keep some of the light that was behind
them. A dark room that is brightened further shows its noise and its lamps' color."""

KINDS = (
    "bookshelf",
    "canvas",
    "city",
    "dark_room",
    "garden",
    "gel",
    "golden",
    "horizon",
    LOCATION,
    "office",
    "plaster",
    "seamless",
    "sky",
    "window",
)
"""Of backdrops; ``backdrops.KINDS`` draws all but `LOCATION`."""


RANGES: dict[str, dict[str, tuple[float, float]]] = {
    "place": {
        "head": (0.2, 1.2),
        "eye_line": (0.2, 0.7),
        "headroom": (-0.3, 0.3),
        "offset": (-0.3, 0.3),
        "distance_m": (0.5, 10),
        "closer": (1, 3),
    },
    "relight": {"ambient": (0, 2), "ratio": (0.3, 6), "exposure": (-2, 2), "gloss": (0, 4)},
    "lamp": {
        "azimuth": (-180, 180),
        "elevation": (-90, 90),
        "size": (1, 180),
        "power": (0, 16),
        "kelvin": (1667, 25000),
    },
    "backdrop": {
        "exposure": (-6, 6),
        "falloff": (0, 1),
        "texture": (0, 1),
        "saturation": (0, 2),
        "range_stops": (0, 6),
        "distance_m": (0.1, 100),
    },
    "lens": {
        "strength": (0, 1),
        "focal_length_mm": (24, 300),
        "aperture": (1, 32),
        "apodization": (0, 6),
        "vignette": (0, 3),
        "veil": (0, 0.5),
    },
    "tone": {
        "contrast": (0.5, 2),
        "black": (-0.05, 0.05),
        "shoulder": (0.3, 0.98),
        "saturation": (0, 2),
        "warmth": (-1, 1),
    },
    "grain": {"amount": (0, 0.1), "size_um": (2, 40)},
}
"""Least and greatest of every number: beyond them a style is a slip of the pen."""


def broken_rules(recipe: Recipe) -> list[str]:
    """Every rule that the style breaks, in words; none for a sound one."""
    lamps = recipe.relight.lamps
    keys = [lamp for lamp in lamps if lamp.role == "key"]
    rules = {
        "category must be one of the catalogue's": recipe.category in CATEGORIES,
        "place.aspect must be a known format": recipe.place.aspect in CANVASES,
        "exactly one lamp must be the key": len(keys) == 1,
        "the key's power must be 1": all(lamp.power == 1 for lamp in keys),
        f"lamp.role must be one of {ROLES}": all(lamp.role in ROLES for lamp in lamps),
        f"lamp.shape must be one of {SHAPES}": all(lamp.shape in SHAPES for lamp in lamps),
        f"relight.pattern must be one of {PATTERNS}": recipe.relight.pattern in PATTERNS,
        f"backdrop.kind must be one of {KINDS}": recipe.backdrop.kind in KINDS,
        f"lens.preset must be one of {tuple(PRESETS)}": recipe.lens.preset in PRESETS,
        "retouch must be 0: no stage retouches yet": recipe.retouch == 0,
        "tone.filter must sum to 1": abs(sum(recipe.tone.filter) - 1) < 1e-3,
    }
    broken = [rule for rule, kept in rules.items() if not kept]
    for section in (
        recipe.place,
        recipe.relight,
        *lamps,
        recipe.backdrop,
        recipe.lens,
        recipe.tone,
        recipe.grain,
    ):
        broken += _out_of_range(section)
    return broken


def _out_of_range(section: Any) -> list[str]:
    """What is wrong with one section's numbers."""
    name = type(section).__name__.lower()
    return [
        f"{name} {key}s must lie in {low:g}..{high:g}"
        for key, (low, high) in RANGES[name].items()
        if (value := getattr(section, key)) is not None and not low <= value <= high
    ]
