"""Sensor noise of a dim phone picture, reduced before the light is changed.

New light lifts shadows, and their noise with them. A guided filter (He et al. 2013) smooths what
is weaker than the noise: luminance by itself, and only half of what was found is taken away, so
that pores stay; color along the luminance and over a few pixels, so that an iris keeps its own.
"""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Float

CLEAN = 0.004
"""Noise sigma, encoded, up to which a photograph is left alone: fine skin reads as this."""

TAKEN = 0.6
"""Share of the luminance noise that is taken out."""

COLOR_RADIUS, COLOR_EDGE = 0.03, 3.0
"""IPD that color is averaged over, and the noise sigmas of luminance that an edge must have to hold it."""


def denoise(pixels: Float, noise_sigma: float, ipd: float) -> Float:
    """Reduce the noise of a dim picture; a clean one is returned as it is.

    Parameters
    ----------
    pixels : (H, W, 3) linear
    noise_sigma : float
        Noise over the skin, encoded units.
    ipd : float
        Inter-pupil distance, px.
    """
    if noise_sigma <= CLEAN:
        return pixels
    ycc = cv2.cvtColor(srgb.encode(pixels), cv2.COLOR_RGB2YCrCb)
    luma = np.ascontiguousarray(ycc[..., 0])
    smooth = _guided(luma, luma, 2, 2 * noise_sigma**2)
    ycc[..., 0] = luma + np.float32(TAKEN) * (smooth - luma)
    radius, least = max(1, round(COLOR_RADIUS * ipd)), (COLOR_EDGE * noise_sigma) ** 2
    for channel in (1, 2):
        ycc[..., channel] = _guided(smooth, np.ascontiguousarray(ycc[..., channel]), radius, least)
    return srgb.decode(np.clip(cv2.cvtColor(ycc, cv2.COLOR_YCrCb2RGB), 0, 1))


def _guided(guide: Float, plane: Float, radius: int, epsilon: float) -> Float:
    """``plane`` smoothed except where ``guide`` has edges stronger than sqrt(epsilon)."""
    size = (2 * radius + 1, 2 * radius + 1)
    mean_g, mean_p = cv2.blur(guide, size), cv2.blur(plane, size)
    variance = cv2.blur(guide * guide, size) - mean_g * mean_g
    slope = (cv2.blur(guide * plane, size) - mean_g * mean_p) / (variance + epsilon)
    offset = mean_p - slope * mean_g
    return np.asarray(cv2.blur(slope, size) * guide + cv2.blur(offset, size), np.float32)
