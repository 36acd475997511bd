"""A pattern on a torus, brought to the power that continues a photograph's spectrum.

A pattern gives the phases, so what is seen is cells, strands or threads; the law gives the power
of every ring of frequencies, so that it is as strong, and as fine, as the photograph says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from render.pipeline.contract import Float

STEEP = 6
"""Order of the law's lower end: half power at ``begins``, 1.5 % two thirds of an octave below."""


@dataclass(frozen=True)
class Law:
    """Power over frequency, cycles a full pixel: ``(f / reference) ** -slope`` above ``begins``.

    A texture of this law times s continues a picture whose power at ``reference`` is s^2.
    """

    slope: float
    reference: float
    begins: float

    def power(self, frequency: Float) -> Float:
        """Power at ``frequency``, any shape; 1 is white noise of unit variance."""
        f = np.maximum(frequency, 1e-6)
        high = (f / self.begins) ** (2 * STEEP)
        return np.asarray((f / self.reference) ** -self.slope * high / (1 + high), np.float32)


def frequencies(side: int) -> tuple[Float, Float, Float]:
    """Cycles a pixel of every term of ``rfft2``: down (side, 1), across (1, n), radial (side, n)."""
    fy = np.fft.fftfreq(side)[:, None].astype(np.float32)
    fx = np.fft.rfftfreq(side)[None].astype(np.float32)
    return fy, fx, np.hypot(fy, fx)


def obeying(pattern: NDArray[np.complex64], law: Law) -> NDArray[np.complex64]:
    """``pattern``, a spectrum (side, side // 2 + 1), every ring of it with the power of ``law``."""
    side = len(pattern)
    ring, share = _rings(side)
    power = (pattern.real**2 + pattern.imag**2) * share
    found = np.bincount(ring.ravel(), power.ravel()) / (side * side)
    wanted = law.power(np.arange(len(found), dtype=np.float32) / side)
    wanted[0] = 0
    gain = np.sqrt(wanted / np.maximum(found, 1e-12)).astype(np.float32)
    return np.asarray(pattern * gain[ring], np.complex64)


@lru_cache(maxsize=1)
def _rings(side: int) -> tuple[NDArray[np.intp], Float]:
    """The ring of every term of ``rfft2``, and its share in that ring: most terms stand for two."""
    ring = np.rint(frequencies(side)[2] * side).astype(np.intp)
    twice = np.full(ring.shape, 2, np.float32)
    twice[:, [0, -1] if side % 2 == 0 else [0]] = 1
    return ring, twice / np.bincount(ring.ravel(), twice.ravel()).astype(np.float32)[ring]


def tile(spectrum: NDArray[np.complex64]) -> Float:
    """The pattern of a spectrum, (side, side)."""
    side = len(spectrum)
    return np.asarray(fft.irfft2(spectrum, s=(side, side)), np.float32)
