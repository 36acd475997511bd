"""An old plastered wall: trowel marks and limewash, in light that grazes it."""

from __future__ import annotations

import numpy as np

from render.pipeline.contract import Float

from .scene import Scene, mix, pool, rgb, step


def plaster(scene: Scene) -> Float:
    """Plaster between ``color`` and ``accent`` (limewash, wear), lit by ``light`` from ``center``'s side.

    ``texture`` is the relief; ``falloff`` how fast the light dies across the wall.
    """
    spec = scene.spec
    relief = spec.texture * _shade(scene)
    wash = (
        0.5
        + 0.20 * scene.fractal("wash", 1.7, 5, 0.72)
        + 0.15 * step(0.6, 1.6, scene.fractal("worn", 3.1, 4, 0.7))
    )
    wash = wash - 0.12 * step(0.9, 1.5, scene.fractal("stain", (2.3), 4, 0.75))
    pigment = mix(wash, rgb(spec.color), rgb(spec.accent))
    speck = 1 + 0.02 * scene.fractal("sand", 190, 2, 0.9)
    wall = scene.blur(np.asarray(pigment * (np.maximum(1 + relief, 0.2) * speck)[..., None], np.float32))
    return wall * (rgb(spec.light) * _daylight(scene)[..., None])


def _daylight(scene: Scene) -> Float:
    """Light from the side: a long slope across the wall, not a spot."""
    spec = scene.spec
    cx, cy = scene.center
    side = 1.0 if cx <= 0 else -1.0
    away = ((scene.x - cx) * side * 0.9 + (scene.y - cy) * 0.35) / 1.1
    slope = 1 / (1 + np.exp(3.2 * spec.falloff * (away - 0.15) * 1.6))
    slope = slope / slope.max()
    return np.asarray((0.35 * pool(scene) + 0.65 * slope) * (1 + 0.03 * scene.noise("bend", 1.2)), np.float32)


def _shade(scene: Scene) -> Float:
    """Relief seen by grazing light: slope of the surface toward the lamp, about -0.4..0.4."""
    cx, _ = scene.center
    side = -1.0 if cx <= 0 else 1.0
    # A trowel sweeps in arcs: its marks lie in two directions, and fade in and out.
    first = scene.noise("trowel/a", (5, 26), 24) * step(-0.4, 1, scene.noise("where/a", 2.2))
    second = scene.noise("trowel/b", (6, 30), -37) * step(-0.4, 1, scene.noise("where/b", 2.6))
    pits = np.minimum(scene.fractal("pits", 42, 3, 0.75), 0.6)
    broad = scene.fractal("broad", 3.5, 3, 0.6)
    # Each scale's slope is its value against a neighbor's, shifted toward the lamp.
    surface = 0.30 * (first + second) + 0.25 * pits + 0.5 * broad
    shift = max(round(0.006 * scene.pitch), 1)
    padded = np.pad(surface, ((shift, 0), (shift, shift)), mode="reflect", reflect_type="odd")
    start = shift - round(side * shift)
    beside = padded[: surface.shape[0], start : start + surface.shape[1]]
    smooth = 0.4 + 0.6 * step(-0.9, 0.9, scene.noise("where/smooth", 1.9))
    return np.asarray((0.75 * (surface - beside) + 0.03 * pits) * smooth, np.float32)
