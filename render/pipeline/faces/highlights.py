"""Burnt-out skin, given back its hue: white that the sensor could not hold becomes the skin's own.

Where all channels are at their end the photograph has no color, and any lamp would paint the
place as one flat patch of its own color. A highlight on skin is the light's color over the
skin's: the hue of the skin around it, paled, under the grain of the skin around it. Only skin is
mended: a white collar, white hair and the whites of the eyes have no skin around them, or are not
burnt out. The identity keeps the photograph as it was: what is mended is the plate, and the gate
measures it against the photograph.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import srgb
from render.pipeline.contract import Code, Double, Float, Landmarks

from . import topology

BURNT = (0.75, 1.0)
"""Linear level of the weakest channel from which color is lost, and at which it is."""

FULL, HEADROOM, DOME = 0.97, 0.5, 0.08
"""Level of the weakest channel from which the sensor was full; how much lighter than white the middle of
such a place was; and the breadth of its slope, IPD (one sigma)."""

SOLID, SOLID_OVER = (0.35, 0.7), 0.06
"""Shares of full pixels near a place, and how near, IPD (one sigma), from which it is burnt out as a whole:
the sun's speckles on skin that still has its color are no patch to be filled in."""

PALED = 0.34
"""Saturation of a highlight over the skin's own, in log ratio of the channels."""

POWDER, KNEE = 0.78, 0.5
"""Of its light that burnt-out skin keeps: a scalp as light as white paper seems cut off before it. The skin
around it is held back, too, from that level on: else it would be lighter than what burnt out."""

POWDERED, WHOLE = 0.25, 4.0
"""How far around, IPD (one sigma), and how soon wholly."""

PALE = (0.6, 0.9)
"""Level of the weakest channel from which skin around has lost its hue, too, and at which it has none: it
would be a gray seam between skin and what is given back its hue."""

LEAST, SPREAD = 0.25, 0.15
"""Skin's colors: saturation from ``LEAST`` of the face's own, and the distance from its hue (log ratio)."""

COARSE = 32.0
"""Inter-pupil distance, px, of the grid on which neighborhoods are averaged."""

AROUND = 0.35
"""Radius, IPD (one sigma), of a neighborhood."""

GRAIN = (0.008, 0.025)
"""Finest and coarsest texture of the skin, IPD (one sigma): pores and the ridges between them."""

PORES = 0.4
"""Of the forehead's fine contrast that a highlight shows: what shines hides its pores."""

SCALP = 1.9
"""Height of the scalp over the eyes, over that of the face's outline."""

LEAST_SCALP, SMOOTH, BALD = 0.05, 0.8, 0.45
"""Area above the face's outline that tells, squares of the IPD; its fine contrast over that of the smoother
half of the face, and the share of it that is skin, from which a head is bald."""

TELLING = 0.5
"""Level of the weakest channel up to which a color tells skin from white hair: a shining scalp is paler."""

OUTLINE = 0.06
"""IPD (one sigma) of the way from the face's outline inward to where it is surely skin."""

FAINTEST = 1e-3


def restore(pixels: Float, matte: Float, landmarks: Landmarks, white: float = 1.0) -> Float:
    """Light for what is burnt out, and color and grain for the burnt-out skin of the head.

    What the sensor could not hold was lighter than its white, and the more so the farther within: else a
    lamp that gives less than the old light would print a white crown, turban or shirt as one flat gray.

    Parameters
    ----------
    pixels : (H, W, 3) linear
    matte : (H, W)
    landmarks : Landmarks
        On the same grid.
    white : float
        Linear level at which the sensor was full, after the photograph was brightened.

    Returns
    -------
    (H, W, 3) linear
        ``pixels`` itself where nothing is burnt out.
    """
    weakest = cv2.min(cv2.min(*cv2.split(pixels)[:2]), pixels[..., 2]) / np.float32(white)
    full = (weakest > FULL).astype(np.float32) * (matte > 0.5)
    if full.any():
        pixels = _domed(pixels, full, matte, landmarks.ipd)
    solid = cv2.GaussianBlur(full, (0, 0), SOLID_OVER * landmarks.ipd)
    burnt = np.clip((weakest - BURNT[0]) / (BURNT[1] - BURNT[0]), 0, 1)
    burnt *= np.clip((solid - SOLID[0]) / (SOLID[1] - SOLID[0]), 0, 1)
    if not burnt.any():
        return pixels
    bare = _bare(pixels, matte, burnt, landmarks, white)
    burnt *= bare
    if not burnt.any():
        return pixels
    hue = np.median(_ratios(pixels[_face(landmarks, matte.shape) > 0][::7]), axis=0).astype(np.float32)
    cover, around = _spread(pixels, matte, weakest, burnt, hue, landmarks)
    powder = np.maximum(bare * around, cover)
    if not (powder > FAINTEST).any():
        return pixels
    pale = np.clip((weakest - PALE[0]) / (PALE[1] - PALE[0]), 0, 1)
    return _mended(pixels, np.maximum(cover, powder * pale), powder, hue, landmarks, white)


def _domed(pixels: Float, full: Float, matte: Float, ipd: float) -> Float:
    """``pixels`` with more light where the sensor was ``full`` (H, W).

    A straight edge of it is half within; only what lies deeper rises, and without a step. Beside the
    background nothing is dimmer: a rim that the sun burnt out is white up to there.
    """
    near, sitter = (
        cv2.GaussianBlur(field, (0, 0), DOME * ipd) for field in (full, (matte > 0.5).astype(np.float32))
    )
    within = np.maximum(2 * near / np.maximum(sitter, np.float32(0.3)) - 1, 0)
    return np.asarray(pixels * (1 + np.float32(HEADROOM) * full * within)[..., None], np.float32)


def _spread(
    pixels: Float, matte: Float, weakest: Float, burnt: Float, hue: Float, landmarks: Landmarks
) -> tuple[Float, Float]:
    """Where what is ``burnt`` (H, W) is given back its hue, by how much of what is known around it is skin,
    and how near to such a place each place is, (H, W) 0..1 each."""
    ipd, (height, width) = landmarks.ipd, matte.shape
    scale = min(1.0, COARSE / ipd)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))

    def enlarged(field: Float) -> Float:
        return np.asarray(cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)

    small = cv2.resize(pixels * (matte > 0.9)[..., None], size, interpolation=cv2.INTER_AREA)
    skin = _skin(small, hue)
    known = cv2.resize((1 - burnt) * matte * (weakest < TELLING), size, interpolation=cv2.INTER_AREA)
    near = [cv2.GaussianBlur(field, (0, 0), AROUND * ipd * scale) for field in (skin * known, known)]
    of = near[0] / np.maximum(near[1], FAINTEST)
    inside = _soft(_face(landmarks, matte.shape) > 0, ipd)
    inside = cv2.resize(inside, size, interpolation=cv2.INTER_AREA)
    beyond, within = np.clip(4 * of - 2.6, 0, 1), np.clip(2.5 * of - 0.5, 0, 1)  # a fifth may be the brow's
    share = beyond + inside * (within - beyond)  # beside a temple is white hair
    cover = burnt * enlarged(share)
    around = cv2.resize(cover, size, interpolation=cv2.INTER_AREA)
    around = cv2.GaussianBlur(around, (0, 0), POWDERED * ipd * scale)
    return cover, enlarged(np.clip(WHOLE * around, 0, 1) * within)


def _mended(
    pixels: Float, cover: Float, powder: Float, hue: Float, landmarks: Landmarks, white: float
) -> Float:
    """``pixels`` with the skin's paled hue and grain where ``cover`` (H, W) says, its light held back where
    ``powder`` (H, W) lies."""
    rows, columns = np.nonzero(powder > FAINTEST)
    box = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    paled = np.exp(PALED * hue)
    paled /= paled @ srgb.LUMINANCE
    light = np.maximum(srgb.luminance(pixels[box]), FAINTEST) / np.float32(white)
    held = _powdered(np.minimum(light, 1))  # the rest was no color of skin
    mended = np.float32(white) * (held * _grain(pixels, landmarks, light.shape))[..., None] * paled
    part = pixels[box] * (1 + powder[box] * (np.minimum(held / light, 1) - 1))[..., None]
    result = pixels.copy()
    result[box] = part + cover[box][..., None] * (mended - part)
    return np.asarray(result, np.float32)


def _bare(pixels: Float, matte: Float, burnt: Float, landmarks: Landmarks, white: float) -> Float:
    """How surely each place is skin, (H, W) 0..1: within the face; fair hair beside it burns out and is none.

    Above a forehead that goes on as skin and as smooth, the head is bald, and its whole crown is scalp.
    """
    shape = matte.shape
    oval = landmarks.points[topology.FACE_OVAL, :2]
    eyes = landmarks.points[[topology.RIGHT_PUPIL, topology.LEFT_PUPIL], 1].mean()
    scalp = oval.copy()
    scalp[:, 1] = eyes + np.where(oval[:, 1] < eyes, SCALP, 1) * (oval[:, 1] - eyes)
    bare = np.zeros(shape, np.uint8)
    cv2.fillPoly(bare, [np.round(scalp).astype(np.int32)], 1)
    top, ipd = oval[:, 1].min(), landmarks.ipd
    above = (bare > 0) & (matte > 0.9) & (burnt == 0)
    above &= (np.arange(shape[0]) < top)[:, None]
    face = _face(landmarks, shape) > 0
    enough = LEAST_SCALP * ipd**2
    if above.sum() < enough:  # all of it is burnt out: nothing tells hair from scalp
        return _soft(bare > 0, ipd)
    dim = above & (pixels.min(axis=-1) < TELLING * white)
    above = dim if dim.sum() >= enough else above
    hue = np.median(_ratios(pixels[face][::7]), axis=0).astype(np.float32)
    upper = (np.arange(shape[0]) < eyes)[:, None]
    left, first, wide, tall = cv2.boundingRect((face | above).astype(np.uint8))
    room = int(8 * GRAIN[1] * ipd) + 8  # past both kernels' ends
    box = np.s_[max(0, first - room) : first + tall + room, max(0, left - room) : left + wide + room]
    luma = np.log(np.maximum(srgb.luminance(pixels[box]), FAINTEST))
    fine = np.abs(_band(luma, *(sigma * ipd for sigma in GRAIN)))
    # One half of the face may be painted or bearded.
    skin = min(float(np.median(fine[(face & half)[box]])) for half in (upper, ~upper))
    smooth = float(np.median(fine[above[box]])) < SMOOTH * skin
    if smooth and float(_skin(pixels[above], hue).mean()) > BALD:
        return np.maximum(_soft(face, ipd), ((matte > 0.5) & upper).astype(np.float32))
    return _soft(bare > 0, ipd)


def _powdered(light: Float) -> Float:
    """``light`` over white, 0..1, held back from `KNEE` on, so that white comes to `POWDER`."""
    return np.where(light < KNEE, light, KNEE + (light - KNEE) * ((POWDER - KNEE) / (1 - KNEE)))


def _soft(area: NDArray[np.bool_], ipd: float) -> Float:
    """1 well within an area, 0 at its outline, where hair, arms of glasses and ears begin."""
    return np.clip(2 * cv2.GaussianBlur(area.astype(np.float32), (0, 0), OUTLINE * ipd) - 1, 0, 1)


def _face(landmarks: Landmarks, shape: tuple[int, ...]) -> Code:
    """1 within the face's outline, (H, W)."""
    face = np.zeros(shape, np.uint8)
    cv2.fillPoly(face, [np.round(landmarks.points[topology.FACE_OVAL, :2]).astype(np.int32)], 1)
    return face


def _ratios(pixels: Float) -> Float:
    """Log ratio of each channel to their mean, (..., 3)."""
    logs = np.log(np.maximum(pixels, FAINTEST))
    return np.asarray(logs - logs.mean(axis=-1, keepdims=True))


def _skin(pixels: Float, hue: Float) -> Float:
    """How much each pixel is skin, 0..1: on the line from white to the face's own color."""
    length = max(float(hue @ hue), FAINTEST)
    ratios = _ratios(pixels)
    along = ratios @ hue / length
    aside = np.linalg.norm(ratios - along[..., None] * hue, axis=-1)
    lit = pixels.max(axis=-1) > 0.01
    return np.asarray(lit * np.clip(along / LEAST - 0.5, 0, 1) * np.exp(-((aside / SPREAD) ** 2)), np.float32)


def _grain(pixels: Float, landmarks: Landmarks, shape: tuple[int, ...]) -> Float:
    """Factors about 1 with the fine contrast of the sitter's forehead, ``shape``; the same every time."""
    fine, coarse = (sigma * landmarks.ipd for sigma in GRAIN)
    points: Double = landmarks.points[[topology.RIGHT_PUPIL, topology.LEFT_PUPIL], :2]
    half = 0.25 * landmarks.ipd
    x, y = points.mean(axis=0) - [0, 0.8 * landmarks.ipd]
    part = pixels[
        int(max(y - half, 0)) : int(max(y + half, 1)), int(max(x - half, 0)) : int(max(x + half, 1))
    ]
    contrast = float(_band(np.log(np.maximum(srgb.luminance(part), FAINTEST)), fine, coarse).std())
    noise = np.random.Generator(np.random.PCG64(1)).standard_normal(shape, np.float32)
    texture = _band(noise, fine, coarse)
    return np.asarray(
        np.exp(texture * (min(PORES * contrast, 0.15) / max(float(texture.std()), FAINTEST))), np.float32
    )


def _band(field: Float, fine: float, coarse: float) -> Float:
    sharp = cv2.GaussianBlur(field, (0, 0), max(fine, 0.5))
    return np.asarray(sharp - cv2.GaussianBlur(field, (0, 0), max(coarse, 1.0)), np.float32)
