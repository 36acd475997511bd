"""What each place of the sitter is made of, and how its surface lies to the light.

All of it is smooth, so it is worked out on the relief's grid, about a millimeter a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from render.pipeline.contract import Double, Float
from render.pipeline.faces import topology as mesh
from render.pipeline.light.relief import Relief

SKIN_SPREAD = 0.16
"""Distance in log chroma from the face's own at which a place outside the mesh is hardly skin."""

HAIR_SPREAD = 0.7
"""Distance in log color from the hair's own at which strands below the chin are no longer believed."""

BELOW_CHIN = 0.05
"""Hair and beard may hang this far below the chin before cloth may begin, IPD."""

AXIS = 1.5
"""The axis of the cylinder that the skin is unrolled from lies this far behind the eyes, IPD."""

NEAREST = 0.75
"""No place counts as nearer to that axis, IPD: the skin's pattern is squeezed to a half at most."""

RIDGES = 0.6
"""Brightness of a ridge for seeing more sky, over that of a flank under a grazing lamp."""

WRAP = 0.35
"""Cosine added by the lamp's size and the scatter in skin, which soften every flank."""


@dataclass(frozen=True)
class Places:
    """Maps (h, w) on the relief's grid, 0..1 but for the last two.

    ``skin``, ``hair``, ``cloth`` sum to at most the person's coverage; ``brows`` are hair on skin;
    ``still`` are eyes and mouth, which get nothing; ``skinlike`` has the
    skin's own color, ``hairlike`` the hair's and not the skin's.
    ``light`` (h, w, 3): weights of ridges, of right flanks, of lower flanks; their squares sum to 1.
    ``unrolled`` (h, w, 2): position on the skin, right and down, in grid pixels from the face's middle.
    """

    skin: Float
    hair: Float
    cloth: Float
    brows: Float
    still: Float
    hairlike: Float
    skinlike: Float
    light: Float
    unrolled: Float


def places(relief: Relief, lamp: Double) -> Places:
    """Tell skin, hair and cloth apart; ``lamp`` is the unit vector to the key."""
    points = relief.vertices[:, :2]
    shape = relief.matte.shape
    face = _filled(points, [mesh.FACE_OVAL], shape)
    brows = _filled(points, [mesh.RIGHT_BROW, mesh.LEFT_BROW], shape)
    lids = cv2.dilate(_filled(points, [mesh.RIGHT_EYE, mesh.LEFT_EYE], shape), np.ones((3, 3), np.uint8))
    still = np.maximum(lids, _filled(points, [mesh.LIPS_INNER], shape))
    color = np.log(np.maximum(relief.color, 1e-3))
    person = np.clip(2 * relief.matte - 1, 0, 1)
    skinlike = _alike(_hue(color), face, SKIN_SPREAD)
    bare = np.maximum(face, skinlike)
    rows = (np.arange(shape[0], dtype=np.float32) + 0.5 - points[mesh.CHIN, 1]) / relief.ipd
    below = np.clip((rows - BELOW_CHIN) / 0.2 + 0.5, 0, 1)[:, None]
    crown = person * (1 - bare) * (1 - below)
    return Places(
        skin=_soft(person * bare),
        hair=_soft(crown),
        cloth=_soft(person * (1 - bare) * below),
        brows=_soft(brows),
        still=_soft(still),
        hairlike=_soft(_alike(color, crown, HAIR_SPREAD) * (1 - skinlike)),
        skinlike=_soft(skinlike),
        light=_light(relief, lamp),
        unrolled=_unrolled(relief),
    )


def _light(relief: Relief, lamp: Double) -> Float:
    """How the key falls on ridges and flanks of a surface that leans as the relief does.

    A slope s of the height changes the cosine by -L . s along the surface: what a flank shows is
    the lamp's part along the skin over its part onto it.
    """
    to = lamp.astype(np.float32)
    onto = relief.normals @ to
    along = to - onto[..., None] * relief.normals
    strength = 1 / (np.maximum(onto, 0) + np.float32(WRAP))
    weights = np.stack(
        [np.full_like(onto, RIDGES), along[..., 0] * strength, -along[..., 1] * strength], axis=-1
    )
    weights = cv2.GaussianBlur(weights, (0, 0), 2.0)
    return np.asarray(weights / np.linalg.norm(weights, axis=2, keepdims=True), np.float32)


def _unrolled(relief: Relief) -> Float:
    """The skin, unrolled from a cylinder about the head's axis: the frame in which pores are even.

    Where a cheek turns away the camera sees more skin in a pixel, and its pattern narrower.
    """
    middle = relief.vertices[[mesh.RIGHT_PUPIL, mesh.LEFT_PUPIL], :2].mean(axis=0)
    height, width = relief.depth.shape
    x = np.arange(width, dtype=np.float32)[None] + np.float32(0.5 - middle[0])
    y = np.arange(height, dtype=np.float32)[:, None] + np.float32(0.5 - middle[1])
    radius = np.float32(AXIS * relief.ipd)
    depth = cv2.GaussianBlur(relief.depth, (0, 0), 0.15 * relief.ipd)
    toward = np.maximum(depth + radius, np.float32(NEAREST * relief.ipd))
    return np.stack([radius * np.arctan2(x, toward), np.broadcast_to(y, depth.shape)], axis=-1)


def _alike(color: Float, there: Float, spread: float) -> Float:
    """How near ``color`` (h, w, c) is to its median over ``there``: 1 at it, a Gaussian of ``spread``."""
    if not (there > 0.5).any():
        return np.zeros(there.shape, np.float32)
    away = color - np.median(color[there > 0.5], axis=0)
    return np.asarray(np.exp(-((away / spread) ** 2).sum(axis=-1)), np.float32)


def _hue(color: Float) -> Float:
    """Ratios of the channels, and with a sixth of their weight the level: light varies over skin."""
    return np.stack(
        [color[..., 0] - color[..., 1], color[..., 2] - color[..., 1], color[..., 1] / 6], axis=-1
    )


def _filled(points: Double, polygons: list[mesh.Index], shape: tuple[int, ...]) -> Float:
    mask = np.zeros(shape, np.float32)
    for polygon in polygons:
        cv2.fillPoly(mask, [np.round((points[polygon] - 0.5) * 16).astype(np.int32)], 1.0, shift=4)
    return mask


def _soft(mask: Float) -> Float:
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0), np.float32)
