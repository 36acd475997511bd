"""What every network takes for the sitter although its hue is the background's and nowhere the sitter's.

A flag between strands of hair is inside the outline that all of them draw, and it stays in the portrait as a
scrap. Its hue tells, also where hair half covers it: it is common behind the sitter and absent deep within.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from render.pipeline.color import srgb
from render.pipeline.contract import Float

from .color_models import signed_distance

Mask = NDArray[np.bool_]

SAMPLES_IPD = 96.0
"""Inter-pupil distance, px, of the grid that the palettes are counted on."""

DEEP, RIM, AROUND = 0.22, 0.06, 1.0
"""IPD from the outline: so deep all is the sitter's; from ``RIM`` to ``AROUND`` outside, nothing is."""

BAND = (-0.05, 0.40)
"""IPD from the outline, positive within, in which scraps are looked for."""

STEP, HUES = 0.25, 20
"""Width of the bins of a palette, stops of red and of blue over green, and their number to either side of
gray."""

DARK, CALM = 0.006, 0.01
"""Linear light that is added before hues are compared: what is darker has none; and how far, IPD, noise is
averaged over."""

SPREAD = 0.7
"""Standard deviation of a sample among the bins."""

ABSENT = 1e-3
"""Share of the sitter's palette up to which a hue is not the sitter's."""

TIMES = 30.0
"""How much commoner than in the sitter's palette a hue is that is surely the background's."""

SURE = 0.02
"""Share of a scrap that is surely the background's: the rest is a mixture of both sides."""

BARE = 0.5
"""Share of the background's usual lightness from which what is of its hue is not covered in part."""

UNSEEN = 1e-5
"""Share of a palette that tells nothing."""

BRIGHTER = 8.0
"""Linear light that nothing reaches: there nothing is foreign."""

COVERED = 0.5
"""Coverage from which a network takes what is foreign for the sitter, and may err around it, too."""

BESIDE, MIXED = 0.025, 0.06
"""IPD around what is foreign, and around what is covered of it, in which a pixel may be a mixture of both
sides."""

NEAR, FEW_COLORS = 0.25, 0.18
"""IPD in which the sitter's colors are compared, and the spread of their roots around the darker and the
lighter up to which they are two: among the folds of a turban any hue may be the sitter's. Chosen with a
look at the one turban that there is (person 13, otherwise kept for checking)."""

COARSER = 4
"""How much coarser the grid is on which they are: a wide blur costs little there."""

LEAST_CHROMA = 1.0
"""Stops from gray of a hue that is surely the background's: pale ones are on every rim that light grazes."""

_STEPS = np.indices((2 * HUES + 1,) * 2).reshape(2, -1) - HUES
COLORED: Mask = np.hypot(*(STEP * _STEPS)) > LEAST_CHROMA
"""Which bins of a palette are so far from gray."""


@dataclass(frozen=True)
class Foreign:
    """What is not of the sitter's hue, (H, W) bool each.

    Attributes
    ----------
    scraps
        Of a hue that is the background's and not the sitter's.
    mixed
        These, and what hangs with them: the matte's word counts for no more there than that of an edge.
    surely
        Those of the scraps that show the background and nothing else.
    """

    scraps: Mask
    mixed: Mask
    surely: Mask


def foreign(pixels: Float, matte: Float, on_face: Mask, ipd: float) -> Foreign:
    """Places within the outline whose hue is the background's alone, and those that hang with them.

    Two palettes are compared, of what lies deep within the sitter and of what lies around: histograms of
    red and blue over green, whatever the lightness, so that dark hair before a red cloth is of the cloth's
    hue. In the sitter's own, a sample counts by how much commoner its hue is within than around: lips, or a
    flag that shows deep within hair, do not make the flag the sitter's; a coat does. And only
    what is lighter than the sitter's darker color near by is a scrap: what is darker, such as a clip in fair
    hair, is no mixture of both sides, or is taken for a shadow.

    Parameters
    ----------
    pixels : (H, W, 3) linear
    matte : (H, W)
        Coverage, 0..1.
    on_face : (H, W) bool
        Where nothing is foreign.
    ipd : float
        Inter-pupil distance, px.
    """
    height, width = matte.shape
    scale = min(1.0, SAMPLES_IPD / ipd)
    size = (round(width * scale), round(height * scale))
    small = cv2.resize(matte, size, interpolation=cv2.INTER_AREA)
    depth = signed_distance(small > 0.5) / np.float32(ipd * scale)
    samples = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    colors = _bins(samples)
    within = colors[(depth > DEEP) & (small > 0.97)]
    beyond = (depth < -RIM) & (depth > -AROUND) & (small < 0.03)
    around = colors[beyond]
    nowhere = np.zeros(matte.shape, np.bool_)
    if not (within.size and around.size):
        return Foreign(nowhere, nowhere, nowhere)
    own, behind = _palette(within), _palette(around)
    outside = _lightness(around, srgb.luminance(samples[beyond]))
    own = _palette(within, own[within] / (own[within] + behind[within]))
    known = (depth > 2 * RIM) & (small > 0.97) & (own[colors] > ABSENT)
    few, darker = _darker(np.sqrt(np.maximum(samples, 0)), known, ipd * scale)
    near, least = (
        cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
        for field in (depth, np.where(few, darker**2, BRIGHTER).astype(np.float32))
    )
    calm = cv2.blur(pixels, (2 * max(1, round(CALM * ipd)) + 1,) * 2)
    light = srgb.luminance(calm)
    band = (near > BAND[0]) & (near < BAND[1]) & ~on_face & (light > least)
    seen = _bins(calm[band])
    found, seeds, bare = nowhere.copy(), nowhere.copy(), nowhere.copy()
    absent = own[seen] < ABSENT
    found[band] = absent
    seeds[band] = absent & COLORED[seen] & (behind[seen] > TIMES * (own[seen] + UNSEEN))
    bare[band] = srgb.luminance(pixels[band]) > BARE * outside[seen]
    scraps = _with_seeds(found, seeds)
    taken = _grown(scraps, BESIDE * ipd) | _grown(scraps & (matte > COVERED), MIXED * ipd)
    return Foreign(scraps, taken & (band | scraps), seeds & bare & scraps)


def _darker(root: Float, within: Mask, ipd: float) -> tuple[Mask, Float]:
    """Where what lies ``within`` (h, w) near by is of two colors at the most, of roots (h, w, 3), and the
    darker one's lightness, on a coarser grid, (h', w') both."""
    light = srgb.luminance(root)
    amount = _near(within.astype(np.float32), ipd)
    middle = cv2.resize(
        _near(light * within, ipd) / amount, light.shape[::-1], interpolation=cv2.INTER_LINEAR
    )
    spread, found = np.zeros_like(amount), []
    for side in (light < middle, light >= middle):
        weight = (within & side).astype(np.float32)
        whole = _near(weight, ipd)
        mean = _near(root * weight[..., None], ipd) / whole[..., None]
        square = _near(root * root * weight[..., None], ipd) / whole[..., None]
        spread += np.maximum(square - mean**2, 0).max(axis=-1) * whole / amount
        found.append(srgb.luminance(mean))
    return spread < FEW_COLORS**2, found[0]


def _near(field: Float, ipd: float) -> Float:
    """``field`` (h, w) or (h, w, 3), averaged near each place, on a grid that is coarser by `COARSER`."""
    size = tuple(-(-side // COARSER) for side in field.shape[1::-1])
    small = cv2.resize(field, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), NEAR * ipd / COARSER) + np.float32(1e-5))


def _with_seeds(found: Mask, seeds: Mask) -> Mask:
    """The pieces of ``found`` (H, W) of which enough is ``seeds`` (H, W)."""
    count, labels = cv2.connectedComponents(found.astype(np.uint8))
    area = np.bincount(labels.ravel(), minlength=count)
    pieces = np.bincount(labels[seeds], minlength=count) > SURE * area
    pieces[0] = False
    return np.asarray(pieces[labels])


def _grown(where: Mask, reach: float) -> Mask:
    """``where`` (H, W) and what lies within ``reach``, px, of it."""
    side = 2 * max(1, round(reach)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.dilate(where.astype(np.uint8), kernel) > 0


def _bins(linear: Float) -> NDArray[np.intp]:
    """Number of the bin of each color's hue, (...), from (..., 3)."""
    logs = np.log2(np.maximum(linear, 0) + np.float32(DARK))
    red, blue = (
        np.clip(np.rint((logs[..., side] - logs[..., 1]) / STEP), -HUES, HUES).astype(np.intp) + HUES
        for side in (0, 2)
    )
    return np.asarray(red * (2 * HUES + 1) + blue)


def _lightness(bins: NDArray[np.intp], light: Float) -> NDArray[np.float64]:
    """Mean of ``light`` (n,) in each bin, smoothed as a palette is."""
    return _spread(bins, light) / np.maximum(_spread(bins), 1e-9)


def _palette(bins: NDArray[np.intp], weights: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Share of each bin, smoothed."""
    spread = _spread(bins, weights)
    return np.asarray(spread / max(spread.sum(), 1e-9))


def _spread(
    bins: NDArray[np.intp], weights: NDArray[np.float64] | Float | None = None
) -> NDArray[np.float64]:
    """How many are in each bin, or the sum of their ``weights``, smoothed."""
    counts = np.bincount(bins, weights, minlength=(2 * HUES + 1) ** 2).astype(np.float64)
    return ndimage.gaussian_filter(counts.reshape(2 * HUES + 1, -1), SPREAD).ravel()
