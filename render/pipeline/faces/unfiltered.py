"""Whether skin still has the texture that its own sharpness allows, and who took it: a filter or the night.

A phone that is short of light takes noise out, and pores with it. It does so all over the picture; a filter
looks for skin, and leaves hairs and lashes as sharp as they are.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import white_balance
from render.pipeline.contract import Float, Quality

from . import topology
from .exposure import lack
from .patch import Face, hull, inside
from .white import lamp

SMOOTHED = 0.15
IN_FOCUS = 0.0085  # sigma of the sharpest edges over the IPD: beyond it blur takes the texture too
SMALLEST_IPD = 110.0  # px
DIM = 0.9
"""Stops that a face must lack (`exposure.lack`, in white light) for the night to have taken its texture."""

EVENLY = 0.04
"""Fine texture of the skin over that of brows, eyes and lips, from which these lost theirs, too."""

_FEATURES = (
    topology.RIGHT_BROW,
    topology.LEFT_BROW,
    topology.RIGHT_EYE,
    topology.LEFT_EYE,
    topology.LIPS_OUTER,
)
_GROWN = 1.1
_FINE, _COARSE = (0.6, 1.2), (3.0, 6.0)  # px with 160 px between the pupils: 0.2-0.5 and 1.2-2.4 mm


def texture_ratio(face: Face) -> float:
    """Fine texture of the skin over its coarse texture.

    Medians of absolute differences of Gaussians over the skin, each relative to the local
    brightness. Light, pores and age scale both alike, so the ratio stays where the level varies by
    eight. A smoothing filter keeps eyes and lips sharp and takes the fine band away.
    """
    skin = _within(face.skin)
    if not skin.any():
        return 1.0
    gray = cv2.cvtColor(face.encoded, cv2.COLOR_RGB2GRAY)
    fine, coarse = (_band(gray, *band)[skin] for band in (_FINE, _COARSE))
    return float(np.median(fine) / max(np.median(coarse), 1e-6))


def smooth(face: Face, found: Quality) -> bool:
    """Sharp features in smooth skin.

    Measured on eleven sitters: 0.28-0.96 as they are, 0.27-0.69 after JPEG of quality 15, 0.05-0.10
    after strong smoothing, 0.08-0.36 after moderate smoothing, which is so found in half of them only.
    """
    ipd = face.landmarks.ipd
    sharp = found.sharpness_sigma < IN_FOCUS * ipd
    return sharp and ipd >= SMALLEST_IPD and texture_ratio(face) < SMOOTHED


def by_night(face: Face) -> bool:
    """Whether the phone has taken the texture of a smooth face, for want of light, and no filter.

    What a face lacks (`exposure.lack`) does not know dark skin from light skin. Measured on 31 sitters: 1.0
    stop and more in a dim warm room; of texture 0.047 and more there, and 0.020-0.051 after smoothing.
    """
    _, gains = lamp(face)
    if lack(Face(white_balance.balanced(face.photograph, gains), face.landmarks)) < DIM:
        return False
    features = np.zeros(face.patch.shape[:2], np.bool_)
    for group in _FEATURES:
        outline = hull(face.points.points[group, :2])
        middle = outline.mean(axis=0)
        features |= inside(features.shape, middle + _GROWN * (outline - middle))
    fine = _band(cv2.cvtColor(face.encoded, cv2.COLOR_RGB2GRAY), *_FINE)
    on_skin, on_features = fine[_within(face.skin)], fine[features]
    if not (on_skin.size and on_features.size):
        return False
    return bool(np.median(on_skin) >= EVENLY * np.median(on_features))


def _within(skin: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """``skin`` (h, w) less its rim."""
    return np.asarray(cv2.erode(skin.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0)


def _band(gray: Float, inner: float, outer: float) -> Float:
    difference = cv2.GaussianBlur(gray, (0, 0), inner) - cv2.GaussianBlur(gray, (0, 0), outer)
    return np.abs(difference) / np.maximum(cv2.GaussianBlur(gray, (0, 0), 6.0), 0.05)
