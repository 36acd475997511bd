"""Chunks of PNG (third edition, 2025): what color a picture states, and a file without large notes.

Pillow refuses a whole picture for a note that unpacks to a megabyte. Browsers leave such notes out.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from render.pipeline.errors import UnreadableFile

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST = 100_000
"""Chunks that are looked at; IDAT chunks of 8 kB make 3,000 of 25 MB."""

LARGEST_NOTE = 1 << 20
LARGEST_PROFILE = 4 << 20
UNPACKED_TOGETHER = 64 << 20
"""Bytes that the notes of one file may unpack to: more is no note but a bomb."""

COLOR = (b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM")
TEXTS = (b"tEXt", b"zTXt", b"iTXt")


@dataclass(frozen=True)
class Stated:
    """What a PNG says about its color, in the order in which it counts.

    ``code_points`` are color primaries and transfer characteristics of H.273 (``cICP``), ``profile`` is ICC,
    ``chromaticities`` white, red, green and blue (``cHRM``), ``gamma`` that of ``gAMA``.
    """

    code_points: tuple[int, int] | None = None
    profile: bytes = b""
    is_srgb: bool = False
    chromaticities: tuple[tuple[float, float], ...] | None = None
    gamma: float | None = None


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Type, start of the data and its end, of every whole chunk."""
    at = len(SIGNATURE)
    for _ in range(MOST):
        if at + 12 > len(data):
            return
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            return
        yield kind, at + 8, at + 8 + length
        at += 12 + length


def read(data: bytes) -> tuple[bytes, Stated]:
    """A file that Pillow accepts, and what it says about its color.

    Left out are the chunks of color, which are read here, texts that unpack to more than a megabyte, and
    notes that are damaged. Small texts stay, because some hold EXIF.

    Raises
    ------
    UnreadableFile
        When the texts unpack to more than 64 MB together.
    """
    found: dict[bytes, bytes] = {}
    kept, start, unpacked = [], 0, 0
    for kind, first, last in chunks(data):
        part = data[first:last] if kind[0] & 0x20 else b""  # 5.4: a small first letter, an ancillary chunk
        size = _size(kind, part) if kind in TEXTS else 0
        unpacked += size
        if unpacked > UNPACKED_TOGETHER:
            raise UnreadableFile
        sound = not part or zlib.crc32(kind + part) == int.from_bytes(data[last : last + 4], "big")
        if sound:
            found.setdefault(kind, part)
        if not sound or size > LARGEST_NOTE or kind in COLOR:
            kept.append(data[start : first - 8])
            start = last + 4
        if kind == b"IEND":
            break
    return b"".join([*kept, data[start:]]), _stated(found)


def is_cut(data: bytes) -> bool:
    """Whether the file ends before its last chunk."""
    return all(kind != b"IEND" for kind, _, _ in chunks(data))


def _size(kind: bytes, part: bytes) -> int:
    """Bytes that a text takes unpacked; counting ends where a file may have no more."""
    packed = _packed(kind, part)
    if packed is None:
        return len(part)
    unpack, size = zlib.decompressobj(), 0
    try:
        while packed and size <= UNPACKED_TOGETHER:
            size += len(unpack.decompress(packed, LARGEST_NOTE))
            packed = unpack.unconsumed_tail
    except zlib.error:
        return LARGEST_NOTE + 1  # damaged: to be left out
    return size


def _packed(kind: bytes, part: bytes) -> bytes | None:
    """The compressed part of a text; None where there is none."""
    rest = part.partition(b"\0")[2]
    if kind == b"zTXt":
        return rest[1:]
    if kind == b"iTXt" and rest[:1] == b"\1":
        return rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    return None


def _stated(found: dict[bytes, bytes]) -> Stated:
    points = found.get(b"cICP", b"")
    gamma = int.from_bytes(found.get(b"gAMA", b"")[:4], "big") / 100_000
    corners = found.get(b"cHRM", b"")
    numbers = struct.unpack(">8I", corners) if len(corners) == 32 else ()
    pairs = tuple((numbers[i] / 100_000, numbers[i + 1] / 100_000) for i in range(0, len(numbers), 2))
    return Stated(
        code_points=(points[0], points[1]) if len(points) == 4 and points[2] == 0 else None,
        profile=_profile(found.get(b"iCCP", b"")),
        is_srgb=b"sRGB" in found,
        chromaticities=pairs or None,
        gamma=1 / gamma if 0.1 < gamma < 10 else None,
    )


def _profile(part: bytes) -> bytes:
    """The ICC profile of ``iCCP``; empty where it is damaged or larger than any real one."""
    try:
        profile = zlib.decompressobj().decompress(part.partition(b"\0")[2][1:], LARGEST_PROFILE + 1)
    except zlib.error:
        return b""
    return profile if len(profile) <= LARGEST_PROFILE else b""
