"""Film grain: after the lens, strongest in the middle tones, the same film at every size.

One tile of noise at full size, repeated with its edges matched (it is made on a torus);
the proof's grain is the area average of the same tile.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from render.pipeline.compiled import compiled
from render.pipeline.contract import Canvas, Float, Window
from render.pipeline.optics.presets import pixels
from render.pipeline.recipe import Grain

PERIOD = 192
"""Side of the tile in proof pixels."""

REST = 0.15
"""Of the strength at middle gray, in black and white too."""

PASSES = 3
"""Each is 4 x ``amount`` as far from what lies under the grain as the last."""


def grain(encoded: Float, window: Window, spec: Grain, seed: int) -> Float:
    """Add grain to ``encoded`` (rows, width, 3), sRGB-encoded 0..1, of ``window``."""
    if spec.amount <= 0:
        return encoded
    result = np.empty_like(encoded)
    _add(encoded, _film(window.canvas, window.scale, spec, seed), window.top, np.float32(spec.amount), result)
    return result


def without(encoded: Float, top: int, left: int, canvas: Canvas, spec: Grain, seed: int) -> Float:
    """What lies under the grain of ``encoded`` (n, m, 3), a part of the full portrait at row ``top`` and
    column ``left``.

    True to what clipped at black and white, and to the code values it was rounded to.
    """
    if spec.amount <= 0:
        return encoded
    tile = _film(canvas, canvas.enlargement, spec, seed)
    rows, columns = top + np.arange(encoded.shape[0]), left + np.arange(encoded.shape[1])
    noise = np.float32(spec.amount) * tile[rows[:, None] % len(tile), columns % len(tile)]
    middle = shown = encoded.mean(axis=2)
    for _ in range(PASSES):
        middle = shown - noise * (4 * middle * (1 - middle) + np.float32(REST))
    return encoded + (middle - shown)[..., None]


def _film(canvas: Canvas, scale: int, spec: Grain, seed: int) -> Float:
    sigma = pixels(spec.size_um, canvas.short_side) * canvas.enlargement / 2
    return _tile(seed, canvas.enlargement, round(sigma, 3), scale)


@compiled
def _add(encoded: Float, tile: Float, top: int, amount: np.float32, result: Float) -> None:
    """Noise in proportion to middle gray's share m (1 - m), with a rest of it in black and white."""
    side = tile.shape[0]
    for y in range(encoded.shape[0]):
        noise = tile[(top + y) % side]
        for x in range(encoded.shape[1]):
            middle = (encoded[y, x, 0] + encoded[y, x, 1] + encoded[y, x, 2]) * np.float32(1 / 3)
            strength = amount * (np.float32(4) * middle * (np.float32(1) - middle) + np.float32(REST))
            change = noise[x % side] * strength
            for c in range(3):
                result[y, x, c] = min(max(encoded[y, x, c] + change, np.float32(0)), np.float32(1))


@lru_cache(maxsize=8)
def _tile(seed: int, enlargement: int, sigma: float, scale: int) -> Float:
    """Unit-variance noise of Gaussian spectrum on a torus at full size, averaged to ``scale``."""
    side = PERIOD * enlargement
    frequency = np.fft.fftfreq(side).astype(np.float32)
    transfer = np.exp(
        -2 * (np.pi * sigma) ** 2 * (frequency[:, None] ** 2 + frequency[None, : side // 2 + 1] ** 2)
    )
    smooth = scipy.fft.irfft2(_spectrum(seed, side) * transfer, s=(side, side))
    smooth /= smooth.std()
    if scale == enlargement:
        return smooth.astype(np.float32)
    block = enlargement // scale
    return smooth.reshape(side // block, block, side // block, block).mean(axis=(1, 3)).astype(np.float32)


@lru_cache(maxsize=2)
def _spectrum(seed: int, side: int) -> NDArray[np.complex64]:
    """Of white noise on a torus: half of it, (side, side // 2 + 1). Every film of the size has the same."""
    noise = np.random.Generator(np.random.PCG64(seed)).standard_normal((side, side)).astype(np.float32)
    return np.asarray(scipy.fft.rfft2(noise), np.complex64)
