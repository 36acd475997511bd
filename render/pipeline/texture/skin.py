"""Skin: a lattice of cells with pores between, as a height that the lamps light.

What is bright on skin is a ridge that faces the lamp, and a little less any ridge, because a
furrow sees less sky. So one field makes three tiles: the ridges themselves, and their slopes to
the right and down. The slopes' weights are the light's direction along the skin.
"""

from __future__ import annotations

import numpy as np
from scipy import fft

from render.pipeline.compiled import compiled
from render.pipeline.contract import Float

from .law import Law, frequencies, obeying, tile

CELL_MM = 0.42
"""Pitch of the skin's lattice of furrows: 0.3 to 0.6 mm on a cheek."""

LEAST_CELL = 5.0
"""Full pixels below which cells could not be drawn."""

PORES = 0.16
"""Share of the cells' corners that hold a pore."""

GRAIN = 0.3
"""What is finer and less orderly than cells, over a dome's height."""


def tiles(side: int, cell: float, law: Law, seed: int) -> tuple[Float, Float, Float]:
    """Ridges, and what a lamp at the right and one below add to them, three (side, side) tiles.

    The slope of a height whose ridges obey ``law`` is taken by the Riesz transform, i f / |f|: it
    turns ridges into their flanks and leaves the power of every ring as it is (the two slopes
    share it). Riesz's minus sign makes the flank bright that faces the lamp.
    """
    height = heights(side, cell, seed)
    ridges = obeying(fft.rfft2(height), law)
    fy, fx, radius = frequencies(side)
    turn = np.float32(np.sqrt(2)) * ridges * np.complex64(-1j) / np.maximum(radius, np.float32(1e-9))
    return tile(ridges), tile(turn * fx), tile(turn * fy)


def heights(side: int, cell: float, seed: int) -> Float:
    """The lattice on a torus, (side, side): domes, furrows between them, and pores."""
    across = max(4, round(side / max(cell, LEAST_CELL)))
    generator = np.random.Generator(np.random.PCG64([seed, 7919, 1]))
    points = generator.random((across, across, 2), dtype=np.float32)
    depth = (generator.random((across, across), dtype=np.float32) < PORES).astype(np.float32)
    grain = generator.standard_normal((side, side), dtype=np.float32)
    result = np.empty((side, side), np.float32)
    _cells(points, depth, result)
    return result + np.float32(GRAIN) * grain


@compiled
def _cells(points: Float, depth: Float, height: Float) -> None:
    """Worley's cells (1996): the second nearest point's distance less the nearest's is a dome with a
    furrow around it; a pore is a pit at a point."""
    side, across = height.shape[0], points.shape[0]
    pitch = np.float32(side) / np.float32(across)
    for y in range(side):
        for x in range(side):
            px, py = (np.float32(x) + np.float32(0.5)) / pitch, (np.float32(y) + np.float32(0.5)) / pitch
            column, row = int(px), int(py)
            first, second, pit = np.float32(9), np.float32(9), np.float32(0)
            for j in range(row - 1, row + 2):
                for i in range(column - 1, column + 2):
                    at = points[j % across, i % across]
                    dx = np.float32(i) + at[0] - px
                    dy = np.float32(j) + at[1] - py
                    away = dx * dx + dy * dy
                    pit += depth[j % across, i % across] * np.exp(np.float32(-14) * away)
                    if away < first:
                        first, second = away, first
                    elif away < second:
                        second = away
            furrow = np.sqrt(second) - np.sqrt(first)
            height[y, x] = min(furrow, np.float32(0.5)) - np.float32(0.8) * pit
