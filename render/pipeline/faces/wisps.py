"""Single hairs that stand off the head before a quiet background, which no network draws.

A hair is thinner than anything that a background out of focus shows: what stands out of its surroundings in
lines, toward the person's lightness, and hangs together with the head, is hair. Where such lines are common,
as in leaves, none is taken.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import srgb
from render.pipeline.contract import Float

THIN = 0.03
"""IPD: a hair is thinner."""

REACH = 0.4
"""IPD from the outline that hairs are looked for in."""

ENDS = 0.9
"""Share of the reach within which a hair ends."""

NEAR = 0.2
"""IPD (one sigma) that the person's lightness and the commonness of lines are averaged over."""

RARE = 8.0
"""How much clearer than the lines around it one has to be."""

CONTRAST = 0.15
"""Of the person to what is behind, in roots of linear light: with less, noise looks like hairs."""

SEEN = (0.10, 0.30)
"""Coverage of a line from which it is a hair, and from which surely."""

GAP = 5
"""Pixels, odd: pieces of a hair that are so near hang together."""

LONG = 0.15
"""IPD: a shorter piece is no hair."""

AVERAGED_IPD = 48.0
"""Inter-pupil distance, px, of the grid that averages are taken on."""

NOWHERE = np.float32(1e-4)
"""Weight that is as good as none."""


def with_wisps(pixels: Float, matte: Float, ipd: float) -> Float:
    """``matte`` with the hairs that stand off it.

    Parameters
    ----------
    pixels : (H, W, 3) linear
    matte : (H, W)
        Coverage as it is known, 0..1.
    ipd : float
        Inter-pupil distance, px.

    Returns
    -------
    (H, W)
        Nowhere less than ``matte``.
    """
    rows, columns = around(matte, REACH * ipd)
    part, known = pixels[rows, columns], matte[rows, columns]
    light = np.sqrt(np.maximum(srgb.luminance(part), 0)).astype(np.float32)
    person, behind = (mean_near(light, where, ipd) for where in (known > 0.97, known < 0.03))
    apart = person - behind
    side = 2 * max(1, round(THIN * ipd / 2)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    fine = cv2.GaussianBlur(light, (0, 0), 0.6)
    lines = np.where(
        apart > 0,
        cv2.morphologyEx(fine, cv2.MORPH_TOPHAT, kernel),
        cv2.morphologyEx(fine, cv2.MORPH_BLACKHAT, kernel),
    )
    common = mean_near(lines, known < 0.03, ipd)
    share = np.where(np.abs(apart) > CONTRAST, lines / np.maximum(np.abs(apart), CONTRAST), np.float32(0))
    clear = np.clip(2 * lines / np.maximum(RARE * common, np.float32(1e-4)) - 1, 0, 1)
    drawn = np.clip((share * clear - SEEN[0]) / (SEEN[1] - SEEN[0]), 0, 1) * np.clip(share, 0, 1)
    away = cv2.distanceTransform((known < 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    away /= np.float32(REACH * ipd)
    hairs = attached(drawn > SEEN[0], known > 0.3, away, GAP, LONG * ipd)
    hairs = np.where(hairs, drawn, np.float32(0))
    hairs *= np.clip(2 - 2 * away, 0, 1)
    result = matte.copy()
    result[rows, columns] = np.maximum(known, hairs)
    return result


def around(matte: Float, reach: float) -> tuple[slice, slice]:
    """Rows and columns of the person in ``matte`` (H, W), with ``reach`` px around."""
    found = []
    for axis in (1, 0):
        at = np.flatnonzero((matte > 0.5).any(axis=axis))
        first, last = (int(at[0]), int(at[-1])) if len(at) else (0, 0)
        found.append(slice(max(0, int(first - reach)), int(last + reach) + 1))
    return found[0], found[1]


def mean_near(field: Float, where: NDArray[np.bool_], ipd: float, *, none: float = 0.0) -> Float:
    """Mean of ``field`` (h, w) ``where`` (h, w) it counts, near each place; ``none`` where it counts nowhere
    near. ``ipd`` is the inter-pupil distance, px."""
    height, width = field.shape
    scale = min(1.0, AVERAGED_IPD / ipd)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    weight = where.astype(np.float32)
    total, amount = (
        cv2.GaussianBlur(cv2.resize(one, size, interpolation=cv2.INTER_AREA), (0, 0), NEAR * ipd * scale)
        for one in (field * weight, weight)
    )
    mean = np.where(amount > NOWHERE, total / np.maximum(amount, NOWHERE), np.float32(none))
    return np.asarray(
        cv2.resize(mean.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR), np.float32
    )


def attached(
    thing: NDArray[np.bool_], person: NDArray[np.bool_], away: Float, gap: int, length: float = 0.0
) -> NDArray[np.bool_]:
    """Which pieces of a ``thing`` (h, w) hang together with the ``person`` (h, w) and end near by.

    Parameters
    ----------
    thing, person : (h, w) bool
    away : (h, w)
        From the person, in reaches: what comes to `ENDS` of one runs on, like the seam of a wall.
    gap : int
        Pixels, odd: pieces that are so near hang together.
    length : float
        Pixels: shorter ones are left out.
    """
    joined = cv2.dilate(thing.astype(np.uint8), np.ones((gap, gap), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    touching = np.zeros(count, np.bool_)
    touching[labels[person & (joined > 0)]] = True
    touching &= np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) > length
    touching[labels[(away > ENDS) & (joined > 0)]] = False
    touching[0] = False
    return touching[labels]
