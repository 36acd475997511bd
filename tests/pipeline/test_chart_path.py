"""Gates 3, 4 and 5 of the optics on a chart that goes the whole way: placed, seen, printed, delivered."""

from __future__ import annotations

import dataclasses
import io
from functools import cache

import cv2
import numpy as np
import pytest
from PIL import Image

from render.pipeline import develop
from render.pipeline.color import srgb
from render.pipeline.contract import Canvas, Float, Landmarks
from render.pipeline.measure import charts
from render.pipeline.measure.edge import Edge, edge
from render.pipeline.optics.presets import cycles_per_px
from render.pipeline.placement import Placement
from render.pipeline.recipe import Grain, Lens, Tone, find
from render.pipeline.scene import Scene, set_up
from render.pipeline.stages.encode import encode
from render.pipeline.stages.relight import Lighting

from .selfies import ASTRONAUT, sitter

pytestmark = pytest.mark.slow

CANVAS = Canvas("4:5", 256, 320, 6)
BLUR = 0.9
ZOOM = 6.0  # photograph pixels per proof pixel: the photograph has the full portrait's pixels


@cache
def scene(lens: str, zoom: float = ZOOM) -> Scene:
    """A gray chart as the photograph of a sitter who fills the frame, in flat light, printed straight."""
    width, height = round(CANVAS.width * zoom), round(CANVAS.height * zoom)
    gray = charts.slanted_edge((height, width), 5.0, BLUR, dark=0.15, light=0.6).astype(np.float32)
    plate = np.repeat(gray[..., None], 3, axis=-1)
    real = set_up(sitter(ASTRONAUT), find("corporate"), 1)
    marks = real.sitter.identity.landmarks
    away = Landmarks(marks.first - 1e4, marks.second - 1e4, 0.0)  # no eye in the frame: no catchlight
    identity = dataclasses.replace(
        real.sitter.identity, pixels=plate, matte=np.ones((height, width), np.float32), landmarks=away
    )
    relief = dataclasses.replace(real.sitter.relief, scale=0.05)
    flat = np.ones((8, 8, 3), np.float32)
    person = dataclasses.replace(
        real.sitter, identity=identity, plate=plate, relief=relief, source_sigma=BLUR
    )
    recipe = dataclasses.replace(
        real.recipe, lens=Lens(lens, vignette=0, veil=0), tone=Tone(), grain=Grain(amount=0)
    )
    return Scene(
        person,
        recipe,
        1,
        Placement(CANVAS, zoom, (0.0, 0.0)),
        Lighting(flat, 0 * flat, real.lighting.lamps),
        np.full((CANVAS.height, CANVAS.width, 3), 0.3, np.float32),
    )


@cache
def delivered(lens: str, zoom: float = ZOOM) -> Float:
    """Linear luminance of the JPEG, opened again."""
    made = scene(lens, zoom)
    full = develop.full(made, develop.proof(made))
    code = np.asarray(Image.open(io.BytesIO(encode(full, format="jpeg"))), np.float32) / 255
    return srgb.luminance(srgb.decode(code))


def seen(picture: Float) -> Edge:
    rows = slice(len(picture) // 2 - 150, len(picture) // 2 + 150)
    return edge(np.ascontiguousarray(picture[rows]), reach=40)


@pytest.mark.parametrize("lens", ["apo", "modern_f12", "classic85"])
def test_a_delivered_edge_hardly_overshoots(lens: str) -> None:
    found = seen(delivered(lens))
    assert found.peak <= 1.02
    assert max(found.overshoot, found.undershoot) <= 0.025
    assert found.halo_px() <= 3


@pytest.mark.parametrize("zoom", [1.5, 3.0])
def test_a_softer_photograph_is_delivered_without_overshoot_too(zoom: float) -> None:
    """Its blur lies outside the gates' range at full size: what is left fills two proof pixels."""
    found = seen(delivered("modern_f12", zoom))
    assert found.peak <= 1.02
    assert max(found.overshoot, found.undershoot) <= 0.025
    assert found.halo_px() <= 2 * CANVAS.enlargement


def test_a_sharpened_delivery_fails() -> None:
    """The negative control: an unsharp mask on the same delivered picture."""
    picture = delivered("classic85")
    found = seen(picture + 0.6 * (picture - cv2.GaussianBlur(picture, (0, 0), 3)))
    assert found.overshoot > 0.025
    assert found.peak > 1.02
    assert found.halo_px() > 3


def test_the_lens_shows_in_the_file() -> None:
    """A sharper lens delivers more contrast at 10 lp/mm (of this frame: 24 mm over 1536 pixels)."""
    frequency = cycles_per_px(10, 6 * CANVAS.short_side)
    sharp, soft = (seen(delivered(lens)).at(frequency) for lens in ("apo", "dc_soft"))
    assert sharp > soft + 0.05
