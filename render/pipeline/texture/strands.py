"""Hair: strands along one direction, one tile for each of a fan of directions."""

from __future__ import annotations

import numpy as np
from scipy import fft

from render.pipeline.compiled import compiled
from render.pipeline.contract import Float

from .law import Law, frequencies, obeying, tile

DIRECTIONS = 16
LENGTH = 26.0
"""Sigma along a strand, full pixels: the picture's own strands carry it on farther."""

APART = 0.06
"""Share of pixels that a strand starts from: a few strands lie over each place, not a blend of hundreds."""

SPARSE = 1.35
"""Amplitude of strands over what the typical place in hair says: few of them are bright, and carry most.
Calibration, as `roughness.LEVEL`."""


def tiles(side: int, law: Law, seed: int) -> Float:
    """Strands along every direction, (DIRECTIONS, side, side): number k runs at pi k / DIRECTIONS."""
    generator = np.random.Generator(np.random.PCG64([seed, 7919, 2]))
    bright = generator.standard_normal((side, side), dtype=np.float32)
    bright *= generator.random((side, side), dtype=np.float32) < APART
    noise = fft.rfft2(bright)
    fy, fx, _ = frequencies(side)
    result = np.empty((DIRECTIONS, side, side), np.float32)
    for number in range(DIRECTIONS):
        angle = np.pi * number / DIRECTIONS
        along = fx * np.float32(np.cos(angle)) + fy * np.float32(np.sin(angle))
        strands = noise * np.exp(-2 * (np.pi * LENGTH * along) ** 2)
        result[number] = tile(obeying(strands.astype(np.complex64), law))
    return result


@compiled
def spread(amplitude: Float, angle: Float, least: np.float32, fan: Float) -> None:
    """Deal ``amplitude`` (h, w) of strands along ``angle``, radians, out to the two nearest directions of
    ``fan`` (DIRECTIONS, h, w), so that the squares sum to its square; below ``least`` to none."""
    count = fan.shape[0]
    for y in range(amplitude.shape[0]):
        for x in range(amplitude.shape[1]):
            if amplitude[y, x] < least:
                continue
            turn = angle[y, x] * np.float32(count / np.pi)
            number = int(np.floor(turn))
            part = (turn - np.float32(number)) * np.float32(np.pi / 2)
            fan[number % count, y, x] = amplitude[y, x] * np.cos(part)
            fan[(number + 1) % count, y, x] = amplitude[y, x] * np.sin(part)
