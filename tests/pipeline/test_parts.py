"""Files of too many parts are refused before anything decodes them; those of cameras and editors are read."""

import io
import struct
import time
import zlib

import pytest
from PIL import Image

from render.pipeline.containers import parts
from render.pipeline.errors import TooManyParts
from render.pipeline.scan import scan

from .bombs import scans
from .files import save, scene

SIDE = 600


def segment(marker: int, body: bytes = b"") -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def spliced(into: bytes, what: bytes) -> bytes:
    """A file with more behind its first two bytes."""
    return into[:2] + what + into[2:]


@pytest.mark.parametrize("count", [1, 10, parts.MOST_SCANS])
def test_as_many_scans_as_any_editor_writes_are_read(count: int) -> None:
    found, _ = scan(scans(count, SIDE))
    assert found.codes.shape[:2] == (SIDE, SIDE)


@pytest.mark.parametrize("count", [parts.MOST_SCANS + 1, 3000])
def test_more_scans_are_refused_at_once(count: int) -> None:
    data = scans(count)
    began = time.perf_counter()
    with pytest.raises(TooManyParts):
        scan(data)
    assert time.perf_counter() - began < 0.5


def test_without_the_limit_the_decoder_works_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the limit is for: a few kilobytes more are many times the work."""
    monkeypatch.setattr(parts, "MOST_SCANS", 10_000)

    def seconds(count: int) -> float:
        data, began = scans(count, 2000), time.perf_counter()
        scan(data)
        return time.perf_counter() - began

    assert seconds(1000) > 3 * seconds(10)


@pytest.mark.parametrize("quality", [30, 95])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_progressive_files_are_far_from_the_limit(mode: str, quality: int) -> None:
    image = Image.fromarray(scene()).convert(mode)
    data = save(image, "JPEG", progressive=True, quality=quality)
    assert 4 <= data.count(b"\xff\xda") <= parts.MOST_SCANS / 3
    parts.check(data)


def test_scans_behind_markers_without_a_length_are_counted() -> None:
    """Whoever takes what follows for a length skips scans that the decoder does not skip."""
    data = scans(parts.MOST_SCANS + 10, SIDE).replace(b"\xff\xda", b"\xff\x01\xff\xda")
    with pytest.raises(TooManyParts):
        parts.check(data)


def test_a_picture_behind_the_picture_does_not_count() -> None:
    """As phones write it: a second picture, or a film, behind the first."""
    parts.check(scans(2, SIDE) + 40 * scans(2, SIDE))


def test_a_thumbnail_does_not_count() -> None:
    parts.check(spliced(scans(2, SIDE), 40 * segment(0xE1, b"Exif\0\0" + scans(3, 64))))


@pytest.mark.parametrize(
    "what",
    [
        (parts.MOST_SEGMENTS + 1) * segment(0xEF),
        b"\xff" * (parts.MOST_JUNK + 2),
        b"\0" * (parts.MOST_JUNK + 2),
    ],
    ids=["segments", "filling", "junk"],
)
def test_other_parts_that_are_read_one_by_one(what: bytes) -> None:
    data = b"\xff\xd8" + segment(0xE0, b"JFIF\0") + what + scans(1, SIDE)[2:]
    with pytest.raises(TooManyParts):
        scan(data)


def test_chunks_of_a_png() -> None:
    data = save(scene(), "PNG")
    at = data.rindex(b"IEND") - 4
    empty = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    with pytest.raises(TooManyParts):
        scan(data[:at] + 100_000 * empty + data[at:])
    scan(data[:at] + 100 * empty + data[at:])


def test_what_is_no_jpeg_and_no_png_is_left_to_its_reader() -> None:
    for kind in ("WEBP", "AVIF"):
        parts.check(save(scene(), kind))
    parts.check(io.BytesIO().getvalue())
