"""The photograph's own place behind the sitter: seen through the style's lens, graded to suit the face."""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.backdrops.develop import dither
from render.pipeline.color import srgb
from render.pipeline.contract import Code, Float, Identity, Window
from render.pipeline.faces import topology
from render.pipeline.location import DISC, key, widened
from render.pipeline.optics import aperture
from render.pipeline.placement import Placement, sample
from render.pipeline.recipe import Backdrop, Lens, Recipe
from render.pipeline.recipe_rules import DIM, DIM_BESIDE_WHITE, LIFT

from .relight import FACE_RANGE

ABOVE_KEY = 0.5
"""Stops above the face's key, or above the place's own level in a style that is brighter, that nothing behind
the sitter reaches."""

KNEE = 0.5
"""Of that ceiling: from there on brightness is held back."""

EDGE = 0.8
"""Short sides from the center to where a place of ``falloff`` 1 has half of its light."""


def on_location(identity: Identity, placement: Placement, recipe: Recipe, seed: int) -> Float:
    """The place as this frame shows it, linear radiance at proof size, (h, w, 3).

    Parameters
    ----------
    identity : Identity
    placement : Placement
        The sitter's own: what was beside the head stays there.
    recipe : Recipe
        ``lens`` and ``backdrop.distance_m`` say how far out of focus it lies, ``backdrop.exposure`` how many
        stops lighter than the face at the most, ``saturation``, ``light`` and ``falloff`` how it is graded.
    seed : int
        Of the dither.
    """
    canvas = placement.canvas
    place = _graded(_seen(identity, placement, recipe), recipe.backdrop)
    share = 1 - placement.look(identity.matte, Window.whole(canvas))
    place *= _exposure(
        place,
        share,
        key(identity.pixels, identity.landmarks) * _lifted(recipe),
        _white(identity),
        identity.push,
        recipe.backdrop,
    )
    return dither(place, seed, canvas.height, 0)


def selfie(identity: Identity, placement: Placement) -> Code:
    """The selfie as this frame shows it, in its own light and place, to be looked at beside the portrait.

    Parameters
    ----------
    identity : Identity
    placement : Placement

    Returns
    -------
    (h, w, 3) uint8, sRGB, at proof size
        The place is a little out of focus: an identity keeps no other picture of it.
    """
    canvas = Window.whole(placement.canvas)
    matte = np.clip(placement.look(identity.matte, canvas), 0, 1)[..., None]
    linear = matte * placement.look(identity.pixels, canvas) + (1 - matte) * _kept(identity, placement)
    restore_outline(linear, identity, placement, canvas)
    return np.round(255 * srgb.encode(np.clip(linear, 0, 1))).astype(np.uint8)


def restore_outline(picture: Float, identity: Identity, placement: Placement, window: Window) -> None:
    """Bring back in ``picture`` (rows, width, 3), linear, the sitter before the place, what matte and colors
    miss at the outline: it is darker or lighter than both by as much as in the photograph."""
    if identity.residual is not None:
        picture *= np.exp2(placement.look(identity.residual, window))


def _seen(identity: Identity, placement: Placement, recipe: Recipe) -> Float:
    """The place through the style's lens, on the frame, (h, w, 3)."""
    distance = recipe.place.distance_m
    disc = aperture.disc_diameter(recipe.lens, distance, distance + recipe.backdrop.distance_m)
    disc *= placement.canvas.short_side * placement.zoom
    return _kept(identity, placement, disc, recipe.lens)


def _kept(identity: Identity, placement: Placement, disc: float = 0.0, lens: Lens | None = None) -> Float:
    """The kept picture on the frame, (h, w, 3), out of focus by a ``disc``, pixels of the identity's grid, of
    a ``lens``.

    It was kept with a disc of its own; what the lens adds to that is drawn before it is enlarged.
    """
    place = identity.location
    per_x, per_y = (
        side / of for side, of in zip(place.shape[1::-1], identity.matte.shape[::-1], strict=True)
    )
    x, y = placement.coordinates(Window.whole(placement.canvas))
    x, y = x * np.float32(per_x), y * np.float32(per_y)
    left, right = _room(x, place.shape[1])
    above, below = _room(y, place.shape[0])
    place = widened(place, above, below, left, right)
    own = DISC * identity.landmarks.ipd
    if lens is not None:
        added = per_x * float(np.sqrt(max(disc**2 - own**2, 0)))
        place = aperture.blur(place, added, lens.aperture, lens.apodization)
    return np.maximum(sample(place, x + np.float32(left), y + np.float32(above)), 0)


def _room(positions: Float, size: int) -> tuple[int, int]:
    """Pixels that ``positions`` reach beyond the first and the last of ``size``."""
    return max(0, int(np.ceil(-positions.min()))), max(0, int(np.ceil(positions.max())) - size)


def _graded(place: Float, spec: Backdrop) -> Float:
    """Its color, and its light falling off toward the frame's edges."""
    height, width = place.shape[:2]
    gray = srgb.luminance(place)[..., None]
    hue = np.array(spec.light, np.float32)
    tinted = (gray + np.float32(spec.saturation) * (place - gray)) * (hue / (hue @ srgb.LUMINANCE))
    short = min(width, height)
    x = ((np.arange(width, dtype=np.float32) + 0.5) / width - spec.center[0]) * width / short
    y = ((np.arange(height, dtype=np.float32) + 0.5) / height - spec.center[1]) * height / short
    away = (x[None] ** 2 + y[:, None] ** 2) / EDGE**2
    return np.maximum(tinted / (1 + spec.falloff * away)[..., None], 0).astype(np.float32)


def _exposure(place: Float, share: Float, face: float, white: float, push: float, spec: Backdrop) -> Float:
    """Factor (h, w, 1) that brings the place's level, over the ``share`` of it that is seen, into the style's
    range below that of the ``face``, or as near as it may, and what is brightest under the ceiling.

    ``push`` is what the photograph was brightened by for the face's sake: the place is lit as it was.
    """
    luma = np.maximum(srgb.luminance(place), np.float32(1e-5))
    level = float(np.average(np.cbrt(luma), weights=share + np.float32(1e-3))) ** 3
    dim = float(np.interp(np.log2(white / face), (-1, 0), (DIM, DIM_BESIDE_WHITE)))
    own = level / push
    least = min(face * 2 ** (spec.exposure - spec.range_stops), own * 2**LIFT)
    wanted = np.clip(own, least, face * 2**spec.exposure)
    factor = max(wanted / level, 2**-dim)
    ceiling = np.float32(face * 2 ** (ABOVE_KEY + max(spec.exposure, 0)))
    knee, over = np.float32(KNEE) * ceiling, np.float32(1 - KNEE) * ceiling
    seen = luma * np.float32(factor)
    held = np.where(seen < knee, seen, knee + over * (1 - np.exp(-np.maximum(seen - knee, 0) / over)))
    return np.asarray(held / luma, np.float32)[..., None]


def _lifted(recipe: Recipe) -> float:
    """How much lighter than the selfie's the style's face is."""
    return float(np.clip(2**recipe.relight.exposure, *FACE_RANGE))


def _white(identity: Identity) -> float:
    """How light the clothes are: luminance that a tenth of what is below the chin exceeds."""
    size = identity.location.shape[1::-1]
    below = round(identity.landmarks.points[topology.CHIN, 1] * size[1] / identity.matte.shape[0])
    luma = srgb.luminance(cv2.resize(identity.pixels, size, interpolation=cv2.INTER_AREA))[below:]
    worn = luma[cv2.resize(identity.matte, size, interpolation=cv2.INTER_AREA)[below:] > 0.9]
    return float(np.percentile(worn, 90)) if worn.size else 1e-3
