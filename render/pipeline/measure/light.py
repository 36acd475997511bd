"""The key light, read back from a finished portrait: where it stands and how deep its shadows are.

Nothing of the scene is known but the picture and the face found in it. The model is what a
photographer meters: a fill from everywhere and one extended lamp, ``E = fill + key * wrap(n . l)``;
its lighting ratio is (key + fill) : fill.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.compiled import compiled
from render.pipeline.contract import Code, Double, Float, Landmarks
from render.pipeline.faces import topology as mesh

from . import mean_face
from .light_table import AZIMUTHS, ELEVATIONS, Shape, shape

PATCH = 0.03  # sigma of the patch that one place's luminance is averaged over, in IPD
DEEPEST = 0.0015  # linear; half a code value of 8 bits is the least that a print can tell
ODD, EVEN = 0.15, 0.60  # spread of log skin reflectance between mirror places, and over the face
EVEN_SHARE = 0.6  # weight of the mirror-even part, which skin, beard and brows confuse
WELSCH = 1.5  # squared spreads at which a place is counted as none of the face's own

ASIDE, TOLERANCE_ASIDE = 40.0, 25.0  # degrees: how far from the camera keys stand, on either side
HIGH, TOLERANCE_HIGH = 30.0, 20.0  # degrees: how high they hang
BRIGHT, TOLERANCE_BRIGHT = 1.7, 1.0  # stops: how far they outshine the fill
PRIOR_ASIDE, PRIOR_HIGH, PRIOR_BRIGHT = (
    0.01,
    0.03,
    0.02,
)  # weights of what is usual, where a face does not tell

STOPS = np.arange(0.2, 6.01, 0.4)


@dataclass(frozen=True)
class Places:
    """A shape and the linear luminance (2, K) that a portrait shows there."""

    luma: Double
    area: Double
    lit: Float


@dataclass(frozen=True)
class KeyLight:
    """Degrees from the camera axis, azimuth > 0 at the camera's right; ratio in stops.

    ``misfit`` is the median of what is left of log luminance between mirror places.
    """

    azimuth: float
    elevation: float
    ratio: float
    misfit: float


def read(portrait: Code, landmarks: Landmarks) -> KeyLight:
    """The key light of ``portrait``, (H, W, 3) uint8, with the face found in it.

    Raises
    ------
    ValueError
        When fewer than thirty mirror pairs of skin can be seen.
    """
    ipd, vertices = _in_ipd(landmarks.points)
    return fit(places(portrait, shape(vertices), ipd))


def _in_ipd(points: Double) -> tuple[float, Double]:
    """The IPD, and the points (478, 3) of the detector (pixels, y down, z away) in IPD, y up, z near."""
    ipd = float(np.linalg.norm(points[mesh.LEFT_PUPIL] - points[mesh.RIGHT_PUPIL]))
    return ipd, points * [1, -1, -1] / ipd


def places(portrait: Code, seen: Shape, ipd: float) -> Places:
    """Luminance of every place of the shape in ``portrait``, whose IPD is ``ipd`` pixels."""
    pixels = seen.at.reshape(-1, 2) * [ipd, -ipd]
    return Places(_luminance(portrait, pixels, ipd).reshape(seen.at.shape[:2]), seen.area, seen.lit)


@cache
def _plaster() -> Float:
    """The light table of the plaster head, (A, E, 2, K)."""
    return shape(mean_face.vertices()).lit


def fit(seen: Places) -> KeyLight:
    """Direction and ratio that explain the places best: a search over a grid, then nearer."""
    whole = np.indices((len(AZIMUTHS), len(ELEVATIONS)))[:, ::2, ::2].reshape(2, -1).T
    grid = np.column_stack([np.tile(whole, (len(STOPS), 1)), np.repeat(STOPS, len(whole))])
    best = grid[int(np.argmin(cost(seen, grid)))]
    reach = np.linspace(-1, 1, 7)
    for step in (1.5, 0.5, 0.15):
        near = np.stack(np.meshgrid(step * reach, step * reach, 0.27 * step * reach, indexing="ij"), -1)
        grid = best + near.reshape(-1, 3)
        grid = np.clip(grid, [0, 0, 0.02], [len(AZIMUTHS) - 1, len(ELEVATIONS) - 1, 8])
        best = grid[int(np.argmin(cost(seen, grid)))]
    power = np.exp2(best[2]) - 1
    high, low = np.percentile(_between(_plaster(), best), [98, 2])
    ratio = np.log2((1 + power * high) / (1 + power * low))
    azimuth, elevation = _degrees(best)
    return KeyLight(float(azimuth), float(elevation), float(ratio), _misfit(seen, best))


def cost(seen: Places, candidates: Double) -> Double:
    """How badly each candidate explains the places, (N,).

    Parameters
    ----------
    seen : Places
    candidates : (N, 3)
        Steps of azimuth, steps of elevation, stops.

    Notes
    -----
    Mean over the area of ``rho(odd / ODD) + EVEN_SHARE rho(even / EVEN)``: the mirror-odd half
    difference of log luminance less the model's, and the mirror-even mean less its own level and the
    model's; ``rho`` is Welsch's, which a beard's edge or the frame of glasses cannot draw far (Dennis
    & Welsch 1978). Where that does not tell, what is usual decides.
    """
    logs = np.log(np.maximum(seen.luma, DEEPEST))
    weight = seen.area / seen.area.sum()
    found = np.empty(len(candidates))
    _misfits(seen.lit, logs, weight, candidates, found)
    azimuth, elevation = _degrees(candidates)
    aside = PRIOR_ASIDE * ((np.abs(azimuth) - ASIDE) / TOLERANCE_ASIDE) ** 2
    high = PRIOR_HIGH * ((elevation - HIGH) / TOLERANCE_HIGH) ** 2
    bright = PRIOR_BRIGHT * ((candidates[:, 2] - BRIGHT) / TOLERANCE_BRIGHT) ** 2
    return np.asarray(found + aside + high + bright)


@compiled
def _misfits(lit: Float, logs: Double, weight: Double, candidates: Double, found: Double) -> None:
    """Fill ``found`` (N,) with what the picture says of candidates (N, 3); ``logs`` (2, K)."""
    count = logs.shape[1]
    even = np.empty(count)
    for n in range(len(candidates)):
        i = min(int(candidates[n, 0]), lit.shape[0] - 2)
        j = min(int(candidates[n, 1]), lit.shape[1] - 2)
        u, v = candidates[n, 0] - i, candidates[n, 1] - j
        a, b, c, d = (1 - u) * (1 - v), (1 - u) * v, u * (1 - v), u * v
        power = 2.0 ** candidates[n, 2] - 1
        odd, level = 0.0, 0.0
        for k in range(count):
            right = a * lit[i, j, 0, k] + b * lit[i, j + 1, 0, k]
            right += c * lit[i + 1, j, 0, k] + d * lit[i + 1, j + 1, 0, k]
            left = a * lit[i, j, 1, k] + b * lit[i, j + 1, 1, k]
            left += c * lit[i + 1, j, 1, k] + d * lit[i + 1, j + 1, 1, k]
            right, left = logs[0, k] - np.log(1 + power * right), logs[1, k] - np.log(1 + power * left)
            apart = (left - right) / (2 * ODD)
            odd += weight[k] * (1 - np.exp(-apart * apart / WELSCH))
            even[k] = (left + right) / 2
            level += weight[k] * even[k]
        whole = 0.0
        for k in range(count):
            apart = (even[k] - level) / EVEN
            whole += weight[k] * (1 - np.exp(-apart * apart / WELSCH))
        found[n] = WELSCH * (odd + EVEN_SHARE * whole)


def _between(lit: Float, candidate: Double) -> Float:
    """The table of light at one candidate's fractional steps, bilinear, (2, K)."""
    i = min(int(candidate[0]), lit.shape[0] - 2)
    j = min(int(candidate[1]), lit.shape[1] - 2)
    u, v = candidate[0] - i, candidate[1] - j
    low = (1 - v) * lit[i, j] + v * lit[i, j + 1]
    high = (1 - v) * lit[i + 1, j] + v * lit[i + 1, j + 1]
    return np.asarray((1 - u) * low + u * high)


def _misfit(seen: Places, candidate: Double) -> float:
    """Median of what the candidate leaves of the log luminance between mirror places."""
    logs = np.log(np.maximum(seen.luma, DEEPEST))
    rest = logs - np.log1p((np.exp2(candidate[2]) - 1) * _between(seen.lit, candidate))
    return float(np.median(np.abs(rest[1] - rest[0]) / 2))


def _degrees(candidates: Double) -> tuple[Double, Double]:
    """Azimuth and elevation of candidates (..., 3)."""
    azimuth = np.interp(candidates[..., 0], np.arange(len(AZIMUTHS)), AZIMUTHS)
    elevation = np.interp(candidates[..., 1], np.arange(len(ELEVATIONS)), ELEVATIONS)
    return np.asarray(azimuth), np.asarray(elevation)


def _luminance(portrait: Code, at: Double, ipd: float) -> Double:
    """Linear luminance around positions (T, 2), averaged over a patch."""
    low = np.floor(at.min(axis=0) - 0.2 * ipd).astype(int).clip(0)
    high = np.ceil(at.max(axis=0) + 0.2 * ipd).astype(int)
    part = portrait[low[1] : high[1], low[0] : high[0]].astype(np.float32) / 255
    luma = cv2.GaussianBlur(srgb.luminance(srgb.decode(part)), (0, 0), max(PATCH * ipd, 0.5))
    where = (at - low - 0.5).astype(np.float32)
    found = cv2.remap(
        luma, where[None, :, 0], where[None, :, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(found[0], np.float64)
