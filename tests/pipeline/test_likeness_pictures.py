"""The likeness measure on real photographs that were changed on purpose."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from render.pipeline.contract import Float, Landmarks
from render.pipeline.faces.mediapipe import shared
from render.pipeline.measure.likeness import RELIGHT_GATES, Likeness, compare
from render.pipeline.measure.registration import register
from render.pipeline.measure.symmetrize import symmetrize, symmetrized_points

from . import damage, selfies

pytestmark = [pytest.mark.faces, pytest.mark.slow]

SITTERS = selfies.numbers()


def sitter(number: int) -> tuple[Float, Landmarks]:
    return damage.sitter(Path(os.environ["PORTRAITOS_TEST_FACES"]), number)


@cache
def evened(number: int) -> Float:
    """With a quarter of the asymmetry taken out."""
    return symmetrize(*sitter(number), 0.25)


def compared(number: int, shown: Float) -> Likeness:
    return compare(sitter(number)[1], shared().landmarks(damage.code(shown)), gates=RELIGHT_GATES)


@pytest.mark.parametrize("number", SITTERS)
@pytest.mark.parametrize("fraction", [0.25, 0.5, 1.0])
def test_gain_on_points_reads_what_was_left(number: int, fraction: float) -> None:
    _, landmarks = sitter(number)
    changed = Landmarks(
        symmetrized_points(landmarks.first, fraction),
        symmetrized_points(landmarks.second, fraction),
        landmarks.noise,
    )
    found = compare(landmarks, changed)
    assert found.gain == pytest.approx(1 - fraction, abs=max(0.02, found.gain_noise))


@pytest.mark.parametrize("number", SITTERS)
@pytest.mark.parametrize("fraction", [0.25, pytest.param(0.5, marks=pytest.mark.wide), 1.0])
def test_gain_on_pictures_reads_what_was_left(number: int, fraction: float) -> None:
    changed = evened(number) if fraction == 0.25 else symmetrize(*sitter(number), fraction)
    assert compared(number, changed).gain == pytest.approx(1 - fraction, abs=0.15)


@pytest.mark.parametrize("number", SITTERS)
def test_a_symmetrized_picture_fails_under_new_light(number: int) -> None:
    assert "asymmetry gain" in compared(number, damage.relit(evened(number), number)).verdict.failed


@pytest.mark.parametrize("number", SITTERS)
def test_an_honest_picture_passes(number: int) -> None:
    picture, landmarks = sitter(number)
    for changed in (damage.relit(picture, number), damage.reencoded(picture, 40)):
        found = compare(landmarks, shared().landmarks(damage.code(changed)), gates=RELIGHT_GATES)
        assert found.verdict.failed == ()
        assert register(picture, changed, landmarks.points).passed()


@pytest.mark.parametrize("number", SITTERS)
def test_a_mirrored_picture_is_caught(number: int) -> None:
    picture, landmarks = sitter(number)
    mirrored = shared().landmarks(np.ascontiguousarray(damage.code(picture)[:, ::-1]))
    found = compare(landmarks, mirrored)
    assert found.gain < 0
    assert "chirality" in found.verdict.failed
