"""How much of an extended lamp a place sees past a depth map: the loop."""

from __future__ import annotations

import numpy as np

from render.pipeline.compiled import compiled
from render.pipeline.contract import Double

OUTSIDE = -9.0
"""Depth, in the map's units, of what lies beside it: it stands in nobody's light."""


@compiled
def clearance(depth: Double, at: Double, to: Double, reaches: Double, grid: float, penumbra: float) -> Double:
    """Share of the lamps in directions (D, 3) that places (T, 3) see past ``depth`` (h, w), (D, T), 0..1.

    A place is its column, its row and its own depth; ``depth`` has ``grid`` pixels per unit. Rays are
    followed to the distances ``reaches`` across the map; a lamp is hidden over ``penumbra`` (a tangent).
    """
    height, width = depth.shape
    clear = np.ones((to.shape[0], at.shape[0]))
    for lamp in range(to.shape[0]):
        flat = max(np.sqrt(to[lamp, 0] ** 2 + to[lamp, 1] ** 2), 1e-3)
        for place in range(at.shape[0]):
            least = 1.0
            for reach in reaches:
                t = reach / flat
                x = int(np.rint(at[place, 0] + grid * t * to[lamp, 0]))
                y = int(np.rint(at[place, 1] + grid * t * to[lamp, 1]))
                over = depth[y, x] if 0 <= x < width and 0 <= y < height else OUTSIDE
                gap = at[place, 2] + to[lamp, 2] * t - over
                least = min(least, 0.5 + gap / (2 * t * penumbra))
            clear[lamp, place] = max(least, 0.0)
    return clear
