"""Texture finer than the proof, for the full portrait only.

An enlargement has nothing in its top octaves. What stood in the selfie's own finest octave says
how rough each place is and along which direction its strands run; noise with that strength and
direction continues the spectrum upward. It scales luminance, so color does not change; it has no
mean, so the proof does not change; and it is made of no shape, so no feature is invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from render.pipeline.color import srgb
from render.pipeline.compiled import compiled
from render.pipeline.contract import Float, Window
from render.pipeline.scene import Scene

PERIOD = 160  # side of the noise tiles, proof pixels
DIRECTIONS = 8
ALONG, ACROSS = 18.0, 0.8  # sigma of strand noise at full size, px: a hair is about one wide
ROUND = 0.9  # sigma of the finest round noise; a second octave at twice that
SKIN, STRANDS = 0.26, 0.5  # rms of the new octaves over that of the proof's finest
CEILING = 0.09  # largest rms, in log luminance
ONE_WAY = (0.55, 0.85)  # coherence at which strands begin and at which there is nothing else
"""Noise alone reaches 0.3; skin that took part in strands would look woven."""

HAIR = 0.03
"""Rms in log luminance of the proof's finest octave from which strands are let in: hair has twice that,
skin half."""

ONE_EDGE = 0.12
"""Share of the gradient that does not change its sign, from which a place holds no strands but the
rim of something: a lid, an iris, a lapel."""


@dataclass(frozen=True)
class Texture:
    """Where and how to roughen, at proof size: ``strength`` (1 + DIRECTIONS, h, w), the rms in log
    luminance of the round noise first, then of the strands along each direction."""

    strength: Float


def texture(scene: Scene, picture: Float) -> Texture:
    """Read roughness and direction from ``picture``, the composed frame at proof size, linear."""
    luma = np.log(np.maximum(srgb.luminance(picture), 1e-3))
    fine = luma - cv2.GaussianBlur(luma, (0, 0), 1.3)
    # Strong edges are shapes, not texture: they would otherwise grow a fringe of noise.
    fine = np.clip(fine, -0.12, 0.12)
    energy = cv2.GaussianBlur(fine * fine, (0, 0), 5.0)
    floor = 0.75 * scene.sitter.identity.quality.noise_sigma
    rms = np.sqrt(np.maximum(energy - floor**2, 0))
    matte = scene.placement.look(scene.sitter.identity.matte, Window.whole(scene.placement.canvas))
    rms *= np.clip(2 * matte - 1, 0, 1)
    coherence, angle = _orientation(luma)
    coherence *= np.clip(rms / HAIR - 1, 0, 1)
    strength = np.empty((1 + DIRECTIONS, *rms.shape), np.float32)
    strength[0] = np.minimum(SKIN * rms, CEILING) * (1 - coherence)
    strands = np.minimum(STRANDS * rms, CEILING) * coherence
    for number in range(DIRECTIONS):
        strength[1 + number] = strands * _share(angle, number)
    strength[strength < LEAST] = 0
    return Texture(strength)


LEAST = 1e-3
"""A rms below this is not seen, and left out."""


def detail(picture: Float, window: Window, found: Texture, seed: int) -> Float:
    """Roughen ``picture`` (rows, width, 3), linear, of ``window``, in place; the proof gets nothing."""
    if window.scale == 1:
        return picture
    y = (np.arange(window.top, window.bottom) + 0.5) / window.scale - 0.5
    above = np.floor(y)
    noise = _tiles(seed, window.canvas.enlargement)
    _roughen(
        picture, found.strength, noise, above.astype(np.int64), (y - above).astype(np.float32), window.top
    )
    return picture


@compiled
def _roughen(
    picture: Float, strength: Float, noise: Float, above: NDArray[np.int64], below: Float, top: int
) -> None:
    """Multiply by 1 + strength x noise, the strength being a straight line between proof pixels."""
    last_row, width = strength.shape[1] - 1, strength.shape[2]
    scale, side = picture.shape[1] // width, noise.shape[1]
    change = np.empty(picture.shape[1], np.float32)
    for y in range(picture.shape[0]):
        change[:] = np.float32(0)
        first, second = max(above[y], 0), min(above[y] + 1, last_row)
        for kind in range(strength.shape[0]):
            one, two = strength[kind, first], strength[kind, second]
            grain = noise[kind, (top + y) % side]
            left = one[0] + below[y] * (two[0] - one[0])
            for cell in range(width + 1):  # from one proof pixel's center to the next
                right = left
                if cell < width:
                    right = one[cell] + below[y] * (two[cell] - one[cell])
                if left > 0 or right > 0:
                    start = cell * scale - scale // 2
                    for x in range(max(start, 0), min(start + scale, change.shape[0])):
                        t = (np.float32(x - start) + np.float32(0.5)) / np.float32(scale)
                        change[x] += (left + t * (right - left)) * grain[x % side]
                left = right
        for x in range(picture.shape[1]):
            for c in range(3):
                picture[y, x, c] *= np.float32(1) + change[x]


def _orientation(luma: Float) -> tuple[Float, Float]:
    """How far strands run one way, 0..1, and along which direction, radians: the structure tensor."""
    dx = cv2.Sobel(luma, cv2.CV_32F, 1, 0, ksize=3)
    dy = cv2.Sobel(luma, cv2.CV_32F, 0, 1, ksize=3)
    xx, yy, xy = (cv2.GaussianBlur(p, (0, 0), 3.5) for p in (dx * dx, dy * dy, dx * dy))
    gap = np.hypot(xx - yy, 2 * xy)
    low, high = ONE_WAY
    share = np.clip((gap / (xx + yy + 1e-3) - low) / (high - low), 0, 1)
    mean_x, mean_y = (cv2.GaussianBlur(p, (0, 0), 3.5) for p in (dx, dy))
    one_edge = (mean_x * mean_x + mean_y * mean_y) / (xx + yy + 1e-3)
    share *= np.clip(2 - one_edge / ONE_EDGE, 0, 1)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    return (share * share * (3 - 2 * share)).astype(np.float32), angle.astype(np.float32)


def _share(angle: Float, number: int) -> Float:
    """Amplitude of direction ``number`` for strands along ``angle``: the two nearest, squares sum to 1."""
    turn = (angle / np.pi * DIRECTIONS - number + DIRECTIONS / 2) % DIRECTIONS - DIRECTIONS / 2
    return np.cos(np.minimum(np.abs(turn), 1) * (np.pi / 2))


_making = Lock()


def _tiles(seed: int, enlargement: int) -> Float:
    """Every kind's tile, (1 + DIRECTIONS, side, side); made once, whichever core asks first."""
    with _making:
        return _make_tiles(seed, enlargement)


@lru_cache(maxsize=2)
def _make_tiles(seed: int, enlargement: int) -> Float:
    return np.stack([_tile(seed, enlargement, number) for number in range(1 + DIRECTIONS)])


def _tile(seed: int, enlargement: int, number: int) -> Float:
    """Unit-variance noise on a torus: round for 0, strands along direction number - 1 otherwise."""
    side = PERIOD * enlargement
    generator = np.random.Generator(np.random.PCG64([seed, 7919, number]))
    spectrum = fft.rfft2(generator.standard_normal((side, side), dtype=np.float32))
    fy = np.fft.fftfreq(side)[:, None].astype(np.float32)
    fx = np.fft.rfftfreq(side)[None].astype(np.float32)
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
    noise = fft.irfft2(spectrum * transfer.astype(np.float32), s=(side, side))
    return np.asarray(noise / noise.std(), np.float32)
