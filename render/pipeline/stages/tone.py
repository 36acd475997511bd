"""The print: contrast, toe, shoulder and color of a style, point by point.

The curve acts on luminance and the color follows by ratio, so hue is kept; only what no
display can show is led toward white. Every step is monotone, so it can be undone.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from render.pipeline.color import srgb
from render.pipeline.compiled import compiled
from render.pipeline.contract import Double, Float
from render.pipeline.recipe import Tone

MIDDLE = 0.18
"""Middle gray, linear: the curve's fixed point."""

BRIGHTEST, STEPS = 64.0, 16384
"""Largest luminance of the curve's table and its length; between steps of the root the curve is
straight to 1e-7."""

PER_ROOT = np.float32((STEPS - 1) / BRIGHTEST**0.5)
MIDDLE_GRAY, FAINTEST = np.float32(MIDDLE), np.float32(1e-6)
RED, GREEN, BLUE = (np.float32(weight) for weight in srgb.LUMINANCE)


def curve(luma: Float, spec: Tone) -> Float:
    """Print luminance of scene luminance, any shape, linear to linear.

    A power law about middle gray (slope in log-log), eased toward the deepest blacks so that
    contrast does not swallow them, then a shoulder 1 - exp(-x) from ``spec.shoulder`` to 1.
    """
    x = np.maximum(luma, 1e-6)
    y = MIDDLE * (x / MIDDLE) ** spec.contrast
    # Below three stops under middle gray the slope returns to 1.
    toe = MIDDLE / 8
    deep = MIDDLE * (toe / MIDDLE) ** spec.contrast * (x / toe)
    y = np.where(x < toe, deep, y)
    y = y * (1 - max(spec.black, 0.0)) + spec.black if spec.black >= 0 else _crush(y, -spec.black)
    s = spec.shoulder
    return np.where(y > s, s + (1 - s) * (1 - np.exp(-(y - s) / (1 - s))), y).astype(np.float32)


def _crush(y: Float, depth: float) -> Float:
    """Pull tones below a few times ``depth`` toward 0, smoothly and monotonically."""
    return np.asarray(y * y / (y + depth) * (1 + depth), np.float32)


def tone(picture: Float, spec: Tone) -> Float:
    """Print ``picture``, (..., 3) linear, as the style says; linear 0..1 out.

    In every pixel: its luminance through the curve, the color by ratio, but what ``black`` lifts is
    gray; saturation about the printed gray; the split tone; and colors outside 0..1 led to the gray of
    their luminance.
    """
    source = np.ascontiguousarray(picture, np.float32).reshape(-1, 3)
    result = np.empty_like(source)
    weights = spec.filter if spec.monochrome else srgb.LUMINANCE
    shadow, light = _tints(spec)
    _print(
        source, np.array(weights, np.float32), spec.monochrome, _table(spec), np.float32(spec.saturation),
        np.float32(max(spec.black, 0)), shadow, light, result,
    )  # fmt: skip
    return result.reshape(picture.shape)


def tint(gray: Double, spec: Tone) -> Double:
    """The split tone's factor on each channel, (..., 3), of a printed gray (..., 1), linear."""
    shadow, light = _tints(spec)
    share = gray / (gray + MIDDLE)
    return np.asarray(shadow + share * (light - shadow), np.float64)


@lru_cache(maxsize=64)
def _table(spec: Tone) -> Float:
    """`curve` at the squares of ``STEPS`` even steps up to ``BRIGHTEST``."""
    return curve((np.linspace(0, BRIGHTEST**0.5, STEPS) ** 2).astype(np.float32), spec)


def _tints(spec: Tone) -> tuple[Float, Float]:
    """Factors of shadows and of highlights, (3,) each, that keep a gray's luminance."""
    warm = np.array([1 + 0.12 * spec.warmth, 1, 1 - 0.16 * spec.warmth])
    shadow, light = np.array(spec.shadow_tint) * warm, np.array(spec.highlight_tint) * warm
    return (
        (shadow / (shadow @ srgb.LUMINANCE)).astype(np.float32),
        (light / (light @ srgb.LUMINANCE)).astype(np.float32),
    )


@compiled
def _print(
    picture: Float, weights: Float, monochrome: bool, table: Float, saturation: np.float32, lift: np.float32,
    shadow: Float, light: Float, result: Float,
) -> None:  # fmt: skip
    zero, one = np.float32(0), np.float32(1)
    for i in range(picture.shape[0]):
        r, g, b = picture[i, 0], picture[i, 1], picture[i, 2]
        luma = max(weights[0] * r + weights[1] * g + weights[2] * b, zero)
        if monochrome:
            r = g = b = luma
        place = min(np.sqrt(luma) * PER_ROOT, np.float32(STEPS - 1.001))
        step = int(place)
        printed = table[step] + (place - np.float32(step)) * (table[step + 1] - table[step])
        gain = saturation * max(printed - lift, zero) / max(luma, FAINTEST)
        gray = (one - saturation) * printed + saturation * lift  # what lifts the blacks has no color
        share = printed / (printed + MIDDLE_GRAY)
        r = (r * gain + gray) * (shadow[0] + share * (light[0] - shadow[0]))
        g = (g * gain + gray) * (shadow[1] + share * (light[1] - shadow[1]))
        b = (b * gain + gray) * (shadow[2] + share * (light[2] - shadow[2]))
        # Lead colors outside 0..1 toward the gray of the same luminance until they fit.
        level = min(max(RED * r + GREEN * g + BLUE * b, zero), one)
        top, low = max(r, g, b), min(r, g, b)
        if top > one or low < zero:
            over = (one - level) / max(top - level, FAINTEST) if top > one else one
            under = level / max(level - low, FAINTEST) if low < zero else one
            kept = min(over, under)
            r, g, b = level + kept * (r - level), level + kept * (g - level), level + kept * (b - level)
        result[i, 0] = min(max(r, zero), one)
        result[i, 1] = min(max(g, zero), one)
        result[i, 2] = min(max(b, zero), one)
