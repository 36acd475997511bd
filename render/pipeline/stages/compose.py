"""The sitter, under the new light, before the backdrop: one linear picture of a window."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from render.pipeline.compiled import compiled
from render.pipeline.contract import Float, Window
from render.pipeline.light import catchlights
from render.pipeline.recipe_rules import LOCATION
from render.pipeline.resample import enlarge
from render.pipeline.scene import Scene

from . import location
from .defocus import Defocus, defocus, discs, in_focus, soften

WRAP = ((0.08, 0.03), (0.05, 0.12))
"""Shares of the backdrop's light that go round the sitter's edge, and how far, IPD (one sigma)."""

WRAP_IPD = 64.0
"""Inter-pupil distance, px, of the grid that it is found on: it is smooth."""


@dataclass(frozen=True)
class Placed:
    """What lamps, backdrop and lens do to the sitter, on the proof's grid: gain and sheen (h, w, 3) of
    ``Lighting``, the backdrop's light on the sitter's edge, (h, w, 3), and the depth of field, None where all
    of the sitter is in focus."""

    gain: Float
    sheen: Float
    wrap: Float
    defocus: Defocus | None = None


def placed(scene: Scene) -> Placed:
    """The scene's lighting and depth of field on the proof's grid; they are smooth, so any size is enlarged
    from them."""
    placement, grid = scene.placement, Window.whole(scene.placement.canvas)
    scale = scene.sitter.relief.scale
    ipd = scene.sitter.identity.landmarks.ipd / placement.zoom
    lit = Placed(
        placement.look(scene.lighting.gain, grid, scale),
        placement.look(scene.lighting.sheen, grid, scale),
        wrapped(scene.backdrop, scene.matte, ipd),
    )
    disc = discs(scene.sitter.relief, placement, scene.recipe)
    if in_focus(disc, scene.matte):
        return lit
    person = _person(scene, grid, lit, eyes=False)
    return replace(lit, defocus=defocus(person, scene.matte, disc, scene.recipe.lens.aperture))


def compose(scene: Scene, window: Window, on: Placed | None = None, *, eyes: bool = True) -> Float:
    """Linear picture of ``window``, (rows, width, 3), before lens and print.

    ``on`` is ``placed(scene)``, handed in by who composes many windows; without ``eyes`` no catchlight is
    drawn.
    """
    on = on or placed(scene)
    person = _person(scene, window, on, eyes=eyes)
    matte = scene.matte_in(window)
    if on.defocus:
        soft = (enlarge(plane, window) for plane in (on.defocus.light, on.defocus.matte, on.defocus.share))
        soften(person, matte, *soft)
    person += enlarge(on.wrap, window)
    _cover(person, matte, enlarge(scene.backdrop, window))
    if scene.recipe.backdrop.kind == LOCATION:
        location.restore_outline(person, scene.sitter.identity, scene.placement, window)
    return person


def wrapped(backdrop: Float, matte: Float, ipd: float) -> Float:
    """Light of the backdrop that hair, cloth and skin scatter on at the sitter's edge.

    Parameters
    ----------
    backdrop : (h, w, 3) linear
    matte : (h, w)
        The sitter's coverage, 0..1.
    ipd : float
        Inter-pupil distance, px.

    Returns
    -------
    (h, w, 3) linear
        To be added to the sitter's own.
    """
    height, width = matte.shape
    size = (max(1, round(width * WRAP_IPD / ipd)), max(1, round(height * WRAP_IPD / ipd)))
    shown = cv2.resize(backdrop * (1 - matte)[..., None], size, interpolation=cv2.INTER_AREA)
    total = np.zeros_like(shown)
    for share, reach in WRAP:
        total += np.float32(share) * cv2.GaussianBlur(shown, (0, 0), reach * WRAP_IPD)
    return np.asarray(cv2.resize(total, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _person(scene: Scene, window: Window, on: Placed, *, eyes: bool) -> Float:
    """The sitter under the lamps, without an outline."""
    sitter, placement = scene.sitter, scene.placement
    person = placement.look(scene.plate, window)
    white = np.float32(sitter.identity.push)
    _shine(person, enlarge(on.gain, window), enlarge(on.sheen, window), white)
    if eyes and scene.recipe.relight.catchlights:
        catchlights.draw(person, sitter.eyes, placement, window, scene.lighting.lamps)
    return person


@compiled
def _shine(person: Float, gain: Float, sheen: Float, white: np.float32) -> None:
    """Multiply by the gain and add the sheen, in place.

    Dark pores and the gaps between strands show less sheen than the surface around them. What was lighter
    than the photograph's ``white`` (`faces.highlights.restore`) stays white under a lamp that gives less, and
    is no whiter than the photograph under one that gives as much.
    """
    for y in range(person.shape[0]):
        for x in range(person.shape[1]):
            r, g, b = person[y, x, 0], person[y, x, 1], person[y, x, 2]
            level = max((r + g + b) * np.float32(1 / 3), np.float32(0))
            surface = level / (level + np.float32(0.03))
            most = max(r, g, b)
            share = np.float32(1)
            if most > white:
                lamp = (gain[y, x, 0] + gain[y, x, 1] + gain[y, x, 2]) * np.float32(1 / 3)
                share = max(white / most, min(share, 1 / max(most * lamp, np.float32(1e-3))))
            for c in range(3):
                lit = max(person[y, x, c], np.float32(0)) * max(gain[y, x, c], np.float32(0))
                person[y, x, c] = share * lit + sheen[y, x, c] * surface


@compiled
def _cover(person: Float, matte: Float, behind: Float) -> None:
    """Set the person before the backdrop by the matte's coverage, in place."""
    for y in range(person.shape[0]):
        for x in range(person.shape[1]):
            share = min(max(matte[y, x], np.float32(0)), np.float32(1))
            for c in range(3):
                mixed = behind[y, x, c] + share * (person[y, x, c] - behind[y, x, c])
                person[y, x, c] = max(mixed, np.float32(0))
