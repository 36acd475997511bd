"""The sRGB transfer function and luminance (IEC 61966-2-1)."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from render.pipeline.compiled import compiled
from render.pipeline.contract import Code, Double, Float
from render.pipeline.cores import cores, on_all_cores

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Weights of linear sRGB in CIE Y (ITU-R BT.709)."""

KNEE_ENCODED, KNEE_LINEAR = 0.04045, 0.0031308
"""Where the straight line near black meets the power curve."""

ROOT = tuple(
    np.float32(coefficient)
    for coefficient in (
        1.7583333253860474, 0.5861034393310547, -0.06538557261228561, 0.018316159024834633,
        -0.03161840885877609, -0.06845904886722565, -0.146237313747406, -0.1437763273715973,
        -0.06540340185165405,
    )
)  # fmt: skip
"""The power curve as 1 + w (a0 + w (a1 + ...)), where w is the fourth root of the linear value less 1. Its
Chebyshev interpolant of degree nine, from the knee to white; white is exact."""

BLOCK = 1 << 16
"""Values handled at a time, so that what lies between two steps stays in the cache."""


def decode(encoded: Float) -> Float:
    """sRGB code values to linear light.

    Parameters
    ----------
    encoded : array, any shape
        Code values, 0..1. Values outside continue the curve's two ends.

    Returns
    -------
    float32 array of the same shape
        Within 5e-7 of the standard's formula.

    Notes
    -----
    Both branches are summed instead of chosen: the power curve is held at its knee
    below it, the line above it. OpenCV's vector ``pow`` then does 300 million values a
    second on one core.
    """
    return _blockwise(encoded, _decode_block)


def encode(linear: Float) -> Float:
    """Linear light to sRGB code values; negatives clip to 0, above 1 clips to 1.

    Parameters
    ----------
    linear : array, any shape
        Linear light, 1 = display white.

    Returns
    -------
    float32 array of the same shape
        Within 5e-7 of the standard's formula.
    """
    source = np.ascontiguousarray(linear, np.float32)
    result = np.empty_like(source)
    _encode(source.reshape(-1), result.reshape(-1))
    return result.reshape(np.shape(linear))


def codes(linear: Float) -> Code:
    """Linear light to 8-bit sRGB code values, rounded; what is out of range is held to it.

    Parameters
    ----------
    linear : (H, W, ...) array
        Linear light, 1 = display white.

    Returns
    -------
    uint8 array of the same shape
    """
    source = np.ascontiguousarray(linear, np.float32)
    result = np.empty(source.shape, np.uint8)
    parts = zip(*(np.array_split(values.reshape(-1), cores()) for values in (source, result)), strict=True)
    for _ in on_all_cores(lambda part: _encode_codes(*part), list(parts)):
        pass
    return result.reshape(np.shape(linear))


def luminance(linear: Float) -> Float:
    """CIE Y of linear sRGB pixels: (..., 3) to (...)."""
    return np.asarray(linear, np.float32) @ LUMINANCE


def decode_exactly(encoded: Double) -> Double:
    """The standard's formula in double precision, for tables and tests; any shape."""
    e = np.asarray(encoded, np.float64)
    power = ((np.maximum(e, KNEE_ENCODED) + 0.055) / 1.055) ** 2.4
    return np.where(e <= KNEE_ENCODED, e / 12.92, power)


def _decode_block(encoded: Float) -> Float:
    power = np.maximum(encoded, np.float32(KNEE_ENCODED))
    power += np.float32(0.055)
    power *= np.float32(1 / 1.055)
    cv2.pow(power, 2.4, power)
    line = np.minimum(encoded, np.float32(KNEE_ENCODED))
    line -= np.float32(KNEE_ENCODED)
    line *= np.float32(1 / 12.92)
    power += line
    return power


def encode_exactly(linear: Double) -> Double:
    """The standard's formula in double precision, for tables and tests; any shape, 0..1."""
    x = np.asarray(linear, np.float64)
    power = 1.055 * np.maximum(x, KNEE_LINEAR) ** (1 / 2.4) - 0.055
    return np.where(x <= KNEE_LINEAR, 12.92 * x, power)


@compiled
def _encode(linear: Float, result: Float) -> None:
    """Encode (n,): black and white are exact."""
    a0, a1, a2, a3, a4, a5, a6, a7, a8 = ROOT
    black, white, knee, slope = np.float32(0), np.float32(1), np.float32(KNEE_LINEAR), np.float32(12.92)
    for i in range(linear.shape[0]):
        value = min(max(linear[i], black), white)
        w = np.sqrt(np.sqrt(value)) - white
        curve = a0 + w * (a1 + w * (a2 + w * (a3 + w * (a4 + w * (a5 + w * (a6 + w * (a7 + w * a8)))))))
        result[i] = white + w * curve if value > knee else slope * value


@compiled
def _encode_codes(linear: Float, result: Code) -> None:
    """Encode (n,) to whole codes, a block at a time."""
    block = np.empty(BLOCK, np.float32)
    for start in range(0, linear.shape[0], BLOCK):
        part = linear[start : start + BLOCK]
        _encode(part, block)
        for i in range(part.shape[0]):
            result[start + i] = np.uint8(np.rint(block[i] * np.float32(255)))


def _blockwise(values: Float, function: Callable[[Float], Float]) -> Float:
    source = np.ascontiguousarray(values, np.float32)
    result = np.empty_like(source)
    flat, out = source.reshape(-1, 1), result.reshape(-1, 1)
    for start in range(0, len(flat), BLOCK):
        out[start : start + BLOCK] = function(flat[start : start + BLOCK])
    return result.reshape(np.shape(values))
