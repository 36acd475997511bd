"""How a canvas looks into the photograph: the one map that every stage samples through."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .contract import Canvas, Double, Float, Window


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
        step = self.zoom / window.scale
        columns = self.origin[0] + step * (np.arange(window.width, dtype=np.float32) + 0.5)
        rows = self.origin[1] + step * (np.arange(window.top, window.bottom, dtype=np.float32) + 0.5)
        x = np.repeat(columns[None].astype(np.float32), len(rows), axis=0)
        y = np.repeat(rows[:, None].astype(np.float32), len(columns), axis=1)
        if self.shift is None:
            return x, y
        moved = sample(self.shift, x * self.shift_scale, y * self.shift_scale, cv2.INTER_CUBIC)
        return x + moved[..., 0], y + moved[..., 1]

    def to_canvas(self, points: Double) -> Double:
        """Proof pixels of photograph positions (k, 2), undoing the perspective by fixed point."""
        goal = np.asarray(points, np.float64)
        if self.shift is None:
            return (goal - self.origin) / self.zoom
        flat = goal.copy()
        for _ in range(6):
            grid = (flat * self.shift_scale).astype(np.float32)
            moved = sample(self.shift, grid[None, :, 0], grid[None, :, 1], cv2.INTER_CUBIC)[0]
            flat = goal - moved
        return (flat - self.origin) / self.zoom


def sample(image: Float, x: Float, y: Float, interpolation: int = cv2.INTER_CUBIC) -> Float:
    """``image`` at positions (x, y) in its own pixels (centers at .5), edges repeated."""
    return np.asarray(
        cv2.remap(
            image, x - np.float32(0.5), y - np.float32(0.5), interpolation, borderMode=cv2.BORDER_REPLICATE
        )
    )
