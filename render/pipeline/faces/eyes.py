"""The selfie's own catchlights, taken out of the irises so that the new ones can be true."""

from __future__ import annotations

import cv2
import numpy as np

from ..color import srgb
from ..contract import Double, Float, Landmarks
from . import topology

IRIS_REACH = 1.05
"""How far from the iris center, in iris radii, a catchlight is looked for."""


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
    opening = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(opening, [np.round(lids - [x0 + 0.5, y0 + 0.5]).astype(np.int32)], 1)
    iris = (np.hypot(x - center[0], y - center[1]) < IRIS_REACH * radius) & (opening > 0)
    if iris.sum() < 12:
        return
    luma = np.sqrt(np.maximum(srgb.luminance(part), 0))
    typical = float(np.percentile(luma[iris], 45))
    spread = float(np.percentile(luma[iris], 60) - np.percentile(luma[iris], 15)) + 0.03
    bright = (iris & (luma > typical + 1.25 * spread)).astype(np.uint8)
    grown = cv2.dilate(bright, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3)), iterations=max(1, round(0.09 * radius)))
    hole = (grown > 0) & (np.hypot(x - center[0], y - center[1]) < 1.12 * radius)
    known = (iris & ~hole).astype(np.float32)
    if known.sum() < 8 or not hole.any():
        return
    part[hole] = _inward(part, known, radius)[hole]


def _inward(part: Float, known: Float, radius: float) -> Float:
    """Normalized convolution from the known iris, finest reach first, (h, w, 3)."""
    result = np.zeros_like(part)
    need = np.ones(part.shape[:2], bool)
    for share in (0.08, 0.16, 0.35, 0.8):
        sigma = max(share * radius, 0.6)
        weight = cv2.GaussianBlur(known, (0, 0), sigma)
        color = cv2.GaussianBlur(part * known[..., None], (0, 0), sigma) / np.maximum(weight, 1e-6)[..., None]
        ready = need & (weight > 0.12)
        result[ready] = color[ready]
        need &= ~ready
    result[need] = part[known > 0].mean(axis=0)
    return np.asarray(cv2.GaussianBlur(result, (0, 0), max(0.05 * radius, 0.4)))
