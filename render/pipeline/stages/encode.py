"""Finished code values to a file's bytes: the same picture, the same bytes, every time."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import numpy as np
from PIL import Image

from render.pipeline.color.srgb_profile import srgb_profile
from render.pipeline.containers.avif import without_false_brands
from render.pipeline.contract import Code

from . import jpeg

LZW, HORIZONTAL_DIFFERENCES = "tiff_lzw", {317: 2}  # TIFF 6.0, section 14: tag Predictor

OPTIONS: dict[str, dict[str, Any]] = {
    "jpeg": {},
    "png": {"compress_level": 1},
    "tiff": {"compression": LZW, "tiffinfo": HORIZONTAL_DIFFERENCES},
    "webp": {"method": 2},
    # Threads and tiles are fixed: left alone, both follow the number of cores, and the bytes them.
    "avif": {"subsampling": "4:4:4", "speed": 9, "max_threads": 2, "autotiling": False},
}
"""What Pillow is told of each format: the fastest settings that cost under a tenth in size. A JPEG, the one
that people wait for, is written by ``jpeg.write``."""

WITH_QUALITY = ("webp", "avif")

PIXELS_PER_INCH = 300
"""For programs that lay out pages; 6144 x 7680 is then 52 x 65 cm."""


def encode(
    code: Code,
    *,
    format: str,  # noqa: A002 - the word for it
    quality: int = 95,
    dots_per_inch: int = PIXELS_PER_INCH,
) -> bytes:
    """Write a picture with its sRGB profile and nothing else: no date, no camera, no place.

    Parameters
    ----------
    code : (H, W, 3) uint8
        sRGB code values.
    format : str
        ``jpeg`` (4:4:4), ``png``, ``tiff`` (LZW), ``webp`` or ``avif`` (4:4:4).
    quality : int
        1..100, of the formats that lose something; PNG and TIFF lose nothing.
    dots_per_inch : int
        What a JPEG, PNG or TIFF states; WebP and AVIF have no field for it.

    Returns
    -------
    bytes
        The whole file; for the same picture the same on any number of cores.

    Raises
    ------
    ValueError
        When the array is of another shape or type, the format unknown, the quality out of
        range, or a side longer than the format allows (WebP: 16,383).
    """
    if code.dtype != np.uint8 or code.ndim != 3 or code.shape[2] != 3:
        raise ValueError(f"a picture is (H, W, 3) uint8, not {code.shape} {code.dtype}")
    if format not in OPTIONS:
        raise ValueError(f"there is no format {format!r}; there are {', '.join(OPTIONS)}")
    if not 1 <= quality <= 100:
        raise ValueError(f"quality {quality} lies outside 1..100")
    if format == "jpeg":
        return jpeg.write(code, quality=quality, dots=dots_per_inch, profile=srgb_profile())
    options = OPTIONS[format] | ({"quality": quality} if format in WITH_QUALITY else {})
    if format in ("png", "tiff"):
        options["dpi"] = (dots_per_inch, dots_per_inch)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(code)).save(file, format, icc_profile=srgb_profile(), **options)
    data = file.getvalue()
    return without_false_brands(data) if format == "avif" else data


def encode_proof(code: Code) -> bytes:
    """The picture that the customer approves, lossless: (H, W, 3) uint8 to a PNG's bytes."""
    return encode(code, format="png")


def digest(data: bytes) -> str:
    """SHA-256 in 64 hexadecimal digits: the name under which an approval knows its proof."""
    return hashlib.sha256(data).hexdigest()
