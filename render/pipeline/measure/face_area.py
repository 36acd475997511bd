"""Which part of a face is compared with its selfie, on the pixels' own grid."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.contract import Code, Double, Float
from render.pipeline.faces import topology as mesh

MARGIN = 0.3  # around the points, in IPD: mask and local contrast reach no farther


def extent(points: Double, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """What `register` looks at of a picture of ``shape`` (H, W): left, top, right, bottom in pixels."""
    reach = MARGIN * interpupil(points)
    low, high = points[:, :2].min(axis=0) - reach, points[:, :2].max(axis=0) + reach
    x0, y0 = (int(v) for v in np.maximum(0, np.floor(low)))
    x1, y1 = (int(v) for v in np.minimum([shape[1], shape[0]], np.ceil(high)))
    return x0, y0, x1, y1


def face_mask(points: Double, size: tuple[int, int], matte: Float | None) -> Float:
    """Where texture is compared, (H, W) 0..1: the face without irises and inner mouth.

    With a matte the oval is widened to both sides of the jaw line and everything nearer
    than 0.06 IPD to the silhouette is left out.
    """
    width, height = size
    ipd = interpupil(points)
    mask = np.zeros((height, width), np.uint8)
    _fill(mask, points[mesh.FACE_OVAL, :2], 1)
    if matte is not None:
        inside = _distance(matte <= 0.98) > 0.06 * ipd
        mask = ((_distance(mask > 0) <= 0.12 * ipd) & inside).astype(np.uint8)
    for center, rim in ((mesh.RIGHT_PUPIL, mesh.RIGHT_IRIS), (mesh.LEFT_PUPIL, mesh.LEFT_IRIS)):
        radius = np.linalg.norm(points[rim, :2] - points[center, :2], axis=1).mean()
        x, y = points[center, :2].tolist()
        cv2.circle(mask, (round(x), round(y)), round(1.15 * float(radius)), [0], -1)
    _fill(mask, points[mesh.LIPS_INNER, :2], 0)
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.01 * ipd) * mask


def interpupil(points: Double) -> float:
    """Inter-pupil distance in the picture."""
    return float(np.linalg.norm(points[mesh.LEFT_PUPIL, :2] - points[mesh.RIGHT_PUPIL, :2]))


def _fill(mask: Code, polygon: Double, value: int) -> None:
    cv2.fillPoly(mask, [np.round(polygon).astype(np.int32)], [value])


def _distance(there: NDArray[np.bool_]) -> Float:
    """Pixels from each place to the nearest that is ``there``, (h, w)."""
    away = cv2.distanceTransform((~there).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(away, np.float32)
