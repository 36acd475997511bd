"""Open sky, with or without a far line of land and water under it."""

from __future__ import annotations

import numpy as np

from render.pipeline.contract import Float

from .layers import Points, laid_over, paint_discs
from .scene import Scene, mix, rgb, step

FAR_M = 300.0


def sky(scene: Scene) -> Float:
    """Sky from ``color`` above to ``accent`` below, clouds under ``light`` from ``center``.

    ``texture`` is how much cloud there is; ``falloff`` the glow round ``center``.
    """
    spec = scene.spec
    height = np.clip(0.5 + scene.y / scene.span[1] + 0.06 * scene.noise("slope", 0.9), 0, 1)
    image = mix(height**1.2, rgb(spec.color), rgb(spec.accent))
    reach = np.hypot(scene.x - scene.center[0], scene.y - scene.center[1])
    glow = spec.falloff * (1 + (reach / 0.55) ** 2) ** -1.3
    image = image + (0.6 * glow)[..., None] * rgb(spec.light) * rgb(spec.accent)

    body = scene.noise("cloud/large", (1.0, 2.0)) + 0.75 * scene.fractal("cloud", 2.6, 5, 0.62)
    cover = step(0.9 - 2.2 * spec.texture, 2.9 - 2.2 * spec.texture, body)
    crown = step(-1.2, 1.4, scene.fractal("cloud/crown", 3.0, 4, 0.6) + 0.5 * body)
    level = float(np.max(spec.accent))
    lit = rgb(spec.light) * level * (1.05 + 0.8 * glow)[..., None]
    shaded = 0.55 * level * rgb(spec.light) * 0.6 + 0.4 * rgb(spec.color)
    cloud = shaded + crown[..., None] * (lit - shaded)
    image = image + (0.85 * cover)[..., None] * (cloud - image)
    return scene.blur(np.asarray(image, np.float32), FAR_M)


def horizon(scene: Scene) -> Float:
    """The same sky over water and a far shore; the sun is at ``center``, the line at eye height."""
    spec = scene.spec
    line = 0.04 * scene.span[1]
    below = scene.y - line
    water = 0.6 * mix(step(0, 0.6, below + 0 * scene.x), rgb(spec.accent), rgb(spec.color))
    ripples = 1 + 0.10 * scene.noise("ripples", (6, 40)) + 0.16 * scene.noise("swell", (1.3, 14))
    path = np.exp(-(((scene.x - scene.center[0]) / (0.10 + 0.35 * np.maximum(below, 0))) ** 2))
    water = water * ripples[..., None] + (0.30 * path)[..., None] * rgb(spec.light) * rgb(spec.accent)
    surface = step(-0.002, 0.002, below + 0 * scene.x)
    image = laid_over(scene, sky(scene), np.asarray(water, np.float32), surface, 60.0)

    crest = 0.025 + 0.022 * scene.noise("shore", (2.2, 0.1)) + 0.006 * scene.noise("trees", (18, 0.1))
    cover = step(-0.003, 0.003, below + np.maximum(crest, 0.003)) * step(0.004, -0.002, below)
    land = 0.30 * rgb(spec.color) + 0.06 * rgb(spec.accent)
    image = laid_over(scene, image, np.broadcast_to(land, image.shape), 0.9 * cover, 80.0)
    paint_discs(scene, image, _glitter(scene, line))
    return image


def _glitter(scene: Scene, line: float) -> Points:
    """Sun on the water below its place; the nearer ripples are blurred less."""
    rng = scene.rng("glitter")
    count = int(360 * scene.spec.texture)
    drop = rng.uniform(0, 1, count) ** 1.6 * 0.5
    x = scene.center[0] + (0.05 + 0.35 * drop) * rng.standard_normal(count)
    light = (
        (0.00035 * rng.lognormal(-0.6, 1.0, count))[:, None] * rgb(scene.spec.light) * rgb(scene.spec.accent)
    )
    behind = scene.spec.distance_m + 2 / (drop + 0.03)
    return Points.of(x, line + 0.004 + drop, light, behind)
