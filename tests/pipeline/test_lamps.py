"""One lamp on known shapes: direction, cosine, shadow, distance, color."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from render.pipeline.color import srgb
from render.pipeline.contract import Float
from render.pipeline.faces import topology
from render.pipeline.light import lamps, relief
from render.pipeline.light.relief import GRID_IPD, Relief
from render.pipeline.recipe import Lamp

from . import rig

SIDE = 301
MIDDLE = SIDE // 2


def shape_of(depth: Float) -> Relief:
    """Any surface, the sitter everywhere, the eyes in the middle."""
    base = rig.standard()[1]
    ones = np.ones_like(depth)
    vertices = base.vertices.copy()
    half = np.array([GRID_IPD / 2, 0, 0])
    center = np.array([depth.shape[1] / 2, depth.shape[0] / 2, 0])
    vertices[topology.RIGHT_PUPIL], vertices[topology.LEFT_PUPIL] = center - half, center + half
    normals = relief._normals(depth)
    return replace(
        base, depth=depth, normals=normals, face=ones, matte=ones, openness=ones, vertices=vertices
    )


def flat() -> Relief:
    return shape_of(np.zeros((SIDE, SIDE), np.float32))


def tilted(degrees: float) -> Relief:
    """A plane whose normal is turned to the picture's right by ``degrees``."""
    columns = np.arange(SIDE, dtype=np.float32)[None] - MIDDLE
    return shape_of(np.repeat(-np.tan(np.radians(degrees)) * columns, SIDE, axis=0).astype(np.float32))


def ridge(height: float) -> Relief:
    """A nose: a wall ``height`` high and 9 wide down the middle of a plane."""
    depth = np.zeros((SIDE, SIDE), np.float32)
    depth[60:240, MIDDLE - 4 : MIDDLE + 5] = height
    return shape_of(depth)


# Direction and color


@pytest.mark.parametrize(
    ("azimuth", "elevation", "expected"),
    [
        (0, 0, (0, 0, 1)),
        (90, 0, (1, 0, 0)),
        (-90, 0, (-1, 0, 0)),
        (0, 90, (0, 1, 0)),
        (180, 0, (0, 0, -1)),
        (45, 0, (0.5**0.5, 0, 0.5**0.5)),
    ],
)
def test_direction(azimuth: float, elevation: float, expected: tuple[float, ...]) -> None:
    found = lamps.direction(Lamp("key", azimuth, elevation))
    assert found == pytest.approx(expected, abs=1e-9)


def test_color_is_power_times_white_times_gel() -> None:
    key = Lamp("key", kelvin=5600)
    assert srgb.luminance(lamps.color(key)) == pytest.approx(1, abs=0.02)
    assert lamps.color(replace(key, power=0.5)) == pytest.approx(lamps.color(key) / 2)
    warm = lamps.color(replace(key, kelvin=3200))
    assert warm[0] / warm[2] > 1.5 * lamps.color(key)[0] / lamps.color(key)[2]
    red = lamps.color(replace(key, gel=(1.0, 0.0, 0.0)))
    assert red[1] == red[2] == 0


# The cosine


@pytest.mark.parametrize("degrees", [0, 20, 40, 60, 75])
def test_a_small_lamp_on_a_matt_plane_is_lamberts(degrees: float) -> None:
    """Blue scatters least in skin: its cosine is nearly the plain one."""
    light = lamps.diffuse(tilted(degrees), Lamp("key", size=1))[MIDDLE, MIDDLE]
    assert light[2] == pytest.approx(np.cos(np.radians(degrees)), abs=0.06)
    assert light[0] >= light[1] >= light[2] - 1e-6


@pytest.mark.parametrize("size", [1, 30, 90])
def test_light_falls_with_the_angle_and_ends(size: float) -> None:
    plane = flat()
    found = [
        lamps.diffuse(plane, Lamp("key", azimuth, size=size))[MIDDLE, MIDDLE].mean()
        for azimuth in range(0, 181, 15)
    ]
    assert found[0] == pytest.approx(1, abs=0.02)
    assert (np.diff(found) <= 1e-6).all()
    assert found[-1] == 0


def test_a_larger_lamp_reaches_farther_around() -> None:
    plane = flat()
    grazing = [
        lamps.diffuse(plane, Lamp("key", 95, size=size))[MIDDLE, MIDDLE, 2] for size in (1, 20, 60, 120)
    ]
    assert grazing[0] == pytest.approx(0, abs=0.02)
    assert (np.diff(grazing) >= 0).all()
    assert grazing[-1] > 0.05


# Distance


@pytest.mark.parametrize("size", [10, 36, 90])
@pytest.mark.parametrize("azimuth", [-60, 0, 60])
def test_light_falls_with_the_square_of_the_distance(azimuth: float, size: float) -> None:
    """A softbox of 0.9 m that looks 36 degrees wide hangs at 1.4 m; none hangs nearer than 1.2 m, nor farther
    than 2.5 m."""
    plane = flat()
    lamp = Lamp("key", azimuth, 20, size=size)
    fall = lamps.falloff(plane, lamp)
    meters = {10: 2.5, 36: 1.4, 90: 1.197}[round(size)]
    to = lamps.direction(lamp) * meters / 0.063 * GRID_IPD
    for x, y in ((10, 10), (290, 40), (150, 290)):
        place = np.array([x + 0.5 - SIDE / 2, SIDE / 2 - (y + 0.5), 0])
        expected = (to @ to) / ((to - place) @ (to - place))
        assert fall[y, x] == pytest.approx(expected, rel=0.01)
    assert fall[MIDDLE, MIDDLE] == pytest.approx(1, abs=0.01)


# Shadows


@pytest.mark.parametrize("side", [1, -1])
def test_a_nose_casts_its_shadow_away_from_the_lamp(side: int) -> None:
    """A lamp at the camera's right (azimuth > 0) shades the picture's left of the nose."""
    seen = lamps.visibility(ridge(20), Lamp("key", 45 * side, size=8))
    away, toward = seen[150, MIDDLE - side * 14], seen[150, MIDDLE + side * 14]
    assert away < lamps.DEEPEST_SHADE + 0.1
    assert toward > 0.95
    assert seen[150, MIDDLE] > 0.9  # the ridge itself is lit


@pytest.mark.parametrize("height", [12, 24])
@pytest.mark.parametrize("azimuth", [35, 55])
def test_the_shadow_is_as_long_as_the_angle_says(height: float, azimuth: float) -> None:
    seen = lamps.visibility(ridge(height), Lamp("key", azimuth, size=4))
    row = seen[150, : MIDDLE - 4][::-1]  # away from the ridge's left edge
    length = float(np.argmax(row > (1 + lamps.DEEPEST_SHADE) / 2))
    assert length == pytest.approx(height * np.tan(np.radians(azimuth)), abs=3 + 0.1 * height)


def test_a_high_lamp_casts_the_shadow_down() -> None:
    depth = np.zeros((SIDE, SIDE), np.float32)
    depth[145:155, 80:220] = 20
    seen = lamps.visibility(shape_of(depth), Lamp("key", 0, 45, size=8))
    assert seen[165, 150] < lamps.DEEPEST_SHADE + 0.1
    assert seen[135, 150] > 0.95


def test_a_larger_lamp_has_a_softer_shadow() -> None:
    widths = []
    for size in (10, 30, 60):
        row = lamps.visibility(ridge(24), Lamp("key", 45, size=size))[150, : MIDDLE - 6]
        widths.append(int(((row > 0.1) & (row < 0.9)).sum()))
    assert widths[0] < widths[1] < widths[2]


def test_nothing_stands_before_a_lamp_at_the_lens_or_a_plane() -> None:
    assert lamps.visibility(ridge(20), Lamp("key", 0, 0))[150].min() > 0.9
    assert lamps.visibility(flat(), Lamp("key", 60, 20)).min() > 0.95


@pytest.mark.parametrize("side", [1, -1])
def test_a_real_nose_too(side: int) -> None:
    """The rig's face under a hard lamp: the nose's far side lies darker than its near side."""
    _, shape = rig.standard()
    seen = lamps.visibility(shape, Lamp("key", 55 * side, 30, size=10))
    right, left = (float(seen[round(shape.vertices[p, 1]), round(shape.vertices[p, 0])]) for p in (203, 423))
    lit, shaded = (left, right) if side > 0 else (right, left)
    assert lit > shaded + 0.2


# Sheen


def test_sheen_is_brightest_where_the_half_vector_is_the_normal() -> None:
    lamp = Lamp("key", 50, 0, size=10)
    found = [float(lamps.sheen(tilted(turn), lamp)[MIDDLE, MIDDLE]) for turn in (-20, 0, 25, 50, 70)]
    assert int(np.argmax(found)) == 2  # half of 50 degrees
    assert min(found) >= 0
