"""A file that somebody sent, to upright scene-linear pixels; or a sentence that says why not."""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.color.gamut import into_srgb
from render.pipeline.contract import Capture, Float, Photograph
from render.pipeline.errors import UnreadableFile
from render.pipeline.scan import Codes, Notes, Scan, scan, upright

BAND = 128
"""Rows converted at a time, so that only the result is as large as the picture."""


def decode(data: bytes) -> Photograph:
    """Read a photograph.

    Only the first frame is read; EXIF orientation is applied; gray and CMYK become RGB;
    transparency is laid over white in linear light. Colors come through the embedded
    profile in float (8, 10 and 16 bit), without a profile they are sRGB. Nothing of the
    file's metadata goes on but what `Capture` holds: no place, no time, no comment.

    Parameters
    ----------
    data : bytes
        A whole JPEG, PNG, WebP, HEIC/HEIF or AVIF file. Its name plays no part.

    Returns
    -------
    Photograph
        ``pixels`` (H, W, 3) float32, linear, sRGB primaries, no channel negative; wide-
        gamut colors may exceed 1. ``capture.width`` and ``height`` are the upright ones.

    Raises
    ------
    FileTooLarge
        Over 60 megapixels or 12,000 pixels on a side; said before any pixel is read.
    PhotographTooSmall
        Under 512 pixels on a side.
    UnreadableFile
        Empty, truncated, damaged, or something else than a photograph.
    """
    try:
        return photograph(*scan(data))
    except (ArithmeticError, IndexError, TypeError, ValueError) as error:
        raise UnreadableFile from error


def photograph(found: Scan, notes: Notes) -> Photograph:
    """A scan as linear light."""
    codes = upright(found.codes, notes.orientation)
    alpha = None if found.alpha is None else upright(found.alpha, notes.orientation)
    tables = found.profile.tables(found.maximum)
    matrix = None if found.profile.has_srgb_primaries else found.profile.matrix.astype(np.float32)
    pixels = np.empty(codes.shape, np.float32)
    for top in range(0, len(codes), BAND):
        band = pixels[top : top + BAND]
        _look_up(tables, codes[top : top + BAND], band)
        if found.profile.rendering is not None:
            band[:] = found.profile.rendering(band)
        if matrix is not None:
            band[:] = into_srgb(np.asarray(cv2.transform(band, matrix), np.float32))
        if alpha is not None:
            cover = alpha[top : top + BAND, :, None].astype(np.float32) / found.maximum
            band[:] = band * cover + (1 - cover)
    capture = Capture(
        format=notes.format,
        width=pixels.shape[1],
        height=pixels.shape[0],
        bits=found.maximum.bit_length(),
        profile=found.profile.name,
        orientation=notes.orientation,
        focal_length_35mm=notes.focal_length_35mm,
        camera=notes.camera,
    )
    return Photograph(pixels, capture)


def _look_up(tables: Float, codes: Codes, out: Float) -> None:
    """Linear light of ``codes`` (h, w, 3) from ``tables`` (3, maximum + 1) into ``out``."""
    if codes.dtype == np.uint8:
        cv2.LUT(np.ascontiguousarray(codes), tables.T.reshape(1, 256, 3), out)
        return
    for channel, table in enumerate(tables):
        out[..., channel] = table[codes[..., channel]]
