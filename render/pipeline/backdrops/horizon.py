"""Open sky, with or without a far line of land or water under it."""

from __future__ import annotations

import numpy as np

from ..contract import Float
from .scene import Points, Scene, laid_over, mix, paint_discs, rgb, step


def sky(scene: Scene) -> Float:
    """Sky from ``color`` (zenith) to ``accent`` (low), clouds of ``light``; ``texture`` is the clouds' contrast."""
    spec = scene.spec
    height = 0.5 + scene.y / scene.span[1] + 0.05 * scene.noise("slope", 0.9)
    image = mix(np.clip(height, 0, 1) ** 1.3 + 0 * scene.x, rgb(spec.color), rgb(spec.accent))
    reach = np.hypot(scene.x - scene.center[0], scene.y - scene.center[1])
    glow = (1 + (reach / 0.5) ** 2) ** -1.2 * spec.falloff
    body = scene.noise("cloud/0", (1.1, 2.2)) + 0.6 * scene.fractal("cloud", 3.0, 5, 0.6)
    cloud = step(-0.2, 1.8, body)
    lit = rgb(spec.light) * (0.55 + 0.45 * step(-1, 1, scene.fractal("cloud/lit", 2.3, 3)) + 0.4 * glow)[..., None]
    image = image + (spec.texture * cloud)[..., None] * (lit * float(np.max(spec.accent)) * 1.3 - image)
    return scene.blur(np.asarray(image + 0.5 * glow[..., None] * rgb(spec.light) * rgb(spec.accent), np.float32), 200.0)


def horizon(scene: Scene) -> Float:
    """The same sky over water and a far shore; ``center`` is the sun's place, the line lies at eye height."""
    spec = scene.spec
    image = sky(scene)
    line = 0.06 * scene.span[1]
    water = 0.55 * mix(step(0, 0.5, scene.y - line + 0 * scene.x), rgb(spec.accent), rgb(spec.color))
    ripples = 1 + 0.18 * scene.noise("ripples", (7, 40)) + 0.15 * scene.noise("swell", (2, 12))
    image = laid_over(scene, image, water * ripples[..., None], step(-0.002, 0.002, scene.y - line + 0 * scene.x), 60.0)
    shore = line - 0.035 - 0.02 * scene.noise("shore", (3, 0.2)) - 0.008 * scene.noise("trees", (16, 0.2))
    cover = step(-0.004, 0.004, scene.y - shore) * step(0.004, -0.004, scene.y - line - 0.004)
    land = np.broadcast_to(0.22 * rgb(spec.color) + 0.05 * rgb(spec.accent), image.shape)
    image = laid_over(scene, image, land, cover * 0.85, 80.0)
    paint_discs(scene, image, _glitter(scene, line))
    return image


def _glitter(scene: Scene, line: float) -> Points:
    """Sun on the water below its place, in discs."""
    rng = scene.rng("glitter")
    count = int(140 * scene.spec.texture)
    y = line + 0.01 + rng.gamma(1.2, 0.12, count)
    x = scene.center[0] + (0.05 + 0.35 * (y - line)) * rng.standard_normal(count)
    light = (0.0008 * rng.lognormal(-0.5, 0.9, count))[:, None] * rgb(scene.spec.light) * rgb(scene.spec.accent)
    behind = scene.spec.distance_m + 2 / np.maximum(y - line, 0.02)
    return Points(*(a.astype(np.float32) for a in (x, y, light, behind)))
