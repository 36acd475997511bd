"""The loop over full-size pixels: amplitudes of the proof's grid times tiles, onto the picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from render.pipeline.compiled import compiled
from render.pipeline.contract import Float

MOST = np.float32(0.45)
"""No pixel is changed by more than this share: a texture has no spots."""


@compiled
def roughen(
    picture: Float, surface: Float, strands: Float, unrolled: Float, ground: Float, fan: Float,
    above: NDArray[np.int64], below: Float, top: int,
) -> None:  # fmt: skip
    """Multiply by 1 + amplitude x tile, the amplitudes being straight lines between proof pixels.

    Parameters
    ----------
    picture : (rows, W, 3), changed in place
    surface, strands, unrolled : (h, w, 4), (DIRECTIONS, h, w), (h, w, 2)
        What ``Texture`` holds.
    ground, fan : (side, side, 4), (DIRECTIONS, side, side)
        The tiles.
    above, below : (rows,)
        The proof row whose center lies above each row, and how far below it, 0..1.
    top : int
        The first row's number in the full portrait.
    """
    last_row = surface.shape[0] - 1
    change = np.empty(picture.shape[1], np.float32)
    for y in range(picture.shape[0]):
        change[:] = np.float32(0)
        first, second, down = max(above[y], 0), min(above[y] + 1, last_row), below[y]
        for kind in range(strands.shape[0]):
            _strands(
                change, strands[kind, first], strands[kind, second], down, fan[kind, (top + y) % fan.shape[1]]
            )
        _surface(change, surface[first], surface[second], unrolled[first], unrolled[second], down, ground)
        for x in range(picture.shape[1]):
            factor = np.float32(1) + min(max(change[x], -MOST), MOST)
            for c in range(3):
                picture[y, x, c] *= factor


@compiled
def _strands(change: Float, one: Float, two: Float, down: np.float32, row: Float) -> None:
    """Add one direction's ``row`` of its tile to ``change`` (W,), as strong as the proof's rows say."""
    width, side = one.shape[0], row.shape[0]
    scale = change.shape[0] // width
    begin, end = 0, width
    while begin < end and one[begin] == 0 and two[begin] == 0:
        begin += 1
    while end > begin and one[end - 1] == 0 and two[end - 1] == 0:
        end -= 1
    for cell in range(begin, end + 1 if end > begin else begin):  # from one proof pixel's center to the next
        i, j = max(cell - 1, 0), min(cell, width - 1)
        left = one[i] + down * (two[i] - one[i])
        right = one[j] + down * (two[j] - one[j])
        if left == 0 and right == 0:
            continue
        start = cell * scale - scale // 2
        begin_x = max(start, 0)
        at, step = begin_x % side, (right - left) / np.float32(scale)
        for x in range(begin_x, min(start + scale, change.shape[0])):
            change[x] += (left + (np.float32(x - start) + np.float32(0.5)) * step) * row[at]
            at += 1
            if at == side:
                at = 0


@compiled
def _surface(
    change: Float, one: Float, two: Float, there: Float, then: Float, down: np.float32, ground: Float
) -> None:
    """Add to ``change`` (W,) what the surface's tiles show: amplitudes (w, 4) and places on the tiles
    (w, 2) of the proof's rows above and below. The nearest pixel of the tile is as good as one
    between: its finest grain is two pixels wide."""
    width, side = one.shape[0], ground.shape[0]
    scale = change.shape[0] // width
    turn = np.float32(side)
    for cell in range(width + 1):
        i, j = max(cell - 1, 0), min(cell, width - 1)
        bare = one[i, 0] != 0 or one[j, 0] != 0 or two[i, 0] != 0 or two[j, 0] != 0
        cloth = one[i, 3] != 0 or one[j, 3] != 0 or two[i, 3] != 0 or two[j, 3] != 0
        if not (bare or cloth):
            continue
        u, to_u = _between(there[i, 0], then[i, 0], down), _between(there[j, 0], then[j, 0], down)
        v, to_v = _between(there[i, 1], then[i, 1], down), _between(there[j, 1], then[j, 1], down)
        start = cell * scale - scale // 2
        step_u, step_v = (to_u - u) / np.float32(scale), (to_v - v) / np.float32(scale)
        u, v = u - turn * np.floor(u / turn), v - turn * np.floor(v / turn)
        a, da = _line(one[i, 0], one[j, 0], two[i, 0], two[j, 0], down, scale)
        b, db = _line(one[i, 1], one[j, 1], two[i, 1], two[j, 1], down, scale)
        c, dc = _line(one[i, 2], one[j, 2], two[i, 2], two[j, 2], down, scale)
        d, dd = _line(one[i, 3], one[j, 3], two[i, 3], two[j, 3], down, scale)
        for x in range(max(start, 0), min(start + scale, change.shape[0])):
            t = np.float32(x - start) + np.float32(0.5)
            row, column = int(v + t * step_v), int(u + t * step_u)
            row -= side if row >= side else 0
            column -= side if column >= side else 0
            if bare:
                change[x] += (
                    (a + t * da) * ground[row, column, 0]
                    + (b + t * db) * ground[row, column, 1]
                    + (c + t * dc) * ground[row, column, 2]
                )
            if cloth:
                change[x] += (d + t * dd) * ground[row, column, 3]


@compiled
def _between(above: np.float32, below: np.float32, down: np.float32) -> np.float32:
    return above + down * (below - above)


@compiled
def _line(
    one_left: np.float32, one_right: np.float32, two_left: np.float32, two_right: np.float32,
    down: np.float32, scale: int,
) -> tuple[np.float32, np.float32]:  # fmt: skip
    """Value at a cell's left end and its step per pixel."""
    left = one_left + down * (two_left - one_left)
    right = one_right + down * (two_right - one_right)
    return left, (right - left) / np.float32(scale)
