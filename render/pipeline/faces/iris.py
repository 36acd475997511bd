"""Where the iris really is: the detector's circle moved onto the limbus of the picture itself.

The mesh model's irises wander in hard light, behind glasses and in narrow eyes, by up to half a radius.
The limbus is told by the picture: among circles near the detector's, the one across which the picture
brightens most from inside to outside (J. Daugman, High confidence visual recognition of persons by a
test of statistical independence, IEEE PAMI 15, 1993), looked at left and right, where no lid covers it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Double, Float, Landmarks

from . import topology

ACROSS, DOWN, GROWN = 0.44, 0.24, 0.12
"""How far the circle is looked for, in the detector's radii: its center, and its radius."""

STEPS = (0.08, 0.02)
"""First everywhere, then around the best, in the detector's radii."""

EDGE = 0.10
"""The brightening is read over twice this many radii: a limbus is as soft as that."""

SIDES = np.radians(np.concatenate([np.arange(-40, 56, 5), np.arange(125, 221, 5)]))
"""Angles that are looked at, y down: more below than above, where the upper lid and its shadow are.
The picture's right is the first half."""

FAITH = (0.32, 0.20, 0.13)
"""Radii from the detector's circle (across, down, larger) at which a circle's score has lost a half."""

SELFIE = (1.25, 0.05)
"""``faith`` and ``spot`` for a photograph in its own even light: its limbus is the better witness, even
where lashes and glasses leave the white a narrow place."""

CLIPPED = (-0.5, 0.7)
"""No place says more than this share of the eye's whole range: a reflection must not outvote the rest."""

SPOT = 0.15
"""Diameter, in radii, of what is too small for a white of the eye: reflections, which have no say."""

LEAST_SCORE = 0.06
"""Share of the eye's range; where no circle reaches it there is no limbus to see."""


@dataclass(frozen=True)
class Iris:
    """Center and radius in pixels, and how much of a limbus was seen there, as a share of the eye's range."""

    center: Double
    radius: float
    score: float = 0.0


def both(pixels: Float, landmarks: Landmarks) -> tuple[Iris, Iris]:
    """The sitter's right and left iris in a photograph, ``pixels`` (H, W, 3) linear."""
    right = _one(pixels, landmarks.points, topology.RIGHT_PUPIL, topology.RIGHT_IRIS, topology.RIGHT_EYE)
    left = _one(pixels, landmarks.points, topology.LEFT_PUPIL, topology.LEFT_IRIS, topology.LEFT_EYE)
    return right, left


def _one(pixels: Float, points: Double, pupil: int, rim: topology.Index, lids: topology.Index) -> Iris:
    center = points[pupil, :2]
    radius = float(np.linalg.norm(points[rim, :2] - center, axis=1).mean())
    corner = np.floor(center - 3 * radius).clip(0).astype(int)
    part = pixels[corner[1] : int(center[1] + 3 * radius) + 1, corner[0] : int(center[0] + 3 * radius) + 1]
    luma = srgb.encode(np.clip(srgb.luminance(part), 0, 1))
    iris = find(luma, center - corner, radius, points[lids, :2] - corner, *SELFIE)
    return Iris(iris.center + corner, iris.radius, iris.score)


def find(
    luma: Float, center: Double, radius: float, lids: Double, faith: float = 1.0, spot: float = SPOT
) -> Iris:
    """The iris near the detector's circle, or that circle where no limbus shows.

    Parameters
    ----------
    luma : (H, W) encoded luminance
    center, radius : the detector's circle, (2,) and px
    lids : (k, 2) outline of the opening, px
    faith : how far the picture may lead away from the detector, times ``FAITH``
    spot : diameter of what is too small to have a say, in radii
    """
    detected = Iris(np.asarray(center, np.float64), radius)
    y0, x0 = (int(max(c - 2 * radius, 0)) for c in (center[1], center[0]))
    part = luma[y0 : int(center[1] + 2 * radius) + 1, x0 : int(center[0] + 2 * radius) + 1]
    if min(part.shape) < 5:
        return detected
    smooth = cv2.GaussianBlur(np.asarray(part, np.float32), (0, 0), max(0.05 * radius, 0.6))
    smooth = without_spots(smooth, spot * radius)
    opening = np.zeros(part.shape, np.float32)
    cv2.fillPoly(opening, [np.round((lids - [x0 + 0.5, y0 + 0.5]) * 16).astype(np.int32)], 1, shift=4)
    if not opening.any():
        return detected
    spread = max(float(np.ptp(np.percentile(smooth[opening > 0], [10, 90]))), 0.02)
    start, best, score = center - [x0, y0], np.zeros(3), 0.0
    for step, reach in zip(STEPS, ((ACROSS, DOWN, GROWN), 3 * (STEPS[0],)), strict=True):
        axes = [np.arange(-(r // step), r // step + 1) * step + b for r, b in zip(reach, best, strict=True)]
        changes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        scores = _scores(smooth / spread, opening, start, radius, changes, faith)
        best, score = changes[int(np.argmax(scores))], float(scores.max())
    if score < LEAST_SCORE:
        return detected
    return Iris(detected.center + radius * best[:2], radius * float(1 + best[2]), score)


def without_spots(luma: Float, diameter: float) -> Float:
    """``luma`` less whatever is bright and narrower than ``diameter`` px: a morphological opening."""
    side = 2 * max(round(diameter / 2), 1) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.morphologyEx(luma, cv2.MORPH_OPEN, disc), np.float32)


def _scores(
    smooth: Float, opening: Float, start: Double, radius: float, changes: Double, faith: float
) -> Double:
    """How much like a limbus each circle is, (n,): ``changes`` (n, 3) of center and radius, in radii."""
    x, y, larger = changes.T
    inside, free_in = _around(smooth, opening, start, radius, x, y, 1 + larger - EDGE)
    outside, free_out = _around(smooth, opening, start, radius, x, y, 1 + larger + EDGE)
    weight, rise = np.minimum(free_in, free_out), np.clip(outside - inside, *CLIPPED)
    half = len(SIDES) // 2
    right, left = (
        np.maximum((weight[:, s] * rise[:, s]).sum(axis=1) / (weight[:, s].sum(axis=1) + 0.15 * half), 0)
        for s in (slice(None, half), slice(half, None))
    )
    # Both sides must speak: an edge on one alone is as likely a lid's corner or a lock of hair.
    both = 0.7 * np.sqrt(left * right) + 0.15 * (left + right)
    doubt = ((changes / (faith * np.array(FAITH))) ** 2).sum(axis=1)
    return np.asarray(both * 0.5**doubt, np.float64)


def _around(
    smooth: Float, opening: Float, start: Double, radius: float, x: Double, y: Double, r: Double
) -> tuple[Float, Float]:
    """Luma, and whether it lies between the lids, at ``SIDES`` of every circle: two (n, k) arrays."""
    columns = start[0] + radius * (x[:, None] + r[:, None] * np.cos(SIDES)) - 0.5
    rows = start[1] + radius * (y[:, None] + r[:, None] * np.sin(SIDES)) - 0.5
    at = (columns.astype(np.float32), rows.astype(np.float32))
    return (
        np.asarray(cv2.remap(smooth, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32),
        np.asarray(cv2.remap(opening, *at, cv2.INTER_LINEAR), np.float32),
    )
