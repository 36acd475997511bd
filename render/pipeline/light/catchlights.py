"""Catchlights: each lamp mirrored in the cornea, inside the iris, behind the lids.

The cornea is a sphere of 7.8 mm radius over an iris of 11.7 mm (Gullstrand's eye). A lamp
in direction l seen from v = (0, 0, 1) is mirrored where the normal is the half vector
h = (l + v)/|l + v|, so at (h_x, h_y) times the cornea's radius from its center; its image
subtends half the lamp's angle there.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from render.pipeline.contract import Double, Float, Identity, Window
from render.pipeline.faces import topology
from render.pipeline.placement import Placement
from render.pipeline.recipe import Lamp

from .lamps import color, direction

CORNEA_RADIUS = 7.8 / 63
IRIS_RADIUS = 5.85 / 63
"""In IPD, at 63 mm."""

FAINTEST_KEY = 0.45
"""Coverage of the key's image at least: eyes without it look dead, so photographers see to it."""

MIRRORED = 0.07
"""What the tear film shows of a lamp's radiance: 2.5 % at normal incidence, twice that in the
picture, because a small image loses half of its light to the pixels around it."""


@dataclass(frozen=True)
class Eye:
    """One eye in photograph pixels: iris center, iris radius, lid outline (k, 2)."""

    center: Double
    radius: float
    lids: Double

    @property
    def aperture(self) -> float:
        """Height of the lid opening over the iris diameter."""
        return float(np.ptp(self.lids[:, 1]) / (2 * self.radius))


def eyes(identity: Identity) -> tuple[Eye, Eye]:
    """The sitter's right and left eye."""
    points = identity.landmarks.points
    ipd = identity.landmarks.ipd
    found = []
    for pupil, lids in ((468, topology.RIGHT_EYE), (473, topology.LEFT_EYE)):
        ring = points[pupil + 1 : pupil + 5, :2] - points[pupil, :2]
        radius = float(np.clip(np.linalg.norm(ring, axis=1).mean(), 0.07 * ipd, 0.12 * ipd))
        found.append(Eye(points[pupil, :2], radius, points[lids, :2]))
    return found[0], found[1]


def offset(lamp: Lamp) -> Double:
    """Place of the lamp's image from the iris center, in iris radii, x right and y down."""
    half = direction(lamp) + np.array([0, 0, 1.0])
    half /= max(float(np.linalg.norm(half)), 1e-6)
    away = np.array([half[0], -half[1]]) * CORNEA_RADIUS / IRIS_RADIUS
    reach = float(np.linalg.norm(away))
    return np.asarray(away * min(1.0, 0.66 / max(reach, 1e-6)))


def draw(
    picture: Float, identity: Identity, placement: Placement, window: Window, lit: tuple[Lamp, ...]
) -> None:
    """Add the catchlights to ``picture``, (rows, width, 3) linear, in place."""
    for eye in eyes(identity):
        _draw_eye(picture, eye, placement, window, lit)


def _draw_eye(picture: Float, eye: Eye, placement: Placement, window: Window, lit: tuple[Lamp, ...]) -> None:
    center = placement.to_canvas(eye.center[None])[0] * window.scale
    lids = placement.to_canvas(eye.lids) * window.scale
    radius = eye.radius / placement.zoom * window.scale
    reach = 1.3 * radius
    x0, x1 = int(max(center[0] - reach, 0)), int(min(center[0] + reach, window.width))
    height = window.canvas.height * window.scale
    top, bottom = int(max(center[1] - reach, 0)), int(min(center[1] + reach, height))
    y0, y1 = max(top, window.top), min(bottom, window.bottom)
    if x0 >= x1 or y0 >= y1:
        return
    y, x = np.mgrid[y0:y1, x0:x1].astype(np.float32) + 0.5
    # The lids' soft edge is drawn for the whole eye, so that a strip that ends in it shows no seam.
    open_eye = _between_lids(lids, (x0, top, x1, bottom), radius)[y0 - top : y1 - top]
    rim = np.clip((1.0 - np.hypot(x - center[0], y - center[1]) / radius) / 0.12, 0, 1)
    part = picture[y0 - window.top : y1 - window.top, x0:x1]
    for lamp in lit:
        if lamp.role == "backdrop" or direction(lamp)[2] < 0.05:
            continue
        spot = center + offset(lamp) * radius
        spot[1] = max(spot[1], _upper_lid(lids, spot[0]) + 0.16 * radius)
        size = (
            float(np.clip(0.5 * CORNEA_RADIUS / IRIS_RADIUS * np.radians(lamp.size) / 2, 0.11, 0.20)) * radius
        )
        shape = _shape(lamp.shape, (x - spot[0]) / size, (y - spot[1]) / size, radius / size)
        # A lamp of illuminance E and angular radius a has E / sin^2 a of white paper's radiance.
        radiance = MIRRORED * lamp.power / np.sin(np.radians(min(lamp.size, 170.0) / 2)) ** 2
        strength = float(np.clip(radiance, FAINTEST_KEY if lamp.role == "key" else 0, 0.95))
        if strength < 0.06:
            continue
        cover = (shape * open_eye * rim * strength)[..., None]
        part += cover * (np.clip(color(lamp) / max(lamp.power, 1e-3), 0.5, 1.2) * 0.85 - part)


def _between_lids(lids: Double, box: tuple[int, int, int, int], radius: float) -> Float:
    """Coverage of the opening between the lids over ``box``, edge as soft as a lid's shadow."""
    x0, y0, x1, y1 = box
    mask = np.zeros((y1 - y0, x1 - x0), np.float32)
    outline = np.round((lids - [x0 + 0.5, y0 + 0.5]) * 16).astype(np.int32)
    cv2.fillPoly(mask, [outline], 1.0, lineType=cv2.LINE_8, shift=4)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.05 * radius, 0.4)))


def _upper_lid(lids: Double, x: float) -> float:
    """Height of the upper lid at ``x``."""
    low, high = np.argmin(lids[:, 0]), np.argmax(lids[:, 0])
    level = np.interp(x, [lids[low, 0], lids[high, 0]], [lids[low, 1], lids[high, 1]])
    upper = lids[
        lids[:, 1]
        <= np.interp(lids[:, 0], [lids[low, 0], lids[high, 0]], [lids[low, 1], lids[high, 1]]) + 1e-6
    ]
    upper = upper[np.argsort(upper[:, 0])]
    return float(np.interp(x, upper[:, 0], upper[:, 1])) if len(upper) > 1 else float(level)


def _shape(name: str, u: Float, v: Float, scale: float) -> Float:
    """Coverage of a lamp's image, its half-width at 1; edges one tenth of it wide."""
    soft = 0.7
    r = np.hypot(u, v)
    if name == "octagon":
        angle = np.arctan2(v, u)
        r = r * np.cos((angle + np.pi / 8) % (np.pi / 4) - np.pi / 8) / np.cos(np.pi / 8)
    elif name == "square":
        r = np.maximum(np.abs(u), np.abs(v))
    elif name == "strip":
        r = np.maximum(np.abs(u) * 2.4, np.abs(v) * 0.8)
    elif name == "window":
        r = np.maximum(np.abs(u) * 1.15, np.abs(v) * 0.85)
        bars = np.minimum(np.abs(u), np.abs(v))
        return np.asarray(
            np.clip((1 - r) / soft + 0.5, 0, 1) * np.clip(bars / 0.14 - 0.3, 0.25, 1), np.float32
        )
    elif name == "ring":
        ring = np.abs(r - 0.8)
        return np.asarray(np.clip((0.28 - ring) / soft + 0.5, 0, 1), np.float32)
    return np.asarray(np.clip((1 - r) / soft + 0.5, 0, 1), np.float32)
