"""What is drawn over a portrait is what was measured."""

from dataclasses import replace

import numpy as np

from render.pipeline.contract import Landmarks
from render.pipeline.measure.overlay import OUTLINES, SPACING, overlay
from render.pipeline.measure.registration import LIMIT, Registration

IPD = 100.0


def marks() -> Landmarks:
    points = np.random.default_rng(1).uniform(0, 400, (478, 3))
    points[468], points[473] = (100, 200, 0), (100 + IPD, 200, 0)
    return Landmarks(points, points, 0.0)


def found(count: int) -> Registration:
    rng = np.random.default_rng(2)
    points = rng.uniform(0, 300, (count, 2))
    return Registration(points, rng.normal(0, LIMIT, (count, 2)), np.ones(count), 0.0, 0.0, 0.0, 1.0)


def test_each_place_carries_its_own_displacement_in_pixels() -> None:
    measured = found(4000)
    drawn = np.array(overlay(marks(), measured)["places"])
    for x, y, dx, dy in drawn:
        nearest = int(np.argmin(np.hypot(*(measured.points - (x, y)).T)))
        assert np.abs(measured.displacement[nearest] * IPD - (dx, dy)).max() < 1e-3


def test_places_are_one_a_cell_and_cover_what_was_measured() -> None:
    drawn = np.array(overlay(marks(), found(4000))["places"])
    cells = np.floor(drawn[:, :2] / (SPACING * IPD))
    assert len(np.unique(cells, axis=0)) == len(drawn) == (300 / (SPACING * IPD)) ** 2


def test_outlines_are_the_landmarks_and_the_limit_is_the_gates() -> None:
    known = marks()
    drawn = overlay(known, found(10))
    lines = drawn["outlines"]
    assert isinstance(lines, list)
    assert np.abs(np.array(lines[0]) - known.points[OUTLINES[0], :2]).max() <= 0.05
    assert drawn["limit"] == round(LIMIT * IPD, 4)


def test_nothing_found_draws_no_places() -> None:
    nothing = replace(found(1), points=np.empty((0, 2)), displacement=np.empty((0, 2)))
    assert overlay(marks(), nothing)["places"] == []
