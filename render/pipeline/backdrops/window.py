"""A wall beside a window, drawn in meters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.pipeline.contract import Float

from .layers import laid_over, paint_rect
from .scene import Scene, rgb, step

HALF_WIDTH_M = 0.55
HALF_HEIGHT_M = 0.90
BAR_M = 0.05
FRAME_M = 0.09


@dataclass(frozen=True)
class Opening:
    """The window: its middle, its edge toward the wall we see, and which way that wall lies."""

    x: float
    y: float
    edge: float
    side: float
    scale: float


def window(scene: Scene) -> Float:
    """A wall in daylight: wall of ``color``, curtain and frame of ``accent``, daylight of ``light``.

    ``center`` is the middle of the window, which may lie outside the frame; ``falloff``
    how fast the daylight dies along the wall; ``texture`` the wall's plaster and the
    curtain's folds.
    """
    scale = scene.scale(scene.spec.distance_m)
    x, y = scene.center
    side = -1.0 if x > 0 else 1.0
    opening = Opening(x, y, x + side * HALF_WIDTH_M * scale, side, scale)
    image = _wall(scene, opening)
    _glaze(scene, image, opening)
    image = _curtain(scene, scene.blur(image), opening)
    veil = 0.03 * np.exp(-_away(scene, opening) / 0.3)  # so bright a thing veils its neighborhood
    return np.asarray(image + veil[..., None] * rgb(scene.spec.light), np.float32)


def _away(scene: Scene, opening: Opening) -> Float:
    """Meters from the window's edge along the wall (H, W)."""
    meters = np.maximum((scene.x - opening.edge) * opening.side, 0) / opening.scale
    return np.asarray(meters + 0 * scene.y, np.float32)


def _wall(scene: Scene, opening: Opening) -> Float:
    """Light that leaves the reveal grazes the wall and dies with the square of the way."""
    spec = scene.spec
    drop = ((scene.y - opening.y) / opening.scale) ** 2
    reach = (0.25 + 2.2 * spec.falloff) ** 2 / 1.2
    graze = (1 + ((_away(scene, opening) + 0.25) ** 2 + 0.35 * drop) * reach) ** -1.25
    graze = graze * (1 + 0.05 * scene.noise("wall", 1.6))
    relief = 1 + spec.texture * (
        0.02 * scene.fractal("plaster", 60, 3, 0.8) + 0.02 * scene.noise("patches", 5)
    )
    return np.asarray(
        rgb(spec.color) * rgb(spec.light) * ((0.12 + 0.88 * graze) * relief)[..., None], np.float32
    )


def _glaze(scene: Scene, image: Float, opening: Opening) -> None:
    """Frame, panes and bars, and what is outside them, far out of focus."""
    scale, spec = opening.scale, scene.spec
    half_w, half_h = HALF_WIDTH_M * scale, HALF_HEIGHT_M * scale
    frame = FRAME_M * scale
    outer = (opening.x - half_w, opening.y - half_h, opening.x + half_w, opening.y + half_h)
    inner = (outer[0] + frame, outer[1] + frame, outer[2] - frame, outer[3] - frame)
    wood = rgb(spec.accent) * rgb(spec.light)
    paint_rect(scene, image, outer, 0.55 * wood)
    paint_rect(
        scene, image, (outer[0] - frame, outer[3], outer[2] + frame, outer[3] + 0.5 * frame), 1.0 * wood
    )
    pane = np.zeros((scene.height, scene.width), np.float32)
    paint_rect(scene, pane, inner, 1.0)
    bar = BAR_M / 2 * scale
    paint_rect(scene, pane, (opening.x - bar, inner[1], opening.x + bar, inner[3]), 0.0)
    for third in (1 / 3, 2 / 3):
        at = inner[1] + third * (inner[3] - inner[1])
        paint_rect(scene, pane, (inner[0], at - 0.7 * bar, inner[2], at + 0.7 * bar), 0.0)
    image += pane[..., None] * (scene.blur(_outside(scene, opening), spec.distance_m + 15) - image)


def _outside(scene: Scene, opening: Opening) -> Float:
    """Bright overcast above, trees and a roof below."""
    light = rgb(scene.spec.light)
    leaves = np.array([0.50, 0.58, 0.40], np.float32) * light
    rise = 0.14 * scene.fractal("outside", 3, 4, 0.7)
    low = step(-0.25, 0.45, scene.y - opening.y + rise)[..., None]
    shade = 1 + 0.25 * scene.fractal("trees", 5, 3)[..., None]
    return np.asarray(1.7 * light * (1 - low) + leaves * np.maximum(shade, 0.2) * low, np.float32)


def _curtain(scene: Scene, image: Float, opening: Opening) -> Float:
    """Linen drawn half aside: lit through over the pane, in its own shade over the wall."""
    scale, texture = opening.scale, scene.spec.texture
    across = (scene.x - opening.edge) * opening.side / scale
    flare = 0.012 * (scene.y - opening.y) / scale  # it widens a little toward the hem
    pleat = 13.0 / scale
    folds = scene.noise("curtain/folds", (pleat, 0.35)) + 0.5 * scene.noise(
        "curtain/fine", (2.4 * pleat, 0.5)
    )
    edge = 0.006 * folds
    cover = step(-0.285, -0.265, across + flare + edge) * (1 - step(0.10, 0.12, across - flare + edge))
    through = 0.46 + 0.50 * step(0.03, -0.10, across + 0.01 * folds)
    lit = (
        through * np.exp(1.1 * texture * (np.tanh(folds) - 0.3)) * (1 + 0.02 * scene.noise("linen", (90, 30)))
    )
    cloth = 1.25 * rgb(scene.spec.accent) * rgb(scene.spec.light) * lit[..., None]
    return laid_over(scene, image, np.asarray(cloth, np.float32), 0.94 * cover, scene.spec.distance_m * 0.9)
