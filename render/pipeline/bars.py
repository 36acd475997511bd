"""Bars beside a photograph, the mark of a screenshot, and the border around a print."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .contract import Code

SAME = 6  # codes that a pixel of a bar may be off the bar's color
PLAIN = 0.85  # of a line, and of a bar's lines: a clock, a battery and a name stand in it
EDGE, STEP = 0.5, 10  # this share of a line changes by more than so many codes where the bar ends
ENDS = 0.04  # of a line: the picture reaches at least one of its ends, as no head before a wall does
LINES = 64  # looked at together
SHARP = 8  # lines that the edge may take: a block of JPEG rings
THINNEST = 0.04  # of the side: thinner ones are a codec's

BORDER_SIDE = 400  # px of the longer side at which a border is looked for: the grain of a scan is averaged
BORDER_SAME = 14  # codes that it may be off its color there
BORDER_PLAIN = 0.04  # of a line of the border may be of another color
BORDER_THINNEST = 0.01  # of the side
STRAIGHT, DEPTH = (
    0.6,
    0.015,
)  # so much of a side begins within so much of the picture: no head does, seen whole
STRAIGHT_SIDES = 2  # a white wall hides the others


def bars(encoded: Code) -> tuple[float, float, float, float]:
    """How far plain bars reach into the picture from its top, bottom, left and right, as shares.

    A bar is a run of lines of one color that ends in a straight edge along the whole picture. A white
    backdrop is no bar, because where it ends only the sitter begins.

    Parameters
    ----------
    encoded : (H, W, 3) uint8
    """
    gray = np.ascontiguousarray(encoded[..., 1])
    across = np.ascontiguousarray(gray.T)
    return _bar(gray), _bar(gray[::-1]), _bar(across), _bar(across[::-1])


def is_screenshot(encoded: Code) -> bool:
    """Whether a bar of some thickness stands on any side."""
    return max(bars(encoded)) >= THINNEST


def has_border(encoded: Code) -> bool:
    """Whether one color surrounds the picture on all four sides and ends in a straight edge.

    A backdrop surrounds nobody: the body reaches the edge below. Where it does surround somebody, as black
    does in a dark room, the outline of a head and a hand is not straight.

    Parameters
    ----------
    encoded : (H, W, 3) uint8
    """
    scale = BORDER_SIDE / max(encoded.shape[:2])
    small = cv2.resize(encoded, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.int16)
    ring = np.concatenate([small[:2].reshape(-1, 3), small[-2:].reshape(-1, 3), small[:, :2].reshape(-1, 3)])
    off = np.abs(small - np.median(ring, axis=0)).max(axis=2) > BORDER_SAME
    rows, columns = (np.flatnonzero(off.mean(axis=axis) > BORDER_PLAIN) for axis in (1, 0))
    if not rows.size or not columns.size:
        return False
    thickness = (rows[0], len(off) - 1 - rows[-1], columns[0], off.shape[1] - 1 - columns[-1])
    if min(thickness) < BORDER_THINNEST * BORDER_SIDE:
        return False
    inside = off[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    sides = (inside, inside[::-1], inside.T, inside.T[::-1])
    straight = [side[: max(2, int(DEPTH * len(side)))].any(axis=0).mean() >= STRAIGHT for side in sides]
    return sum(straight) >= STRAIGHT_SIDES


def _bar(gray: NDArray[np.uint8]) -> float:
    """Share of the picture that a bar at its first lines takes; 0 where there is none.

    Looked at a few lines at a time: most photographs show at their first lines that they begin with none.
    """
    color = np.uint8(np.median(gray[0]))
    plain, other = (np.zeros(len(gray), np.bool_) for _ in range(2))
    for start in range(0, len(gray), LINES):
        part = np.s_[start : start + LINES]
        plain[part], other[part] = _lines(cv2.absdiff(gray[part], np.full_like(gray[part], color)))
        seen = min(start + LINES, len(gray))
        if other[max(0, seen - 1 - LINES) : seen - 1].any():
            break
        if (~plain[: seen - 1]).sum() > (1 - PLAIN) * len(gray):
            return 0.0
    end = int(np.argmax(other))
    if end < SHARP or not other[end : end + 2].all():  # no other line, or a line alone
        return 0.0
    straight = plain[end - SHARP]  # just before, past the codec's ringing
    return end / len(gray) if straight and plain[:end].mean() >= PLAIN else 0.0


def _lines(off: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which lines of a picture (h, w), codes off a bar's color, are of that color, and which of another."""
    ends = max(1, int(ENDS * off.shape[1]))
    far = off > STEP
    reaches = np.maximum(far[:, :ends].mean(axis=1), far[:, -ends:].mean(axis=1))
    return (off <= SAME).mean(axis=1) >= PLAIN, (far.mean(axis=1) >= EDGE) & (reaches >= EDGE)
