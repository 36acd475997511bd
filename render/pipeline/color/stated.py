"""Color spaces that a file states in numbers instead of an ICC profile.

Code points are those of ITU-T H.273 (ISO/IEC 23091-2), which HEIF, AVIF and PNG share; PNG also has
chromaticities with a gamma, EXIF the name of Adobe RGB. What is reserved or unknown is read as sRGB.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from render.pipeline.contract import Double, Float

from .icc import SRGB, Curve, Profile, settle
from .srgb import decode_exactly
from .xyz import D65, SRGB_PRIMARIES, XYZ_TO_SRGB, Chromaticity, Primaries, adaptation, rgb_to_xyz, white_xyz

Rendering: TypeAlias = Callable[[Float], Float]

WHITE_C: Chromaticity = (0.310, 0.316)
DCI_WHITE: Chromaticity = (0.314, 0.351)
NTSC: Primaries = ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070))
P3: Primaries = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE: Primaries = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))

PRIMARIES: dict[int, tuple[Primaries, Chromaticity]] = {
    4: (((0.67, 0.33), (0.21, 0.71), (0.14, 0.08)), WHITE_C),
    5: (((0.64, 0.33), (0.29, 0.60), (0.15, 0.06)), D65),
    6: (NTSC, D65),
    7: (NTSC, D65),
    8: (((0.681, 0.319), (0.243, 0.692), (0.145, 0.049)), WHITE_C),
    9: (((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), D65),
    11: (P3, DCI_WHITE),
    12: (P3, D65),
    22: (((0.630, 0.340), (0.295, 0.605), (0.155, 0.077)), D65),
}
"""H.273, table 2, without BT.709's."""

DIFFUSE_WHITE, PEAK = 203.0, 1000.0
"""Candelas per square meter (ITU-R BT.2408): paper in HDR pictures, and the brightest that they hold."""

KNEE = 0.7
"""Linear light up to which HDR keeps its tones; what is brighter shares the rest."""

HLG_GAMMA = 1.2  # of the system, on a display of 1000 cd/m2 (ITU-R BT.2100)
BT2020_LUMINANCE = np.array([0.2627, 0.6780, 0.0593], np.float32)


def code_points(primaries: int, transfer: int) -> Profile:
    """The space of two code points of H.273.

    Parameters
    ----------
    primaries, transfer : int
        ``ColourPrimaries`` and ``TransferCharacteristics``. The camera curves (BT.709, 601, 2020) are
        read as sRGB, as every browser does, because pictures are made on such a display.

    Returns
    -------
    Profile
        For PQ and HLG its ``rendering`` brings the picture to ordinary brightness.
    """
    colors, white = PRIMARIES.get(primaries, (SRGB_PRIMARIES, D65))
    curve, rendering = TRANSFERS.get(transfer, (decode_exactly, None))
    return chromaticities(f"H.273 {primaries}/{transfer}", colors, white, curve, rendering)


def chromaticities(
    name: str, primaries: Primaries, white: Chromaticity, curve: Curve, rendering: Rendering | None = None
) -> Profile:
    """The space of these primaries and this white.

    Raises
    ------
    UnsupportedProfileError
        When they span no space.
    """
    try:
        matrix = XYZ_TO_SRGB @ adaptation(white_xyz(white), white_xyz(D65)) @ rgb_to_xyz(primaries, white)
    except (ZeroDivisionError, np.linalg.LinAlgError):
        matrix = np.full((3, 3), np.nan)
    profile = settle(Profile(name, (curve,) * 3, matrix, rendering))
    return SRGB if rendering is None and profile.is_srgb else profile


def power(gamma: float) -> Curve:
    """The curve of one exponent."""
    return lambda code: np.power(code, gamma)


def _pq(code: Double) -> Double:
    """SMPTE ST 2084: 1 is 10,000 cd/m2."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    root = np.power(code, 1 / m2)
    return np.asarray(np.power(np.maximum(root - c1, 0) / (c2 - c3 * root), 1 / m1))


def _hlg(code: Double) -> Double:
    """ITU-R BT.2100: light of the scene."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(code <= 0.5, code**2 / 3, (np.exp((np.maximum(code, 0.5) - c) / a) + b) / 12)


def _pq_shown(light: Float) -> Float:
    return _rolled_off(light * np.float32(10_000 / DIFFUSE_WHITE))


def _hlg_shown(light: Float) -> Float:
    luminance = np.maximum(light @ BT2020_LUMINANCE, np.float32(1e-6))[..., None]
    return _rolled_off(light * luminance ** np.float32(HLG_GAMMA - 1) * np.float32(PEAK / DIFFUSE_WHITE))


def _rolled_off(light: Float) -> Float:
    """Light in diffuse whites to 0..1: as it is up to the knee, then compressed, the hue kept.

    The extended curve of Reinhard et al. (2002) with its slope of 1 at the knee; ``PEAK`` becomes 1.
    """
    brightest = light.max(axis=-1, keepdims=True)
    room = np.float32(1 - KNEE)
    over = np.clip((brightest - np.float32(KNEE)) / room, 0, None)
    top = np.float32((PEAK / DIFFUSE_WHITE - KNEE) / (1 - KNEE))
    rolled = np.float32(KNEE) + room * over * (1 + over / top**2) / (1 + over)
    wanted = np.minimum(np.where(over > 0, rolled, brightest), 1)
    return np.asarray(light * (wanted / np.maximum(brightest, np.float32(1e-6))), np.float32)


TRANSFERS: dict[int, tuple[Curve, Rendering | None]] = {
    4: (power(2.2), None),
    5: (power(2.8), None),
    8: (power(1.0), None),
    16: (_pq, _pq_shown),
    18: (_hlg, _hlg_shown),
}
"""H.273, table 3, where it differs from sRGB."""

ADOBE_RGB = chromaticities("Adobe RGB (1998)", ADOBE, D65, power(563 / 256))
