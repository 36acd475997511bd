"""The sitter, under the new light, before the backdrop: one linear picture of a window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.pipeline.compiled import compiled
from render.pipeline.contract import Float, Window
from render.pipeline.light import catchlights
from render.pipeline.resample import enlarge
from render.pipeline.scene import Scene


@dataclass(frozen=True)
class Light:
    """What the lamps do to the sitter on the proof's grid, both (h, w, 3): ``Lighting``, placed."""

    gain: Float
    sheen: Float


def placed_light(scene: Scene) -> Light:
    """The scene's lighting on the proof's grid; it is smooth, so any size is enlarged from it."""
    placement, grid = scene.placement, Window.whole(scene.placement.canvas)
    scale = scene.sitter.relief.scale
    return Light(
        placement.look(scene.lighting.gain, grid, scale), placement.look(scene.lighting.sheen, grid, scale)
    )


def compose(scene: Scene, window: Window, light: Light | None = None, *, eyes: bool = True) -> Float:
    """Linear picture of ``window``, (rows, width, 3), before lens and print.

    ``light`` is ``placed_light(scene)``, handed in by who composes many windows; without ``eyes`` no
    catchlight is drawn.
    """
    sitter, placement = scene.sitter, scene.placement
    light = light or placed_light(scene)
    person = placement.look(sitter.plate, window)
    _shine(person, enlarge(light.gain, window), enlarge(light.sheen, window))
    if eyes:
        catchlights.draw(person, sitter.identity, placement, window, scene.lighting.lamps)
    _cover(person, placement.look(sitter.identity.matte, window), enlarge(scene.backdrop, window))
    return person


@compiled
def _shine(person: Float, gain: Float, sheen: Float) -> None:
    """Multiply by the gain and add the sheen, in place.

    Dark pores and the gaps between strands show less sheen than the surface around them.
    """
    for y in range(person.shape[0]):
        for x in range(person.shape[1]):
            r, g, b = person[y, x, 0], person[y, x, 1], person[y, x, 2]
            level = max((r + g + b) * np.float32(1 / 3), np.float32(0))
            surface = level / (level + np.float32(0.03))
            for c in range(3):
                lit = max(person[y, x, c], np.float32(0)) * max(gain[y, x, c], np.float32(0))
                person[y, x, c] = lit + sheen[y, x, c] * surface


@compiled
def _cover(person: Float, matte: Float, behind: Float) -> None:
    """Set the person before the backdrop by the matte's coverage, in place."""
    for y in range(person.shape[0]):
        for x in range(person.shape[1]):
            share = min(max(matte[y, x], np.float32(0)), np.float32(1))
            for c in range(3):
                mixed = behind[y, x, c] + share * (person[y, x, c] - behind[y, x, c])
                person[y, x, c] = max(mixed, np.float32(0))
