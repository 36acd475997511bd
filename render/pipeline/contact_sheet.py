"""Many small pictures on one sheet, each with its caption, as a photographer lays them out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .contract import Code

CELL = 420
CAPTION = 34
GAP = 18
PAPER, INK = (246, 243, 238), (34, 30, 27)


def contact_sheet(pictures: Sequence[tuple[str, Code]], columns: int = 5) -> Code:
    """Lay out captioned pictures, (h, w, 3) uint8 each, in rows of ``columns``."""
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * (CELL + GAP) + GAP, rows * (CELL + CAPTION + GAP) + GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=17)
    for number, (caption, code) in enumerate(pictures):
        x = GAP + (number % columns) * (CELL + GAP)
        y = GAP + (number // columns) * (CELL + CAPTION + GAP)
        picture = Image.fromarray(code)
        picture.thumbnail((CELL, CELL), Image.Resampling.LANCZOS)
        sheet.paste(picture, (x + (CELL - picture.width) // 2, y + CELL - picture.height))
        draw.text((x + (CELL - picture.width) // 2, y + CELL + 7), caption, fill=INK, font=font)
    return np.asarray(sheet)
