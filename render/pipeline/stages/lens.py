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
from render.pipeline.contract import Float, Window
from render.pipeline.optics.presets import PRESETS, pixels
from render.pipeline.recipe import Lens

WIDE_PX = 2.0
"""Gaussians at least this wide at proof size are taken from the proof-sized picture."""


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
    veil = picture.mean(axis=(0, 1)).astype(np.float32)
    return Halo(light, float(total), veil)


def margin(spec: Lens, window: Window) -> int:
    """Rows needed above and below a window so that its own rows come out exact."""
    narrow = _narrow(spec, window.scale, window.canvas.short_side)
    return int(np.ceil(3.5 * max((sigma for sigma, _ in narrow), default=0))) + 2


def lens(picture: Float, window: Window, spec: Lens, glow: Halo) -> Float:
    """See ``picture`` (rows, width, 3) linear through the lens; vignetting and veil included."""
    luma = srgb.luminance(picture)
    short_side = window.canvas.short_side
    seen = np.zeros_like(luma)
    for sigma, weight in _narrow(spec, window.scale, short_side):
        blurred = (
            cv2.GaussianBlur(luma, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101) if sigma > 0.12 else luma
        )
        seen += np.float32(weight) * blurred
    if glow.light is not None:
        seen += _enlarge(glow.light, window)
    ratio = 1 + np.float32(spec.strength) * ((seen + 1e-4) / (luma + 1e-4) - 1)
    result = picture * ratio[..., None]
    result *= _vignette(window, spec.vignette)[..., None]
    if spec.veil:
        result = result * np.float32(1 - spec.veil) + np.float32(spec.veil) * glow.veil
    return np.asarray(result, np.float32)


def _narrow(spec: Lens, scale: int, short_side: int) -> list[tuple[float, float]]:
    """The preset's narrow Gaussians in pixels of a window enlarged ``scale`` times."""
    spread = PRESETS[spec.preset].spread
    return [(pixels(s, short_side) * scale, w) for s, w in spread if pixels(s, short_side) < WIDE_PX]


def _enlarge(field: Float, window: Window) -> Float:
    """Rows of a proof-sized field at the window's scale."""
    y = (np.arange(window.top, window.bottom, dtype=np.float32) + 0.5) / window.scale - 0.5
    x = (np.arange(window.width, dtype=np.float32) + 0.5) / window.scale - 0.5
    grid_x = np.repeat(x[None], len(y), axis=0)
    grid_y = np.repeat(y[:, None], len(x), axis=1)
    return np.asarray(cv2.remap(field, grid_x, grid_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))


def _vignette(window: Window, stops: float) -> Float:
    """Fall of light toward the corners, (rows, width): ``stops`` darker in the corner, cos^4-like."""
    height = window.canvas.height * window.scale
    y = (np.arange(window.top, window.bottom, dtype=np.float32) + 0.5) / height - 0.5
    x = (np.arange(window.width, dtype=np.float32) + 0.5) / window.width - 0.5
    aspect = window.width / height
    corner = (0.25 * aspect * aspect + 0.25) ** 2
    square = (x * aspect)[None] ** 2 + y[:, None] ** 2
    return np.exp2(np.float32(-stops) * (square * square) / np.float32(corner)).astype(np.float32)
