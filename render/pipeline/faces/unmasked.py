"""Whether eyes, nose and mouth can be seen where the landmarks say that they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from render.pipeline.contract import Double, Float

from . import topology
from .patch import Face, hull, inside

LEAST = 1.6
BLANK, FAINT, SHADED, NO_WHITE = 8.0, 16.0, 0.3, 0.03
OTHER = 4.0  # times as much as a blank eye shows
DARK_CLOTH = 0.5  # of the skin: a patch in window light 0.35, fingers 0.9 and more
DARK, BRIGHT = 18.0, 97.0  # L*

_LIPS, _NOSTRILS, _LINE, _CLOTH = 6.0, 15.0, 12.0, 6.0  # CIELAB units that weigh as much as each other
_LIGHT = 70.0  # L* of a well exposed face's lighter parts
_BETWEEN_BROWS = [8, 9, 55, 285, 168, 193, 417, 107, 336]
_TIP = [4, 5, 1, 45, 275, 51, 281, 195]
_NOSTRIL_BASE = [98, 97, 2, 326, 327, 19]
_UPPER = topology.LIPS_INNER[[0, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10]]
_LOWER = topology.LIPS_INNER[:11]  # either from the right corner to the left
_NEAR, _WIDE, _TALL = 1.2, 1.5, 2.0  # the ring around the lips, in lips
_LIP = (0.05, 0.16)  # IPD above and below the opening: where the lips are
_SLACK = 0.03  # IPD by which landmarks may miss the line of the mouth
_EYE, _SOCKET = (1.15, 1.4), (1.5, 2.6)  # the ring around an eye, in eyes


class Eye(NamedTuple):
    """What can be seen of one eye.

    ``contrast``: of what lies between the lids, in CIELAB units of a well exposed face. ``white``: how much
    brighter than its middle tone it becomes, and ``below``: the lighter part of the lower lid, both over the
    skin's brightness, linear.
    """

    contrast: float
    white: float
    below: float

    @property
    def covered(self) -> bool:
        """Nothing between the lids, nothing light there, or little in the shade of a dark lens.

        Iris, lashes and white differ by 24 and more in 95 of 100 sitters, by 18 behind clear glass. Dark
        lenses leave up to 17 in skin that is at 0.2 of the cheek's light, mirrored ones up to 8. Between
        fingers there are dark lines and no white, which sitters show by 0.14 and more.
        """
        if self.contrast < BLANK or self.white < NO_WHITE:
            return True
        return self.contrast < FAINT and self.shaded

    @property
    def shaded(self) -> bool:
        """Whether what lies around the eye is far darker than the skin: a lens, or a patch."""
        return self.below < SHADED


class Mouth(NamedTuple):
    """What can be seen of nose and mouth, in CIELAB units of a well exposed face.

    ``lips``: medians of lips and of the ring around them. ``nostrils``: how much darker than the tip of the
    nose its base becomes. ``line``: how much darker than both lips what is between them is. ``cloth``: chroma
    distance from between the brows of the tip of the nose, or of the ring where that is less. ``brow``: L*
    between the brows, as it is.
    """

    lips: float
    nostrils: float
    line: float
    cloth: float
    brow: float

    @property
    def seen(self) -> float:
        """The features together, less what nose and mouth have in common that the brow has not.

        A mask hides lips, nostrils and the line of the mouth at once, whatever its color; a beard leaves the
        nostrils and most of the lips, and the tip of the nose keeps the skin's color. Measured on 31
        sitters, as they are, in beards of four colors, black-and-white, in lamp light and at a fifth of the
        light: 2.4 and more in 99 of 100; in plain masks: up to 1.4, skin-colored or not.
        """
        parts = ((self.lips, _LIPS), (self.nostrils, _NOSTRILS), (self.line, _LINE))
        return sum(max(part, 0.0) / weight for part, weight in parts) - self.cloth / _CLOTH

    @property
    def covered(self) -> bool:
        return self.seen < LEAST

    @property
    def masked(self) -> bool:
        """Covered under a brow that is well exposed: black or white cloth, and no fault of the light."""
        return self.covered and DARK < self.brow < BRIGHT


def eyes(face: Face) -> tuple[Eye, ...]:
    """What can be seen of each eye that lies within the picture."""
    lightness, level, skin, shape = face.colors[..., 0], face.level, face.skin, face.patch.shape
    if not skin.any():
        return ()
    shown = _LIGHT / max(float(np.percentile(lightness[skin], 90)), 10.0)
    lit = max(float(np.median(level[skin])), 1e-4)
    found = []
    for group in (topology.RIGHT_EYE, topology.LEFT_EYE):
        outline = hull(face.points.points[group, :2])
        middle = outline.mean(axis=0)
        between = inside(shape, outline)
        around = inside(shape, middle + (outline - middle) * _SOCKET)
        around &= ~inside(shape, middle + (outline - middle) * _EYE)
        around[: max(0, round(float(middle[1])))] = False
        if between.any() and around.any():
            low, high = np.percentile(lightness[between], [5, 95])
            middling, light = np.percentile(level[between], [50, 92])
            lid = float(np.percentile(level[around], 75))
            found.append(Eye(shown * float(high - low), float(light - middling) / lit, lid / lit))
    return tuple(found)


def patched(seen: Sequence[Eye]) -> int | None:
    """Which of both eyes a dark patch covers, as some people wear one; None where none is, or both.

    Dark glasses leave as much of either eye, a patch all of the other; and fingers are as light as the face.
    """
    for index, (one, other) in enumerate(zip(seen, seen[::-1], strict=True)):
        blank = one.contrast < BLANK and one.below < DARK_CLOTH
        if blank and not other.covered and other.contrast > OTHER * max(one.contrast, 1.0):
            return index
    return None


UNKNOWN = Mouth(100.0, 100.0, 100.0, 0.0, 50.0)


def mouth(face: Face) -> Mouth:
    """What stands where nose and mouth should be; `UNKNOWN` where the picture's edge cuts them off."""
    flat, ipd = face.points.points[:, :2], face.points.ipd
    colors, shape = face.colors, face.patch.shape
    outline = hull(flat[topology.LIPS_OUTER])
    middle = outline.mean(axis=0)
    lips = inside(shape, outline)
    ring = inside(shape, middle + (outline - middle) * [_WIDE, _TALL])
    ring &= ~inside(shape, middle + (outline - middle) * _NEAR)
    brow, tip, base = (inside(shape, hull(flat[group])) for group in (_BETWEEN_BROWS, _TIP, _NOSTRIL_BASE))
    if not all(part.any() for part in (lips, ring, brow, tip, base)):
        return UNKNOWN
    at_lips, at_ring, at_brow = (np.median(colors[part], axis=0) for part in (lips, ring, brow))
    smooth = cv2.GaussianBlur(np.asarray(colors[..., 0], np.float32), (0, 0), 0.012 * ipd)
    shown = _LIGHT / max(float(np.percentile(colors[brow | tip | ring | lips, 0], 90)), 10.0)
    return Mouth(
        lips=shown * float(np.linalg.norm(at_lips - at_ring)),
        nostrils=shown * float(np.median(smooth[tip]) - np.percentile(smooth[base], 4)),
        line=shown * _line(smooth, flat, ipd),
        cloth=shown * min(_away(colors[part], at_brow) for part in (ring, tip)),
        brow=float(at_brow[0]),
    )


def _away(colors: Double, color: Double) -> float:
    """Mean chroma distance of colors (N, 3) from one (3,): of a print both colors count."""
    return float(np.linalg.norm((colors - color)[:, 1:], axis=1).mean())


def _line(lightness: Float, points: Double, ipd: float) -> float:
    """How much darker the opening becomes than the darker of the lips, along the middle of the mouth; CIELAB.

    Lightness is read across the mouth, along its curve; medians over the length, so that a hair or the fold
    of a cloth counts for little.
    """
    upper, lower = points[_UPPER], points[_LOWER]
    down = points[topology.CHIN] - points[topology.FOREHEAD]
    down = down / np.linalg.norm(down)
    gap = float(np.linalg.norm(upper[5] - lower[5])) / ipd
    reach = gap / 2 + _LIP[1]
    across, along = np.linspace(-reach, reach, 60), np.linspace(0.1, 0.9, 33)
    curve = [np.interp(along, np.linspace(0, 1, 11), (upper + lower)[:, axis] / 2) for axis in (0, 1)]
    x, y = (curve[axis][None] + across[:, None] * ipd * down[axis] - 0.5 for axis in (0, 1))
    seen = cv2.remap(
        lightness, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE
    )
    profile = np.median(seen, axis=1)
    away = np.abs(across) - gap / 2
    beside = away > _LIP[0]
    darker = min(float(profile[beside & (across < 0)].max()), float(profile[beside & (across > 0)].max()))
    return darker - float(profile[away < _SLACK].min())
