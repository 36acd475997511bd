"""Backdrops: procedural, seeded, the same picture at every size, seen through the lens."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from render.pipeline.contract import Float
from render.pipeline.optics.aperture import disc_diameter
from render.pipeline.recipe import Backdrop, Lens

from .bookshelf import bookshelf
from .canvas import canvas
from .city import city
from .develop import dither, fit, full_well
from .foliage import garden, golden
from .horizon import horizon, sky
from .office import office
from .paper import dark_room, gel, seamless
from .plaster import plaster
from .scene import Scene
from .window import window

__all__ = ["KINDS", "render_backdrop"]

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
COARSEST, SHARPEST, LARGEST = 320, 1024, 2048
"""Working pixels per short side: the least, the most at a proof's size, and the most at any."""


def render_backdrop(
    spec: Backdrop,
    lens: Lens,
    *,
    width: int,
    height: int,
    seed: int,
    subject_distance_m: float = 1.5,
    rows: tuple[int, int] | None = None,
) -> Float:
    """Photograph one backdrop.

    Parameters
    ----------
    spec : Backdrop
        Its kind and what the kind reads (docs/backdrops.md).
    lens : Lens
        Focal length and aperture decide how much is resolved.
    width, height : int
        Pixels of the whole picture. Another size of the same shape is the same picture.
    seed : int
        Another seed is another paper, wall, street.
    subject_distance_m : float
        Where the lens is focused; the backdrop stands ``spec.distance_m`` behind.
    rows : tuple of int, optional
        First row and the one after the last, where only a strip is wanted. The drawing
        is kept between calls, so strips cost their own pixels only.

    Returns
    -------
    Float
        (height, width, 3) linear radiance >= 0, display white 1.0, highlights above it;
        of a strip, its rows.

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
    finest = max(SHARPEST, min(short, LARGEST))
    pitch = float(np.clip(RESOLVED / max(disc, 1e-6), COARSEST, finest))
    span = (width / short, height / short)
    drawn = _draw(
        spec, lens, (round(pitch * span[0]), round(pitch * span[1])), span, seed, subject_distance_m
    )
    top, bottom = rows or (0, height)
    strip = fit(drawn, width, height, top, bottom) * np.float32(2**spec.exposure)
    return dither(strip, seed, height, top)


@lru_cache(maxsize=2)
def _draw(
    spec: Backdrop, lens: Lens, size: tuple[int, int], span: tuple[float, float], seed: int, subject_m: float
) -> Float:
    """The backdrop on its working raster, read-only."""
    drawn = full_well(KINDS[spec.kind](Scene(spec, lens, *size, span, seed, subject_m)))
    drawn.flags.writeable = False
    return drawn
