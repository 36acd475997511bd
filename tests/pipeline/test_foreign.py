"""Scraps of the background that every network takes for the sitter, told by their colors."""

from __future__ import annotations

import numpy as np
import pytest

from render.pipeline.contract import Float
from render.pipeline.faces import foreign as module
from render.pipeline.faces.foreign import Foreign, foreign
from render.pipeline.faces.unmix import unmixed

SIDE, IPD = 300, 90.0
HAIR, SKIN = (0.03, 0.02, 0.015), (0.5, 0.3, 0.2)
RED, PALE = (0.5, 0.02, 0.05), (0.75, 0.76, 0.78)
FAIR, WALL, CLIP = (0.4, 0.3, 0.15), (0.09, 0.01, 0.012), (0.085, 0.01, 0.012)
NO_FACE = np.zeros((SIDE, SIDE), np.bool_)
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
    found = foreign(picture, matte, NO_FACE, IPD)
    assert found.scraps[SCRAP].mean() > 0.9
    assert found.mixed[SCRAP].all()
    assert found.surely[SCRAP].mean() > 0.8
    assert not found.mixed[:, :150].any()
    edge = unmixed(picture, matte, IPD, found)
    assert edge.matte[SCRAP].mean() < 0.35
    assert edge.person[150, 170] == pytest.approx(np.array(HAIR), rel=0.3)  # no red in the color of the hair
    assert edge.matte[:, :150].min() > 0.95


def test_without_that_the_scrap_stays() -> None:
    """Negative control: the matte is sure, and unmixing believes it."""
    picture, matte = scene(RED)
    after = unmixed(picture, matte, IPD, Foreign(NO_FACE, NO_FACE, NO_FACE)).matte
    assert after[SCRAP].mean() > 0.8


def test_strands_that_half_cover_the_cloth_are_let_go_as_far_as_they_do_not() -> None:
    """Three parts of hair and one of red, and skin near by, are dark red: no color of the cloth."""
    picture, matte = scene(RED)
    picture[:, 60:120] = SKIN
    rows = slice(SCRAP[0].start, SCRAP[0].stop, 2)
    picture[rows, SCRAP[1]] = 0.75 * np.array(HAIR) + 0.25 * np.array(RED)
    found = foreign(picture, matte, NO_FACE, IPD)
    assert found.mixed[SCRAP].all()
    edge = unmixed(picture, matte, IPD, found)
    core = np.s_[SCRAP[0].start + 2 : SCRAP[0].stop - 2, SCRAP[1].start + 2 : SCRAP[1].stop - 2]
    assert edge.matte[core][::2].mean() > edge.matte[core][1::2].mean() + 0.3


def test_lips_do_not_make_a_cloth_of_their_red_the_sitter_s() -> None:
    picture, matte = scene(RED)
    picture[200:208, 60:90] = RED
    assert foreign(picture, matte, NO_FACE, IPD).scraps[SCRAP].mean() > 0.9


def test_what_the_sitter_wears_elsewhere_is_the_sitter_s() -> None:
    """Negative control: a coat does."""
    picture, matte = scene(RED)
    picture[200:300, :100] = picture[200:300, 200:300]
    assert not foreign(picture, matte, NO_FACE, IPD).mixed[SCRAP].any()


def fair() -> tuple[Float, Float]:
    """Fair hair before a dark red wall, a clip of its hue in it."""
    picture, matte = scene(WALL)
    picture[matte > 0.99] += np.array(FAIR, np.float32) - np.array(HAIR, np.float32)
    picture[SCRAP] = CLIP
    return np.maximum(picture, 0), matte


def test_a_dark_clip_in_fair_hair_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, matte = fair()
    assert not foreign(picture, matte, NO_FACE, IPD).mixed[SCRAP].any()
    monkeypatch.setattr(module, "_darker", lambda root, *_: (root[..., 0] >= 0, root[..., 0] * 0))
    assert foreign(picture, matte, NO_FACE, IPD).scraps[SCRAP].any()  # negative control


def test_on_the_face_nothing_is_foreign() -> None:
    picture, matte = scene(RED)
    face = NO_FACE.copy()
    face[SCRAP] = True
    assert not foreign(picture, matte, face, IPD).mixed[SCRAP].any()


def test_noise_in_black_cloth_is_of_no_hue() -> None:
    picture, matte = scene(RED)
    noise = np.random.default_rng(4).normal(0, 0.012, picture.shape)
    noisy = np.maximum(picture + noise, 0).astype(np.float32)
    assert foreign(noisy, matte, NO_FACE, IPD).scraps[:, 140:164].mean() < 0.002


def test_among_the_folds_of_a_turban_any_color_may_be_the_sitter_s() -> None:
    picture, matte = scene(RED)
    folds = (np.arange(SIDE) // 12 % 3)[:, None] + np.zeros(SIDE, np.intp)
    turban = np.array([(0.8, 0.75, 0.7), (0.2, 0.02, 0.4), HAIR], np.float32)[folds]
    inside = (np.arange(SIDE) < 164)[None] & np.ones((SIDE, 1), np.bool_)
    picture[inside] = turban[inside]
    assert not foreign(picture, matte, NO_FACE, IPD).mixed[SCRAP].any()


def test_a_pale_rim_may_be_light_that_grazes() -> None:
    picture, matte = scene(PALE)
    assert not foreign(picture, matte, NO_FACE, IPD).mixed[SCRAP].any()


def test_without_a_background_nothing_is_foreign() -> None:
    picture, _ = scene(RED)
    found = foreign(picture, np.ones((SIDE, SIDE), np.float32), NO_FACE, IPD)
    assert not found.mixed.any()
    assert not found.surely.any()
