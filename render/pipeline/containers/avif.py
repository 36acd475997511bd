"""AVIF that names no profile which its picture is too large for (AV1 Image File Format 1.1, 8)."""

from __future__ import annotations

from .boxes import boxes

HIGHEST_LEVEL = {b"MA1B": 13, b"MA1A": 16}
"""The highest ``seq_level_idx`` of the baseline and the advanced profile: 5.1 and 6.0."""

PLAIN = b"miaf"
"""A brand that every AVIF has, so that naming it twice says nothing."""


def without_false_brands(data: bytes) -> bytes:
    """The file without the profile brands that the level of its pictures forbids; as long as before.

    libavif names a profile by the kind of chroma alone. Offsets in the file count from its start, so
    a brand is written over rather than taken out.
    """
    found = {kind: (start, end) for kind, start, end in boxes(data)}
    brands, meta = found[b"ftyp"], found[b"meta"]
    level = max(_levels(data, meta[0] + 4, meta[1]), default=0)
    file = bytearray(data)
    for at in range(brands[0] + 8, brands[1], 4):  # after the major brand and its version
        if level > HIGHEST_LEVEL.get(data[at : at + 4], level):
            file[at : at + 4] = PLAIN
    return bytes(file)


def _levels(data: bytes, start: int, end: int) -> list[int]:
    """``seq_level_idx_0`` of every ``av1C`` (AV1 Codec ISO Media File Format Binding, 2.3)."""
    levels = []
    for kind, first, last in boxes(data, start, end):
        if kind in (b"iprp", b"ipco"):
            levels += _levels(data, first, last)
        elif kind == b"av1C":
            levels.append(data[first + 1] & 31)
    return levels
