"""How the color temperature of a lamp tints what it lights."""

from __future__ import annotations

import numpy as np

from render.pipeline.contract import Double

from .xyz import D65, XYZ_TO_SRGB, Chromaticity, adaptation, white_xyz

REFERENCE_KELVIN = 5600.0
"""Flash and daylight film: a camera set to it sees such a lamp as white."""

COOLEST, WARMEST = 25000.0, 1667.0
"""Where the published fits end, kelvin."""


def white(kelvin: float) -> Double:
    """The color of a lamp, seen by a camera that is balanced for 5600 K.

    Parameters
    ----------
    kelvin : float
        Correlated color temperature, 1667..25000.

    Returns
    -------
    (3,) float64
        Linear sRGB of luminance 1; 5600 K gives (1, 1, 1). No channel is negative: the
        reddest lamps leave sRGB's gamut, and their blue is held at zero.

    Raises
    ------
    ValueError
        Outside 1667..25000 K.

    Notes
    -----
    The camera's white balance is a Bradford adaptation from 5600 K to D65.
    """
    balance = adaptation(illuminant(REFERENCE_KELVIN), white_xyz(D65))
    linear = np.maximum(XYZ_TO_SRGB @ balance @ illuminant(kelvin), 0)
    return np.asarray(linear / (linear @ [0.2126, 0.7152, 0.0722]))


def illuminant(kelvin: float) -> Double:
    """XYZ (3,) with Y = 1: a black body up to 4000 K, CIE daylight from 5000 K.

    Between them the two are mixed in proportion, as the reference illuminant of color
    rendering does, so the color moves without a step.

    Raises
    ------
    ValueError
        Outside 1667..25000 K.

    References
    ----------
    ANSI/IES TM-30-20, 3.2; CIE 224:2017, 4.2.
    """
    if not WARMEST <= kelvin <= COOLEST:
        raise ValueError(f"color temperature {kelvin:g} K lies outside {WARMEST:g}..{COOLEST:g} K")
    day = float(np.clip((kelvin - 4000) / 1000, 0, 1))
    result = np.zeros(3)
    if day < 1:
        result += (1 - day) * white_xyz(planckian(kelvin))
    if day > 0:
        result += day * white_xyz(daylight(kelvin))
    return result


def planckian(kelvin: float) -> Chromaticity:
    """Chromaticity of a black body, 1667..25000 K.

    References
    ----------
    Kim et al., Design of Advanced Color Temperature Control System for HDTV
    Applications, J. Korean Phys. Soc. 41, 2002.
    """
    t = 1000 / kelvin
    if kelvin <= 4000:
        x = -0.2661239 * t**3 - 0.2343589 * t**2 + 0.8776956 * t + 0.179910
    else:
        x = -3.0258469 * t**3 + 2.1070379 * t**2 + 0.2226347 * t + 0.240390
    if kelvin <= 2222:
        y = -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
    elif kelvin <= 4000:
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    return x, y


def daylight(kelvin: float) -> Chromaticity:
    """Chromaticity of the CIE daylight locus, 4000..25000 K.

    References
    ----------
    CIE 15:2018, 4.1.2; Judd, MacAdam and Wyszecki, J. Opt. Soc. Am. 54, 1964.
    """
    t = 1000 / kelvin
    if kelvin <= 7000:
        x = -4.6070 * t**3 + 2.9678 * t**2 + 0.09911 * t + 0.244063
    else:
        x = -2.0064 * t**3 + 1.9018 * t**2 + 0.24748 * t + 0.237040
    return x, -3.000 * x**2 + 2.870 * x - 0.275
