"""Decoding: every format and bit depth, turning, and refusals."""

from __future__ import annotations

import contextlib
import dataclasses
import time
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from render.pipeline.color import srgb
from render.pipeline.errors import FileTooLarge, IncompleteFile, PhotographTooSmall, Refused, UnreadableFile
from render.pipeline.stages.decode import decode

from .files import (
    FORMATS,
    HEIGHT,
    NOT_PHOTOGRAPHS,
    WIDTH,
    chunk,
    claim,
    claim_heic,
    deep_heic,
    distance,
    far,
    png,
    save,
    scene,
    scene_linear,
)

LINEAR = scene_linear()

# Formats and depths


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same_linear_picture(kind: str) -> None:
    photograph = decode(save(scene(), kind))
    assert photograph.pixels.shape == (HEIGHT, WIDTH, 3)
    assert photograph.pixels.dtype == np.float32
    assert distance(photograph.pixels, LINEAR) < 1
    capture = photograph.capture
    assert (capture.format, capture.width, capture.height) == (FORMATS[kind], WIDTH, HEIGHT)
    assert (capture.bits, capture.profile, capture.orientation) == (8, "sRGB", 1)


def test_lossless_codes_come_back_exactly() -> None:
    pixels = decode(save(scene(), "PNG")).pixels
    assert far(pixels, LINEAR) < 1e-7


def test_sixteen_bits_keep_what_eight_would_lose() -> None:
    codes = np.zeros((512, 1024, 3), np.uint16)
    codes[:] = (np.arange(1024) + 30000)[:, None]  # a ramp within four 8-bit steps
    photograph = decode(png(codes))
    assert photograph.capture.bits == 16
    assert len(np.unique(photograph.pixels[0, :, 1])) == 1024
    assert far(photograph.pixels[0], srgb.decode_exactly(codes[0] / 65535)) < 1e-7


def test_sixteen_bits_keep_red_red() -> None:
    codes = np.zeros((512, 512, 3), np.uint16)
    codes[...] = (60000, 20000, 5000)
    pixel = decode(png(codes)).pixels[9, 9]
    assert pixel == pytest.approx(srgb.decode_exactly(np.array([60000, 20000, 5000]) / 65535), abs=1e-6)


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_sixteen_bits_gray_and_transparent(channels: int) -> None:
    codes = np.full((512, 512, channels), 40000, np.uint16)
    light = srgb.decode_exactly(np.array(40000 / 65535))
    cover = 1.0
    if channels > 1:
        codes[..., -1] = 16384
        cover = 16384 / 65535
    photograph = decode(png(codes[..., 0] if channels == 1 else codes))
    assert photograph.capture.bits == 16
    assert far(photograph.pixels, light * cover + 1 - cover) < 1e-6


def test_ten_bit_heic_keeps_its_bits() -> None:
    codes = np.zeros((512, 1024, 3), np.uint16)
    codes[:] = (np.arange(1024) * 64)[:, None]
    photograph = decode(deep_heic(codes))
    assert (photograph.capture.format, photograph.capture.bits) == ("HEIC", 10)
    assert len(np.unique(photograph.pixels[5, :, 1])) > 1000
    assert far(photograph.pixels[5], srgb.decode_exactly(codes[5] / 65472)) < 2e-3


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_every_mode_of_png_is_normalized(mode: str) -> None:
    image = Image.fromarray(scene()).convert("L" if mode in ("1", "L", "LA") else "RGB").convert(mode)
    pixels = decode(save(image, "PNG")).pixels
    assert far(pixels, srgb.decode_exactly(np.asarray(image.convert("RGB")) / 255)) < 1e-6


def test_gray_jpeg() -> None:
    gray = Image.fromarray(scene()).convert("L")
    pixels = decode(save(gray, "JPEG")).pixels
    assert np.array_equal(pixels[..., 0], pixels[..., 2])
    assert distance(pixels, srgb.decode_exactly(np.asarray(gray.convert("RGB")) / 255)) < 0.5


def test_transparency_lies_over_white_in_linear_light() -> None:
    picture = np.zeros((512, 512, 4), np.uint8)
    picture[:, 256:, 3] = 128
    pixels = decode(save(picture, "PNG")).pixels
    assert pixels[0, 0] == pytest.approx([1, 1, 1])
    assert pixels[0, 300] == pytest.approx([1 - 128 / 255] * 3)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "GIF"])
def test_only_the_first_frame_counts(kind: str) -> None:
    red, blue = (Image.new("RGB", (512, 512), color) for color in ("red", "blue"))
    data = save(red, kind, save_all=True, append_images=[blue, blue], duration=100)
    if kind == "GIF":
        with pytest.raises(UnreadableFile):
            decode(data)
        return
    assert decode(data).pixels.mean(axis=(0, 1)) == pytest.approx([1, 0, 0], abs=0.02)


def test_a_jpeg_with_more_pictures_behind_it_is_a_jpeg() -> None:
    data = save(scene(), "MPO", save_all=True, append_images=[Image.new("RGB", (512, 512))])
    photograph = decode(data)
    assert photograph.capture.format == "JPEG"
    assert distance(photograph.pixels, LINEAR) < 1


# Turning, and what is kept of the notes


def stored_for(orientation: int) -> Any:
    """The scene as a camera would store it so that this orientation shows it upright."""
    transposes = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = Image.fromarray(scene())
    return image.transpose(transposes[orientation]) if orientation in transposes else image


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", FORMATS)
def test_every_orientation_comes_out_upright(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    photograph = decode(save(stored_for(orientation), kind, exif=exif.tobytes()))
    assert distance(photograph.pixels, LINEAR) < 1
    assert (photograph.capture.width, photograph.capture.height) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("orientation", [0, 9, 300])
def test_nonsense_orientation_is_none(orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    assert decode(save(scene(), "JPEG", exif=exif)).capture.orientation == 1


@pytest.mark.parametrize("kind", FORMATS)
def test_camera_is_kept_and_place_is_not(kind: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Apple\0", "iPhone 15 Pro"
    exif[ExifTags.Base.ImageDescription] = "at my house"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FocalLengthIn35mmFilm] = 24
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (47.0, 22.0, 7.0)
    data = save(scene(), kind, exif=exif.tobytes())
    assert b"at my house" in data
    capture = decode(data).capture
    assert (capture.focal_length_35mm, capture.camera) == (24.0, "Apple iPhone 15 Pro")
    assert not {"47", "22", "at my house"} & {str(value) for value in dataclasses.asdict(capture).values()}


def test_camera_is_one_clean_line() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Canon", "Canon\nEOS R5" + "!" * 200
    camera = decode(save(scene(), "JPEG", exif=exif)).capture.camera
    assert camera is not None
    assert camera.startswith("CanonEOS R5!")
    assert len(camera) == 80


def test_broken_notes_do_not_spoil_the_photograph() -> None:
    data = save(scene(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\xff\xff" + b"\xff" * 50)
    assert decode(data).capture.camera is None


# Refusals


@pytest.mark.parametrize("data", NOT_PHOTOGRAPHS.values(), ids=NOT_PHOTOGRAPHS.keys())
def test_other_things_are_not_photographs(data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        decode(data)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PPM", "ICO"])
def test_formats_that_are_not_accepted(kind: str) -> None:
    with pytest.raises(UnreadableFile):
        decode(save(scene(), kind))


@pytest.mark.parametrize("part", [0.02, 0.3, 0.9])
@pytest.mark.parametrize("kind", FORMATS)
def test_truncated_files(kind: str, part: float) -> None:
    data = save(scene(), kind)
    with pytest.raises(IncompleteFile):
        decode(data[: int(len(data) * part)])


def test_truncated_sixteen_bits() -> None:
    data = png(np.random.default_rng(0).integers(0, 65536, (512, 512, 3), np.uint16))
    with pytest.raises(IncompleteFile):
        decode(data[: len(data) // 2])


@pytest.mark.parametrize("kind", FORMATS)
def test_damage_gives_a_photograph_or_a_sentence(kind: str) -> None:
    data = save(scene(), kind)
    rng = np.random.default_rng(11)
    for _ in range(25):
        damaged = bytearray(data)
        for at in rng.integers(0, min(len(data), 2000), 4):
            damaged[at] = rng.integers(256)
        with contextlib.suppress(Refused):
            assert np.isfinite(decode(bytes(damaged)).pixels).all()


BOMBS = {
    "65-byte PNG of 65535 x 65535": claim(65535, 65535),
    "169 megapixels": claim(13000, 13000),
    "over the warning": claim(11000, 11000),
    "64 megapixels": claim(8000, 8000),
    "too long": claim(12001, 600),
    "HEIC": claim_heic(30000, 30000),
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS.keys())
def test_bombs_are_refused_before_they_go_off(data: bytes) -> None:
    start = time.perf_counter()
    with pytest.raises(FileTooLarge):
        decode(data)
    assert time.perf_counter() - start < 1


def test_the_smallest_bomb_has_65_bytes() -> None:
    assert len(BOMBS["65-byte PNG of 65535 x 65535"]) == 65


@pytest.mark.parametrize("size", [(512, 1024), (2000, 1500)])
def test_heic_that_lies_about_its_size(size: tuple[int, int]) -> None:
    with pytest.raises(UnreadableFile):
        decode(claim_heic(*size))


def test_a_swollen_text_chunk() -> None:
    data = save(scene(), "PNG")
    text = chunk(b"zTXt", b"note\0\0" + zlib.compress(b"\0" * 90_000_000, 9))
    start = time.perf_counter()
    with pytest.raises(UnreadableFile):
        decode(data[:33] + text + data[33:])
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("size", [(511, 900), (900, 511), (1, 1)])
def test_too_small(size: tuple[int, int]) -> None:
    with pytest.raises(PhotographTooSmall):
        decode(save(Image.new("RGB", size), "PNG"))


def test_the_smallest_that_is_taken() -> None:
    assert decode(save(Image.new("RGB", (512, 512)), "PNG")).pixels.shape == (512, 512, 3)
