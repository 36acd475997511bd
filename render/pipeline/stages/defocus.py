"""Depth of field on the sitter: what lies before or behind the eyes is drawn with the aperture's disc.

The relief says how far each place is from the nearer eye, on which the lens is focused; the thin lens
says how large a disc that is. It is drawn at proof size, in linear light, on the sitter alone, with the
sitter's own edge; what is in focus keeps every pixel of the photograph and gives nothing to a disc.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from render.pipeline.compiled import compiled
from render.pipeline.contract import Float, Window
from render.pipeline.light.relief import Relief
from render.pipeline.optics import aperture
from render.pipeline.placement import Placement
from render.pipeline.recipe import Recipe

from .backdrop import IPD_M

SHARP, SOFT = np.float32(0.9), np.float32(1.8)
"""Discs in proof pixels: up to the first a place is in focus, from the second it is drawn with discs
alone: 0.021 and 0.042 mm on a sensor whose short side is 24 mm, where 0.03 is the usual limit. Discs are
of ``SOFT``, twice that, four times that...; what lies between two is mixed of both."""

FINE = 2.4
"""Pixels of a disc on the grid that it is drawn on: a larger one is drawn on a coarser grid."""

OWN = np.float32(0.35)
"""Of a level's disc: places with smaller ones are nearer the focus, and are not spread."""

LEAST = np.float32(1e-3)
FAINTEST = np.float32(1e-6)
ZERO, ONE, THREE, FOUR = (np.float32(value) for value in (0, 1, 3, 4))


@dataclass(frozen=True)
class Defocus:
    """The sitter as the discs show it, at proof size.

    Attributes
    ----------
    light : (h, w, 3)
        Linear, not multiplied by the coverage.
    matte : (h, w)
        Its coverage, 0..1.
    share : (h, w)
        How much of each place is drawn so: 0 where it is in focus, 1 where it is not.
    """

    light: Float
    matte: Float
    share: Float


def discs(relief: Relief, placement: Placement, recipe: Recipe) -> Float:
    """Diameter of the disc at every proof pixel of the sitter, (h, w), proof pixels.

    Focused on the nearer eye, from the distance that the style is seen from.
    """
    toward = relief.depth - np.float32(relief.vertices[[468, 473], 2].max())
    meters = placement.look(toward, Window.whole(placement.canvas), relief.scale) * np.float32(
        IPD_M / relief.ipd
    )
    distance = recipe.place.distance_m
    found = aperture.disc_diameter(recipe.lens, distance, distance - meters)
    return np.asarray(found * np.float32(placement.canvas.short_side), np.float32)


def in_focus(disc: Float, matte: Float) -> bool:
    """Whether no place of the sitter has a disc that is seen; both (h, w)."""
    return not (disc[matte > 0.5] > SHARP).any()


def defocus(person: Float, matte: Float, disc: Float, opening: float) -> Defocus:
    """Draw the sitter with discs.

    Parameters
    ----------
    person : (h, w, 3)
        Linear, at proof size, before it is set before the backdrop.
    matte : (h, w)
        Coverage, 0..1.
    disc : (h, w)
        From ``discs``.
    opening : float
        The aperture's f-number, which shapes the disc.
    """
    largest = float(disc[matte > 0.5].max())
    part = _around(matte, largest)
    inner = np.ascontiguousarray(person[part]), np.ascontiguousarray(matte[part]), disc[part]
    light, edge, share = np.zeros_like(person), np.zeros_like(matte), np.zeros_like(matte)
    for level in range(max(int(np.ceil(np.log2(largest / SOFT))), 0) + 1):
        diameter = float(SOFT) * 2.0**level
        planes = _premultiplied(*inner, np.float32(diameter))
        color, coverage = _under_disc(planes, diameter, opening), _under_disc(inner[1], diameter, opening)
        _collect(color, coverage, disc[part], np.float32(diameter), level == 0, light[part], edge[part])
    _finish(disc[part], light[part], edge[part], share[part])
    return Defocus(light, edge, share)


def _around(matte: Float, largest: float) -> tuple[slice, slice]:
    """Rows and columns of the sitter, with room for a disc."""
    room = int(np.ceil(largest / 2)) + 2
    rows, columns = (np.flatnonzero(matte.max(axis=axis) > LEAST) for axis in (1, 0))
    return (
        slice(max(int(rows[0]) - room, 0), int(rows[-1]) + 1 + room),
        slice(max(int(columns[0]) - room, 0), int(columns[-1]) + 1 + room),
    )


def _under_disc(plane: Float, diameter: float, opening: float) -> Float:
    """``plane`` (h, w) or (h, w, c) under the disc, a large one on a coarser grid.

    What that grid spreads by itself (the mean of its blocks, and straight lines between them) is taken
    off the disc, whose own variance along an axis is D^2 / 16.
    """
    coarse = max(1, round(diameter / FINE))
    if coarse == 1:
        return aperture.blur(plane, diameter, opening)
    grid = (coarse**2 - 1) / 12 + coarse**2 / 6
    left = np.sqrt(diameter**2 - 16 * grid) / coarse
    height, width = plane.shape[:2]
    small = cv2.resize(plane, (-(-width // coarse), -(-height // coarse)), interpolation=cv2.INTER_AREA)
    small = aperture.blur(small, left, opening)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


@compiled
def _premultiplied(person: Float, matte: Float, disc: Float, diameter: np.float32) -> Float:
    """Color times what each place gives to the disc, and that, (h, w, 4)."""
    planes = np.empty((*matte.shape, 4), np.float32)
    for y in range(matte.shape[0]):
        for x in range(matte.shape[1]):
            out = disc[y, x] / (OWN * diameter) - ONE
            own = matte[y, x] * min(max(out, LEAST), ONE)
            for c in range(3):
                planes[y, x, c] = person[y, x, c] * own
            planes[y, x, 3] = own
    return planes


@compiled
def _collect(
    color: Float, coverage: Float, disc: Float, diameter: np.float32, first: bool, light: Float, edge: Float
) -> None:
    """Add one level's part in the discs between it and its neighbors: by the squares, so that the mixture
    of two spreads as far as the disc that it stands for."""
    for y in range(coverage.shape[0]):
        for x in range(coverage.shape[1]):
            square = (disc[y, x] / diameter) ** 2
            weight = (FOUR - square) / THREE
            if not first:
                weight = min(weight, (FOUR * square - ONE) / THREE)
            weight = min(max(weight, ZERO), ONE) * coverage[y, x]
            own = max(color[y, x, 3], FAINTEST)
            for c in range(3):
                light[y, x, c] += weight * color[y, x, c] / own
            edge[y, x] += weight


@compiled
def _finish(disc: Float, light: Float, edge: Float, share: Float) -> None:
    for y in range(edge.shape[0]):
        for x in range(edge.shape[1]):
            for c in range(3):
                light[y, x, c] /= max(edge[y, x], FAINTEST)
            part = min(max((disc[y, x] - SHARP) / (SOFT - SHARP), ZERO), ONE)
            share[y, x] = part * part * (THREE - part - part)


@compiled
def soften(person: Float, matte: Float, light: Float, edge: Float, share: Float) -> None:
    """Mix ``light`` with coverage ``edge`` into ``person`` with coverage ``matte`` by ``share``, in place."""
    for y in range(matte.shape[0]):
        for x in range(matte.shape[1]):
            s = min(max(share[y, x], ZERO), ONE)
            if s > 0:
                sharp = (ONE - s) * min(max(matte[y, x], ZERO), ONE)
                soft = s * min(max(edge[y, x], ZERO), ONE)
                whole = sharp + soft
                matte[y, x] = whole
                part = soft / max(whole, FAINTEST)
                for c in range(3):
                    person[y, x, c] += part * (light[y, x, c] - person[y, x, c])
