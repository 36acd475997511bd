"""Grain: one film at every size, without a mean, strongest in the middle tones."""

from __future__ import annotations

import numpy as np
import pytest

from render.pipeline.contract import Canvas, Float, Window
from render.pipeline.recipe import Grain
from render.pipeline.stages.grain import grain, without

CANVAS = Canvas("4:5", 256, 320, 6)
FILM = Grain(amount=0.02, size_um=8.0)


def film(level: float, window: Window, *, seed: int = 1, spec: Grain = FILM) -> Float:
    """The grain alone, on an even gray of ``level``."""
    return grain(np.full((*window.shape, 3), level, np.float32), window, spec, seed) - np.float32(level)


def averaged(field: Float) -> Float:
    rows, width = field.shape[0] // 6, field.shape[1] // 6
    return field.reshape(rows, 6, width, 6, 3).mean(axis=(1, 3))


def test_the_proofs_grain_is_the_average_of_the_fulls() -> None:
    full, proof = film(0.5, Window.whole(CANVAS, 6)), film(0.5, Window.whole(CANVAS))
    assert np.abs(averaged(full) - proof).max() < 1e-5
    assert proof.std() > 1e-4


def test_is_as_strong_as_it_says_and_has_no_mean() -> None:
    full = film(0.5, Window.whole(CANVAS, 6))
    assert full.std() == pytest.approx(FILM.amount * 1.15, rel=0.03)
    assert abs(full.mean()) < 0.01 * FILM.amount


def test_fades_toward_black_and_white() -> None:
    window = Window(CANVAS, 6, 0, 240)
    strengths = [film(level, window).std() for level in (0.1, 0.5, 0.9)]
    assert strengths[0] < 0.6 * strengths[1]
    assert strengths[2] < 0.6 * strengths[1]


def test_a_strip_is_cut_from_the_whole() -> None:
    whole = film(0.4, Window.whole(CANVAS, 6))
    assert np.array_equal(film(0.4, Window(CANVAS, 6, 1100, 1300)), whole[1100:1300])


def test_can_be_taken_out_again() -> None:
    picture = np.random.default_rng(0).uniform(0.2, 0.8, (1920, 1536, 3)).astype(np.float32)
    part = grain(picture, Window.whole(CANVAS, 6), FILM, 1)[1200:1300, 70:190]
    there = picture[1200:1300, 70:190]
    assert np.abs(without(part, 1200, 70, CANVAS, FILM, 1) - there).max() < 5e-4  # an eighth of a code value
    assert np.abs(without(part, 1200, 71, CANVAS, FILM, 1) - there).max() > 0.01  # the control: beside it


def test_another_seed_is_another_film() -> None:
    window = Window(CANVAS, 6, 0, 200)
    one, two = (film(0.5, window, seed=seed)[..., 0].ravel() for seed in (1, 2))
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.05


def test_none_leaves_the_picture_alone() -> None:
    picture = np.random.default_rng(0).random((320, 256, 3), dtype=np.float32)
    assert np.array_equal(grain(picture, Window.whole(CANVAS), Grain(), 1), picture)


def test_stays_within_black_and_white() -> None:
    window = Window(CANVAS, 6, 0, 120)
    for level in (0.0, 1.0):
        picture = grain(np.full((*window.shape, 3), level, np.float32), window, Grain(0.3), 1)
        assert picture.min() >= 0
        assert picture.max() <= 1
