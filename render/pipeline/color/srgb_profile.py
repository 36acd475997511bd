"""The sRGB profile that every finished portrait carries, built here byte by byte.

LittleCMS writes the time of day into the profiles that it makes; these bytes are always
the same. Version 2 with a sampled curve, because every printer and viewer reads it.
ICC.1:2001-04 is the format.
"""

from __future__ import annotations

import struct
from functools import cache

import numpy as np

from render.pipeline.contract import Double

from .srgb import decode_exactly
from .xyz import D65, PCS_WHITE, SRGB_TO_XYZ, adaptation, white_xyz

NAME = "sRGB"
COPYRIGHT = "CC0"
CURVE_SAMPLES = 1024


@cache
def srgb_profile() -> bytes:
    """An ICC profile, version 2.1, of sRGB: 3 kB, the same bytes every time.

    Its colorants are sRGB's, carried from D65 to the D50 of the connection space by
    the Bradford transform; its curve has 1024 samples of the standard's formula.
    """
    curve = _curve()
    colorants = (adaptation(white_xyz(D65), PCS_WHITE) @ SRGB_TO_XYZ).T
    tags = [
        (b"desc", _description(NAME)),
        (b"cprt", b"text" + bytes(4) + COPYRIGHT.encode() + b"\0"),
        (b"wtpt", _xyz(PCS_WHITE)),
        (b"rXYZ", _xyz(colorants[0])),
        (b"gXYZ", _xyz(colorants[1])),
        (b"bXYZ", _xyz(colorants[2])),
        (b"rTRC", curve),
        (b"gTRC", curve),
        (b"bTRC", curve),
    ]
    return _assemble(tags)


def _assemble(tags: list[tuple[bytes, bytes]]) -> bytes:
    """Header, tag table and tag data, each on a multiple of four; equal data is shared."""
    table, body = b"", b""
    offsets: dict[bytes, int] = {}
    start = 128 + 4 + 12 * len(tags)
    for key, data in tags:
        if data not in offsets:
            offsets[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
        table += struct.pack(">4sII", key, offsets[data], len(data))
    return _header(start + len(body)) + struct.pack(">I", len(tags)) + table + body


def _header(size: int) -> bytes:
    """6.1: 128 bytes. A display profile, RGB over XYZ, dated once and for all."""
    return struct.pack(
        ">I4sI4s4s4s6H4s4sI4s4s8sI3i48x",
        size,
        bytes(4),
        0x02100000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        *(2000, 1, 1, 0, 0, 0),
        b"acsp",
        bytes(4),
        0,
        bytes(4),
        bytes(4),
        bytes(8),
        0,  # perceptual
        *_fixed(PCS_WHITE),
    )


def _description(text: str) -> bytes:
    """6.5.17 textDescriptionType, with its Unicode and Macintosh parts empty."""
    ascii_text = text.encode("ascii") + b"\0"
    return b"desc" + bytes(4) + struct.pack(">I", len(ascii_text)) + ascii_text + bytes(4 + 4 + 2 + 1 + 67)


def _xyz(values: Double) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *_fixed(values))


def _fixed(values: Double) -> list[int]:
    """s15Fixed16 numbers."""
    return [round(float(value) * 65536) for value in values]


def _curve() -> bytes:
    samples = np.rint(decode_exactly(np.linspace(0, 1, CURVE_SAMPLES)) * 65535)
    return b"curv" + struct.pack(f">4xI{CURVE_SAMPLES}H", CURVE_SAMPLES, *samples.astype(int).tolist())
