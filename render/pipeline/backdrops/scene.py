"""What every backdrop is drawn on: a raster in units of the picture, and its randomness.

Lengths are fractions of the picture's short side and the origin is its center, x to
the right, y down. A random field is tied to those units and to a name, never to
pixels, so a picture twice as large is the same picture.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from ..contract import SHORT_SIDE_MM, Float
from ..recipe import Backdrop, Color, Lens
from . import bokeh

REACH = 1.25
"""Random fields cover this many short sides to each side of the center: any format up to 2.5:1."""


@dataclass(frozen=True)
class Scene:
    """One backdrop to be drawn on ``width`` x ``height`` working pixels.

    ``span`` is the picture's width and height in short sides; ``subject_m`` the
    distance at which the lens is focused.
    """

    spec: Backdrop
    lens: Lens
    width: int
    height: int
    span: tuple[float, float]
    seed: int
    subject_m: float
    _fields: dict[str, Float] = field(default_factory=dict, repr=False)

    @property
    def pitch(self) -> float:
        """Working pixels per short side."""
        return self.width / self.span[0]

    @cached_property
    def x(self) -> Float:
        """(1, W): from -span/2 to span/2."""
        return (((np.arange(self.width) + 0.5) / self.width - 0.5) * self.span[0]).astype(np.float32)[None, :]

    @cached_property
    def y(self) -> Float:
        """(H, 1), growing downward."""
        return (((np.arange(self.height) + 0.5) / self.height - 0.5) * self.span[1]).astype(np.float32)[:, None]

    @property
    def center(self) -> tuple[float, float]:
        """The spec's center in short sides from the picture's center."""
        cx, cy = self.spec.center
        return (cx - 0.5) * self.span[0], (cy - 0.5) * self.span[1]

    def rng(self, name: str) -> np.random.Generator:
        """The generator of one named thing; the order of drawing does not matter."""
        return np.random.Generator(np.random.PCG64([self.seed & 0xFFFFFFFF, zlib.crc32(name.encode())]))

    def scale(self, behind_m: float) -> float:
        """Short sides per meter for things ``behind_m`` behind the sitter."""
        return self.lens.focal_length_mm / SHORT_SIDE_MM / (self.subject_m + behind_m)

    def disc(self, behind_m: float) -> float:
        """Diameter of the blur disc in short sides."""
        return bokeh.disc_diameter(self.lens, self.subject_m, self.subject_m + behind_m)

    def blur(self, image: Float, behind_m: float | None = None) -> Float:
        """``image`` as the lens sees it ``behind_m`` behind the sitter (the spec's own distance)."""
        disc = self.disc(self.spec.distance_m if behind_m is None else behind_m)
        return bokeh.blur(image, disc * self.pitch, self.lens.aperture)

    def noise(self, name: str, cells: float | tuple[float, float], angle: float = 0.0) -> Float:
        """A smooth random field (H, W) of mean 0 and variance about 1.

        Parameters
        ----------
        name : str
            What it is for; another name is another field.
        cells : float or tuple of float
            Cells per short side, along x and y; unequal for grain with a direction.
        angle : float
            Turns the field, degrees clockwise.

        Notes
        -----
        Cubic B-spline over a grid of normal numbers. Cells finer than the working
        pixels would alias, so the field fades out as they approach them.
        """
        across, down = (cells, cells) if isinstance(cells, (int, float)) else cells
        finest = max(across, down)
        visible = float(np.clip(self.pitch / finest - 0.7, 0, 1))
        if visible == 0:
            return np.zeros((self.height, self.width), np.float32)
        if angle:
            return visible * self._turned(name, across, down, angle)
        return visible * self._spline(name, across, down, self.x[0], self.y[:, 0])

    def fractal(self, name: str, cells: float, octaves: int, gain: float = 0.5, turn: float = 0.0) -> Float:
        """Several octaves of `noise`, each twice as fine and ``gain`` times as strong; variance about 1."""
        total = np.zeros((self.height, self.width), np.float32)
        for octave in range(octaves):
            total += gain**octave * self.noise(f"{name}/{octave}", cells * 2**octave, turn * (octave + 1))
        return total / np.sqrt(sum(gain ** (2 * octave) for octave in range(octaves)))

    def _spline(self, name: str, across: float, down: float, x: Float, y: Float) -> Float:
        columns, rows = (int(np.ceil(2 * REACH * c)) + 4 for c in (across, down))
        grid = self.rng(name).standard_normal((rows, columns), np.float32)
        left, weights_x = _taps((x + REACH) * across, columns)
        top, weights_y = _taps((y + REACH) * down, rows)
        tall = sum(weights_y[:, k, None] * grid[top + k] for k in range(4))
        wide = sum(weights_x[:, k] * np.take(tall, left + k, axis=1) for k in range(4))
        return np.asarray(2.08 * wide, np.float32)

    def _turned(self, name: str, across: float, down: float, angle: float) -> Float:
        side = int(np.hypot(self.width, self.height)) + 2
        axis = ((np.arange(side) + 0.5 - side / 2) / self.pitch).astype(np.float32)
        axis = np.clip(axis, -REACH, REACH)
        square = self._spline(name, across, down, axis, axis)
        turn = cv2.getRotationMatrix2D((side / 2 - 0.5, side / 2 - 0.5), -angle, 1)
        turn[:, 2] += (self.width - side) / 2, (self.height - side) / 2
        return cv2.warpAffine(square, turn, (self.width, self.height), borderMode=cv2.BORDER_REFLECT)


def _taps(position: Float, count: int) -> tuple[np.ndarray, Float]:
    """First tap (N,) and weights (N, 4) of a cubic B-spline at ``position`` in cells."""
    cell = np.clip(np.floor(position).astype(np.intp), 0, count - 4)
    t = (position - cell).astype(np.float32)
    weights = np.stack(
        [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], axis=-1
    )
    return cell, (weights / 6).astype(np.float32)


def rgb(color: Color) -> Float:
    """A color as (3,) float32."""
    return np.array(color, np.float32)


def mix(weight: Float, low: Float, high: Float) -> Float:
    """Blend colors (3,) by ``weight`` (H, W) as paint does: evenly in ratio, not in sum."""
    a, b = np.log(np.maximum(low, 1e-5)), np.log(np.maximum(high, 1e-5))
    return np.exp(a + weight[..., None] * (b - a)).astype(np.float32)


def step(low: float, high: float, value: Float) -> Float:
    """Smooth step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def pool(scene: Scene, radius: float | None = None, center: tuple[float, float] | None = None) -> Float:
    """Illuminance (H, W) of one lamp on the backdrop, 1 at its brightest.

    A lamp at height h over a wall gives (1 + r^2 / h^2)^-3/2 (inverse square and the
    cosine; ``falloff`` is 1 / 2h). It stands to one side, so it falls faster away from
    itself, and a reflector is never quite even.
    """
    falloff = max(scene.spec.falloff, 1e-3)
    height = radius or 0.5 / falloff
    cx, cy = center or scene.center
    rng = scene.rng("pool")
    tilt = rng.uniform(-0.35, 0.35)
    dx, dy = scene.x - cx, scene.y - cy
    along, across = dx * np.cos(tilt) + dy * np.sin(tilt), dy * np.cos(tilt) - dx * np.sin(tilt)
    side = 1 + 0.28 * np.tanh(2 * (along * rng.uniform(-1, 1) + across * 0.8))
    reach = np.sqrt(along**2 * 1.15 + across**2 * 0.82) * side / height
    uneven = 1 + 0.05 * min(1.0, 2 * falloff) * scene.noise("pool/uneven", 1.3)
    return np.asarray((1 + (reach * uneven) ** 2) ** -1.5, np.float32)


def paint_rect(
    scene: Scene, image: Float, box: tuple[float, float, float, float], color: Float, alpha: float = 1.0
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


def paint_discs(scene: Scene, image: Float, points: Points, *, size: float = 0.004, vignetting: float = 0.5) -> None:
    """Add each point to ``image`` (H, W, 3) in place as the disc the lens makes of it.

    ``size`` is the source's own diameter, which is left when the lens is stopped down.
    """
    round_ = bokeh.roundness(scene.lens.aperture)
    barrel = vignetting * float(np.clip(2.8 / scene.lens.aperture, 0, 1)) ** 2
    corner = float(np.hypot(*scene.span)) / 2
    for x, y, light, behind in zip(points.x, points.y, points.light, points.behind_m, strict=True):
        diameter = float(np.hypot(scene.disc(float(behind)), size))
        radius = max(diameter / 2 * scene.pitch, 0.8)
        px, py = (x + scene.span[0] / 2) * scene.pitch, (y + scene.span[1] / 2) * scene.pitch
        reach = int(np.ceil(radius)) + 1
        left, top = int(np.floor(px)) - reach, int(np.floor(py)) - reach
        place = (float(x) / corner, float(y) / corner)
        patch = bokeh.disc_patch((px - left, py - top), radius, place, round_, barrel)
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
