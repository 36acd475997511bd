"""From the working raster to the picture's pixels, whole or a strip at a time."""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.compiled import compiled
from render.pipeline.contract import Float

KNEE, FULL = 2.0, 5.0
"""Radiance above which highlights are held back, and what they never reach."""

TOOTH = 1024
"""Grains of the dither per short side."""


def full_well(image: Float) -> Float:
    """Hold highlights under `FULL` without changing their hue, in place: no sensor holds a lamp in full."""
    bright = np.maximum(np.maximum(image[..., 0], image[..., 1]), image[..., 2])
    rows, columns = np.nonzero(bright > KNEE)
    over = bright[rows, columns] - KNEE
    image[rows, columns] *= ((KNEE + over / (1 + over / (FULL - KNEE))) / (KNEE + over))[:, None]
    return image


def fit(image: Float, width: int, height: int, top: int, bottom: int) -> Float:
    """Rows ``top`` to ``bottom`` of ``image`` (h, w, 3) at ``width`` x ``height``.

    Made small by area; made large by a quadratic spline, because a bicubic would draw a
    dark ring round every highlight. Strips meet without a seam.
    """
    ratio = width / image.shape[1]
    if ratio <= 1:
        small: Float = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        return small[top:bottom]
    margin = int(ratio / 2) if ratio >= 2 else 0
    large = _stretch(image, width, height, top - margin, bottom + margin)
    if margin:
        side = 2 * margin + 1  # odd, so that nothing moves
        large = cv2.blur(large, (side, side), borderType=cv2.BORDER_REPLICATE)[margin:-margin]
    return large


def dither(image: Float, seed: int, height: int, top: int) -> Float:
    """Add a tooth of half a code value, so that 8 bits show no steps in a smooth gradient.

    ``image`` (n, W, 3) is the strip that begins at row ``top`` of a picture ``height``
    high; it is changed in place. The grain is 1/1024 of the short side whatever the
    size, so that a larger picture, made small, carries the same.
    """
    width = image.shape[1]
    grain = max(1.0, min(width, height) / TOOTH)
    rng = np.random.Generator(np.random.PCG64([seed & 0xFFFFFFFF, 1]))
    tooth = rng.random((round(height / grain), round(width / grain)), np.float32) - np.float32(0.5)
    tooth = _stretch(tooth, width, height, top, top + image.shape[0])
    _roughen(image, tooth)
    return image


@compiled
def _roughen(image: Float, tooth: Float) -> None:
    """Add ``tooth`` (n, W), -0.5..0.5, in place: one code value is about 2 sqrt(L) / 255 of linear light."""
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            step = tooth[y, x] * np.float32(2 / 255)
            for c in range(3):
                light = image[y, x, c]
                image[y, x, c] = max(light + np.sqrt(light) * step, np.float32(0))


def _stretch(image: Float, width: int, height: int, top: int, bottom: int) -> Float:
    """Rows ``top`` to ``bottom`` of the linear enlargement; rows outside repeat the edge."""
    if image.shape[:2] == (height, width):
        return image[top:bottom]
    last = image.shape[0] - 1
    place = np.clip((np.arange(top, bottom) + 0.5) * (image.shape[0] / height) - 0.5, 0, last)
    row = np.minimum(place.astype(np.intp), last - 1)
    low = (place - row).astype(np.float32).reshape(-1, *[1] * (image.ndim - 1))
    mixed = image[row] * (1 - low) + image[row + 1] * low
    wide: Float = cv2.resize(mixed, (width, bottom - top), interpolation=cv2.INTER_LINEAR)
    return wide
