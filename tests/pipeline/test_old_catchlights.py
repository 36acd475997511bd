"""The selfie's own catchlights: they go, and nothing else of the eye does."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from render.pipeline import scene
from render.pipeline.contract import Float, Identity
from render.pipeline.faces import topology
from render.pipeline.faces.eyes import sparkling, without_catchlights
from render.pipeline.light import catchlights
from render.pipeline.recipe import find

from . import rig


def painted_eyes(light: bool) -> tuple[Identity, Float]:
    """The rig's eyes with brown irises, white around, and a small bright reflection or none."""
    identity, _ = rig.standard()
    picture = identity.pixels.copy()
    for eye in catchlights.eyes(identity):
        lids = np.round((eye.lids - 0.5) * 16).astype(np.int32)
        opening = np.zeros(picture.shape[:2], np.uint8)
        cv2.fillPoly(opening, [lids], [1], shift=4)
        rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]] + 0.5
        distance = np.hypot(columns - eye.center[0], rows - eye.center[1]) / eye.radius
        picture[opening > 0] = 0.6
        picture[(opening > 0) & (distance < 1)] = (0.10, 0.06, 0.03)
        picture[(opening > 0) & (distance < 0.4)] = 0.01
        if light:
            away = np.hypot(columns - eye.center[0] - 2, rows - eye.center[1] + 1)
            picture[(opening > 0) & (away < 2.2)] = 0.95
    return identity, picture


def test_old_catchlights_go_and_nothing_else_changes() -> None:
    identity, picture = painted_eyes(light=True)
    cleared = without_catchlights(picture, identity.landmarks)
    for eye in catchlights.eyes(identity):
        x, y = eye.center
        assert cleared[round(y - 1.5), round(x + 1.5)].max() < 0.25
    rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]] + 0.5
    outside = np.ones(picture.shape[:2], bool)
    for eye in catchlights.eyes(identity):
        outside &= np.hypot(columns - eye.center[0], rows - eye.center[1]) > 1.05 * eye.radius
    assert np.array_equal(cleared[outside], picture[outside])


def textured_eyes(spot: tuple[float, float], size: float = 0.2) -> tuple[Identity, Float, Float]:
    """The rig's eyes with fibers, without and with a reflection at ``spot`` (iris radii)."""
    identity, picture = painted_eyes(light=False)
    clean = picture.copy()
    for eye in catchlights.eyes(identity):
        rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]] + 0.5
        x, y = (columns - eye.center[0]) / eye.radius, (rows - eye.center[1]) / eye.radius
        away, turn = np.hypot(x, y), np.arctan2(y, x)
        iris = (away < 1) & (away > 0.4) & (clean[..., 0] < 0.3)
        clean[iris] *= (1 + 0.25 * np.sin(11 * turn[iris]))[:, None].astype(np.float32)
        lit = (np.hypot(x - spot[0], y - spot[1]) < size) & (clean[..., 0] < 0.7) & (away < 1.2)
        inside = cv2.fillPoly(
            np.zeros(away.shape, np.uint8), [np.round((eye.lids - 0.5) * 16).astype(np.int32)], [1], shift=4
        )
        picture = np.where((lit & (inside > 0))[..., None], 0.95, picture)
        picture = np.where((iris & ~lit)[..., None], clean, picture).astype(np.float32)
    return identity, clean, picture


@pytest.mark.parametrize("spot", [(0.0, -0.1), (0.5, 0.1), (-0.6, 0.0), (0.85, 0.05)])
def test_under_a_reflection_there_is_iris(spot: tuple[float, float]) -> None:
    """Up to the limbus: no light is left, and what stands there is as dark as the iris was."""
    identity, clean, picture = textured_eyes(spot)
    cleared = without_catchlights(picture, identity.landmarks)
    for eye in catchlights.eyes(identity):
        rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]] + 0.5
        away = np.hypot(columns - eye.center[0], rows - eye.center[1]) / eye.radius
        within = (away < 0.92) & (picture[..., 0] > 0.8)
        assert within.sum() > 3
        assert cleared[within].max() < 0.25
        assert abs(cleared[within].mean() - clean[within].mean()) < 0.03


def test_the_white_of_the_eye_stays_white() -> None:
    identity, clean, picture = textured_eyes((0.5, 0.1))
    cleared = without_catchlights(picture, identity.landmarks)
    for eye in catchlights.eyes(identity):
        rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]] + 0.5
        away = np.hypot(columns - eye.center[0], rows - eye.center[1]) / eye.radius
        white = (away > 1.1) & (away < 1.6) & (clean[..., 0] == np.float32(0.6))
        assert np.abs(cleared - clean)[white].max() < 0.02


def test_an_eye_without_a_reflection_is_left_alone() -> None:
    identity, picture = painted_eyes(light=False)
    cleared = without_catchlights(picture, identity.landmarks)
    assert np.abs(cleared - picture).max() < 0.05


def test_eyes_that_mirror_a_lamp_sparkle() -> None:
    identity, dull = painted_eyes(light=False)
    _, lit = painted_eyes(light=True)
    assert sparkling(lit, identity.landmarks, 0.4)
    assert not sparkling(dull, identity.landmarks, 0.4)
    assert sparkling(lit / 8, identity.landmarks, 0.4 / 8)  # in a dark photograph as well
    assert not sparkling(lit, identity.landmarks, 8 * 0.4)
    right, _ = catchlights.eyes(identity)
    left_only = lit.copy()  # one eye in the hair's shadow does not
    middle = round((right.center[0] + catchlights.eyes(identity)[1].center[0]) / 2)
    left_only[:, :middle] = dull[:, :middle]
    assert not sparkling(left_only, identity.landmarks, 0.4)


@pytest.mark.parametrize("light", [True, False])
def test_eyes_go_on_mirroring_what_they_did(light: bool) -> None:
    """What they show is what stood before them; eyes that show nothing get the lamps'."""
    identity, picture = painted_eyes(light)
    sitter = scene.seat(replace(identity, pixels=picture))
    for style in ("on_location", "corporate"):
        assert scene.set_up(sitter, find(style), 1).recipe.relight.catchlights is not light


def test_the_eyes_are_the_sitters_own_right_and_left() -> None:
    identity, _ = rig.standard()
    right, left = catchlights.eyes(identity)
    assert right.center[0] < left.center[0]
    points = identity.landmarks.points
    assert right.center == pytest.approx(points[topology.RIGHT_PUPIL, :2])
    assert 0.1 < right.aperture < 1.2
    assert right.radius == pytest.approx(left.radius, rel=0.15)
