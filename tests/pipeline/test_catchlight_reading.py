"""Reading catchlights from a portrait: right ones pass; turned, mirrored and missing ones do not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from render.pipeline.contract import Code, Landmarks
from render.pipeline.faces import topology as mesh
from render.pipeline.light.catchlights import offset
from render.pipeline.measure import catchlights, mean_face
from render.pipeline.recipe import Lamp

KEY = Lamp("key", azimuth=-40, elevation=25)
IPD, SIDE, FINE = 200.0, 800, 4
RADIUS = 0.09 * IPD
SIDES = (
    (mesh.RIGHT_PUPIL, mesh.RIGHT_EYE),
    (mesh.LEFT_PUPIL, mesh.LEFT_EYE),
)


def points(moved: float = 0.0) -> Landmarks:
    """The mean face with irises in the middle of open eyes; the detector's ``moved`` radii to the right."""
    shape = mean_face.vertices() * IPD * [1, -1, -1] + [SIDE / 2, 0.45 * SIDE, 0]
    for pupil, lids in SIDES:
        middle = shape[lids].mean(axis=0)
        shape[lids, 1] = middle[1] + 1.6 * (shape[lids, 1] - middle[1])
        shape[pupil, :2] = middle[:2] + [moved * RADIUS, 0]
        turn = np.radians([0, 90, 180, 270])
        shape[pupil + 1 : pupil + 5, :2] = shape[pupil, :2] + RADIUS * np.stack(
            [np.cos(turn), np.sin(turn)], -1
        )
    return Landmarks(shape, shape, 0.0)


def portrait(angles: tuple[float | None, float | None], glint: bool = False) -> Code:
    """Skin, white, iris, pupil, a spot at each eye's position angle; ``glint``: one on the white as well."""
    picture = np.full((SIDE * FINE, SIDE * FINE), 150, np.uint8)
    shape, reach = points().points, float(np.linalg.norm(offset(KEY)))

    def disc(x: float, y: float, radius: float, value: int, over: Code) -> None:
        cv2.circle(over, (round(x * FINE), round(y * FINE)), round(radius * FINE), [value], -1)

    for (pupil, lids), angle in zip(SIDES, angles, strict=True):
        opened = np.zeros_like(picture)
        cv2.fillPoly(opened, [np.round(shape[lids, :2] * FINE).astype(np.int32)], [1])
        drawn = np.full_like(picture, 205)
        x, y = shape[pupil, :2]
        disc(x, y, RADIUS, 75, drawn)
        disc(x, y, 0.35 * RADIUS, 20, drawn)
        if angle is not None:
            turn = np.radians(angle)
            away = reach * RADIUS * np.array([np.cos(turn), -np.sin(turn)])
            disc(x + away[0], y + away[1], 0.14 * RADIUS, 240, drawn)
        if glint:
            disc(x + 1.3 * RADIUS, y, 0.12 * RADIUS, 255, drawn)
        picture = np.where(opened > 0, drawn, picture)
    small = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.repeat(cv2.GaussianBlur(small, (0, 0), 0.8)[..., None], 3, axis=2)


RIGHT = catchlights.expected(KEY)


@pytest.mark.parametrize("moved", [0.0, 0.3, -0.3])
@pytest.mark.parametrize("glint", [False, True])
def test_the_keys_spot_passes_wherever_the_detector_sees_the_iris(moved: float, glint: bool) -> None:
    found = catchlights.read(portrait((RIGHT, RIGHT), glint), points(moved), KEY)
    assert found.why == ("measured", "measured")
    assert max(found.errors) < 6
    assert found.disagreement is not None
    assert found.disagreement < 6


@pytest.mark.parametrize("off", [40, -40])
def test_a_spot_40_degrees_off_is_caught(off: float) -> None:
    found = catchlights.read(portrait((RIGHT, RIGHT + off)), points(), KEY)
    assert found.errors[0] < 6
    assert found.errors[1] == pytest.approx(40, abs=7)
    assert found.disagreement == pytest.approx(40, abs=8)


def test_a_mirrored_eye_is_caught() -> None:
    found = catchlights.read(portrait((RIGHT, 180 - RIGHT)), points(), KEY)
    assert found.errors[0] < 6
    assert found.errors[1] > 60
    assert found.disagreement is not None
    assert found.disagreement > 60


def test_a_missing_spot_is_an_error_and_no_excuse() -> None:
    found = catchlights.read(portrait((RIGHT, None), glint=True), points(), KEY)
    assert found.why == ("measured", "no catchlight")
    assert found.errors[1] == 180
    assert found.disagreement == 180


def test_an_eye_behind_a_patch_is_not_judged() -> None:
    picture = portrait((RIGHT, RIGHT))
    middle = points().points[mesh.LEFT_EYE, :2].mean(axis=0)
    cv2.circle(picture, [round(value) for value in middle.tolist()], round(2.5 * RADIUS), (4, 4, 4), -1)
    found = catchlights.read(picture, points(), KEY)
    assert found.why == ("measured", "eye covered")
    assert len(found.errors) == 1
    assert found.errors[0] < 6
    assert found.disagreement is None


def test_the_selfies_irises_help_where_the_detector_is_lost() -> None:
    picture, lost = portrait((RIGHT, RIGHT)), points(0.9)
    assert max(catchlights.read(picture, lost, KEY).errors) > 15
    found = catchlights.read(picture, lost, KEY, points(0.1))
    assert max(found.errors) < 6


def test_the_selfies_irises_do_not_excuse_a_spot() -> None:
    """They say where to look; what is read there is the portrait's."""
    found = catchlights.read(portrait((RIGHT + 40, RIGHT + 40)), points(0.9), KEY, points(0.1))
    assert min(found.errors) > 30
