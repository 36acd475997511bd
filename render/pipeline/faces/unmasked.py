"""Whether a mouth can be seen where the landmarks say that it is."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import lab
from render.pipeline.contract import Double, Float, Landmarks

from . import topology
from .quality import face_patch, fill

STRANGE = 12.0
LIPS_SHARE = 0.4  # of the strangeness

_FOREHEAD = [9, 108, 69, 104, 103, 67, 109, 10, 338, 297, 332, 333, 299, 337]
_NEAR, _WIDE, _TALL = 1.2, 1.5, 2.0  # the ring around the lips, in lips


class Mouth(NamedTuple):
    """``lips``: Lab distance of lips and the ring around them. ``strange``: chroma distance of that
    ring and the forehead. Both of medians, in CIELAB units."""

    lips: float
    strange: float

    @property
    def covered(self) -> bool:
        """Lips that do not stand out, in something that is not of the forehead's color.

        Under a mask both are one cloth: measured ``lips`` 0-9 and ``strange`` 16-56 on twelve sitters in
        masks of several colors, against 5-26 and 0-9 on the same sitters without. A beard leaves the
        lips visible; a colored lamp or a black-and-white picture leaves them too.
        """
        return self.strange > STRANGE and self.lips < LIPS_SHARE * self.strange


def mouth(pixels: Float, landmarks: Landmarks) -> Mouth:
    """What stands where the mouth should be.

    Parameters
    ----------
    pixels : (H, W, 3) float32, linear
    landmarks : Landmarks
        On the same grid.
    """
    face, points, _ = face_patch(pixels, landmarks)
    flat = points.points[:, :2]
    outline = cv2.convexHull(flat[topology.LIPS_OUTER].astype(np.float32))[:, 0].astype(np.float64)
    middle = outline.mean(axis=0)
    lips = _inside(face, outline)
    ring = _inside(face, middle + (outline - middle) * [_WIDE, _TALL])
    ring &= ~_inside(face, middle + (outline - middle) * _NEAR)
    forehead = _inside(face, flat[_FOREHEAD])
    if not (lips.any() and ring.any() and forehead.any()):  # cut off by the picture's edge
        return Mouth(100.0, 0.0)
    a, b, c = (np.median(lab.from_linear(face[mask]), axis=0) for mask in (lips, ring, forehead))
    return Mouth(float(np.linalg.norm(a - b)), float(np.linalg.norm((b - c)[1:])))


def _inside(face: Float, outline: Double) -> NDArray[np.bool_]:
    mask = np.zeros(face.shape[:2], np.float32)
    fill(mask, outline, 1.0)
    return mask > 0.5
