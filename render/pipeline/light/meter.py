"""The light meter: what ratio a face shows under the lamps, read before the shutter opens.

A lamp plan gives its key-to-fill ratio on an even, gray head. On a sitter, what is left of the
selfie's own light and the skin's own pattern add to it or take from it; so a photographer meters the
lit and the shaded cheek and moves the fill until the picture has the ratio that was wanted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Float
from render.pipeline.measure import light, light_table
from render.pipeline.recipe import Tone
from render.pipeline.stages.tone import tone

from .relief import GRID_IPD, Relief


@dataclass(frozen=True)
class Meter:
    """Reads ratios on one sitter's relief, whose shape it knows."""

    shape: light_table.Shape
    face: tuple[slice, slice]

    def ratio(self, scene: Float, spec: Tone) -> float:
        """Key-to-fill ratio in stops of ``scene`` (h, w, 3), linear on the relief's grid, once printed."""
        code = np.zeros(scene.shape, np.uint8)
        code[self.face] = 255 * srgb.encode(tone(scene[self.face], spec)) + np.float32(0.5)
        return light.fit(light.places(code, self.shape, GRID_IPD)).ratio


def meter(relief: Relief) -> Meter | None:
    """The meter for one sitter; None for a face turned so far that its halves cannot be compared."""
    try:
        return Meter(light_table.shape(relief.vertices * [1, -1, 1] / GRID_IPD), relief.around_face)
    except ValueError:
        return None
