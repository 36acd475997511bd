"""What the catalogue says of four styles, on cards that a reader chooses from."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from render.pipeline.contract import Code

Words: TypeAlias = tuple[str, str]
"""A style's name and its sentence."""

CARD, GAP = (910, 150), 10  # px: width and height of a card, and between two
PAPER, CELL, INK = (212, 212, 210), (244, 244, 241), (29, 29, 27)
LETTERS_PER_LINE = 68


def board(styles: Sequence[Words]) -> Code:
    """Four cards with their letters below each other, (h, w, 3) uint8."""
    width, height = CARD
    whole = Image.new("RGB", (width, len(styles) * (height + GAP) - GAP), PAPER)
    draw = ImageDraw.Draw(whole)
    large, medium, small = (ImageFont.load_default(size=size) for size in (44, 30, 22))
    for number, (letter, (name, sentence)) in enumerate(zip("ABCD", styles, strict=True)):
        top = number * (height + GAP)
        draw.rectangle((0, top, width, top + height - 1), fill=CELL)
        draw.text((22, top + 45), letter, fill=INK, font=large)
        draw.text((90, top + 18), name, fill=INK, font=medium)
        told = "\n".join(textwrap.wrap(sentence, LETTERS_PER_LINE))
        draw.multiline_text((90, top + 66), told, fill=INK, font=small, spacing=8)
    return np.asarray(whole)
