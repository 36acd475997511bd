"""What a photograph shows at the sitter's outline and its layers do not: strands, earrings, rims of curls.

Matte, the person's color and the place out of focus, set together again, should be the photograph; what they
miss is kept in stops. Behind other backdrops it has no use. Before the photograph's own place it brings back
what was there: lines and small things that hang together with the person, anywhere, and before a calm place
the whole of the outline. What is as common farther out belongs to the place, and a busy place tells nothing.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import srgb
from render.pipeline.contract import Float

from .wisps import around, attached, mean_near

REACH, RING = 0.45, 1.35
"""IPD from the outline in which something may be the person's, and in which the place beyond tells what is
common in it."""

THIN = 0.1
"""IPD: what is brought back before any place is thinner."""

RARE = 3.0
"""How many times clearer than what is common in the place it has to be."""

BUSY = (0.12, 0.24)
"""Stops that what is thin in the place differs by, in the mean: from the first on lines tell less, from the
second on nothing."""

CALM, HEM = (0.015, 0.055), 0.15
"""Stops that the place's parts differ by where all of the outline is brought back, and none of it; and how
many IPD from the outline."""

VARIED = (0.035, 0.065)
"""The same of where all that is thin is brought back, and nothing: a place of many parts has edges that look
like hair, and end up as scraps at a shoulder or an ear."""

LIGHTER, DARKER, SLACK = 1.1, 0.8, (0.03, 0.05)
"""Times the lightest and the darkest of the person near by, roots of linear light, that what belongs to them
may be, and how much beyond that, and until where it counts less: a star of a flag is whiter than hair. Of
what is half covered it lies between person and place."""

BESIDE = 0.35
"""IPD: how near by that is."""

OUTSIDE, INSIDE = 0.3, (0.9, 1.0)
"""Coverage below which a thing must hang together with the person, and from which the person's own color is
right as it is."""

SEEN = 0.1
"""Of a clear line: with less it is none."""

GAP = 5
"""Pixels, odd: pieces that are so near hang together."""

DARK = 0.01
"""Linear light below which the photograph holds nothing but noise."""

FRAME = 0.1
"""IPD along the photograph's edges in which what is brought back fades: beyond, nothing is known."""

MOST = 4.0
"""Stops at the most."""


def residual(pixels: Float, matte: Float, color: Float, place: Float, ipd: float, push: float) -> Float:
    """Stops by which the photograph differs from its layers, where the difference is the person's.

    Parameters
    ----------
    pixels : (H, W, 3)
        The photograph, linear, with its background.
    matte : (H, W)
        The person's coverage, 0..1.
    color : (H, W, 3)
        The person's own color, linear.
    place : (h, w, 3)
        What is behind the person, out of focus, over the same rectangle (``location.behind``).
    ipd : float
        Inter-pupil distance, px.
    push : float
        What the photograph was brightened by.

    Returns
    -------
    (H, W, 3) float32
        Logarithm to base 2, 0 where nothing is missed.
    """
    result = np.zeros_like(pixels)
    rows, columns = around(matte, RING * ipd)
    size = matte.shape[::-1]
    behind = np.maximum(cv2.resize(place, size, interpolation=cv2.INTER_CUBIC), 0)[rows, columns]
    photograph, cover, own = pixels[rows, columns], matte[rows, columns], color[rows, columns]
    layers = behind + cover[..., None] * (own - behind)
    dark = np.float32(DARK * push)
    missed = np.log2((np.maximum(photograph, 0) + dark) / (np.maximum(layers, 0) + dark))
    away = cv2.distanceTransform((cover < 0.5).astype(np.uint8), cv2.DIST_L2, 5) / np.float32(ipd)

    thin, wide = _parted(missed, ipd)
    common, varied = _common(thin, wide, cover, away, ipd)
    share = _clear(thin, common) * _share(varied, VARIED) * _likely(photograph, own, behind, cover, ipd)
    share = _whole(np.where(_hangs(share, cover, away), share, np.float32(0)))
    hem = _share(varied, CALM) * np.clip(1 - away / np.float32(HEM), 0, 1)
    found = share[..., None] * thin + hem[..., None] * wide

    fade = np.clip(2 - 2 * away / np.float32(REACH), 0, 1)
    fade *= 1 - np.clip((cover - INSIDE[0]) / (INSIDE[1] - INSIDE[0]), 0, 1)
    result[rows, columns] = np.clip(found * fade[..., None], -MOST, MOST)
    return result * _within(matte.shape, round(FRAME * ipd))[..., None]


def _parted(missed: Float, ipd: float) -> tuple[Float, Float]:
    """What of ``missed`` (h, w, 3) is thinner than `THIN`, lighter or darker than its surroundings, and what
    is not, (h, w, 3) each."""
    side = 2 * max(1, round(THIN * ipd / 2)) + 1
    kernel = np.ones((side, side), np.uint8)
    smooth = cv2.GaussianBlur(missed, (0, 0), 0.6)
    light = cv2.morphologyEx(smooth, cv2.MORPH_TOPHAT, kernel)
    thin = light - cv2.morphologyEx(smooth, cv2.MORPH_BLACKHAT, kernel)
    return np.asarray(thin, np.float32), np.asarray(smooth - thin, np.float32)


def _common(thin: Float, wide: Float, cover: Float, away: Float, ipd: float) -> tuple[Float, Float]:
    """How much what is thin, and what is wide, differs beyond the reach, near each place, (h, w) each."""
    beyond = (cover < 0.02) & (away > REACH) & (away < RING)
    if not beyond.any():
        nothing = np.full_like(away, np.inf)
        return nothing, nothing
    thin, wide = (np.abs(one.mean(axis=2)) for one in (thin, wide))
    return mean_near(thin, beyond, ipd, none=BUSY[1]), mean_near(wide, beyond, ipd, none=CALM[1])


def _clear(thin: Float, common: Float) -> Float:
    """How surely something is more than what is ``common``, 0..1, (h, w)."""
    line = np.abs(cv2.GaussianBlur(thin.mean(axis=2), (0, 0), 0.7))
    usual = np.maximum(RARE * common, np.float32(1e-3))
    return np.asarray(_share(common, BUSY) * np.clip(line / usual - 1, 0, 1), np.float32)


def _share(busy: Float, between: tuple[float, float]) -> Float:
    """1 where a place is no busier than the first, 0 from the second on, (h, w)."""
    return np.asarray(1 - np.clip((busy - between[0]) / (between[1] - between[0]), 0, 1), np.float32)


def _likely(photograph: Float, own: Float, behind: Float, cover: Float, ipd: float) -> Float:
    """0..1, (h, w): whether something is about as light as the person is near by, or between that and what is
    ``behind``."""
    light, worn, beyond = (
        np.sqrt(np.maximum(srgb.luminance(np.maximum(one, 0)), 0)) for one in (photograph, own, behind)
    )
    height, width = cover.shape
    scale = min(1.0, 48.0 / ipd)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    sure = cv2.resize((cover > 0.95).astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    small = cv2.resize(worn, size, interpolation=cv2.INTER_AREA)
    reach = 2 * max(1, round(BESIDE * ipd * scale)) + 1
    near = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    lightest = cv2.dilate(np.where(sure, small, np.float32(0)), near)
    darkest = cv2.erode(np.where(sure, small, np.float32(2)), near)
    lightest, darkest = (
        cv2.resize(cv2.GaussianBlur(one, (0, 0), 5), (width, height), interpolation=cv2.INTER_LINEAR)
        for one in (lightest, darkest)
    )
    highest, lowest = np.maximum(LIGHTER * lightest, beyond), np.minimum(DARKER * darkest, beyond)
    above = np.clip((highest + SLACK[0] - light) / SLACK[1], 0, 1)
    below = np.clip((light - lowest) / SLACK[1] + 1, 0, 1)
    return np.asarray(above * below, np.float32)


def _hangs(share: Float, cover: Float, away: Float) -> NDArray[np.bool_]:
    """Where a thing hangs together with the person and ends within reach, (h, w)."""
    outside = cover < OUTSIDE
    return attached((share > SEEN) & outside, ~outside, away / np.float32(REACH), GAP) | ~outside


def _whole(share: Float) -> Float:
    """``share`` (h, w) with the rims of what is seen, where it is faint."""
    wide = cv2.GaussianBlur(cv2.dilate(share, np.ones((3, 3), np.uint8)), (0, 0), 0.8)
    return np.asarray(np.maximum(share, wide), np.float32)


def _within(shape: tuple[int, ...], border: int) -> Float:
    """1 within the photograph, falling to 0 at its upper edge and its sides, (H, W)."""
    height, width = shape
    rows, columns = np.arange(height, dtype=np.float32), np.arange(width, dtype=np.float32)
    sides = np.minimum(columns, columns[::-1])
    return np.asarray(
        np.clip(rows / max(border, 1), 0, 1)[:, None] * np.clip(sides / max(border, 1), 0, 1)[None],
        np.float32,
    )
