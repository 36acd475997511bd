"""A large JPEG written on every core: bands of whole blocks, joined at restart markers.

Each band is a JPEG of its own, its interval one row of blocks (ITU-T T.81, B.2.4.4). The intervals are
counted in a ring of eight; a band of a multiple of eight ends where the ring does, so that what follows
its header is also what stands there in the whole file. A viewer may decode such a file in parts, too.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import cv2

from render.pipeline.contract import Code
from render.pipeline.cores import on_all_cores

BLOCK = 8
"""Side of a block, pixels, where no color is subsampled."""

BAND = 960
"""Rows of a band: a multiple of eight rows of blocks. Not of the number of cores, nor are the bytes."""

START, END, LAST_RESTART = b"\xff\xd8", b"\xff\xd9", b"\xff\xd7"
FRAME, SCAN = 0xC0, 0xDA
APPLICATION, PROFILE = 0xE0, 0xE2
"""Segments that JFIF and profiles are kept in."""

LONGEST_SEGMENT, LONGEST_SIDE = 65_533, 65_500
DOTS_PER_INCH = 1


def write(code: Code, *, quality: int, dots: int, profile: bytes) -> bytes:
    """A baseline JPEG of (H, W, 3) sRGB, all colors at full resolution.

    Parameters
    ----------
    code : (H, W, 3) uint8
    quality : int
        1..100, as libjpeg scales the standard's tables.
    dots : int
        Pixels per inch that the file names.
    profile : bytes
        The ICC profile, of one segment (ICC.1:2001-04, annex B.4).

    Raises
    ------
    ValueError
        When a side is longer than 65,500 pixels, which is libjpeg's limit.
    """
    height, width = code.shape[:2]
    if max(height, width) > LONGEST_SIDE:
        raise ValueError(f"a JPEG's sides end at {LONGEST_SIDE} pixels; this one's are {width}, {height}")
    tops = range(0, height, BAND)
    bands = on_all_cores(lambda top: band(code[top : top + BAND], quality=quality), tops)
    return join(list(bands), height=height, dots=dots, profile=profile)


def band(code: Code, *, quality: int) -> bytes:
    """Rows of a picture, (up to ``BAND``, W, 3), as a JPEG that ``join`` can put under another one."""
    options = [
        *(cv2.IMWRITE_JPEG_QUALITY, quality),
        *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
        *(cv2.IMWRITE_JPEG_RST_INTERVAL, -(-code.shape[1] // BLOCK)),
    ]
    return bytes(cv2.imencode(".jpg", cv2.cvtColor(code, cv2.COLOR_RGB2BGR), options)[1])


def join(bands: Sequence[bytes], *, height: int, dots: int, profile: bytes) -> bytes:
    """The whole file from its bands, each of ``BAND`` rows but the last: (``height``, W) in all."""
    header, _ = _parts(bands[0], height)
    jfif = struct.pack(">5sHBHHBB", b"JFIF\0", 0x0101, DOTS_PER_INCH, dots, dots, 0, 0)
    notes = _segment(APPLICATION, jfif) + _segment(PROFILE, b"ICC_PROFILE\0\1\1" + profile)
    scans = LAST_RESTART.join(_parts(data, height)[1] for data in bands)
    return START + notes + header + scans + END


def _segment(marker: int, data: bytes) -> bytes:
    if len(data) > LONGEST_SEGMENT:
        raise ValueError(f"a segment holds {LONGEST_SEGMENT} bytes, not {len(data)}")
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def _parts(data: bytes, height: int) -> tuple[bytes, bytes]:
    """The tables and headers of a written JPEG, naming ``height`` rows, and its scan without the end."""
    header, at = b"", len(START)
    while True:
        _, marker, length = struct.unpack_from(">BBH", data, at)
        segment = data[at : at + 2 + length]
        at += 2 + length
        if marker == FRAME:
            segment = segment[:5] + struct.pack(">H", height) + segment[7:]
        if marker != APPLICATION:
            header += segment
        if marker == SCAN:
            return header, data[at:-2]
