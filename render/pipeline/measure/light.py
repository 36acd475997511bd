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
INDEPENDENT = 30.0  # how many places of a face tell something that their neighbors do not
WELSCH = 1.5  # squared spreads at which a place is counted as none of the face's own

ASIDE, TOLERANCE_ASIDE = 40.0, 25.0  # degrees: how far from the camera keys stand, on either side
HIGH, TOLERANCE_HIGH = 30.0, 20.0  # degrees: how high they hang
BRIGHT, TOLERANCE_BRIGHT = 1.7, 1.0  # stops: how far they outshine the fill
PRIOR_ASIDE, PRIOR_HIGH, PRIOR_BRIGHT = (
    0.01,
    0.03,
    0.02,
)  # weights of what is usual, where a face does not tell

STOPS = np.arange(0.1, 6.01, 0.3)


@dataclass(frozen=True)
class Places:
    """A shape and the linear luminance (2, K) that a portrait shows there."""

    luma: Double
    area: Double
    lit: Float


@dataclass(frozen=True)
class KeyLight:
    """Degrees from the camera axis, azimuth > 0 at the camera's right; ratio in stops.

    ``misfit`` is 0 where the model explains every place and ``WELSCH`` times ``1 + EVEN_SHARE`` where none.
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


def fit(seen: Places) -> KeyLight:
    """The mean of every direction and ratio, each as likely as it explains the places.

    The mean and not the best one: on a turned or bearded face a low key far aside and a bright one
    near the camera explain the picture nearly alike, and the best would leap between them.
    """
    logs = np.log(np.maximum(seen.luma, DEEPEST))
    unlikely = _unlikely()
    misfits = unlikely + _misfits(seen.lit, logs, seen.area / seen.area.sum(), STOPS)
    likely = np.exp(-INDEPENDENT * (misfits - misfits.min()))
    likely /= likely.sum()
    azimuth = float(likely.sum(axis=(1, 2)) @ AZIMUTHS)
    elevation = float(likely.sum(axis=(0, 2)) @ ELEVATIONS)
    return KeyLight(azimuth, elevation, float((likely * _ratios()).sum()), float((likely * misfits).sum()))


@cache
def _unlikely() -> Double:
    """What makes each direction and ratio unusual, (A, E, S)."""
    aside = ((np.abs(AZIMUTHS) - ASIDE) / TOLERANCE_ASIDE)[:, None, None]
    high = ((ELEVATIONS - HIGH) / TOLERANCE_HIGH)[:, None]
    bright = (STOPS - BRIGHT) / TOLERANCE_BRIGHT
    return np.asarray(PRIOR_ASIDE * aside**2 + PRIOR_HIGH * high**2 + PRIOR_BRIGHT * bright**2)


@cache
def _ratios() -> Double:
    """Stops between the places of the plaster head that each key reaches most and least, (A, E, S)."""
    plaster = shape(mean_face.vertices()).lit
    high, low = np.percentile(plaster.reshape(*plaster.shape[:2], -1), [98, 2], axis=2)[..., None]
    power = np.exp2(STOPS) - 1
    return np.asarray(np.log2((1 + power * high) / (1 + power * low)))


@compiled
def _misfits(lit: Float, logs: Double, weight: Double, stops: Double) -> Double:
    """How badly each direction and ratio explains log luminance ``logs`` (2, K), (A, E, S).

    Mean over the area of ``rho(odd / ODD) + EVEN_SHARE rho(even / EVEN)``: the mirror-odd half
    difference of log luminance less the model's, and the mirror-even mean less its own level and the
    model's; ``rho`` is Welsch's, which a beard's edge or the frame of glasses cannot draw far (Dennis
    & Welsch 1978).
    """
    count = logs.shape[1]
    even = np.empty(count)
    found = np.empty((lit.shape[0], lit.shape[1], len(stops)))
    for i in range(lit.shape[0]):
        for j in range(lit.shape[1]):
            for s in range(len(stops)):
                power = 2.0 ** stops[s] - 1
                odd, level, whole = 0.0, 0.0, 0.0
                for k in range(count):
                    right = logs[0, k] - np.log(1 + power * lit[i, j, 0, k])
                    left = logs[1, k] - np.log(1 + power * lit[i, j, 1, k])
                    apart = (left - right) / (2 * ODD)
                    odd += weight[k] * (1 - np.exp(-apart * apart / WELSCH))
                    even[k] = (left + right) / 2
                    level += weight[k] * even[k]
                for k in range(count):
                    apart = (even[k] - level) / EVEN
                    whole += weight[k] * (1 - np.exp(-apart * apart / WELSCH))
                found[i, j, s] = WELSCH * (odd + EVEN_SHARE * whole)
    return found


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
