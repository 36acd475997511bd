"""Bicubic sampling along rows and columns: two short sums instead of one long one.

Every map without perspective, and every enlargement, is separable. The weights follow from the
absolute position alone, in double precision: a strip gets the same values as the whole picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from .compiled import compiled
from .contract import Double, Float, Window

SHARPNESS = -0.75
"""Keys's parameter (R. Keys, "Cubic convolution interpolation", IEEE ASSP 1981); OpenCV's too."""


COARSE = 20.0
"""Least sigma that `blur` leaves on the coarser grid, in its pixels."""

FRACTIONS = 1024
"""Steps of a pixel in which `gather` knows its weights."""


@dataclass(frozen=True)
class Taps:
    """For every output along one axis the inputs it reads, (n, k), and their weights, (n, k)."""

    index: NDArray[np.int32]
    weight: Float


def taps(positions: Double, size: int, each: int = 1, step: float = 0.0) -> Taps:
    """Taps for ``positions`` (n,) along an axis of ``size`` pixels, centers at .5, edges repeated.

    Every output is the mean of ``each`` samples ``step`` pixels apart around its position.
    """
    centers = np.asarray(positions, np.float64) - 0.5
    first = np.floor(centers)
    weight, low = _weights(centers - first, each, step)
    index = np.clip(first[:, None] + np.arange(low, low + weight.shape[1]), 0, size - 1)
    return Taps(index.astype(np.int32), weight.astype(np.float32))


def _weights(fraction: Double, each: int, step: float) -> tuple[Double, int]:
    """Weights (n, k) of the pixels around positions at ``fraction`` (n,) of the way from one center
    to the next, and the first pixel they are for, counted from that one."""
    offsets = (np.arange(each) - (each - 1) / 2) * step
    low = int(np.floor(fraction.min() + offsets[0])) - 1
    high = int(np.floor(fraction.max() + offsets[-1])) + 2
    total = np.zeros((len(fraction), high - low + 1))
    a, place = SHARPNESS, np.arange(len(fraction))
    for offset in offsets:
        cell = np.floor(fraction + offset)
        t = fraction + offset - cell
        far = np.stack([t + 1, 2 - t], axis=-1)
        near = np.stack([t, 1 - t], axis=-1)
        outer = ((far - 5) * far + 8) * far * a - 4 * a
        inner = ((a + 2) * near - (a + 3)) * near * near + 1
        for tap, weight in enumerate((outer[:, 0], inner[:, 0], inner[:, 1], outer[:, 1])):
            total[place, cell.astype(np.intp) - 1 + tap - low] += weight / each
    return total, low


def resample(image: Float, rows: Taps, columns: Taps) -> Float:
    """``image`` (h, w) or (h, w, c) on the grid of ``rows`` and ``columns``."""
    low, high = int(rows.index.min()), int(rows.index.max()) + 1
    left, right = int(columns.index.min()), int(columns.index.max()) + 1
    part = np.ascontiguousarray(image[low:high, left:right], np.float32).reshape(high - low, right - left, -1)
    up, across = rows.index - np.int32(low), columns.index - np.int32(left)
    if rows.index.shape[1] > 4:  # made smaller: rows first, there are fewer of them then
        tall = _rows(part, up, rows.weight)
        result = _columns(tall, across, columns.weight)
    else:
        wide = _columns(part, across, columns.weight)
        result = _rows(wide, up, rows.weight)
    return result.reshape(len(rows.index), len(columns.index), *image.shape[2:])


def _rows(image: Float, index: NDArray[np.int32], weight: Float) -> Float:
    result = np.empty((len(index), image[0].size), np.float32)
    (_down if index.shape[1] == 4 else _down_many)(image.reshape(len(image), -1), index, weight, result)
    return result.reshape(len(index), *image.shape[1:])


def _columns(image: Float, index: NDArray[np.int32], weight: Float) -> Float:
    result = np.empty((len(image), len(index), image.shape[2]), np.float32)
    (_across if index.shape[1] == 4 else _across_many)(image.shape[2])(image, index, weight, result)
    return result


def gather(image: Float, x: Float, y: Float, each: int, step: float) -> Float:
    """``image`` (h, w) or (h, w, c) at positions (x, y), edges repeated: of each the mean of ``each``
    by ``each`` samples ``step`` pixels apart, for a map that is not along rows and columns."""
    table, low = _table(each, step)
    source = np.ascontiguousarray(image, np.float32).reshape(*image.shape[:2], -1)
    channels = source.shape[2]
    left, right = _beyond(x, image.shape[1], table.shape[1])
    if left or right:
        source = cv2.copyMakeBorder(source, 0, 0, left, right, cv2.BORDER_REPLICATE)
    result = np.empty((*x.shape, channels), np.float32)
    wide = np.repeat(table, channels, axis=1)
    _gather(channels)(source.reshape(len(source), -1), x, y, left + low, low, table, wide, result)
    return result.reshape(*x.shape, *image.shape[2:])


def _beyond(x: Float, width: int, taps: int) -> tuple[int, int]:
    """Columns by which sums of ``taps`` pixels around ``x`` reach beyond the first and the last of ``width``;
    no more than ``taps``, for farther out all pixels are the same."""
    return int(np.clip(taps - x.min(), 0, taps)), int(np.clip(x.max() + taps - width, 0, taps))


@lru_cache(maxsize=8)
def _table(each: int, step: float) -> tuple[Float, int]:
    """Weights for every fraction of a pixel, (FRACTIONS, k), and the first pixel that they are for."""
    table, low = _weights(np.arange(FRACTIONS) / FRACTIONS, each, step)
    return table.astype(np.float32), low


def enlarge(field: Float, window: Window) -> Float:
    """Rows of a proof-sized field, (h, w) or (h, w, c), at the window's scale."""
    if window.scale == 1:
        return field[window.top : window.bottom]
    rows, columns = _grid(window.top, window.bottom, window.scale, field.shape[0]), _whole(window, field)
    return resample(field, rows, columns)


@dataclass(frozen=True)
class Widened:
    """A plane enlarged along its rows only: ``rows`` (k, width), of which each row of the window is the sum
    of four, ``index`` (n, 4), with their ``weight`` (n, 4). A loop that does more with it takes that sum
    itself, and spares the plane its way to memory and back."""

    rows: Float
    index: NDArray[np.int32]
    weight: Float


def widen(field: Float, window: Window) -> Widened:
    """The first half of ``enlarge``, for a plane (h, w) and a window of a scale above 1."""
    rows = _grid(window.top, window.bottom, window.scale, field.shape[0])
    low, high = int(rows.index.min()), int(rows.index.max()) + 1
    part = np.ascontiguousarray(field[low:high], np.float32)[..., None]
    across = _whole(window, field)
    return Widened(
        _columns(part, across.index, across.weight)[..., 0], rows.index - np.int32(low), rows.weight
    )


def _whole(window: Window, field: Float) -> Taps:
    return _grid(0, window.width, window.scale, field.shape[1])


@lru_cache(maxsize=64)
def _grid(start: int, stop: int, scale: int, size: int) -> Taps:
    """Taps of the pixels ``start`` to ``stop`` of an axis that is ``scale`` times as long as ``size``."""
    return taps((np.arange(start, stop) + 0.5) / scale, size)


def blur(field: Float, sigma: float, border: int = cv2.BORDER_DEFAULT) -> Float:
    """``field`` (h, w) or (h, w, n) under a Gaussian; a wide one on a coarser grid, where it costs little.

    ``border`` is how OpenCV carries the field on beyond its edges.
    """
    shrink = int(sigma / COARSE)
    if shrink < 2:
        return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma, borderType=border), np.float32)
    height, width = field.shape[:2]
    size = max(1, width // shrink), max(1, height // shrink)
    small = cv2.resize(field, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / shrink, borderType=border)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


Along = Callable[[Float, NDArray[np.int32], Float, Float], None]


@cache
def _across(channels: int) -> Along:
    """The loop for pixels of ``channels`` values: a count that the compiler knows makes it twice as fast."""

    def loop(image: Float, index: NDArray[np.int32], weight: Float, result: Float) -> None:
        for y in range(image.shape[0]):
            row = image[y]
            for x in range(index.shape[0]):
                a, b, c, d = index[x, 0], index[x, 1], index[x, 2], index[x, 3]
                p, q, r, s = weight[x, 0], weight[x, 1], weight[x, 2], weight[x, 3]
                for k in range(channels):
                    result[y, x, k] = p * row[a, k] + q * row[b, k] + r * row[c, k] + s * row[d, k]

    return compiled(loop)


@compiled
def _down(rows: Float, index: NDArray[np.int32], weight: Float, result: Float) -> None:
    for y in range(result.shape[0]):
        a, b, c, d = rows[index[y, 0]], rows[index[y, 1]], rows[index[y, 2]], rows[index[y, 3]]
        p, q, r, s = weight[y, 0], weight[y, 1], weight[y, 2], weight[y, 3]
        out = result[y]
        for x in range(out.shape[0]):
            out[x] = p * a[x] + q * b[x] + r * c[x] + s * d[x]


@cache
def _across_many(channels: int) -> Along:
    """The same for any number of taps."""

    def loop(image: Float, index: NDArray[np.int32], weight: Float, result: Float) -> None:
        for y in range(image.shape[0]):
            for x in range(index.shape[0]):
                for c in range(channels):
                    result[y, x, c] = np.float32(0)
                for k in range(index.shape[1]):
                    share, at = weight[x, k], index[x, k]
                    for c in range(channels):
                        result[y, x, c] += share * image[y, at, c]

    return compiled(loop)


@compiled
def _down_many(rows: Float, index: NDArray[np.int32], weight: Float, result: Float) -> None:
    for y in range(result.shape[0]):
        out = result[y]
        out[:] = np.float32(0)
        for k in range(index.shape[1]):
            share, row = weight[y, k], rows[index[y, k]]
            for x in range(out.shape[0]):
                out[x] += share * row[x]


Everywhere = Callable[[Float, Float, Float, int, int, Float, Float, Float], None]


@cache
def _gather(channels: int) -> Everywhere:
    """The loop for pixels of ``channels`` values, the image's rows flat. Beyond its first and its last row
    they are repeated; no sum reaches beyond its columns but where these have been repeated too.

    A neighborhood's rows are summed first, each a run of neighbors in memory, which the compiler takes
    several at a time; ``wide`` is ``table`` with every weight once a channel, for the sum along that run.
    Unsigned places need no test for one that is counted from the end.
    """

    def loop(
        image: Float, x: Float, y: Float, across: int, down: int, table: Float, wide: Float, result: Float
    ) -> None:
        count = table.shape[1]
        last_row, last_column = image.shape[0] - 1, image.shape[1] // channels - count
        run = np.empty(count * channels, np.float32)
        for row in range(x.shape[0]):
            for column in range(x.shape[1]):
                px, py = x[row, column] - np.float32(0.5), y[row, column] - np.float32(0.5)
                left, top = np.floor(px), np.floor(py)
                # Just below a whole number float32 rounds the fraction up to one, which no table holds.
                along = min(int((px - left) * np.float32(FRACTIONS)), FRACTIONS - 1)
                below = min(int((py - top) * np.float32(FRACTIONS)), FRACTIONS - 1)
                start = np.uintp(min(max(int(left) + across, 0), last_column) * channels)
                upper = int(top) + down
                for i in range(len(run)):
                    run[i] = np.float32(0)
                for j in range(count):
                    share, line = table[below, j], image[np.uintp(min(max(upper + j, 0), last_row))]
                    for i in range(len(run)):
                        run[i] += share * line[start + np.uintp(i)]
                for i in range(len(run)):
                    run[i] *= wide[along, i]
                for c in range(channels):
                    total = np.float32(0)
                    for i in range(count):
                        total += run[i * channels + c]
                    result[row, column, c] = total

    return compiled(loop)
