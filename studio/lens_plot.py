"""A style's lens: its MTF as a curve among all the others', and its micro-contrast in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from render.pipeline.contract import Double
from render.pipeline.optics.presets import PRESETS, Preset
from render.pipeline.recipe import Recipe

LEFT, TOP, RIGHT, BOTTOM = 40, 10, 396, 230
FINEST = 60.0  # line pairs per mm
READ_AT = (10.0, 20.0, 30.0, 40.0)
FINE = np.linspace(10, 20, 21)
"""Where faces keep what makes skin look like skin: lashes, pores, lip edges."""

LEVELS = (
    (0.93, "Very high", "Fine detail keeps nearly all of its contrast."),
    (0.85, "High", "Fine detail stays clear, a touch gentler than the sharpest lenses draw it."),
    (0.70, "Moderate", "Fine detail is there and soft-spoken, as older portrait lenses draw it."),
    (0.40, "Low", "Fine detail is softened on purpose, and lights begin to glow."),
    (0.00, "Very low", "Fine detail dissolves into a glow on purpose. This is a soft-focus lens."),
)


@dataclass(frozen=True)
class Reading:
    """The lens's contrast at one fineness, with its place in the drawing."""

    frequency: int
    percent: int
    u: float
    v: float


@dataclass(frozen=True)
class LensPlot:
    """One lens among the fifteen, as the drawing and the words beside it need it."""

    design: str
    patent: str
    curve: str
    used: str
    others: tuple[str, ...]
    readings: tuple[Reading, ...]
    strength: float
    mean: int
    level: str
    says: str


def plot(recipe: Recipe) -> LensPlot:
    preset, strength = PRESETS[recipe.lens.preset], recipe.lens.strength
    mean = micro_contrast(preset, strength)
    level, says = next((level, says) for least, level, says in LEVELS if mean >= least)
    return LensPlot(
        design=preset.design,
        patent=preset.patent,
        curve=curve(preset),
        used=curve(preset, strength) if strength < 1 else "",
        others=tuple(curve(other) for slug, other in PRESETS.items() if slug != preset.slug),
        readings=tuple(_readings(preset, strength)),
        strength=strength,
        mean=round(100 * mean),
        level=level,
        says=says,
    )


def micro_contrast(preset: Preset, strength: float = 1.0) -> float:
    """Mean contrast at 10 to 20 line pairs per mm, 0..1, with the style's share of the lens."""
    return float(used(preset, FINE, strength).mean())


def used(preset: Preset, frequency: Double, strength: float) -> Double:
    """The contrast that a style with that share of the lens leaves at ``frequency``."""
    return np.asarray(1 + strength * (preset.mtf(frequency) - 1))


@lru_cache(maxsize=64)
def curve(preset: Preset, strength: float = 1.0) -> str:
    """The MTF as points of the drawing."""
    frequency = np.linspace(0, FINEST, 41)
    return " ".join(
        f"{across(f):g},{up(c):g}" for f, c in zip(frequency, used(preset, frequency, strength), strict=True)
    )


def across(frequency: float) -> float:
    return round(LEFT + float(frequency) / FINEST * (RIGHT - LEFT), 1)


def up(contrast: float) -> float:
    return round(BOTTOM - float(contrast) * (BOTTOM - TOP), 1)


def _readings(preset: Preset, strength: float) -> Iterable[Reading]:
    for frequency in READ_AT:
        contrast = float(used(preset, np.array([frequency]), strength)[0])
        yield Reading(int(frequency), round(100 * contrast), across(frequency), up(contrast))
