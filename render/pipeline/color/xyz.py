"""CIE XYZ: white points, the matrices of RGB spaces, chromatic adaptation."""

from __future__ import annotations

import numpy as np

from render.pipeline.contract import Double

Chromaticity = tuple[float, float]
Primaries = tuple[Chromaticity, Chromaticity, Chromaticity]

SRGB_PRIMARIES: Primaries = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
"""Red, green, blue in CIE 1931 x, y (IEC 61966-2-1, ITU-R BT.709)."""

D65: Chromaticity = (0.3127, 0.3290)
"""The white of sRGB, Display P3 and BT.2020."""

PCS_WHITE: Double = np.array([0.9642, 1.0, 0.8249])
"""XYZ of D50 as ICC profiles round it (ICC.1:2022, 7.2.16)."""

BRADFORD: Double = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
"""XYZ to the sharpened cone responses of the Bradford transform (ICC.1:2022, annex E)."""


def white_xyz(chromaticity: Chromaticity) -> Double:
    """XYZ (3,) with Y = 1 of a CIE 1931 chromaticity."""
    x, y = chromaticity
    return np.array([x / y, 1.0, (1 - x - y) / y])


def rgb_to_xyz(primaries: Primaries, white: Chromaticity) -> Double:
    """The (3, 3) matrix from linear RGB to XYZ, RGB (1, 1, 1) being ``white`` at Y = 1.

    References
    ----------
    SMPTE RP 177-1993, Derivation of Basic Television Color Equations.
    """
    columns = np.stack([white_xyz(primary) for primary in primaries], axis=1)
    return np.asarray(columns * np.linalg.solve(columns, white_xyz(white)))


def adaptation(source: Double, target: Double) -> Double:
    """The (3, 3) Bradford matrix that carries XYZ seen under one white to another.

    Parameters
    ----------
    source, target : (3,)
        XYZ of the two whites.

    References
    ----------
    ICC.1:2022, annex E; Lam, Metamerism and Colour Constancy, Bradford 1985.
    """
    gains = (BRADFORD @ target) / (BRADFORD @ source)
    return np.asarray(np.linalg.solve(BRADFORD, gains[:, None] * BRADFORD))


SRGB_TO_XYZ: Double = rgb_to_xyz(SRGB_PRIMARIES, D65)
XYZ_TO_SRGB: Double = np.linalg.inv(SRGB_TO_XYZ)
PCS_TO_SRGB: Double = XYZ_TO_SRGB @ adaptation(PCS_WHITE, white_xyz(D65))
"""XYZ over D50, as a profile gives it, to linear sRGB."""
