"""The photograph's own place: what lies behind the sitter, without the sitter, and out of focus.

It is kept with the identity for the styles on location, which show it far out of focus, so it is kept out of
focus too: a bystander in it is nobody, and a coarse grid holds all of it. The sitter and a band around them
are filled from what surrounds them, coarse to fine.
"""

from __future__ import annotations

import cv2
import numpy as np

from .contract import Float, Landmarks
from .faces.patch import Face
from .optics import aperture
from .resample import blur

GRID, LONGEST = 32.0, 640
"""Pixels of the kept picture per IPD, and its longest side: six across the disc, finer than which it holds
nothing."""

DISC = 0.2
"""Diameter, IPD, of the disc that the place is blurred with before it is kept. A second face that is let
through has less than 0.35 of the sitter's IPD (``inspect.STRANGER_SHARE``): the disc covers half of it."""

OPEN = 2.0
"""f-number of that disc: round."""

BAND = 0.2
"""IPD around the sitter that is filled too: strands, shadows and halos lie in it."""

COVERED = 0.02
"""Coverage from which a pixel shows the sitter."""

LAMPS = 0.05
"""Share of the known that is too bright to be carried into what is filled."""

MOST, LEAST = np.float32(60000), np.float32(1e-6)
"""What a half float holds, and a weight that is as good as none."""

SPREAD = 0.45
"""Beyond its edges the place is its own mirror picture, blurred by this sigma over the way from the edge."""


def behind(pixels: Float, matte: Float, landmarks: Landmarks) -> Float:
    """What is behind the sitter, out of focus, as if the sitter were not there.

    Parameters
    ----------
    pixels : (H, W, 3)
        The photograph, linear, with its background.
    matte : (H, W)
        The sitter's coverage, 0..1.
    landmarks : Landmarks
        On the same grid: lengths follow the inter-pupil distance.

    Returns
    -------
    (h, w, 3) float32
        Linear, over the same rectangle, ``grid_of`` pixels.
    """
    ipd = landmarks.ipd
    width, height = grid_of(pixels.shape[:2], ipd)
    unit = ipd * width / pixels.shape[1]
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    covered = cv2.resize(matte, (width, height), interpolation=cv2.INTER_AREA) > COVERED
    reach = 2 * round(BAND * unit) + 1
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    known = 1 - cv2.dilate(covered.astype(np.uint8), around).astype(np.float32)
    return aperture.blur(_filled(np.maximum(small, 0), known), DISC * unit, OPEN)


def grid_of(shape: tuple[int, ...], ipd: float) -> tuple[int, int]:
    """Width and height of the kept picture of a photograph of ``shape`` (H, W) px."""
    scale = min(1.0, GRID / ipd, LONGEST / max(shape))
    return max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))


def widened(place: Float, above: int, below: int, left: int, right: int) -> Float:
    """``place`` (h, w, 3) with that many pixels more on each side: its mirror picture, the softer the
    farther out, so that nothing in it is seen twice."""
    if not any((above, below, left, right)):
        return place
    height, width = place.shape[:2]
    mirrored = np.pad(place, ((above, below), (left, right), (0, 0)), mode="symmetric")
    out_y = _beyond(height, above, below)[:, None]
    out_x = _beyond(width, left, right)[None]
    target = np.float32(SPREAD) * np.hypot(out_x, out_y)
    result, sigma = mirrored.copy(), 1.0
    while sigma < 2 * float(target.max()):
        share = np.clip(np.log2(np.maximum(target, 1e-3) / np.float32(sigma)) + 1, 0, 1)[..., None]
        soft = np.dstack([blur(np.ascontiguousarray(mirrored[..., c]), sigma) for c in range(3)])
        result += share * (soft - result)
        sigma *= 2
    return np.asarray(result, np.float32)


def across(place: Float, share: float) -> Float:
    """``place`` carried on by ``share`` of its width to the left and to the right, as half floats hold it."""
    beside = round(share * place.shape[1])
    wide = widened(place, 0, 0, beside, beside)
    return np.minimum(wide, MOST).astype(np.float16).astype(np.float32)


def key(pixels: Float, landmarks: Landmarks) -> float:
    """How light a face is, and the light on it: what the lightness of its place is measured by.

    Linear luminance halfway, in stops, between the face's middle and its lightest 1 %. The middle alone would
    make a dark face's place dark, too; what shines is as light on every skin.

    Parameters
    ----------
    pixels : (H, W, 3)
        Linear.
    landmarks : Landmarks
    """
    face = Face(pixels, landmarks)
    luma = face.level[face.skin]
    middle, lightest = np.maximum(np.percentile(luma, [50, 99]), 1e-3)
    return float(np.sqrt(middle * lightest))


def _beyond(size: int, before: int, after: int) -> Float:
    """How far each of ``before + size + after`` pixels lies outside the ``size`` in the middle."""
    at = np.arange(-before, size + after)
    return np.maximum(np.maximum(-at, at - size + 1), 0).astype(np.float32)


def _filled(picture: Float, known: Float) -> Float:
    """``picture`` (h, w, 3) with what is not ``known`` (h, w; 0 or 1) filled in from around it, smoothly.

    Notes
    -----
    Push and pull over a pyramid (Gortler et al., "The Lumigraph", SIGGRAPH 1996) of cube roots, up to what
    the lightest of the known reach but for `LAMPS`: a mean of light would be its one lamp's, beside the head.
    """
    if not known.any():
        return np.broadcast_to(picture.mean(axis=(0, 1)), picture.shape).astype(np.float32)
    brightest = np.percentile(picture[known > 0].max(axis=1), 100 * (1 - LAMPS)).astype(np.float32)
    pushed = [(np.cbrt(np.minimum(picture, brightest)) * known[..., None], known)]
    while max(pushed[-1][1].shape) > 1:
        color, weight = (cv2.pyrDown(plane) for plane in pushed[-1])
        scale = np.minimum(1 / np.maximum(weight, LEAST), 4)
        pushed.append((color * scale[..., None], weight * scale))
    color, weight = pushed.pop()
    total = color / np.maximum(weight, LEAST)[..., None]
    for color, weight in reversed(pushed):
        coarse = cv2.pyrUp(total, dstsize=weight.shape[::-1])
        total = color + (1 - weight)[..., None] * coarse
    return np.asarray(picture + (1 - known[..., None]) * (np.maximum(total, 0) ** 3 - picture), np.float32)
