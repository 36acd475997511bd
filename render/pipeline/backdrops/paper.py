"""Studio walls and paper: a sweep of seamless paper, a wall under a gel, a dark room."""

from __future__ import annotations

import numpy as np

from render.pipeline.contract import Float

from .scene import Scene, pool, rgb, step


def seamless(scene: Scene) -> Float:
    """Seamless paper: ``color`` under ``light``, bright at ``center``; ``accent`` tints what the pool leaves.

    The roll hangs with the faintest waves and sweeps toward the camera at the bottom.
    ``texture`` is the paper's tooth.
    """
    spec = scene.spec
    lit = pool(scene)
    spill = 0.10 * step(0.15, 1.0, scene.y / scene.span[1] + 0.5) * spec.falloff  # bounce off the floor
    waves = 1 + 0.012 * scene.noise("waves", (2.2, 0.7)) + 0.006 * scene.noise("hang", (5.0, 0.5))
    tooth = 1 + 0.012 * spec.texture * scene.fractal("tooth", 170, 3, 0.8)
    tint = rgb(spec.accent) / max(float(np.mean(spec.accent)), 1e-4)
    shade = 1 + 0.16 * (tint - 1) * (1 - lit)[..., None]
    paper = rgb(spec.color) * rgb(spec.light) * shade * ((lit + spill * (1 - lit)) * waves)[..., None]
    return _textured(scene, paper, tooth)


def gel(scene: Scene) -> Float:
    """A painted wall: ``color`` is what the room leaves on it, ``accent`` x ``light`` the gelled lamp's pool.

    The pool is a real lamp's: a hot middle, a wide skirt, and it grazes the wall from
    one side. ``texture`` is the roller's stipple.
    """
    spec = scene.spec
    core = pool(scene, 0.34 / max(spec.falloff, 0.05))
    skirt = pool(scene, 0.95 / max(spec.falloff, 0.05))
    lamp = rgb(spec.accent) * rgb(spec.light)
    hot = lamp + 0.07 * float(lamp.max()) * core[..., None] ** 2  # no gel is pure where it is bright
    room = 1 - 0.35 * step(0.0, 1.0, np.abs(scene.x - scene.center[0]) + 0 * scene.y)
    wall = hot * (0.72 * core + 0.28 * skirt**2)[..., None] + rgb(spec.color) * room[..., None]
    stipple = 1 + 0.02 * spec.texture * (scene.fractal("stipple", 110, 3, 0.8) + scene.noise("patches", 6))
    return _textured(scene, wall, stipple)


def dark_room(scene: Scene) -> Float:
    """Near black: ``color`` is the room's own light, ``accent`` x ``light`` a glow behind the shoulder.

    ``center`` is the glow's; ``falloff`` how tight it is; ``texture`` shows a trace of
    the room, a door's jamb and the line of a wall.
    """
    spec = scene.spec
    glow = pool(scene, 0.42 / max(spec.falloff, 0.05)) ** 1.5
    wall = 1 + 0.10 * scene.noise("wall", 1.6) + 0.05 * scene.noise("wall/fine", 5)
    rng = scene.rng("jamb")
    edge = -np.sign(scene.center[0] or 1) * rng.uniform(0.22, 0.4) * scene.span[0]
    beyond = step(-0.004, 0.004, (scene.x - edge) * np.sign(edge) + 0 * scene.y)
    trace = 1 - 0.45 * spec.texture * beyond + 0.5 * spec.texture * _bar(scene, edge, 0.045)
    fade = 1 - 0.4 * step(-0.5, 0.5, scene.y / scene.span[1] + 0 * scene.x)
    room = rgb(spec.color) * (wall * trace * fade)[..., None]
    lamp = rgb(spec.accent) * rgb(spec.light)
    return scene.blur(np.maximum(room + lamp * (glow * np.sqrt(np.maximum(wall * trace, 0)))[..., None], 0))


def _bar(scene: Scene, at: float, width: float) -> Float:
    return np.asarray(np.abs(scene.x - at) < width / 2, np.float32) * np.ones_like(scene.y)


def _textured(scene: Scene, smooth: Float, relief: Float) -> Float:
    """What is smooth needs no blurring; only its texture goes through the lens."""
    unsharp = np.maximum(scene.blur(relief), 0)
    return np.asarray(smooth * unsharp[..., None], np.float32)
