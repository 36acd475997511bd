"""A face cut out of its photograph, once, for everything that looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import lab, srgb
from render.pipeline.contract import Double, Float, Landmarks

from . import topology

PATCH_IPD = 160.0
"""The face is looked at with this many pixels between the pupils, or at its own size if smaller."""

ROOM = 0.15
"""IPD around the landmarks."""


@dataclass(frozen=True, eq=False)
class Face:
    """A face in its photograph, and what most checks ask of it, worked out when it is first asked for.

    Attributes
    ----------
    photograph : (H, W, 3) float32
        Linear.
    landmarks : Landmarks
        On the photograph's grid.
    """

    photograph: Float
    landmarks: Landmarks

    @property
    def scale(self) -> float:
        """What the photograph is reduced by in the patch."""
        return min(1.0, PATCH_IPD / self.landmarks.ipd)

    @cached_property
    def patch(self) -> Float:
        """The face cut out and reduced to `PATCH_IPD`, (h, w, 3) linear."""
        x0, y0, x1, y1 = self._box
        part = self.photograph[y0:y1, x0:x1]
        if self.scale < 1:
            part = cv2.resize(part, None, fx=self.scale, fy=self.scale, interpolation=cv2.INTER_AREA)
        return np.asarray(part, np.float32)

    @cached_property
    def points(self) -> Landmarks:
        """The landmarks in pixels of the patch."""
        corner = np.array([*self._box[:2], 0])
        first, second = (
            np.asarray((points - corner) * self.scale)
            for points in (self.landmarks.first, self.landmarks.second)
        )
        return Landmarks(first, second, self.landmarks.noise)

    @cached_property
    def skin(self) -> NDArray[np.bool_]:
        """Where the patch shows skin (`skin_region`), (h, w)."""
        return np.asarray(skin_region(self.points, self.patch.shape) > 0.5)

    @cached_property
    def level(self) -> Float:
        """Linear luminance of the patch, (h, w)."""
        return srgb.luminance(self.patch)

    @cached_property
    def encoded(self) -> Float:
        """The patch in sRGB code values, 0..1, (h, w, 3)."""
        return srgb.encode(self.patch)

    @cached_property
    def colors(self) -> Double:
        """The patch in CIELAB, (h, w, 3)."""
        return lab.from_linear(self.patch)

    @cached_property
    def lit_skin(self) -> Float:
        """Linear color (3,) of the skin's lit side: the median between its 50th and 85th percentile.

        Brighter than that is sheen, darker is shade.
        """
        skin, luma = self.patch[self.skin], self.level[self.skin]
        low, high = np.percentile(luma, [50, 85])
        return np.asarray(np.median(skin[(luma >= low) & (luma <= high)], axis=0), np.float32)

    @cached_property
    def _box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of the patch in the photograph, px."""
        points, room = self.landmarks.points[:, :2], ROOM * self.landmarks.ipd
        low = np.maximum(np.floor(points.min(axis=0) - room).astype(int), 0)
        high = np.ceil(points.max(axis=0) + room).astype(int)
        height, width = self.photograph.shape[:2]
        return int(low[0]), int(low[1]), min(int(high[0]), width), min(int(high[1]), height)


def skin_region(landmarks: Landmarks, shape: tuple[int, ...]) -> Float:
    """Mask (H, W) 0 or 1 of forehead, cheeks, nose and chin: the face less eyes, brows and lips."""
    mask = np.zeros(shape[:2], np.float32)
    points = landmarks.points[:, :2]
    oval = points[topology.FACE_OVAL]
    middle = oval.mean(axis=0)
    fill(mask, middle + 0.92 * (oval - middle), 1.0)
    for group in (
        topology.RIGHT_EYE,
        topology.LEFT_EYE,
        topology.RIGHT_BROW,
        topology.LEFT_BROW,
        topology.LIPS_OUTER,
    ):
        hull = cv2.convexHull(points[group].astype(np.float32))[:, 0]
        center = hull.mean(axis=0)
        fill(mask, center + 1.25 * (hull - center), 0.0)
    return mask


def fill(mask: Float, outline: Double, value: float) -> None:
    """Set what an outline (N, 2), px, encloses on ``mask`` (H, W) to ``value``."""
    cv2.fillPoly(mask, [np.round((outline - 0.5) * 16).astype(np.int32)], value, shift=4)


def inside(shape: tuple[int, ...], outline: Double) -> NDArray[np.bool_]:
    """(H, W): what an outline (N, 2) encloses, whole pixels."""
    mask = np.zeros(shape[:2], np.float32)
    fill(mask, outline, 1.0)
    return mask > 0.5


def hull(points: Double) -> Double:
    """The convex hull of points (N, 2), in order."""
    return cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64)
