"""Where the light stands in the eyes of a finished portrait: the brightest spot of each iris.

The position angle is the photographer's clock: 0 at three o'clock, 90 at twelve, in degrees,
counted counter-clockwise in the picture. What it should be follows from the key alone.

The iris is the limbus of the portrait itself, not the detector's circle: in shade and behind glass that
one is off by up to half a radius, and then a spot that stands right reads 20 to 60 degrees wrong. A spot
is bright and small (a white top-hat: the picture less its morphological opening); lids, skin and the
white of the eye are as bright, and wide. An eye that is open and shows no spot, or one without a clock,
has missed the key: that is an error of 180 degrees, and not an eye that could not be measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Code, Double, Float, Landmarks
from render.pipeline.faces import iris
from render.pipeline.faces import topology as mesh
from render.pipeline.light.catchlights import offset
from render.pipeline.recipe import Lamp

REACH = 0.82  # of the iris radius: lamps are mirrored within 0.58, the white of the eye begins beyond
OPEN = 0.40  # least lid opening over the iris diameter in which a spot can be told
VISIBLE = 0.50  # least share of the iris that the lids leave free
LEAST_RADIUS = 4.0  # px: in a smaller iris 15 degrees are less than the detector's noise
LEAST_CONTRAST = 0.06  # encoded: spot over what is around it
LARGEST = 0.8  # iris radii: diameter of the largest catchlight; lids and the white of the eye are wider
AROUND = 2.0  # iris radii that are looked at, so that what is wide is seen to be
CORE = 0.4  # of the spot's contrast: what is brighter and hangs together with its peak is the spot
CENTRAL = 0.15  # iris radii from the center: nearer, a position has no angle

MEASURED, MISSING, CLOCKLESS = "measured", "no catchlight", "catchlight in the center"
JUDGED = (MEASURED, MISSING, CLOCKLESS)
"""The reasons with which an eye counts."""

WRONG = 180.0
"""Degrees that an eye is off which shows no clock."""


@dataclass(frozen=True)
class Spot:
    """One eye's catchlight: position angle in degrees, reach in iris radii, encoded contrast."""

    angle: float
    reach: float
    contrast: float


@dataclass(frozen=True)
class Catchlights:
    """Both eyes' spots, the sitter's right first; None where an eye shows none or could not be measured.

    ``why`` says so for each eye: one of ``JUDGED``, or what hid the iris.
    """

    spots: tuple[Spot | None, Spot | None]
    why: tuple[str, str]
    expected: float

    @property
    def errors(self) -> tuple[float, ...]:
        """Degrees between the spot of each judged eye and where the key should show, 0..180."""
        return tuple(
            WRONG if spot is None else apart(spot.angle, self.expected)
            for spot, why in zip(self.spots, self.why, strict=True)
            if why in JUDGED
        )

    @property
    def disagreement(self) -> float | None:
        """Degrees between the eyes; None unless both were judged and one at least shows a spot."""
        right, left = self.spots
        if right is not None and left is not None:
            return apart(right.angle, left.angle)
        judged = all(why in JUDGED for why in self.why)
        return WRONG if judged and (right is not None or left is not None) else None


def expected(key: Lamp) -> float:
    """Position angle of the key's image in the cornea, degrees."""
    x, y = offset(key)
    return float(np.degrees(np.arctan2(-y, x)))


def apart(one: float, other: float) -> float:
    """The angle between two directions given in degrees, 0..180."""
    return abs((one - other + 180) % 360 - 180)


def read(portrait: Code, landmarks: Landmarks, key: Lamp, known: Landmarks | None = None) -> Catchlights:
    """Find the brightest spot of both irises of ``portrait``, (H, W, 3) uint8.

    Parameters
    ----------
    portrait : (H, W, 3) uint8
    landmarks : Landmarks
        Found in the portrait itself.
    key : Lamp
        The style's key.
    known : Landmarks, optional
        The selfie's, on the portrait's grid, where registration has shown that nothing moved. In deep
        shade the detector misses an iris by up to its radius, too far to search; then the limbus is
        searched for from here as well, and the clearer one is taken. The portrait decides.
    """
    luma = srgb.encode(np.maximum(srgb.luminance(srgb.decode(portrait.astype(np.float32) / 255)), 0))
    starts = [landmarks] if known is None else [landmarks, known]
    found = [
        _spot(luma, *max((_eye(luma, start, *side) for start in starts), key=lambda eye: eye[0].score))
        for side in (
            (mesh.RIGHT_PUPIL, mesh.RIGHT_IRIS, mesh.RIGHT_EYE),
            (mesh.LEFT_PUPIL, mesh.LEFT_IRIS, mesh.LEFT_EYE),
        )
    ]
    spots = [one if isinstance(one, Spot) else None for one in found]
    reasons = [MEASURED if isinstance(one, Spot) else one for one in found]
    return Catchlights((spots[0], spots[1]), (reasons[0], reasons[1]), expected(key))


def _eye(
    luma: Float, start: Landmarks, pupil: int, rim: mesh.Index, lids: mesh.Index
) -> tuple[iris.Iris, Double]:
    """The limbus near where ``start`` has it, and the lids' outline."""
    points = start.points[:, :2]
    radius = float(np.linalg.norm(points[rim] - points[pupil], axis=1).mean())
    return iris.find(luma, points[pupil], radius, points[lids]), points[lids]


def _blank(luma: Float, lids: Double) -> bool:
    """Whether nothing stands out between the lids, as under a patch: a lost detector is no excuse."""
    (x0, y0), (x1, y1) = np.floor(lids.min(axis=0)).astype(int).clip(0), np.ceil(lids.max(axis=0)).astype(int)
    return bool(np.ptp(np.percentile(luma[y0 : y1 + 1, x0 : x1 + 1], [5, 95])) < LEAST_CONTRAST)


def _spot(luma: Float, where: iris.Iris, lids: Double) -> Spot | str:
    """The spot of one eye, or why there is none to measure."""
    center, radius = where.center, where.radius
    if where.score == 0 and _blank(luma, lids):
        return "eye covered"
    if radius < LEAST_RADIUS:
        return "iris too small"
    if np.ptp(lids[:, 1]) < OPEN * 2 * radius:
        return "lids too narrow"
    x0, y0 = np.floor(center - AROUND * radius).astype(int).clip(0)
    x1, y1 = np.ceil(center + AROUND * radius).astype(int)
    part = luma[y0:y1, x0:x1]
    y, x = np.mgrid[y0 : y0 + part.shape[0], x0 : x0 + part.shape[1]] + 0.5
    disc = np.hypot(x - center[0], y - center[1]) < REACH * radius
    free = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(free, [np.round((lids - [x0 + 0.5, y0 + 0.5]) * 16).astype(np.int32)], [1], shift=4)
    seen = disc & (free > 0)
    if seen.sum() < VISIBLE * disc.sum():
        return "iris covered"
    smooth = cv2.GaussianBlur(part, (0, 0), 0.08 * radius)
    light = np.where(seen, smooth - iris.without_spots(smooth, LARGEST * radius), 0)
    peak = float(light.max())
    if peak < LEAST_CONTRAST:
        return MISSING
    _, labels = cv2.connectedComponents((light > CORE * peak).astype(np.uint8))
    blob = labels == labels[np.unravel_index(int(light.argmax()), light.shape)]
    weight = light[blob]
    away = np.array([(x[blob] @ weight), (y[blob] @ weight)]) / weight.sum() - center
    reach = float(np.linalg.norm(away) / radius)
    if reach < CENTRAL:
        return CLOCKLESS
    return Spot(float(np.degrees(np.arctan2(-away[1], away[0]))), reach, peak)
