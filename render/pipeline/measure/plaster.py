"""A plaster head: the mean of eleven faces and their mirror pictures, of one even color, drawn by code.

What a style's light *is* is what it makes of this head: no pores, no selfie, no old light. It has
the color of skin, because under two gels a red cheek is not lit as a gray one. The
measures read it in the same way as a sitter, so what they read of a sitter can be held against it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np

from render.pipeline.backdrops import render_backdrop
from render.pipeline.color import lab, srgb
from render.pipeline.contract import (
    Capture,
    Code,
    Double,
    Float,
    Identity,
    Landmarks,
    Pose,
    Quality,
    SkinTone,
)
from render.pipeline.develop import proof
from render.pipeline.faces import topology as mesh
from render.pipeline.location import DISC, GRID, OPEN
from render.pipeline.optics import aperture
from render.pipeline.recipe import Backdrop, Lens, Recipe
from render.pipeline.scene import Sitter, seat, set_up

from .mean_face import vertices

WIDTH, HEIGHT = 1280, 1280
EYES = (640.0, 480.0)
IPD = 130.0
COLOR = (57.0, 12.0, 18.0)  # Lab: skin of the middle of the range


@cache
def head() -> Identity:
    """The plaster head as a sitter, looking into the lens, 1280 x 1280."""
    matte = _outline()
    color = lab.to_linear(COLOR)
    pixels = np.broadcast_to(color.astype(np.float32), (HEIGHT, WIDTH, 3)).copy()
    points = vertices() * [IPD, -IPD, -IPD] + [*EYES, 0]
    return Identity(
        pixels=pixels,
        matte=matte,
        location=_room(),
        capture=Capture("drawn", WIDTH, HEIGHT),
        landmarks=Landmarks(points, points, 0.0),
        pose=Pose(0, 0, 0),
        quality=Quality(1.0, 0.0, float(color @ srgb.LUMINANCE), 0.0, 0.0),
        skin=SkinTone(COLOR, float(lab.ita(COLOR)), "plaster"),
        mirrored=False,
        versions={},
    )


def _room() -> Float:
    """Where the head stands, for the styles on location: a drawn room with a window, out of focus as an
    identity's place is."""
    spec = Backdrop("office", (0.40, 0.40, 0.41), (0.24, 0.15, 0.085), (0.95, 1.0, 1.1), distance_m=3)
    unit = GRID / IPD
    size = round(WIDTH * unit), round(HEIGHT * unit)
    drawn = render_backdrop(spec, Lens(aperture=4), width=size[0], height=size[1], seed=1)
    return aperture.blur(drawn, DISC * GRID, OPEN)


def portrait(recipe: Recipe, seed: int = 1) -> tuple[Code, Landmarks]:
    """The plaster head's proof in a style, (h, w, 3) uint8, and where its points lie on it."""
    scene = set_up(_seated(), recipe, seed)
    points = head().landmarks.points
    flat = scene.placement.to_canvas(points[:, :2])
    placed = np.column_stack([flat, points[:, 2] / scene.placement.zoom])
    return proof(scene), Landmarks(placed, placed, 0.0)


@cache
def _seated() -> Sitter:
    """The head under the lamps as planned: what it shows is what sitters are metered to."""
    return replace(seat(head()), meter=None)


def _outline() -> Float:
    """Skull, neck and shoulders, (HEIGHT, WIDTH) 0..1."""
    matte = np.zeros((HEIGHT, WIDTH), np.uint8)

    def fill(outline: Double) -> None:
        cv2.fillPoly(matte, [np.round(outline * [IPD, -IPD] + EYES).astype(np.int32)], [255])

    turn = np.linspace(0, 2 * np.pi, 200)[:, None]
    fill(vertices()[mesh.FACE_OVAL, :2])
    fill(np.hstack([1.28 * np.cos(turn), 0.32 + 1.40 * np.sin(turn)]))
    fill(np.array([[-0.82, -1.0], [0.82, -1.0], [0.90, -2.6], [-0.90, -2.6]]))
    fill(np.hstack([3.3 * np.cos(turn), -4.3 + 1.95 * np.sin(turn)]))
    fill(np.array([[-3.3, -4.3], [3.3, -4.3], [3.6, -9], [-3.6, -9]]))
    return np.asarray(cv2.GaussianBlur(matte, (0, 0), 1.5), np.float32) / 255
