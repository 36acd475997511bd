"""Coverage and color of half-covered pixels, from the colors on both sides of them.

A pixel of an edge shows a F + (1 - a) B, F the person's color and B the background's. Where both sides are
plain near by, F and B are known, and a follows from the pixel itself, at the photograph's own resolution,
more exactly than any network draws it; where they are not, or are alike, the network's word stands. Bayes's
rule weighs the two (Chuang, Curless, Salesin & Szeliski, A Bayesian approach to digital matting, CVPR 2001,
with one color on each side).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import srgb
from render.pipeline.contract import Float

from .foreign import Foreign

Mask = NDArray[np.bool_]

Color = tuple[Float, Float, Float]
"""The root of a color and its variance, (..., 3) each, and its share of the person near by, (...)."""

SURE = 0.97
"""Coverage from which a pixel's color is the person's alone; below the rest of it, the background's alone."""

NEAR, FAR = 0.06, 0.5
"""IPD: how far away the colors of either side are looked for, where there are any so near, and at most."""

TOGETHER = 0.25
"""IPD: of what lies so near together, the darker and the lighter are told apart."""

BESIDE, RAREST = 0.08, 0.01
"""IPD (one sigma) in which the amounts of the darker and of the lighter are compared, and the least share of
one: a curl's rim before white is gray, as dark skin is, but the cheek is far."""

NONE = 0.5
"""Variance from which no color was found."""

LEAST = 0.02
"""Share of the places near by that a color is known from."""

NOISE = 0.012
"""Spread of one plain color in a photograph, square roots of linear light."""

DRAWN, EDGE = 0.008, 0.30
"""Standard deviation of a network's coverage: where it is sure, and the more where it is half."""

LEAST_ERROR = 0.06
"""Standard deviation of the coverage that colors tell, at least: hair is not of one color."""

OFF = 2.0
"""Standard deviations off the line between both sides from which a pixel is rather no mixture of them."""

SMOOTH, HAZE = 0.03, (0.08, 0.14)
"""IPD: the outline is read so smooth, and is haze where it is so wide: a lens draws it narrower, but a
network that is not sure of hair lets it fade."""

FIRM = (0.25, 0.75)
"""Coverage that is none, and all, where it is haze and colors tell nothing: before a light backdrop it would
be smoke."""

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

COARSE = 4.0
"""Least sigma that `_blur` leaves on the coarser grid, in its pixels."""

SIDES_IPD = 72.0
"""Inter-pupil distance, px, of the grid on which the colors of both sides are found: they are smooth."""


@dataclass(frozen=True)
class Unmixed:
    """What half-covered pixels are made of.

    Attributes
    ----------
    matte : (H, W)
        Coverage.
    person : (H, W, 3) linear
        Of what is wholly covered near by: at an edge, that of the person's two colors which explains the
        pixel.
    behind : (H, W)
        Luminance of what is not covered near by.
    apart : (H, W)
        0..1: how surely the pixel is no mixture of the colors on both sides, but a thing of its own color.
    """

    matte: Float
    person: Float
    behind: Float
    apart: Float


def unmixed(pixels: Float, matte: Float, ipd: float, foreign: Foreign) -> Unmixed:
    """A better matte, and the colors of both sides beside each place.

    Parameters
    ----------
    pixels : (H, W, 3) linear
    matte : (H, W)
        Coverage as it is believed.
    ipd : float
        Inter-pupil distance, px.
    foreign : Foreign
        Where the matte's word counts for no more than that of an edge.
    """
    height, width = matte.shape
    scale = min(1.0, SIDES_IPD / ipd)
    size = (round(width * scale), round(height * scale))
    root = np.sqrt(np.maximum(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), 0))
    small = cv2.resize(matte, size, interpolation=cv2.INTER_AREA)
    within = foreign.mixed
    scraps = cv2.resize(foreign.scraps.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    sure = ((small > SURE) & (scraps < SCRAPS)).astype(np.float32)
    person, spread = _around(root, sure, ipd * scale)
    outside = _also(root, (small < 1 - SURE).astype(np.float32), pixels, foreign.surely)
    behind, other = _around(*outside, ipd * scale)
    edge = ((matte > NOTHING) & (matte < 1 - NOTHING)) | (within & (matte > NOTHING))
    seen = _Edge(
        pixels[edge],
        matte[edge],
        within[edge],
        _at(behind, edge),
        _at(other, edge),
        _at(_haze(small, ipd * scale)[..., None], edge)[:, 0],
    )
    two = [
        (_at(color, edge), _at(varied, edge), _at(share[..., None], edge)[:, 0])
        for color, varied, share in _two(root, sure, (person, spread), ipd * scale)
    ]
    found, odd = matte.copy(), np.zeros_like(matte)
    color, light = (
        cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
        for field in (person * person, srgb.luminance(behind * behind))
    )
    found[edge], color[edge], odd[edge] = _likeliest(seen, two)
    found = _in_one_piece(np.where(found < FAINTEST, np.float32(0), found))
    return Unmixed(found, np.asarray(color, np.float32), np.asarray(light, np.float32), odd)


def _two(root: Float, sure: Float, person: tuple[Float, Float], ipd: float) -> list[Color]:
    """The darker and the lighter of the person's colors near each place, and their variances, (h, w, 3) each,
    with their shares of what is nearest, (h, w); ``person`` is mean and variance of both, which stand where
    there is but one.

    Beside an ear there are skin and hair, and their mean is neither.
    """
    light = srgb.luminance(root)
    amount = np.maximum(_blur(sure, TOGETHER * ipd), np.float32(1e-6))
    middle = _blur(light * sure, TOGETHER * ipd) / amount
    found = []
    sides = light < middle - NOISE, light > middle + NOISE
    beside = [_blur(sure * side, BESIDE * ipd) + np.float32(1e-4) for side in sides]
    for side, amount in zip(sides, beside, strict=True):
        mean, variance = _around(root, sure * side, ipd)
        known = (variance < NONE)[..., :1]
        share = np.maximum(amount / (beside[0] + beside[1]), RAREST)
        found.append((np.where(known, mean, person[0]), np.where(known, variance, person[1]), share))
    return found


def _haze(matte: Float, ipd: float) -> Float:
    """How far the edge of ``matte`` (h, w) is from one that a lens draws, 0..1: a network that does not know
    where hair ends lets it fade."""
    smooth = cv2.GaussianBlur(matte, (0, 0), SMOOTH * ipd)
    slope = np.hypot(cv2.Sobel(smooth, -1, 1, 0, scale=1 / 8), cv2.Sobel(smooth, -1, 0, 1, scale=1 / 8))
    width = 4 * smooth * (1 - smooth) / np.maximum(slope * ipd, np.float32(1e-3))
    return np.asarray(np.clip((width - HAZE[0]) / (HAZE[1] - HAZE[0]), 0, 1), np.float32)


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
    """``field`` (h, w, c) at the places of ``edge`` (H, W) on a finer grid, (n, c)."""
    rows, columns = np.nonzero(edge)
    full = -(-len(rows) // ROW) * ROW
    places = np.zeros((2, full), np.float32)  # cv2.remap takes a picture of positions, not a list
    for axis, index in enumerate((columns, rows)):
        ratio = field.shape[1 - axis] / edge.shape[1 - axis]
        places[axis, : len(rows)] = (index + 0.5) * ratio - 0.5
    x, y = places.reshape(2, -1, ROW)
    seen = cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen.reshape(full, -1)[: len(rows)], np.float32)


@dataclass(frozen=True)
class _Edge:
    """Pixels of the edge, (n, 3), what is believed of their coverage, (n,), whether that counts for little,
    the root of the background's color and its variance, (n, 3), and how hazy the coverage is, (n,)."""

    pixels: Float
    matte: Float
    foreign: Mask
    behind: Float
    other: Float
    haze: Float


@dataclass(frozen=True)
class _Reading:
    """One explanation of each pixel: its coverage (n,), the root of the person's color (n, 3), how far the
    pixel lies off it, in what is usual (n,), and how little all that is known speaks for it (n,)."""

    matte: Float
    person: Float
    off: Float
    cost: Float


def _likeliest(edge: _Edge, two: list[Color]) -> tuple[Float, Float, Float]:
    """Coverage (n,), the person's linear color (n, 3), and how surely each pixel is no mixture, (n,).

    Each of the person's colors before the background, and both before one that is alike, count by how well
    they explain the pixel, and each color by how much of it is near.
    """
    firm = np.clip((edge.matte - FIRM[0]) / (FIRM[1] - FIRM[0]), 0, 1)
    firm = edge.matte + edge.haze * (firm * firm * (3 - 2 * firm) - edge.matte)
    known = DRAWN + 4 * EDGE * edge.matte * (1 - edge.matte)
    prior = np.asarray(np.where(edge.foreign, EDGE, known) ** 2, np.float32)
    mixed = [_before(edge, person, spread, firm, prior) for person, spread, _ in two]
    read = [*mixed, _alike(edge, two, firm)]
    costs = np.stack([one.cost for one in read])
    costs[:2] -= 2 * np.log([2 * share for *_, share in two])
    weights = np.exp((costs.min(axis=0) - costs) / 2)
    weights /= weights.sum(axis=0)
    matte = sum(weight * one.matte for weight, one in zip(weights, read, strict=True))
    color = sum(weight[:, None] * one.person**2 for weight, one in zip(weights, read, strict=True))
    off = np.clip((np.min([one.off for one in mixed], axis=0) - 1) / 2, 0, 1)
    return np.asarray(matte, np.float32), np.asarray(color, np.float32), np.asarray(off, np.float32)


def _before(edge: _Edge, person: Float, spread: Float, firm: Float, prior: Float) -> _Reading:
    """A color of the person, a root (n, 3) of that variance, before the background: the coverage that the
    network (``firm``, of variance ``prior``) and colors make likeliest."""
    matte, back = edge.matte, edge.behind**2
    apart = person**2 - back
    square = np.maximum((apart**2).sum(axis=-1), np.float32(1e-9))
    own = np.clip(((edge.pixels - back) * apart).sum(axis=-1) / square, 0, 1)
    root = np.sqrt(np.maximum(edge.pixels, 0))
    off, _ = _away(root, back + own[:, None] * apart, own, spread, edge.other)
    off /= np.float32(OFF**2)
    # An error e of a root r is 2 r e + e^2 of the light; along the line it moves the coverage.
    noise = np.float32(NOISE**2)
    error = matte[:, None] ** 2 * _of_square(person, spread + noise)
    error += (1 - matte[:, None]) ** 2 * _of_square(edge.behind, edge.other + noise)
    data = (error * apart**2).sum(axis=-1) / square**2 + np.float32(LEAST_ERROR**2)
    data *= 1 + off  # of what is no mixture, the line tells nothing
    found = firm + (own - firm) * prior / (prior + data)
    far, width = _away(root, back + found[:, None] * apart, found, spread, edge.other)
    return _Reading(found, person, np.sqrt(off), far * 3 + width + (found - firm) ** 2 / prior)


def _alike(edge: _Edge, two: list[Color], firm: Float) -> _Reading:
    """The person's colors and those between both, where the background's are among them, too: hair that
    shines before a brown wall. The pixel tells nothing then, and the network's word stands."""
    person, far, width = _among(np.sqrt(np.maximum(edge.pixels, 0)), two)
    _, wall, _ = _among(edge.behind, two)
    return _Reading(firm, person, np.sqrt(far) / OFF, 3 * (far + wall) + width)


def _among(root: Float, two: list[Color]) -> tuple[Float, Float, Float]:
    """The nearest roots (n, 3) on the line between both colors, and the distances to them, as `_away`."""
    (darker, first, _), (lighter, second, _) = two
    apart = lighter - darker
    square = np.maximum((apart**2).sum(axis=-1), np.float32(1e-9))
    share = np.clip(((root - darker) * apart).sum(axis=-1) / square, 0, 1)
    person = darker + share[:, None] * apart
    return person, *_away(root, person**2, share, second, first)


def _of_square(mean: Float, variance: Float) -> Float:
    """Variance of the square of what has this mean and variance."""
    return np.asarray(4 * mean**2 * variance + 2 * variance**2, np.float32)


def _away(root: Float, mixed: Float, share: Float, one: Float, other: Float) -> tuple[Float, Float]:
    """Mean squared distance (n,) of roots (n, 3) from the mixed light (n, 3) of two colors with these
    variances, (n, 3), in its own variances; and the sum of their logarithms (n,)."""
    variance = NOISE**2 + share[:, None] * one + (1 - share[:, None]) * other
    away = (root - np.sqrt(np.maximum(mixed, 0))) ** 2 / variance
    return np.asarray(away.mean(axis=-1), np.float32), np.asarray(np.log(variance).sum(axis=-1), np.float32)


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
        amount = _blur(where, sigma * ipd)
        total = np.maximum(amount, np.float32(1e-6))[..., None]
        first = _blur(chosen, sigma * ipd) / total
        second = _blur(chosen * root, sigma * ipd) / total
        new = (np.clip(amount / LEAST, 0, 1) * (1 - known))[..., None]
        mean += new * first
        variance += new * np.maximum(second - first**2, 0)
        known += new[..., 0]
        sigma *= 2
    return mean, variance + (1 - known)[..., None]


def _blur(field: Float, sigma: float) -> Float:
    """``field`` (h, w) or (h, w, c) under a Gaussian; a wide one on a coarser grid, where it costs little."""
    shrink = int(sigma / COARSE)
    if shrink < 2:
        return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma), np.float32)
    height, width = field.shape[:2]
    size = max(1, width // shrink), max(1, height // shrink)
    small = cv2.GaussianBlur(cv2.resize(field, size, interpolation=cv2.INTER_AREA), (0, 0), sigma / shrink)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
