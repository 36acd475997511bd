"""Whether skin still has the texture that its own sharpness allows."""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.contract import Float, Quality

from .patch import Face

SMOOTHED = 0.15
IN_FOCUS = 0.0085  # sigma of the sharpest edges over the IPD: beyond it blur takes the texture too
SMALLEST_IPD = 110.0  # px

_FINE, _COARSE = (0.6, 1.2), (3.0, 6.0)  # px with 160 px between the pupils: 0.2-0.5 and 1.2-2.4 mm


def texture_ratio(face: Face) -> float:
    """Fine texture of the skin over its coarse texture.

    Medians of absolute differences of Gaussians over the skin, each relative to the local
    brightness. Light, pores and age scale both alike, so the ratio stays where the level varies by
    eight. A smoothing filter keeps eyes and lips sharp and takes the fine band away.
    """
    gray = cv2.cvtColor(face.encoded, cv2.COLOR_RGB2GRAY)
    skin = cv2.erode(face.skin.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    if not skin.any():
        return 1.0
    fine, coarse = (_band(gray, *band)[skin] for band in (_FINE, _COARSE))
    return float(np.median(fine) / max(np.median(coarse), 1e-6))


def filtered(face: Face, found: Quality) -> bool:
    """Sharp features in smooth skin.

    Measured on eleven sitters: 0.28-0.96 as they are, 0.27-0.69 after JPEG of quality 15, 0.05-0.10
    after strong smoothing, 0.08-0.36 after moderate smoothing, which is so found in half of them only.
    """
    ipd = face.landmarks.ipd
    sharp = found.sharpness_sigma < IN_FOCUS * ipd
    return sharp and ipd >= SMALLEST_IPD and texture_ratio(face) < SMOOTHED


def _band(gray: Float, inner: float, outer: float) -> Float:
    difference = cv2.GaussianBlur(gray, (0, 0), inner) - cv2.GaussianBlur(gray, (0, 0), outer)
    return np.abs(difference) / np.maximum(cv2.GaussianBlur(gray, (0, 0), 6.0), 0.05)
