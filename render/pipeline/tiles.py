"""Parts of one of our 8K JPEGs, without decoding the rest: for a loupe at 100 %.

The file has a restart marker after every row of blocks (stages/jpeg.py), so rows can be cut out of it as they
are: headers copied, height changed (ITU-T T.81, B.2.4.4). The ring of markers has eight; a cut that begins at
a multiple of eight rows of blocks, 64 pixels, needs none renumbered.
"""

from __future__ import annotations

import struct

import cv2
import numpy as np

from .color.srgb_profile import srgb_profile
from .stages import jpeg
from .stages.encode import PIXELS_PER_INCH

RING = 8 * jpeg.BLOCK
"""Pixels from one place where a cut may begin to the next."""

QUALITY = 92


class NotCuttable(ValueError):
    """This JPEG was not written by us: it has no restart marker after each row of blocks."""


class OutsideThePicture(ValueError):
    """Nothing of the picture lies between these bounds, or no cut can begin there."""


def cut(data: bytes, top: int, bottom: int) -> bytes:
    """Rows of a JPEG as a JPEG of their own; it decodes to exactly the same pixels.

    Parameters
    ----------
    data : bytes
        A file as ``stages.jpeg.write`` makes it.
    top, bottom : int
        Pixels, multiples of 64 from the top; ``bottom`` may lie beyond the picture.

    Raises
    ------
    OutsideThePicture
        When a bound is not such a multiple, or nothing lies between them.
    NotCuttable
        When the file is another kind of JPEG.
    """
    frame, scan = _frame_and_scan(data)
    (height,) = struct.unpack_from(">H", data, frame + 5)
    if top % RING or bottom % RING or not 0 <= top < min(bottom, height):
        raise OutsideThePicture(
            f"rows {top} to {bottom} of {height} cannot be cut; bounds are multiples of {RING}"
        )
    rows = -(-height // jpeg.BLOCK)
    first, last = top // jpeg.BLOCK, min(bottom // jpeg.BLOCK, rows)
    starts = _starts(data, scan, min(last + 1, rows))
    # Between two rows lie the two bytes of a marker; after the last the two of the end.
    stop = starts[last] - 2 if last < rows else len(data) - 2
    header = bytearray(data[:scan])
    struct.pack_into(">H", header, frame + 5, min(bottom, height) - top)
    return bytes(header) + data[starts[first] : stop] + jpeg.END


def tile(data: bytes, left: int, top: int, side: int) -> bytes:
    """A square of ``side`` pixels (a multiple of 64), cut off at the picture's edge, as a JPEG.

    Raises
    ------
    OutsideThePicture
        As ``cut`` does, and when ``left`` lies outside.
    NotCuttable
        As ``cut`` does.
    """
    rows = cv2.imdecode(np.frombuffer(cut(data, top, top + side), np.uint8), cv2.IMREAD_COLOR_RGB)
    if not 0 <= left < rows.shape[1]:
        raise OutsideThePicture(f"column {left} lies outside {rows.shape[1]}")
    code = np.ascontiguousarray(rows[:, left : left + side], np.uint8)
    return jpeg.write(code, quality=QUALITY, dots=PIXELS_PER_INCH, profile=srgb_profile())


def _frame_and_scan(data: bytes) -> tuple[int, int]:
    """Where the frame's header lies, and where the scan begins."""
    at, frame = len(jpeg.START), 0
    while at + 4 <= len(data):
        _, marker, length = struct.unpack_from(">BBH", data, at)
        if marker == jpeg.FRAME:
            frame = at
        at += 2 + length
        if marker == jpeg.SCAN and frame:
            return frame, at
    raise NotCuttable


def _starts(data: bytes, scan: int, count: int) -> list[int]:
    """Where the first ``count`` rows of blocks begin: after the markers, that go round in a ring of eight."""
    starts = [scan]
    for number in range(count - 1):
        marker = data.find(bytes((0xFF, 0xD0 + number % 8)), starts[-1])
        if marker < 0:
            raise NotCuttable
        starts.append(marker + 2)
    return starts
