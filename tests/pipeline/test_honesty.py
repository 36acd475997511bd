"""Nothing beautified: painted spots are found again, painted skin keeps its color."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from render.pipeline.color import lab, srgb
from render.pipeline.contract import Float, Landmarks
from render.pipeline.evidence.promises import SHARE, judge, skin_groups
from render.pipeline.evidence.reading import Row
from render.pipeline.measure import mean_face, skin, spots
from render.pipeline.recipe import Tone, find, load_catalogue
from render.pipeline.stages.tone import tone

from . import portraits
from .portraits import HONEST

IPD, SIDE = 160.0, 800


@cache
def face() -> Landmarks:
    points = mean_face.vertices() * [IPD, -IPD, -IPD] + [SIDE / 2, 0.45 * SIDE, 0]
    return Landmarks(points, points, 0.0)


@cache
def skinned() -> Float:
    """Skin of even color with pores, (SIDE, SIDE, 3) linear."""
    pores = np.random.Generator(np.random.PCG64(1)).normal(1, 0.03, (SIDE, SIDE, 1))
    return np.asarray(lab.to_linear(skin.SKINS["intermediate"]) * pores, np.float32)


# Spots


def test_spots_are_the_same_for_the_same_seed_and_lie_on_skin() -> None:
    one, two = (spots.choose(face(), (SIDE, SIDE), 30, seed=4) for _ in range(2))
    assert np.array_equal(one.places, two.places)
    assert len(one.places) == 30
    assert not np.array_equal(one.places, spots.choose(face(), (SIDE, SIDE), 30, seed=5).places)
    apart = np.linalg.norm(one.places[:, None] - one.places[None], axis=-1) + 9e9 * np.eye(30)
    assert apart.min() > spots.APART * IPD
    assert (2 * one.radii / IPD).min() >= spots.DIAMETERS[0]
    assert (2 * one.radii / IPD).max() <= spots.DIAMETERS[1]


def recalled(picture: Float) -> spots.Recall:
    marks = spots.choose(face(), (SIDE, SIDE), 40, seed=2)
    before = srgb.encode(spots.paint(skinned(), marks))
    return spots.recall(before, picture, marks.places, marks.radii, IPD)


def painted_skin() -> Float:
    return spots.paint(skinned(), spots.choose(face(), (SIDE, SIDE), 40, seed=2))


def test_untouched_spots_are_all_recalled() -> None:
    found = recalled(srgb.encode(painted_skin()))
    assert found.visible > 20
    assert found.share == 1


def test_spots_survive_a_change_of_light() -> None:
    ramp = np.linspace(0.15, 1.6, SIDE, dtype=np.float32)[None, :, None]
    share = recalled(srgb.encode(painted_skin() * ramp)).share
    assert share is not None
    assert share >= 0.95


@pytest.mark.parametrize("sigma", [3.0, 6.0])
def test_retouched_skin_fails(sigma: float) -> None:
    smooth = cv2.GaussianBlur(painted_skin(), (0, 0), sigma)
    pores = np.random.Generator(np.random.PCG64(9)).normal(1, 0.03, (SIDE, SIDE, 1))
    share = recalled(srgb.encode((smooth * pores).astype(np.float32))).share
    assert share is not None
    assert share < 0.8


def test_bare_skin_shows_no_spots() -> None:
    found = recalled(srgb.encode(skinned()))
    assert found.found <= 0.1 * found.visible
    assert found.false <= 0.1 * found.control


# Skin


@pytest.mark.parametrize("slug", [r.slug for r in load_catalogue() if not r.tone.monochrome])
def test_a_print_is_undone(slug: str) -> None:
    """Up to the gamut's edge, where a whole step of Newton's method goes astray."""
    colors = skin.reflectances(tuple(skin.SKINS)) * np.array([[[1.0]], [[1.6]], [[2.2]]])
    colors = colors.reshape(-1, 3)
    spec = find(slug).tone
    printed = tone(colors.astype(np.float32), spec).astype(np.float64)
    back = skin.undo(printed, spec)
    told = srgb.encode(printed.astype(np.float32)).max(axis=1) <= skin.HIGHEST
    assert told.sum() >= 6
    again = tone(back.astype(np.float32), spec).astype(np.float64)
    assert lab.difference(lab.from_linear(printed), lab.from_linear(again))[told].max() < 0.1


def test_a_monochrome_print_gives_its_gray_back() -> None:
    spec = find("mono_classic").tone
    colors = skin.reflectances(tuple(skin.SKINS))
    back = skin.undo(tone(colors.astype(np.float32), spec).astype(np.float64), spec)
    assert back[:, 0] == pytest.approx(colors @ np.array(spec.filter), rel=0.02)


def test_every_group_is_what_its_name_says() -> None:
    for name, color in skin.SKINS.items():
        assert lab.skin_group(float(lab.ita(color))) == name


def test_over_six_faces_every_group_is_tried_everywhere() -> None:
    seen = {(place, name) for turn in range(6) for place, name in enumerate(skin.groups(turn))}
    assert len(seen) == len(skin.PLACES) * len(skin.SKINS)


def shifts(change: Float, spec: Tone) -> list[skin.Shift]:
    """Patches and cards seen through ``change`` (3,), linear, and the style's print."""
    names = skin.groups(0)
    places = face().points[list(skin.PLACES), :2]
    card = np.full((len(names), 3), skin.CARD)
    read = []
    for colors in (skin.reflectances(names), card):
        linear = skin.paint(skinned(), face(), colors) * change
        read.append(skin.read(srgb.encode(tone(linear.astype(np.float32), spec)), places, IPD))
    return skin.shifts(read[0], read[1], names, spec)


def worst(found: list[skin.Shift]) -> float:
    return max(shift.difference for shift in found if shift.difference is not None)


@pytest.mark.parametrize("slug", ["rembrandt", "studio_white", "mono_classic", "romantic"])
def test_colored_light_and_print_are_taken_out(slug: str) -> None:
    assert (
        worst(shifts(np.array([1.2, 0.9, 0.7], np.float32), find(slug).tone)) < 2
    )  # a colored lamp and a gray filter do not part exactly


def test_whitened_skin_is_seen() -> None:
    names = skin.groups(0)
    plain = skin.reflectances(names)
    whiter = plain + 0.25 * (0.6 - plain)
    card = np.full_like(plain, skin.CARD)
    assert worst(skin.shifts(whiter, card, names, Tone())) > 5


def test_what_8_bits_do_not_tell_is_not_measured() -> None:
    names = skin.groups(0)
    card = np.full((len(names), 3), skin.CARD)
    found = skin.shifts(skin.reflectances(names) * 0.003, card * 0.003, names, Tone())
    assert all(shift.difference is None for shift in found)


# Real faces


@cache
def rows() -> tuple[Row, ...]:
    return tuple(portraits.honest_row(*pair) for pair in HONEST)


@pytest.mark.soak
@pytest.mark.faces
@pytest.mark.slow
def test_painted_spots_are_found_in_the_portraits() -> None:
    kept = {promise.name: promise for promise in judge(rows(), [])}
    assert kept["painted spots found again"].kept, kept["painted spots found again"]


@pytest.mark.soak
@pytest.mark.faces
@pytest.mark.slow
def test_painted_skin_comes_back() -> None:
    every = [value for values in skin_groups(rows()).values() for value in values]
    assert float(np.median(every)) < 2
    assert float(np.mean(np.array(every) <= 3)) >= SHARE - 0.1, skin_groups(rows())


@pytest.mark.soak
@pytest.mark.faces
@pytest.mark.slow
def test_a_lost_spot_breaks_the_promise() -> None:
    lost = [replace(row, spots=row.spots | {"found": 0}) for row in rows()]
    kept = {promise.name: promise for promise in judge(lost, [])}
    assert not kept["painted spots found again"].kept
