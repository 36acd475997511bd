"""What stands behind and before a face in pictures that people send: a room, a bystander, a hand."""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Code, Double, Float, Landmarks
from render.pipeline.faces import topology
from render.pipeline.faces.mediapipe import shared

from .light_conditions import extent, in_linear_light


def _before(code: Code, matte: Float, behind: Float) -> Code:
    """The person of ``code`` before another room, which is in linear light."""
    return in_linear_light(code, lambda light: behind + matte[..., None] * (light - behind))


def white_wall(code: Code, matte: Float) -> Code:
    """A wall of 90 %, evenly lit, behind the person."""
    return _before(code, matte, np.full((*matte.shape, 3), 0.9, np.float32))


def with_bystander(code: Code, face: Landmarks, matte: Float, other: Code, size: float = 0.3) -> Code:
    """``other`` two steps behind the sitter's left shoulder, which covers a part of them."""
    box = shared().detect(other)[0]
    (_, top), (right, bottom) = extent(face)
    scale = size * (bottom - top) / box.height
    x0, y0 = right + 0.5 * face.ipd, bottom - 0.5 * face.ipd
    y, x = np.mgrid[0 : code.shape[0], 0 : code.shape[1]].astype(np.float32) + np.float32(0.5)
    x, y = (x - x0) / scale + box.center[0] - 0.5, (y - y0) / scale + box.center[1] - 0.5
    at = np.asarray(x, np.float32), np.asarray(y, np.float32)
    soft = max(0.5 / scale, 0.3)  # nothing finer than the new pixels; whoever is cut below reaches the ground
    them, mask = (
        cv2.remap(cv2.GaussianBlur(image, (0, 0), soft), *at, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
        for image in (srgb.decode(other.astype(np.float32) / 255), shared().person_masks(other)[0])
    )
    mask = (mask * ((x > 0) & (x < other.shape[1] - 1) & (y > 0)))[..., None]
    room = srgb.decode(code.astype(np.float32) / 255)
    return _before(code, matte, np.asarray(mask * them + (1 - mask) * room, np.float32))


def busy_room(code: Code, matte: Float, seed: int = 11) -> Code:
    """A lived-in room: shelves of books, a door frame, a lamp, and a chair's back beside the head."""
    height, width = code.shape[:2]
    person = matte > 0.5
    top = np.flatnonzero(person.any(axis=1))[0] / height
    head = np.flatnonzero(person[: round((top + 0.25) * height)].any(axis=0)) / width
    left, right = head[0], head[-1]
    x, y = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height)
    room = np.empty((height, width, 3), np.float32)
    room[:] = np.array([186, 176, 160]) * (1.05 - 0.25 * x[..., None])
    _shelves(room, left + 0.08, seed)
    for start, color in ((0.90, (120, 96, 72)), (0.885, (226, 222, 214)), (0.91, (150, 145, 138))):
        _box(room, start, 0.0, 0.93 if start > 0.9 else 1.0, 1.0, color)  # a door in its frame
    for upper, lower in ((0.1, 0.45), (0.53, 1.0)):
        _box(room, 0.95, upper, 1.0, lower, (104, 82, 60))
    for start in np.arange(left - 0.07, right + 0.05, 0.05):  # the chair: slats and a top rail
        _box(room, start, top + 0.22, start + 0.018, 1.0, (58, 38, 26))
    _box(room, left - 0.08, top + 0.19, right + 0.08, top + 0.24, (70, 46, 32))
    light = srgb.decode(np.clip(room, 0, 255).astype(np.float32) / 255)
    beside, below = np.abs(x - right - 0.06), y - top  # the lamp: a stand, its light, a shade
    light[(beside < 0.006) & (below > 0)] = 0.02
    glow = 0.9 * np.exp(-(beside**2 + below**2) / 0.02)
    light = (light * (1 + glow[..., None] * [1.6, 1.3, 0.8])).astype(np.float32)
    light[(beside < 0.07 + 0.4 * below) & (np.abs(below) < 0.07)] = (1.0, 0.86, 0.55)
    return _before(code, matte, cv2.GaussianBlur(light, (0, 0), 0.003 * max(code.shape[:2])))


def _shelves(room: Float, end: float, seed: int) -> None:
    draw = np.random.Generator(np.random.PCG64(seed))
    _box(room, 0.0, 0.0, end, 1.0, (74, 58, 46))
    for floor in np.arange(0.17, 1.2, 0.19):
        _box(room, 0.0, floor, end, floor + 0.025, (150, 118, 84))
        left = 0.01
        while left < end - 0.04:
            wide, tall = draw.uniform(0.012, 0.036), draw.uniform(0.09, 0.15)
            color = draw.uniform(40, 190) + draw.uniform(-35, 35, 3)
            _box(room, left, floor - tall, left + wide, floor, color)
            _box(room, left, floor - 0.7 * tall, left + wide, floor - 0.62 * tall, 0.5 * color + 100)
            left += wide + draw.choice([0.002, 0.002, 0.02])


def _box(room: Float, x0: float, y0: float, x1: float, y1: float, color: tuple[int, ...] | Double) -> None:
    """Paint a rectangle; places are shares of the room."""
    size = np.array([*room.shape[1::-1], *room.shape[1::-1]])
    left, top, right, bottom = np.maximum(np.rint(size * [x0, y0, x1, y1]), 0).astype(int).tolist()
    room[top:bottom, left:right] = color


def with_hand(code: Code, face: Landmarks) -> Code:
    """A palm and four fingers, in skin's color, over the sitter's left half of the face."""
    points, ipd = face.points[:, :2], face.ipd
    result = code.copy()
    skin = np.median(code[_around(points[topology.RIGHT_CHEEK])].reshape(-1, 3), axis=0)
    middle = points[topology.LEFT_CHEEK].mean(axis=0)
    cv2.ellipse(
        result, _whole(*middle), _whole(0.55 * ipd, 0.7 * ipd), 0, 0, 360, skin.tolist(), -1, cv2.LINE_AA
    )
    for number in range(4):
        start = middle + [(0.28 * number - 0.4) * ipd, -0.3 * ipd]
        end = start + [0.05 * (number - 1.5) * ipd, -1.5 * ipd]
        thick = round(0.25 * ipd)
        cv2.line(result, _whole(*start), _whole(*end), skin.tolist(), thick, cv2.LINE_AA)
        edge = (0.55 * skin).tolist()
        cv2.line(
            result,
            _whole(start[0] + thick / 2, start[1]),
            _whole(end[0] + thick / 2, end[1]),
            edge,
            2,
            cv2.LINE_AA,
        )
    return result


def _whole(x: float, y: float) -> tuple[int, int]:
    return round(float(x)), round(float(y))


def _around(points: Double) -> tuple[slice, slice]:
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return slice(int(y0), int(y1)), slice(int(x0), int(x1))
