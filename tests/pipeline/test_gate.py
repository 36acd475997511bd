"""The gate: an honest proof passes, a face that was moved or mirrored does not."""

from __future__ import annotations

import json
from functools import cache

import cv2
import numpy as np
import pytest

from render.pipeline.contract import Code, Window
from render.pipeline.develop import sharp
from render.pipeline.errors import NoFace, NotYourLikeness, Refused
from render.pipeline.faces import topology
from render.pipeline.faces.mediapipe import shared
from render.pipeline.measure.likeness import compare
from render.pipeline.measure.symmetrize import local_warp
from render.pipeline.recipe import find
from render.pipeline.scene import Scene, set_up
from render.pipeline.stages import gate as stage
from render.pipeline.stages.gate import gate

from . import selfies
from .selfies import CLOSE, SITTER

ON_A_FACE = pytest.param(SITTER, marks=[pytest.mark.faces, pytest.mark.slow])
SITTERS = [CLOSE, ON_A_FACE]


@cache
def honest(name: str, style: str = "corporate") -> tuple[Scene, Code]:
    proof = selfies.proof(name, style)
    return proof.scene, proof.code


def warped(scene: Scene, code: Code, point: int, size: float) -> Code:
    """One feature pushed aside by ``size`` inter-pupil distances, and what is around it."""
    points = stage.placed_landmarks(scene).points
    ipd = float(np.linalg.norm(points[topology.LEFT_PUPIL] - points[topology.RIGHT_PUPIL]))
    x, y, _ = points[point]
    bent = local_warp(code.astype(np.float32), (x, y), (0.8 * size * ipd, 0.6 * size * ipd), 0.3 * ipd)
    return np.asarray(np.clip(np.rint(bent), 0, 255), np.uint8)


@pytest.mark.parametrize("name", SITTERS)
def test_an_honest_proof_passes_and_says_by_how_much(name: str) -> None:
    finding = selfies.proof(name, "corporate").finding
    assert finding.registration.passed()
    assert not finding.likeness.mirrored
    told = finding.as_dict()
    assert json.loads(json.dumps(told, allow_nan=False)) == json.loads(json.dumps(told))


@pytest.mark.parametrize("name", SITTERS)
@pytest.mark.parametrize("point", [topology.LEFT_MOUTH_CORNER, topology.NOSE_TIP, topology.LEFT_EYE_OUTER])
def test_one_percent_of_the_pupils_distance_is_too_far(name: str, point: int) -> None:
    scene, code = honest(name)
    with pytest.raises(NotYourLikeness):
        gate(scene, warped(scene, code, point, 0.01), shared())


@pytest.mark.parametrize("name", SITTERS)
def test_a_mirrored_portrait_is_refused(name: str) -> None:
    scene, code = honest(name)
    with pytest.raises(NotYourLikeness):
        gate(scene, np.ascontiguousarray(code[:, ::-1]), shared())


@pytest.mark.slow
@pytest.mark.faces
def test_a_mirrored_face_is_seen_as_mirrored_wherever_it_lies() -> None:
    """Chirality, apart from registration."""
    scene, code = honest(SITTER)
    expected = stage.placed_landmarks(scene)
    straight = compare(expected, shared().landmarks(code, crops=32))
    turned = compare(expected, shared().landmarks(np.ascontiguousarray(code[:, ::-1]), crops=32))
    assert not straight.mirrored
    assert straight.direction > 0.9
    assert turned.mirrored


def test_a_whole_picture_moved_is_refused() -> None:
    """Place is known: nothing is forgiven, not even a shift of 1 % IPD of everything."""
    scene, code = honest(CLOSE)
    ipd = stage.placed_landmarks(scene).ipd
    with pytest.raises(NotYourLikeness):
        gate(scene, np.roll(code, max(2, round(0.01 * ipd)), axis=1), shared())


def test_a_portrait_without_a_face_is_refused() -> None:
    scene, code = honest(CLOSE)
    with pytest.raises(Refused) as caught:
        gate(scene, np.full_like(code, 90), shared())
    assert isinstance(caught.value, NoFace | NotYourLikeness)


def test_another_sitter_is_refused() -> None:
    """The same face enlarged by 3 % is already another."""
    scene, code = honest(CLOSE)
    larger = selfies.enlarged(code, 1.03)
    top, left = ((larger.shape[i] - code.shape[i]) // 2 for i in (0, 1))
    part = larger[top : top + code.shape[0], left : left + code.shape[1]]
    with pytest.raises(NotYourLikeness):
        gate(scene, np.ascontiguousarray(part), shared())


def test_what_a_soft_lens_hides_is_registered_before_the_lens() -> None:
    scene, code = honest(CLOSE)
    veiled = cv2.GaussianBlur(code, (0, 0), 6)
    with pytest.raises(NotYourLikeness):
        gate(scene, veiled, shared())
    finding = gate(scene, veiled, shared(), lambda: sharp(scene))
    assert finding.registration.passed()
    assert finding.as_dict()["registration"]["before_the_lens"] is True  # type: ignore[index]
    assert not gate(scene, code, shared(), lambda: sharp(scene)).before_the_lens


def test_before_the_lens_nothing_may_be_moved_either() -> None:
    scene, code = honest(CLOSE)
    veiled = cv2.GaussianBlur(code, (0, 0), 6)
    moved = warped(scene, sharp(scene), topology.NOSE_TIP, 0.02)
    with pytest.raises(NotYourLikeness):
        gate(scene, veiled, shared(), lambda: moved)
    with pytest.raises(NotYourLikeness):  # nor be another picture
        gate(scene, np.ascontiguousarray(code[:, ::-1]), shared(), lambda: sharp(scene))


def test_the_placed_selfie_lies_under_the_proof() -> None:
    """Points, picture and matte are on the proof's grid."""
    scene, code = honest(CLOSE)
    picture, matte = stage.placed_selfie(scene), scene.matte
    assert picture.shape == code.shape
    assert matte.shape == code.shape[:2]
    points = stage.placed_landmarks(scene).points
    x, y = np.round(points[topology.NOSE_TIP, :2]).astype(int)
    assert matte[y, x] > 0.95
    height, width = Window.whole(scene.placement.canvas).shape
    assert (points[:, 0] > 0).all()
    assert (points[:, 0] < width).all()
    assert (points[:, 1] < height).all()


@pytest.mark.slow
@pytest.mark.parametrize("style", ["noir", "mono_bright", "duotone", "hollywood"])
def test_hard_light_and_odd_color_pass(style: str) -> None:
    """Nothing moved, whatever the light: the gate must not mistake light for shape."""
    assert set_up(selfies.sitter(CLOSE), find(style), 1).recipe.slug == style
    selfies.proof(CLOSE, style)
