"""A street at night, far out of focus: every lamp a disc, at true depths and in true places."""

from __future__ import annotations

import numpy as np

from render.pipeline.contract import Double, Float

from .layers import Points, paint_discs, paint_rect, scatter
from .scene import Scene, rgb, step

EYE_M = 1.6
SODIUM = (1.0, 0.56, 0.18)
TUNGSTEN = (1.0, 0.68, 0.36)
LED = (0.85, 0.93, 1.0)
TAIL = (1.0, 0.07, 0.03)
GREEN = (0.12, 0.95, 0.55)
BLUE = (0.15, 0.35, 1.0)
MAGENTA = (1.0, 0.16, 0.5)


def city(scene: Scene) -> Float:
    """Night street: ``color`` is the dusk that is left, ``light`` filters the lamps, ``accent`` the signs.

    ``center`` is the end of the street; ``texture`` the number of lamps; ``falloff``
    how dark the walls are; ``distance_m`` where the street begins.
    """
    spec = scene.spec
    image = scene.blur(_street(scene), spec.distance_m + 25)
    lamps, weak = _lamps(scene)
    image += scene.blur(scatter(scene, weak), spec.distance_m + 30)
    paint_discs(scene, image, lamps, vignetting=0.7)
    return image


def _street(scene: Scene) -> Float:
    """Sky, walls, glowing shop fronts and wet road, before the lens."""
    spec = scene.spec
    dusk, sign = rgb(spec.color), rgb(spec.accent)
    cx, cy = scene.center
    reach = np.hypot(scene.x - cx, (scene.y - cy) * 1.3)
    haze = np.exp(-((reach / 0.35) ** 2))
    image = dusk * (0.7 + 0.9 * haze)[..., None] + 0.05 * haze[..., None] * rgb(TUNGSTEN) * rgb(spec.light)
    # Walls to both sides leave a wedge of sky that closes toward the street's end.
    wall = step(0.0, 0.05, np.abs(scene.x - cx) - 0.10 - 0.35 * np.maximum(cy - scene.y, 0))
    dark = 1 - spec.falloff * 0.7
    image = image * (1 - wall[..., None]) + wall[..., None] * dusk * dark * 0.7
    road = step(-0.01, 0.03, scene.y - cy - 0.12)
    wet = (
        dusk * (0.5 + 0.5 * haze[..., None])
        + 0.02 * rgb(TUNGSTEN) * (1 + scene.noise("wet", (9, 1.6)))[..., None] ** 2
    )
    image = np.asarray(image * (1 - road[..., None]) + road[..., None] * wet, np.float32)
    rng = scene.rng("shops")
    for _ in range(11):
        side = rng.choice([-1, 1])
        x = cx + side * rng.uniform(0.14, 0.75)
        wide, tall = rng.uniform(0.04, 0.16), rng.uniform(0.04, 0.11)
        bottom = cy + rng.uniform(0.02, 0.10)
        hue = (rgb(TUNGSTEN), rgb(LED), 3 * sign)[rng.choice(3, p=[0.6, 0.2, 0.2])]
        paint_rect(
            scene, image, (x, bottom - tall, x + wide, bottom), hue * rgb(spec.light) * rng.uniform(0.15, 0.8)
        )
    return image


def _lamps(scene: Scene) -> tuple[Points, Points]:
    """The lamps that are drawn one by one, and the many weak ones."""
    rng = scene.rng("lamps")
    amount = 0.4 + 1.2 * scene.spec.texture
    rows = [
        _row(rng, int(16 * amount), (3.5, 7), (4.0, 6.0), (4, 90), (SODIUM, LED), 2.2),  # street lamps
        _row(rng, int(14 * amount), (0.5, 3.0), (-1.0, -0.6), (6, 70), (LED, TUNGSTEN), 1.6),  # headlights
        _row(rng, int(16 * amount), (0.5, 3.0), (-0.9, -0.5), (3, 60), (TAIL,), 0.9),
        _row(rng, int(6 * amount), (2.0, 5.0), (1.5, 3.5), (8, 60), (GREEN, TAIL, SODIUM), 1.1),  # signals
        _row(
            rng, int(18 * amount), (3.0, 7.0), (-0.5, 4.0), (2, 40), (MAGENTA, BLUE, TUNGSTEN, GREEN), 0.5
        ),  # signs
        _row(
            rng, int(46 * amount), (3.5, 9.0), (0.0, 12.0), (6, 70), (TUNGSTEN, TUNGSTEN, LED, SODIUM), 0.35
        ),  # windows
    ]
    strong = _project(scene, np.vstack(rows))
    weak = _row(
        rng, int(420 * amount), (1.0, 10.0), (-1.2, 14.0), (10, 110), (TUNGSTEN, SODIUM, LED, TUNGSTEN), 0.09
    )
    faint = _project(scene, weak)
    mirrored = _reflections(scene, rng, strong)
    faint = Points(
        *(np.concatenate([getattr(faint, k), getattr(mirrored, k)]) for k in ("x", "y", "light", "behind_m"))
    )
    return strong, faint


def _row(
    rng: np.random.Generator,
    count: int,
    beside: tuple[float, float],
    above: tuple[float, float],
    away: tuple[float, float],
    hues: tuple[tuple[float, float, float], ...],
    power: float,
) -> Double:
    """(N, 6): meters beside, above the eye, away; color. Lamps stand in groups along the street."""
    side = rng.choice([-1.0, 1.0], count)
    z = away[0] * (away[1] / away[0]) ** rng.uniform(0, 1, count)
    z = z * rng.uniform(0.95, 1.05, count)
    position = np.stack([side * rng.uniform(*beside, count), rng.uniform(*above, count), z], axis=1)
    hue = np.array(hues)[rng.integers(0, len(hues), count)] ** rng.uniform(0.65, 1.2, (count, 1))
    level = power * rng.lognormal(-0.3, 0.75, count)
    return np.hstack([position, hue * level[:, None]])


def _project(scene: Scene, rows: Double) -> Points:
    """Meters to the picture. A lamp's disc keeps its brightness over distance squared."""
    behind = rows[:, 2] + scene.spec.distance_m
    scale = scene.lens.focal_length_mm / 24 / (scene.subject_m + behind)
    x = scene.center[0] + rows[:, 0] * scale
    y = scene.center[1] - rows[:, 1] * scale
    light = rows[:, 3:] * rgb(scene.spec.light) * (0.055 * np.minimum(scale, 0.35) ** 1.1)[:, None] * 0.36
    return Points.of(x, y, light, behind)


def _reflections(scene: Scene, rng: np.random.Generator, lamps: Points) -> Points:
    """On the wet road every lamp stands on its head, drawn out downward and broken."""
    pieces = 14
    keep = np.repeat(np.arange(len(lamps.x)), pieces)
    ground = EYE_M * scene.lens.focal_length_mm / 24 / (scene.subject_m + lamps.behind_m)
    foot = scene.center[1] + ground
    y = foot[keep] + rng.gamma(1.6, 0.10, len(keep))
    x = lamps.x[keep] + 0.006 * rng.standard_normal(len(keep))
    light = lamps.light[keep] * (0.16 / pieces * rng.uniform(0.2, 1.8, (len(keep), 1)))
    return Points.of(x, y, light, lamps.behind_m[keep])
