"""From which side the selfie's light came, and a studio that is hung to agree with it.

Some of the old light always stays: on hair and clothes, in the eyes, in the color of a cheek that mirrors the
sky. A new key from the other side has to work against all of it, and what it leaves looks like gray and
orange patches. So a style whose key would stand against the selfie's light is hung the other way round,
lamps, backdrop and frame, as a photographer turns the sitter's better side to the lamp.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from render.pipeline.color import srgb
from render.pipeline.contract import Float
from render.pipeline.recipe import Recipe, Relight

from .relief import Relief

FELT = 0.08
"""Natural log between the halves of a face: with less of it light comes from no side."""


def side(relief: Relief, old: Float) -> float:
    """How much more light the half of the face at the picture's right had than the other, natural log.

    Parameters
    ----------
    relief : Relief
    old : (h, w, 3)
        The selfie's illumination (``ambient.estimate``).
    """
    columns = np.arange(relief.face.shape[1]) + 0.5
    right = np.broadcast_to(columns > relief.vertices[:, 0].mean(), relief.face.shape)
    face = relief.face > 0.9
    if not (face & right).any() or not (face & ~right).any():
        return 0.0
    light = np.log(np.maximum(srgb.luminance(old), np.float32(1e-4)))
    return float(light[face & right].mean() - light[face & ~right].mean())


def agreeing(recipe: Recipe, relief: Relief, old: Float) -> Recipe:
    """``recipe`` mirrored left to right where its key would stand against the selfie's light."""
    key = next(lamp for lamp in recipe.relight.lamps if lamp.role == "key")
    if side(relief, old) * np.sign(key.azimuth) > -FELT:
        return recipe
    place = replace(recipe.place, offset=-recipe.place.offset)
    return replace(recipe, relight=mirrored(recipe.relight), place=place, mirrored=not recipe.mirrored)


def mirrored(spec: Relight) -> Relight:
    """``spec`` with its lamps hung the other way round."""
    return replace(spec, lamps=tuple(replace(lamp, azimuth=-lamp.azimuth) for lamp in spec.lamps))
