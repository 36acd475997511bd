"""The full portrait made to average back to the approved proof, without losing its detail.

With A the area average and U a smooth enlargement, the correction U c with A U c = proof - A full
is found at proof size, because A U is a short separable filter there. The picture waits for it
in 16 bits: a step is then 1/257 of a code value. Enlarged, a correction swings beside a hard edge;
so that no halo comes of it, it carries no value out of what the proof shows around.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.compiled import compiled
from render.pipeline.contract import Canvas, Code, Double, Float, Window
from render.pipeline.resample import enlarge

SWEEPS = 6
WHITE = 65535

Print: TypeAlias = NDArray[np.uint16]
"""A picture of sRGB-encoded values, 0..65535."""


@dataclass(frozen=True)
class Correction:
    """What to enlarge and add, and the range that it keeps to: (h, w, 3) each, encoded.

    The range is the proof's own in 3 x 3 pixels. At a peak or on a ridge it reaches as much higher as the
    pixel stands above both its neighbors across, because a pixel that averages to a peak has higher places;
    beside an edge one of the two is the same plateau, and it reaches no higher.
    """

    change: Float
    least: Float
    most: Float


def keep(encoded: Float, store: Print) -> None:
    """Round ``encoded`` 0..1 into ``store``, the 16-bit picture that waits for its correction."""
    _round(encoded, store)


def average(printed: Print, enlargement: int) -> Float:
    """Area average of (rows, width, 3) over blocks of ``enlargement`` pixels, 0..1, on encoded values."""
    rows, width = printed.shape[:2]
    size = width // enlargement, rows // enlargement
    mean = cv2.resize(printed, size, interpolation=cv2.INTER_AREA)
    return np.asarray(mean, np.float32) / np.float32(WHITE)


def correction(proof: Float, averaged: Float, enlargement: int) -> Correction:
    """The solution c of A U c = proof - averaged; ``proof`` and ``averaged`` (h, w, 3) encoded."""
    rest = proof - averaged
    kernel = _kernel(enlargement)
    found = rest.copy()
    for _ in range(SWEEPS):
        found += rest - cv2.sepFilter2D(found, cv2.CV_32F, kernel, kernel, borderType=cv2.BORDER_REPLICATE)
    least, most = np.empty_like(proof), np.empty_like(proof)
    _ranges(cv2.copyMakeBorder(proof, 1, 1, 1, 1, cv2.BORDER_REPLICATE), least, most)
    return Correction(found, least, most)


def apply(printed: Print, found: Correction, window: Window) -> Code:
    """Add the correction to ``printed`` of ``window``: the finished code values."""
    code = np.empty(printed.shape, np.uint8)
    change = enlarge(found.change, window)
    _finish(printed, change, found.least, found.most, window.top, window.scale, code)
    return code


@compiled
def _round(encoded: Float, store: Print) -> None:
    for y in range(encoded.shape[0]):
        for x in range(encoded.shape[1]):
            for c in range(3):
                store[y, x, c] = np.uint16(encoded[y, x, c] * np.float32(WHITE) + np.float32(0.5))


@compiled
def _ranges(proof: Float, least: Float, most: Float) -> None:
    """Fill ``least`` and ``most`` (h, w, 3) from ``proof`` (h + 2, w + 2, 3)."""
    for y in range(least.shape[0]):
        for x in range(least.shape[1]):
            for c in range(3):
                own = proof[y + 1, x + 1, c]
                low, high, below, above = own, own, np.float32(0), np.float32(0)
                for n in range(4):  # the four pairs of opposite neighbors
                    one = proof[y + n // 3, x + n % 3, c]
                    other = proof[y + 2 - n // 3, x + 2 - n % 3, c]
                    pair_low, pair_high = min(one, other), max(one, other)
                    low, high = min(low, pair_low), max(high, pair_high)
                    below, above = max(below, pair_low - own), max(above, own - pair_high)
                least[y, x, c] = max(low - below, np.float32(0))
                most[y, x, c] = min(high + above, np.float32(1))


@compiled
def _finish(
    printed: Print, change: Float, least: Float, most: Float, top: int, scale: int, code: Code
) -> None:
    for y in range(printed.shape[0]):
        row = (top + y) // scale
        for x in range(printed.shape[1]):
            column = x // scale
            for c in range(3):
                own = np.float32(printed[y, x, c]) * np.float32(1 / WHITE)
                low = min(own, least[row, column, c])
                high = max(own, most[row, column, c])
                value = min(max(own + change[y, x, c], low), high)
                code[y, x, c] = np.uint8(value * np.float32(255) + np.float32(0.5))


@lru_cache(maxsize=4)
def _kernel(enlargement: int) -> Double:
    """Taps of A U along one axis: the enlargement of an impulse, averaged over each block."""
    window = Window(Canvas("impulse", 1, 9, enlargement), enlargement, 0, 9 * enlargement)
    impulse = np.zeros((9, 1), np.float32)
    impulse[4] = 1
    column = enlarge(impulse, window)[:, 0].reshape(9, enlargement).mean(axis=1)
    return np.asarray(column[1:8], np.float64)
