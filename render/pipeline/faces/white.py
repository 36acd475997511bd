"""What a photograph shows that could tell its white: the sitter's skin, eyes and teeth, and the scene."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import srgb, white_balance
from render.pipeline.contract import Double, Float, Landmarks, WhiteBalance

from . import iris, topology
from .patch import Face

LEAST_PIXELS = 40
"""Of the eyes' whites, or of teeth: fewer are lashes and lips."""

LIDS, LIMBUS = 0.012, 1.06
"""What is left out of an eye: IPD along its lids, and radii of its iris."""

DIM = 0.30
"""Luminance of an eye's white over the skin's below which it is only shade."""

CLEAN = (20, 80)
"""Percentiles of an eye's bright half at which it is least red and most blue: veins and lids are redder."""

TEETH = 0.05
"""Area between the lips, IPD squared, from which a mouth shows teeth."""

CLIPPED, BLACK = 0.97, 0.004
"""Linear levels of the strongest channel and of the luminance beyond which a pixel tells no color."""

NORM = 6.0
"""Of the scene's mean: the brighter, the more a color counts (Finlayson and Trezzi, Shades of gray and color
constancy, CIC 2004)."""

COARSE = 48.0
"""Inter-pupil distance, px, of the grid on which the scene is looked at."""


def witnesses(face: Face) -> dict[str, Double]:
    """The log ratios (2,) of what could be read, by the names of `white_balance.WITNESSES`."""
    skin, pixels, landmarks = face.lit_skin, face.photograph, face.landmarks
    found = {
        "skin": white_balance.ratios(skin),
        "eyes": _eyes(pixels, landmarks, float(srgb.luminance(skin))),
        "teeth": _teeth(pixels, landmarks),
        "scene": _scene(pixels, landmarks),
    }
    return {name: place for name, place in found.items() if place is not None}


def lamp(face: Face) -> tuple[WhiteBalance | None, Float]:
    """The lamp that a photograph was left with, and the gains (3,) that take it out of its linear light."""
    found = white_balance.estimate(witnesses(face))
    if found is None:
        return None, np.ones(3, np.float32)
    return found, white_balance.gains(found, face.lit_skin)


def eye_whites(pixels: Float, landmarks: Landmarks) -> Float:
    """The lighter pixels (N, 3) of the whites of both eyes, as far as lids and irises leave any to see."""
    (left, top), (right, bottom) = _box(landmarks, [*topology.RIGHT_EYE, *topology.LEFT_EYE], pixels.shape)
    part = np.ascontiguousarray(pixels[top:bottom, left:right])
    part = cv2.GaussianBlur(part, (0, 0), max(0.006 * landmarks.ipd, 0.6))
    corner = np.array([left, top])
    seen = [np.zeros((0, 3), np.float32)]
    for one, lids in zip(iris.both(pixels, landmarks), (topology.RIGHT_EYE, topology.LEFT_EYE), strict=True):
        inside = _inside(landmarks.points[lids, :2] - corner, part.shape, LIDS * landmarks.ipd)
        y, x = np.ogrid[: part.shape[0], : part.shape[1]]
        away = np.hypot(x + 0.5 - (one.center[0] - left), y + 0.5 - (one.center[1] - top))
        white = part[inside & (away > LIMBUS * one.radius)]
        if len(white):
            level = srgb.luminance(white)
            seen.append(white[level >= np.percentile(level, 40)])
    return np.concatenate(seen)


def _eyes(pixels: Float, landmarks: Landmarks, skin: float) -> Double | None:
    """The whites of both eyes, where they are light enough to be seen."""
    whites = eye_whites(pixels, landmarks)
    whites = whites[whites.max(axis=-1) < CLIPPED]
    if len(whites) < LEAST_PIXELS or float(np.median(srgb.luminance(whites))) < DIM * skin:
        return None
    red, blue = white_balance.ratios(whites).T
    return np.array([np.percentile(red, CLEAN[0]), np.percentile(blue, CLEAN[1])])


def _teeth(pixels: Float, landmarks: Landmarks) -> Double | None:
    """The brighter part of what an open mouth shows."""
    (left, top), (right, bottom) = _box(landmarks, list(topology.LIPS_INNER), pixels.shape)
    lips = landmarks.points[topology.LIPS_INNER, :2] - [left, top]
    inside = pixels[top:bottom, left:right][_inside(lips, (bottom - top, right - left), 0.0)]
    if len(inside) < TEETH * landmarks.ipd**2:
        return None
    level = srgb.luminance(inside)
    low, high = np.percentile(level, [60, 95])
    bright = inside[(level >= low) & (level <= high) & (inside.max(axis=-1) < CLIPPED)]
    return np.median(white_balance.ratios(bright), axis=0) if len(bright) >= LEAST_PIXELS else None


def _scene(pixels: Float, landmarks: Landmarks) -> Double | None:
    """The bright colors of everything but the face."""
    scale = min(1.0, COARSE / landmarks.ipd)
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    oval = cv2.convexHull((landmarks.points[topology.FACE_OVAL, :2] * scale).astype(np.float32))[:, 0]
    middle = oval.mean(axis=0)
    face = _inside(middle + 1.12 * (oval - middle), small.shape, 0.0)
    told = ~face & (small.max(axis=-1) < CLIPPED) & (srgb.luminance(small) > BLACK)
    if told.sum() < LEAST_PIXELS:
        return None
    return white_balance.ratios((small[told].astype(np.float64) ** NORM).mean(axis=0) ** (1 / NORM))


def _box(
    landmarks: Landmarks, points: list[int], shape: tuple[int, ...]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Left and top, right and bottom of the pixels around those points."""
    places, room = landmarks.points[points, :2], 0.1 * landmarks.ipd
    low = np.maximum(np.floor(places.min(axis=0) - room), 0).astype(int)
    high = np.minimum(np.ceil(places.max(axis=0) + room), [shape[1], shape[0]]).astype(int)
    return (int(low[0]), int(low[1])), (int(high[0]), int(high[1]))


def _inside(outline: Double | Float, shape: tuple[int, ...], margin: float) -> NDArray[np.bool_]:
    """(H, W) inside of a closed line (N, 2), and ``margin`` px away from it."""
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
    grown = 2 * max(1, round(margin)) + 1
    return np.asarray((cv2.erode(mask, np.ones((grown, grown), np.uint8)) if margin else mask) > 0)
