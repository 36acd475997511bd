"""ICC profiles: those that we read against published primaries and LittleCMS, and the one that we write."""

from __future__ import annotations

import contextlib
import hashlib
import io
import struct

import numpy as np
import pytest
from numpy.typing import ArrayLike
from PIL import Image, ImageCms

from render.pipeline.color import icc, lab, srgb, xyz
from render.pipeline.color.srgb_profile import srgb_profile
from render.pipeline.color.stated import chromaticities
from render.pipeline.contract import Code, Double

from .profiles import (
    ADOBE_RGB,
    DISPLAY_P3,
    PROPHOTO,
    SRGB_COLORANTS,
    curve_profile,
    gamma,
    gray_profile,
    parametric,
    sampled,
)


def littlecms_srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def through_littlecms(codes: Code, source: bytes, target: bytes) -> Code:
    """Codes (H, W, 3) from one profile to another, relative colorimetric."""
    image = ImageCms.profileToProfile(
        Image.fromarray(codes),
        ImageCms.ImageCmsProfile(io.BytesIO(source)),
        ImageCms.ImageCmsProfile(io.BytesIO(target)),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    assert image is not None
    return np.asarray(image)


# Profiles that we read


def linear_of(profile: bytes, rgb: ArrayLike) -> Double:
    """Linear sRGB (N, 3) of encoded colors (N, 3) in 0..1, before the gamut."""
    parsed = icc.parse(profile)
    codes = np.asarray(rgb, np.float64)
    light = np.stack([curve(codes[:, i]) for i, curve in enumerate(parsed.curves)], axis=-1)
    return np.asarray(light @ parsed.matrix.T)


@pytest.mark.parametrize(
    ("profile", "red", "green", "blue"),
    [
        (DISPLAY_P3, (1.2249, -0.0420, -0.0197), (-0.2247, 1.0419, -0.0786), (0, 0, 1.0979)),
        (ADOBE_RGB, (1.3984, 0, 0), (-0.3984, 1, -0.0429), (0, 0, 1.0429)),
        (PROPHOTO, (2.0340, -0.2289, -0.0085), (-0.7275, 1.2318, -0.1533), (-0.3067, -0.0029, 1.1618)),
    ],
)
def test_primaries_of_wide_spaces(profile: bytes, red: object, green: object, blue: object) -> None:
    assert linear_of(profile, np.eye(3)) == pytest.approx(np.array([red, green, blue]), abs=2e-3)
    assert linear_of(profile, [[1, 1, 1]]) == pytest.approx(np.ones((1, 3)), abs=1e-3)


@pytest.mark.parametrize("profile", [DISPLAY_P3, ADOBE_RGB, PROPHOTO])
def test_our_reading_agrees_with_littlecms(profile: bytes) -> None:
    codes = np.random.default_rng(3).integers(60, 200, (400, 1, 3), np.uint8)  # inside sRGB, mostly
    ours = linear_of(profile, codes[:, 0] / 255)
    inside = ((ours > 0) & (ours < 1)).all(axis=1)
    theirs = through_littlecms(codes, profile, srgb_profile())
    assert inside.sum() > 100
    assert np.abs(srgb.encode(ours.astype(np.float32)) * 255 - theirs[:, 0])[inside].max() <= 1


def test_a_p3_picture_read_as_srgb_is_visibly_wrong() -> None:
    skin = [[0.80, 0.52, 0.42]]
    right = lab.from_linear(linear_of(DISPLAY_P3, skin))
    wrong = lab.from_linear(srgb.decode_exactly(np.array(skin)))
    assert lab.difference(right, wrong)[0] > 3


def test_profiles_that_mean_srgb_are_srgb_exactly() -> None:
    for data in (srgb_profile(), littlecms_srgb()):
        profile = icc.parse(data)
        assert profile.has_srgb_primaries
        assert np.array_equal(profile.tables(255), icc.SRGB.tables(255))


def test_tables_hold_the_curve_for_each_code() -> None:
    table = icc.SRGB.tables(1023)
    assert table.shape == (3, 1024)
    assert table[1] == pytest.approx(srgb.decode_exactly(np.arange(1024) / 1023), abs=1e-7)


X = np.linspace(0, 1, 101)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (gamma(), X),
        (gamma(2.19921875), X**2.19921875),
        (sampled(X**3), X**3),
        (parametric(0, 1.8), X**1.8),
        (parametric(1, 2.0, 1.25, -0.25), np.maximum(1.25 * X - 0.25, 0) ** 2),
        (parametric(2, 2.0, 1.25, -0.375, 0.125), np.maximum(1.25 * X - 0.375, 0) ** 2 + 0.125),
        (parametric(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045), srgb.decode_exactly(X)),
        (
            parametric(4, 2.0, 0.9, 0.0, 0.25, 0.5, 0.1, 0.05),
            np.where(X >= 0.5, 0.81 * X**2 + 0.1, X / 4 + 0.05),
        ),
    ],
    ids=["identity", "gamma", "table", "para0", "para1", "para2", "para3", "para4"],
)
def test_every_kind_of_curve(tag: bytes, expected: object) -> None:
    curve = icc.parse(curve_profile(tag)).curves[0]
    assert curve(X) == pytest.approx(expected, abs=1e-4)


def test_gray_profiles_are_one_curve() -> None:
    profile = icc.parse(gray_profile(gamma(1.8)))
    assert profile.has_srgb_primaries
    assert profile.curves[2](X) == pytest.approx(X ** (round(1.8 * 256) / 256))


def test_names_of_profiles() -> None:
    assert icc.parse(DISPLAY_P3).name == "Display P3"
    assert (
        icc.parse(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()).name == "sRGB built-in"
    )


def test_damaged_profiles_are_refused_and_nothing_else_happens() -> None:
    rng = np.random.default_rng(5)
    for cut in range(0, len(DISPLAY_P3) - 4, 7):
        with pytest.raises(icc.UnsupportedProfileError):
            icc.parse(DISPLAY_P3[: min(cut, 420)])
        damaged = bytearray(DISPLAY_P3)
        damaged[rng.integers(len(damaged))] = rng.integers(256)
        with contextlib.suppress(icc.UnsupportedProfileError):
            icc.parse(bytes(damaged)).tables(255)
    with pytest.raises(icc.UnsupportedProfileError):
        icc.parse(DISPLAY_P3[:128] + struct.pack(">I", 2**31) + DISPLAY_P3[132:])


def test_primaries_in_numbers_are_the_same_space() -> None:
    p3 = chromaticities("P3", ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)), xyz.D65, icc.SRGB.curves[0])
    assert p3.matrix == pytest.approx(icc.parse(DISPLAY_P3).matrix, abs=1e-3)
    assert chromaticities("709", xyz.SRGB_PRIMARIES, xyz.D65, icc.SRGB.curves[0]) is icc.SRGB
    with pytest.raises(icc.UnsupportedProfileError):
        chromaticities("none", ((0, 0), (0, 0), (0, 0)), (0, 0), icc.SRGB.curves[0])


# The profile that we write


def test_our_profile_always_has_the_same_bytes() -> None:
    data = srgb_profile()
    assert struct.unpack(">I", data[:4])[0] == len(data) == 2488
    assert (
        hashlib.sha256(data).hexdigest() == "46be5f3da321b31b522d9fd5b91ceae0a2ae82f0c9f20ffdc34c1eb873f8794d"
    )


def test_our_profile_has_the_published_colorants() -> None:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile())).profile
    assert profile.version == 2.1
    assert profile.copyright == "CC0"
    colorants = [profile.red_colorant, profile.green_colorant, profile.blue_colorant]
    assert [c and c[0] for c in colorants] == [pytest.approx(c, abs=2e-4) for c in SRGB_COLORANTS]


def test_littlecms_reads_our_profile_as_srgb() -> None:
    codes = np.random.default_rng(9).integers(0, 256, (2000, 1, 3), np.uint8)
    there = through_littlecms(codes, srgb_profile(), littlecms_srgb())
    assert np.abs(there.astype(int) - codes).max() <= 1
    assert np.abs(through_littlecms(codes, littlecms_srgb(), srgb_profile()).astype(int) - codes).max() <= 1
