"""Rooms: a wall beside a window, a glass office, a wall of books. Drawn in meters."""

from __future__ import annotations

import numpy as np

from ..contract import Float
from .scene import Points, Scene, laid_over, mix, paint_discs, paint_rect, rgb, scatter, step


def window(scene: Scene) -> Float:
    """A wall in daylight: wall of ``color``, curtain and reveal of ``accent``, daylight of ``light``.

    ``center`` is the middle of the window, which may lie outside the frame; ``falloff``
    how fast the daylight dies along the wall; ``texture`` the wall's and the curtain's.
    """
    spec, behind = scene.spec, scene.spec.distance_m
    scale = scene.scale(behind)
    cx, cy = scene.center
    half_w, half_h = 0.52 * scale, 0.85 * scale
    side = -1.0 if cx > 0 else 1.0  # toward the wall we see
    edge = cx + side * half_w

    away = np.maximum((scene.x - edge) * side, 0) / scale + 0 * scene.y
    drop = ((scene.y - cy) / scale) ** 2
    graze = (1 + ((away + 0.25) ** 2 + 0.35 * drop) * (0.25 + 2.2 * spec.falloff) ** 2 / 1.2) ** -1.25
    graze = graze * (1 + 0.03 * scene.noise("wall", 1.8))
    relief = 1 + spec.texture * (0.02 * scene.fractal("plaster", 60, 3, 0.8) + 0.02 * scene.noise("patches", 5))
    wall = rgb(spec.color) * rgb(spec.light) * ((0.12 + 0.88 * graze) * relief)[..., None]
    image = np.ascontiguousarray(wall, np.float32)

    reveal = 0.12 * scale
    left, right = sorted((edge, cx - side * half_w))
    box = (left, cy - half_h, right, cy + half_h)
    grow = (box[0] - reveal * 0.5, box[1] - reveal * 0.5, box[2] + reveal * 0.5, box[3] + reveal * 0.7)
    paint_rect(scene, image, grow, 0.75 * rgb(spec.accent) * rgb(spec.light))
    outside = scene.blur(_outside(scene), behind + 15)
    pane = np.zeros((scene.height, scene.width), np.float32)
    paint_rect(scene, pane, box, np.float32(1))
    for bar in (-0.0, 1.0):
        paint_rect(scene, pane, (cx + bar * half_w - 0.02 * scale, box[1], cx + bar * half_w + 0.02 * scale, box[3]), np.float32(0))
    for third in (1 / 3, 2 / 3):
        at = box[1] + third * (box[3] - box[1])
        paint_rect(scene, pane, (box[0], at - 0.014 * scale, box[2], at + 0.014 * scale), np.float32(0))
    image += pane[..., None] * (outside - image)
    image = scene.blur(image)
    image = _curtain(scene, image, edge, side, scale)
    near = np.exp(-away / 0.25)
    return image + 0.03 * near[..., None] * rgb(spec.light)  # so bright a thing veils its neighborhood


def _outside(scene: Scene) -> Float:
    sky = rgb(scene.spec.light) * 2.6
    leaves = np.array([0.5, 0.62, 0.36], np.float32) * rgb(scene.spec.light)
    height = step(-0.3, 0.5, scene.y - scene.center[1] + 0.12 * scene.fractal("outside", 4, 3))
    return sky * (1 - height[..., None]) + leaves * height[..., None]


def _curtain(scene: Scene, image: Float, edge: float, side: float, scale: float) -> Float:
    """Linen beside the pane, lit through: vertical folds that widen toward the hem."""
    across = (scene.x - edge) * side / scale
    sway = across + 0.05 * scene.noise("curtain/sway", (0.7, 0.9)) - 0.05 * scene.y / scale * across
    cover = step(-0.26, -0.22, sway) * (1 - step(0.07, 0.10, sway + 0.02 * scene.noise("curtain/edge", (2, 5))))
    folds = scene.noise("curtain/folds", (26, 0.6)) + 0.6 * scene.noise("curtain/fine", (60, 0.8))
    through = 0.30 + 0.75 * step(0.02, -0.2, across) if side else 0
    lit = np.maximum(through * (1 + 0.25 * scene.spec.texture * 2 * np.tanh(folds)), 0.05)
    cloth = rgb(scene.spec.accent) * rgb(scene.spec.light) * lit[..., None] * 1.6
    return laid_over(scene, image, cloth, cover * 0.93, scene.spec.distance_m * 0.9)


def office(scene: Scene) -> Float:
    """Glass office: ``color`` is walls and ceiling, ``accent`` the wood, ``light`` the daylight.

    ``center`` is the vanishing point, at eye height; the glazing is on its side of the
    room. ``texture`` is how much stands about; ``falloff`` how dark the room is against
    the windows.
    """
    spec = scene.spec
    side = 1.0 if scene.center[0] >= 0 else -1.0
    room = _shell(scene, side)
    image = scene.blur(room, spec.distance_m + 5)
    image = _furniture(scene, image, side)
    paint_discs(scene, image, _ceiling_lights(scene, side), size=0.01, vignetting=0.5)
    return image


def _shell(scene: Scene, side: float) -> Float:
    """Glazing with its mullions and what is outside, back wall, ceiling and floor."""
    spec = scene.spec
    day, wall, wood = rgb(spec.light), rgb(spec.color), rgb(spec.accent)
    scale = scene.scale(spec.distance_m + 6)
    vx, vy = scene.center
    dim = 1 - 0.6 * spec.falloff
    ceiling, floor = vy - 1.25 * scale, vy + 1.45 * scale
    corner = vx - side * 0.10

    height = step(-0.28, 0.30, scene.y - vy + 0.10 * scene.fractal("skyline", (5.0), 3, 0.7))
    town = mix(0.5 + 0.3 * scene.noise("town", (14, 5)), 0.28 * day, 0.75 * day)
    image = np.asarray(1.55 * day * (1 - height[..., None]) + town * height[..., None], np.float32)
    image *= 1 + 0.15 * scene.noise("outside", 1.5)[..., None]
    for k in range(-1, 7):
        at = corner + side * k * 1.15 * scale * (1 + 0.06 * k)
        paint_rect(scene, image, (at - 0.035 * scale, -9, at + 0.035 * scale, 9), 0.16 * wall)
    paint_rect(scene, image, (-9, vy - 0.65 * scale, 9, vy - 0.60 * scale), 0.2 * wall)

    far = (corner, -9, -9 * side, 9)
    box = (min(far[0], far[2]), -9.0, max(far[0], far[2]), 9.0)
    inner = np.asarray(wall * dim * (0.55 + 0.35 * np.exp(-np.abs(scene.x - corner) / 0.35) + 0 * scene.y)[..., None], np.float32)
    for k, wide in ((0.4, 0.9), (2.1, 0.8)):
        a, b = corner - side * k * scale, corner - side * (k + wide) * scale
        paint_rect(scene, inner, (min(a, b), vy - 0.75 * scale, max(a, b), floor), wood * dim * (0.8 if k < 1 else 0.5))
    left, right = (round((v + scene.span[0] / 2) * scene.pitch) for v in (box[0], box[2]))
    columns = slice(max(left, 0), max(min(right, scene.width), 0))
    image[:, columns] = inner[:, columns]
    slope = 0.05 * np.abs(scene.x - corner)
    above = step(0.004, -0.004, scene.y - ceiling + slope)
    below = step(-0.004, 0.004, scene.y - floor - slope)
    bounce = 0.30 + 0.5 * np.exp(-np.abs(scene.x - vx - side * 0.3) / 0.5)
    image = image * (1 - above[..., None]) + (above * bounce)[..., None] * wall * dim
    shine = 0.25 + 0.55 * np.exp(-(((scene.x - vx - side * 0.25) / 0.3) ** 2))
    return np.asarray(image * (1 - below[..., None]) + (below * shine)[..., None] * (0.5 * wood + 0.3 * day) * dim, np.float32)


def _furniture(scene: Scene, image: Float, side: float) -> Float:
    """Desks, screens, chairs and a plant at three depths, the far ones first."""
    spec = scene.spec
    rng = scene.rng("furniture")
    vx, vy = scene.center
    for depth in (4.5, 2.5, 1.0):
        behind = spec.distance_m + depth
        scale = scene.scale(behind)
        layer = np.zeros((scene.height, scene.width, 4), np.float32)
        for _ in range(round(1 + 3 * spec.texture)):
            x = rng.uniform(-0.7, 0.7)
            top = vy + (0.62 + rng.uniform(0, 0.08)) * scale
            shade = rng.uniform(0.25, 0.6)
            _block(scene, layer, (x, top, x + 1.5 * scale, top + 0.04 * scale), rgb(spec.color) * shade * 1.6)
            _block(scene, layer, (x + 0.05 * scale, top + 0.04 * scale, x + 1.45 * scale, top + 0.7 * scale), rgb(spec.accent) * shade * 0.4)
            _block(scene, layer, (x + 0.3 * scale, top - 0.42 * scale, x + 0.9 * scale, top - 0.08 * scale), np.array([0.05, 0.055, 0.06], np.float32))
            if rng.random() < 0.5:
                _block(scene, layer, (x + 0.32 * scale, top - 0.40 * scale, x + 0.88 * scale, top - 0.1 * scale), np.array([0.30, 0.38, 0.48], np.float32))
        image = laid_over(scene, image, layer[..., :3], layer[..., 3], behind)
    plant = rng.uniform(0.25, 0.42) * -side
    count = 700
    x = plant * scene.span[0] + 0.07 * rng.standard_normal(count)
    y = vy + 0.16 + 0.11 * rng.standard_normal(count)
    light = 0.0001 * rng.lognormal(0, 0.8, (count, 1)) * np.array([0.10, 0.17, 0.06])
    leaves = Points(*(a.astype(np.float32) for a in (x, y, light, np.full(count, 3.0))))
    return image + 4 * spec.texture * scene.blur(scatter(scene, leaves), spec.distance_m + 2)


def _block(scene: Scene, layer: Float, box: tuple[float, float, float, float], color: Float) -> None:
    paint_rect(scene, layer, box, np.append(color, 1).astype(np.float32))


def _ceiling_lights(scene: Scene, side: float) -> Points:
    """Rows of downlights that run to the vanishing point, and two warm pendants."""
    rng = scene.rng("ceiling")
    vx, vy = scene.center
    places, hues = [], []
    for beside in (-1.3, -0.1, 1.1):
        for depth in np.arange(1.0, 12.0, 1.4):
            places.append((beside, 1.22, depth + rng.uniform(-0.1, 0.1)))
            hues.append(np.array([1.0, 0.90, 0.76]) * rng.lognormal(0, 0.25))
    for _ in range(3):
        places.append((-side * rng.uniform(0.3, 1.4), rng.uniform(0.45, 0.7), rng.uniform(1.5, 6)))
        hues.append(np.array([1.0, 0.66, 0.34]) * rng.uniform(0.7, 1.3))
    where = np.array(places)
    behind = where[:, 2] + scene.spec.distance_m
    scale = scene.lens.focal_length_mm / 24 / (scene.subject_m + behind)
    x, y = vx + where[:, 0] * scale, vy - where[:, 1] * scale
    light = np.array(hues) * (0.012 * scale**2)[:, None]
    return Points(*(a.astype(np.float32) for a in (x, y, light, behind)))
