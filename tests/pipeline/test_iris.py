"""The limbus: found where it was drawn, however the detector was off, and left alone where none shows."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from render.pipeline.contract import Double, Float
from render.pipeline.faces import iris

RADIUS, CENTER = 18.0, np.array([70.0, 60.0])
TURN = np.linspace(0, 2 * np.pi, 24, endpoint=False)


def lids(opening: float) -> Double:
    """An almond two irises wide on each side, ``opening`` radii high above and below."""
    return CENTER + RADIUS * np.stack([2.0 * np.cos(TURN), opening * np.sin(TURN)], -1)


def eye(opening: float = 0.8, spot: tuple[float, float] | None = None, contrast: float = 1.0) -> Float:
    """Encoded luminance: skin, white, iris, pupil, and a reflection at ``spot`` in radii."""
    large = np.full((120 * 8, 140 * 8), 0.55, np.float32)
    almond = np.round(8 * lids(opening)).astype(np.int32)
    inside = cv2.fillPoly(np.zeros_like(large), [almond], [1.0]) > 0
    y, x = (np.mgrid[0 : 120 * 8, 0 : 140 * 8] + 0.5) / 8
    away = np.hypot(x - CENTER[0], y - CENTER[1]) / RADIUS
    large[inside] = 0.75
    large[inside & (away < 1)] = 0.75 - 0.5 * contrast
    large[inside & (away < 0.35)] = 0.75 - 0.65 * contrast
    if spot is not None:
        u, v = CENTER + RADIUS * np.array(spot)
        large[inside & (np.hypot(x - u, y - v) < 0.13 * RADIUS)] = 0.98
    return np.asarray(cv2.resize(large, (140, 120), interpolation=cv2.INTER_AREA), np.float32)


@pytest.mark.parametrize("across", [-0.3, 0.0, 0.3])
@pytest.mark.parametrize("opening", [0.55, 0.8, 1.1])
def test_the_limbus_is_found_from_beside(across: float, opening: float) -> None:
    found = iris.find(eye(opening), CENTER + [across * RADIUS, 0], RADIUS, lids(opening))
    assert found.center == pytest.approx(CENTER, abs=0.1 * RADIUS)
    assert found.radius == pytest.approx(RADIUS, rel=0.06)


@pytest.mark.parametrize("spot", [(0.95, 0.0), (-0.6, -0.3), (-1.05, 0.1)])
def test_a_reflection_does_not_pull_the_limbus(spot: tuple[float, float]) -> None:
    found = iris.find(eye(spot=spot), CENTER + [0.2 * RADIUS, 0], RADIUS, lids(0.8))
    assert found.center == pytest.approx(CENTER, abs=0.1 * RADIUS)


def test_where_no_limbus_shows_the_detector_is_believed() -> None:
    found = iris.find(eye(contrast=0.0), CENTER + np.array([3.0, 1.0]), RADIUS, lids(0.8))
    assert found.center == pytest.approx(CENTER + [3, 1])
    assert found.radius == RADIUS
    assert found.score == 0


def test_a_clear_limbus_scores_more_than_a_faint_one() -> None:
    """More from beside it than from where it is out of reach: so two starts can be chosen between."""
    near = iris.find(eye(), CENTER, RADIUS, lids(0.8)).score
    far = iris.find(eye(), CENTER + [0.9 * RADIUS, 0], RADIUS, lids(0.8)).score
    assert near > 2 * far


def test_what_is_wide_is_no_spot() -> None:
    picture = np.zeros((40, 40), np.float32)
    picture[:, :15] = 1
    picture[18:21, 28:31] = 1
    opened = iris.without_spots(picture, 8)
    assert opened[20, 5] == 1
    assert opened[19, 29] == 0
