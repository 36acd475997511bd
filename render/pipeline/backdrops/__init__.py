"""Backdrops: procedural, seeded, the same picture at every size, seen through the lens."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from render.pipeline.contract import Float
from render.pipeline.recipe import Backdrop, Lens

from .bokeh import disc_diameter
from .bookshelf import bookshelf
from .canvas import canvas
from .city import city
from .foliage import garden, golden
from .horizon import horizon, sky
from .office import office
from .paper import dark_room, gel, seamless
from .plaster import plaster
from .scene import Scene
from .window import window

__all__ = ["KINDS", "disc_diameter", "render_backdrop"]

KINDS: dict[str, Callable[[Scene], Float]] = {
    "bookshelf": bookshelf,
    "canvas": canvas,
    "city": city,
    "dark_room": dark_room,
    "garden": garden,
    "gel": gel,
    "golden": golden,
    "horizon": horizon,
    "office": office,
    "plaster": plaster,
    "seamless": seamless,
    "sky": sky,
    "window": window,
}
"""Every kind and what draws it: a `Scene` to (H, W, 3) radiance at the scene's working size."""

RESOLVED = 8.0
"""Working pixels across a blur disc: finer than that, an unsharp backdrop holds nothing."""
KNEE = 2.0
"""Radiance above which highlights are held back."""
COARSEST = 320
SHARPEST = 1024
"""Least and most working pixels per short side; a larger picture may go beyond, if the lens resolves it."""


def render_backdrop(
    spec: Backdrop, lens: Lens, *, width: int, height: int, seed: int, subject_distance_m: float = 1.5
) -> Float:
    """Photograph one backdrop.

    Parameters
    ----------
    spec : Backdrop
        Its kind and what the kind reads (docs/backdrops.md).
    lens : Lens
        Focal length and aperture decide how much is resolved.
    width, height : int
        Pixels wanted. Another size of the same shape is the same picture.
    seed : int
        Another seed is another paper, wall, street.
    subject_distance_m : float
        Where the lens is focused; the backdrop stands ``spec.distance_m`` behind.

    Returns
    -------
    Float
        (height, width, 3) linear radiance >= 0, display white 1.0, highlights above it.

    Raises
    ------
    ValueError
        When the kind is unknown; the message names the kinds.
    """
    if spec.kind not in KINDS:
        raise ValueError(
            f"There is no backdrop called {spec.kind!r}; the kinds are {', '.join(sorted(KINDS))}."
        )
    short = min(width, height)
    disc = disc_diameter(lens, subject_distance_m, subject_distance_m + spec.distance_m)
    pitch = float(np.clip(RESOLVED / max(disc, 1e-6), COARSEST, max(SHARPEST, short)))
    span = (width / short, height / short)
    scene = Scene(spec, lens, round(pitch * span[0]), round(pitch * span[1]), span, seed, subject_distance_m)
    drawn = _full_well(KINDS[spec.kind](scene)) * np.float32(2**spec.exposure)
    return _dither(_fit(drawn, width, height), seed)


def _full_well(image: Float) -> Float:
    """Hold highlights under 5 without changing their hue, in place: no sensor holds a lamp in full."""
    bright = image.max(axis=2)
    rows, columns = np.nonzero(bright > KNEE)
    over = bright[rows, columns] - KNEE
    image[rows, columns] *= ((KNEE + over / (1 + over / (5 - KNEE))) / (KNEE + over))[:, None]
    return image


def _fit(image: Float, width: int, height: int) -> Float:
    """Make small by area, large by a quadratic spline: a bicubic would ring round every highlight."""
    ratio = width / image.shape[1]
    if ratio <= 1:
        small: Float = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        return small
    large: Float = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    if ratio >= 2:
        side = 2 * int(ratio / 2) + 1  # odd, so that nothing moves
        large = cv2.blur(large, (side, side), borderType=cv2.BORDER_REPLICATE)
    return large


def _dither(image: Float, seed: int) -> Float:
    """Add a tooth of half a code value, so that 8 bits show no steps in a smooth gradient.

    Its grain is 1/1024 of the short side whatever the size, so that a larger picture,
    made small, carries the same.
    """
    height, width = image.shape[:2]
    grain = max(1.0, min(width, height) / 1024)
    rows, columns = round(height / grain), round(width / grain)
    rng = np.random.Generator(np.random.PCG64([seed & 0xFFFFFFFF, 1]))
    tooth: Float = rng.random((rows, columns), np.float32) - np.float32(0.5)
    if (rows, columns) != (height, width):
        tooth = cv2.resize(tooth, (width, height), interpolation=cv2.INTER_LINEAR)
    # One code value is about 2 sqrt(L) / 255 of linear light.
    swing = np.sqrt(image) * np.float32(2 / 255)
    swing *= tooth[..., None]
    image += swing
    return np.asarray(np.maximum(image, 0, out=image))
