"""A solid from its outline alone, where no depth was measured."""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.contract import Float


def inflate(matte: Float, edge: float) -> Float:
    """Height in pixels over the outline of ``matte``, (h, w) 0..1, softened by a Gaussian of ``edge`` pixels.

    It is sqrt(u), lap(u) = -4 inside the matte, u = 0 outside: with -4 a disc of radius R gives
    u = R^2 - r^2, a hemisphere. Solved coarse to fine with a few relaxation sweeps a level. Where
    the person leaves the picture the outline is open (reflecting border), so a cut shoulder does
    not curl away.
    """
    levels = [cv2.GaussianBlur(matte, (0, 0), edge, borderType=cv2.BORDER_REPLICATE)]
    while min(levels[-1].shape) > 12:
        levels.append(cv2.resize(levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    u = np.zeros(levels[-1].shape, np.float32)
    for level in range(len(levels) - 1, -1, -1):
        inside = (levels[level] > 0.5).astype(np.float32)
        u = cv2.resize(u, inside.shape[::-1], interpolation=cv2.INTER_LINEAR)
        source = np.float32(4.0**level)  # the step's square, times lap = 4, over 4 neighbors
        for _ in range(60 if level else 24):
            ring = cv2.copyMakeBorder(u, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
            ring[0] = 0
            around = ring[:-2, 1:-1] + ring[2:, 1:-1] + ring[1:-1, :-2] + ring[1:-1, 2:]
            u = inside * (around / 4 + source)
    return np.sqrt(np.maximum(u, 0)).astype(np.float32)
