"""Laws of the face mesh, of the pose and of the detector."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from render.pipeline.contract import Code, Landmarks, Pose
from render.pipeline.errors import NoFace
from render.pipeline.faces import topology as mesh
from render.pipeline.faces.crops import jitter, patch, repeatability, robust_mean, square_of_points
from render.pipeline.faces.mediapipe import MediaPipeDetector, shared
from render.pipeline.faces.pose import RIGID, SHAPE, compose, pose

from . import selfies

ROOT = Path(__file__).resolve().parents[2]
FOLDER = os.environ.get("PORTRAITOS_TEST_FACES")
needs_faces = pytest.mark.skipif(
    FOLDER is None, reason="PORTRAITOS_TEST_FACES names no folder of photographs"
)


def photograph(number: int) -> Code:
    picture = cv2.imread(str(Path(os.environ["PORTRAITOS_TEST_FACES"]) / f"sitter-{number:02d}.jpg"))
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


@pytest.fixture(scope="module")
def astronaut() -> Code:
    return np.asarray(data.astronaut(), np.uint8)


@pytest.fixture(scope="module")
def measured(astronaut: Code) -> Landmarks:
    return shared().landmarks(astronaut)


def test_mirroring_twice_changes_nothing() -> None:
    assert np.array_equal(mesh.MIRROR[mesh.MIRROR], np.arange(mesh.POINTS))
    assert len(mesh.MIDLINE) == 28


def test_the_twins_are_an_automorphism_of_the_mesh() -> None:
    triangles = {frozenset(t) for t in mesh.TRIANGLES.tolist()}
    assert len(triangles) == 852
    assert {frozenset(mesh.MIRROR[list(t)].tolist()) for t in triangles} == triangles


def test_the_mesh_is_a_surface_wound_one_way() -> None:
    directed = [(t[i], t[(i + 1) % 3]) for t in mesh.TRIANGLES.tolist() for i in range(3)]
    assert len(set(directed)) == len(directed)


def test_the_edges_are_mediapipes_but_for_three_quads() -> None:
    from mediapipe.python.solutions.face_mesh_connections import FACEMESH_TESSELATION

    theirs = {frozenset(edge) for edge in FACEMESH_TESSELATION}
    ours = {frozenset(edge) for t in mesh.TRIANGLES.tolist() for edge in itertools.combinations(t, 2)}
    assert len(ours - theirs) == len(theirs - ours) == 3


@pytest.mark.parametrize("name", [name for name in vars(mesh) if name.startswith("RIGHT_")])
def test_left_features_are_the_twins_of_the_right_ones(name: str) -> None:
    assert np.array_equal(mesh.MIRROR[getattr(mesh, name)], getattr(mesh, "LEFT_" + name[6:]))


@pytest.mark.parametrize("name", ["FACE_OVAL", "LIPS_OUTER", "LIPS_INNER", "NOSE", "INNER_FACE", "JAW_LINE"])
def test_features_on_the_midline_are_their_own_twins(name: str) -> None:
    points = getattr(mesh, name)
    assert set(mesh.MIRROR[points]) == set(points)


@pytest.mark.parametrize("angles", [(0, 0, 0), (20, -7, 12), (-35, 15, -20), (5, 25, 40)])
def test_pose_takes_apart_what_compose_puts_together(angles: tuple[float, float, float]) -> None:
    points = np.zeros((mesh.POINTS, 3))
    points[RIGID] = 80 * (SHAPE @ compose(Pose(*angles)).T) * [1, -1, -1] + [300, 400, 0]
    read = pose(Landmarks(points, points, 0.0))
    assert (read.yaw, read.pitch, read.roll) == pytest.approx(angles, abs=1e-9)


def test_jitter_is_balanced_and_the_two_sets_differ() -> None:
    first, second = jitter(16)
    assert np.allclose(first.sum(0), 0)
    assert np.allclose(second.sum(0), 0)
    assert not {tuple(row) for row in first.tolist()} & {tuple(row) for row in second.tolist()}
    assert np.abs(np.concatenate([first, second])).max() <= 1


def test_one_wild_crop_does_not_move_the_mean() -> None:
    rng = np.random.default_rng(1)
    samples = rng.normal(0, 0.1, (16, 478, 3))
    wild = samples.copy()
    wild[3] += 50
    assert np.abs(robust_mean(wild) - samples[np.arange(16) != 3].mean(0)).max() < 1e-12


def test_repeatability_is_the_noise_per_axis() -> None:
    rng = np.random.default_rng(2)
    truth = rng.uniform(0, 100, (478, 3))
    truth[[468, 473]] = [[0, 0, 0], [200, 0, 0]]
    first, second = (truth + rng.normal(0, 1, truth.shape) for _ in range(2))
    assert repeatability(first, second) == pytest.approx(1 / 200, rel=0.06)


def test_making_a_patch_smaller_moves_nothing() -> None:
    picture = np.zeros((1200, 1600, 3), np.uint8)
    cv2.circle(picture, (803 * 8 + 4, 611 * 8 + 4), 60 * 8, (255, 255, 255), -1, cv2.LINE_AA, 3)
    points = np.zeros((478, 3))
    points[:, :2] = np.random.default_rng(3).uniform([400, 200], [1200, 1000], (478, 2))
    points[[468, 473], :2] = [[700, 600], [900, 600]]
    part, _, (x, y, scale) = patch(picture, square_of_points(points), 384)
    assert scale > 2
    weight = part[..., 0].astype(float)
    rows, columns = np.mgrid[0 : part.shape[0], 0 : part.shape[1]] + 0.5
    center = (
        (columns * weight).sum() / weight.sum() * scale + x,
        (rows * weight).sum() / weight.sum() * scale + y,
    )
    assert center == pytest.approx((804, 612), abs=0.6)


def test_the_astronaut_has_one_face(astronaut: Code, measured: Landmarks) -> None:
    faces = shared().detect(astronaut)
    assert len(faces) == 1
    assert measured.ipd == pytest.approx(43, abs=3)
    assert np.linalg.norm(np.subtract(faces[0].right_eye, measured.points[mesh.RIGHT_PUPIL, :2])) < 8
    assert measured.noise < 0.006


def test_a_mirrored_photograph_gives_the_mirrored_points(astronaut: Code, measured: Landmarks) -> None:
    seen = shared().landmarks(np.ascontiguousarray(astronaut[:, ::-1]))
    back = (seen.points * [-1, 1, 1] + [astronaut.shape[1], 0, 0])[mesh.MIRROR]
    assert np.abs(back - measured.points).mean() / measured.ipd < 0.004


def test_the_same_photograph_gives_the_same_points(astronaut: Code, measured: Landmarks) -> None:
    again = MediaPipeDetector().landmarks(astronaut)
    assert np.array_equal(again.first, measured.first)
    assert np.array_equal(again.second, measured.second)


def test_no_face_is_refused() -> None:
    empty = np.full((600, 400, 3), 90, np.uint8)
    assert shared().detect(empty) == []
    with pytest.raises(NoFace):
        shared().landmarks(empty)


def test_the_number_of_crops_must_balance(astronaut: Code) -> None:
    with pytest.raises(ValueError, match="multiple of 16"):
        shared().landmarks(astronaut, crops=24)


def test_the_person_is_told_from_the_background(astronaut: Code, measured: Landmarks) -> None:
    mask = shared().person_masks(astronaut)[0]
    assert mask.shape == astronaut.shape[:2]
    x, y = measured.points[mesh.NOSE_TIP, :2].astype(int)
    assert mask[y, x] > 0.9
    assert mask[20, 20] < 0.2
    assert 0 <= mask.min() <= mask.max() <= 1


def test_a_face_that_fills_the_frame_and_a_small_one_are_found(astronaut: Code, measured: Landmarks) -> None:
    x, y = measured.points[mesh.NOSE_TIP, :2].astype(int)
    tight = np.ascontiguousarray(astronaut[y - 62 : y + 48, x - 48 : x + 48])
    large = np.asarray(cv2.resize(tight, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC), np.uint8)
    assert len(shared().detect(large)) == 1
    small = np.full((1024, 1024, 3), 120, np.uint8)
    shrunk = cv2.resize(astronaut, (200, 200), interpolation=cv2.INTER_AREA)  # the face: about 40 px
    small[700:900, 100:300] = shrunk
    assert len(shared().detect(small)) == 1


def test_two_faces_are_two(astronaut: Code) -> None:
    assert len(shared().detect(np.ascontiguousarray(np.hstack([astronaut, astronaut[:, ::-1]])))) == 2


@pytest.mark.slow
def test_one_core_and_all_cores_agree_and_say_nothing(astronaut: Code) -> None:
    code = (
        "import os, sys, numpy as np; from skimage import data\n"
        "cores = os.sched_getaffinity(0)\n"
        "if sys.argv[1] == 'one': os.sched_setaffinity(0, {min(cores)})\n"
        "from render.pipeline.faces.mediapipe import shared\n"
        "found = shared().landmarks(np.asarray(data.astronaut()))\n"
        "mask = shared().person_masks(np.asarray(data.astronaut()))[0]\n"
        "import hashlib; print(hashlib.sha256(found.points.tobytes() + mask.tobytes()).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code, cores], cwd=ROOT, capture_output=True, text=True, check=True
        )
        for cores in ("one", "all")
    ]
    assert runs[0].stdout == runs[1].stdout
    assert [run.stderr for run in runs] == ["", ""]


@pytest.mark.faces
@pytest.mark.slow
@pytest.mark.parametrize("number", selfies.numbers())
def test_noise_of_the_default_crops(number: int) -> None:
    picture = photograph(number)
    assert len(shared().detect(picture)) == 1
    assert shared().landmarks(picture).noise <= 0.0025


@pytest.mark.faces
@pytest.mark.slow
def test_turned_heads_read_as_turned() -> None:
    yaws = {number: abs(pose(shared().landmarks(photograph(number))).yaw) for number in range(1, 14)}
    assert min(yaws[12], yaws[13]) > 25 > 16 > max(yaws[number] for number in range(1, 12))
