"""Outdoors behind the sitter: a garden in open light, and low sun through trees.

Layers by depth, each blurred by its own disc and laid over the farther one. Leaves
that catch the sun and gaps of sky are points, so the lens turns them into discs.
"""

from __future__ import annotations

import numpy as np

from render.pipeline.contract import Float

from .layers import Points, laid_over, paint_discs, scatter
from .scene import Scene, mix, rgb, step

LEAF = 0.014
"""A leaf's own size in short sides, which is left of its disc when the lens is stopped down."""


def garden(scene: Scene) -> Float:
    """Open garden: leaves of ``color``, sunlit leaves of ``accent``, sky and glints of ``light``.

    ``center`` is the opening toward the sky; ``falloff`` how dark the trees around it
    are; ``texture`` how many highlights, which under 0.5 are fainter; ``distance_m`` the nearest bush.
    """
    spec, near = scene.spec, scene.spec.distance_m
    far, middle = 10 + 5 * near, 3 + 2.2 * near
    leaf, sunny, sky = rgb(spec.color), rgb(spec.accent), rgb(spec.light)
    few = min(2 * spec.texture, 1)

    opening = np.exp(-(((scene.x - scene.center[0]) / 0.5) ** 2) - ((scene.y - scene.center[1]) / 0.45) ** 2)
    haze = 0.30 * sky * (0.35 + 0.9 * opening)[..., None] + 0.5 * sunny
    woods = mix(
        0.3 + 0.45 * opening + 0.2 * scene.fractal("woods", 2.2, 4, 0.7), leaf * 0.8, 0.5 * sunny + 0.12 * sky
    )
    gaps = step(-0.1, 1.0, scene.fractal("gaps", 3.0, 5, 0.9) + 1.8 * opening - 1.0)
    image = scene.blur(woods + gaps[..., None] * haze, far)
    image += scene.blur(
        scatter(scene, _leaves(scene, "far", 4000, few * (0.6 * sunny + 0.2 * sky), far, 1.1)), far
    )

    image = _lawn(scene, image, 0.5 * leaf + 0.6 * sunny, middle)
    shade = 1 - 0.65 * spec.falloff
    image = _bush(scene, image, "trees", middle, (leaf * shade * 0.75, sunny * 0.55), 0.15 - 1.6 * opening)
    image = _bush(
        scene,
        image,
        "hedge",
        near,
        (leaf * shade * 0.5, sunny * 0.45),
        -0.75 - 1.3 * opening + 0.9 * np.abs(scene.x),
    )

    glints = int(80 + 560 * spec.texture)
    discs = _leaves(scene, "glints", glints, few * (0.3 * sky + 1.0 * sunny), middle, 1.0, 2.1)
    discs = _backlit(scene, discs, 0.18)
    discs += _sky_gaps(scene, int(20 + 120 * spec.texture), few * 0.6 * (sky + sunny), far)
    paint_discs(scene, image, discs, size=LEAF)
    return image


def golden(scene: Scene) -> Float:
    """Low sun through trees.

    ``light`` is the sun's color at ``center``, ``accent`` the lit leaves, ``color`` the shade;
    ``falloff`` draws the glow together; ``texture`` is the number of discs, which under 0.5 are fainter.
    """
    spec, near = scene.spec, scene.spec.distance_m
    far, middle = 12 + 6 * near, 4 + 2.5 * near
    leaf, lit, sun = rgb(spec.color), rgb(spec.accent), rgb(spec.light)
    few = min(2 * spec.texture, 1)

    reach = np.hypot(scene.x - scene.center[0], (scene.y - scene.center[1]) * 1.15)
    glow = (1 + (reach / (0.42 - 0.22 * spec.falloff)) ** 2) ** -1.1
    woods = mix(0.3 + 0.5 * glow + 0.25 * scene.fractal("woods", 2.0, 4, 0.7), leaf * 1.2, lit * 0.9)
    gaps = step(-0.2, 1.3, scene.fractal("gaps", 3.0, 5, 0.85) + 2.4 * glow - 0.6)
    image = scene.blur(woods + (gaps * (0.18 + 1.05 * glow))[..., None] * sun, far)
    image += scene.blur(
        scatter(scene, _leaves(scene, "far", 4000, few * (0.6 * lit + 0.3 * sun), far, 1.2)), far
    )

    image = _lawn(scene, image, 0.35 * leaf + 0.75 * lit, middle)
    image = _trunks(scene, image, leaf * 0.35, middle)
    image = _bush(scene, image, "trees", middle, (leaf * 0.5, lit * 0.6), -0.1 - 2.2 * glow)
    image = _bush(
        scene, image, "hedge", near, (leaf * 0.3, lit * 0.35), -1.0 - 1.4 * glow + 0.9 * np.abs(scene.x)
    )

    count = int(80 + 520 * spec.texture)
    discs = _leaves(scene, "glints", count, few * 0.6 * (sun + lit), middle, 1.1, 3.0)
    paint_discs(scene, image, _backlit(scene, discs), size=LEAF)
    image += (0.10 * glow + 0.025)[..., None] * sun  # the sun veils the lens
    return image


def _leaves(
    scene: Scene, name: str, count: int, color: Float, behind_m: float, spread: float, power: float = 1.0
) -> Points:
    """Points in boughs: clusters of clusters, brightness with a long tail, no two hues alike."""
    rng = scene.rng(name)
    boughs = rng.uniform(-1.0, 1.0, (26, 2)) * (1.0, 0.9) * spread
    pick = rng.integers(0, len(boughs), count)
    size = rng.uniform(0.03, 0.22, len(boughs))[pick, None] * rng.gamma(1.5, 0.6, (count, 1))
    x, y = (boughs[pick] + size * rng.standard_normal((count, 2)) * (1.3, 0.7)).T
    depth = behind_m * rng.uniform(0.3, 1.6, len(boughs))[pick] * rng.lognormal(0, 0.25, count)
    level = power * 0.00045 * rng.lognormal(-0.8, 1.25, count)
    # Leaves run from yellow to green, not through every color.
    tint = np.exp(rng.normal(0, 0.16, (count, 1)) * (1.0, 0.1, -1.0) + rng.normal(0, 0.04, (count, 3)))
    light = level[:, None] * tint * color
    return Points.of(x, y, light, depth)


def _sky_gaps(scene: Scene, count: int, sky: Float, behind_m: float) -> Points:
    """Sky between the leaves: whitish discs, gathered round the opening and above."""
    rng = scene.rng("sky gaps")
    cx, cy = scene.center
    x = cx + 0.42 * rng.standard_normal(count)
    y = cy - 0.15 + 0.28 * rng.standard_normal(count)
    light = (0.0007 * rng.lognormal(-0.5, 0.9, count))[:, None] * sky
    depth = behind_m * rng.uniform(0.3, 1.4, count)
    return Points.of(x, y, light, depth)


def _backlit(scene: Scene, points: Points, shade: float = 0.25) -> Points:
    """The same points, brighter toward the sun, as leaves that it shines through are."""
    reach = np.hypot(points.x - scene.center[0], points.y - scene.center[1])
    gain = shade + 1.4 * np.exp(-((reach / 0.45) ** 2))
    return Points(points.x, points.y, points.light * gain[:, None].astype(np.float32), points.behind_m)


def _bush(
    scene: Scene, image: Float, name: str, behind_m: float, colors: tuple[Float, Float], bias: Float | float
) -> Float:
    """Lay a mass of leaves over ``image``; ``bias`` says where it stands (> 0 likely)."""
    mass = scene.fractal(f"{name}/mass", 1.8, 6, 0.85)
    cover = step(-0.35, 0.45, mass + bias)
    lit = 0.5 + 0.28 * scene.fractal(f"{name}/lit", 3.2, 4, 0.85) + 0.12 * scene.noise(f"{name}/leaf", 45)
    return laid_over(scene, image, mix(lit, *colors), cover, behind_m)


def _lawn(scene: Scene, image: Float, color: Float, behind_m: float) -> Float:
    """Ground at the bottom, in bands of sun and shade."""
    edge = 0.36 * scene.span[1] + 0.02 * scene.noise("lawn/edge", (3, 1))
    cover = step(-0.03, 0.05, scene.y - edge)
    bands = mix(0.5 + 0.35 * scene.noise("lawn/bands", (1.6, 6)), color * 0.45, color)
    return laid_over(scene, image, bands, cover, behind_m)


def _trunks(scene: Scene, image: Float, bark: Float, behind_m: float) -> Float:
    rng = scene.rng("trunks")
    cover = np.zeros((scene.height, scene.width), np.float32)
    for _ in range(5):
        at, wide, lean = rng.uniform(-0.9, 0.9), rng.uniform(0.015, 0.06), rng.uniform(-0.12, 0.12)
        middle = at + lean * scene.y + 0.02 * np.sin(5 * scene.y + rng.uniform(0, 6))
        body = np.clip((wide - np.abs(scene.x - middle)) * scene.pitch + 0.5, 0, 1)
        cover = np.maximum(cover, body * rng.uniform(0.5, 0.95))
    return laid_over(scene, image, np.broadcast_to(bark, (*cover.shape, 3)), cover, behind_m)
