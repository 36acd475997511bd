"""The transfer that gives a picture of known sharpness that of a lens: designed once, then kept.

A picture whose own transfer is M_s shows what a lens M_t would if it is multiplied by H = M_t / M_s:
lifted where it is softer than the lens, lowered where it is sharper, and nowhere above what the lens
itself passes. H is realized as ``1 + sum b_k (G_k - 1)`` with Gaussians G_k, which is separable.
Frequencies are cycles per pixel of the grid that the filter acts on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from scipy.special import ndtr

from render.pipeline.contract import SHORT_SIDE_MM, Double

from .presets import PRESETS, Preset

NOISE = 0.04
"""Wiener's constant k: below this transfer a source holds more noise than picture."""

LARGEST_GAIN = 2.5
"""Gain that H bends toward where the source is too soft to be brought to the lens."""

OVERSHOOT = 0.01
"""Of a step: what the designed filter may leave beside an edge; a real lens leaves none."""

NARROW = (0.7, 1.2, 2.2)
"""Sigmas of the fitted Gaussians in pixels, for a source of up to ``SHARP`` pixels."""

SHARP = 1.6
"""Softer sources are designed for with Gaussians wider in proportion."""

WIDE = 3.0
"""Gaussians of a preset from this many pixels, in proportion, are taken as they are: its halo."""

SOFTEST, FINEST = 8.0, 0.05
"""Range of source sigmas that can be asked for, pixels."""

REACH = 3.5
"""Sigmas at which a Gaussian's taps end."""

HELD = 0.15
"""Weight that every frequency has at least in the fit, so that the gain of noise stays below 2."""

FREQUENCIES = np.linspace(0, 0.5, 257)


@dataclass(frozen=True)
class Design:
    """A filter on luminance in linear light: ``1 + sum b (G_sigma - 1)``.

    Attributes
    ----------
    fitted : tuple of (sigma, b)
        Pixels and weight of what lifts or lowers edges and texture.
    halo : tuple of (sigma, b)
        The same of the wide part of the preset's spread.
    source_sigma : float
        Pixels: the source that it was made for.
    softened_um : float
        Sigma by which the target had to give way so that no edge overshoots.
    short_side : int
        Pixels.
    """

    fitted: tuple[tuple[float, float], ...]
    halo: tuple[tuple[float, float], ...]
    source_sigma: float
    softened_um: float
    short_side: int

    @property
    def terms(self) -> tuple[tuple[float, float], ...]:
        """All of them."""
        return self.fitted + self.halo

    def gain(self, frequency: Double) -> Double:
        """H as realized by the taps, at cycles per pixel (n,)."""
        return np.asarray(1 + sum(b * (_response(sigma, frequency) - 1) for sigma, b in self.terms))

    def reached(self, frequency: Double) -> Double:
        """MTF of source and filter together at cycles per pixel (n,), pixel included."""
        return np.asarray(source(self.source_sigma, frequency) * self.gain(frequency))

    @property
    def overshoot(self) -> float:
        """Largest overshoot beside a step of such a source, as a share of the step."""
        return _overshoot(self.terms, self.source_sigma)


def source(sigma: float, frequency: Double) -> Double:
    """M_s: a Gaussian of ``sigma`` pixels and the pixel's own area, at cycles per pixel (n,)."""
    return np.asarray(np.exp(-2 * (np.pi * sigma * frequency) ** 2) * np.sinc(frequency))


def target(preset: Preset, frequency: Double, short_side: int, softened: float = 0.0) -> Double:
    """M_t: the preset and the pixel's area, at cycles per pixel (n,); ``softened`` in pixels."""
    per_mm = frequency * short_side / SHORT_SIDE_MM
    soft = np.exp(-2 * (np.pi * softened * frequency) ** 2)
    return np.asarray(preset.mtf(per_mm) * soft * np.sinc(frequency))


@lru_cache(maxsize=256)
def design(slug: str, source_sigma: float, strength: float, short_side: int) -> Design:
    """The filter for a preset on pictures of one sharpness.

    Parameters
    ----------
    slug : str
        Of the lens preset.
    source_sigma : float
        Pixels. Too small is safe, too large overshoots.
    strength : float
        0 leaves the picture, 1 gives the lens.
    short_side : int
        Pixels of the picture's short side, which is 24 mm.

    Raises
    ------
    ValueError
        When a number lies outside its range.

    Notes
    -----
    H_0 = M_t M_s (1 + k^2) / (M_s^2 + k^2) (Wiener 1949), bent toward ``LARGEST_GAIN`` above 1, then
    fitted by least squares weighted with M_s: what the source does not hold need not be met. The
    target gives way by the least Gaussian that keeps the simulated overshoot within ``OVERSHOOT``.
    """
    if short_side < 64:
        raise ValueError(f"a short side of {short_side} px is outside 64 and more")
    if not FINEST <= source_sigma <= SOFTEST:
        raise ValueError(f"source sigma {source_sigma} px is outside {FINEST} to {SOFTEST}")
    if not 0 <= strength <= 1:
        raise ValueError(f"strength {strength} is outside 0 to 1")
    low, high = 0.0, 2.0 * max(1.0, source_sigma)
    best = _fitted(slug, source_sigma, strength, short_side, low)
    if _overshoot(best, source_sigma) > OVERSHOOT:
        for _ in range(9):
            middle = (low + high) / 2
            tried = _fitted(slug, source_sigma, strength, short_side, middle)
            if _overshoot(tried, source_sigma) > OVERSHOOT:
                low = middle
            else:
                high, best = middle, tried
        low = high
    return Design(
        best[: len(NARROW)],
        best[len(NARROW) :],
        source_sigma,
        1000 * low * SHORT_SIDE_MM / short_side,
        short_side,
    )


def _fitted(
    slug: str, source_sigma: float, strength: float, short_side: int, softened: float
) -> tuple[tuple[float, float], ...]:
    """Terms of the filter whose target is softened by ``softened`` pixels."""
    preset = PRESETS[slug]
    stretch = max(1.0, source_sigma / SHARP)
    grid = FREQUENCIES / stretch
    held = source(source_sigma, grid)
    wanted = held * target(preset, grid, short_side, softened) / (held**2 + NOISE**2) * (1 + NOISE**2)
    over = np.maximum(wanted - 1, 0)
    bent = over / (1 + (over / (LARGEST_GAIN - 1)) ** 6) ** (1 / 6)
    change = strength * (np.minimum(wanted, 1) + bent - 1)
    halo = tuple(
        (float(np.sqrt(sigma**2 - source_sigma**2)), strength * weight)
        for sigma, weight in preset.in_pixels(short_side)
        if sigma >= WIDE * stretch
    )
    for sigma, weight in halo:
        change = change - weight * (_response(sigma, grid) - 1)
    narrow = tuple(stretch * sigma for sigma in NARROW)
    basis = np.stack([_response(sigma, grid) - 1 for sigma in narrow], axis=-1)
    trust = np.hypot(held, HELD)
    found = np.linalg.lstsq(basis * trust[:, None], change * trust, rcond=1e-6)[0]
    # Rounded: the last bits of a solver depend on where its arrays lie in memory.
    weights = [round(float(weight), 5) for weight in found]
    return (*zip(narrow, weights, strict=True), *halo)


@lru_cache(maxsize=1024)
def taps(sigma: float) -> Double:
    """A Gaussian of ``sigma`` pixels as whole taps, (2 n + 1,), sum 1."""
    reach = int(np.ceil(REACH * sigma))
    return np.asarray(cv2.getGaussianKernel(2 * reach + 1, sigma)[:, 0], np.float64)


def _response(sigma: float, frequency: Double) -> Double:
    """What the taps pass at cycles per pixel (n,); of wide ones the formula, which is theirs to 1e-3."""
    if sigma > 4 * WIDE:
        return np.asarray(np.exp(-2 * (np.pi * sigma * frequency) ** 2))
    kernel = taps(sigma)
    offsets = np.arange(len(kernel)) - len(kernel) // 2
    return np.asarray(np.cos(2 * np.pi * frequency[:, None] * offsets) @ kernel)


def _overshoot(terms: tuple[tuple[float, float], ...], source_sigma: float) -> float:
    """Largest share of a step by which the filter leaves its plateaus, over eight places of the edge."""
    reach = int(np.ceil(REACH * max((sigma for sigma, _ in terms[: len(NARROW)]), default=1.0))) + 4
    worst = 0.0
    for phase in np.arange(8) / 8:
        step = edge_profile(np.arange(-3 * reach, 3 * reach + 1) + phase, source_sigma)
        seen = step.copy()
        for sigma, b in terms:
            kernel = taps(sigma)
            spread = np.pad(step, len(kernel) // 2, mode="edge")
            seen += b * (np.convolve(spread, kernel, mode="valid") - step)
        worst = max(worst, float(seen.max() - 1), float(-seen.min()))
    return worst


def edge_profile(x: Double, sigma: float) -> Double:
    """A step from 0 to 1 at 0, blurred by ``sigma`` and averaged over each pixel around ``x`` (n,)."""

    def integral(z: Double) -> Double:
        return np.asarray(z * ndtr(z) + np.exp(-z * z / 2) / np.sqrt(2 * np.pi))

    return np.asarray(sigma * (integral((x + 0.5) / sigma) - integral((x - 0.5) / sigma)))
