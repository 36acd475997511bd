"""How a canvas looks into the photograph: the one map that every stage samples through."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from .contract import Canvas, Double, Float, Window
from .resample import enlarge, gather, resample, taps

CHANNELS_AT_ONCE = 4
"""Of one picture, at the most, in cv2.remap."""


@dataclass(frozen=True)
class Placement:
    """How the canvas looks into the photograph.

    A canvas position times ``zoom`` plus ``origin`` is a position in the photograph, moved on
    by ``shift``: the perspective's displacement on the relief's grid, (h, w, 2) in
    photograph pixels, or None where the file does not tell how far away it was taken.
    """

    canvas: Canvas
    zoom: float  # photograph pixels per proof pixel
    origin: tuple[float, float]  # photograph position of the canvas's corner
    shift: Float | None = None
    shift_scale: float = 1.0
    taken_from_m: float | None = None

    def coordinates(self, window: Window) -> tuple[Float, Float]:
        """Photograph x and y of every pixel center of ``window``, two (rows, width) arrays."""
        columns, rows = (axis.astype(np.float32) for axis in self._axes(window))
        x = np.repeat(columns[None], len(rows), axis=0)
        y = np.repeat(rows[:, None], len(columns), axis=1)
        if self._moved is None:
            return x, y
        moved = enlarge(self._moved, window)
        return x + moved[..., 0], y + moved[..., 1]

    def look(self, image: Float, window: Window, scale: float = 1.0) -> Float:
        """``image`` as ``window`` sees it, bicubic, edges repeated: (rows, width) or (rows, width, c).

        ``image`` is on the photograph's grid, or on one reduced by ``scale``. Where more than one of
        its pixels falls on one of the window's, that one is the mean of several looks: the proof is
        then the average of the full portrait, and none of the photograph is passed over.
        """
        step = self.zoom * scale / window.scale
        each = max(1, math.ceil(step))
        if self._moved is None:
            columns, rows = self._axes(window)
            height, width = image.shape[:2]
            return resample(
                image,
                taps(rows * scale, height, each, step / each),
                taps(columns * scale, width, each, step / each),
            )
        x, y = (axis * np.float32(scale) for axis in self.coordinates(window))
        return sample(image, x, y) if each == 1 else gather(image, x, y, each, step / each)

    def _axes(self, window: Window) -> tuple[Double, Double]:
        """Photograph x of every column and y of every row, before the perspective."""
        step = self.zoom / window.scale
        columns = self.origin[0] + step * (np.arange(window.width) + 0.5)
        return columns, self.origin[1] + step * (np.arange(window.top, window.bottom) + 0.5)

    @cached_property
    def _moved(self) -> Float | None:
        """The perspective's displacement of every proof pixel, (h, w, 2): it is smooth."""
        if self.shift is None:
            return None
        columns, rows = self._axes(Window.whole(self.canvas))
        height, width = self.shift.shape[:2]
        return resample(
            self.shift, taps(rows * self.shift_scale, height), taps(columns * self.shift_scale, width)
        )

    def to_canvas(self, points: Double) -> Double:
        """Proof pixels of photograph positions (k, 2), undoing the perspective by fixed point."""
        goal = np.asarray(points, np.float64)
        if self.shift is None:
            return (goal - self.origin) / self.zoom
        flat = goal.copy()
        for _ in range(12):
            grid = (flat * self.shift_scale).astype(np.float32)
            moved = sample(self.shift, grid[None, :, 0], grid[None, :, 1], cv2.INTER_CUBIC)[0]
            flat = goal - moved
        return (flat - self.origin) / self.zoom


def sample(image: Float, x: Float, y: Float, interpolation: int = cv2.INTER_CUBIC) -> Float:
    """``image`` at positions (x, y) in its own pixels (centers at .5), edges repeated.

    Parameters
    ----------
    image : (h, w) or (h, w, c) float32
        Any number of channels: OpenCV maps no more than four at a time, so they go in fours.
    x, y : (rows, columns) float32
    interpolation : int
        One of OpenCV's.

    Returns
    -------
    (rows, columns) or (rows, columns, c) float32
    """
    at = x - np.float32(0.5), y - np.float32(0.5)
    planes = image.reshape(*image.shape[:2], -1)
    seen = np.empty((*x.shape, planes.shape[2]), np.float32)
    for first in range(0, planes.shape[2], CHANNELS_AT_ONCE):
        four = slice(first, first + CHANNELS_AT_ONCE)
        part = np.ascontiguousarray(planes[..., four], np.float32)
        mapped = cv2.remap(part, *at, interpolation, borderMode=cv2.BORDER_REPLICATE)
        seen[..., four] = mapped.reshape(*x.shape, -1)
    return seen.reshape(*x.shape, *image.shape[2:])
