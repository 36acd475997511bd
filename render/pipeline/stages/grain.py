"""Film grain: after the lens, strongest in the middle tones, the same film at every size.

One tile of noise at full size, repeated with its edges matched (it is made on a torus);
the proof's grain is the area average of the same tile.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from render.pipeline.contract import Float, Window
from render.pipeline.optics.presets import pixels
from render.pipeline.recipe import Grain

PERIOD = 192
"""Side of the tile in proof pixels."""


def grain(encoded: Float, window: Window, spec: Grain, seed: int) -> Float:
    """Add grain to ``encoded`` (rows, width, 3), sRGB-encoded 0..1, of ``window``."""
    if spec.amount <= 0:
        return encoded
    sigma = pixels(spec.size_um, window.canvas.short_side) * window.canvas.enlargement / 2
    tile = _tile(seed, window.canvas.enlargement, round(sigma, 3), window.scale)
    rows = np.arange(window.top, window.bottom) % tile.shape[0]
    columns = np.arange(window.width) % tile.shape[1]
    noise = tile[rows[:, None], columns[None]]
    middle = encoded @ np.full(3, 1 / 3, np.float32)
    strength = np.float32(spec.amount * 4) * middle * (1 - middle) + np.float32(spec.amount * 0.15)
    return np.clip(encoded + (noise * strength)[..., None], 0, 1).astype(np.float32)


@lru_cache(maxsize=8)
def _tile(seed: int, enlargement: int, sigma: float, scale: int) -> Float:
    """Unit-variance noise of Gaussian spectrum on a torus at full size, averaged to ``scale``."""
    side = PERIOD * enlargement
    noise = np.random.Generator(np.random.PCG64(seed)).standard_normal((side, side)).astype(np.float32)
    frequency = np.fft.fftfreq(side).astype(np.float32)
    transfer = np.exp(
        -2 * (np.pi * sigma) ** 2 * (frequency[:, None] ** 2 + frequency[None, : side // 2 + 1] ** 2)
    )
    smooth = np.fft.irfft2(np.fft.rfft2(noise) * transfer, s=(side, side))
    smooth /= smooth.std()
    if scale == enlargement:
        return smooth.astype(np.float32)
    block = enlargement // scale
    return smooth.reshape(side // block, block, side // block, block).mean(axis=(1, 3)).astype(np.float32)
