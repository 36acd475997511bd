"""Laws of the likeness measure on synthetic faces; each comes with what must fail."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from render.pipeline.contract import Double, Landmarks, Pose
from render.pipeline.faces import topology as mesh
from render.pipeline.faces.pose import RIGID, SHAPE, compose
from render.pipeline.measure import asymmetry
from render.pipeline.measure.likeness import GATES, compare
from render.pipeline.measure.similarity import fit
from render.pipeline.measure.symmetrize import symmetrized_points

IPD = 200.0


def symmetric_face() -> Double:
    """A face-like cloud that is its own mirror image, detector axes, centered on (0, 0, 0)."""
    rng = np.random.default_rng(5)
    cloud = rng.normal(0, 0.4, (mesh.POINTS, 3))
    anchors = fit(cloud[RIGID], SHAPE)(cloud) * [1, -1, -1]
    anchors[RIGID] = SHAPE * [1, -1, -1]
    anchors[mesh.RIGHT_PUPIL], anchors[mesh.LEFT_PUPIL] = (-0.5, 0, 0), (0.5, 0, 0)
    anchors[mesh.CHIN] = (0, 1.4, -0.1)
    return IPD * (anchors + asymmetry.mirror(anchors)) / 2


def face(size: float = 0.02, seed: int = 1) -> Double:
    """A face whose asymmetry has the magnitude ``size``, smooth over the face."""
    points = symmetric_face()
    rng = np.random.default_rng(seed)
    waves = rng.normal(0, 1.2 / IPD, (6, 3))
    push = sum(np.outer(np.sin(points @ wave + k), rng.normal(0, 1, 3)) for k, wave in enumerate(waves))
    odd = asymmetry.field(points + 0.01 * IPD * np.asarray(push))
    for _ in range(3):  # what a similarity explains is no asymmetry
        odd = asymmetry.field(points + odd)
    now = np.sqrt((odd**2).sum(1).mean()) / IPD
    return points + odd * (size / now)


def seen(points: Double, noise: float = 0.0, seed: int = 0) -> Landmarks:
    rng = np.random.default_rng(seed)
    first, second = (500.0 + points + rng.normal(0, noise * IPD, points.shape) for _ in range(2))
    return Landmarks(np.asarray(first, np.float64), np.asarray(second, np.float64), noise)


def turned(points: Double, yaw: float, pitch: float = 0.0, roll: float = 0.0) -> Double:
    flip = np.diag([1.0, -1.0, -1.0])
    return points @ (flip @ compose(Pose(yaw, pitch, roll)) @ flip).T


def test_a_face_is_like_itself() -> None:
    found = compare(seen(face()), seen(face()))
    assert found.gain == pytest.approx(1)
    assert found.direction == pytest.approx(1)
    assert found.error_max < 1e-12
    assert found.magnitude_selfie == pytest.approx(0.02, rel=0.02)
    assert found.verdict.passed


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize(("fraction", "expected"), [(0.25, 0.75), (0.5, 0.5), (1.0, 0.0), (-0.3, 1.3)])
def test_gain_reads_how_much_asymmetry_is_left(fraction: float, expected: float, dimensions: int) -> None:
    points = face()
    found = compare(
        seen(points), seen(symmetrized_points(points, fraction, dimensions)), dimensions=dimensions
    )
    assert found.gain == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(("fraction", "expected"), [(0.0, 1.0), (0.25, 0.75), (0.5, 0.5), (1.0, 0.0)])
def test_gain_is_unbiased_under_detector_noise(fraction: float, expected: float) -> None:
    points, noise = face(), 0.004
    moved = symmetrized_points(points, fraction)
    gains = [compare(seen(points, noise, 2 * k), seen(moved, noise, 2 * k + 1)).gain for k in range(24)]
    assert np.mean(gains) == pytest.approx(expected, abs=0.015)


def test_the_naive_gain_is_biased_which_is_why_it_is_not_used() -> None:
    points, noise = face(0.01), 0.005
    naive, used = [], []
    for k in range(24):
        a, b = seen(points, noise, 2 * k), seen(points, noise, 2 * k + 1)
        one, two = asymmetry.field(a.first), asymmetry.field(b.first)
        naive.append((one * two).sum() / (one * one).sum())
        used.append(compare(a, b).gain)
    assert np.mean(naive) < 0.85
    assert np.mean(used) == pytest.approx(1, abs=0.04)


def test_a_mirrored_face_is_caught() -> None:
    found = compare(seen(face()), seen(asymmetry.mirror(face())))
    assert found.gain == pytest.approx(-1, abs=0.02)
    assert found.mirrored
    assert "chirality" in found.verdict.failed


@pytest.mark.parametrize("size", [0.4, 1.0, 3.7])
def test_place_size_and_roll_change_nothing(size: float) -> None:
    points = face()
    placed = size * turned(points, 0, 0, 2.5) + [900, -300, 40]
    for dimensions in (2, 3):
        found = compare(seen(points), seen(placed), dimensions=dimensions)
        assert found.gain == pytest.approx(1, abs=1e-6)
        assert found.error_max < 1e-9
        assert max(map(abs, found.feature_changes.values())) < 1e-6
        assert found.verdict.passed


def test_turning_the_head_changes_nothing_in_three_dimensions_but_much_in_two() -> None:
    points = face()
    deep, flat = (
        compare(seen(points), seen(turned(points, 6, -4, 3)), dimensions=dimensions) for dimensions in (3, 2)
    )
    assert deep.gain == pytest.approx(1, abs=1e-6)
    assert deep.error_max < 1e-9
    assert max(map(abs, deep.feature_changes.values())) < 1e-6
    assert abs(flat.gain - 1) > 0.1
    assert {"yaw", "pitch"} <= set(deep.verdict.failed)


def test_pose_difference_is_told_in_degrees() -> None:
    points = symmetric_face()
    turn = compare(seen(points), seen(turned(points, 4, 2, -1))).pose_difference
    assert (turn.yaw, turn.pitch, turn.roll) == pytest.approx((4, 2, -1), abs=1e-6)


@pytest.mark.parametrize(
    ("group", "axis", "name"),
    [
        (mesh.LEFT_BROW, 1, "brow height"),
        (mesh.LEFT_EYE, 1, "eye height"),
        (mesh.LEFT_UPPER_LID, 1, "eyelid opening"),
        (np.array([mesh.LEFT_MOUTH_CORNER]), 1, "mouth-corner height"),
        (np.array([mesh.NOSE_TIP]), 0, "nose tip"),
        (np.array([mesh.CHIN]), 0, "chin"),
        (mesh.LEFT_JAW, 0, "jaw width"),
    ],
)
def test_each_feature_reads_its_own_shift_with_its_sign(group: mesh.Index, axis: int, name: str) -> None:
    points = symmetric_face()
    moved = points.copy()
    moved[group, axis] += 0.03 * IPD * (-1 if axis == 1 else 1)  # up, or to the sitter's left
    found = compare(seen(points), seen(moved))
    assert found.feature_changes[name] == pytest.approx(0.03, abs=0.004)
    assert name in found.verdict.failed
    assert not set(found.feature_changes) - {name, "eye height"} & set(found.verdict.failed)


def test_no_verdict_above_the_noise_limit() -> None:
    loud = replace(seen(face()), noise=0.006)
    for pair in ((loud, seen(face())), (seen(face()), loud)):
        verdict = compare(*pair).verdict
        assert verdict.state == "unmeasured"
        assert not verdict.passed


def test_a_nearly_symmetric_face_is_judged_by_the_change_of_its_asymmetry() -> None:
    points = face(0.005)
    assert compare(seen(points), seen(symmetrized_points(points, 0.5))).verdict.passed
    assert "asymmetry change" in compare(seen(points), seen(symmetrized_points(points, -2))).verdict.failed


def test_a_perfectly_symmetric_face_divides_by_nothing() -> None:
    points = symmetric_face()
    found = compare(seen(points), seen(points))
    assert found.verdict.passed
    json.dumps(found.as_dict(), allow_nan=False)


@pytest.mark.parametrize(("cosine", "state"), [(0.7, "pass"), (0.6, "retry"), (0.5, "fail"), (None, "pass")])
def test_identity_counts_where_it_was_measured(cosine: float | None, state: str) -> None:
    assert compare(seen(face()), seen(face()), identity=cosine).verdict.state == state


def test_a_moved_feature_fails_the_landmark_error() -> None:
    points = face()
    moved = points.copy()
    moved[mesh.LIPS_OUTER, 1] += 0.06 * IPD
    assert "landmark error p95" in compare(seen(points), seen(moved)).verdict.failed


def test_the_report_names_its_gates() -> None:
    report = compare(seen(face()), seen(face())).as_dict()
    gates = report["gates"]
    assert isinstance(gates, dict)
    assert gates["version"] == GATES.version
    assert report["ear"] == "not measured"
    json.dumps(report, allow_nan=False)


def test_a_similarity_never_reflects() -> None:
    points = face()
    found = fit(points * [-1, 1, 1], points)
    assert np.linalg.det(found.rotation) == pytest.approx(1)
    with pytest.raises(ValueError, match="cannot be matched"):
        fit(points, points[:5])
