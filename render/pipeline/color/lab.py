"""CIE Lab over D65, color difference, and the typology of skin tones."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

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

    Notes
    -----
    All 34 pairs of the paper's table come out to their fourth decimal. scikit-image's
    version misses one by 0.04: hues exactly half a turn apart, where rounding decides.

    References
    ----------
    Sharma, Wu and Dalal, The CIEDE2000 Color-Difference Formula: Implementation Notes,
    Supplementary Test Data, and Mathematical Observations, Color Res. Appl. 30, 2005;
    numbers in comments are its equations.
    """
    one, two = np.asarray(first, np.float64), np.asarray(second, np.float64)
    mean_chroma = (np.hypot(one[..., 1], one[..., 2]) + np.hypot(two[..., 1], two[..., 2])) / 2  # 2, 3
    stretch = 1.5 - 0.5 * _saturating(mean_chroma)  # 4
    chroma1, hue1 = _polar(one, stretch)
    chroma2, hue2 = _polar(two, stretch)
    chroma, hue, turn = (chroma1 + chroma2) / 2, *_hues(hue1, hue2, chroma1 * chroma2 == 0)  # 13
    lightness = (one[..., 0] + two[..., 0]) / 2 - 50  # 12
    weight_l = 1 + 0.015 * lightness**2 / np.sqrt(20 + lightness**2)  # 18
    weight_c = 1 + 0.045 * chroma  # 19
    weight_h = 1 + 0.015 * chroma * _hue_weight(hue)  # 20
    dl = (two[..., 0] - one[..., 0]) / weight_l
    dc = (chroma2 - chroma1) / weight_c
    dh = 2 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(turn) / 2) / weight_h  # 11
    rotation = 30 * np.exp(-(((hue - 275) / 25) ** 2))  # 16
    mixed = -2 * np.sin(np.radians(2 * rotation)) * _saturating(chroma)  # 17, 21
    return np.asarray(np.sqrt(dl**2 + dc**2 + dh**2 + mixed * dc * dh))  # 22


def _saturating(chroma: Double) -> Double:
    return np.sqrt(chroma**7 / (chroma**7 + 25.0**7))


def _polar(lab: Double, stretch: Double) -> tuple[Double, Double]:
    """Chroma and hue in 0..360 degrees of a Lab color whose a* is stretched (5 to 7)."""
    a, b = lab[..., 1] * stretch, lab[..., 2]
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _hues(hue1: Double, hue2: Double, gray: NDArray[np.bool_]) -> tuple[Double, Double]:
    """Mean hue and turn from the first to the second, the short way round (10, 14)."""
    turn, total = hue2 - hue1, hue1 + hue2
    far = np.abs(turn) > 180 + 1e-9  # exactly half a turn is not far, whatever rounding says
    mean = np.where(far, total + np.where(total < 360, 360, -360), total) / 2
    turn = np.where(far, turn - np.copysign(360, turn), turn)
    return np.where(gray, total, mean), np.where(gray, 0, turn)


def _hue_weight(hue: Double) -> Double:
    """T of equation 15; hue in degrees."""
    terms = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    return np.asarray(1 + sum(size * np.cos(np.radians(times * hue + shift)) for size, times, shift in terms))


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
