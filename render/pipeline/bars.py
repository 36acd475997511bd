"""Bars beside a photograph: the mark of a screenshot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .contract import Code

SAME = 6  # codes that a pixel of a bar may be off the bar's color
PLAIN = 0.85  # of a line, and of a bar's lines: a clock, a battery and a name stand in it
EDGE, STEP = 0.5, 10  # this share of a line changes by more than so many codes where the bar ends
ENDS = 0.04  # of a line: the picture reaches at least one of its ends, as no head before a wall does
SHARP = 8  # lines that the edge may take: a block of JPEG rings
THINNEST = 0.04  # of the side: thinner ones are a print's border or a codec's


def bars(encoded: Code) -> tuple[float, float, float, float]:
    """How far plain bars reach into the picture from its top, bottom, left and right, as shares.

    A bar is a run of lines of one color that ends in a straight edge along the whole picture. A white
    backdrop is no bar, because where it ends only the sitter begins.

    Parameters
    ----------
    encoded : (H, W, 3) uint8
    """
    gray = encoded[..., 1].astype(np.int16)
    across = gray.T
    return _bar(gray), _bar(gray[::-1]), _bar(across), _bar(across[::-1])


def is_screenshot(encoded: Code) -> bool:
    """Whether a bar of some thickness stands on any side."""
    return max(bars(encoded)) >= THINNEST


def _bar(gray: NDArray[np.int16]) -> float:
    """Share of the picture that a bar at its first lines takes; 0 where there is none."""
    off = np.abs(gray - np.int16(np.median(gray[0])))
    plain = (off <= SAME).mean(axis=1) >= PLAIN
    ends = max(1, int(ENDS * gray.shape[1]))
    reaches = np.maximum(*((part > STEP).mean(axis=1) for part in (off[:, :ends], off[:, -ends:])))
    other = ((off > STEP).mean(axis=1) >= EDGE) & (reaches >= EDGE)
    end = int(np.argmax(other))
    if end < SHARP or not other[end : end + 2].all():  # no other line, or a line alone
        return 0.0
    straight = plain[end - SHARP]  # just before, past the codec's ringing
    return end / len(gray) if straight and plain[:end].mean() >= PLAIN else 0.0
