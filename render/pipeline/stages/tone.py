"""The print: contrast, toe, shoulder and color of a style, point by point.

The curve acts on luminance and the color follows by ratio, so hue is kept; only what no
display can show is led toward white. Every step is monotone, so it can be undone.
"""

from __future__ import annotations

import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Float
from render.pipeline.recipe import Tone

MIDDLE = 0.18
"""Middle gray, linear: the curve's fixed point."""


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
    """Print ``picture``, (..., 3) linear, as the style says; linear 0..1 out."""
    if spec.monochrome:
        gray = np.maximum(picture @ np.array(spec.filter, np.float32), 0)
        picture = np.repeat(gray[..., None], 3, axis=-1)
        luma = gray
    else:
        luma = srgb.luminance(picture)
    printed = curve(luma, spec)
    result = picture * (printed / np.maximum(luma, 1e-6))[..., None]
    if spec.saturation != 1 and not spec.monochrome:
        result = printed[..., None] + np.float32(spec.saturation) * (result - printed[..., None])
    result = result * _tint(printed, spec)
    return _into_gamut(result)


def _tint(luma: Float, spec: Tone) -> Float:
    """Split toning: factors for shadows and highlights, mixed over luminance, luminance kept."""
    weight = (luma / (luma + MIDDLE))[..., None]
    warm = np.array([1 + 0.12 * spec.warmth, 1, 1 - 0.16 * spec.warmth])
    shadow = np.array(spec.shadow_tint) * warm
    light = np.array(spec.highlight_tint) * warm
    shadow = (shadow / (shadow @ srgb.LUMINANCE)).astype(np.float32)
    light = (light / (light @ srgb.LUMINANCE)).astype(np.float32)
    return np.asarray(shadow + weight * (light - shadow), np.float32)


def _into_gamut(picture: Float) -> Float:
    """Lead colors outside 0..1 toward gray of the same luminance until they fit."""
    luma = np.clip(srgb.luminance(picture), 0, 1)[..., None]
    top = picture.max(axis=-1, keepdims=True)
    low = picture.min(axis=-1, keepdims=True)
    over = np.where(top > 1, (1 - luma) / np.maximum(top - luma, 1e-6), 1)
    under = np.where(low < 0, luma / np.maximum(luma - low, 1e-6), 1)
    share = np.clip(np.minimum(over, under), 0, 1)
    return np.clip(luma + share * (picture - luma), 0, 1).astype(np.float32)
