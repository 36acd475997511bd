"""Files that failed once at some service or library, each with its whole kind."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from render.pipeline import confined
from render.pipeline.errors import FileTooLarge, IncompleteFile, UnreadableFile
from render.pipeline.limits import MAX_BYTES
from render.pipeline.stages.decode import decode

from . import selfies
from .files import chunk, distance, png, save, scene, scene_linear
from .profiles import DISPLAY_P3


def test_case_copy_larger_than_the_limit() -> None:
    """Our own copy may have more bytes than a customer may send."""
    grain = np.random.default_rng(1).integers(0, 256, (5400, 5400, 1), np.uint8)
    sent = save(np.broadcast_to(grain, (5400, 5400, 3)), "JPEG", quality=85)
    assert len(sent) < MAX_BYTES
    copy = confined.copy(sent)
    assert len(copy.data) > MAX_BYTES
    assert decode(copy.data).capture.width == 5400
    assert type(confined.ask(bytes(MAX_BYTES + 1)).refused) is FileTooLarge


# Files without their end

JPEGS: dict[str, dict[str, object]] = {
    "baseline": {},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_rows": 1},
    "optimized": {"optimize": True, "subsampling": 0},
}
END = b"\xff\xd9"


@pytest.mark.faces
@pytest.mark.parametrize("name", ["no-eoi", "no-eoi-progressive"])
def test_case_jpeg_without_end_marker(name: str, cases: Path) -> None:
    data = (cases / "jpeg-without-end-marker" / f"{name}.jpg").read_bytes()
    assert np.array_equal(decode(data).pixels, decode(data + END).pixels)
    assert confined.copy(data).width == 1024


@pytest.mark.parametrize("kind", JPEGS)
def test_a_jpeg_needs_its_pixels_and_not_its_end(kind: str) -> None:
    data = save(selfies.picture(selfies.CLOSE), "JPEG", **JPEGS[kind])
    whole = decode(data).pixels
    for ending in (data[:-2], data[:-1], data[:-2] + bytes(5000), data + END, data + b"rubbish" * 40):
        assert np.array_equal(decode(ending).pixels, whole)
    for torn in (data[:-4], data[:-200], data[: len(data) // 2]):
        with pytest.raises(IncompleteFile) as caught:
            decode(torn)
        assert caught.value.fix == "Send it again, whole."


@pytest.mark.parametrize("kind", ["baseline", "restarts", "optimized"])
def test_rows_are_missed_although_an_end_is_marked(kind: str) -> None:
    data = save(selfies.picture(selfies.CLOSE), "JPEG", **JPEGS[kind])
    with pytest.raises(IncompleteFile):
        decode(data[: len(data) // 2] + END)


@pytest.mark.parametrize("kind", JPEGS)
def test_a_white_foot_is_not_missing(kind: str) -> None:
    code = selfies.picture(selfies.CLOSE).copy()
    code[-200:] = 255
    data = save(code, "JPEG", **JPEGS[kind])
    assert decode(data).pixels[-1].min() > 0.99
    assert decode(data[:-2]).pixels[-1].min() > 0.99


@pytest.mark.parametrize("lost", [2, 2000])
def test_the_second_picture_of_an_mpo_may_be_torn(lost: int) -> None:
    data = save(scene(), "MPO", save_all=True, append_images=[Image.fromarray(scene()[::-1])])
    assert distance(decode(data[:-lost]).pixels, scene_linear()) < 1


def test_a_png_needs_its_pixels_and_not_its_end() -> None:
    data = save(scene(), "PNG")
    for ending in (data[:-12], data[:-5], data + b"rubbish"):
        assert np.array_equal(decode(ending).pixels, decode(data).pixels)
    with pytest.raises(IncompleteFile):
        decode(data[:-300])


@pytest.mark.parametrize("lossless", [False, True])
def test_a_webp_needs_its_pixels_and_not_its_notes(lossless: bool) -> None:
    notes = selfies.note(focal_length_35mm=24).tobytes()
    data = save(scene(), "WEBP", exif=notes, lossless=lossless)
    assert np.array_equal(decode(data[:-10]).pixels, decode(data).pixels)
    with pytest.raises(IncompleteFile):
        decode(data[: -len(notes) - 60])


# Notes of PNG


@pytest.mark.faces
@pytest.mark.parametrize("name", ["photoshop-ancestors", "profile-of-1.2-mb"])
def test_case_png_with_large_notes(name: str, cases: Path) -> None:
    data = (cases / "png-with-large-notes" / f"{name}.png").read_bytes()
    assert decode(data).capture.width == 640
    assert len(confined.copy(data).data) < 1_000_000


def text(kind: bytes, unpacked: int) -> bytes:
    packed = zlib.compress(b"x" * unpacked)
    rest = {b"zTXt": b"\0" + packed, b"iTXt": b"\1\0\0\0" + packed, b"tEXt": b"x" * unpacked}
    return chunk(kind, b"note\0" + rest[kind])


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt"])
@pytest.mark.parametrize("unpacked", [5_000, 3_000_000])
@pytest.mark.parametrize("before", [True, False])
def test_texts_of_a_png_are_left_out_where_they_are_large(kind: bytes, unpacked: int, before: bool) -> None:
    data = save(scene(), "PNG")
    at = 33 if before else len(data) - 12
    assert np.array_equal(decode(data[:at] + text(kind, unpacked) + data[at:]).pixels, decode(data).pixels)


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt"])
@pytest.mark.parametrize(("count", "unpacked"), [(1, 90_000_000), (40, 2_000_000)])
def test_texts_of_a_png_that_are_bombs_are_refused(kind: bytes, count: int, unpacked: int) -> None:
    data = save(scene(), "PNG")
    with pytest.raises(UnreadableFile):
        decode(data[:33] + count * text(kind, unpacked) + data[33:])


def test_a_note_of_a_png_that_is_damaged_is_left_out() -> None:
    data = save(scene(), "PNG")
    broken = text(b"zTXt", 400)[:-4] + b"none"
    assert np.array_equal(decode(data[:33] + broken + data[33:]).pixels, decode(data).pixels)


def test_a_large_profile_of_a_png_counts() -> None:
    """Look-up tables of printers take megabytes; what is longer than any is left out."""
    plain = decode(png(scene(), DISPLAY_P3))
    large = decode(png(scene(), DISPLAY_P3 + bytes(2_000_000)))
    assert large.capture.profile == plain.capture.profile == "Display P3"
    assert np.array_equal(large.pixels, plain.pixels)
    assert decode(png(scene(), DISPLAY_P3 + bytes(9_000_000))).capture.profile == "sRGB"
