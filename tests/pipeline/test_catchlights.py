"""Catchlights: where a mirror ball would show the lamp, in both eyes, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from render.pipeline.contract import Float, Identity, Window
from render.pipeline.light import catchlights
from render.pipeline.light.catchlights import CORNEA_RADIUS, IRIS_RADIUS, Eye
from render.pipeline.light.lamps import direction
from render.pipeline.placement import Placement
from render.pipeline.recipe import Lamp, Place
from render.pipeline.stages.place import place

from . import rig

DARK = 0.02
KEY = Lamp("key", -35, 25, size=25, shape="round")


@cache
def setting() -> tuple[Identity, Placement]:
    identity, shape = rig.standard()
    return identity, place(identity, shape, Place("4:5", head=0.6))


def drawn(*lit: Lamp, scale: int = 3) -> tuple[Float, Window]:
    """The rows of the eyes under ``lit``, on a dark picture."""
    identity, placement = setting()
    window = Window(placement.canvas, scale, 400 * scale, 600 * scale)
    picture = np.full((*window.shape, 3), DARK, np.float32)
    catchlights.draw(picture, catchlights.eyes(identity), placement, window, lit)
    return picture, window


def on_canvas(eye: Eye, placement: Placement, scale: int) -> tuple[Float, float, Float]:
    """Center, iris radius and lids in the window's pixels."""
    center = placement.to_canvas(eye.center[None])[0] * scale - [0, 400 * scale]
    lids = placement.to_canvas(eye.lids) * scale - [0, 400 * scale]
    return center.astype(np.float32), eye.radius / placement.zoom * scale, lids.astype(np.float32)


def spots(picture: Float, scale: int = 3) -> list[Float | None]:
    """Per eye: the bright spot's center from the iris center, in iris radii, x right and y down."""
    identity, placement = setting()
    found: list[Float | None] = []
    for eye in catchlights.eyes(identity):
        (x, y), radius, _ = on_canvas(eye, placement, scale)
        rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]] + 0.5
        near = np.hypot(columns - x, rows - y) < 1.3 * radius
        light = np.where(near, picture.mean(axis=-1) - DARK, 0)
        if light.max() < 0.02:
            found.append(None)
            continue
        total = light.sum()
        at = np.array([(light * columns).sum() / total - x, (light * rows).sum() / total - y])
        found.append((at / radius).astype(np.float32))
    return found


# Where


def test_a_lamp_at_the_lens_is_mirrored_in_the_middle() -> None:
    assert catchlights.offset(Lamp("key", 0, 0)) == pytest.approx([0, 0], abs=1e-9)


@pytest.mark.parametrize(("azimuth", "elevation"), [(30, 0), (-30, 0), (0, 30), (-40, 35), (20, -25)])
def test_a_lamp_is_mirrored_where_the_half_vector_meets_the_cornea(azimuth: float, elevation: float) -> None:
    lamp = Lamp("key", azimuth, elevation)
    half = direction(lamp) + [0, 0, 1]
    half = half / np.linalg.norm(half)
    expected = half[:2] * [1, -1] * CORNEA_RADIUS / IRIS_RADIUS
    assert catchlights.offset(lamp) == pytest.approx(expected, abs=1e-6)


def test_no_lamp_is_mirrored_outside_the_iris() -> None:
    for azimuth in range(-90, 91, 15):
        for elevation in range(-60, 90, 15):
            assert np.linalg.norm(catchlights.offset(Lamp("key", azimuth, elevation))) < 1


@pytest.mark.parametrize("azimuth", [-40, -15, 15, 40])
@pytest.mark.parametrize("elevation", [0, 15])
def test_both_eyes_agree_with_the_lamp_and_each_other(azimuth: float, elevation: float) -> None:
    lamp = Lamp("key", azimuth, elevation, size=22)
    right, left = spots(drawn(lamp)[0])
    assert right is not None
    assert left is not None
    # Within 15 degrees of each other, and on the lamp's side.
    angles = [np.degrees(np.arctan2(-spot[1], spot[0])) for spot in (right, left)]
    apart = abs((angles[0] - angles[1] + 180) % 360 - 180)
    assert apart < 15
    for spot in (right, left):
        assert np.sign(spot[0]) == np.sign(azimuth)
        assert spot[0] == pytest.approx(catchlights.offset(lamp)[0], abs=0.12)


@pytest.mark.parametrize("shape", ["round", "octagon", "square", "strip", "window", "ring"])
def test_every_shape_sits_at_the_same_place(shape: str) -> None:
    picture, _ = drawn(Lamp("key", -20, 5, size=30, shape=shape))
    for spot in spots(picture):
        assert spot is not None
        assert spot[0] == pytest.approx(catchlights.offset(Lamp("key", -20, 5))[0], abs=0.15)


def test_the_eyes_lie_within_the_rows_looked_at() -> None:
    identity, placement = setting()
    points = placement.to_canvas(np.vstack([eye.lids for eye in catchlights.eyes(identity)]))
    assert points[:, 1].min() > 410
    assert points[:, 1].max() < 590


def test_the_same_at_every_size() -> None:
    small, large = spots(drawn(KEY, scale=2)[0], 2), spots(drawn(KEY, scale=5)[0], 5)
    for one, other in zip(small, large, strict=True):
        assert one is not None
        assert other is not None
        assert one == pytest.approx(other, abs=0.06)


# How much, and how large


def test_a_larger_lamp_has_a_larger_image() -> None:
    sizes = [catchlights.half_width(Lamp("key", -30, 20, size=size)) for size in (15, 20, 30, 40)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
    # A ball halves the angle: 30 degrees are 15 of the cornea's.
    assert sizes[2] == pytest.approx(np.radians(15) / 2 * CORNEA_RADIUS / IRIS_RADIUS, rel=0.01)


def test_a_fill_is_weaker_than_the_key() -> None:
    key = Lamp("key", -40, 20, size=40)
    for power in (0.05, 0.3, 1.0, 2.0):
        own, other = catchlights.radiances((key, Lamp("fill", 40, 5, size=15, power=power)))
        assert 0 < other < 0.5 * own


def test_a_wide_dim_fill_is_not_drawn() -> None:
    assert np.array_equal(drawn(KEY)[0], drawn(KEY, Lamp("fill", 40, 0, size=90, power=0.1))[0])


@pytest.mark.parametrize("elevation", [20, 40, 60])
def test_a_low_lid_does_not_turn_the_clock(elevation: float) -> None:
    """The image moves toward the pupil along its own ray; moved down instead, it would read another lamp."""
    lamp = Lamp("key", -35, elevation, size=20)
    turn = np.linspace(0, 2 * np.pi, 40)
    for opening in (0.45, 0.6, 0.9):
        lids = np.stack([2.0 * np.cos(turn), opening * np.sin(turn)], -1)
        x, y = catchlights._seen_at(lamp, lids)
        goal = catchlights.offset(lamp)
        assert x * goal[1] == pytest.approx(y * goal[0], abs=1e-6)
        assert np.hypot(x, y) <= np.linalg.norm(goal) + 1e-9
        assert np.hypot(x, y) >= catchlights.NEAREST - 1e-9


def test_a_ball_bends_a_window() -> None:
    """An upright strip far to the side is mirrored bent around the pupil: its ends lie farther in."""
    lamp = Lamp("key", -60, 0, size=60, shape="strip")
    y, x = np.mgrid[-1:1:201j, -1:1:201j].astype(np.float32)
    image = catchlights._image(lamp, x, y, catchlights.offset(lamp))
    rows = [(image[row] * x[row]).sum() / image[row].sum() for row in (100, 84, 116)]
    assert rows[1] > rows[0] + 0.005
    assert rows[1] == pytest.approx(rows[2], abs=1e-3)


# What is left alone


def test_only_the_open_iris_is_drawn_on() -> None:
    """Behind the lids, inside the iris: every changed pixel."""
    picture, window = drawn(KEY, Lamp("fill", 50, 0, size=80, power=0.5), Lamp("fill", 0, 60, size=60))
    identity, placement = setting()
    allowed = np.zeros(window.shape, np.uint8)
    for eye in catchlights.eyes(identity):
        center, radius, lids = on_canvas(eye, placement, 3)
        iris, opening = np.zeros_like(allowed), np.zeros_like(allowed)
        cv2.circle(iris, (round(float(center[0])), round(float(center[1]))), round(radius + 2), [1], -1)
        cv2.fillPoly(opening, [np.round(lids).astype(np.int32)], [1])
        grow = 2 * round(0.16 * radius) + 1  # a lid's edge is soft
        allowed |= iris & cv2.dilate(opening, np.ones((grow, grow), np.uint8))
    changed = np.abs(picture - DARK).max(axis=-1) > 1e-3
    assert changed.any()
    assert not (changed & (allowed == 0)).any()


def test_strips_are_the_whole() -> None:
    identity, placement = setting()
    whole, window = drawn(KEY)
    strip = np.full_like(whole, DARK)
    for top in range(window.top, window.bottom, 97):
        part = Window(placement.canvas, 3, top, min(top + 97, window.bottom))
        rows = strip[part.top - window.top : part.bottom - window.top]
        catchlights.draw(rows, catchlights.eyes(identity), placement, part, (KEY,))
    assert np.abs(strip - whole).max() < 1e-5


@pytest.mark.parametrize(
    "lamp", [Lamp("backdrop", 0, 0), Lamp("rim", 140, 20), Lamp("hair", 180, 60), Lamp("fill", power=0.0)]
)
def test_what_no_cornea_shows_is_not_drawn(lamp: Lamp) -> None:
    assert np.array_equal(drawn(lamp)[0], np.full_like(drawn()[0], DARK))


def test_no_lamp_is_mirrored_in_a_patch() -> None:
    identity, placement = setting()
    right, left = catchlights.eyes(identity)
    window = Window(placement.canvas, 1, 0, placement.canvas.height)
    for hidden in (False, True):
        picture = np.full((*window.shape, 3), DARK, np.float32)
        catchlights.draw(picture, (replace(right, hidden=hidden), left), placement, window, (KEY,))
        x, y = (round(value) for value in placement.to_canvas(right.center[None])[0].tolist())
        near = round(right.radius / placement.zoom) + 1
        lit = bool(picture[y - near : y + near + 1, x - near : x + near + 1].max() > DARK + 0.1)
        assert lit is not hidden
        assert picture.max() > DARK + 0.1


def test_catchlights_only_brighten() -> None:
    picture, _ = drawn(KEY)
    assert picture.min() >= DARK - 1e-6
    assert picture.max() <= 1.2
