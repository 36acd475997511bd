"""A weighted sum of Gaussians of one plane, row by row: what is between two passes never leaves the cache."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from render.pipeline.compiled import compiled
from render.pipeline.contract import Float

from .transfer import taps


def spread(luma: Float, wanted: slice, terms: Sequence[tuple[float, float]], own: float = 0.0) -> Float:
    """``own luma`` and the sum of ``b G_sigma luma`` over ``terms``, of some rows of ``luma`` (h, w).

    Parameters
    ----------
    luma : (h, w)
    wanted : slice
        Rows, without a step. Rows beyond them are looked at as far as the Gaussians reach.
    terms : sequence of (sigma, b)
        Pixels and weight. What lies beyond the plane is its mirror image.
    own : float
        Weight of the plane as it is.

    Notes
    -----
    Down, then across, each Gaussian as the whole taps of ``transfer.taps``. Three narrow ones on a full
    portrait take a quarter of the time of three separable filters that each write their result.
    """
    start, stop, _ = wanted.indices(luma.shape[0])
    result = np.multiply(luma[start:stop], np.float32(own), dtype=np.float32)
    kernels = [taps(sigma) for sigma, _ in terms]
    if kernels:
        reach = np.array([len(kernel) // 2 for kernel in kernels])
        halves = np.zeros((len(kernels), int(reach.max()) + 1), np.float32)
        for half, kernel, n in zip(halves, kernels, reach.tolist(), strict=True):
            half[: n + 1] = kernel[n:]
        weights = np.array([b for _, b in terms], np.float32)
        _add(np.ascontiguousarray(luma, np.float32), start, halves, reach, weights, result)
    return result


@compiled
def _add(
    luma: Float, top: int, halves: Float, reach: NDArray[np.int64], weights: Float, result: Float
) -> None:
    """Add every Gaussian to ``result``; ``halves`` (k, n) from the middle tap on, ``reach`` (k,) of them."""
    height, width = luma.shape
    room = halves.shape[1] - 1
    padded = np.empty(width + 2 * room, np.float32)
    row = padded[room : room + width]
    for y in range(result.shape[0]):
        for k in range(len(reach)):
            _set_row(row, luma[top + y], halves[k, 0] * weights[k])
            for d in range(1, reach[k] + 1):
                above, below = luma[_inside(top + y - d, height)], luma[_inside(top + y + d, height)]
                _add_two(row, above, below, halves[k, d] * weights[k])
            for d in range(1, reach[k] + 1):
                padded[room - d] = row[_inside(-d, width)]
                padded[room + width - 1 + d] = row[_inside(width - 1 + d, width)]
            _add_row(result[y], row, halves[k, 0])
            for d in range(1, reach[k] + 1):
                left, right = padded[room - d : room - d + width], padded[room + d : room + d + width]
                _add_two(result[y], left, right, halves[k, d])


@compiled
def _set_row(total: Float, row: Float, weight: np.float32) -> None:
    for x in range(total.shape[0]):
        total[x] = weight * row[x]


@compiled
def _add_row(total: Float, row: Float, weight: np.float32) -> None:
    for x in range(total.shape[0]):
        total[x] += weight * row[x]


@compiled
def _add_two(total: Float, one: Float, other: Float, weight: np.float32) -> None:
    for x in range(total.shape[0]):
        total[x] += weight * (one[x] + other[x])


@compiled
def _inside(place: int, size: int) -> int:
    """The place that a mirror at the first and the last one shows there."""
    while place < 0 or place >= size:
        place = -place if place < 0 else 2 * (size - 1) - place
        if size == 1:
            return 0
    return place
