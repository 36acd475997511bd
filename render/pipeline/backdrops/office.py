"""A glass office, drawn in meters with its vanishing point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.pipeline.contract import Float

from .layers import Points, laid_over, paint_discs, paint_rect, scatter
from .scene import Scene, mix, rgb, step

CEILING_M = 1.25
FLOOR_M = 1.45
SCREEN = np.array([0.045, 0.05, 0.055], np.float32)
GLOW = np.array([0.20, 0.26, 0.34], np.float32)

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Room:
    """``side`` is where the glazing is, ``corner`` where it meets the back wall; short sides."""

    x: float
    y: float
    side: float
    corner: float
    scale: float
    dim: float

    @property
    def ceiling(self) -> float:
        return self.y - CEILING_M * self.scale

    @property
    def floor(self) -> float:
        return self.y + FLOOR_M * self.scale


def office(scene: Scene) -> Float:
    """Glass office: ``color`` is walls and ceiling, ``accent`` the wood, ``light`` the daylight.

    ``center`` is the vanishing point, at eye height; the glazing is on its side of the
    picture. ``falloff`` is how dark the room is against the windows; ``texture`` how
    much stands about in it, and under 0.5 how few of its lamps are lit.
    """
    spec = scene.spec
    x, y = scene.center
    side = 1.0 if x >= 0 else -1.0
    scale = scene.scale(spec.distance_m + 6)
    room = Room(x, y, side, x - side * 0.10, scale, 1 - 0.6 * spec.falloff)
    image = _outside(scene, room)
    _mullions(scene, image, room)
    image = scene.blur(_shell(scene, image, room), spec.distance_m + 5)
    for depth in (4.5, 2.5, 1.0):
        image = _desks(scene, image, room, depth)
    image += scene.blur(scatter(scene, _plant(scene, room)), spec.distance_m + 2)
    paint_discs(scene, image, _ceiling_lights(scene, room), size=0.01)
    return image


def _outside(scene: Scene, room: Room) -> Float:
    """Bright sky over a pale town."""
    day = rgb(scene.spec.light)
    low = step(-0.30, 0.30, scene.y - room.y + 0.10 * scene.fractal("skyline", 5.0, 3, 0.7))[..., None]
    town = mix(0.5 + 0.35 * scene.noise("town", (14, 5)), 0.2 * day, 0.7 * day)
    image = 1.15 * day * (1 - low) + town * low
    return np.asarray(image * (1 + 0.15 * scene.noise("outside", 1.5)[..., None]), np.float32)


def _mullions(scene: Scene, image: Float, room: Room) -> None:
    dark = 0.25 * room.dim * rgb(scene.spec.color)
    for k in range(-1, 7):
        at = room.corner + room.side * k * 1.05 * room.scale * (1 + 0.06 * k)
        paint_rect(scene, image, (at - 0.06 * room.scale, -9, at + 0.06 * room.scale, 9), dark)
    top = room.y - 0.72 * room.scale
    paint_rect(scene, image, (-9, top, 9, top + 0.07 * room.scale), dark)


def _shell(scene: Scene, image: Float, room: Room) -> Float:
    """Back wall, ceiling and floor round the glazing; nothing in a room is evenly lit."""
    spec = scene.spec
    wall, wood = rgb(spec.color) * room.dim, rgb(spec.accent) * room.dim
    uneven = 1 + 0.16 * scene.noise("uneven", 1.7) + 0.07 * scene.noise("uneven/fine", 6)
    near_glass = np.exp(-np.abs(scene.x - room.corner) / 0.35)
    inner = np.asarray(wall * ((0.5 + 0.5 * near_glass) * uneven)[..., None], np.float32)
    _joinery(scene, inner, room, wood)
    beyond = step(-0.003, 0.003, (room.corner - scene.x) * room.side)[..., None]
    image = np.asarray(image * (1 - beyond) + inner * beyond, np.float32)

    slope = 0.05 * np.abs(scene.x - room.corner)
    above = step(0.004, -0.004, scene.y - room.ceiling + slope)[..., None]
    bounce = 0.28 + 0.6 * np.exp(-np.abs(scene.x - room.x - room.side * 0.3) / 0.5)
    image = np.asarray(image * (1 - above) + above * (bounce * uneven)[..., None] * wall, np.float32)
    under = step(-0.004, 0.004, scene.y - room.floor - slope)[..., None]
    shine = 0.2 + 0.6 * np.exp(-(((scene.x - room.x - room.side * 0.25) / 0.3) ** 2))
    floor = 0.5 * wood + 0.3 * room.dim * rgb(spec.light)
    return np.asarray(image * (1 - under) + under * (shine * uneven)[..., None] * floor, np.float32)


def _joinery(scene: Scene, inner: Float, room: Room, wood: Float) -> None:
    """A door and a low cupboard with shelves, a picture: the wall is somebody's."""
    s, rng = room.scale, scene.rng("joinery")
    for start, wide, top, tone in ((0.35, 0.86, 0.65, 0.6), (1.7, 1.6, -0.55, 0.6), (1.9, 0.7, 0.55, 0.35)):
        a = room.corner - room.side * (start + rng.uniform(0, 0.2)) * s
        b = a - room.side * wide * s
        bottom = room.floor if top != 0.55 else room.y - 0.02 * s
        left, right = min(a, b), max(a, b)
        paint_rect(
            scene,
            inner,
            (left - 0.04 * s, room.y - top * s - 0.04 * s, right + 0.04 * s, bottom),
            0.35 * wood,
        )
        paint_rect(scene, inner, (left, room.y - top * s, right, bottom), tone * wood)
    inner *= 1 + 0.10 * scene.noise("joinery/light", (3, 1.5))[..., None]


def _desks(scene: Scene, image: Float, room: Room, depth: float) -> Float:
    """Desks, screens and chair backs at one depth."""
    spec, rng = scene.spec, scene.rng(f"desks/{depth}")
    behind = spec.distance_m + depth
    s = scene.scale(behind)
    layer = np.zeros((scene.height, scene.width, 4), np.float32)
    for _ in range(round(1 + 3 * spec.texture)):
        x, top = rng.uniform(-1.0, 0.6), room.y + (0.66 + rng.uniform(0, 0.06)) * s
        shade = room.dim * rng.uniform(0.5, 1.1)
        _block(scene, layer, (x, top, x + 1.5 * s, top + 0.035 * s), rgb(spec.color) * shade)
        _block(
            scene,
            layer,
            (x + 0.05 * s, top + 0.035 * s, x + 1.45 * s, top + 0.7 * s),
            (0.12 * rgb(spec.accent) + 0.07 * rgb(spec.color)) * shade,
        )
        left, wide = x + rng.uniform(0.2, 0.7) * s, rng.uniform(0.5, 0.62) * s
        _block(scene, layer, (left, top - 0.43 * s, left + wide, top - 0.09 * s), SCREEN)
        _block(scene, layer, (left + 0.24 * s, top - 0.1 * s, left + 0.3 * s, top), SCREEN)
        if rng.random() < 0.45:
            inset = (left + 0.02 * s, top - 0.41 * s, left + wide - 0.02 * s, top - 0.11 * s)
            _block(scene, layer, inset, GLOW * rng.uniform(0.5, 1.1))
        _chair(scene, layer, (x + rng.uniform(0.2, 1.2) * s, top - 0.02 * s), s)
    light = 1 + 0.22 * scene.noise(f"desks/light/{depth}", 3.5) + 0.25 * np.tanh(room.side * scene.x * 2)
    return laid_over(scene, image, layer[..., :3] * light[..., None], layer[..., 3], behind)


def _chair(scene: Scene, layer: Float, at: tuple[float, float], s: float) -> None:
    """A rounded back."""
    reach = np.abs((scene.x - at[0]) / (0.24 * s)) ** 3 + np.abs((scene.y - at[1]) / (0.30 * s)) ** 3
    cover = step(1.1, 0.9, reach)[..., None]
    layer += cover * (np.append(0.6 * SCREEN, 1).astype(np.float32) - layer)


def _block(scene: Scene, layer: Float, box: Box, color: Float) -> None:
    paint_rect(scene, layer, box, np.append(color, 1).astype(np.float32))


def _plant(scene: Scene, room: Room) -> Points:
    """Leaves of a potted tree against the wall, some with the window on them."""
    rng, count = scene.rng("plant"), 900
    s = scene.scale(scene.spec.distance_m + 2)
    at = -room.side * rng.uniform(0.22, 0.40) * scene.span[0]
    twig = rng.normal(0, 1, (14, 2)) * (0.20 * s, 0.30 * s)
    pick = rng.integers(0, len(twig), count)
    x, y = (twig[pick] + rng.normal(0, 0.07 * s, (count, 2))).T
    level = scene.spec.texture * 2.2e-5 * rng.lognormal(0, 1.1, (count, 1))
    hue = np.array([0.55, 0.75, 0.36]) * rng.lognormal(0, 0.12, (count, 3))
    return Points.of(at + x, room.y + 0.15 * s + y, level * hue, np.full(count, 2.0))


def _ceiling_lights(scene: Scene, room: Room) -> Points:
    """Rows of downlights that run to the vanishing point, and warm pendants."""
    rng = scene.rng("ceiling")
    rows = [(beside, 1.22, depth) for beside in (-1.3, -0.1, 1.1) for depth in np.arange(1.0, 12.0, 1.4)]
    pendants = [
        (-room.side * rng.uniform(0.3, 1.4), rng.uniform(0.45, 0.7), rng.uniform(1.5, 6)) for _ in range(3)
    ]
    where = np.array(rows + pendants) + rng.normal(0, 0.04, (len(rows) + 3, 3))
    hue = np.where(np.arange(len(where))[:, None] < len(rows), [1.0, 0.88, 0.72], [1.0, 0.64, 0.32])
    hue = hue * rng.lognormal(-0.2, 0.35, (len(where), 1))
    behind = np.maximum(where[:, 2], 0.5) + scene.spec.distance_m
    scale = scene.scale(0) * scene.subject_m / (scene.subject_m + behind)
    light = hue * (0.011 * scale**2 * min(2 * scene.spec.texture, 1))[:, None]
    return Points.of(room.x + where[:, 0] * scale, room.y - where[:, 1] * scale, light, behind)
