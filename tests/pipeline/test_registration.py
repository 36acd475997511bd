"""New light must register as nothing; a small movement under new light must not."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from render.pipeline.contract import Double, Float, Landmarks
from render.pipeline.faces import topology as mesh
from render.pipeline.faces.mediapipe import shared
from render.pipeline.measure.registration import LIMIT, Registration, register
from render.pipeline.measure.symmetrize import local_warp, symmetrize

from . import damage

PLACES = {  # where it is pushed, and in which direction
    "mouth": (mesh.RIGHT_MOUTH_CORNER, (0, -1)),
    "eye": (mesh.RIGHT_UPPER_LID_MID, (0, 1)),
    "jaw": (int(mesh.LEFT_JAW[1]), (1, 0)),
}
FEW = {(6, 250.0), (9, 150.0)}
"""The sitters of every run, and the pixels between their pupils; the soak takes all."""


@cache
def astronaut() -> tuple[Float, Double]:
    """The face enlarged to 150 pixels between the pupils, and its points."""
    part = np.asarray(data.astronaut(), np.float32)[0:260, 90:350] / 255
    picture = np.clip(cv2.resize(part, None, fx=3.5, fy=3.5, interpolation=cv2.INTER_CUBIC), 0, 1)
    return picture, shared().landmarks(damage.code(picture)).points


def interpupil(points: Double) -> float:
    return float(np.linalg.norm(points[mesh.LEFT_PUPIL, :2] - points[mesh.RIGHT_PUPIL, :2]))


def pushed(picture: Float, points: Double, place: str, size: float = 0.01) -> Float:
    index, (x, y) = PLACES[place]
    ipd = interpupil(points)
    center = float(points[index, 0]), float(points[index, 1])
    return local_warp(picture, center, (x * size * ipd, y * size * ipd), 0.3 * ipd)


def test_a_picture_registers_with_itself() -> None:
    picture, points = astronaut()
    found = register(picture, picture, points)
    assert found.largest < 1e-4
    assert found.matched > 0.9
    assert found.passed()


def test_new_light_moves_nothing() -> None:
    picture, points = astronaut()
    found = register(picture, damage.relit(picture, 1), points)
    assert found.p95 <= LIMIT
    assert found.passed()


@pytest.mark.parametrize("place", PLACES)
def test_a_push_of_one_percent_under_new_light_fails(place: str) -> None:
    picture, points = astronaut()
    assert register(picture, damage.relit(pushed(picture, points, place), 2), points).p95 > 1.5 * LIMIT


@pytest.mark.parametrize("size", [-0.02, 0.01, 0.03])
def test_the_displacement_is_read_with_size_and_sign(size: float) -> None:
    picture, points = astronaut()
    found = register(picture, pushed(picture, points, "mouth", size), points)
    near = np.linalg.norm(found.points - points[mesh.RIGHT_MOUTH_CORNER, :2], axis=1) < 0.08 * interpupil(
        points
    )
    assert np.median(found.displacement[near, 1]) == pytest.approx(-size, rel=0.15)


def test_a_shift_of_the_whole_picture_is_not_forgiven() -> None:
    picture, points = astronaut()
    shift = 0.004 * interpupil(points)
    moved = cv2.warpAffine(
        picture, np.array([[1, 0, shift], [0, 1, 0]]), picture.shape[1::-1], flags=cv2.INTER_CUBIC
    )
    found = register(picture, np.asarray(moved, np.float32), points)
    assert found.p50 == pytest.approx(0.004, rel=0.15)
    assert not found.passed()


def test_edges_of_one_direction_report_only_what_lies_across_them() -> None:
    _, points = astronaut()
    width = round(float(points[:, 0].max()) + 80)
    rows, columns = np.mgrid[0 : round(float(points[:, 1].max()) + 80), 0:width].astype(np.float32)

    def stripes(x: float, y: float) -> Float:
        wave = 0.5 + 0.2 * np.sin((columns - x) / 3) + 0 * (rows - y)
        return np.repeat(wave[..., None], 3, -1).astype(np.float32)

    along = register(stripes(0, 0), stripes(0, 5), points)
    across = register(stripes(0, 0), stripes(0.8, 0), points)
    assert along.largest < 1e-4
    assert across.p50 == pytest.approx(0.8 / interpupil(points), rel=0.1)
    assert np.abs(across.displacement[:, 1]).max() < 1e-4


def test_redrawn_catchlights_do_not_count() -> None:
    picture, points = astronaut()
    changed = picture.copy()
    for pupil in (mesh.RIGHT_PUPIL, mesh.LEFT_PUPIL):
        x, y = (round(float(v)) for v in points[pupil, :2])
        cv2.circle(changed, (x + 3, y - 3), 3, (1, 1, 1), -1, cv2.LINE_AA)
    assert register(picture, changed, points).p95 < 0.3 * LIMIT


def test_another_backdrop_does_not_count_with_a_matte() -> None:
    picture, points = astronaut()
    matte = shared().person_masks(damage.code(picture))[0]
    behind = np.asarray(picture * matte[..., None] + 0.3 * (1 - matte[..., None]), np.float32)
    assert register(picture, behind, points, matte=matte).passed()


def test_another_face_does_not_pass() -> None:
    picture, points = astronaut()
    rng = np.random.default_rng(7)
    other = cv2.GaussianBlur(rng.normal(0.5, 1, picture.shape).astype(np.float32), (0, 0), 4)
    assert not register(picture, np.clip(other, 0, 1), points).passed()


def test_a_flat_face_is_an_error_and_sizes_must_agree() -> None:
    picture, points = astronaut()
    flat = np.full_like(picture, 0.5)
    with pytest.raises(ValueError, match="no texture"):
        register(flat, flat, points)
    with pytest.raises(ValueError, match="cannot be registered"):
        register(picture, picture[:-1], points)


def _sitter(number: int, ipd: float) -> tuple[Float, Landmarks]:
    return damage.sitter(Path(os.environ["PORTRAITOS_TEST_FACES"]), number, ipd)


def _under_new_light(picture: Float, changed: Float, landmarks: Landmarks, seed: int) -> Registration:
    return register(picture, damage.relit(changed, seed), landmarks.points)


@pytest.mark.faces
@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "ipd"),
    [
        pytest.param(number, ipd, marks=() if (number, ipd) in FEW else pytest.mark.wide)
        for ipd, numbers in ((150.0, range(1, 12)), (250.0, (1, 6, 11)))
        for number in numbers
    ],
)
def test_every_sitter_passes_relit_and_fails_moved(number: int, ipd: float) -> None:
    picture, landmarks = _sitter(number, ipd)
    assert _under_new_light(picture, picture, landmarks, number).p95 <= 0.7 * LIMIT
    for place in PLACES:
        bent = pushed(picture, landmarks.points, place)
        assert _under_new_light(picture, bent, landmarks, number + 20).p95 > 1.4 * LIMIT
    even = symmetrize(picture, landmarks, 0.25, dimensions=3)
    assert _under_new_light(picture, even, landmarks, number + 40).p95 > 1.5 * LIMIT
