"""The selfie's own catchlights, taken out of the irises so that the new ones can be true."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import srgb
from render.pipeline.contract import Double, Float, Landmarks

from . import topology

REACH = 0.86
"""How far from the iris center, in iris radii, a reflection is looked for: the limbus stays."""

RINGS = 7


def without_catchlights(pixels: Float, landmarks: Landmarks) -> Float:
    """Fill the bright reflections inside both irises from the iris around them.

    Parameters
    ----------
    pixels : (H, W, 3) linear
    landmarks : Landmarks of the same photograph

    Returns
    -------
    (H, W, 3) linear
        A copy; nothing outside the irises differs.
    """
    result = pixels.copy()
    points = landmarks.points
    for pupil, lids in ((topology.RIGHT_PUPIL, topology.RIGHT_EYE), (topology.LEFT_PUPIL, topology.LEFT_EYE)):
        ring = points[pupil + 1 : pupil + 5, :2] - points[pupil, :2]
        radius = float(np.linalg.norm(ring, axis=1).mean())
        _clear(result, points[pupil, :2], radius, points[lids, :2])
    return result


def _clear(pixels: Float, center: Double, radius: float, lids: Double) -> None:
    """Clear one iris in place."""
    height, width = pixels.shape[:2]
    reach = 1.6 * radius
    x0, x1 = int(max(center[0] - reach, 0)), int(min(center[0] + reach + 1, width))
    y0, y1 = int(max(center[1] - reach, 0)), int(min(center[1] + reach + 1, height))
    if x1 - x0 < 5 or y1 - y0 < 5:
        return
    part = pixels[y0:y1, x0:x1]
    y, x = np.mgrid[y0:y1, x0:x1] + 0.5
    distance = (np.hypot(x - center[0], y - center[1]) / radius).astype(np.float32)
    opening = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(opening, [np.round((lids - [x0 + 0.5, y0 + 0.5]) * 16).astype(np.int32)], 1, shift=4)
    opening = cv2.erode(opening, np.ones((3, 3), np.uint8))
    iris = (distance < REACH) & (opening > 0)
    if iris.sum() < 12:
        return
    luma = np.sqrt(np.maximum(srgb.luminance(part), 0))
    typical, low = np.percentile(luma[iris], [50, 15])
    bright = (iris & (luma > typical + 1.3 * (typical - low) + 0.03)).astype(np.uint8)
    if not bright.any() or bright.sum() > 0.45 * iris.sum():
        return
    grow = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    hole = cv2.dilate(bright, grow, iterations=max(1, round(0.07 * radius)))
    cover = cv2.GaussianBlur(hole.astype(np.float32), (0, 0), max(0.05 * radius, 0.6))
    cover *= np.clip((1 - distance) / (1 - REACH), 0, 1) * opening
    part += cover[..., None] * (_rings(part, distance, iris & (hole == 0)) - part)


def _rings(part: Float, distance: Float, known: NDArray[np.bool_]) -> Float:
    """What an iris shows at each distance from its center: the median of the known pixels there."""
    centers = (np.arange(RINGS) + 0.5) / RINGS
    colors, at = [], []
    for ring in range(RINGS):
        chosen = known & (np.abs(distance - centers[ring]) < 0.75 / RINGS)
        if chosen.sum() >= 4:
            colors.append(np.median(part[chosen], axis=0))
            at.append(centers[ring])
    if not colors:
        return part
    table = np.array(colors)
    return np.stack([np.interp(distance, at, table[:, c]) for c in range(3)], axis=-1).astype(np.float32)
