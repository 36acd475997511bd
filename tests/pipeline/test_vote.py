"""Several opinions of where the person is: what most say holds, and no edge is taken from one that is
astray."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from render.pipeline.contract import Float, Landmarks
from render.pipeline.faces import topology, vote
from render.pipeline.faces.closed_form import above

SHAPE, IPD = (240, 240), 40.0
HEAD, FLAG = (120, 110, 70), (30, 200, 40)  # column, row, radius


def disc(x: float, y: float, radius: float, soft: float = 0.5) -> Float:
    rows, columns = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]] + 0.5
    away = radius - np.hypot(columns - x, rows - y)
    return np.clip(away / (2 * soft) + 0.5, 0, 1).astype(np.float32)


HEAD_ONLY, WITH_FLAG = disc(*HEAD), np.maximum(disc(*HEAD), disc(*FLAG))
ODDS = np.where(HEAD_ONLY > 0.5, 4, -4).astype(np.float32)
NOWHERE = np.zeros(SHAPE, np.bool_)
HAT = (120, 30, 20)
WITH_HAT = np.maximum(HEAD_ONLY, disc(*HAT))


def eyes(right: tuple[float, float], left: tuple[float, float]) -> Landmarks:
    points = np.zeros((topology.POINTS, 3))
    points[topology.RIGHT_PUPIL, :2], points[topology.LEFT_PUPIL, :2] = right, left
    return Landmarks(points, points.copy(), 0.0)


ABOVE = above(eyes((100, 110), (140, 110)), SHAPE, 1.0)


def test_what_only_one_network_takes_for_the_person_has_few_votes() -> None:
    votes = vote.counted([HEAD_ONLY] * 3, [WITH_FLAG, HEAD_ONLY])
    assert votes[110, 120] == 1
    assert votes[200, 30] == pytest.approx(1 / 5)
    assert vote.counted([HEAD_ONLY], [])[200, 30] == 0


def test_colors_have_no_say_where_all_agree() -> None:
    votes = vote.counted([HEAD_ONLY] * 3, [HEAD_ONLY] * 2)
    within, without = vote.agreed(votes, [HEAD_ONLY] * 2, NOWHERE)
    assert within[110, 120]
    assert without[10, 10]
    assert not (within & without).any()


def test_two_mattes_without_the_masks_agree_on_nothing() -> None:
    """Both matting networks keep a flag that touches the shoulder; the segmentations do not."""
    votes = vote.counted([HEAD_ONLY] * 3, [WITH_FLAG] * 2)
    within, without = vote.agreed(votes, [WITH_FLAG] * 2, ABOVE)
    assert not within[200, 30]
    assert not without[200, 30]
    assert within[110, 120]


def test_above_the_eyes_two_mattes_are_enough() -> None:
    """A gray hat before a gray wall, which no segmentation sees. Negative control: elsewhere they are not."""
    votes = vote.counted([HEAD_ONLY] * 3, [WITH_HAT] * 2)
    assert vote.agreed(votes, [WITH_HAT] * 2, ABOVE)[0][30, 120]
    assert not vote.agreed(votes, [WITH_HAT] * 2, NOWHERE)[0][30, 120]
    assert not vote.agreed(votes, [WITH_HAT, HEAD_ONLY], ABOVE)[0][30, 120]  # nor is one


@pytest.mark.parametrize("mirrored", [False, True])
def test_above_the_eyes_follows_the_head_s_tilt(mirrored: bool) -> None:
    right, left = (100.0, 100.0), (130.0, 130.0)  # the head leans to the picture's right
    found = above(eyes(*((left, right) if mirrored else (right, left))), SHAPE, 1.0)
    assert found[60, 170]
    assert not found[170, 60]
    assert not found[60, 60]
    half = above(eyes(right, left), (120, 120), 0.5)
    assert half[30, 85]
    assert not half[85, 30]


def test_without_mattes_colors_decide() -> None:
    within, without = vote.agreed(HEAD_ONLY, [], ABOVE)
    assert not within.any()
    assert not without.any()


def joined(*mattes: Float, alone: Float = HEAD_ONLY) -> Float:
    return vote.joined(alone, mattes, mattes, ODDS, IPD)


def test_the_edge_is_the_mean_of_those_that_draw_it_at_the_same_place() -> None:
    soft, softer = disc(*HEAD, 4), disc(*HEAD, 6)
    ring = (ODDS > 0) != (cv2.erode(HEAD_ONLY, np.ones((9, 9), np.uint8)) > 0.5)
    assert np.abs(joined(soft, softer) - (soft + softer) / 2)[ring].max() < 0.05


def test_one_that_draws_finer_counts_for_more_and_alone_for_all() -> None:
    fine, lumps = disc(*HEAD, 3), disc(HEAD[0], HEAD[1], HEAD[2] + 3, 3)
    ring = (fine > 0.1) & (fine < 0.9)
    finer = vote.joined(HEAD_ONLY, [lumps, fine], [lumps, fine], ODDS, IPD, [0.5, 1.5])
    alike = joined(lumps, fine)
    assert np.abs(finer - fine)[ring].mean() < 0.6 * np.abs(alike - fine)[ring].mean()
    alone = vote.joined(HEAD_ONLY, [lumps], [lumps], ODDS, IPD, [0.5])
    assert np.abs(alone - joined(lumps)).max() < 1e-5


def test_an_edge_that_has_taken_up_something_else_is_not_asked() -> None:
    astray = np.maximum(WITH_FLAG, 0)
    assert joined(astray, HEAD_ONLY)[200, 30] == 0
    assert joined(astray, alone=HEAD_ONLY)[200, 30] == 0


def test_where_all_are_astray_the_colors_edge_stands() -> None:
    hatless = HEAD_ONLY.copy()
    hatless[:80] = 0
    ring = (slice(40, 60), slice(80, 160))
    alone = disc(*HEAD, 3)
    assert np.abs(joined(hatless, alone=alone) - alone)[ring].max() < 0.05


def test_deep_inside_there_are_no_holes() -> None:
    ghost = HEAD_ONLY.copy()
    ghost[100:130, 100:140] = 0.6
    assert joined(ghost, HEAD_ONLY)[115, 120] == 1
