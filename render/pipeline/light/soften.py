"""What broad lamps and a photographer's reflectors do to light: it changes slowly over a face.

The relief is measured to about a millimeter, and light that follows each of its millimeters prints every
error of it as mud beside the nose or a rim under the chin. So the light of each lamp is averaged within
the sitter, over 4 to 10 mm, the more broadly the wider the lamp is; and eyes, which lie in sockets that a
photographer fills, are lit as the skin below them. Both are sums over places with fixed weights, so the light
of two lamps is still the sum of each one's.
"""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.contract import Double, Float
from render.pipeline.faces import topology

from .relief import Relief

PER_DEGREE, BREADTHS = 0.004, (0.065, 0.16)
"""Sigma of the mean, IPD, for each degree that a lamp is wide; the least and the most of it (4 to 10 mm)."""

BROADEST = 180.0
"""Degrees: the size of light that comes from everywhere."""

FILLED = 0.7
"""Share of an eye's light that is that of the skin below it."""

SOCKET = (0.27, 0.17)
"""Half-width and half-height of an eye socket's opening, IPD."""

BELOW, PATCH = 0.30, 0.10
"""Where the skin below an eye is read, and how large a patch of it, IPD."""


def breadth(size: float) -> float:
    """How far the light of a lamp ``size`` degrees wide is averaged, sigma in IPD: a small one's changes
    faster."""
    return float(np.clip(PER_DEGREE * size, *BREADTHS))


def soften(light: Float, relief: Relief, wide: float) -> Float:
    """``light`` (h, w, c) on the relief's grid, averaged over ``wide`` IPD of the sitter and filled in at
    the eyes."""
    soft = within(light, relief, wide)
    for lids in (topology.RIGHT_EYE, topology.LEFT_EYE):
        center = relief.vertices[lids, :2].mean(axis=0)
        share = np.float32(FILLED) * _around(relief, center, SOCKET)[..., None]
        patch = _around(relief, center + [0.0, BELOW * relief.ipd], (PATCH, PATCH)) * relief.matte
        below = (soft * patch[..., None]).sum(axis=(0, 1)) / max(float(patch.sum()), 1e-6)
        soft = soft + share * (below.astype(np.float32) - soft)
    return np.asarray(soft, np.float32)


def within(field: Float, relief: Relief, wide: float) -> Float:
    """Mean of ``field`` (h, w, c) over the sitter near each place, sigma ``wide`` IPD."""
    inside = (relief.matte > 0.5).astype(np.float32)
    sigma = wide * relief.ipd
    amount = cv2.GaussianBlur(inside, (0, 0), sigma)[..., None]
    total = cv2.GaussianBlur(field * inside[..., None], (0, 0), sigma)
    near = np.clip(amount / np.float32(0.05), 0, 1)
    return np.asarray(field + near * (total / np.maximum(amount, np.float32(1e-4)) - field), np.float32)


def blur(field: Float, sigma: float) -> Float:
    """Gaussian blur; a wide one on a coarser grid, where it costs little and loses nothing."""
    shrink = int(sigma / 3)
    if shrink < 2:
        return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma))
    height, width = field.shape[:2]
    size = max(1, width // shrink), max(1, height // shrink)
    small = cv2.GaussianBlur(cv2.resize(field, size, interpolation=cv2.INTER_AREA), (0, 0), sigma / shrink)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def _around(relief: Relief, center: Double, size: tuple[float, float]) -> Float:
    """A Gaussian hill, 1 at ``center``, with half-width and half-height ``size``, IPD, (h, w)."""
    height, width = relief.depth.shape
    x = (np.arange(width, dtype=np.float32) + 0.5 - np.float32(center[0])) / np.float32(size[0] * relief.ipd)
    y = (np.arange(height, dtype=np.float32) + 0.5 - np.float32(center[1])) / np.float32(size[1] * relief.ipd)
    return np.exp(-(x[None] ** 2 + y[:, None] ** 2)).astype(np.float32)
