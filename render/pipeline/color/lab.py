"""CIE Lab over D65, color difference, and the typology of skin tones."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from skimage.color import deltaE_ciede2000

from render.pipeline.contract import Double

from .xyz import D65, SRGB_TO_XYZ, XYZ_TO_SRGB, white_xyz

WHITE: Double = white_xyz(D65)

EDGE = 6 / 29
"""Of the cube root in CIE Lab; below its cube a straight line takes over."""

GROUPS = (
    (55.0, "very light"),
    (41.0, "light"),
    (28.0, "intermediate"),
    (10.0, "tan"),
    (-30.0, "brown"),
    (-np.inf, "dark"),
)
"""Skin-tone groups and the angle in degrees that each lies above (Del Bino et al. 2006, 2013)."""


def from_linear(linear: ArrayLike) -> Double:
    """Linear sRGB (..., 3) to CIE Lab over D65 (..., 3).

    References
    ----------
    CIE 15:2018, 8.2.1; ISO/CIE 11664-4:2019.
    """
    ratio = np.asarray(linear, np.float64) @ SRGB_TO_XYZ.T / WHITE
    f = np.where(ratio > EDGE**3, np.cbrt(ratio), ratio / (3 * EDGE**2) + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def to_linear(lab: ArrayLike) -> Double:
    """CIE Lab over D65 (..., 3) to linear sRGB (..., 3); not clipped to the gamut.

    References
    ----------
    CIE 15:2018, annex D.
    """
    values = np.asarray(lab, np.float64)
    y = (values[..., 0] + 16) / 116
    f = np.stack([y + values[..., 1] / 500, y, y - values[..., 2] / 200], axis=-1)
    ratio = np.where(f > EDGE, f**3, 3 * EDGE**2 * (f - 4 / 29))
    return np.asarray((ratio * WHITE) @ XYZ_TO_SRGB.T)


def difference(first: ArrayLike, second: ArrayLike) -> Double:
    """CIEDE2000 between Lab colors (..., 3) that broadcast: (...), 1 is just visible.

    References
    ----------
    Sharma, Wu and Dalal, The CIEDE2000 Color-Difference Formula: Implementation Notes,
    Supplementary Test Data, and Mathematical Observations, Color Res. Appl. 30, 2005.
    """
    one, two = np.broadcast_arrays(np.asarray(first, np.float64), np.asarray(second, np.float64))
    return np.asarray(deltaE_ciede2000(one, two), np.float64)  # type: ignore[no-untyped-call]


def ita(lab: ArrayLike) -> Double:
    """Individual typology angle of skin, degrees: Lab (..., 3) to (...).

    The angle of (b*, L* - 50); lighter skin has a larger one. It goes on past 90 where
    b* is negative, where the published arc tangent of a quotient would jump to -90.

    References
    ----------
    Chardon, Cretois and Hourseau, Skin colour typology and suntanning pathways,
    Int. J. Cosmet. Sci. 13, 1991.
    """
    values = np.asarray(lab, np.float64)
    return np.asarray(np.degrees(np.arctan2(values[..., 0] - 50, values[..., 2])))


def skin_group(angle: float) -> str:
    """The name of the skin-tone group of an ITA in degrees: ``very light`` to ``dark``.

    References
    ----------
    Del Bino and Bernerd, Variations in skin colour and the biological consequences of
    ultraviolet radiation exposure, Br. J. Dermatol. 169, 2013.
    """
    return next((name for edge, name in GROUPS if angle > edge), GROUPS[-1][1])
