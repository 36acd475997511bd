"""How soft a picture is before the lens, read from its own strongest edges.

An edge blurred by sigma becomes flatter under a further, known blur s by the factor
``R = sqrt(sigma^2 + s^2) / sigma`` (re-blur ratio: Zhuo & Sim 2011), so sigma = s / sqrt(R^2 - 1).
Thin lines read sharper than steps and shadows softer; the median of a face's strongest edges lies near
what the optics gave them. To take a picture for sharper than it is, is safe; for softer is not: it would
overshoot.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.contract import Float

REBLUR = 0.7
"""Sigma of the known blur, pixels: small, so that an edge's neighbors do not take part."""

STRONG = 0.2
"""Change of luminance over a pixel, as a share of the luminance around it, from which it is an edge."""

SAMPLING = 0.4
"""Square pixels that the pixel's area and the gradient's own width add to an edge."""

FEWEST, UNKNOWN = 500, 0.6
"""Edges that an estimate needs, and what is taken where there are fewer."""

SHARP, SOFT = 0.05, 2.0
"""Range of the estimate, pixels: beyond it the ratio tells little."""

ENLARGING = 0.03
"""Square input pixels that bicubic enlarging adds, less what the output's own pixel area adds again."""


def sigma(luma: Float, where: NDArray[np.bool_]) -> float:
    """Blur of a picture in its own pixels.

    Parameters
    ----------
    luma : (h, w)
        Linear luminance.
    where : (h, w)
        The part that is asked about.
    """
    steep, reblurred = _gradient(luma), _gradient(cv2.GaussianBlur(luma, (0, 0), REBLUR))
    around = cv2.GaussianBlur(luma, (0, 0), 3.0)
    edge = where & (steep > STRONG * np.maximum(around, 1e-3)) & _ridge(steep)
    if int(edge.sum()) < FEWEST:
        return UNKNOWN
    ratio = steep[edge] / np.maximum(reblurred[edge], 1e-6)
    found = REBLUR / np.sqrt(np.maximum(ratio**2 - 1, 1e-2))
    middle = float(np.median(found))
    return float(np.clip(np.sqrt(max(middle**2 - SAMPLING, 0.0)), SHARP, SOFT))


def enlarged(blur: float, times: float) -> float:
    """The blur, in its own pixels, of a picture made ``times`` larger (or smaller) by bicubic sampling."""
    return float(np.sqrt((times * blur) ** 2 + ENLARGING * max(times**2 - 1, 0.0)))


def _gradient(luma: Float) -> Float:
    """Magnitude of the central difference per pixel, (h, w)."""
    x = cv2.Sobel(luma, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    y = cv2.Sobel(luma, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    return np.asarray(cv2.magnitude(x, y))


def _ridge(steep: Float) -> NDArray[np.bool_]:
    """Where the gradient is largest among its eight neighbors along either axis, (h, w)."""
    along_x = cv2.dilate(steep, np.ones((1, 3), np.uint8))
    along_y = cv2.dilate(steep, np.ones((3, 1), np.uint8))
    return np.asarray((steep >= along_x) | (steep >= along_y))
