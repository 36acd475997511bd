"""Boxes of HEIF and AVIF (ISO/IEC 14496-12, 23008-12): what color the primary picture states."""

from __future__ import annotations

import struct
from collections.abc import Iterator

MOST = 500
"""Boxes or items that are looked at: a photograph has a few dozen."""


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and end of the contents of each box, the last one cut where the data ends."""
    end = len(data) if end is None else min(end, len(data))
    for _ in range(MOST):
        if start + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1 and start + 16 <= end:
            (size,) = struct.unpack_from(">Q", data, start + 8)
            head = 16
        size = size or end - start
        if size < head:
            return
        yield kind, start + head, min(start + size, end)
        start += size


def is_cut(data: bytes) -> bool:
    """Whether the last box of the file says that it is longer than it is."""
    at = 0
    for _ in range(MOST):
        if at + 8 > len(data):
            return at != len(data)
        size, _kind = struct.unpack_from(">I4s", data, at)
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size < 8:
            return False
        at += size
    return False


def stated_color(data: bytes) -> tuple[int, int] | None:
    """Color primaries and transfer characteristics of the primary picture (``colr`` of type ``nclx``).

    Parameters
    ----------
    data : bytes
        A whole file.

    Returns
    -------
    tuple of int, or None
        Code points of H.273; None where the file states none, or is damaged there.
    """
    try:
        return _stated_color(data)
    except (struct.error, IndexError):
        return None


def _stated_color(data: bytes) -> tuple[int, int] | None:
    meta = _find(data, b"meta", 0, len(data))
    if meta is None:
        return None
    start, end = meta[0] + 4, meta[1]
    found = (_find(data, kind, start, end) for kind in (b"pitm", b"iprp"))
    primary, properties = found
    if primary is None or properties is None:
        return None
    wide = data[primary[0]] > 0
    (item,) = struct.unpack_from(">I" if wide else ">H", data, primary[0] + 4)
    container = _find(data, b"ipco", *properties)
    links = _find(data, b"ipma", *properties)
    if container is None or links is None:
        return None
    listed = list(boxes(data, *container))
    for index in _properties_of(data, links[0], links[1], item):
        if not 0 < index <= len(listed):
            continue
        kind, at, _ = listed[index - 1]
        if kind == b"colr" and data[at : at + 4] == b"nclx":
            primaries, transfer = struct.unpack_from(">HH", data, at + 4)
            return primaries, transfer
    return None


def _find(data: bytes, wanted: bytes, start: int, end: int) -> tuple[int, int] | None:
    return next(((a, b) for kind, a, b in boxes(data, start, end) if kind == wanted), None)


def _properties_of(data: bytes, start: int, end: int, item: int) -> list[int]:
    """The indices, from 1, of an item's properties (``ItemPropertyAssociation``)."""
    version, wide = data[start], data[start + 3] & 1
    (count,) = struct.unpack_from(">I", data, start + 4)
    at = start + 8
    for _ in range(min(count, MOST)):
        form = ">IB" if version else ">HB"
        number, links = struct.unpack_from(form, data, at)
        at += struct.calcsize(form)
        width = 2 if wide else 1
        if number == item:
            parts = (data[at + i * width : at + (i + 1) * width] for i in range(links))
            return [int.from_bytes(part, "big") & (0x7FFF if wide else 0x7F) for part in parts]
        at += links * width
        if at > end:
            break
    return []
