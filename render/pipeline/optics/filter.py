"""A designed transfer applied to luminance: Gaussians along rows and columns, and a limiter.

The limiter holds what the fit lifts within the range that the picture itself has around each place,
beside strong edges only: skin and cloth have less contrast than that and keep their whole gain.
"""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.compiled import compiled
from render.pipeline.contract import Canvas, Float, Window
from render.pipeline.resample import enlarge

from .gaussians import spread
from .transfer import NARROW, Design, taps

LIMITER = 7
"""Side of the neighborhood whose range is kept, pixels, for sources of up to ``transfer.SHARP``."""

EDGE, EDGE_WHOLE = np.float32(0.055), np.float32(0.075)
"""Michelson contrast at which the limiter begins, and at which it is whole: of twice that neighborhood,
because texture within reach of an edge, lifted, would be its ring."""

TILE = 512
"""Columns that the limiter looks at together: what lies between its passes stays in the cache."""

HALVING = 0.25
"""Variance, pixels of the half, that halving a picture and enlarging it again by straight lines adds:
1/16 for the mean of two pixels, 3/16 for the weights 1/4 and 3/4."""

ZERO = np.float32(0)
BLACK = np.float32(1e-4)
"""Linear light that counts as none."""

COARSE = 8
"""A whole picture's wide Gaussians are taken from it reduced so many times."""

WIDE = 2.0
"""Sigma in pixels of the reduced picture from which that loses nothing."""


def margin(design: Design, widest: float) -> int:
    """Rows that a strip needs above and below for terms narrower than ``widest`` pixels; an even number."""
    fitted = [len(taps(sigma)) // 2 for sigma, _ in design.fitted]
    halo = [2 * (len(taps(_halved(sigma))) // 2 + 1) for sigma, _ in design.halo if sigma < widest]
    rows = max([neighborhood(design) - 1, *fitted, *halo])
    return rows + rows % 2


def neighborhood(design: Design) -> int:
    """Side of the limiter's neighborhood, pixels: it grows with the Gaussians of the fit."""
    stretch = design.fitted[0][0] / NARROW[0]
    return 2 * round(stretch * (LIMITER // 2)) + 1


def lifted(luma: Float, wanted: slice, design: Design, halo: Float) -> Float:
    """The rows ``wanted`` of ``luma`` (h, w) under the fitted terms and the limiter.

    ``halo`` is what the halo's terms add to the same rows: what they take from the light side of an
    edge the fit may give back, and no more.
    """
    result = spread(luma, wanted, design.fitted, own=1 - sum(b for _, b in design.fitted))
    for column in range(0, luma.shape[1], TILE):
        _limit_tile(result, luma, wanted.indices(len(luma))[0], column, neighborhood(design), halo)
    return result


def _limit_tile(lifted: Float, luma: Float, top: int, column: int, neighborhood: int, halo: Float) -> None:
    """Limit ``TILE`` columns of ``lifted``, which begins at row ``top`` of ``luma``, in place."""
    left = max(column - neighborhood + 1, 0)
    seen = luma[:, left : column + TILE + neighborhood - 1]
    side = np.ones((neighborhood, neighborhood), np.uint8)
    low, high = cv2.erode(seen, side), cv2.dilate(seen, side)
    darkest, lightest = cv2.erode(low, side), cv2.dilate(high, side)
    _limit(lifted, halo, column, (low, high, darkest, lightest), top, column - left)


def glow(luma: Float, wanted: slice, design: Design, widest: float) -> tuple[Float, float]:
    """Sum of ``b G luma`` over the halo's terms narrower than ``widest`` pixels, and the sum of their b.

    They are wide enough to be taken from ``luma`` (h, w) at half its size.
    """
    height, width = luma.shape
    even = cv2.copyMakeBorder(luma, 0, height % 2, 0, width % 2, cv2.BORDER_REFLECT_101)
    half = cv2.resize(even, (even.shape[1] // 2, even.shape[0] // 2), interpolation=cv2.INTER_AREA)
    terms = [(_halved(sigma), b) for sigma, b in design.halo if sigma < widest]
    found = spread(half, slice(None), terms)
    whole = cv2.resize(found, even.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return whole[:height, :width][wanted], sum(b for _, b in terms)


def _halved(sigma: float) -> float:
    """Sigma of a halo's Gaussian, in pixels of the half."""
    return float(np.sqrt(max(sigma**2 / 4 - HALVING, HALVING)))


def wide_glow(reduced: Float, design: Design, times: int, averaged: bool) -> tuple[Float, float]:
    """The same over the terms of at least ``WIDE`` pixels of ``reduced``, at its size.

    ``reduced`` is the picture ``times`` smaller; where it was ``averaged`` over blocks, their own spread
    is part of the Gaussian already.
    """
    own = 1 / 12 if averaged else 0.0
    terms = [
        (float(np.sqrt((sigma / times) ** 2 - own)), b) for sigma, b in design.halo if sigma >= WIDE * times
    ]
    return spread(reduced, slice(None), terms), sum(b for _, b in terms)


@compiled
def _limit(
    lifted: Float, halo: Float, column: int, ranges: tuple[Float, Float, Float, Float], top: int, left: int
) -> None:
    """Draw ``lifted`` (h, w), from ``column`` on, into the range that the picture has around each place,
    where that is an edge's. ``ranges`` are of both neighborhoods; ``top`` and ``left`` are its place."""
    low, high, darkest, lightest = ranges
    for y in range(lifted.shape[0]):
        row, edge = lifted[y, column : column + TILE], halo[y, column : column + TILE]
        dark, light = darkest[top + y, left : left + len(row)], lightest[top + y, left : left + len(row)]
        floor, ceiling = low[top + y, left : left + len(row)], high[top + y, left : left + len(row)]
        for x in range(len(row)):
            contrast = (light[x] - dark[x]) / (light[x] + dark[x] + BLACK)
            if contrast > EDGE:
                share = min((contrast - EDGE) / (EDGE_WHOLE - EDGE), np.float32(1))
                least = floor[x] - max(edge[x], ZERO)
                most = ceiling[x] - min(edge[x], ZERO)
                held = min(max(row[x], least), most)
                row[x] += share * (held - row[x])


def see(picture: Float, design: Design) -> Float:
    """A whole picture, (h, w) or (h, w, 3) linear, through the filter: as a portrait's sitter is seen.

    Colors follow their luminance by ratio, so hue stays.
    """
    luma = np.ascontiguousarray(picture if picture.ndim == 2 else srgb.luminance(picture), np.float32)
    everything = slice(0, luma.shape[0])
    halo, weight = glow(luma, everything, design, WIDE * COARSE)
    if any(sigma >= WIDE * COARSE for sigma, _ in design.halo):
        far, far_weight = _far(luma, design)
        halo, weight = halo + far, weight + far_weight
    halo = halo - np.float32(weight) * luma
    seen = lifted(luma, everything, design, halo) + halo
    if picture.ndim == 2:
        return seen
    return np.asarray(picture * ((seen + BLACK) / (luma + BLACK))[..., None], np.float32)


def _far(luma: Float, design: Design) -> tuple[Float, float]:
    """The widest terms of a whole picture, by way of a reduced one."""
    height, width = luma.shape
    rows, columns = -(-height // COARSE), -(-width // COARSE)
    padded = cv2.copyMakeBorder(
        luma, 0, rows * COARSE - height, 0, columns * COARSE - width, cv2.BORDER_REFLECT_101
    )
    reduced = cv2.resize(padded, (columns, rows), interpolation=cv2.INTER_AREA)
    light, weight = wide_glow(reduced, design, COARSE, averaged=True)
    window = Window.whole(Canvas("picture", columns, rows, COARSE), COARSE)
    return enlarge(light, window)[:height, :width], weight
