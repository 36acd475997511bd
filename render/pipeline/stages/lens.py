"""The lens: a designed transfer on luminance, in linear light; veil and vignette.

A picture softer than the lens is lifted to it and a sharper one lowered (optics/transfer.py), on the
grid that the photograph fills: at full size where its pixels reach so far, else at the proof's, so that
proof and full portrait are seen through the same glass. What is drawn behind the sitter gets the
lens's halo only: it was drawn through its aperture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import srgb
from render.pipeline.compiled import compiled
from render.pipeline.contract import Canvas, Float, Window
from render.pipeline.optics import filter as optical
from render.pipeline.optics.filter import BLACK, WIDE, ZERO
from render.pipeline.optics.transfer import FINEST, SOFTEST, Design, design
from render.pipeline.recipe import Lens
from render.pipeline.resample import enlarge, widen

LARGEST_PIXEL = 2.0
"""Pixels of the full portrait that one of the photograph's may cover for the lens to act at full size."""

LARGEST_RATIO = np.float32(4)

RED, GREEN, BLUE = (np.float32(weight) for weight in srgb.LUMINANCE)


@dataclass(frozen=True)
class Glass:
    """A lens before one picture.

    Attributes
    ----------
    spec : Lens
    proof : Design
        What it does on the proof's grid.
    light : (h, w)
        Luminance of each proof pixel before it, without the catchlights.
    change : (h, w)
        What it adds to that.
    full : Design or None
        What it does at full size, where the photograph has the pixels for it.
    wide, wide_weight
        Of ``full``: its widest terms' light at proof size, (h, w), and the sum of their weights.
    matte : (h, w)
        The sitter's coverage at proof size, 0..1.
    veil : (3,)
        The light scattered everywhere.
    """

    spec: Lens
    proof: Design
    light: Float
    change: Float
    full: Design | None
    wide: Float
    wide_weight: float
    matte: Float
    veil: Float


@dataclass(frozen=True)
class Blur:
    """Blur of the sitter's photograph, sigma in pixels of the proof and of the full portrait; and how many
    of the latter one of the photograph's pixels covers, along a side."""

    proof: float
    full: float
    pixel: float


def glass(picture: Float, plain: Float, matte: Float, spec: Lens, blur: Blur, canvas: Canvas) -> Glass:
    """The lens for ``picture``, the whole frame at proof size, linear (h, w, 3).

    Parameters
    ----------
    picture : (h, w, 3)
    plain : (h, w, 3)
        The same without the catchlights, which are drawn as sharp as they shall be: lifted like the
        photograph around them they would stand in dark rings.
    matte : (h, w)
        The sitter's coverage, 0..1.
    spec : Lens
    blur : Blur
    canvas : Canvas
    """
    luma = luminance(picture)
    proof = _design(spec, blur.proof, canvas.short_side)
    everything = slice(0, luma.shape[0])
    light, weight = optical.glow(luma, everything, proof, np.inf)
    halo = light - np.float32(weight) * luma
    own = luminance(plain)
    change = matte * (optical.lifted(own, everything, proof, halo) - own) + halo
    full = None
    wide, wide_weight = np.zeros_like(luma), 0.0
    if blur.pixel <= LARGEST_PIXEL:
        full = _design(spec, blur.full, canvas.short_side * canvas.enlargement)
        wide, wide_weight = optical.wide_glow(luma, full, canvas.enlargement, averaged=False)
    veil = np.array(cv2.mean(picture)[:3], np.float32)
    return Glass(spec, proof, own, change, full, wide, wide_weight, matte, veil)


def _design(spec: Lens, sigma: float, short_side: int) -> Design:
    return design(spec.preset, float(np.clip(sigma, FINEST, SOFTEST)), spec.strength, short_side)


def margin(fitted: Glass, window: Window) -> int:
    """Rows needed above and below a window so that its own rows come out exact."""
    if window.scale == 1 or fitted.full is None:
        return 0
    return optical.margin(fitted.full, WIDE * window.scale)


def lens(picture: Float, window: Window, fitted: Glass, part: Window | None = None) -> Float:
    """See ``picture`` (rows, width, 3) linear through the lens; vignetting and veil included.

    ``part`` names the rows that are wanted, where ``picture`` was rendered with a margin.
    """
    part = part or window
    luma = luminance(picture)
    wanted = slice(part.top - window.top, part.bottom - window.top)
    result = np.empty((*part.shape, 3), np.float32)
    x, y = _off_center(part)
    veil = np.float32(fitted.spec.veil) * fitted.veil
    printing = (picture[wanted], luma[wanted], _vignette(fitted.spec), x, y, veil, result)
    if part.scale == 1:
        _through(np.asarray(luma[wanted] + fitted.change[part.top : part.bottom]), *printing)
    elif fitted.full is None or part.scale != part.canvas.enlargement:
        _through(np.asarray(luma[wanted] + enlarge(fitted.change, part)), *printing)
    else:
        lifted, halo = _lifted(luma, wanted, part, fitted, fitted.full)
        matte = widen(fitted.matte, part)
        _joined(lifted, halo, matte.rows, matte.index, matte.weight, *printing)
    return result


def _lifted(luma: Float, wanted: slice, part: Window, fitted: Glass, full: Design) -> tuple[Float, Float]:
    """Luminance of the rows ``wanted``, which are ``part``, as the fit lifts it; and what the halo adds."""
    near, weight = optical.glow(luma, wanted, full, WIDE * part.scale)
    wide = widen(fitted.wide, part)
    taken = np.float32(weight + fitted.wide_weight)
    halo = _halo(near, luma[wanted], taken, wide.rows, wide.index, wide.weight)
    return optical.lifted(luma, wanted, full, halo), halo


@compiled
def _halo(
    near: Float, own: Float, taken: np.float32, wide: Float, index: NDArray[np.int32], weight: Float
) -> Float:
    """Far (``resample.Widened``) and near light, less what the halo takes from each place."""
    halo = np.empty_like(own)
    for y in range(own.shape[0]):
        a, b, c, d = wide[index[y, 0]], wide[index[y, 1]], wide[index[y, 2]], wide[index[y, 3]]
        p, q, r, s = weight[y, 0], weight[y, 1], weight[y, 2], weight[y, 3]
        for x in range(own.shape[1]):
            far = p * a[x] + q * b[x] + r * c[x] + s * d[x]
            halo[y, x] = far + near[y, x] - taken * own[y, x]
    return halo


@compiled
def luminance(picture: Float) -> Float:
    """CIE Y of (rows, width, 3), linear: `srgb.luminance`, the sum always in the same order."""
    result = np.empty(picture.shape[:2], np.float32)
    for y in range(picture.shape[0]):
        for x in range(picture.shape[1]):
            result[y, x] = RED * picture[y, x, 0] + GREEN * picture[y, x, 1] + BLUE * picture[y, x, 2]
    return result


def _off_center(window: Window) -> tuple[Float, Float]:
    """Square distance from the frame's middle along x (width,) and y (rows,), over the corner's."""
    height = window.canvas.height * window.scale
    y = (np.arange(window.top, window.bottom) + 0.5) / height - 0.5
    x = (np.arange(window.width) + 0.5) / window.width - 0.5
    aspect = window.width / height
    corner = 0.25 * aspect * aspect + 0.25
    return ((x * aspect) ** 2 / corner).astype(np.float32), (y**2 / corner).astype(np.float32)


def _vignette(spec: Lens) -> Float:
    """Fall of light toward the corners, cos^4-like, and what the veil takes: the coefficients (6,) of a
    polynomial in the fourth power of the distance from the middle, 1 in the corner.

    True to 1e-7 for one stop in the corner, to 3e-5 for three.
    """
    fourth = (1 - np.cos(np.pi * (np.arange(24) + 0.5) / 24)) / 2
    fall = (1 - spec.veil) * np.exp2(-spec.vignette * fourth)
    return np.polyfit(fourth, fall, 5)[::-1].astype(np.float32)


@compiled
def _joined(
    lifted: Float, halo: Float, matte: Float, index: NDArray[np.int32], weight: Float,
    picture: Float, luma: Float, fall: Float, away_x: Float, away_y: Float, veil: Float, result: Float,
) -> None:  # fmt: skip
    """Let only the sitter (``matte``, a ``resample.Widened``) be lifted, and add the halo: row by row, so
    that ``_through_row`` finds each in the cache."""
    seen = np.empty(luma.shape[1], np.float32)
    for y in range(luma.shape[0]):
        a, b, c, d = matte[index[y, 0]], matte[index[y, 1]], matte[index[y, 2]], matte[index[y, 3]]
        p, q, r, s = weight[y, 0], weight[y, 1], weight[y, 2], weight[y, 3]
        own, raised, glow = luma[y], lifted[y], halo[y]
        for x in range(len(seen)):
            sitter = p * a[x] + q * b[x] + r * c[x] + s * d[x]
            seen[x] = own[x] + sitter * (raised[x] - own[x]) + glow[x]
        _through_row(seen, picture[y], own, fall, away_x, away_y[y], veil, result[y])


@compiled
def _through(
    seen: Float, picture: Float, luma: Float, fall: Float, away_x: Float, away_y: Float, veil: Float,
    result: Float,
) -> None:  # fmt: skip
    for y in range(seen.shape[0]):
        _through_row(seen[y], picture[y], luma[y], fall, away_x, away_y[y], veil, result[y])


@compiled
def _through_row(
    seen: Float, picture: Float, luma: Float, fall: Float, away_x: Float, away_y: np.float32, veil: Float,
    result: Float,
) -> None:  # fmt: skip
    """Give every pixel of a row the luminance that the lens shows, its color by ratio.

    A color is carried along up to ``LARGEST_RATIO``. Light that falls on a much darker pixel comes
    from its neighbors, not from its own hue (which is noise there): it arrives as neutral light.
    """
    width = len(seen)
    gain, stray = np.empty(width, np.float32), np.empty(width, np.float32)
    f0, f1, f2, f3, f4, f5 = fall
    for x in range(width):
        own = luma[x] + BLACK
        ratio = (max(seen[x], ZERO) + BLACK) / own
        held = min(ratio, LARGEST_RATIO)
        away = (away_x[x] + away_y) * (away_x[x] + away_y)
        level = f0 + away * (f1 + away * (f2 + away * (f3 + away * (f4 + away * f5))))
        gain[x] = held * level
        stray[x] = (ratio - held) * own * level
    for x in range(width):
        for c in range(3):
            result[x, c] = picture[x, c] * gain[x] + (stray[x] + veil[c])
