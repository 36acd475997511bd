"""A face lit from one side is printed as light as in even light, and in even light nothing is lifted."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest

from render.pipeline import run
from render.pipeline.evaluation.light_conditions import window_light
from render.pipeline.faces.mediapipe import shared
from render.pipeline.light import ambient, evened
from render.pipeline.recipe import Lamp, Relight
from render.pipeline.stages.relight import relight

from . import rig, selfies
from .files import save
from .selfies import CLOSE


def lifted(side: float, skin: float = 1.0) -> float:
    """Of the rig's sitter with ``skin`` times its reflectance, under light from a side."""
    person, shape = rig.standard()
    logs = np.asarray(side * ambient.harmonics(shape.normals)[..., 1], np.float32)
    person = replace(person, pixels=np.float32(skin) * rig.painted(shape, logs, person))
    return evened.lift(person, shape, ambient.estimate(person, shape))


@pytest.mark.parametrize("skin", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("side", [0.0, 0.3, -0.3])
def test_even_light_and_shading_lift_nothing(side: float, skin: float) -> None:
    assert lifted(side, skin) == 1


@pytest.mark.parametrize("side", [1.2, -1.2])
def test_a_face_half_in_shade_is_lifted_no_further_than_its_lit_side(side: float) -> None:
    _, shape = rig.standard()
    brightest = np.exp(np.abs(side * ambient.harmonics(shape.normals)[..., 1]).max())
    assert 1.3 < lifted(side) <= brightest
    assert 1.3 < lifted(side, 0.2) <= brightest


@pytest.mark.faces
@pytest.mark.parametrize("side", ["left", "right"])
def test_beside_a_window_a_face_is_lifted(side: Literal["left", "right"]) -> None:
    name = selfies.name_of(6)
    beside = window_light(selfies.picture(name), selfies.landmarks(name), side)
    lit = run.sit(run.identify(save(beside, "PNG"), shared()))
    assert 0.5 < np.log2(lit.lift) < 1.5


def test_what_is_lifted_is_printed_lighter() -> None:
    person, shape = rig.standard()
    spec = Relight((Lamp("key", 0, 0, size=90),), ambient=0.5, gloss=0.0)
    old, dark = ambient.estimate(person, shape), np.zeros(3, np.float32)
    plain, lit = (relight(person, shape, spec, old, dark, lift=lift).gain for lift in (1.0, 1.5))
    assert np.median(lit / plain) == pytest.approx(1.5, rel=0.05)


@pytest.mark.parametrize("name", [CLOSE, *selfies.names()])
def test_a_good_photograph_is_not_lifted(name: str) -> None:
    assert selfies.sitter(name).lift == 1
