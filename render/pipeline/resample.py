"""Bicubic sampling along rows and columns: two short sums instead of one long one.

Every map without perspective, and every enlargement, is separable. The weights follow from the
absolute position alone, in double precision: a strip gets the same values as the whole picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .compiled import compiled
from .contract import Double, Float, Window

SHARPNESS = -0.75
"""Keys's parameter (R. Keys, "Cubic convolution interpolation", IEEE ASSP 1981); OpenCV's too."""


@dataclass(frozen=True)
class Taps:
    """For every output along one axis the four inputs it reads, (n, 4), and their weights, (n, 4)."""

    index: NDArray[np.int32]
    weight: Float


def taps(positions: Double, size: int) -> Taps:
    """Taps for ``positions`` (n,) along an axis of ``size`` pixels, centers at .5, edges repeated."""
    centers = np.asarray(positions, np.float64) - 0.5
    first = np.floor(centers)
    t = centers - first
    a = SHARPNESS
    far = np.stack([t + 1, 2 - t], axis=-1)
    near = np.stack([t, 1 - t], axis=-1)
    outer = ((far - 5) * far + 8) * far * a - 4 * a
    inner = ((a + 2) * near - (a + 3)) * near * near + 1
    weight = np.stack([outer[:, 0], inner[:, 0], inner[:, 1], outer[:, 1]], axis=-1)
    index = np.clip(first[:, None] + np.arange(-1, 3), 0, size - 1)
    return Taps(index.astype(np.int32), weight.astype(np.float32))


def resample(image: Float, rows: Taps, columns: Taps) -> Float:
    """``image`` (h, w) or (h, w, c) on the grid of ``rows`` and ``columns``."""
    low, high = int(rows.index.min()), int(rows.index.max()) + 1
    part = np.ascontiguousarray(image[low:high], np.float32).reshape(high - low, image.shape[1], -1)
    wide = np.empty((high - low, len(columns.index), part.shape[2]), np.float32)
    _across(part, columns.index, columns.weight, wide)
    result = np.empty((len(rows.index), wide[0].size), np.float32)
    _down(wide.reshape(high - low, -1), rows.index - np.int32(low), rows.weight, result)
    return result.reshape(len(rows.index), len(columns.index), *image.shape[2:])


def enlarge(field: Float, window: Window) -> Float:
    """Rows of a proof-sized field, (h, w) or (h, w, c), at the window's scale."""
    if window.scale == 1:
        return field[window.top : window.bottom]
    y = (np.arange(window.top, window.bottom) + 0.5) / window.scale
    x = (np.arange(window.width) + 0.5) / window.scale
    return resample(field, taps(y, field.shape[0]), taps(x, field.shape[1]))


@compiled
def _across(image: Float, index: NDArray[np.int32], weight: Float, result: Float) -> None:
    for y in range(image.shape[0]):
        row = image[y]
        for x in range(index.shape[0]):
            a, b, c, d = index[x, 0], index[x, 1], index[x, 2], index[x, 3]
            p, q, r, s = weight[x, 0], weight[x, 1], weight[x, 2], weight[x, 3]
            for k in range(image.shape[2]):
                result[y, x, k] = p * row[a, k] + q * row[b, k] + r * row[c, k] + s * row[d, k]


@compiled
def _down(rows: Float, index: NDArray[np.int32], weight: Float, result: Float) -> None:
    for y in range(result.shape[0]):
        a, b, c, d = rows[index[y, 0]], rows[index[y, 1]], rows[index[y, 2]], rows[index[y, 3]]
        p, q, r, s = weight[y, 0], weight[y, 1], weight[y, 2], weight[y, 3]
        out = result[y]
        for x in range(out.shape[0]):
            out[x] = p * a[x] + q * b[x] + r * c[x] + s * d[x]
