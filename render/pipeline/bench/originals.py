"""Selfies as a phone keeps them: twelve megapixels, and a focal length, so that perspective is undone."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import ExifTags, Image

from render.pipeline.contract import Code

MEGAPIXELS, FOCAL_LENGTH_35MM = 12, 26
EDGE_PX = 9
"""Width of the neighborhood whose two tones a sharp pixel chooses from."""


def original(selfie: bytes, *, sharp: bool = False) -> bytes:
    """``selfie`` at a phone's size, as soft as that makes it; ``sharp``: every edge a pixel or two wide."""
    with Image.open(io.BytesIO(selfie)) as image:
        code = np.asarray(image.convert("RGB"), np.uint8)
    scale = float(np.sqrt(MEGAPIXELS * 1e6 / (code.shape[0] * code.shape[1])))
    code = np.asarray(cv2.resize(code, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)
    if sharp:
        code = steep(code)
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FocalLengthIn35mmFilm] = FOCAL_LENGTH_35MM
    file = io.BytesIO()
    Image.fromarray(code).save(file, "JPEG", quality=92, exif=exif)
    return file.getvalue()


def steep(code: Code) -> Code:
    """Move each pixel to the nearer of the darkest and brightest tone around it."""
    around = np.ones((EDGE_PX, EDGE_PX), np.uint8)
    low, high = cv2.erode(code, around), cv2.dilate(code, around)
    below, above = code.astype(np.int16) - low, high.astype(np.int16) - code
    return np.where(below < above, low, high).astype(np.uint8)
