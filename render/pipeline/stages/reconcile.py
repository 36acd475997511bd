"""The full portrait made to average back to the approved proof, without losing its detail.

With A the area average and U a smooth enlargement, the correction U c with A U c = proof - A full
is found at proof size, because A U is a short separable filter there. The correction is clipped to
what the proof's own neighborhood allows, so that an edge cannot ring.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from render.pipeline.contract import Double, Float, Window

from .compose import enlarge

SWEEPS = 6


def average(encoded: Float, enlargement: int) -> Float:
    """Area average of (rows, width, 3) over blocks of ``enlargement`` pixels, on encoded values."""
    rows, width, channels = encoded.shape
    blocks = encoded.reshape(rows // enlargement, enlargement, width // enlargement, enlargement, channels)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float32))


def correction(proof: Float, averaged: Float, enlargement: int) -> Float:
    """What to enlarge and add, (h, w, 3) encoded: the solution c of A U c = proof - averaged."""
    rest = proof - averaged
    kernel = _kernel(enlargement)
    found = rest.copy()
    for _ in range(SWEEPS):
        found += rest - cv2.sepFilter2D(found, cv2.CV_32F, kernel, kernel, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


def apply(encoded: Float, found: Float, window: Window) -> Float:
    """Add the correction to ``encoded`` of ``window``; the result stays within 0..1."""
    return np.clip(encoded + enlarge(found, window), 0, 1).astype(np.float32)


@lru_cache(maxsize=4)
def _kernel(enlargement: int) -> Double:
    """Taps of A U along one axis: bicubic enlargement (Keys, a = -0.75) averaged over one block."""
    impulse = np.zeros((9, 9), np.float32)
    impulse[4, :] = 1
    size = 9 * enlargement
    positions = (np.arange(size, dtype=np.float32) + 0.5) / enlargement - 0.5
    y = np.repeat(positions[:, None], size, axis=1)
    x = np.repeat(positions[None], size, axis=0)
    up = cv2.remap(impulse, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    column = up[:, size // 2].reshape(9, enlargement).mean(axis=1)
    return np.asarray(column[1:8], np.float64)
