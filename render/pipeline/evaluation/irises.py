"""Whether eyes keep their color: how each iris changes from selfie to portrait, and the skin below it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import lab, srgb
from render.pipeline.contract import Double, Float, Landmarks
from render.pipeline.faces import iris, topology

INNER, OUTER = 0.45, 0.9
"""Ring of an iris that is read, radii: outside the pupil, inside the limbus."""

BELOW, SKIN = 0.24, 0.08
"""Where the skin below an eye is read, and the radius of that patch, IPD."""

FLOOR = 1 / 1024
"""Linear: darker than this no picture of 8 bits tells a color."""

LEAST_PIXELS = 12
"""Of a ring that lids leave to see, and nothing is read from fewer."""


@dataclass(frozen=True)
class IrisChange:
    """One eye. ``stops`` is the iris's change less the skin's; ``difference`` CIEDE2000 between the iris and
    the one that the skin's change foretells."""

    stops: float
    difference: float


def changes(selfie: Float, portrait: Float, face: Landmarks, *, monochrome: bool = False) -> list[IrisChange]:
    """Each eye that can be read.

    Parameters
    ----------
    selfie, portrait : (h, w, 3) float32
        The same frame, linear; the selfie in its own light.
    face : Landmarks
        In pixels of that frame.
    monochrome : bool
        The portrait has no colors, so nothing but lightness is foretold.

    Returns
    -------
    list of IrisChange
        The sitter's right eye, then the left one, without those that lids or glasses hide.
    """
    eyes = _eyes(selfie, face)
    if monochrome:
        selfie = np.repeat(srgb.luminance(selfie)[..., None], 3, axis=-1)
    found = [_change(selfie, portrait, face, seen, lids) for seen, lids in eyes]
    return [one for one in found if one is not None]


def apart(selfie: Float, first: Float, second: Float, face: Landmarks) -> list[float]:
    """CIEDE2000 between the irises of two portraits, of each eye that can be read.

    Parameters
    ----------
    selfie, first, second : (h, w, 3) float32
        The same frame, linear; the selfie says where the irises are.
    face : Landmarks
        In pixels of that frame.
    """
    found = []
    for seen, lids in _eyes(selfie, face):
        ring = _ring(selfie.shape[:2], seen, lids)
        if ring.sum() >= LEAST_PIXELS:
            colors = [lab.from_linear(_color(portrait, ring)) for portrait in (first, second)]
            found.append(float(lab.difference(*colors)))
    return found


def _eyes(selfie: Float, face: Landmarks) -> list[tuple[iris.Iris, Double]]:
    """Each iris and its lids' outline (k, 2), the sitter's right eye first."""
    outlines = (face.points[lids, :2] for lids in (topology.RIGHT_EYE, topology.LEFT_EYE))
    return list(zip(iris.both(selfie, face), outlines, strict=True))


def _ring(shape: tuple[int, ...], seen: iris.Iris, lids: Double) -> NDArray[np.bool_]:
    ring = _disc(shape, seen.center, OUTER * seen.radius) & ~_disc(shape, seen.center, INNER * seen.radius)
    return ring & _between(shape, lids)


def _change(
    selfie: Float, portrait: Float, face: Landmarks, seen: iris.Iris, lids: Double
) -> IrisChange | None:
    shape = selfie.shape[:2]
    ring = _ring(shape, seen, lids)
    patch = _disc(shape, lids.mean(axis=0) + [0.0, BELOW * face.ipd], SKIN * face.ipd)
    if ring.sum() < LEAST_PIXELS or patch.sum() < LEAST_PIXELS:
        return None
    before, after = _color(selfie, ring), _color(portrait, ring)
    gain = _color(portrait, patch) / _color(selfie, patch)
    foretold = before * gain
    stops = np.log2(srgb.luminance(after[None])[0] / srgb.luminance(foretold[None])[0])
    apart = lab.difference(lab.from_linear(foretold), lab.from_linear(after))
    return IrisChange(float(stops), float(apart))


def _color(picture: Float, where: NDArray[np.bool_]) -> Float:
    """The median of each channel: catchlights and lashes are few."""
    return np.asarray(np.maximum(np.median(picture[where], axis=0), FLOOR), np.float32)


def _disc(shape: tuple[int, ...], center: Double, radius: float) -> NDArray[np.bool_]:
    y, x = np.ogrid[: shape[0], : shape[1]]
    return np.asarray(np.hypot(x + 0.5 - center[0], y + 0.5 - center[1]) <= radius)


def _between(shape: tuple[int, ...], lids: Double) -> NDArray[np.bool_]:
    found = np.zeros(shape, np.uint8)
    cv2.fillPoly(found, [np.round(lids).astype(np.int32)], 1)
    return found > 0
