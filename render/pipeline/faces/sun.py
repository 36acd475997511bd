"""Sun that falls on a part of the face: a hard edge, beyond which skin is lighter and yellower.

Shade is lit by the sky, and so is bluer than what the sun reaches. Everything else that draws hard edges on
skin goes the other way or stays as it is: where a lamp is mirrored, skin is paler; hair and the shadows of
glasses are grayer; a studio's lamps and their fill are of one color; and what belongs to the face itself is
on both halves of it. A burnt-out patch has no color left, and is refused as that (`stages.inspect`).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from render.pipeline import errors
from render.pipeline.color import srgb
from render.pipeline.contract import Float, Landmarks

from . import topology
from .patch import Face, fill

STEP, STEEPEST = 1.0, 3.3
"""Stops between both sides of an edge: fewer are shading and folds, more are paint or hair."""

YELLOWER = 0.12
"""Natural log of blue over green that the lit side has less."""

ACROSS = 0.06
"""IPD over which an edge is read."""

FINE = 0.06
"""IPD (radius) up to which dark and light things are left out: strands, frames, wrinkles; then glints."""

LENGTH = 0.45
"""IPD of edge from which there is a patch."""

SMALL, MOST = 0.06, 0.75
"""Share of the skin up to which a patch is left to the old light's own correction (`light.ambient`), and from
which it is the light, and what it leaves out is no shade but hair, a beard or a brow."""

INNER, AROUND = 0.82, 1.5
"""Shares of the face's outline, and of those of ``LEFT_OUT``: edges are looked for inside the first and
outside the others."""

NOSTRILS = [48, 64, 98, 97, 2, 326, 327, 294, 278]
LEFT_OUT = (
    [*topology.RIGHT_EYE, *topology.RIGHT_BROW],
    [*topology.LEFT_EYE, *topology.LEFT_BROW],
    NOSTRILS,
)
"""Landmarks around each eye with its brow, and around the nostrils."""

BESIDE = 0.08
"""IPD that an edge may lie off its mirror image to count as the face's own: folds, bags and make-up come in
pairs, and light is seldom the same on both sides."""

FLOOR = 0.02
"""Linear, of the lit skin: darker than this nothing tells a color."""


def check(face: Face) -> None:
    """Refuse a face with sun on a part of it.

    Raises
    ------
    SunPatch
    """
    length, share = patch(face)
    if length > LENGTH and SMALL < share < MOST:
        raise errors.SunPatch


def patch(face: Face) -> tuple[float, float]:
    """Length of the hard yellow edges on the face, IPD, and the share of its skin that is lit beside them."""
    points, skin = face.points, face.skin
    ipd = points.ipd
    soft = cv2.GaussianBlur(face.patch, (0, 0), max(0.01 * ipd, 0.6))
    floor = FLOOR * face.lit_skin
    logs = _without_fine(np.log(np.maximum(soft, np.maximum(floor, 1e-4))), ipd)
    level = np.log2(srgb.luminance(np.exp(logs)))
    blue = logs[..., 2] - logs[..., 1]
    half = max(1, round(ACROSS / 2 * ipd))
    step, bluer, middle = _edges(level, blue, half)
    edge = _open(points, skin) & (step > STEP) & (step < STEEPEST) & (bluer < -YELLOWER)
    edge &= ~_mirrored(edge, points)
    length = float(edge.sum()) / (2 * half) / ipd
    return length, _lit(level, skin, edge, middle) if length else 0.0


def _open(landmarks: Landmarks, skin: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where nothing but light draws hard edges, (h, w): off hair, hats, lids, lenses and nostrils."""
    mask = np.zeros(skin.shape, np.float32)
    points = landmarks.points[:, :2]
    oval = points[topology.FACE_OVAL]
    middle = oval.mean(axis=0)
    fill(mask, middle + INNER * (oval - middle), 1.0)
    for around in LEFT_OUT:
        hull = cv2.convexHull(points[around].astype(np.float32))[:, 0]
        center = hull.mean(axis=0)
        fill(mask, center + AROUND * (hull - center), 0.0)
    return np.asarray((mask > 0.5) & (cv2.erode(skin.astype(np.uint8), _disc(0.05 * landmarks.ipd)) > 0))


def _mirrored(edge: NDArray[np.bool_], landmarks: Landmarks) -> NDArray[np.bool_]:
    """What of ``edge`` (h, w) there is on the other half of the face, too, a little widened."""
    here = landmarks.points[:, :2]
    known = np.column_stack([here, np.ones(len(here))])
    across, *_ = np.linalg.lstsq(known, here[topology.MIRROR], rcond=None)
    there = cv2.warpAffine(edge.astype(np.uint8), across.T, edge.shape[::-1], flags=cv2.INTER_NEAREST)
    return np.asarray(cv2.dilate(there, _disc(BESIDE * landmarks.ipd)) > 0)


def _without_fine(logs: Float, ipd: float) -> Float:
    """``logs`` (h, w, 3) without dark, then without light things that are narrow."""
    disc = _disc(FINE * ipd)
    planes = []
    for plane in cv2.split(logs):
        closed = cv2.morphologyEx(plane, cv2.MORPH_CLOSE, disc)
        planes.append(cv2.morphologyEx(closed, cv2.MORPH_OPEN, disc))
    return np.asarray(cv2.merge(planes), np.float32)


def _disc(radius: float) -> NDArray[np.uint8]:
    side = 2 * round(radius) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _edges(level: Float, blue: Float, half: int) -> tuple[Float, Float, Float]:
    """At each pixel the largest step of ``level`` over four directions, ``blue`` on its light side less that
    on its dark side, and the level between them, (h, w) each."""
    step, bluer, middle = (np.zeros_like(level) for _ in range(3))
    slant = round(0.7 * half)
    for move in ((half, 0), (0, half), (slant, slant), (slant, -slant)):
        (one, other), (first, second) = (_both_sides(field, move) for field in (level, blue))
        rise = one - other
        steeper = np.abs(rise) > step
        step = np.where(steeper, np.abs(rise), step)
        bluer = np.where(steeper, np.sign(rise) * (first - second), bluer)
        middle = np.where(steeper, (one + other) / 2, middle)
    return step, bluer, middle


def _both_sides(field: Float, move: tuple[int, int]) -> tuple[Float, Float]:
    """``field`` as each pixel sees it ``move`` ahead and behind, the rim repeated."""
    height, width = field.shape
    dx, dy = move
    room = max(abs(dx), abs(dy))
    wide = cv2.copyMakeBorder(field, room, room, room, room, cv2.BORDER_REPLICATE)
    ahead, behind = (
        wide[room + sign * dy : room + sign * dy + height, room + sign * dx : room + sign * dx + width]
        for sign in (1, -1)
    )
    return ahead, behind


def _lit(level: Float, skin: NDArray[np.bool_], edge: NDArray[np.bool_], middle: Float) -> float:
    """Share of the skin that is lighter than the edge's middle and hangs together with the edge."""
    light = skin & (level > np.median(middle[edge]))
    _, labels = cv2.connectedComponents((light | edge).astype(np.uint8))
    touched = np.unique(labels[edge])
    return float((light & np.isin(labels, touched)).sum() / max(skin.sum(), 1))
