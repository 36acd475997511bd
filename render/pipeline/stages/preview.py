"""The preview: the proof made small and marked, to be looked at before anything is paid."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from render.pipeline.contract import Code

LONG_SIDE = 800
MARK = "PortraitOS preview"
OPACITY = 0.16


def preview(proof: Code) -> Code:
    """``proof`` (h, w, 3) reduced to 800 px on its long side, with a watermark across it."""
    picture = Image.fromarray(proof)
    picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    mark = _mark(picture.size)
    base = np.asarray(picture, np.float32)
    # Light on dark and dark on light, so that it shows everywhere and hides nothing.
    ink = np.where(base.mean(axis=-1, keepdims=True) > 127, 0.0, 255.0)
    return np.round(base + OPACITY * mark[..., None] * (ink - base)).astype(np.uint8)


def _mark(size: tuple[int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Coverage of the repeated, slanted mark, (h, w) 0..1."""
    side = int(1.5 * max(size))
    sheet = Image.new("L", (side, side))
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=max(14, LONG_SIDE // 34))
    for row, y in enumerate(range(0, side, 130)):
        for x in range(-120 * (row % 2), side, 330):
            draw.text((x, y), MARK, fill=255, font=font)
    turned = sheet.rotate(24, resample=Image.Resampling.BICUBIC)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    return np.asarray(turned.crop((left, top, left + size[0], top + size[1])), np.float32) / 255
