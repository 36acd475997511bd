"""Hand-painted canvas: scrubbed on with wide brushes, broken up with sponge and rag.

The strokes are really laid one over the other, large before small, each covering
what is under it in part. A sum of noise never looks like this: paint has edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from render.pipeline.contract import Float

from .scene import Scene, generator, pool, step

PITCH = 320
"""Pixels per short side on which the strokes are laid; finer paint comes from noise."""


@dataclass(frozen=True)
class Pass:
    """One round with one tool: ``size`` of a mark in short sides, ``length`` over width."""

    marks: int
    size: float
    length: float
    cover: float
    spread: float  # of the paint's value between marks
    ragged: float


PASSES = (
    Pass(70, 0.34, 1.5, 0.60, 0.30, 0.5),
    Pass(260, 0.13, 2.6, 0.42, 0.26, 0.7),
    Pass(300, 0.10, 1.1, 0.30, 0.24, 1.3),
    Pass(420, 0.055, 3.4, 0.30, 0.24, 0.7),
    Pass(260, 0.060, 1.0, 0.24, 0.24, 1.6),
    Pass(60, 0.085, 4.0, 0.40, 0.26, 0.9),
)


def canvas(scene: Scene) -> Float:
    """Painted canvas from ``color`` to ``accent`` under a pool of ``light`` at ``center``.

    ``texture`` is the contrast of the mottling and of the weave; ``falloff`` the pool's.
    """
    spec = scene.spec
    paint = 0.5 + np.float32(0.5 + 1.4 * spec.texture) * (_paint(scene) - 0.5)
    weave = scene.noise("weave/x", (420, 60)) + scene.noise("weave/y", (60, 420))
    cloth = 1 + np.float32(0.022 * spec.texture) * (weave + scene.fractal("grain", 140, 2))
    warm = scene.fractal("undertone", 1.7, 3, 0.6)
    lit = pool(scene) * (1 + 0.02 * scene.noise("hang", (3.0, 0.5)))
    channels = []
    for low, high, light, hue in zip(spec.color, spec.accent, spec.light, (0.035, 0.0, -0.045), strict=True):
        start, slope = np.log(max(low, 1e-5)), np.log(max(high, 1e-5) / max(low, 1e-5))
        pigment = cv2.exp(paint * np.float32(slope) + np.float32(start)) * cloth
        channels.append(scene.blur(pigment) * (lit * np.float32(light) * (1 + np.float32(hue) * warm)))
    return np.asarray(cv2.merge(channels), np.float32)


def _paint(scene: Scene) -> Float:
    """Value of the paint (H, W) around 0.5, strokes and all."""
    field = _strokes(scene.seed, scene.span)
    shrink = scene.pitch < PITCH
    method = cv2.INTER_AREA if shrink else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(field, (scene.width, scene.height), interpolation=method), np.float32)


@lru_cache(maxsize=2)
def _strokes(seed: int, span: tuple[float, float]) -> Float:
    """The same at ``PITCH``, read-only: the canvas of one seed, whatever colors it is painted in."""
    columns, rows = (round(s * PITCH) for s in span)
    rng = generator(seed, "strokes")
    ground = generator(seed, "ground").standard_normal((5, 5)).astype(np.float32) * 0.12 + 0.5
    field: Float = cv2.resize(ground, (columns, rows), interpolation=cv2.INTER_CUBIC)
    for tool in PASSES:
        stamps = [_stamp(rng, tool) for _ in range(8)]
        # Marks are strewn over a square that holds any format, so that all share them.
        where = rng.uniform(-1.1, 1.1, (4 * tool.marks, 2))
        picks = rng.integers(0, len(stamps), len(where))
        values = 0.5 + tool.spread * rng.standard_normal(len(where)).clip(-2, 2)
        covers = tool.cover * rng.uniform(0.35, 1.0, len(where))
        flips = rng.integers(0, 4, len(where))
        margin = tool.size * max(tool.length, 1)
        for k in np.flatnonzero((np.abs(where) < np.array(span) / 2 + margin).all(axis=1)):
            stamp = stamps[picks[k]][:: 1 - 2 * (flips[k] & 1), :: 1 - (flips[k] & 2)]
            x, y = (where[k] + np.array(span) / 2) * PITCH
            _lay(field, stamp, (x, y), values[k], covers[k])
    field.flags.writeable = False
    return field


def _stamp(rng: np.random.Generator, tool: Pass) -> Float:
    """How much one mark covers (S, S): bristles along it, a ragged end, gaps where it ran dry."""
    wide = tool.size * PITCH * rng.uniform(0.7, 1.4)
    long = wide * tool.length
    side = int(np.hypot(wide, long)) | 1
    axis = np.arange(side, dtype=np.float32) - side // 2
    angle = rng.choice([-0.9, 0.75]) + rng.normal(0, 0.45)
    u = (axis[None, :] * np.cos(angle) + axis[:, None] * np.sin(angle)) / long * 2
    v = (axis[:, None] * np.cos(angle) - axis[None, :] * np.sin(angle)) / wide * 2
    v = v + rng.uniform(-0.35, 0.35) * u**2
    rough = cv2.resize(
        rng.standard_normal((9, 9)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC
    )
    fine = cv2.resize(
        rng.standard_normal((24, 24)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC
    )
    hairs = np.interp(v, np.linspace(-1.5, 1.5, 40), rng.standard_normal(40))
    edge = np.sqrt(u**2 + v**2) + 0.16 * tool.ragged * (rough + 0.7 * fine)
    body = 1 - step(0.55, 1.0, edge)
    dry = 1 + 0.30 * tool.ragged * fine + (0.3 * hairs if tool.length > 1.3 else 0)
    return np.asarray(
        body * np.clip(dry, 0, 1.5) * step(0, 0.2, 1 - np.maximum(np.abs(u), np.abs(v)) + 0.1), np.float32
    )


def _lay(field: Float, stamp: Float, at: tuple[float, float], value: float, cover: float) -> None:
    side = stamp.shape[0]
    left, top = int(at[0]) - side // 2, int(at[1]) - side // 2
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + side, field.shape[1]), min(top + side, field.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    part = field[y0:y1, x0:x1]
    part += np.float32(cover) * stamp[y0 - top : y1 - top, x0 - left : x1 - left] * (np.float32(value) - part)
