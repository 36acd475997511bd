"""Catchlights: each lamp mirrored in the cornea, inside the iris, behind the lids.

The cornea is a sphere of 7.8 mm radius over an iris of 11.7 mm (Gullstrand's eye). Seen from
v = (0, 0, 1), the place of normal n mirrors the direction l = 2 (n . v) n - v; so a lamp in direction l
stands at (h_x, h_y) times the cornea's radius, h = (l + v)/|l + v|, half as wide as it is, and bent
as a ball bends it. Every pixel asks what it mirrors, and whether a lamp is there.

Lids hide much of that. A photographer sees to it that the key shows in the eyes; so here an image
that a lid would hide moves toward the pupil, along its own ray: its clock is the key's, always.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Double, Float, Identity, Window
from render.pipeline.faces import iris, topology, unmasked
from render.pipeline.faces.patch import Face
from render.pipeline.placement import Placement
from render.pipeline.recipe import Lamp

from .lamps import color, direction

CORNEA_RADIUS = 7.8 / 63
IRIS_RADIUS = 5.85 / 63
"""In IPD, at 63 mm."""

FAINTEST_KEY = 0.30
"""Radiance of the key's image at least: eyes without it look dead, so photographers see to it."""

BRIGHTEST = 0.48
BRIGHTEST_FILL = 0.25
"""Of the key's: one lamp speaks."""

FAINTEST = 0.06
"""A radiance below this is lost in the iris, and not drawn."""

MIRRORED = 0.07
"""What the tear film shows of a lamp's radiance: 2.5 % at normal incidence, twice that in the
picture, because a small image loses half of its light to the pixels around it."""

FARTHEST = 0.58
"""Iris radii from the center: beyond, the cornea flattens, and the lamp's image runs off the iris."""

SIZES = (0.12, 0.21)
"""Least and largest half-width of an image, iris radii. A bare bulb's is a point that glares; half of a
window's runs over the limbus and is lost."""

COVERED = 0.5
"""Share of its half-width that an image's center keeps from a lid: a lid may cut it, and not hide it."""

NEAREST = 0.28
"""Iris radii from the center that an image keeps under the lowest lid: nearer, it would have no clock."""


@dataclass(frozen=True)
class Eye:
    """One eye in photograph pixels: iris center, iris radius, lid outline (k, 2); ``hidden`` by a patch."""

    center: Double
    radius: float
    lids: Double
    hidden: bool = False

    @property
    def aperture(self) -> float:
        """Height of the lid opening over the iris diameter."""
        return float(np.ptp(self.lids[:, 1]) / (2 * self.radius))


def eyes(identity: Identity) -> tuple[Eye, Eye]:
    """The sitter's right and left eye."""
    points, ipd = identity.landmarks.points, identity.landmarks.ipd
    hidden = unmasked.patched(unmasked.eyes(Face(identity.pixels, identity.landmarks)))
    irises = iris.both(identity.pixels, identity.landmarks)
    right, left = (
        Eye(one.center, float(np.clip(one.radius, 0.07 * ipd, 0.12 * ipd)), points[lids, :2], side == hidden)
        for side, (one, lids) in enumerate(zip(irises, (topology.RIGHT_EYE, topology.LEFT_EYE), strict=True))
    )
    return right, left


def offset(lamp: Lamp) -> Double:
    """Place of the lamp's image from the iris center, in iris radii, x right and y down."""
    away = _mirror(lamp)
    reach = float(np.linalg.norm(away))
    return np.asarray(away * min(1.0, FARTHEST / max(reach, 1e-6)))


def _mirror(lamp: Lamp) -> Double:
    """Where the sphere mirrors the lamp's center, in iris radii, x right and y down."""
    half = direction(lamp) + np.array([0, 0, 1.0])
    half /= max(float(np.linalg.norm(half)), 1e-6)
    return np.array([half[0], -half[1]]) * CORNEA_RADIUS / IRIS_RADIUS


def half_width(lamp: Lamp) -> float:
    """Of the lamp's drawn image, in iris radii: half the lamp's angle on the cornea, within ``SIZES``."""
    return float(np.clip(_true_half_width(lamp), *SIZES))


def _true_half_width(lamp: Lamp) -> float:
    return float(0.5 * CORNEA_RADIUS / IRIS_RADIUS * np.radians(lamp.size) / 2)


def radiances(lit: tuple[Lamp, ...]) -> list[float]:
    """What the tear film shows of each lamp, 1 being white paper under the key; 0: not drawn."""
    own = [_radiance(lamp) for lamp in lit]
    keys = [
        float(np.clip(radiance, FAINTEST_KEY, BRIGHTEST)) if lamp.role == "key" and radiance > 0 else 0.0
        for radiance, lamp in zip(own, lit, strict=True)
    ]
    ceiling = BRIGHTEST_FILL * (max(keys, default=0.0) or BRIGHTEST)
    return [key or min(radiance, ceiling) for key, radiance in zip(keys, own, strict=True)]


def _radiance(lamp: Lamp) -> float:
    """A lamp of illuminance E and angular radius a has E / sin^2 a of white paper's radiance."""
    if lamp.role == "backdrop" or direction(lamp)[2] < 0.05:
        return 0.0
    return float(MIRRORED * lamp.power / np.sin(np.radians(min(lamp.size, 170.0) / 2)) ** 2)


def draw(
    picture: Float, both: Sequence[Eye], placement: Placement, window: Window, lit: tuple[Lamp, ...]
) -> None:
    """Add the catchlights of ``both`` eyes to ``picture``, (rows, width, 3) linear, in place."""
    for eye in both:
        if not eye.hidden:
            _draw_eye(picture, eye, placement, window, lit)


def _draw_eye(picture: Float, eye: Eye, placement: Placement, window: Window, lit: tuple[Lamp, ...]) -> None:
    center = placement.to_canvas(eye.center[None])[0] * window.scale
    radius = eye.radius / placement.zoom * window.scale
    lids = placement.to_canvas(eye.lids) * window.scale
    reach = 1.3 * radius
    x0, x1 = int(max(center[0] - reach, 0)), int(min(center[0] + reach, window.width))
    height = window.canvas.height * window.scale
    top, bottom = int(max(center[1] - reach, 0)), int(min(center[1] + reach, height))
    y0, y1 = max(top, window.top), min(bottom, window.bottom)
    if x0 >= x1 or y0 >= y1:
        return
    y, x = np.mgrid[y0:y1, x0:x1].astype(np.float32) + 0.5
    x, y = (x - np.float32(center[0])) / np.float32(radius), (y - np.float32(center[1])) / np.float32(radius)
    # The lids' soft edge is drawn for the whole eye, so that a strip that ends in it shows no seam.
    open_eye = _between_lids(lids, (x0, top, x1, bottom), radius)[y0 - top : y1 - top]
    free = open_eye * np.clip((1.0 - np.hypot(x, y)) / 0.14, 0, 1)
    part = picture[y0 - window.top : y1 - window.top, x0:x1]
    for lamp, radiance in zip(lit, radiances(lit), strict=True):
        if radiance >= FAINTEST:
            image = free * _image(lamp, x, y, _seen_at(lamp, (lids - center) / radius))
            part += (radiance * image)[..., None] * _tint(lamp)


def _seen_at(lamp: Lamp, lids: Double) -> Double:
    """Where the image stands between ``lids``, (k, 2) as all here: iris radii from the iris center.

    As far out along the lamp's ray as lets the lids cut no more than a part of it.
    """
    goal, size = offset(lamp), half_width(lamp)
    reach = float(np.linalg.norm(goal))
    if reach < 1e-6:
        return goal
    ray, outline = goal / reach, lids.astype(np.float32)
    for distance in np.linspace(reach, min(reach, NEAREST), 24):
        spot = ray * distance
        if cv2.pointPolygonTest(outline, (float(spot[0]), float(spot[1])), True) >= COVERED * size:
            break
    return np.asarray(spot)


def _image(lamp: Lamp, x: Float, y: Float, spot: Double) -> Float:
    """Coverage of the lamp's image around ``spot`` at (x, y), in iris radii from the iris center.

    Each place mirrors one direction; on the plane across the lamp's, its shape is drawn.
    """
    size = half_width(lamp)
    larger = size / _true_half_width(lamp) if lamp.size > 0 else 1.0
    ball = IRIS_RADIUS / CORNEA_RADIUS
    away = _mirror(lamp)
    nx = np.float32(ball) * (np.float32(away[0]) + (x - np.float32(spot[0])) / np.float32(larger))
    ny = -np.float32(ball) * (np.float32(away[1]) + (y - np.float32(spot[1])) / np.float32(larger))
    nz = np.sqrt(np.maximum(1 - nx * nx - ny * ny, 0))
    seen = (2 * nz * nx, 2 * nz * ny, 2 * nz * nz - 1)
    to = direction(lamp)
    right = np.array([np.cos(np.radians(lamp.azimuth)), 0, -np.sin(np.radians(lamp.azimuth))])
    up = np.cross(to, right)
    ahead, u, v = (
        sum(np.float32(a) * s for a, s in zip(axis, seen, strict=True)) for axis in (to, right, up)
    )
    edge = np.maximum(ahead, 0.05) * np.float32(np.tan(np.radians(min(lamp.size, 150.0) / 2)))
    shape = _shape(lamp.shape, u / edge, v / edge, float(np.clip(0.16 / size, 0.65, 1.0)))
    return np.asarray(shape * ((nz > 0) & (ahead > 0.05)), np.float32)


def _tint(lamp: Lamp) -> Float:
    """The lamp's color at luminance 1, paler than its gel: film and sensor clip toward white."""
    own = color(lamp)
    pale = np.clip(own / max(float(srgb.luminance(own)), 1e-6), 0.5, 1.3)
    return np.asarray(pale / srgb.luminance(pale), np.float32)


def _between_lids(lids: Double, box: tuple[int, int, int, int], radius: float) -> Float:
    """Coverage of the opening between the lids over ``box``, edge as soft as a lid's shadow."""
    x0, y0, x1, y1 = box
    mask = np.zeros((y1 - y0, x1 - x0), np.float32)
    outline = np.round((lids - [x0 + 0.5, y0 + 0.5]) * 16).astype(np.int32)
    cv2.fillPoly(mask, [outline], 1.0, lineType=cv2.LINE_8, shift=4)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.10 * radius, 0.5)))


def _shape(name: str, u: Float, v: Float, soft: float) -> Float:
    """What a lamp shows at (u, v), its half-width at 1, v up: edges ``soft`` wide, brighter in the middle."""
    if name == "octagon":
        angle = np.arctan2(v, u)
        r = np.hypot(u, v) * np.cos((angle + np.pi / 8) % (np.pi / 4) - np.pi / 8) / np.cos(np.pi / 8)
    elif name == "square":
        r = _rounded(u, v)
    elif name == "strip":
        r = _rounded(2.4 * u, 0.8 * v)
    elif name == "window":
        return _edge(_rounded(1.15 * u, 0.85 * v), soft) * _panes(u, v)
    elif name == "ring":
        return _edge(1 + (np.abs(np.hypot(u, v) - 0.8) - 0.28), soft)
    else:
        r = np.hypot(u, v)
    return _edge(r, soft) * np.exp(-1.2 * np.minimum(r * r, 2))


def _edge(r: Float, soft: float) -> Float:
    """1 inside r = 1 and 0 outside, a smooth step ``soft`` wide between."""
    t = np.clip((1 - r) / soft + 0.5, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _rounded(u: Float, v: Float) -> Float:
    """The distance whose unit circle is a square with rounded corners."""
    return np.asarray((u**4 + v**4) ** 0.25, np.float32)


def _panes(u: Float, v: Float) -> Float:
    """A window's bars, and more sky in its upper half."""
    bars = np.minimum(np.abs(u), np.abs(v))
    return np.asarray(np.clip(bars / 0.22, 0.45, 1) * (0.85 + 0.15 * np.clip(v, -1, 1)), np.float32)
