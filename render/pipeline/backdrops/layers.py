"""Things set into a backdrop: rectangles, bright points, and layers at their own depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from render.pipeline.contract import Float
from render.pipeline.optics import aperture

from .scene import Scene


def paint_rect(
    scene: Scene,
    image: Float,
    box: tuple[float, float, float, float],
    color: Float | float,
    alpha: float = 1.0,
) -> None:
    """Fill ``box`` (left, top, right, bottom, short sides) in place; edges cover pixels partly."""
    pitch = scene.pitch
    left, right = ((v + scene.span[0] / 2) * pitch for v in (box[0], box[2]))
    top, bottom = ((v + scene.span[1] / 2) * pitch for v in (box[1], box[3]))
    x0, x1 = max(int(np.floor(left)), 0), min(int(np.ceil(right)), scene.width)
    y0, y1 = max(int(np.floor(top)), 0), min(int(np.ceil(bottom)), scene.height)
    if x0 >= x1 or y0 >= y1:
        return
    cover_x = _cover(left, right, x0, x1)
    cover_y = _cover(top, bottom, y0, y1)
    weight = alpha * cover_y[:, None] * cover_x[None, :]
    part = image[y0:y1, x0:x1]
    if image.ndim == 3:
        weight = weight[..., None]
    part += weight * (color - part)


def _cover(low: float, high: float, first: int, last: int) -> Float:
    cells = np.arange(first, last, dtype=np.float32)
    return np.clip(np.minimum(cells + 1, high) - np.maximum(cells, low), 0, 1).astype(np.float32)


@dataclass(frozen=True)
class Points:
    """Small bright things: ``x``, ``y`` (N,) short sides; ``light`` (N, 3) radiance times area
    in square short sides; ``behind_m`` (N,) meters behind the sitter."""

    x: Float
    y: Float
    light: Float
    behind_m: Float

    @classmethod
    def of(cls, x: Any, y: Any, light: Any, behind_m: Any) -> Points:
        """Points from arrays of any float type."""
        return cls(*(np.asarray(values, np.float32) for values in (x, y, light, behind_m)))

    def __add__(self, other: Points) -> Points:
        pairs = (
            (self.x, other.x),
            (self.y, other.y),
            (self.light, other.light),
            (self.behind_m, other.behind_m),
        )
        return Points(*(np.concatenate(pair) for pair in pairs))


def paint_discs(
    scene: Scene, image: Float, points: Points, *, size: float = 0.004, vignetting: float = 0.5
) -> None:
    """Add each point to ``image`` (H, W, 3) in place as the disc the lens makes of it.

    ``size`` is the source's own diameter, which is left when the lens is stopped down.
    """
    round_ = aperture.roundness(scene.lens.aperture)
    barrel = vignetting * float(np.clip(2.8 / scene.lens.aperture, 0, 1)) ** 2
    corner = float(np.hypot(*scene.span)) / 2
    for x, y, light, behind in zip(points.x, points.y, points.light, points.behind_m, strict=True):
        diameter = float(np.hypot(scene.disc(float(behind)), size))
        radius = max(diameter / 2 * scene.pitch, 0.8)
        px, py = (x + scene.span[0] / 2) * scene.pitch, (y + scene.span[1] / 2) * scene.pitch
        reach = int(np.ceil(radius)) + 1
        left, top = int(np.floor(px)) - reach, int(np.floor(py)) - reach
        place = (float(x) / corner, float(y) / corner)
        patch = aperture.disc_patch(
            (px - left, py - top), radius, place, round_, barrel, scene.lens.apodization
        )
        _add(image, patch, left, top, light * (scene.pitch**2 / (np.pi * radius**2)))


def _add(image: Float, patch: Float, left: int, top: int, light: Float) -> None:
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + patch.shape[1], image.shape[1]), min(top + patch.shape[0], image.shape[0])
    if x0 < x1 and y0 < y1:
        image[y0:y1, x0:x1] += patch[y0 - top : y1 - top, x0 - left : x1 - left, None] * light


def scatter(scene: Scene, points: Points) -> Float:
    """A picture (H, W, 3) of many points before the lens; `Scene.blur` makes them discs."""
    size = (scene.height, scene.width)
    image = np.zeros((*size, 3), np.float32)
    x = (points.x + scene.span[0] / 2) * scene.pitch - 0.5
    y = (points.y + scene.span[1] / 2) * scene.pitch - 0.5
    left, top = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        share = (1 - np.abs(x - left - column)) * (1 - np.abs(y - top - row)) * scene.pitch**2
        inside = (left + column >= 0) & (left + column < size[1]) & (top + row >= 0) & (top + row < size[0])
        place = ((top + row) * size[1] + left + column)[inside]
        for channel in range(3):
            light = (share * points.light[:, channel])[inside]
            image[..., channel] += np.bincount(place, light, size[0] * size[1]).reshape(size)
    return image


def laid_over(scene: Scene, image: Float, layer: Float, cover: Float, behind_m: float) -> Float:
    """Lay ``layer`` (H, W, 3), opaque where ``cover`` (H, W) is 1, over ``image`` at its own blur."""
    front = scene.blur(np.dstack([layer * cover[..., None], cover]), behind_m)
    return np.asarray(image * (1 - np.minimum(front[..., 3:], 1)) + front[..., :3], np.float32)
