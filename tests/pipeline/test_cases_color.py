"""Color that a file states otherwise than by a profile of its own kind."""

from __future__ import annotations

import io
import itertools
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from render.pipeline.color import icc, srgb, stated
from render.pipeline.containers import boxes
from render.pipeline.contract import Code, Double
from render.pipeline.plain_copy import plain_copy
from render.pipeline.stages.decode import decode

from . import selfies
from .files import chunk, deep_heic, distance, far, png, save, scene, scene_linear
from .profiles import (
    ADOBE_RGB,
    DISPLAY_P3,
    SRGB_COLORANTS,
    curve_profile,
    gamma,
    gray_profile,
    profile,
    table_profile,
)

LINEAR = scene_linear()

CHRM_ADOBE = struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
GAMA = struct.pack(">I", 45455)


def with_chunks(*extra: tuple[bytes, bytes], codes: Code | None = None) -> bytes:
    data = png(scene() if codes is None else codes)
    return data[:33] + b"".join(chunk(*one) for one in extra) + data[33:]


def with_profile(code: Code, icc_profile: bytes) -> Double:
    return decode(save(code, "PNG", icc_profile=icc_profile)).pixels.astype(np.float64)


def stored(data: bytes) -> Code:
    """The codes of a file, as Pillow has them."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


# The cases


@pytest.mark.faces
@pytest.mark.parametrize(
    ("name", "matching"),
    [
        ("canon-adobe-rgb-r03.jpg", ADOBE_RGB),
        ("chrm-adobe.png", ADOBE_RGB),
        ("cicp-p3.png", DISPLAY_P3),
        ("p3-nclx.avif", DISPLAY_P3),
    ],
)
def test_case_color_without_icc(name: str, matching: bytes, cases: Path) -> None:
    data = (cases / "color-without-icc" / name).read_bytes()
    expected = with_profile(stored(data), matching)
    assert distance(decode(data).pixels, expected) < 1
    assert distance(decode(plain_copy(data).data).pixels, expected) < 1
    assert distance(decode(save(stored(data), "PNG")).pixels, expected) > 1.2


@pytest.mark.faces
@pytest.mark.parametrize(("name", "transfer"), [("pq-nclx.avif", 16), ("pq.heic", 16), ("hlg.heic", 18)])
def test_case_color_without_icc_hdr(name: str, transfer: int, cases: Path) -> None:
    """As bright as the picture that it was made from. The two HEIC name sRGB's curve, over other codes."""
    data = (cases / "color-without-icc" / name).read_bytes()
    data = data.replace(b"nclx\0\x09\0\x0d", b"nclx\0\x09\0" + bytes([transfer]))
    mean = srgb.luminance(decode(data).pixels).mean()
    original = srgb.luminance(srgb.decode(selfies.picture(selfies.ASTRONAUT).astype(np.float32) / 255)).mean()
    assert mean / original == pytest.approx(1, abs=0.2)
    assert decode(data).pixels.max() < 1.2


# PNG, in the order in which it counts


def test_png_states_its_color_in_an_order() -> None:
    p3, adobe = with_profile(scene(), DISPLAY_P3), with_profile(scene(), ADOBE_RGB)
    points, own = (b"cICP", bytes((12, 13, 0, 1))), (b"sRGB", b"\0")
    embedded = (b"iCCP", b"a\0\0" + zlib.compress(ADOBE_RGB))
    numbers = ((b"gAMA", struct.pack(">I", 45475)), (b"cHRM", CHRM_ADOBE))
    assert distance(decode(with_chunks(points, embedded, own, *numbers)).pixels, p3) < 0.2
    assert distance(decode(with_chunks(embedded, own, *numbers)).pixels, adobe) < 0.2
    assert far(decode(with_chunks(own, *numbers)).pixels, LINEAR) < 1e-6
    assert distance(decode(with_chunks(*numbers)).pixels, adobe) < 0.2


def test_gamma_alone_counts_unless_it_stands_for_srgb() -> None:
    assert far(decode(with_chunks((b"gAMA", GAMA))).pixels, LINEAR) < 1e-6
    linear = decode(with_chunks((b"gAMA", struct.pack(">I", 100_000)))).pixels
    assert far(linear, scene() / 255) < 1e-5


@pytest.mark.parametrize(
    "broken",
    [
        ((b"cHRM", bytes(32)),),
        ((b"cHRM", b"short"),),
        ((b"gAMA", bytes(4)),),
        ((b"cICP", bytes((250, 251, 0, 1))),),
        ((b"cICP", b"\x01"),),
        ((b"iCCP", b"a\0\0rubbish"),),
    ],
)
def test_nonsense_about_color_is_srgb(broken: tuple[tuple[bytes, bytes], ...]) -> None:
    assert far(decode(with_chunks(*broken)).pixels, LINEAR) < 1e-6


# EXIF


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
@pytest.mark.parametrize(
    ("space", "index", "adobe"),
    [(65535, "R03", True), (2, None, True), (1, "R98", False), (1, "R03", False), (65535, None, False)],
)
def test_exif_names_adobe_rgb(kind: str, space: int, index: str | None, adobe: bool) -> None:
    exif = Image.Exif()
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.ColorSpace] = space
    if index:
        details[ExifTags.IFD.Interop] = {ExifTags.Interop.InteropIndex: index}
    data = save(scene(), kind, exif=exif.tobytes())
    assert (decode(data).capture.profile == "Adobe RGB (1998)") == adobe
    expected = with_profile(scene(), ADOBE_RGB) if adobe else LINEAR
    assert distance(decode(data).pixels, expected) < 1
    tagged = decode(save(scene(), kind, exif=exif.tobytes(), icc_profile=DISPLAY_P3))
    assert tagged.capture.profile == "Display P3"


# HEIF and AVIF


@pytest.mark.parametrize(
    ("primaries", "transfer", "matching"),
    [
        (12, 13, DISPLAY_P3),
        (12, 1, DISPLAY_P3),
        (1, 4, curve_profile(gamma(2.2), SRGB_COLORANTS)),
        (1, 8, curve_profile(gamma(), SRGB_COLORANTS)),
    ],
)
def test_heic_states_its_color_in_numbers(primaries: int, transfer: int, matching: bytes) -> None:
    codes = scene().astype(np.uint16) * np.uint16(257)
    data = deep_heic(codes, color_primaries=primaries, transfer_characteristics=transfer)
    assert distance(decode(data).pixels, with_profile(scene(), matching)) < 0.5


def test_avif_counts_its_profile_before_its_numbers() -> None:
    tagged = save(scene(), "AVIF", icc_profile=ADOBE_RGB)
    assert decode(tagged).capture.profile == "Adobe RGB (1998)"


def test_boxes_that_are_damaged_state_nothing() -> None:
    """Nothing is raised and nothing takes long, whatever the lengths say."""
    data = bytearray(save(scene(), "AVIF")[:400])
    assert boxes.stated_color(bytes(data)) is not None
    draw = np.random.default_rng(4)
    for _ in range(300):
        damaged = bytearray(data)
        for at in draw.integers(0, len(data), 6):
            damaged[at] = draw.integers(256)
        boxes.stated_color(bytes(damaged))
        boxes.is_cut(bytes(damaged))


# Light for brighter displays


@pytest.mark.parametrize(("transfer", "encode"), [(16, "pq"), (18, "hlg")])
def test_hdr_keeps_the_tones_of_skin(transfer: int, encode: str) -> None:
    """Gray of 2 to 60 % of paper comes out as it is, paper under white, the peak at it."""
    grays = np.array([0.02, 0.18, 0.4, 0.6])
    space = stated.code_points(9, transfer)
    codes = np.linspace(0, 1, 4096)
    shown = space.tables(4095).T
    assert space.rendering is not None
    shown = space.rendering(np.ascontiguousarray(shown))[:, 1]
    assert (np.diff(shown) >= -1e-6).all()
    assert shown[0] == 0
    assert shown.max() == pytest.approx(1, abs=1e-3)
    code = {"pq": _pq_code, "hlg": _hlg_code}[encode](grays * stated.DIFFUSE_WHITE)
    assert np.interp(code, codes, shown) == pytest.approx(grays, abs=5e-3)


def _pq_code(nits: Double) -> Double:
    """ST 2084, written the other way round."""
    y = (nits / 10_000) ** (2610 / 16384)
    return ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375


def _hlg_code(nits: Double) -> Double:
    scene_light = (nits / 1000) ** (1 / 1.2)
    log = 0.17883277 * np.log(np.maximum(12 * scene_light - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene_light <= 1 / 12, np.sqrt(3 * scene_light), log)


# Profiles of another kind


@pytest.mark.faces
def test_case_profile_of_another_kind(cases: Path) -> None:
    data = (cases / "profile-of-another-kind" / "gray-profile-on-rgb.jpg").read_bytes()
    assert decode(data).capture.profile == "sRGB"
    assert distance(decode(data).pixels, srgb.decode_exactly(stored(data) / 255)) < 0.01


def lab_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


KINDS: dict[str, Callable[[], bytes]] = {
    "gray": lambda: gray_profile(gamma(1.0)),
    "CMYK": lambda: table_profile(
        b"CMYK", dict.fromkeys(itertools.product((0, 1), repeat=4), (50.0, 0.0, 0.0))
    ),
    "Lab": lab_profile,
    "abstract": lambda: _of_class(b"abst"),
    "link": lambda: _of_class(b"link"),
    "named colors": lambda: _of_class(b"nmcl"),
    "empty": lambda: b"",
    "short": lambda: DISPLAY_P3[:20],
    "torn": lambda: DISPLAY_P3[:300],
}


def _of_class(name: bytes) -> bytes:
    return DISPLAY_P3[:12] + name + DISPLAY_P3[16:]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_profile_of_another_kind_is_left_out(kind: str, format: str) -> None:  # noqa: A002
    data = save(scene(), format, icc_profile=KINDS[kind]())
    photograph = decode(data)
    assert photograph.capture.profile == "sRGB"
    assert distance(photograph.pixels, srgb.decode_exactly(stored(data) / 255)) < 0.01


def test_a_gray_picture_takes_a_profile_of_gray_or_of_rgb() -> None:
    """As in browsers: the curve of an RGB profile is that of its grays. PNG alone forbids it (11.3.2.3)."""
    gray = Image.new("L", (512, 512), 100)
    steep = curve_profile(gamma(1.8))
    bright, plain = (100 / 255) ** (461 / 256), float(srgb.decode_exactly(np.array(100 / 255)))
    for data, light in (
        (save(gray, "JPEG", icc_profile=steep), bright),
        (save(gray, "JPEG", icc_profile=gray_profile(gamma(1.8))), bright),
        (save(gray, "PNG", icc_profile=gray_profile(gamma(1.8))), bright),
        (save(gray, "PNG", icc_profile=steep), plain),
    ):
        assert decode(data).pixels[0, 0] == pytest.approx([light] * 3, abs=1e-3)


def test_inks_take_only_a_profile_of_inks() -> None:
    inks = Image.fromarray(scene()).convert("CMYK")
    plain = decode(save(inks, "JPEG"))
    for kind in (DISPLAY_P3, gray_profile(gamma(1.0)), profile("link", {}, spaces=b"linkCMYKRGB ")):
        assert np.array_equal(decode(save(inks, "JPEG", icc_profile=kind)).pixels, plain.pixels)


def test_what_suits_is_told_by_the_header() -> None:
    assert icc.suits(DISPLAY_P3, b"RGB ")
    assert not icc.suits(b"", b"RGB ")
    assert not icc.suits(gray_profile(gamma(1.0)), b"RGB ")
