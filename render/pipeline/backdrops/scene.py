"""What every backdrop is drawn on: a raster in units of the picture, and its randomness.

Lengths are fractions of the picture's short side and the origin is its center, x to
the right, y down. A random field is tied to those units and to a name, never to
pixels, so a picture twice as large is the same picture.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from render.pipeline.contract import SHORT_SIDE_MM, Float
from render.pipeline.optics import aperture
from render.pipeline.recipe import Backdrop, Color, Lens
from render.pipeline.resample import Taps, resample

REACH = 1.25
"""Random fields cover this many short sides to each side of the center: any format up to 2.5:1."""

SAMPLES = 12
"""Samples per cell with which a coarse random field is drawn before it is enlarged."""


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

    @property
    def pitch(self) -> float:
        """Working pixels per short side."""
        return self.width / self.span[0]

    @cached_property
    def x(self) -> Float:
        """(1, W): from -span/2 to span/2."""
        return _axis(self.width, self.span[0])[None, :]

    @cached_property
    def y(self) -> Float:
        """(H, 1), growing downward."""
        return _axis(self.height, self.span[1])[:, None]

    @property
    def center(self) -> tuple[float, float]:
        """The spec's center in short sides from the picture's center."""
        cx, cy = self.spec.center
        return (cx - 0.5) * self.span[0], (cy - 0.5) * self.span[1]

    def rng(self, name: str) -> np.random.Generator:
        """The generator of one named thing; the order of drawing does not matter."""
        return generator(self.seed, name)

    def scale(self, behind_m: float) -> float:
        """Short sides per meter for things ``behind_m`` behind the sitter."""
        return self.lens.focal_length_mm / SHORT_SIDE_MM / (self.subject_m + behind_m)

    def disc(self, behind_m: float) -> float:
        """Diameter of the blur disc in short sides."""
        return aperture.disc_diameter(self.lens, self.subject_m, self.subject_m + behind_m)

    def blur(self, image: Float, behind_m: float | None = None) -> Float:
        """``image`` as the lens sees it ``behind_m`` behind the sitter (the spec's own distance)."""
        disc = self.disc(self.spec.distance_m if behind_m is None else behind_m)
        return aperture.blur(image, disc * self.pitch, self.lens.aperture, self.lens.apodization)

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
            return self._turned(name, across, down, angle) * np.float32(visible)
        # A field much coarser than the pixels is drawn coarse and enlarged.
        columns = min(self.width, round(SAMPLES * across * self.span[0]) + 8)
        rows = min(self.height, round(SAMPLES * down * self.span[1]) + 8)
        field = self._spline(name, across, down, _axis(columns, self.span[0]), _axis(rows, self.span[1]))
        if field.shape != (self.height, self.width):
            field = cv2.resize(field, (self.width, self.height), interpolation=cv2.INTER_CUBIC)
        return np.asarray(field * np.float32(visible), np.float32)

    def fractal(self, name: str, cells: float, octaves: int, gain: float = 0.5, turn: float = 0.0) -> Float:
        """Several octaves of `noise`, each twice as fine and ``gain`` times as strong; variance about 1."""
        total = np.zeros((self.height, self.width), np.float32)
        for octave in range(octaves):
            share = np.float32(gain**octave)
            total += share * self.noise(f"{name}/{octave}", cells * 2**octave, turn * (octave + 1))
        return total * np.float32(sum(gain ** (2 * octave) for octave in range(octaves)) ** -0.5)

    def _spline(self, name: str, across: float, down: float, x: Float, y: Float) -> Float:
        columns, rows = (int(np.ceil(2 * REACH * c)) + 4 for c in (across, down))
        grid = self.rng(name).random((rows, columns), np.float32) - np.float32(0.5)
        return resample(grid, _taps((y + REACH) * down, rows), _taps((x + REACH) * across, columns))

    def _turned(self, name: str, across: float, down: float, angle: float) -> Float:
        side = int(np.hypot(self.width, self.height)) + 2
        axis = ((np.arange(side) + 0.5 - side / 2) / self.pitch).astype(np.float32)
        axis = np.clip(axis, -REACH, REACH)
        square = self._spline(name, across, down, axis, axis)
        turn = cv2.getRotationMatrix2D((side / 2 - 0.5, side / 2 - 0.5), -angle, 1)
        turn[:, 2] += (self.width - side) / 2, (self.height - side) / 2
        size = (self.width, self.height)
        return np.asarray(cv2.warpAffine(square, turn, size, borderMode=cv2.BORDER_REFLECT), np.float32)


def generator(seed: int, name: str) -> np.random.Generator:
    """The generator of one named thing in the pictures of one seed."""
    return np.random.Generator(np.random.PCG64([seed & 0xFFFFFFFF, zlib.crc32(name.encode())]))


def _axis(count: int, span: float) -> Float:
    return (((np.arange(count) + 0.5) / count - 0.5) * span).astype(np.float32)


def _taps(position: Float, count: int) -> Taps:
    """Of a cubic B-spline at ``position`` (N,) in cells."""
    cell = np.clip(np.floor(position).astype(np.intp), 0, count - 4)
    t = (position - cell).astype(np.float32)
    weights = np.stack(
        [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], axis=-1
    )
    # The spline smooths: 1.443 per axis, and 12 ** 1/4 for the even distribution, restore variance 1.
    index = (cell[:, None] + np.arange(4)).astype(np.int32)
    return Taps(index, (weights * (1.443 * 12**0.25 / 6)).astype(np.float32))


def rgb(color: Color) -> Float:
    """A color as (3,) float32."""
    return np.array(color, np.float32)


def mix(weight: Float, low: Float, high: Float) -> Float:
    """Blend colors (3,) by ``weight`` (H, W) as paint does: evenly in ratio, not in sum."""
    a, b = np.log(np.maximum(low, 1e-5)), np.log(np.maximum(high, 1e-5))
    channels = [cv2.exp(weight * np.float32(b[k] - a[k]) + np.float32(a[k])) for k in range(3)]
    return np.asarray(cv2.merge(channels), np.float32)


def step(low: float, high: float, value: Float) -> Float:
    """Smooth step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((np.asarray(value, np.float32) - np.float32(low)) / np.float32(high - low), 0, 1)
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
