"""What holds of every file that is delivered, read by libvips, which wrote none of them."""

from __future__ import annotations

import cv2
import numpy as np
import pyvips

from render.copies import KINDS
from render.pipeline.contract import CANVASES, Code, Float
from render.pipeline.crops import CROPS, MARK_SHARE

LONG_SIDE = 7680
MEAN, WORST, WORST_AT = 0.5, 4, 99.9
"""Code values that a full portrait's average may lie from its proof; the latter at that percentile."""

BAND = 32
"""Rows of the proof compared at a time, so that no full portrait is kept as floats."""

MM_PER_INCH = 25.4
STATES_DENSITY = {"jpeg", "png", "tiff"}
"""Formats that state how many pixels go on an inch."""


def read(data: bytes) -> pyvips.Image:
    """The picture, every pixel of it."""
    image = pyvips.Image.new_from_buffer(data, "", access="sequential")
    return image.copy_memory()


def pixels(image: pyvips.Image) -> Code:
    """(H, W, 3) uint8."""
    assert image.bands == 3, image
    assert image.format == "uchar", image
    return np.asarray(image.numpy(), np.uint8)


def whole(image: pyvips.Image, aspect: str) -> Code:
    """A full portrait as it should be: 8K along its long side, in its style's frame. Returns its pixels."""
    canvas = CANVASES[aspect]
    assert (image.width, image.height) == (
        canvas.width * canvas.enlargement,
        canvas.height * canvas.enlargement,
    )
    assert max(image.width, image.height) == LONG_SIDE
    across, down = (float(side) for side in aspect.split(":"))
    assert image.width * down == image.height * across
    clean(image)
    return pixels(image)


def clean(image: pyvips.Image) -> None:
    """It says which colors it is in, and nothing about where and with what it was taken."""
    told = set(image.get_fields())
    assert "icc-profile-data" in told
    assert not {name for name in told if name.startswith(("exif", "xmp", "iptc"))}
    assert "orientation" not in told or image.get("orientation") == 1


def density(image: pyvips.Image) -> float:
    """Pixels on an inch, as the file states them."""
    return float(image.xres) * MM_PER_INCH


def averages_to(full: Code, proof: Code) -> None:
    """The full portrait is the approved picture."""
    times = full.shape[0] // proof.shape[0]
    away = np.empty(proof.shape, np.float32)
    for top in range(0, len(proof), BAND):
        printed = proof[top : top + BAND]
        band = full[top * times : (top + len(printed)) * times].astype(np.float32)
        small: Float = cv2.resize(band, printed.shape[1::-1], interpolation=cv2.INTER_AREA)
        away[top : top + BAND] = np.abs(small - printed)
    assert away.mean() <= MEAN
    assert np.percentile(away, WORST_AT) <= WORST


def copied(name: str, data: bytes, full: Code, *, exact: bool = True) -> None:
    """A copy as its kind promises it.

    ``full`` (H, W, 3) is the portrait as the engine made it where ``exact``, else its JPEG.
    """
    kind, image = KINDS[name], read(data)
    clean(image)
    wide_mm = CROPS[kind.crop].width_mm if kind.crop else 0.0
    if wide_mm:
        assert abs(image.width / density(image) * MM_PER_INCH - wide_mm) < 0.1
    elif kind.format in STATES_DENSITY:
        assert round(density(image)) == 300
    if not kind.crop:
        assert (image.height, image.width) == full.shape[:2]
        if exact and kind.format in ("png", "tiff"):
            assert np.array_equal(pixels(image), full)
        else:
            assert cv2.norm(pixels(image), full, cv2.NORM_L1) / full.size < 3
        return
    crop = CROPS[kind.crop]
    tall = image.height / (1 + MARK_SHARE) if crop.marked else image.height
    assert tall <= crop.tallest + 1
    assert abs(image.width / tall - crop.aspect) < 0.01
    assert tall >= 600, "a crop smaller than a telephone's screen"
