"""The asymmetry that the skin tells of: exact on points, and on pictures true under new light."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from render.pipeline.contract import Double, Float, Landmarks
from render.pipeline.measure import asymmetry
from render.pipeline.measure.carried import carried
from render.pipeline.measure.registration import Registration, register
from render.pipeline.measure.symmetrize import symmetrize, symmetrized_points

from . import damage, selfies
from .test_likeness import IPD, face, seen, turned


def registered(at: Double, shift: Double) -> Registration:
    """As if the texture at each place had moved by ``shift`` pixels."""
    return Registration(at[:, :2], shift[:, :2] / IPD, np.ones(len(at)), 0.0, 0.0, 0.0, 1.0)


def test_what_did_not_move_reads_exactly_one() -> None:
    sitter = seen(face(), noise=0.003)
    kept = carried(sitter, registered(sitter.points, np.zeros((478, 3))))
    assert kept is not None
    assert kept.gain == pytest.approx(1, abs=1e-12)
    assert kept.direction == pytest.approx(1, abs=1e-12)
    assert kept.landmarks == 1


@pytest.mark.parametrize("fraction", [0.25, 0.5, 1.0, -0.5])
def test_what_was_taken_out_is_missing(fraction: float) -> None:
    sitter = seen(face())
    moved = symmetrized_points(sitter.points, fraction, 3) - sitter.points
    kept = carried(sitter, registered(sitter.points, moved))
    assert kept is not None
    assert kept.gain == pytest.approx(1 - fraction, abs=0.05)  # what lies in depth is not seen


def test_noise_of_the_landmarks_does_not_weaken_what_is_missing() -> None:
    truth = seen(face())
    moved = symmetrized_points(truth.points, 0.5, 3) - truth.points
    noisy = seen(face(), noise=0.002)
    kept = carried(noisy, registered(truth.points, moved))
    assert kept is not None
    assert kept.gain == pytest.approx(0.5, abs=0.06)


def test_a_turned_shifted_and_larger_face_has_kept_it() -> None:
    sitter = seen(face())
    centered = sitter.points - sitter.points.mean(axis=0)
    angle = np.radians(2)
    turn = 1.01 * np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    moved = centered @ turn.T - centered + [3, -2, 0]
    kept = carried(sitter, registered(sitter.points, moved))
    assert kept is not None
    assert kept.gain == pytest.approx(1, abs=0.02)


def test_too_little_skin_gives_no_number() -> None:
    sitter = seen(face())
    nothing = np.empty((0, 3))
    assert carried(sitter, registered(nothing, nothing)) is None
    left = sitter.points[sitter.points[:, 0] > np.median(sitter.points[:, 0])]
    assert (
        carried(sitter, registered(left, np.zeros_like(left))) is None
    )  # no landmark has its mirror landmark


def test_a_face_without_asymmetry_gives_no_number() -> None:
    points = seen(face()).points
    even = symmetrized_points(points, 1.0, 3)
    field = asymmetry.field(points)
    opposed = Landmarks(even + field, even - field, 0.0)  # what one measurement has the other denies
    assert carried(opposed, registered(even, np.zeros_like(even))) is None


@pytest.mark.parametrize(("yaw", "told"), [(12, True), (-12, True), (26, False), (-26, False)])
def test_a_head_turned_far_gives_no_number(yaw: float, told: bool) -> None:
    sitter = seen(turned(face(), yaw))
    assert (carried(sitter, registered(sitter.points, np.zeros((478, 3)))) is not None) == told


@pytest.mark.faces
@pytest.mark.slow
@pytest.mark.parametrize("number", selfies.numbers())
def test_new_light_reads_one_and_a_quarter_less_reads_a_quarter_less(number: int) -> None:
    picture, sitter = damage.sitter(Path(os.environ["PORTRAITOS_TEST_FACES"]), number)

    def gain(changed: Float) -> float:
        kept = carried(sitter, register(picture, damage.relit(changed, number), sitter.points))
        assert kept is not None
        assert kept.landmarks > 0.85
        return kept.gain

    assert gain(picture) == pytest.approx(1, abs=0.005)
    assert gain(symmetrize(picture, sitter, 0.25, dimensions=3)) == pytest.approx(0.75, abs=0.08)
