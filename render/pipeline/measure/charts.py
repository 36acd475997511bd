"""Test charts whose truth is known: slanted edges, sine patches, dead leaves; always the same pixels.

An edge is drawn from its formula, the light of every pixel integrated over its square: what a perfect
sensor behind a lens with Gaussian spread records. So its MTF is known to rounding, and a measurement can
be held against it.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from scipy.special import ndtr

from render.pipeline.contract import Double

Spread = Sequence[tuple[float, float]]
"""Round Gaussians of a point spread: (sigma in pixels, weight), the weights' sum 1."""

LEAST_SIGMA = 1e-6  # px: what stands for no blur, so that one formula serves
LEAST_TILT = 1e-3  # px: the pixel's shadow on the normal is never narrower, for an edge along the rows
FINE = 4  # sub-pixels a side, for what has no formula
LAYERS = 6  # leaves over every point, on average: one in 400 sees the ground


def slanted_edge(
    shape: tuple[int, int],
    angle: float = 5.0,
    spread: float | Spread = 0.6,
    dark: float = 0.2,
    light: float = 0.8,
    shift: float = 0.0,
    lying: bool = False,
) -> Double:
    """Draw a straight edge through the middle, dark on the left (or on top), exactly integrated.

    Parameters
    ----------
    shape : (rows, columns)
    angle : float
        Degrees between the edge and the columns, or the rows if ``lying``.
    spread : float, or pairs of sigma and weight
        The blur in pixels: one Gaussian, or a sum of them.
    dark, light : float
        Linear light of the two sides.
    shift : float
        Pixels that the edge lies to the right of the middle (below it if ``lying``).

    Returns
    -------
    (H, W) float64, linear

    Notes
    -----
    A pixel's square, seen along the edge, is two boxes, |cos a| and |sin a| wide, one convolved with the
    other. An edge under both is a second difference of its second integral, and for a Gaussian edge
    Phi(x/s) that is ((x^2 + s^2) Phi(x/s) + x s phi(x/s)) / 2. `edge_mtf` is the transform of the same.
    """
    if lying:
        return slanted_edge(shape[::-1], angle, spread, dark, light, shift).T
    height, width = shape
    tilt = np.radians(angle)
    y, x = np.mgrid[:height, :width] + 0.5
    away = (x - width / 2 - shift) * np.cos(tilt) + (y - height / 2) * np.sin(tilt)
    wide, narrow = _boxes(angle)
    profile = np.zeros(shape)
    for sigma, weight in _pairs(spread):
        profile += weight * _under_boxes(away, sigma, wide, narrow)
    return np.asarray(dark + (light - dark) * profile)


def edge_mtf(frequency: Double, angle: float, spread: float | Spread) -> Double:
    """The MTF of `slanted_edge` along its normal; ``frequency`` in cycles per pixel, same shape out."""
    wide, narrow = _boxes(angle)
    lens = sum(
        weight * np.exp(-2 * (np.pi * sigma * frequency) ** 2) for sigma, weight in _pairs(spread)
    ) * np.ones_like(frequency)
    return np.asarray(lens * np.sinc(frequency * wide) * np.sinc(frequency * narrow))


def sine(
    shape: tuple[int, int],
    frequency: float,
    contrast: float = 0.05,
    mean: float = 0.4,
    angle: float = 0.0,
    phase: float = 0.0,
) -> Double:
    """Draw a sine wave: ``frequency`` cycles per pixel across the columns, turned by ``angle`` degrees.

    ``contrast`` is Michelson's, (max - min) / (max + min), of the picture as it is sampled: the pixel's own
    loss is not taken off. ``phase`` in radians, 0: a crest in the middle. Returns (H, W) float64, linear.
    """
    height, width = shape
    tilt = np.radians(angle)
    y, x = np.mgrid[:height, :width] + 0.5
    away = (x - width / 2) * np.cos(tilt) + (y - height / 2) * np.sin(tilt)
    return np.asarray(mean * (1 + contrast * np.cos(2 * np.pi * frequency * away + phase)))


def dead_leaves(
    shape: tuple[int, int],
    radii: tuple[float, float] = (1.0, 40.0),
    tones: tuple[float, float] = (0.1, 0.7),
    seed: int = 1,
) -> Double:
    """Draw discs that hide each other, of all sizes alike: a texture with edges of every strength.

    Radii have the density r^-3 between the two of ``radii`` (pixels), which makes the texture look the same
    at every scale and gives it the power of photographs, 1/f^2 (Lee, Mumford and Huang 2001); tones are even
    between ``tones``. Edges are as sharp as sub-pixels of a quarter pixel make them. Returns (H, W) float64.
    """
    dice = np.random.default_rng(seed)
    least, most = radii
    gap = least**-2 - most**-2
    mean_area = 2 * np.pi * np.log(most / least) / gap
    height, width = (side + 2 * most for side in shape)  # leaves whose centers lie outside reach in
    count = int(LAYERS * height * width / mean_area)
    radius = (least**-2 - gap * dice.random(count)) ** -0.5
    x, y = dice.random(count) * width - most, dice.random(count) * height - most
    tone = tones[0] + (tones[1] - tones[0]) * dice.random(count)
    fine = np.full((shape[0] * FINE, shape[1] * FINE), sum(tones) / 2)
    for at_x, at_y, size, value in zip(_fixed(x), _fixed(y), _fixed(radius), tone, strict=True):
        cv2.circle(fine, (int(at_x), int(at_y)), int(size), float(value), -1, cv2.LINE_8, 4)
    return np.asarray(fine.reshape(shape[0], FINE, shape[1], FINE).mean(axis=(1, 3)))


def _pairs(spread: float | Spread) -> Spread:
    return [(float(spread), 1.0)] if isinstance(spread, int | float) else spread


def _boxes(angle: float) -> tuple[float, float]:
    """The pixel's two shadows on the edge's normal."""
    tilt = np.radians(angle)
    return max(abs(np.cos(tilt)), LEAST_TILT), max(abs(np.sin(tilt)), LEAST_TILT)


def _under_boxes(away: Double, sigma: float, wide: float, narrow: float) -> Double:
    """A Gaussian edge at distances ``away``, averaged over both boxes."""
    sigma = max(sigma, LEAST_SIGMA)
    near = np.clip(away, -10 * sigma - 2, 10 * sigma + 2)  # beyond it is flat, and large squares round
    outer, inner = (wide + narrow) / 2, (wide - narrow) / 2
    total = (
        _twice_integrated(near + outer, sigma)
        - _twice_integrated(near + inner, sigma)
        - _twice_integrated(near - inner, sigma)
        + _twice_integrated(near - outer, sigma)
    )
    return np.asarray(total / (wide * narrow))


def _twice_integrated(x: Double, sigma: float) -> Double:
    z = x / sigma
    bell = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    return np.asarray(((x * x + sigma * sigma) * ndtr(z) + x * sigma * bell) / 2)


def _fixed(length: Double) -> Double:
    """Pixels as sub-pixels with 4 binary places, which cv2 draws to."""
    return np.round(length * FINE * 16)
