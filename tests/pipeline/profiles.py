"""ICC profiles for tests, built from published numbers (colorants over D50)."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from render.pipeline.color import srgb_profile
from render.pipeline.color.xyz import PCS_WHITE

SRGB_COLORANTS = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))


def gamma(value: float | None = None) -> bytes:
    """A curveType of one gamma; without one, the identity."""
    numbers = () if value is None else (round(value * 256),)
    return b"curv" + struct.pack(f">4xI{len(numbers)}H", len(numbers), *numbers)


def sampled(values: ArrayLike) -> bytes:
    numbers = np.rint(np.asarray(values) * 65535).astype(int).tolist()
    return b"curv" + struct.pack(f">4xI{len(numbers)}H", len(numbers), *numbers)


def parametric(kind: int, *numbers: float) -> bytes:
    return b"para" + struct.pack(f">4xH2x{len(numbers)}i", kind, *(round(n * 65536) for n in numbers))


def profile(name: str, tags: dict[bytes, bytes], *, spaces: bytes = b"mntrRGB XYZ ") -> bytes:
    """A whole profile; ``spaces`` are its class, color space and connection space."""
    described = {b"desc": srgb_profile._description(name), b"cprt": b"text\0\0\0\0CC0\0"}
    white = {b"wtpt": srgb_profile._xyz(PCS_WHITE)}
    data = srgb_profile._assemble(list((described | white | tags).items()))
    return data[:12] + spaces + data[24:]


def curve_profile(curve: bytes, colorants: ArrayLike = SRGB_COLORANTS, name: str = "test") -> bytes:
    columns = zip((b"rXYZ", b"gXYZ", b"bXYZ"), np.asarray(colorants), strict=True)
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return profile(name, {key: srgb_profile._xyz(column) for key, column in columns} | curves)


def gray_profile(curve: bytes) -> bytes:
    return profile("gray", {b"kTRC": curve}, spaces=b"mntrGRAYXYZ ")


def table_profile(space: bytes, corners: Mapping[Any, tuple[float, float, float]]) -> bytes:
    """A look-up table (lut8Type) to Lab with two points an axis, given by its corners."""
    channels = len(next(iter(corners)))
    identity = bytes(range(256))
    nodes = b"".join(
        bytes((round(corners[at][0] * 2.55), round(corners[at][1] + 128), round(corners[at][2] + 128)))
        for at in itertools.product((0, 1), repeat=channels)
    )
    matrix = struct.pack(">9i", *(65536, 0, 0, 0, 65536, 0, 0, 0, 65536))
    sizes = bytes((channels, 3, 2, 0))
    lut = b"mft1" + bytes(4) + sizes + matrix + identity * channels + nodes + identity * 3
    kind = b"prtr" if space == b"CMYK" else b"mntr"
    return profile("table", {b"A2B0": lut}, spaces=kind + space + b"Lab ")


DISPLAY_P3 = curve_profile(
    parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
    ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)),
    "Display P3",
)
ADOBE_RGB = curve_profile(
    gamma(563 / 256),
    ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)),
    "Adobe RGB (1998)",
)
PROPHOTO = curve_profile(
    gamma(1.8),
    ((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491)),
    "ProPhoto RGB",
)
