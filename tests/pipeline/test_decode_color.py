"""Decoding: color through profiles, in every format."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from render.pipeline.color import lab, srgb
from render.pipeline.color.srgb_profile import srgb_profile
from render.pipeline.stages.decode import decode

from .files import FORMATS, deep_heic, distance, far, png, save, scene, scene_linear
from .profiles import ADOBE_RGB, DISPLAY_P3, PROPHOTO, gamma, gray_profile, table_profile

LINEAR = scene_linear()


@pytest.mark.parametrize(("profile", "name"), [(DISPLAY_P3, "Display P3"), (ADOBE_RGB, "Adobe RGB (1998)")])
@pytest.mark.parametrize("kind", FORMATS)
def test_profiles_count_in_every_format(kind: str, profile: bytes, name: str) -> None:
    image = Image.fromarray(scene())
    image.info["icc_profile"] = profile
    data = save(image, kind, icc_profile=profile)
    photograph = decode(data)
    reference = decode(save(scene(), "PNG", icc_profile=profile)).pixels
    assert photograph.capture.profile == name
    assert distance(photograph.pixels, reference.astype(np.float64)) < 1
    assert distance(photograph.pixels, LINEAR) > 2  # read as sRGB it would be wrong


def test_wide_colors_keep_their_tone_and_lose_only_saturation() -> None:
    picture = np.zeros((512, 512, 3), np.uint8)
    picture[..., 0] = np.linspace(0, 255, 512).astype(np.uint8)
    pixels = decode(save(picture, "PNG", icc_profile=DISPLAY_P3)).pixels
    assert pixels.min() == 0
    assert pixels[0, -1, 0] > 1
    exact = srgb.decode_exactly(picture[0] / 255) @ [0.2290, 0.6917, 0.0793]  # Y of P3's primaries
    assert srgb.luminance(pixels[0]) == pytest.approx(exact, abs=2e-3)


def test_sixteen_bit_prophoto_does_not_pass_through_eight_bits() -> None:
    codes = np.zeros((512, 1024, 3), np.uint16)
    codes[:] = (np.arange(1024) + 30000)[:, None]
    photograph = decode(png(codes, PROPHOTO))
    assert (photograph.capture.profile, photograph.capture.bits) == ("ProPhoto RGB", 16)
    assert len(np.unique(photograph.pixels[0, :, 1])) > 1000
    assert photograph.pixels[0, :, 1] == pytest.approx((codes[0, :, 1] / 65535) ** 1.8, abs=1e-3)


def test_our_own_profile_changes_nothing() -> None:
    tagged = decode(save(scene(), "PNG", icc_profile=srgb_profile()))
    assert np.array_equal(tagged.pixels, decode(save(scene(), "PNG")).pixels)


def test_gray_profile() -> None:
    gray = Image.new("L", (512, 512), 100)
    photograph = decode(save(gray, "PNG", icc_profile=gray_profile(gamma(1.8))))
    assert photograph.pixels[0, 0] == pytest.approx([(100 / 255) ** (461 / 256)] * 3, abs=1e-5)


def test_heic_that_states_p3_in_numbers() -> None:
    codes: NDArray[np.uint16] = scene().astype(np.uint16) * np.uint16(257)
    data = deep_heic(codes, color_primaries=12, transfer_characteristic=13)
    reference = decode(save(scene(), "PNG", icc_profile=DISPLAY_P3)).pixels
    assert distance(decode(data).pixels, reference.astype(np.float64)) < 0.5


INKS = {
    (c, m, y, k): (96.0 - 30 * (c + m + y) if not k else 0.0, 60.0 * m * (1 - k), 50.0 * y * (1 - k))
    for c in (0, 1)
    for m in (0, 1)
    for y in (0, 1)
    for k in (0, 1)
}


def test_cmyk_through_its_profile() -> None:
    ink = Image.new("CMYK", (512, 512), (0, 128, 128, 0))
    photograph = decode(save(ink, "JPEG", icc_profile=table_profile(b"CMYK", INKS)))
    found = lab.from_linear(photograph.pixels[9, 9])
    assert lab.difference(found, [66, 30, 25]) < 6  # paper white is scaled to white
    paper = decode(save(Image.new("CMYK", (512, 512)), "JPEG", icc_profile=table_profile(b"CMYK", INKS)))
    assert paper.pixels.min() > 0.97


def test_cmyk_without_a_profile() -> None:
    pixels = decode(save(Image.fromarray(scene()).convert("CMYK"), "JPEG")).pixels
    assert distance(pixels, LINEAR) < 2


def test_rgb_through_a_look_up_table() -> None:
    corners = {(r, g, b): (100.0 * g, 40.0 * (r - b), 0.0) for r in (0, 1) for g in (0, 1) for b in (0, 1)}
    picture = np.full((512, 512, 3), (0, 128, 0), np.uint8)
    photograph = decode(save(picture, "PNG", icc_profile=table_profile(b"RGB ", corners)))
    assert photograph.capture.profile == "table"
    assert lab.from_linear(photograph.pixels[9, 9]) == pytest.approx([50.2, 0, 0], abs=1)


@pytest.mark.parametrize("profile", [b"rubbish" * 40, DISPLAY_P3[:200], table_profile(b"CMYK", INKS)])
def test_a_profile_that_does_not_work_is_left_out(profile: bytes) -> None:
    photograph = decode(save(scene(), "PNG", icc_profile=profile))
    assert far(photograph.pixels, LINEAR) < 1e-6
    assert photograph.capture.profile == "sRGB"
