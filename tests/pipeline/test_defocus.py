"""Depth of field on the sitter: discs of the thin lens, where they belong and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from render.pipeline.contract import SHORT_SIDE_MM, Float, Window
from render.pipeline.optics.aperture import disc_diameter
from render.pipeline.recipe import find
from render.pipeline.scene import set_up
from render.pipeline.stages.compose import compose, placed
from render.pipeline.stages.defocus import SHARP, SOFT, Defocus, defocus, discs, in_focus

from .selfies import CLOSE, sitter

SIDE = 160
WHOLE = np.ones((SIDE, SIDE), np.float32)
ROUND = 1.4  # f-number of a round opening
PIXEL = 16 / 12  # a pixel's own area adds to the square of the diameter


def drawn(person: Float, disc: Float | float, matte: Float = WHOLE) -> Defocus:
    return defocus(person, matte, np.broadcast_to(np.float32(disc), matte.shape).copy(), ROUND)


def gray(plane: Float) -> Float:
    return np.repeat(plane[..., None], 3, axis=-1).astype(np.float32)


def width(plane: Float) -> float:
    """Diameter of the even disc with the second moment of ``plane``."""
    y, x = np.mgrid[: plane.shape[0], : plane.shape[1]] - (np.array(plane.shape) // 2)[:, None, None]
    return float(np.sqrt(8 * (plane * (x * x + y * y)).sum() / plane.sum()))


@pytest.mark.parametrize("disc", [2.0, 3.6, 5.0, 9.0, 14.0, 25.0])
def test_a_point_becomes_a_disc_of_that_diameter(disc: float) -> None:
    point = np.zeros((SIDE, SIDE), np.float32)
    point[SIDE // 2, SIDE // 2] = 1
    seen = drawn(gray(point), disc).light[..., 0]
    assert seen.sum() == pytest.approx(1, rel=0.02)
    assert width(seen) == pytest.approx(np.sqrt(disc**2 + PIXEL), rel=0.12)


@pytest.mark.parametrize("disc", [2.0, 7.0, 20.0])
def test_an_even_sitter_stays_even_and_its_edge_is_as_wide_as_the_disc(disc: float) -> None:
    matte = WHOLE.copy()
    matte[:, SIDE // 2 :] = 0
    person = np.full((SIDE, SIDE, 3), 0.4, np.float32)
    person[:, SIDE // 2 :] = 5  # what the photograph had behind the sitter
    seen = drawn(person, disc, matte)
    held = seen.matte > 0.01
    assert np.abs(seen.light[held] - 0.4).max() < 1e-3
    rows = seen.matte[SIDE // 2]
    assert rows.sum() == pytest.approx(SIDE / 2, abs=0.3)
    assert ((rows > 0.02) & (rows < 0.98)).sum() == pytest.approx(disc, abs=2 + 0.2 * disc)


def test_what_is_in_focus_keeps_its_pixels_and_is_not_spread() -> None:
    disc = np.full((SIDE, SIDE), 0.3, np.float32)
    disc[:, SIDE // 2 :] = 12
    person = gray(np.full((SIDE, SIDE), 0.05, np.float32))
    person[:, : SIDE // 2] = 1.0
    seen = drawn(person, disc)
    assert seen.share[:, : SIDE // 2].max() == 0
    assert seen.share[:, SIDE // 2 :].min() == 1
    assert np.abs(seen.light[:, SIDE // 2 :] - 0.05).max() < 0.03
    everywhere = drawn(person, 12.0)  # the negative control: one depth, and the light half does spread
    assert everywhere.light[:, SIDE // 2 :].max() > 0.3


def test_discs_below_the_usual_limit_are_none() -> None:
    assert in_focus(np.full((SIDE, SIDE), SHARP, np.float32), WHOLE)
    assert not in_focus(np.full((SIDE, SIDE), 1.01 * SHARP, np.float32), WHOLE)
    assert in_focus(np.full((SIDE, SIDE), 20, np.float32), 0 * WHOLE)
    assert SHARP < 0.03 / SHORT_SIDE_MM * 1024 < SOFT


def test_the_discs_are_the_thin_lenss() -> None:
    """Focused on the nearer eye; the tip of the nose lies before it, the ears behind."""
    recipe = find("golden_hour")
    scene = set_up(sitter(CLOSE), recipe, 1)
    relief, placement = scene.sitter.relief, scene.placement
    found = discs(relief, placement, recipe)
    eyes, nose = relief.vertices[[468, 473]], relief.vertices[1]
    near = eyes[eyes[:, 2].argmax()]
    away = (nose[2] - near[2]) * 0.063 / relief.ipd
    wanted = disc_diameter(recipe.lens, recipe.place.distance_m, recipe.place.distance_m - away)
    at = {
        name: found[tuple(placement.to_canvas(point[None, :2] / relief.scale)[0].astype(int)[::-1])]
        for name, point in (("eye", near), ("nose", nose))
    }
    assert at["nose"] == pytest.approx(wanted * placement.canvas.short_side, rel=0.25)
    assert at["eye"] < SHARP
    stopped = replace(recipe, lens=replace(recipe.lens, aperture=2 * recipe.lens.aperture))
    assert discs(relief, placement, stopped) == pytest.approx(found / 2, rel=1e-4)


def test_stopped_down_the_portrait_is_sharp_and_wide_open_only_the_eyes_are() -> None:
    recipe = find("golden_hour")
    scene = set_up(sitter(CLOSE), recipe, 1)
    stopped = replace(scene, recipe=replace(recipe, lens=replace(recipe.lens, aperture=22.0)))
    assert placed(stopped).defocus is None
    window = Window.whole(scene.placement.canvas)
    change = np.abs(compose(scene, window) - compose(stopped, window)).max(axis=2)
    share = placed(scene).defocus
    assert share is not None
    assert change[share.share == 0].max() < 1e-6
    assert change[share.share == 1].mean() > 10 * change[share.share == 0].mean()
