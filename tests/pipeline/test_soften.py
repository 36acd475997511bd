"""Light that changes slowly over a face: additive, inside the sitter, and with eyes that are lit as their
cheeks."""

from __future__ import annotations

import numpy as np
import pytest

from render.pipeline.contract import Float
from render.pipeline.faces import topology
from render.pipeline.light import soften
from render.pipeline.light.relief import Relief, build

from . import rig


@pytest.fixture(scope="module")
def relief() -> Relief:
    return build(rig.standard()[0])


def noise(relief: Relief, seed: int) -> Float:
    return np.random.default_rng(seed).uniform(0, 2, (*relief.depth.shape, 3)).astype(np.float32)


def test_the_light_of_two_lamps_is_the_sum_of_each_one_s(relief: Relief) -> None:
    one, other = noise(relief, 1), noise(relief, 2)
    apart = soften.soften(one, relief, 0.07) + 3 * soften.soften(other, relief, 0.07)
    assert soften.soften(one + 3 * other, relief, 0.07) == pytest.approx(apart, abs=1e-4)


def test_even_light_stays_even(relief: Relief) -> None:
    even = np.ones((*relief.depth.shape, 3), np.float32)
    inside = relief.matte > 0.5
    assert soften.soften(even, relief, 0.09)[inside] == pytest.approx(1, abs=1e-4)


def test_what_is_finer_than_the_measure_is_gone(relief: Relief) -> None:
    rough = noise(relief, 1)
    deep = relief.face > 0.99
    assert soften.soften(rough, relief, 0.09)[deep].std() < 0.1 * rough[deep].std()


def test_a_small_lamp_keeps_more_of_its_shadow_s_edge(relief: Relief) -> None:
    assert soften.breadth(10) < soften.breadth(25) < soften.breadth(180)
    edge = np.zeros((*relief.depth.shape, 3), np.float32)
    edge[:, : edge.shape[1] // 2] = 1
    part = relief.around_face
    steepest = [
        np.abs(np.diff(soften.within(edge, relief, soften.breadth(size))[part][..., 0], axis=1)).max()
        for size in (10, 180)
    ]
    assert steepest[0] > 1.2 * steepest[1]


def test_light_from_beyond_the_outline_does_not_come_in(relief: Relief) -> None:
    light = np.where(relief.matte[..., None] > 0.5, 1, 50).repeat(3, axis=-1).astype(np.float32)
    inside = relief.matte > 0.5
    assert soften.within(light, relief, 0.09)[inside] == pytest.approx(1, abs=1e-3)


def test_an_eye_in_its_socket_s_shadow_is_lit_as_the_skin_below_it(relief: Relief) -> None:
    """And a shadow of the same size on the forehead stays."""
    light = np.ones((*relief.depth.shape, 3), np.float32)
    eye = relief.vertices[topology.RIGHT_EYE, :2].mean(axis=0)
    brow = relief.vertices[topology.RIGHT_EYE, :2].mean(axis=0) - [0, 0.9 * relief.ipd]
    for x, y in (eye, brow):
        reach = int(0.15 * relief.ipd)
        light[int(y) - reach : int(y) + reach, int(x) - reach : int(x) + reach] = 0.2
    soft = soften.soften(light, relief, 0.05)
    assert soft[int(eye[1]), int(eye[0])].min() > 0.65
    assert soft[int(brow[1]), int(brow[0])].max() < 0.45
