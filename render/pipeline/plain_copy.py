"""The same picture as a plain JPEG: its pixels, upright, in sRGB, and nothing of the file that it came in."""

from __future__ import annotations

import codecs
import io
import resource
from dataclasses import asdict, replace
from typing import Any

import cv2
import numpy as np
from PIL import AvifImagePlugin, ExifTags, Image, MpoImagePlugin, TiffImagePlugin, WebPImagePlugin

from .color import srgb
from .confined import PlainCopy
from .contract import Code
from .errors import Refused, TooHeavy
from .limits import MIN_SIDE
from .scan import Codes, Notes, Scan, scan, upright
from .stages.decode import photograph

QUALITY = 97
"""Of the JPEG, without chroma subsampling: docs/decisions/0025 has the measurements."""

BAND = 256
"""Rows converted at a time, so that a large photograph needs no large floats."""

ENCODINGS = ("ascii", "latin-1", "utf-8", "utf-16", "utf-16-be", "utf-16-le")
"""Of the notes and profiles in photographs. Python loads each from a file when it first meets it."""

PLUGINS = (AvifImagePlugin, MpoImagePlugin, TiffImagePlugin, WebPImagePlugin)
"""Parts that Pillow loads when it first meets them."""


def rehearse() -> None:
    """Read one photograph of each kind, so that everything is loaded and compiled.

    A child cannot open a file any more. OpenCV gets no threads: they would not outlive a fork.
    """
    cv2.setNumThreads(0)
    Image.init()
    for encoding in ENCODINGS:
        codecs.lookup(encoding)
    gray = Image.new("RGB", (MIN_SIDE, MIN_SIDE), "gray")
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "rehearsal"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FocalLengthIn35mmFilm] = 26
    for kind, image in (
        ("JPEG", gray),
        ("JPEG", gray.convert("CMYK")),
        ("MPO", gray),
        ("PNG", gray.convert("RGBA")),  # through linear light, which is compiled here
        ("WEBP", gray),
        ("AVIF", gray),
    ):
        file = io.BytesIO()
        image.save(file, kind, exif=exif)
        plain_copy(file.getvalue())
    answer(b"no photograph")


def answer(data: bytes) -> tuple[dict[str, Any], bytes]:
    """What a child says of a stranger's bytes: what can be written as JSON, and the copy."""
    body, head = b"", dict[str, Any]()
    try:
        found = plain_copy(data)
        body = found.data
        head = {name: value for name, value in asdict(found).items() if name != "data"}
    except Refused as refused:
        head = {"refused": refused.code, "fix": refused.fix}
    except MemoryError:
        head = {"refused": TooHeavy.code}
    head["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return head, body


def plain_copy(data: bytes) -> PlainCopy:
    """Draw a photograph anew.

    Orientation is applied, colors come through the profile, the first frame alone is kept. Place,
    time, comments, prompts and thumbnails are gone with the old file; the one note that is written
    again is the focal length on 35 mm, because perspective is worked out from it.

    Parameters
    ----------
    data : bytes
        A whole file, as for `render.pipeline.scan.scan`, whose errors it raises.
    """
    found, notes = scan(data)
    codes = _codes(found, notes)
    exif = Image.Exif()
    if notes.focal_length_35mm is not None:
        length = round(notes.focal_length_35mm)
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FocalLengthIn35mmFilm] = length
    file = io.BytesIO()
    Image.fromarray(codes).save(file, "JPEG", quality=QUALITY, subsampling=0, exif=exif)
    lens = (notes.lens or "").lower()
    return PlainCopy(file.getvalue(), codes.shape[1], codes.shape[0], "back" in lens and "front" not in lens)


def _codes(found: Scan, notes: Notes) -> Code:
    """Upright sRGB codes (H, W, 3)."""
    codes = upright(found.codes, notes.orientation)
    if found.profile.is_srgb and found.maximum == 255 and found.alpha is None:
        return np.ascontiguousarray(codes, np.uint8)
    alpha = None if found.alpha is None else upright(found.alpha, notes.orientation)
    level = replace(notes, orientation=1)
    drawn = np.empty(codes.shape, np.uint8)
    for top in range(0, len(codes), BAND):
        band = replace(found, codes=_rows(codes, top), alpha=None if alpha is None else _rows(alpha, top))
        encoded = srgb.encode(photograph(band, level).pixels)
        drawn[top : top + BAND] = np.rint(np.clip(encoded, 0, 1) * 255)
    return drawn


def _rows(codes: Codes, top: int) -> Codes:
    return codes[top : top + BAND]
