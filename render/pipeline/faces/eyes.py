"""The selfie's own catchlights, taken out of the irises so that the new ones can be true.

A reflection adds light to what it covers. Inside the iris whatever outshines the iris is one; near the
lids and the limbus, skin and the white of the eye outshine it too, and only what outshines them as well
is one, or what hangs together with one farther in. Iris is put in its place: its level from the iris
around, its fibers from the same iris, turned about the pupil.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline.color import srgb
from render.pipeline.contract import Double, Float, Landmarks

from . import iris, topology

Mask = NDArray[np.bool_]

INNER = 0.80
"""Iris radii from the center: nearer, and not at a lid, there is nothing bright but reflections."""

DEEP = 0.65
"""Nearer than this, no white of the eye comes however the circle is off."""

LIMBUS = (0.96, 1.06)
"""Where the iris ends and where the white of the eye is white, in iris radii."""

REACH = 1.25
"""Up to here a reflection that lies across the limbus is followed into the white of the eye."""

AT_A_LID = 0.13
"""Iris radii from the lids' outline: nearer, lid, lashes and tears are let be."""

BRIGHT = (1.0, 0.55, 0.04)
"""How far a reflection outshines the iris's middle tone, in square roots of luminance: times the spread of
its darker half, or times itself, and a little. Fibers of a light iris stay below."""

GLARE = (1.25, 1.1)
"""Where a reflection on the white is told from it, and where it ends, times the white's
own tone."""

NEAR_A_LID = 0.4
"""Iris radii from the outline, up to which the lid's own edge may show in the opening."""

KERNEL = np.array([0.07, 0.35, 0.5], np.float32)
"""Iris radii that two places differ by and still are alike: across the rings, down, across."""

LARGEST = 24.0
"""Radius in pixels of the largest iris whose level is looked at without reducing it."""

PUPIL = (0.22, 0.34)
"""Iris radii: in the hole in the iris it is dark, and from the second on that is no matter of course."""

SPARKLE, FAINT = 0.6, 0.1
"""Of the skin's luminance: how far the brighter reflection of the two must outshine its iris, and the other
one, so that eyes look alive."""

LEAST_AREA = 40
"""Pixels of iris below which nothing can be told."""

FIBERS = (0.75, 1.35)
"""What a fiber may be of the iris's level: more is a shadow or a reflection, and not borrowed."""

TURNS = (35, -35, 60, -60, 90, -90, 120, -120, 150, -150, 180)
"""Degrees about the pupil, tried in this order, where fibers are borrowed from."""


def without_catchlights(pixels: Float, landmarks: Landmarks) -> Float:
    """Fill the bright reflections inside both irises from the iris around them.

    Parameters
    ----------
    pixels : (H, W, 3) linear
    landmarks : Landmarks of the same photograph

    Returns
    -------
    (H, W, 3) linear
        A copy; nothing outside the open eyes differs, and of the white only what lies across the limbus.
    """
    result = pixels.copy()
    irises = iris.both(pixels, landmarks)
    for one, lids in zip(irises, (topology.RIGHT_EYE, topology.LEFT_EYE), strict=True):
        eye = _cut(result, one.center, one.radius, landmarks.points[lids, :2])
        if eye is not None:
            _clear(eye)
    return result


def sparkling(pixels: Float, landmarks: Landmarks, skin: float) -> bool:
    """Whether both eyes mirror a lamp or a window: light on each iris, far above the iris's own tone.

    Parameters
    ----------
    pixels : (H, W, 3) linear
    landmarks : Landmarks of the same photograph
    skin : float
        Linear luminance of the face's skin: a dark photograph's reflections are dim, and as alive.
    """
    irises = iris.both(pixels, landmarks)
    fainter, brighter = sorted(
        _sparkle(_cut(pixels, one.center, one.radius, landmarks.points[lids, :2]))
        for one, lids in zip(irises, (topology.RIGHT_EYE, topology.LEFT_EYE), strict=True)
    )
    return brighter > SPARKLE * skin and fainter > FAINT * skin


def _sparkle(eye: _Eye | None) -> float:
    """How much lighter than the iris its brightest reflection is, linear luminance; 0 where there is none."""
    if eye is None:
        return 0.0
    ring = (eye.away < LIMBUS[0]) & (eye.lid > AT_A_LID)
    found = _reflections(eye) & ring
    if not found.any():
        return 0.0
    luma = srgb.luminance(eye.part)
    return float(np.percentile(luma[found], 75) - np.median(luma[ring]))


@dataclass(frozen=True)
class _Eye:
    """One eye's part of the picture: a view, (h, w, 3), with every pixel's place in iris radii."""

    part: Float
    x: Float
    y: Float
    lid: Float  # from the lids' outline, positive between them
    radius: float  # px
    center: tuple[float, float]  # px of the part

    @property
    def away(self) -> Float:
        return np.asarray(np.hypot(self.x, self.y), np.float32)


def _cut(pixels: Float, center: Double, radius: float, lids: Double) -> _Eye | None:
    """The eye's surroundings in ``pixels``; None where they are too small to hold anything."""
    height, width = pixels.shape[:2]
    reach = 1.9 * radius
    x0, x1 = int(max(center[0] - reach, 0)), int(min(center[0] + reach + 1, width))
    y0, y1 = int(max(center[1] - reach, 0)), int(min(center[1] + reach + 1, height))
    if x1 - x0 < 5 or y1 - y0 < 5:
        return None
    y, x = np.mgrid[y0:y1, x0:x1] + 0.5
    outline = lids.astype(np.float32)
    lid = [cv2.pointPolygonTest(outline, (a, b), True) for a, b in zip(x.flat, y.flat, strict=True)]
    return _Eye(
        pixels[y0:y1, x0:x1],
        ((x - center[0]) / radius).astype(np.float32),
        ((y - center[1]) / radius).astype(np.float32),
        (np.reshape(lid, x.shape) / radius).astype(np.float32),
        radius,
        (float(center[0] - x0), float(center[1] - y0)),
    )


def _clear(eye: _Eye) -> None:
    """Clear one eye in place."""
    found = _reflections(eye)
    if not found.any():
        return
    grow = max(0.11 * eye.radius, 1.0)
    hole = (_within(found, grow)) & (eye.lid > 0) & (eye.away < REACH)
    cover = np.clip(1.5 - _outside(hole) / max(0.06 * eye.radius, 0.8), 0, 1) * (eye.lid > 0)
    cover *= np.clip((REACH - eye.away) / (REACH - LIMBUS[1]), 0, 1)
    known = ~_within(hole, 1.0) & (eye.lid > 0.5 * AT_A_LID)
    filled = _filled(eye, hole, cover > 0, known)
    eye.part[...] += cover[..., None] * (filled - eye.part)


def _reflections(eye: _Eye) -> Mask:
    """Where old lamps are mirrored: the bright middles, and what hangs together with them."""
    luma = np.sqrt(np.maximum(srgb.luminance(eye.part), 0))
    between = eye.lid > AT_A_LID
    ring = (eye.away < LIMBUS[0]) & between
    if ring.sum() < LEAST_AREA:
        return np.zeros_like(ring)
    low, typical = np.percentile(luma[ring], [15, 50])
    excess = max(BRIGHT[0] * (typical - low), BRIGHT[1] * typical) + BRIGHT[2]
    bright, dim = typical + excess, typical + 0.8 * excess
    white = max(_white(eye, luma, between), bright)
    skin, narrow = _skin(eye), _narrow(luma, eye.radius)
    inner = (eye.away < INNER) & (luma > bright) & (narrow | (eye.away < DEEP))
    outer = (eye.away < REACH) & (luma > GLARE[0] * white) & narrow
    seeds = between & (inner | outer) & ~skin
    inside = (eye.away < LIMBUS[0]) & (luma > dim)
    across = (eye.away < REACH) & (luma > GLARE[1] * white)
    near = _within(seeds, 0.2 * eye.radius) & (eye.lid > 0.04) & ~skin
    _, labels = cv2.connectedComponents((seeds | (near & (inside | across))).astype(np.uint8))
    return np.isin(labels, np.unique(labels[seeds])) & (labels > 0)


def _white(eye: _Eye, luma: Float, between: Mask) -> float:
    """How bright the white of the eye is, on its brighter side; 1 where none is seen."""
    white = (eye.away > LIMBUS[1]) & (eye.away < 1.8) & between
    sides = [luma[white & side] for side in (eye.x < 0, eye.x >= 0)]
    return max((float(np.percentile(side, 70)) for side in sides if side.size > LEAST_AREA / 2), default=1.0)


def _narrow(luma: Float, radius: float) -> Mask:
    """What stands out of its surroundings as a white of the eye, which is wide, does not."""
    return np.asarray(luma > 1.2 * iris.without_spots(luma, 0.56 * radius))


def _skin(eye: _Eye) -> Mask:
    """What is nearer to the lids' color than to gray: a lamp's reflection is paler than skin."""

    def warmth(pixels: Float) -> Float:
        total = np.maximum(pixels.sum(axis=-1), 1e-4)
        return np.asarray((pixels[..., 0] - pixels[..., 2]) / total, np.float32)

    beside = (eye.lid < -0.15) & (eye.away < 1.6)
    if not beside.any():
        return np.zeros(eye.x.shape, bool)
    own = float(np.median(warmth(eye.part[beside])))
    return np.asarray((warmth(eye.part) > 0.6 * max(own, 0.1)) & (eye.lid < NEAR_A_LID))


def _within(mask: Mask, distance: float) -> Mask:
    return np.asarray(_outside(mask) <= distance)


def _outside(mask: Mask) -> Float:
    """Pixels from each place to the mask, 0 inside."""
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5), np.float32)


def _filled(eye: _Eye, hole: Mask, wanted: Mask, known: Mask) -> Float:
    """The part with ``wanted`` places as they would be without reflections: level times fibers."""
    level = _level(eye, known)
    luma = np.maximum(srgb.luminance(eye.part), 1e-4)
    ratio = np.clip(luma / np.maximum(srgb.luminance(level), 1e-4), *FIBERS)
    fibers = np.where(known & (eye.away < LIMBUS[0]), ratio, 1).astype(np.float32)
    result = eye.part.copy()
    result[wanted] = (level * _borrowed(eye, fibers, hole, known)[..., None])[wanted]
    return result


def _level(eye: _Eye, known: Mask) -> Float:
    """Mean color of the known places at a like distance from the center and a like height, (h, w, 3).

    Iris and white are not mixed: the kernel is narrow across the rings. Lids shade the upper part, so
    it is narrower down than across. It is smooth, so a large eye is looked at reduced.
    """
    shrink = min(1.0, LARGEST / eye.radius)
    size = tuple(max(round(side * shrink), 1) for side in known.shape[::-1])
    share = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    light = cv2.resize(eye.part * known[..., None], size, interpolation=cv2.INTER_AREA)
    some = share > 0.25
    if some.sum() < LEAST_AREA:
        return eye.part.copy()
    places = np.stack([eye.away, eye.y, eye.x], axis=-1) / KERNEL
    places = cv2.resize(places.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    from_, to = places[some], places.reshape(-1, 3)
    square = (to**2).sum(axis=1)[:, None] + (from_**2).sum(axis=1)[None] - 2 * to @ from_.T
    weight = np.exp(-0.5 * (square - square.min(axis=1, keepdims=True)))
    mean = weight @ (light[some] / share[some][:, None]) / weight.sum(axis=1, keepdims=True)
    small = mean.reshape(*share.shape, 3).astype(np.float32)
    level = cv2.resize(small, known.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return _with_pupil(eye, np.asarray(level, np.float32), known)


def _with_pupil(eye: _Eye, level: Float, known: Mask) -> Float:
    """``level`` no brighter in the pupil than the iris's darkest tenth: no ring is known in a covered one."""
    ring = known & (eye.away < LIMBUS[0])
    if ring.sum() < LEAST_AREA:
        return level
    luma = srgb.luminance(level)
    dark = float(np.percentile(srgb.luminance(eye.part[ring]), 10))
    share = np.clip((PUPIL[1] - eye.away) / (PUPIL[1] - PUPIL[0]), 0, 1)
    most = 1 + share * (np.minimum(dark / np.maximum(luma, 1e-5), 1) - 1)
    return np.asarray(level * most[..., None], np.float32)


def _borrowed(eye: _Eye, fibers: Float, hole: Mask, known: Mask) -> Float:
    """``fibers`` turned about the pupil until known ones lie in the hole; 1 where none do."""
    result = np.ones_like(fibers)
    known = known & (eye.away < LIMBUS[0])
    size = known.shape[::-1]
    abouts = [cv2.getRotationMatrix2D((eye.center[0] - 0.5, eye.center[1] - 0.5), turn, 1) for turn in TURNS]
    theirs = [cv2.warpAffine(known.astype(np.float32), about, size) > 0.99 for about in abouts]
    count, labels = cv2.connectedComponents(hole.astype(np.uint8))
    for label in range(1, count):
        place = _within(labels == label, 2.0) & (eye.away < LIMBUS[0])
        if not place.any():
            continue
        shares = [float(there[place].mean()) for there in theirs]
        enough = [turn for turn, share in enumerate(shares) if share >= min(max(shares), 0.97)]
        turned = cv2.warpAffine(fibers, abouts[enough[0]], size, borderValue=1)
        result[place] = np.where(theirs[enough[0]], turned, 1)[place]
    return result
