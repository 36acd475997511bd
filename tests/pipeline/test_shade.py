"""The fill's light in small hollows: it reaches shade where faces have it, and takes no mark off anybody."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from render.pipeline.color import srgb
from render.pipeline.contract import Identity
from render.pipeline.faces import topology
from render.pipeline.recipe import Lamp, Relight

from . import rig
from .test_relight import at, under

SOFT = Relight((Lamp("key", 0, 20, size=90),), ambient=0.5, gloss=0.0)
HARD = Relight((Lamp("key", 0, 20, size=90),), ambient=0.1, gloss=0.0)
UNDER_THE_EYE, FOLD, CHEEK, WING = 119, 206, 50, 129


def darkened(
    person: Identity, landmark: int, size: float, by: float, color: tuple[float, ...] = (1, 1, 1)
) -> Identity:
    """The sitter with a dark place around a landmark: ``size`` IPD (one sigma), ``by`` natural log."""
    rows, columns = np.mgrid[0 : person.matte.shape[0], 0 : person.matte.shape[1]]
    x, y = person.landmarks.points[landmark, :2]
    hill = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * (size * person.landmarks.ipd) ** 2))
    shade = np.exp(-by * hill[..., None] * np.array(color))
    return replace(person, pixels=(person.pixels * shade).astype(np.float32))


def lifted(landmark: int, size: float, by: float, spec: Relight = SOFT) -> float:
    """How much more light a dark place gets than the same place of the plain sitter, natural log."""
    person, shape = rig.standard()
    dark, plain = (
        srgb.luminance(at(under(of, spec)[0].gain, shape, landmark))
        for of in (darkened(person, landmark, size, by), person)
    )
    return float(np.log(dark / plain))


@pytest.mark.parametrize("landmark", [UNDER_THE_EYE, FOLD])
def test_the_fill_reaches_into_hollows(landmark: int) -> None:
    assert lifted(landmark, 0.06, 0.3) > 0.05


def test_a_hard_plan_has_no_such_fill() -> None:
    assert lifted(UNDER_THE_EYE, 0.06, 0.3, HARD) == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("size", [0.02, 0.05, 0.1])
@pytest.mark.parametrize("landmark", [CHEEK, topology.FOREHEAD, topology.CHIN])
def test_a_birthmark_stays_as_dark(landmark: int, size: float) -> None:
    assert lifted(landmark, size, 0.5) == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("landmark", [UNDER_THE_EYE, FOLD])
def test_a_mole_in_a_hollow_stays_as_dark(landmark: int) -> None:
    """It is smaller than any hollow."""
    assert lifted(landmark, 0.012, 0.6) == pytest.approx(0, abs=0.04)


def test_a_nostril_stays_black() -> None:
    assert lifted(WING, 0.06, 2.0) < 0.06
