"""Texture finer than the proof, for the full portrait only.

An enlargement has nothing in its top octaves. What stood in the selfie's own finest octave says
how rough each place is and along which direction its strands run; noise with that strength and
direction continues the spectrum upward. It scales luminance, so color does not change; it has no
mean, so the proof does not change; and it is made of no shape, so no feature is invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Float, Window
from render.pipeline.resample import enlarge
from render.pipeline.scene import Scene

PERIOD = 160  # side of the noise tiles, proof pixels
DIRECTIONS = 6
ALONG, ACROSS = 9.0, 0.9  # sigma of strand noise at full size, px
ROUND = 1.1  # sigma of the finest round noise; a second octave at twice that
CEILING = 0.09  # largest rms, in log luminance


@dataclass(frozen=True)
class Texture:
    """Where and how to roughen, at proof size: ``strength`` (h, w) rms in log luminance of the
    round noise first, then of each strand direction, (h, w, 1 + DIRECTIONS)."""

    strength: Float


def texture(scene: Scene, picture: Float) -> Texture:
    """Read roughness and direction from ``picture``, the composed frame at proof size, linear."""
    luma = np.log(np.maximum(srgb.luminance(picture), 1e-3))
    fine = luma - cv2.GaussianBlur(luma, (0, 0), 1.3)
    # Strong edges are shapes, not texture: they would otherwise grow a fringe of noise.
    fine = np.clip(fine, -0.12, 0.12)
    energy = cv2.GaussianBlur(fine * fine, (0, 0), 5.0)
    floor = 1.5 * scene.sitter.identity.quality.noise_sigma
    rms = np.sqrt(np.maximum(energy - (0.5 * floor) ** 2, 0))
    x, y = scene.placement.coordinates(Window.whole(scene.placement.canvas))
    matte = cv2.remap(
        scene.sitter.identity.matte, x - 0.5, y - 0.5, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    rms = np.minimum(0.55 * rms, CEILING) * np.clip(2 * matte - 1, 0, 1)
    coherence, angle = _orientation(luma)
    shares = [1 - coherence]
    for number in range(DIRECTIONS):
        away = angle - np.pi * number / DIRECTIONS
        shares.append(coherence * np.maximum(np.cos(2 * away), 0) ** 2 / 1.5)
    return Texture((np.stack(shares, axis=-1) * rms[..., None]).astype(np.float32))


def detail(picture: Float, window: Window, found: Texture, seed: int) -> Float:
    """Roughen ``picture`` (rows, width, 3), linear, of ``window``; at proof size nothing is added."""
    if window.scale == 1:
        return picture
    rows = np.arange(window.top, window.bottom)
    columns = np.arange(window.width)
    change = np.zeros(window.shape, np.float32)
    for number in range(1 + DIRECTIONS):
        strength = found.strength[..., number]
        if float(strength.max()) < 1e-3:
            continue
        tile = _tile(seed, window.canvas.enlargement, number)
        noise = tile[(rows % len(tile))[:, None], (columns % len(tile))[None]]
        change += enlarge(strength, window) * noise
    # exp of a zero-mean change, to second order, without raising the mean.
    return np.asarray(picture * (1 + change)[..., None], np.float32)


def _orientation(luma: Float) -> tuple[Float, Float]:
    """Coherence 0..1 and direction along the strands, radians, from the structure tensor."""
    dx = cv2.Sobel(luma, cv2.CV_32F, 1, 0, ksize=3)
    dy = cv2.Sobel(luma, cv2.CV_32F, 0, 1, ksize=3)
    xx, yy, xy = (cv2.GaussianBlur(p, (0, 0), 3.0) for p in (dx * dx, dy * dy, dx * dy))
    gap = np.hypot(xx - yy, 2 * xy)
    coherence = np.clip((gap / (xx + yy + 1e-3) - 0.35) / 0.45, 0, 1)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    return coherence.astype(np.float32), angle.astype(np.float32)


@lru_cache(maxsize=16)
def _tile(seed: int, enlargement: int, number: int) -> Float:
    """Unit-variance noise on a torus: round for 0, strands along direction number - 1 otherwise."""
    side = PERIOD * enlargement
    generator = np.random.Generator(np.random.PCG64([seed, 7919, number]))
    spectrum = np.fft.rfft2(generator.standard_normal((side, side)).astype(np.float32))
    fy = np.fft.fftfreq(side)[:, None]
    fx = np.fft.rfftfreq(side)[None]
    if number == 0:
        square = fx**2 + fy**2
        transfer = np.exp(-2 * (np.pi * ROUND) ** 2 * square) + 2.2 * np.exp(
            -2 * (np.pi * 2 * ROUND) ** 2 * square
        )
        transfer *= 1 - np.exp(-2 * (np.pi * 5.0) ** 2 * square)
    else:
        angle = np.pi * (number - 1) / DIRECTIONS
        along = fx * np.cos(angle) + fy * np.sin(angle)
        across = -fx * np.sin(angle) + fy * np.cos(angle)
        transfer = np.exp(-2 * np.pi**2 * ((ALONG * along) ** 2 + (ACROSS * across) ** 2))
        transfer = transfer * (1 - np.exp(-2 * (np.pi * 6.0 * across) ** 2))
    noise = np.fft.irfft2(spectrum * transfer, s=(side, side))
    return np.asarray(noise / noise.std(), np.float32)
