"""Scraps of the background that every network takes for the sitter, told by their colors."""

from __future__ import annotations

import numpy as np
import pytest

from render.pipeline.contract import Float
from render.pipeline.faces.foreign import foreign
from render.pipeline.faces.unmix import unmixed

SIDE, IPD = 300, 90.0
HAIR, RED, PALE = (0.03, 0.02, 0.015), (0.5, 0.02, 0.05), (0.75, 0.76, 0.78)
SCRAP = (slice(140, 160), slice(165, 176))  # within the outline, 2 px from it


def scene(color: tuple[float, ...]) -> tuple[Float, Float]:
    """Dark hair on the left, a cloth of ``color`` on the right, which shows between two strands; and the
    matte that has not seen it."""
    across = np.clip((180 - (np.arange(SIDE) + 0.5)) / 4 + 0.5, 0, 1)
    matte = np.repeat(across[None], SIDE, axis=0).astype(np.float32)
    front, behind = np.array(HAIR, np.float32), np.array(color, np.float32)
    picture = matte[..., None] * (front - behind) + behind
    noise = np.random.default_rng(3).normal(0, 0.002, picture.shape)
    picture[SCRAP] = behind
    return np.maximum(picture + noise, 0).astype(np.float32), matte


def test_a_red_cloth_between_strands_is_found_and_let_go() -> None:
    picture, matte = scene(RED)
    found, surely = foreign(picture, matte, IPD)
    assert found[SCRAP].mean() > 0.95
    assert surely[SCRAP].mean() > 0.8
    assert not found[:, :150].any()
    edge = unmixed(picture, matte, IPD, (found, surely))
    assert edge.matte[SCRAP].mean() < 0.35
    assert edge.person[150, 170] == pytest.approx(np.array(HAIR), rel=0.3)  # no red in the color of the hair
    assert edge.matte[:, :150].min() > 0.95


def test_without_that_the_scrap_stays() -> None:
    """Negative control: the matte is sure, and unmixing believes it."""
    picture, matte = scene(RED)
    nowhere = np.zeros(matte.shape, np.bool_)
    after = unmixed(picture, matte, IPD, (nowhere, nowhere)).matte
    assert after[SCRAP].mean() > 0.8


def test_what_the_sitter_wears_elsewhere_is_the_sitter_s() -> None:
    picture, matte = scene(RED)
    picture[200:240, 60:110] = RED  # lips, a scarf
    found, _ = foreign(picture, matte, IPD)
    assert not found[SCRAP].any()


def test_among_the_folds_of_a_turban_any_color_may_be_the_sitter_s() -> None:
    picture, matte = scene(RED)
    folds = (np.arange(SIDE) // 12 % 2 == 0)[:, None] & (np.arange(SIDE) < 164)[None]
    picture[folds] = (0.6, 0.5, 0.4)
    found, _ = foreign(picture, matte, IPD)
    assert not found[SCRAP].any()


def test_a_pale_rim_may_be_light_that_grazes() -> None:
    picture, matte = scene(PALE)
    found, _ = foreign(picture, matte, IPD)
    assert not found[SCRAP].any()


def test_without_a_background_nothing_is_foreign() -> None:
    picture, _ = scene(RED)
    found, surely = foreign(picture, np.ones((SIDE, SIDE), np.float32), IPD)
    assert not found.any()
    assert not surely.any()
