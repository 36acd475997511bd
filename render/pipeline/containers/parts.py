"""How many parts a file is made of, counted before anything is decoded.

A part of a few bytes can make a decoder go through the whole picture once more (a scan of a progressive
JPEG), or through Python once more (a segment, a chunk). Files of cameras, browsers and editors have few of
them: libjpeg's own progressive script has 10 scans.
"""

from __future__ import annotations

import re
import struct

from render.pipeline.errors import TooManyParts

from . import png

MOST_SCANS = 64
MOST_SEGMENTS = 2_000
"""25 MB of the largest segments are 400."""

MOST_JUNK = 1 << 16
"""Bytes before the first scan that belong to no segment; Pillow reads them one by one."""

JPEG = b"\xff\xd8\xff"
MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
ALONE = {0x01, 0xD8}
"""Markers that no length follows."""

SCAN, LAST = 0xDA, 0xD9


def check(data: bytes) -> None:
    """Raise TooManyParts where no camera and no editor would have written the file."""
    if data[:3] == JPEG:
        _check_jpeg(data)
    elif data[:8] == png.SIGNATURE and sum(1 for _ in png.chunks(data)) >= png.MOST:
        raise TooManyParts


def _check_jpeg(data: bytes) -> None:
    """From marker to marker through the first picture (ITU-T T.81, annex B), as libjpeg goes."""
    at, scans, junk = 2, 0, 0
    for _ in range(MOST_SEGMENTS):
        found = MARKER.search(data, at)
        kind = LAST if found is None else found[1][0]
        if found is None or kind == LAST:
            return
        junk += 0 if scans else found.start() - at
        scans += kind == SCAN
        if scans > MOST_SCANS or junk > MOST_JUNK:
            raise TooManyParts
        at = found.end()
        if kind not in ALONE and at + 2 <= len(data):
            at += max(struct.unpack_from(">H", data, at)[0], 2)
    raise TooManyParts
