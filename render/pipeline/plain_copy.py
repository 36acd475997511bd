"""The same picture as a plain JPEG: its pixels, upright, in sRGB, and nothing of the file that it came in."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from PIL import ExifTags, Image

from .color import srgb
from .confined import PlainCopy
from .contract import Code
from .scan import Codes, Notes, Scan, scan, upright
from .stages.decode import photograph

QUALITY = 97
"""Of the JPEG, without chroma subsampling: docs/decisions/0025 has the measurements."""

BAND = 256
"""Rows converted at a time, so that a large photograph needs no large floats."""


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
