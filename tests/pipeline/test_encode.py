"""Encoding: what the files hold, and that their bytes never change."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from render.pipeline.color import srgb
from render.pipeline.color.srgb_profile import srgb_profile
from render.pipeline.contract import Code
from render.pipeline.stages import jpeg
from render.pipeline.stages.decode import decode
from render.pipeline.stages.encode import OPTIONS, digest, encode, encode_proof

LOSSLESS = ("png", "tiff")


def picture() -> Code:
    """(512, 640, 3): the astronaut, wider than high so that a turned file would show."""
    face: Code = astronaut()
    codes: Code = np.concatenate([face, face[:, :128]], axis=1)
    return codes


def read(data: bytes) -> Code:
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize("format", LOSSLESS)
def test_lossless_formats_lose_nothing(format: str) -> None:  # noqa: A002
    assert np.array_equal(read(encode(picture(), format=format)), picture())


@pytest.mark.parametrize("format", ["jpeg", "webp", "avif"])
def test_other_formats_lose_little(format: str) -> None:  # noqa: A002
    difference = read(encode(picture(), format=format)).astype(int) - picture()
    assert np.abs(difference).mean() < 2.5
    assert np.abs(difference.mean(axis=(0, 1))).max() < 0.5


@pytest.mark.parametrize("format", OPTIONS)
def test_every_file_carries_our_profile_and_no_notes(format: str) -> None:  # noqa: A002
    image = Image.open(io.BytesIO(encode(picture(), format=format)))
    assert image.format == format.upper()
    assert image.info["icc_profile"] == srgb_profile()
    assert not {"exif", "xmp", "comment", "Software"} & set(image.info)


@pytest.mark.parametrize("format", OPTIONS)
def test_the_same_picture_is_the_same_file(format: str) -> None:  # noqa: A002
    assert encode(picture(), format=format) == encode(np.asfortranarray(picture()), format=format)


def test_jpeg_keeps_full_color_resolution_and_asks_for_quality_95() -> None:
    image = Image.open(io.BytesIO(encode(picture(), format="jpeg")))
    assert [layer[1:3] for layer in image.layer] == [(1, 1)] * 3  # type: ignore[attr-defined]
    assert image.quantization[0][0] == 2  # type: ignore[attr-defined]  # 16 of the standard's table x 10 %
    assert image.info["dpi"] == (300, 300)


@pytest.mark.parametrize("rows", [64, 192])
def test_bands_of_a_jpeg_join_to_the_whole(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    uneven = picture()[:509, :-3]
    whole = read(encode(uneven, format="jpeg"))
    monkeypatch.setattr(jpeg, "BAND", rows)
    assert np.array_equal(read(encode(uneven, format="jpeg")), whole)
    monkeypatch.setattr(jpeg, "BAND", rows + 8)  # the negative control: the ring of markers breaks
    assert not np.array_equal(read(encode(uneven, format="jpeg")), whole)


def test_a_jpeg_may_be_large_but_not_boundless() -> None:
    with pytest.raises(ValueError, match="65500 pixels"):
        encode(np.zeros((8, 65_501, 3), np.uint8), format="jpeg")


def test_quality_is_heard() -> None:
    sizes = [len(encode(picture(), format="jpeg", quality=quality)) for quality in (60, 80, 95)]
    assert sizes == sorted(sizes)
    assert sizes[2] > 2 * sizes[0]


def test_what_we_write_we_read_as_the_same_light() -> None:
    pixels = decode(encode(picture(), format="png")).pixels
    assert np.abs(pixels - srgb.decode_exactly(picture() / 255)).max() < 1e-7
    codes = np.rint(srgb.encode(pixels) * 255).astype(np.uint8)
    assert np.array_equal(codes, picture())


def test_proof_is_lossless_and_known_by_its_digest() -> None:
    proof = encode_proof(picture())
    assert proof.startswith(b"\x89PNG")
    assert np.array_equal(read(proof), picture())
    changed = picture()
    changed[0, 0, 0] ^= 1
    assert digest(proof) != digest(encode_proof(changed))
    assert digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2


def avif_claims(data: bytes) -> tuple[set[bytes], int, int]:
    """Brands of ``ftyp``, the level in ``av1C``, and the one in the sequence header that opens the stream."""
    (size,) = struct.unpack_from(">I", data)
    brands = {data[at : at + 4] for at in range(16, size, 4)}
    level = data[data.index(b"av1C") + 5] & 31
    stream = data.index(b"\x12\x00\x0a", data.index(b"mdat"))  # a temporal delimiter, then a sequence header
    profile_still_reduced_level = int.from_bytes(data[stream + 4 : stream + 6], "big")
    return brands, level, profile_still_reduced_level >> 6 & 31


@pytest.mark.parametrize(("height", "width", "legal"), [(64, 640, True), (64, 16_385, False)])
def test_case_avif_claims_a_profile(height: int, width: int, legal: bool) -> None:
    """The advanced profile ends at level 6.0: 35,651,584 pixels, 16,384 across (which is soon encoded)."""
    data = encode(np.full((height, width, 3), 90, np.uint8), format="avif")
    brands, level, in_stream = avif_claims(data)
    assert level == in_stream
    assert (level <= 16) == legal
    assert {b"avif", b"mif1", b"miaf"} <= brands
    assert (b"MA1A" in brands) == legal
    assert b"MA1B" not in brands
    assert read(data).shape == (height, width, 3)


SCRIPT = """
from skimage.data import astronaut
from render.pipeline.stages.encode import OPTIONS, digest, encode
print([digest(encode(astronaut().repeat(2, 0).repeat(2, 1), format=name)) for name in OPTIONS])
"""


def test_one_core_and_many_write_the_same_bytes() -> None:
    here = Path(__file__).parents[2]
    pin = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})"
    outputs = []
    for start in (pin, ""):
        command = [sys.executable, "-c", start + SCRIPT]
        outputs.append(subprocess.run(command, cwd=here, capture_output=True, check=True).stdout)
    assert outputs[0] == outputs[1]
    assert outputs[0].count(b"'") == 2 * len(OPTIONS)


@pytest.mark.parametrize(
    ("codes", "options", "message"),
    [
        (np.zeros((8, 8), np.uint8), {"format": "png"}, "uint8"),
        (np.zeros((8, 8, 4), np.uint8), {"format": "png"}, "uint8"),
        (np.zeros((8, 8, 3), np.float32), {"format": "png"}, "float32"),
        (np.zeros((8, 8, 3), np.uint8), {"format": "gif"}, "there are jpeg, png"),
        (np.zeros((8, 8, 3), np.uint8), {"format": "jpeg", "quality": 0}, "quality"),
        (np.zeros((1, 16384, 3), np.uint8), {"format": "webp"}, "WebP limit"),
    ],
)
def test_wrong_orders_are_errors(codes: Code, options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encode(codes, **options)  # type: ignore[arg-type]
