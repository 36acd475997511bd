"""The backdrop behind this sitter: photographed through the style's lens, with the sitter's shadow."""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.backdrops import render_backdrop
from render.pipeline.contract import Float, Identity, Window
from render.pipeline.light.lamps import direction
from render.pipeline.placement import Placement, sample
from render.pipeline.recipe import Recipe
from render.pipeline.recipe_rules import LOCATION

from .location import on_location

IPD_M = 0.063
NEAR_M = 1.0
"""A backdrop farther away than this gets no visible shadow from a studio lamp."""


def backdrop(identity: Identity, placement: Placement, recipe: Recipe, seed: int) -> Float:
    """Linear radiance at proof size, (h, w, 3)."""
    if recipe.backdrop.kind == LOCATION:
        return on_location(identity, placement, recipe, seed)
    canvas = placement.canvas
    picture = render_backdrop(
        recipe.backdrop,
        recipe.lens,
        width=canvas.width,
        height=canvas.height,
        seed=seed,
        subject_distance_m=recipe.place.distance_m,
    )
    if recipe.mirrored:
        picture = np.ascontiguousarray(picture[:, ::-1])
    shadow = _shadow(identity, placement, recipe)
    return picture if shadow is None else picture * shadow[..., None]


def _shadow(identity: Identity, placement: Placement, recipe: Recipe) -> Float | None:
    """The sitter's shadow on a near backdrop, (h, w) factor; None where it throws none.

    The key throws the outline sideways by distance times tangent, blurred by the lamp's own
    angular size over that distance.
    """
    canvas = placement.canvas
    distance = recipe.backdrop.distance_m
    if distance >= NEAR_M:
        return None
    key = next(lamp for lamp in recipe.relight.lamps if lamp.role == "key")
    to = direction(key)
    if to[2] < 0.2:
        return None
    per_m = identity.landmarks.ipd / IPD_M / placement.zoom  # proof pixels per metre at the sitter
    throw = distance * per_m / to[2]
    window = Window.whole(canvas)
    x, y = placement.coordinates(window)
    back = np.float32(placement.zoom)
    outline = sample(
        identity.matte,
        x + np.float32(to[0] * throw) * back,
        y - np.float32(to[1] * throw) * back,
        cv2.INTER_LINEAR,
    )
    sigma = max(0.35 * np.radians(key.size) * distance * per_m, 3.0)
    # A wide penumbra holds nothing fine: it is blurred on a grid that resolves it, and no finer.
    coarse = max(1.0, sigma / 4)
    size = (max(8, round(canvas.width / coarse)), max(8, round(canvas.height / coarse)))
    small = cv2.resize(outline, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / coarse, borderType=cv2.BORDER_REPLICATE)
    soft = cv2.resize(small, (canvas.width, canvas.height), interpolation=cv2.INTER_CUBIC)
    strength = 1 / (
        1
        + 2.0 * recipe.relight.ambient
        + sum(lamp.power for lamp in recipe.relight.lamps if lamp.role == "fill")
    )
    return np.asarray(1 - np.float32(0.75 * strength * (1 - distance / NEAR_M)) * soft, np.float32)
