"""What a picture's own edges did when it was seen through a lens: overshoot, and contrast at facial features.

On a chart the plateaus beside an edge are known. On a photograph they are the lightest and darkest light
around it before; what leaves that range afterwards was not in the subject. A lens brings nothing outside;
sharpening does, at every strong edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.contract import Double, Float
from render.pipeline.faces import topology as mesh
from render.pipeline.measure.face_area import interpupil

REACH = 3  # px on each side of an edge where its overshoot is looked for
STRONG = 0.1  # least Michelson contrast of a strong edge
VEIL = 0.02  # linear light added to both sides of it, as a room adds it to a screen: black's noise is no edge
STEEP = 0.8  # of the steepest slope within the reach: there the edge is, not beside it
GROWN = 0.03
"""Share of the local range by which an edge may leave it: less is not seen."""

ACROSS = 0.04  # IPD on each side of a feature's line
ALONG = 2.0  # px between two profiles

_WING = "98 64 102 49 209"  # from the base of the nostril around its wing
FEATURES: dict[str, tuple[NDArray[np.intp], bool]] = {
    "right nose edge": (np.array(_WING.split(), np.intp), False),
    "left nose edge": (mesh.twin(np.array(_WING.split(), np.intp)), False),
    "lip border": (mesh.LIPS_OUTER, True),
    "right brow line": (mesh.RIGHT_BROW, True),
    "left brow line": (mesh.LEFT_BROW, True),
}
"""The lines across which contrast is read: points in order, and whether they close."""


@dataclass(frozen=True)
class Overshoot:
    """``shares`` (n,): for each place on a strong edge, how far it left its range, over that range."""

    shares: Double

    @property
    def places(self) -> int:
        return int(self.shares.size)

    @property
    def grown(self) -> float:
        """Share of the places that left their range by more than ``GROWN``; 0 where no edge is strong."""
        return float((self.shares > GROWN).mean()) if self.places else 0.0

    def percentile(self, percent: float) -> float:
        """That percentile of the shares; 0 where no edge is strong."""
        return float(np.percentile(self.shares, percent)) if self.places else 0.0


@dataclass(frozen=True)
class Contrast:
    """One feature before and after.

    ``contrast`` is Michelson's across its line, the median along it. ``acutance`` is the rms slope across it,
    over the mean light and an inter-pupil distance, so that it is the same at every size.
    """

    contrast: tuple[float, float]
    acutance: tuple[float, float]

    @property
    def contrast_gain(self) -> float:
        return self.contrast[1] / max(self.contrast[0], 1e-9)

    @property
    def acutance_gain(self) -> float:
        return self.acutance[1] / max(self.acutance[0], 1e-9)


def overshoot(before: Float, after: Float, reach: int = REACH) -> Overshoot:
    """How far ``after`` leaves, at the strong edges of ``before``, the range that ``before`` has there.

    Parameters
    ----------
    before, after : (H, W) float32
        Linear luminance of the same picture, both without grain: a grain leaves any range.
    reach : int
        Pixels on each side of an edge.

    Raises
    ------
    ValueError
        If the two differ in shape.

    Notes
    -----
    The range before is taken twice as far out: an edge that only became steeper (up to twice) brings its own
    plateau nearer, and that is no overshoot. Nor is what both sides share: the halo of a soft lens lifts the
    dark side as well, and lowers contrast.
    """
    if before.shape != after.shape or before.ndim != 2:
        raise ValueError("Before and after must be two planes of the same size.")
    before, after = (np.ascontiguousarray(plane, np.float32) for plane in (before, after))
    low, high = _extremes(before, 2 * reach)
    span = high - low
    slope = _slope(before)
    there = slope >= STEEP * cv2.dilate(slope, _square(reach))
    there &= (span >= STRONG * (high + low + 2 * VEIL)) & (slope * 4 * reach >= span)
    darkest, lightest = (was[there] for was in _extremes(before, reach))
    dark, light = (now[there] for now in _extremes(after, reach))
    above = light - high[there] - np.maximum(dark - darkest, 0)
    below = low[there] - dark - np.maximum(lightest - light, 0)
    return Overshoot(np.maximum(np.maximum(above, below), 0).astype(np.float64) / span[there])


def features(before: Float, after: Float, points: Double) -> dict[str, Contrast]:
    """Contrast across the named lines of a face, before and after.

    Parameters
    ----------
    before, after : (H, W) float32
        Linear luminance of the same picture.
    points : (478, 2 or 3)
        Its face, pixels.

    Returns
    -------
    dict
        By the names of ``FEATURES``; a line that leaves the picture is left out.
    """
    ipd = interpupil(points)
    found = {}
    for name, (line, closed) in FEATURES.items():
        x, y = _across(points[line, :2], closed, max(ACROSS * ipd, 2.0))
        height, width = before.shape
        inside = ((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)).all(axis=1)
        if inside.any():
            seen = [_profiles(plane, x[inside], y[inside]) for plane in (before, after)]
            contrast, acutance = ([read(lines) for lines in seen] for read in (_michelson, _acutance))
            found[name] = Contrast(_pair(contrast), _pair([a * ipd for a in acutance]))
    return found


def _extremes(plane: Float, reach: int) -> tuple[Float, Float]:
    """Darkest and lightest within ``reach`` of each place, (H, W) each."""
    return cv2.erode(plane, _square(reach)), cv2.dilate(plane, _square(reach))


def _square(reach: int) -> NDArray[np.uint8]:
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)


def _slope(plane: Float) -> Float:
    """Size of the gradient, linear light a pixel, the grain under a pixel's blur."""
    calm = cv2.GaussianBlur(plane, (0, 0), 0.7)
    return np.asarray(
        cv2.magnitude(cv2.Scharr(calm, cv2.CV_32F, 1, 0), cv2.Scharr(calm, cv2.CV_32F, 0, 1)) / 32
    )


def _across(line: Double, closed: bool, reach: float) -> tuple[Float, Float]:
    """Places across a line, a row of them every ``ALONG`` pixels: x and y as indices of pixels, (n, m)."""
    if closed:
        line = np.vstack([line, line[:1]])
    steps = np.hypot(*np.diff(line, axis=0).T)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.arange(ALONG / 2, length[-1], ALONG)
    center = np.stack([np.interp(at, length, line[:, axis]) for axis in (0, 1)], axis=1)
    part = np.clip(np.searchsorted(length, at) - 1, 0, steps.size - 1)
    along = np.diff(line, axis=0)[part] / np.maximum(steps[part], 1e-9)[:, None]
    away = np.arange(-np.floor(reach), np.floor(reach) + 1)
    x = center[:, :1] - along[:, 1:] * away - 0.5
    y = center[:, 1:] + along[:, :1] * away - 0.5
    return x.astype(np.float32), y.astype(np.float32)


def _profiles(plane: Float, x: Float, y: Float) -> Double:
    found = cv2.remap(plane.astype(np.float32), x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float64)


def _michelson(profiles: Double) -> float:
    low, high = profiles.min(axis=1), profiles.max(axis=1)
    return float(np.median((high - low) / np.maximum(high + low, 2 * VEIL)))


def _acutance(profiles: Double) -> float:
    slope = np.sqrt((np.diff(profiles, axis=1) ** 2).mean())
    return float(slope / max(profiles.mean(), VEIL))


def _pair(values: Sequence[float]) -> tuple[float, float]:
    first, second = values
    return first, second
