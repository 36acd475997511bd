"""ICC profiles of cameras and screens: three curves and a matrix, read in float.

Reads the RGB and gray profiles that are a curve per channel and a matrix, which is what
phones and cameras embed (sRGB, Display P3, Adobe RGB, ProPhoto). Everything else (CMYK,
look-up tables) is for LittleCMS. ICC.1:2022 is the format; numbers in comments are its
clauses.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from render.pipeline.contract import Double, Float

from .srgb import decode_exactly
from .xyz import PCS_TO_SRGB

Curve = Callable[[Double], Double]
"""Code values 0..1 to linear light 0..1."""

NEAR_CURVE, NEAR_MATRIX = 5e-4, 2e-3
"""How close a profile comes to sRGB to be taken for it: the spread of its published variants."""

MAX_TAGS = 200

DEVICES = (b"mntr", b"scnr", b"prtr", b"spac")
"""7.2.5: the classes of displays, inputs, outputs and color spaces."""


class UnsupportedProfileError(ValueError):
    """Not a profile made of curves and a matrix, or not a sound one."""


@dataclass(frozen=True)
class Profile:
    """A color space: ``curves`` for red, green, blue, then ``matrix`` (3, 3) to linear sRGB.

    ``rendering`` stands between them where light is meant for brighter displays: (..., 3) to (..., 3).
    """

    name: str
    curves: tuple[Curve, Curve, Curve]
    matrix: Double
    rendering: Callable[[Float], Float] | None = None

    def tables(self, maximum: int) -> Float:
        """Linear light of every code 0..maximum: (3, maximum + 1) float32."""
        codes = np.linspace(0, 1, maximum + 1)
        return np.stack([np.clip(curve(codes), 0, 1) for curve in self.curves]).astype(np.float32)

    @property
    def has_srgb_primaries(self) -> bool:
        """Whether the matrix does nothing."""
        return bool(np.array_equal(self.matrix, np.eye(3)))

    @property
    def is_srgb(self) -> bool:
        """Whether it is sRGB under whatever name."""
        return self.curves == SRGB.curves and self.has_srgb_primaries and self.rendering is None


SRGB = Profile("sRGB", (decode_exactly,) * 3, np.eye(3))


def parse(data: bytes) -> Profile:
    """Read a curve-and-matrix profile.

    Parameters
    ----------
    data : bytes
        The whole profile as embedded.

    Returns
    -------
    Profile
        ``SRGB``'s curves and matrix exactly, under the profile's own name, where it only
        differs from sRGB by rounding: tagged and untagged files then agree.

    Raises
    ------
    UnsupportedProfileError
        For every other kind of profile and for damaged ones.
    """
    try:
        return _parse(data)
    except (struct.error, IndexError, ValueError, OverflowError) as error:
        raise UnsupportedProfileError(str(error)) from error


def suits(data: bytes, space: bytes) -> bool:
    """Whether a profile describes pictures of the color ``space``: b"RGB ", b"GRAY" or b"CMYK".

    Abstract, named-color and device-link profiles describe no picture (7.2.5), and one of another space
    is a mistake of whoever wrote the file; browsers leave them all out. An RGB profile on a gray picture
    is common and works: gray is its red, green and blue.
    """
    told = data[16:20]
    return data[12:16] in DEVICES and (told == space or (space == b"GRAY" and told == b"RGB "))


def _parse(data: bytes) -> Profile:
    space, pcs = data[16:20], data[20:24]
    if data[36:40] != b"acsp" or pcs != b"XYZ " or space not in (b"RGB ", b"GRAY"):
        raise UnsupportedProfileError("not an RGB or gray profile over XYZ")
    tags = _tags(data)
    if b"A2B0" in tags:  # 8.3.2: a look-up table goes before the matrix
        raise UnsupportedProfileError("a look-up table profile")
    name = _name(tags.get(b"desc", b""))
    if space == b"GRAY":
        curve = _curve(_need(tags, b"kTRC"))
        return settle(Profile(name, (curve, curve, curve), np.eye(3)))
    red, green, blue = (_curve(_need(tags, key)) for key in (b"rTRC", b"gTRC", b"bTRC"))
    columns = [_xyz(_need(tags, key)) for key in (b"rXYZ", b"gXYZ", b"bXYZ")]
    return settle(Profile(name, (red, green, blue), PCS_TO_SRGB @ np.stack(columns, axis=1)))


def settle(profile: Profile) -> Profile:
    """Check that the numbers are sound; replace what differs from sRGB by rounding."""
    codes = np.linspace(0, 1, 256)
    values = np.stack([curve(codes) for curve in profile.curves])
    if not (np.isfinite(values).all() and np.isfinite(profile.matrix).all()):
        raise UnsupportedProfileError("its numbers are not finite")
    if np.linalg.det(profile.matrix) < 1e-3 or (values[:, -1] - values[:, 0] < 0.5).any():
        raise UnsupportedProfileError("its colors collapse")
    near_curves = np.abs(values - decode_exactly(codes)).max() < NEAR_CURVE
    near_matrix = np.abs(profile.matrix - np.eye(3)).max() < NEAR_MATRIX
    curves = SRGB.curves if near_curves else profile.curves
    return Profile(profile.name, curves, np.eye(3) if near_matrix else profile.matrix, profile.rendering)


def _tags(data: bytes) -> dict[bytes, bytes]:
    """7.3: signature to the tag's bytes."""
    (count,) = struct.unpack_from(">I", data, 128)
    if count > MAX_TAGS:
        raise UnsupportedProfileError("too many tags")
    entries = [struct.unpack_from(">4sII", data, 132 + 12 * i) for i in range(count)]
    return {key: data[offset : offset + size] for key, offset, size in entries}


def _need(tags: dict[bytes, bytes], key: bytes) -> bytes:
    if key not in tags:
        raise UnsupportedProfileError(f"no {key.decode()} tag")
    return tags[key]


def _xyz(tag: bytes) -> Double:
    """10.31 XYZType: three s15Fixed16 numbers."""
    if tag[:4] != b"XYZ ":
        raise UnsupportedProfileError("a colorant is not XYZ")
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: bytes) -> Curve:
    if tag[:4] == b"curv":
        return _sampled(tag)
    if tag[:4] == b"para":
        return _parametric(tag)
    raise UnsupportedProfileError("an unknown kind of curve")


def _sampled(tag: bytes) -> Curve:
    """10.6 curveType: identity, one gamma in u8Fixed8, or a table in uint16."""
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return lambda code: code
    if count == 1:
        gamma = struct.unpack_from(">H", tag, 12)[0] / 256
        return lambda code: np.power(code, gamma)
    table = np.frombuffer(tag, ">u2", count, 12) / 65535
    grid = np.linspace(0, 1, count)
    return lambda code: np.interp(code, grid, table)


def _parametric(tag: bytes) -> Curve:
    """10.18 parametricCurveType: (a X + b)^g + e from X = d on, c X + f below it."""
    (kind,) = struct.unpack_from(">H", tag, 8)
    if kind > 4:
        raise UnsupportedProfileError("an unknown parametric curve")
    values = np.array(struct.unpack_from(f">{(1, 3, 4, 5, 7)[kind]}i", tag, 12)) / 65536
    g, a, b, c, d, e, f = _seven_parameters(kind, values.tolist())
    return lambda code: np.where(code >= d, np.power(np.maximum(a * code + b, 0), g) + e, c * code + f)


def _seven_parameters(kind: int, p: list[float]) -> tuple[float, ...]:
    """Kinds 0 to 3 are kind 4 with some of g, a, b, c, d, e, f left out."""
    if kind == 0:
        return p[0], 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if kind in (1, 2):
        if p[1] == 0:
            raise UnsupportedProfileError("a parametric curve without slope")
        floor = p[3] if kind == 2 else 0.0
        return p[0], p[1], p[2], 0.0, -p[2] / p[1], floor, floor
    return (*p, 0.0, 0.0) if kind == 3 else tuple(p)


def _name(tag: bytes) -> str:
    """The description, of version 2 (textDescriptionType) or 4 (multiLocalizedUnicodeType)."""
    text = ""
    if tag[:4] == b"desc":
        (length,) = struct.unpack_from(">I", tag, 8)
        text = tag[12 : 12 + length].decode("ascii", "replace")
    elif tag[:4] == b"mluc":
        length, offset = struct.unpack_from(">II", tag, 20)
        text = tag[offset : offset + length].decode("utf-16-be", "replace")
    return "".join(c for c in text if c.isprintable()).strip()[:60] or "unnamed"
