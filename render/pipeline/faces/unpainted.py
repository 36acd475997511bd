"""Whether somebody's filter has drawn a nose and whiskers on a face."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import cv2
import numpy as np

from render.pipeline.contract import Double, Float, Landmarks

from . import topology
from .patch import Face, hull, inside

WHISKERS = 8.0
DARKER, OFF_COLOR = 15.0, 12.0

_GRID = 64  # pixels per IPD of what lines are looked for in
_LEFT, _TOP, _RIGHT, _BOTTOM = -1.2, 0.2, 1.2, 1.5  # IPD from the middle of the pupils
_CHEEK = np.array([50, 205, 207, 187, 147, 123, 206, 216, 212, 192, 213])  # of the right one
_LENGTH, _WIDTH, _BESIDE = 0.42, 0.016, 0.055  # IPD: of a line, its sigma, and where skin is looked at
_ANGLES = np.radians(np.arange(-40, 41, 8))
_APART = 5  # pixels between two lines
_TIP = [4, 1, 44, 274, 45, 275, 19]
_BRIDGE = [197, 195, 196, 419, 3, 248, 236, 456]
_LIGHT = 70.0  # L* of a well exposed face's lighter parts


class Painted(NamedTuple):
    """In CIELAB units of a well exposed face.

    ``whiskers``: the second strongest line of a cheek, the mean of both. ``darker``: the bridge of the nose
    less its tip. ``off_color``: chroma distance of the tip from bridge or cheeks, whichever is nearer.
    """

    whiskers: float
    darker: float
    off_color: float

    @property
    def by_a_filter(self) -> bool:
        """Lines on both cheeks that no wrinkle is as straight and as strong as, and a nose of paint.

        Measured on 31 sitters, as they are, in beards and behind glasses: whiskers up to 6.4; drawn on them:
        9.5 to 32.
        """
        return self.whiskers > WHISKERS and (self.darker > DARKER or self.off_color > OFF_COLOR)


def painted(face: Face) -> Painted:
    """What was drawn on cheeks and nose."""
    flat, colors, shape = face.points.points[:, :2], face.colors, face.patch.shape
    cheeks = [inside(shape, hull(flat[group])) for group in (topology.RIGHT_CHEEK, topology.LEFT_CHEEK)]
    tip, bridge = (inside(shape, hull(flat[group])) for group in (_TIP, _BRIDGE))
    cheek = cheeks[0] | cheeks[1]
    if not (tip.any() and bridge.any() and cheek.any()):
        return Painted(0.0, 0.0, 0.0)
    shown = _LIGHT / max(float(np.percentile(colors[..., 0], 85)), 10.0)
    at_tip, at_bridge, at_cheek = (np.median(colors[part], axis=0) for part in (tip, bridge, cheek))
    off = min(float(np.linalg.norm((at_tip - other)[1:])) for other in (at_bridge, at_cheek))
    return Painted(
        whiskers=shown * _whiskers(np.asarray(colors[..., 0], np.float32), face.points),
        darker=shown * float(at_bridge[0] - at_tip[0]),
        off_color=shown * off,
    )


def _whiskers(lightness: Float, landmarks: Landmarks) -> float:
    """Contrast of the second strongest line of each cheek, the mean of both."""
    seen, places = _along_the_eyes(lightness, landmarks)
    strongest = np.max([_lines(seen, *both) for both in _kernels()], axis=0)
    found = []
    for group in (_CHEEK, topology.MIRROR[_CHEEK]):
        rows = (strongest * inside(seen.shape, (hull(places[group]) - [_LEFT, _TOP]) * _GRID)).max(axis=1)
        first = int(rows.argmax())
        rows[max(0, first - _APART) : first + _APART + 1] = 0
        found.append(float(rows.max()))
    return sum(found) / 2


def _along_the_eyes(lightness: Float, landmarks: Landmarks) -> tuple[Float, Double]:
    """What lies below the eyes, which are level there, and all landmarks (478, 2) in IPD on its axes."""
    points, ipd = landmarks.points[:, :2], landmarks.ipd
    right, left = points[[topology.RIGHT_PUPIL, topology.LEFT_PUPIL]]
    across = (left - right) / np.linalg.norm(left - right)
    axes, middle = np.stack([across, [-across[1], across[0]]]), (right + left) / 2
    u, v = np.meshgrid(np.arange(_LEFT, _RIGHT, 1 / _GRID), np.arange(_TOP, _BOTTOM, 1 / _GRID))
    x, y = (middle[axis] + (u * axes[0, axis] + v * axes[1, axis]) * ipd - 0.5 for axis in (0, 1))
    soft = cv2.GaussianBlur(lightness, (0, 0), max(0.5 * ipd / _GRID, 0.1))
    seen = cv2.remap(
        soft, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE
    )
    return np.asarray(seen, np.float32), (points - middle) @ axes.T / ipd


def _lines(seen: Float, on: Float, beside: tuple[Float, Float]) -> Float:
    """How much darker, or lighter, than both its sides a line through each pixel is."""
    line = cv2.filter2D(seen, -1, on)
    first, second = (cv2.filter2D(seen, -1, one) for one in beside)
    return np.maximum(np.minimum(first, second) - line, line - np.maximum(first, second))


@cache
def _kernels() -> list[tuple[Float, tuple[Float, Float]]]:
    """Of every angle: the mean along a line, and along the skin on either side of it."""
    reach = int(_LENGTH * _GRID) // 2 + 4
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1] / _GRID
    found = []
    for angle in _ANGLES:
        along, away = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        within = np.abs(along) < _LENGTH / 2
        on, first, second = (
            within * np.exp(-(((away - shift) / _WIDTH) ** 2) / 2) for shift in (0, _BESIDE, -_BESIDE)
        )
        on, first, second = (np.asarray(one / one.sum(), np.float32) for one in (on, first, second))
        found.append((on, (first, second)))
    return found
