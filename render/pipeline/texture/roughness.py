"""How rough each place is, how its power falls with fineness, and along which way its strands run."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Float

BLACK = np.float32(0.008)
"""Linear light added before the logarithm: texture fades into black instead of becoming noise."""

FINE, MID = 0.6, (0.9, 1.6)
"""Sigmas, pixels of the coarser of photograph and proof: the finest octave is what the first leaves
twice, centered at 0.45 cycles a pixel; the next lies between the others, at 0.22."""

AROUND = 5.0
"""Sigma of a neighborhood, the same pixels."""

REFERENCE = 0.45
"""Cycles one of those pixels at which the finest octave is centered."""

LEVEL = 3.0
"""Amplitude at ``REFERENCE`` over the rms of the finest octave. Calibration, as the
next: with it reduced faces get their spectra back (`tests/pipeline/test_spectra.py`)."""

SLOPE = (0.4, 1.0)
"""Slope of power over frequency against log2 of the octaves' ratio: intercept and factor. Calibration."""

NOISE_KEPT = 0.35
"""Share of white noise's amplitude that counts in the finest octave."""

GENTLEST, STEEPEST = 1.0, 6.0
"""Slopes that are believed."""

ONE_WAY = (0.55, 0.85)
"""Coherence at which strands begin and at which there is nothing else; noise alone reaches 0.3."""

ONE_EDGE = 0.12
"""Share of the gradient that does not change its sign, from which a place holds no strands but the
rim of something: a lid, an iris, a lapel."""


@dataclass(frozen=True)
class Roughness:
    """Maps (h, w) of a picture.

    ``amplitude`` is the square root of power at ``REFERENCE``, natural-log luminance, in pixels of
    the measure's own size; ``ratio`` log2 of the next octave's energy over the finest's;
    ``coherence`` 0..1 and ``angle``, radians, tell of strands.
    """

    amplitude: Float
    ratio: Float
    coherence: Float
    angle: Float

    def slope(self, weight: Float) -> float:
        """How power falls, as ``f ** -slope``, over the places that ``weight`` (h, w) names."""
        there = weight > 0.5
        if not there.any():
            return 0.5 * (GENTLEST + STEEPEST)
        found = SLOPE[0] + SLOPE[1] * float(np.median(self.ratio[there]))
        return float(np.clip(found, GENTLEST, STEEPEST))


def roughness(picture: Float, pixel: float, noise: float) -> Roughness:
    """Measure ``picture`` (h, w, 3), linear.

    Parameters
    ----------
    pixel : float
        Size of what limits it, in its pixels: 1, or more where the photograph has fewer.
    noise : float
        The sensor's, encoded units of one pixel: it is no texture.

    Notes
    -----
    Energies are geometric means over a neighborhood: the one edge in it, a lid or a lapel, does not
    make it rough. (A Gaussian's geometric mean of |x| is 0.53 sigma.)
    """
    luma = srgb.luminance(picture)
    level = luma + BLACK
    log = np.log(np.maximum(level, BLACK))
    smooth = cv2.GaussianBlur(log, (0, 0), MID[0] * pixel)
    octaves = _above(log, FINE * pixel), _above(smooth, MID[1] * pixel)
    fine, mid = (_typical(part, AROUND * pixel) for part in octaves)
    # One code value of noise is more in log light where it is dark: d ln Y = 2.2 dE / E.
    floor = np.float32(NOISE_KEPT * noise * 2.2) / np.maximum(level, BLACK) ** np.float32(1 / 2.2)
    rest = np.sqrt(np.maximum(fine * fine - floor * floor, np.float32(1e-10)))
    ratio = 2 * np.log2(np.maximum(mid, 1e-5) / np.maximum(fine, 1e-5))
    coherence, angle = _orientation(log)
    return Roughness(np.float32(LEVEL) * rest, ratio, coherence, angle)


def _above(plane: Float, sigma: float) -> Float:
    """What a Gaussian of ``sigma`` pixels takes away, twice over: a steep lower end."""
    for _ in range(2):
        plane = plane - cv2.GaussianBlur(plane, (0, 0), sigma)
    return plane


def _typical(part: Float, around: float) -> Float:
    """Rms of ``part`` (h, w) around each place, from the geometric mean of its magnitude."""
    logs = np.log(np.abs(part) + np.float32(1e-5))
    return np.asarray(np.exp(cv2.GaussianBlur(logs, (0, 0), around)) / np.float32(0.53), np.float32)


def _orientation(log: Float) -> tuple[Float, Float]:
    """How far strands run one way, 0..1, and along which direction, radians: the structure tensor."""
    dx = cv2.Sobel(log, cv2.CV_32F, 1, 0, ksize=3)
    dy = cv2.Sobel(log, cv2.CV_32F, 0, 1, ksize=3)
    xx, yy, xy = (cv2.GaussianBlur(p, (0, 0), 3.5) for p in (dx * dx, dy * dy, dx * dy))
    gap = np.hypot(xx - yy, 2 * xy)
    low, high = ONE_WAY
    share = np.clip((gap / (xx + yy + 1e-3) - low) / (high - low), 0, 1)
    mean_x, mean_y = (cv2.GaussianBlur(p, (0, 0), 3.5) for p in (dx, dy))
    one_edge = (mean_x * mean_x + mean_y * mean_y) / (xx + yy + 1e-3)
    share *= np.clip(2 - one_edge / ONE_EDGE, 0, 1)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    return (share * share * (3 - 2 * share)).astype(np.float32), angle.astype(np.float32)
