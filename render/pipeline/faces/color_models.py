"""Local color models of person and background: to which of the two a pixel of the rim belongs.

A segmentation network knows a person from a flag, but its outline wanders by several of its
coarse pixels. The photograph's colors know the outline, but not which side is the person. Here
they are put together: the network says what is surely person and surely not, and the colors found
there, near by, say on which side of the outline a pixel lies.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from render.pipeline.contract import Double, Float

OUTLINE = 0.05
"""Scale, IPD, on which the network's outline is trusted: so far inside, its odds are e to 1."""

RIM, INNER, OUTER = 0.06, 0.14, 0.12
"""Depths, IPD: samples of the person count from ``RIM`` and fully from ``INNER``, of the background
fully from ``OUTER`` outside."""

STRONGEST, OUTWARD, WEAKEST = 2.5, 2.0, 0.5
"""Log ratios of colors: the largest for the background; the largest for the person, where the network is
in doubt; and what is no evidence at all."""

CELL, MOST_CELLS = 0.35, 16
"""Spacing of the models, IPD, and the most of them along a side: in a wide picture they lie farther apart."""

NEAR_PERSON, NEAR_BACKGROUND = 0.4, 1.0
"""Reach of a sample, IPD: hair differs from cloth, but a flag's stripes come again."""

LIGHTNESS, CHROMA, SHAPE = 5.0, 7.0, (22, 17, 17)
"""Width of the color bins in CIELAB, and their number."""

REACH = 0.4
"""Reach of a sample among the colors, in bins."""

UNSEEN, DOUBT = 3e-5, 3.0
"""Density of a color that nobody has seen, so that two absent colors are not compared; and the
samples, in pixels, that a model must have before it is believed."""

OWN = 1e-3
"""Density from which a color is the person's own: there the background may have it too, and the network
decides."""

SAMPLES_SIDE = 320
"""Long side, px, of the picture that the models are learned from."""

SAME_COLOR = 0.08
"""Encoded difference up to which neighbors are one color, so that noise is no evidence."""


def log_odds(picture: Float, mask: Float, ipd: float) -> Float:
    """Log odds of "person" in every pixel, from the network's outline and the colors near it.

    log P(person)/P(background) = depth / (OUTLINE ipd) + log p(c | person, x) / p(c | background, x)

    with depth the signed distance to the network's outline and p(c | ., x) the density of the
    colors around x: histograms over place and CIELAB under an exponential kernel. They are learned
    twice, first from what the network is sure of, then from what the first odds say (as GrabCut
    does, Rother et al. 2004, but with models that follow the outline).

    Parameters
    ----------
    picture : (h, w, 3) sRGB-encoded 0..1
    mask : (h, w) the network's probability of "person"
    ipd : float
        Inter-pupil distance in px of ``picture``.

    Returns
    -------
    (h, w) float32
    """
    scale = min(1.0, SAMPLES_SIDE / max(mask.shape))
    size = (round(mask.shape[1] * scale), round(mask.shape[0] * scale))
    samples, sure = (cv2.resize(field, size, interpolation=cv2.INTER_AREA) for field in (picture, mask))
    step = ipd * scale
    cell = max(CELL, max(mask.shape) / (MOST_CELLS * ipd))
    where = _where(samples, np.ones(sure.shape, np.bool_), cell * step)
    depth = signed_distance(sure > 0.5) / step
    person = np.clip((depth - RIM) / (INNER - RIM), 0, 1) * sure
    background = np.clip(-depth / OUTER, 0, 1) * (1 - sure)
    first = _joined(samples, sure, _models(where, person, background, cell), step, cell * step)
    person, background = _logistic(4 * first - 2), _logistic(-4 * first)
    return _joined(picture, mask, _models(where, person, background, cell), ipd, cell * ipd)


def signed_distance(inside: NDArray[np.bool_]) -> Float:
    """Distance, px, to the outline of ``inside`` (h, w), positive within; the picture's edge is none."""
    person = inside.astype(np.uint8)
    within, without = (
        cv2.distanceTransform(np.pad(part, 1, mode="edge"), cv2.DIST_L2, 5)[1:-1, 1:-1]
        for part in (person, 1 - person)
    )
    return np.asarray(within - without, np.float32)


def _network(mask: Float, ipd: float) -> Float:
    """The network's log odds: by the depth under its outline, and no more than half again its own."""
    likely = np.clip(mask.astype(np.float64), 1e-6, 1 - 1e-6)
    own = 1.5 * np.abs(np.log(likely / (1 - likely)))
    return np.clip(signed_distance(mask > 0.5) / (OUTLINE * ipd), -own, own).astype(np.float32)


def _joined(picture: Float, mask: Float, models: tuple[Float, Float], ipd: float, cell: float) -> Float:
    """The network's odds and what the colors say, where the network's word is not final.

    Colors take out what is foreign to the person; what the person's own colors explain as well stays
    (a bald head before a beige wall), and nothing is added of which the network sees no sign.
    """
    network = _network(mask, ipd)
    chosen = np.abs(network) < 2 * STRONGEST
    if not chosen.any():
        return network
    where = _where(cv2.bilateralFilter(picture, -1, SAME_COLOR, 1.5), chosen, cell)
    person, background = (ndimage.map_coordinates(model, where, order=1, mode="nearest") for model in models)
    colors = np.log((person + UNSEEN) / (background + UNSEEN))
    own = person / (OWN + person) * np.maximum(2 * mask[chosen] - 1, 0)
    colors = np.where(colors < 0, np.maximum(colors, -STRONGEST) * (1 - own), colors)
    colors = np.sign(colors) * np.maximum(np.abs(colors) - WEAKEST, 0)
    network[chosen] += np.minimum(colors, OUTWARD * mask[chosen])
    return network


def _where(picture: Float, chosen: NDArray[np.bool_], cell: float) -> Double:
    """Place and color of the ``chosen`` pixels on the models' grid, (5, n)."""
    lab = cv2.cvtColor(picture[chosen][None], cv2.COLOR_RGB2LAB)[0]
    half = SHAPE[1] // 2
    chroma = np.clip(lab[:, 1:] / CHROMA, -half, half) + half
    return np.vstack([np.array(np.nonzero(chosen)) / cell, lab[:, :1].T / LIGHTNESS, chroma.T])


def _models(where: Double, person: Float, background: Float, cell: float) -> tuple[Float, Float]:
    """Densities of the colors of both, learned from weighted samples at ``where``; ``cell`` in IPD."""
    return _density(where, person, NEAR_PERSON / cell), _density(where, background, NEAR_BACKGROUND / cell)


def _density(where: Double, weight: Float, near: float) -> Float:
    """Density of color around every place, (rows, columns, *SHAPE), summing to 1 over the colors.

    ``near`` is the reach of a sample, in cells.
    """
    bins = np.rint(where).astype(np.intp)
    shape = (*(bins[:2].max(axis=1) + 2), *SHAPE)
    index = np.ravel_multi_index(tuple(bins), shape)
    count: Float = np.bincount(index, weight.ravel(), int(np.prod(shape))).reshape(shape).astype(np.float32)
    for reach in (near,) * 2 + (REACH,) * 3:
        # The axis that was spread goes last, so after five every axis is back in its place.
        count = np.tensordot(count, _kernel(count.shape[0], reach), axes=(0, 0))
    total = count.sum(axis=(2, 3, 4), keepdims=True)
    return np.asarray((count + DOUBT / np.prod(SHAPE)) / (total + DOUBT), np.float32)


def _kernel(size: int, reach: float) -> Float:
    """exp(-|i - j| / reach), (size, size): tails long enough to tell which of two far colors is nearer."""
    at = np.arange(size)
    return np.exp(-np.abs(at[:, None] - at) / reach).astype(np.float32)


def _logistic(odds: Float) -> Float:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -50, 50))))
