"""Files that end early: mended where every pixel is there, known as incomplete where not.

A JPEG often lacks only its last two bytes. Decoders fill what is missing with gray and say nothing that
Pillow would pass on, so the file is decoded with two ends that must make no difference: it ends at once, or
goes on with other bits. Where a block is missing they differ.
"""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image

from render.pipeline.contract import Code

from . import boxes, png

JPEG, END = b"\xff\xd8\xff", b"\xff\xd9"
OTHER_BITS = bytes(1 + (37 * i + 91) % 254 for i in range(4096))
"""No byte of it begins a marker."""

LEAST = 32
"""Bytes below which a file is nothing rather than a part."""

MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
FRAMES = (0xC0, 0xC1, 0xC2)
SCAN, LAST = 0xDA, 0xD9
COEFFICIENTS = 64


@dataclass(frozen=True)
class Jpeg:
    """Where the first picture of a JPEG ends, if its end is marked, and if its scans say everything."""

    end: int
    marked: bool
    finished: bool


def mended(data: bytes) -> bytes | None:
    """The file with an end of its own; None where a part of the picture is missing.

    Parameters
    ----------
    data : bytes
        A file that its reader could not read to the end.
    """
    if data[:3] == JPEG:
        found = _walk(data)
        return data[: found.end] + END if found.finished and _all_there(data[: found.end]) else None
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    return None


def is_cut(data: bytes) -> bool:
    """Whether the file of a known format ends before it says that it does."""
    if len(data) < LEAST:
        return False
    if data[:3] == JPEG:
        return not _walk(data).marked
    if data[:8] == png.SIGNATURE:
        return png.is_cut(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return struct.unpack_from("<I", data, 4)[0] + 8 > len(data)
    return data[4:8] == b"ftyp" and boxes.is_cut(data)


def lacks_rows(data: bytes, codes: Code) -> bool:
    """Whether a JPEG with a marked end, decoded to ``codes`` (H, W, 3), ends in blocks that nobody stored.

    Decoders fill those with the color of the last block, so most files are told by their last corner.
    """
    corner = codes[-8:, -8:].reshape(-1, codes.shape[2])
    if data[:3] != JPEG or (corner != corner[0]).any():
        return False
    return not _all_there(data[: _walk(data).end], coarse=True)


def _all_there(part: bytes, *, coarse: bool = False) -> bool:
    """Whether a JPEG without its end holds every block; ``coarse``, their mean colors alone."""
    first, second = (_decoded(part + tail + END, coarse) for tail in (b"", OTHER_BITS))
    return first is not None and second is not None and np.array_equal(first, second)


def _decoded(data: bytes, coarse: bool) -> Code | None:
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            if coarse:
                image.draft(image.mode, (image.width // 8, image.height // 8))
            return np.asarray(image)
    except (OSError, SyntaxError, ValueError):
        return None


def _walk(data: bytes) -> Jpeg:
    """From marker to marker through the first picture (ITU-T T.81, annex B)."""
    at, precision = 2, dict[int, list[int]]()
    while True:
        found = MARKER.search(data, at)
        if found is None or found.end() + 2 > len(data):
            marked = found is not None and data[found.end() - 1] == LAST
            end = found.start() if found is not None and marked else len(data.rstrip(b"\0"))
            end -= not marked and data[end - 1 : end] == b"\xff"
            break
        at, kind = found.end(), data[found.end() - 1]
        if kind == LAST:
            end, marked = found.start(), True
            break
        (length,) = struct.unpack_from(">H", data, at)
        segment = data[at + 2 : at + length]
        if kind in FRAMES:
            precision = {segment[i]: [1] * COEFFICIENTS for i in range(6, len(segment) - 2, 3)}
        if kind == SCAN:
            _scanned(segment, precision)
        at += max(length, 2)
    told = [level for levels in precision.values() for level in levels]
    return Jpeg(end, marked, bool(told) and not any(told))


def _scanned(segment: bytes, precision: dict[int, list[int]]) -> None:
    """Note in ``precision`` how many bits of each coefficient are still to come after this scan."""
    count = segment[0] if segment else 0
    if len(segment) < 4 + 2 * count:
        return
    first, last, approximation = segment[1 + 2 * count : 4 + 2 * count]
    for component in segment[1 : 1 + 2 * count : 2]:
        if component in precision:
            for index in range(first, min(last, COEFFICIENTS - 1) + 1):
                precision[component][index] = approximation & 15


def _webp(data: bytes) -> bytes | None:
    """The whole chunks of a WebP under a header that counts them; None where the picture's is not whole."""
    at, whole = 12, False
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        if at + 8 + size > len(data):
            break
        whole = whole or kind in (b"VP8 ", b"VP8L")
        at = min(at + 8 + size + size % 2, len(data))
    body = data[8:at] + b"\0" * (at % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body if whole else None
