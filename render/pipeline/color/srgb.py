"""The sRGB transfer function and luminance (IEC 61966-2-1)."""

from __future__ import annotations

import numpy as np

from ..contract import Float

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Weights of linear sRGB in CIE Y (ITU-R BT.709)."""



def decode(encoded: Float) -> Float:
    """sRGB code values 0..1 to linear light, any shape (IEC 61966-2-1, exact)."""
    e = np.asarray(encoded, np.float32)
    return np.where(e <= 0.04045, e / 12.92, ((np.maximum(e, 0.04045) + 0.055) / 1.055) ** 2.4).astype(np.float32)


def encode(linear: Float) -> Float:
    """Linear light to sRGB code values, any shape; negatives clip to 0, above 1 clips to 1."""
    x = np.clip(np.asarray(linear, np.float32), 0, 1)
    return np.where(x <= 0.0031308, x * 12.92, 1.055 * np.power(np.maximum(x, 0.0031308), 1 / 2.4) - 0.055).astype(np.float32)


def luminance(linear: Float) -> Float:
    """CIE Y of linear sRGB pixels: (..., 3) to (...)."""
    return np.asarray(linear, np.float32) @ LUMINANCE
