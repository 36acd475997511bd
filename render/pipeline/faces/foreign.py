"""What every network takes for the sitter although its color is the background's and nowhere the sitter's.

A flag between strands of hair is inside the outline that all of them draw, and it stays in the portrait as a
scrap. Its colors tell: they are common behind the sitter and absent deep within. Only where the sitter is of
one color near by, as hair is: among the stripes of a turban any color may be the sitter's.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from render.pipeline.color import lab
from render.pipeline.contract import Float

from .color_models import signed_distance

Mask = NDArray[np.bool_]

SAMPLES_IPD = 96.0
"""Inter-pupil distance, px, of the grid that the palettes are counted on."""

DEEP, RIM, AROUND = 0.22, 0.06, 1.0
"""IPD from the outline: so deep all is the sitter's; from ``RIM`` to ``AROUND`` outside, nothing is."""

BAND = (-0.05, 0.40)
"""IPD from the outline, positive within, in which scraps are looked for."""

LIGHTNESS, CHROMA = 5.0, 7.0
"""Width of the bins of a palette, CIELAB."""

SHAPE = (22, 28, 28)
SPREAD = 0.7
"""Standard deviation of a sample among the bins."""

ABSENT = 3e-4
"""Share of the sitter's palette up to which a color is not the sitter's."""

TIMES = 60.0
"""How much commoner than in the sitter's palette a color is that is surely the background's."""

SURE = 0.02
"""Share of a scrap that is surely the background's: the rest is a mixture of both sides."""

UNSEEN = 1e-5

NEAR, ONE_COLOR = 0.25, 0.18
"""IPD in which the sitter's colors are compared, and the spread of their roots up to which they are one."""

MIXED = 0.025
"""IPD around a scrap in which a pixel is a mixture of both sides."""

LEAST_CHROMA = 20.0
"""Of a color that is surely the background's: pale ones are on every rim that the light grazes."""

_STEPS = np.indices(SHAPE).reshape(3, -1)[1:] + 0.5 - np.array(SHAPE[1:])[:, None] / 2
COLORED: Mask = np.hypot(*(CHROMA * _STEPS)) > LEAST_CHROMA
"""Which bins of a palette have that chroma."""


def foreign(pixels: Float, matte: Float, ipd: float) -> tuple[Mask, Mask]:
    """Places within the outline whose color is the background's alone, and those that hang with them.

    Two palettes are compared, of what lies deep within the sitter and of what lies around: histograms in
    CIELAB. A shirt, lips or an earring of a color that the sitter has elsewhere is never foreign.

    Parameters
    ----------
    pixels : (H, W, 3) linear
    matte : (H, W)
    ipd : float
        Inter-pupil distance, px.

    Returns
    -------
    foreign : (H, W) bool
    surely : (H, W) bool
        Those of them that show the background and nothing else.
    """
    height, width = matte.shape
    scale = min(1.0, SAMPLES_IPD / ipd)
    size = (round(width * scale), round(height * scale))
    small = cv2.resize(matte, size, interpolation=cv2.INTER_AREA)
    depth = signed_distance(small > 0.5) / np.float32(ipd * scale)
    colors = _bins(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    own = _palette(colors[(depth > DEEP) & (small > 0.97)])
    behind = _palette(colors[(depth < -RIM) & (depth > -AROUND) & (small < 0.03)])
    found = np.zeros(matte.shape, np.bool_)
    if own is None or behind is None:
        return found, found
    near = cv2.resize(depth, (width, height), interpolation=cv2.INTER_LINEAR)
    band = (near > BAND[0]) & (near < BAND[1])
    plain = _plain(
        cv2.resize(pixels, size, interpolation=cv2.INTER_AREA),
        (depth > 2 * RIM) & (small > 0.97),
        ipd * scale,
    )
    band &= cv2.resize(plain.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    seen = _bins(pixels[band])
    absent = own[seen] < ABSENT
    found[band] = absent
    surely = np.zeros(matte.shape, np.bool_)
    surely[band] = absent & COLORED[seen] & (behind[seen] > TIMES * (own[seen] + UNSEEN))
    count, labels = cv2.connectedComponents(found.astype(np.uint8))
    area = np.bincount(labels.ravel(), minlength=count)
    sure = np.bincount(labels[surely], minlength=count)
    scraps = sure > SURE * area
    scraps[0] = False
    within = scraps[labels]
    reach = 2 * max(1, round(MIXED * ipd)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    wide = cv2.dilate(within.astype(np.uint8), kernel) > 0
    return wide & (band | within), surely & within


def _plain(picture: Float, within: Mask, ipd: float) -> Mask:
    """Where the colors near by of what lies ``within`` are one, (h, w)."""
    root = np.sqrt(np.maximum(picture, 0))
    weight = within.astype(np.float32)
    amount = np.maximum(cv2.GaussianBlur(weight, (0, 0), NEAR * ipd), np.float32(1e-4))[..., None]
    mean = cv2.GaussianBlur(root * weight[..., None], (0, 0), NEAR * ipd) / amount
    square = cv2.GaussianBlur(root * root * weight[..., None], (0, 0), NEAR * ipd) / amount
    spread = np.sqrt(np.maximum(square - mean**2, 0)).max(axis=-1)
    return np.asarray(spread < ONE_COLOR)


def _bins(linear: Float) -> NDArray[np.intp]:
    """Number of the bin of each color, (...)."""
    values = lab.from_linear(np.maximum(linear, 0))
    steps = (values + [0, CHROMA * SHAPE[1] / 2, CHROMA * SHAPE[2] / 2]) / [LIGHTNESS, CHROMA, CHROMA]
    at = np.clip(steps, 0, np.array(SHAPE) - 1).astype(np.intp)
    return np.asarray((at[..., 0] * SHAPE[1] + at[..., 1]) * SHAPE[2] + at[..., 2])


def _palette(bins: NDArray[np.intp]) -> NDArray[np.float64] | None:
    """Share of each bin, smoothed; None of nothing."""
    if not bins.size:
        return None
    counts = np.bincount(bins, minlength=int(np.prod(SHAPE))).reshape(SHAPE).astype(np.float64)
    spread = ndimage.gaussian_filter(counts, SPREAD)
    return np.asarray(spread.ravel() / max(spread.sum(), 1e-9))
