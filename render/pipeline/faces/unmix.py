"""Coverage and color of half-covered pixels, from the colors on both sides of them.

A pixel of an edge shows a F + (1 - a) B, F the person's color and B the background's. Where both sides are
plain near by, F and B are known, and a follows from the pixel itself, at the photograph's own resolution,
more exactly than any network draws it; where they are not, or are alike, the network's word stands. Bayes's
rule weighs the two (Chuang, Curless, Salesin & Szeliski, A Bayesian approach to digital matting, CVPR 2001,
with one color on each side).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import srgb
from render.pipeline.contract import Float

Mask = NDArray[np.bool_]

SURE = 0.97
"""Coverage from which a pixel's color is the person's alone; below the rest of it, the background's alone."""

NEAR, FAR = 0.06, 0.5
"""IPD: how far away the colors of either side are looked for, where there are any so near, and at most."""

LEAST = 0.02
"""Share of the places near by that a color is known from."""

NOISE = 0.012
"""Spread of one plain color in a photograph, square roots of linear light."""

DRAWN, EDGE = 0.008, 0.30
"""Standard deviation of a network's coverage: where it is sure, and the more where it is half."""

LEAST_ERROR = 0.06
"""Standard deviation of the coverage that colors tell, at least: hair is not of one color."""

NOTHING = 0.002
"""Coverage so near to none, or to all, that nothing is to be told."""

SCRAPS = 0.1
"""Share of a place on the colors' grid that may be foreign for it to show the person's color."""

ROW = 4096
"""Positions that are looked up in one row."""

AFLOAT = 0.08
"""Coverage by which pieces hang together."""

FAINTEST = 0.015
"""Coverage below which there is nothing."""


SIDES_IPD = 72.0
"""Inter-pupil distance, px, of the grid on which the colors of both sides are found: they are smooth."""


def unmixed(
    pixels: Float, matte: Float, ipd: float, foreign: tuple[Mask, Mask]
) -> tuple[Float, Float, Float]:
    """A better matte, and the colors of both sides beside each place.

    Parameters
    ----------
    pixels : (H, W, 3) linear
    matte : (H, W)
        Coverage as it is believed.
    ipd : float
        Inter-pupil distance, px.
    foreign : pair of (H, W) bool
        Where the matte's word counts for no more than that of an edge, and where the background alone is
        seen (`foreign.foreign`).

    Returns
    -------
    matte : (H, W)
    person : (H, W, 3) linear
        Of what is wholly covered near by.
    behind : (H, W)
        Luminance of what is not covered near by.
    """
    height, width = matte.shape
    scale = min(1.0, SIDES_IPD / ipd)
    size = (round(width * scale), round(height * scale))
    root = np.sqrt(np.maximum(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), 0))
    small = cv2.resize(matte, size, interpolation=cv2.INTER_AREA)
    within, surely = foreign
    scraps = cv2.resize(within.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    person, spread = _around(root, ((small > SURE) & (scraps < SCRAPS)).astype(np.float32), ipd * scale)
    behind, other = _around(*_also(root, (small < 1 - SURE).astype(np.float32), pixels, surely), ipd * scale)
    edge = ((matte > NOTHING) & (matte < 1 - NOTHING)) | (within & (matte > NOTHING))
    sides = [_at(field, edge) for field in (person, spread, behind, other)]
    found = matte.copy()
    found[edge] = _weighed(pixels[edge], matte[edge], within[edge], *sides)
    found = _in_one_piece(np.where(found < FAINTEST, np.float32(0), found))
    color, light = (
        cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
        for field in (person * person, srgb.luminance(behind * behind))
    )
    return found, np.asarray(color, np.float32), np.asarray(light, np.float32)


def _also(root: Float, where: Float, pixels: Float, seen: Mask) -> tuple[Float, Float]:
    """Colors (h, w, 3) and their weights (h, w), to which those of ``seen`` (H, W) are added."""
    if not seen.any():
        return root, where
    size = where.shape[::-1]
    share = cv2.resize(seen.astype(np.float32), size, interpolation=cv2.INTER_AREA)[..., None]
    light = cv2.resize(np.where(seen[..., None], pixels, np.float32(0)), size, interpolation=cv2.INTER_AREA)
    inside = np.sqrt(np.maximum(light / np.maximum(share, np.float32(1e-6)), 0))
    total = where[..., None] + share
    mixed = (where[..., None] * root + share * inside) / np.maximum(total, np.float32(1e-6))
    return np.where(share > 0, mixed, root), np.minimum(total[..., 0], 1)


def _at(field: Float, edge: NDArray[np.bool_]) -> Float:
    """``field`` (h, w, 3) at the places of ``edge`` (H, W) on a finer grid, (n, 3)."""
    rows, columns = np.nonzero(edge)
    full = -(-len(rows) // ROW) * ROW
    places = np.zeros((2, full), np.float32)  # cv2.remap takes a picture of positions, not a list
    for axis, index in enumerate((columns, rows)):
        ratio = field.shape[1 - axis] / edge.shape[1 - axis]
        places[axis, : len(rows)] = (index + 0.5) * ratio - 0.5
    x, y = places.reshape(2, -1, ROW)
    seen = cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen.reshape(-1, 3)[: len(rows)], np.float32)


def _weighed(
    pixels: Float,
    matte: Float,
    foreign: NDArray[np.bool_],
    person: Float,
    spread: Float,
    behind: Float,
    other: Float,
) -> Float:
    """The coverage (n,) that network and colors make likeliest; colors are roots, (n, 3)."""
    back = behind**2
    apart = person**2 - back
    square = np.maximum((apart**2).sum(axis=-1), np.float32(1e-9))
    own = np.clip(((pixels - back) * apart).sum(axis=-1) / square, 0, 1)
    # An error e of a root r is 2 r e of the light; along the line between both colors it moves the coverage.
    noise = np.float32(NOISE**2)
    error = (2 * person * matte[:, None]) ** 2 * (spread + noise)
    error += (2 * behind * (1 - matte[:, None])) ** 2 * (other + noise)
    data = (error * apart**2).sum(axis=-1) / square**2 + np.float32(LEAST_ERROR**2)
    prior = np.where(foreign, np.float32(EDGE), DRAWN + 4 * EDGE * matte * (1 - matte)) ** 2
    return np.asarray(matte + (own - matte) * prior / (prior + data), np.float32)


def _in_one_piece(matte: Float) -> Float:
    """``matte`` without what floats beside the person: a hair hangs together with the head."""
    seen = (matte > AFLOAT).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(seen)
    if count < 3:
        return matte
    body = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    other = cv2.dilate(((labels != body) & (seen > 0)).astype(np.uint8), np.ones((5, 5), np.uint8))
    return np.where((other > 0) & (labels != body), np.float32(0), matte)


def _around(root: Float, where: Float, ipd: float) -> tuple[Float, Float]:
    """Mean and variance of the colors ``where`` (h, w) says, near each place, (h, w, 3) each."""
    mean, variance = np.zeros_like(root), np.zeros_like(root)
    known = np.zeros_like(where)
    chosen = root * where[..., None]
    sigma = NEAR
    while sigma <= FAR:
        amount = cv2.GaussianBlur(where, (0, 0), sigma * ipd)
        total = np.maximum(amount, np.float32(1e-6))[..., None]
        first = cv2.GaussianBlur(chosen, (0, 0), sigma * ipd) / total
        second = cv2.GaussianBlur(chosen * root, (0, 0), sigma * ipd) / total
        new = (np.clip(amount / LEAST, 0, 1) * (1 - known))[..., None]
        mean += new * first
        variance += new * np.maximum(second - first**2, 0)
        known += new[..., 0]
        sigma *= 2
    return mean, variance + (1 - known)[..., None]
