"""The lens: a point spread function from a preset, on luminance, in linear light.

This is a plain convolution with a sum of Gaussians, and a ratio back to color. The narrow
Gaussians act on the rows at hand; the wide ones (the halo of a soft lens) come from the
whole picture at proof size, where they are cheap, and are sampled at any size.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.compiled import compiled
from render.pipeline.contract import Float, Window
from render.pipeline.optics.presets import PRESETS, pixels
from render.pipeline.recipe import Lens
from render.pipeline.resample import enlarge

WIDE_PX = 2.0
"""Gaussians at least this wide at proof size are taken from the proof-sized picture."""

NO_BLUR = 0.12
"""A Gaussian narrower than this, in pixels, does nothing between neighboring pixels."""

LARGEST_RATIO = np.float32(4)
BLACK = np.float32(1e-4)
"""Linear light that counts as none, so that black has no ratio to anything."""

VIGNETTE = 1024
"""Steps of the vignette's table; between them it is a straight line to 1e-7."""

RED, GREEN, BLUE = (np.float32(weight) for weight in srgb.LUMINANCE)


@dataclass(frozen=True)
class Halo:
    """The wide part of the spread: luminance at proof size under each wide Gaussian, summed with
    its weights, (h, w), and the sum of those weights; ``veil`` the light scattered everywhere."""

    light: Float | None
    weight: float
    veil: Float


def halo(picture: Float, spec: Lens) -> Halo:
    """The wide part of the lens for ``picture``, the whole frame at proof size, linear (h, w, 3)."""
    short_side = min(picture.shape[:2])
    luma = srgb.luminance(picture)
    wide = [
        (pixels(s, short_side), w) for s, w in PRESETS[spec.preset].spread if pixels(s, short_side) >= WIDE_PX
    ]
    total = sum(weight for _, weight in wide)
    light = None
    if wide:
        light = np.zeros_like(luma)
        for sigma, weight in wide:
            light += np.float32(weight) * cv2.GaussianBlur(
                luma, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101
            )
    veil = np.array(cv2.mean(picture)[:3], np.float32)
    return Halo(light, float(total), veil)


def margin(spec: Lens, window: Window) -> int:
    """Rows needed above and below a window so that its own rows come out exact."""
    narrow = _narrow(spec, window.scale, window.canvas.short_side)
    return max((_reach(sigma) for sigma, _ in narrow), default=0)


def lens(picture: Float, window: Window, spec: Lens, glow: Halo, part: Window | None = None) -> Float:
    """See ``picture`` (rows, width, 3) linear through the lens; vignetting and veil included.

    ``part`` names the rows that are wanted, where ``picture`` was rendered with a margin.
    """
    part = part or window
    luma = luminance(picture)
    wanted = slice(part.top - window.top, part.bottom - window.top)
    seen = np.zeros(part.shape, np.float32)
    for sigma, weight in _narrow(spec, window.scale, window.canvas.short_side):
        cv2.scaleAdd(blur(luma, sigma)[wanted], weight, seen, seen)
    if glow.light is not None:
        seen += enlarge(glow.light, part)
    x, y = _off_center(part)
    veil = np.float32(spec.veil) * glow.veil
    result = np.empty((*part.shape, 3), np.float32)
    _through(
        picture[wanted], luma[wanted], seen, np.float32(spec.strength),
        _vignette(spec.vignette) * np.float32(1 - spec.veil), x, y, veil, result,
    )  # fmt: skip
    return result


@compiled
def luminance(picture: Float) -> Float:
    """CIE Y of (rows, width, 3), linear: `srgb.luminance`, the sum always in the same order."""
    result = np.empty(picture.shape[:2], np.float32)
    for y in range(picture.shape[0]):
        for x in range(picture.shape[1]):
            result[y, x] = RED * picture[y, x, 0] + GREEN * picture[y, x, 1] + BLUE * picture[y, x, 2]
    return result


def blur(luma: Float, sigma: float) -> Float:
    """``luma`` (rows, width) under a Gaussian of ``sigma`` pixels, cut off at 3.5 sigma."""
    if sigma <= NO_BLUR:
        return luma
    taps = cv2.getGaussianKernel(2 * _reach(sigma) + 1, sigma, cv2.CV_32F)
    return np.asarray(cv2.sepFilter2D(luma, cv2.CV_32F, taps, taps, borderType=cv2.BORDER_REFLECT_101))


def _reach(sigma: float) -> int:
    return int(np.ceil(3.5 * sigma)) if sigma > NO_BLUR else 0


def _narrow(spec: Lens, scale: int, short_side: int) -> list[tuple[float, float]]:
    """The preset's narrow Gaussians in pixels of a window enlarged ``scale`` times."""
    spread = PRESETS[spec.preset].spread
    return [(pixels(s, short_side) * scale, w) for s, w in spread if pixels(s, short_side) < WIDE_PX]


def _off_center(window: Window) -> tuple[Float, Float]:
    """Square distance from the frame's middle along x (width,) and y (rows,), over the corner's."""
    height = window.canvas.height * window.scale
    y = (np.arange(window.top, window.bottom) + 0.5) / height - 0.5
    x = (np.arange(window.width) + 0.5) / window.width - 0.5
    aspect = window.width / height
    corner = 0.25 * aspect * aspect + 0.25
    return ((x * aspect) ** 2 / corner).astype(np.float32), (y**2 / corner).astype(np.float32)


def _vignette(stops: float) -> Float:
    """Fall of light toward the corners over the square distance, ``stops`` in the corner, cos^4-like."""
    return np.exp2(-stops * np.linspace(0, 1, VIGNETTE) ** 2).astype(np.float32)


@compiled
def _through(
    picture: Float, luma: Float, seen: Float, strength: np.float32, fall: Float, away_x: Float,
    away_y: Float, veil: Float, result: Float,
) -> None:  # fmt: skip
    """Give every pixel the luminance that the lens shows, its color by ratio.

    A color is carried along up to ``LARGEST_RATIO``. Light that falls on a much darker pixel comes
    from its neighbors, not from its own hue (which is noise there): it arrives as neutral light.
    """
    for y in range(result.shape[0]):
        for x in range(result.shape[1]):
            own = luma[y, x]
            ratio = np.float32(1) + strength * ((seen[y, x] + BLACK) / (own + BLACK) - np.float32(1))
            held = min(ratio, LARGEST_RATIO)
            stray = (ratio - held) * (own + BLACK)
            place = (away_x[x] + away_y[y]) * np.float32(VIGNETTE - 1)
            step = min(int(place), VIGNETTE - 2)
            level = fall[step] + (place - np.float32(step)) * (fall[step + 1] - fall[step])
            for c in range(3):
                result[y, x, c] = (picture[y, x, c] * held + stray) * level + veil[c]
