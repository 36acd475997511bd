"""Cloth: threads over and under each other, each a little uneven, as no print is."""

from __future__ import annotations

import numpy as np
from scipy import fft

from render.pipeline.contract import Float

from .law import Law, obeying, tile

THREAD_MM = 0.42
"""Pitch of a suiting's or shirting's threads: 20 to 30 in a centimeter."""

LEAST_THREAD = 4.0
"""Full pixels below which a thread could not be drawn."""

UNEVEN = 0.16
"""Wander of a thread, and spread of its brightness, over its pitch."""

SMOOTH = 0.9
"""Amplitude of cloth over what its finest octave says. Calibration, as `roughness.LEVEL`."""


def weave(side: int, pitch: float, law: Law, seed: int) -> Float:
    """A plain weave on a torus, (side, side), with the power of ``law``."""
    generator = np.random.Generator(np.random.PCG64([seed, 7919, 3]))
    count = 2 * max(2, round(side / max(pitch, LEAST_THREAD) / 2))
    axis = (np.arange(side, dtype=np.float32) + np.float32(0.5)) * np.float32(count / side)
    bend = [_smooth(generator, side, side / count * 3) * np.float32(UNEVEN * 2) for _ in range(2)]
    x, y = axis[None] + bend[0], axis[:, None] + bend[1]
    over = np.cos(np.pi * np.floor(x)) * np.cos(np.pi * np.floor(y))
    warp, weft = np.abs(np.sin(np.pi * x)), np.abs(np.sin(np.pi * y))
    level = generator.standard_normal((2, count), dtype=np.float32) * np.float32(UNEVEN)
    warp = warp * (1 + level[0][np.floor(x).astype(np.intp) % count])
    weft = weft * (1 + level[1][np.floor(y).astype(np.intp) % count])
    cloth = np.where(over > 0, warp, weft) + np.float32(0.35) * generator.standard_normal(
        (side, side), dtype=np.float32
    )
    return tile(obeying(fft.rfft2(cloth.astype(np.float32)), law))


def _smooth(generator: np.random.Generator, side: int, sigma: float) -> Float:
    """Noise of unit variance on a torus under a Gaussian of ``sigma`` pixels, (side, side)."""
    noise = fft.rfft2(generator.standard_normal((side, side), dtype=np.float32))
    f = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    field = fft.irfft2(noise * np.exp(-2 * (np.pi * sigma * f) ** 2), s=(side, side))
    return np.asarray(field / field.std(), np.float32)
