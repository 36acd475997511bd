"""Single hairs before a quiet wall are drawn; noise, leaves, and what hangs together with nothing are not."""

from __future__ import annotations

import cv2
import numpy as np

from render.pipeline.contract import Float
from render.pipeline.faces.wisps import with_wisps

SIDE, IPD = 400, 120.0
HAIR, WALL = 0.02, 0.35
ON_HAIR, BESIDE = np.s_[150:156, 150], np.s_[150:156, 120]


def head() -> Float:
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    return np.clip(100 - np.hypot(columns - 200, rows - 260) + 0.5, 0, 1).astype(np.float32)


def hair(*, attached: bool = True) -> Float:
    """Coverage of one hair, which leaves the head upward at the left and is a pixel wide."""
    drawn = np.zeros((SIDE, SIDE), np.float32)
    end = 190 if attached else 160
    cv2.line(drawn, (150, 140), (150, end), 0.8, 1)
    return drawn


def seen(cover: Float, behind: Float, noise: float = 0.004) -> Float:
    light = cover * HAIR + (1 - cover) * behind
    light = light + np.random.default_rng(5).normal(0, noise, light.shape)
    return np.repeat(np.maximum(light, 0)[..., None], 3, axis=-1).astype(np.float32)


def wall() -> Float:
    return np.full((SIDE, SIDE), WALL, np.float32)


def test_a_hair_before_a_quiet_wall_is_drawn() -> None:
    matte = with_wisps(seen(np.maximum(head(), hair()), wall()), head(), IPD)
    assert matte[ON_HAIR].min() > 0.4
    assert matte[BESIDE].max() < 0.02
    assert (matte >= head()).all()


def test_without_it_nothing_is_drawn_and_noise_is_no_hair() -> None:
    matte = with_wisps(seen(head(), wall(), 0.02), head(), IPD)
    assert (matte - head()).max() < 0.02


def test_a_line_that_hangs_together_with_nothing_is_no_hair() -> None:
    matte = with_wisps(seen(np.maximum(head(), hair(attached=False)), wall()), head(), IPD)
    assert (matte - head()).max() < 0.02


def test_the_seam_of_a_wall_is_no_hair() -> None:
    """It leaves the head as a hair does, and runs on to the picture's edge."""
    seam = hair()
    seam[:160, 150] = 0.8
    matte = with_wisps(seen(np.maximum(head(), seam), wall()), head(), IPD)
    assert matte[ON_HAIR].max() < 0.02


def test_among_stalks_none_is_taken() -> None:
    """Negative control: the same hair where the background is full of such lines."""
    stalks = wall()
    stalks[:, ::7] = HAIR
    matte = with_wisps(seen(np.maximum(head(), hair()), stalks), head(), IPD)
    assert (matte - head()).mean() < 0.002


def test_a_person_as_light_as_the_wall_gets_none() -> None:
    matte = with_wisps(seen(np.maximum(head(), hair()), wall() * 0 + 0.03), head(), IPD)
    assert (matte - head()).max() < 0.02


def test_nobody_is_nobody() -> None:
    nothing = np.zeros((SIDE, SIDE), np.float32)
    assert with_wisps(seen(nothing, wall()), nothing, IPD).max() == 0
