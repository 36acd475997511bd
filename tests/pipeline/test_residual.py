"""What the matte misses comes back before the sitter's own place, and what belongs to the place does not."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from render.pipeline import develop
from render.pipeline.contract import Code, Float, Identity, Window
from render.pipeline.faces.residual import MOST, residual
from render.pipeline.identity_file import dump, load, storable_residual
from render.pipeline.recipe import find
from render.pipeline.scene import seat, set_up
from render.pipeline.stages.location import selfie

from . import rig

SIDE, IPD = 400, 100.0
HAIR, SKIN, WALL = 0.02, 0.3, 0.35
STRAND, BESIDE = np.s_[150:166, 150], np.s_[100:150, 110:140]


def head() -> Float:
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] + 0.5
    return np.clip(100 - np.hypot(columns - 200, rows - 260) + 0.5, 0, 1).astype(np.float32)


def person() -> Float:
    """Dark hair above, skin below."""
    own = np.full((SIDE, SIDE, 3), HAIR, np.float32)
    own[260:] = SKIN
    return own


def line(first: tuple[int, int], last: tuple[int, int], cover: float = 0.8) -> Float:
    drawn = np.zeros((SIDE, SIDE), np.float32)
    cv2.line(drawn, first, last, cover, 2)
    return drawn


def strand() -> Float:
    """It leaves the head upward, and ends 0.3 IPD from it."""
    return line((150, 140), (150, 190))


def place(light: float = WALL) -> Float:
    return np.full((130, 130, 3), light, np.float32)


def bald() -> Float:
    return np.full((SIDE, SIDE, 3), SKIN, np.float32)


def photograph(
    thing: Float, light: float = HAIR, behind: Float | float = WALL, own: Float | None = None
) -> Float:
    """The head and a ``thing`` of that cover and ``light``, before what is ``behind``."""
    own = person() if own is None else own
    cover = head()[..., None]
    scene = np.broadcast_to(np.asarray(behind, np.float32), (SIDE, SIDE, 3))
    scene = scene + thing[..., None] * (np.float32(light) - scene)
    noise = np.random.default_rng(5).normal(0, 0.002, scene.shape)
    return np.asarray(np.maximum(scene + cover * (own - scene) + noise, 0), np.float32)


def found(seen: Float, behind: Float | None = None, own: Float | None = None) -> Float:
    own = person() if own is None else own
    return residual(seen, head(), own, place() if behind is None else behind, IPD, 1.0)


def leaves() -> Float:
    """Clear lines everywhere."""
    drawn = np.random.default_rng(3).uniform(0.05, 0.6, (SIDE // 4, SIDE // 4, 1))
    return np.asarray(np.kron(drawn, np.ones((4, 4, 3))), np.float32)


def test_of_what_the_layers_show_nothing_is_missed() -> None:
    assert np.abs(found(photograph(np.zeros_like(head())))).max() < 0.1


def test_a_strand_that_the_matte_misses_is_as_dark_as_it_was() -> None:
    missed = found(photograph(strand()))
    expected = np.log2(((1 - 0.8) * WALL + 0.8 * HAIR) / WALL)
    assert missed[STRAND].mean(axis=-1) == pytest.approx(expected, abs=0.5)
    assert np.abs(missed[BESIDE]).max() < 0.1


def test_it_fades_toward_the_end_of_the_reach() -> None:
    """What is farther out is not known to be hair."""
    missed = found(photograph(line((150, 135), (150, 190))))[:, 150].mean(axis=-1)
    assert missed[160] < -1.5
    assert 0.1 < missed[137] / missed[160] < 0.7


@pytest.mark.parametrize(
    "thing",
    [
        pytest.param(line((150, 0), (150, 190)), id="a seam of the wall"),
        pytest.param(line((40, 300), (60, 300)), id="what hangs together with nothing"),
    ],
)
def test_what_belongs_to_the_place_stays_out_of_focus(thing: Float) -> None:
    off = cv2.dilate(head(), np.ones((9, 9), np.uint8)) < 0.02  # at the outline itself it is the photograph
    assert np.abs(found(photograph(thing))[off]).max() < 0.2


def test_a_star_whiter_than_the_person_is_none_of_theirs() -> None:
    star, ring = np.zeros_like(head()), line((150, 140), (150, 190))
    cv2.circle(star, (150, 150), 5, 1.0, -1)
    seen, dark = photograph(star, 1.0, 0.1), place(0.1)
    assert np.abs(found(seen, dark)[145:156, 145:156]).max() < 0.3
    # The negative control: an earring beside a head that is as light.
    assert found(photograph(ring, SKIN, 0.1, bald()), dark, bald())[150:164, 150].min() > 0.8


def test_before_a_busy_place_nothing_is_told() -> None:
    behind = leaves()
    blurred = cv2.resize(cv2.GaussianBlur(behind, (0, 0), 10), (130, 130), interpolation=cv2.INTER_AREA)
    missed = found(photograph(strand(), behind=behind), blurred)
    assert np.abs(missed[head() < 0.02]).max() < 0.1


def test_it_is_bounded_and_the_photographs_edges_are_left_alone() -> None:
    missed = found(photograph(line((150, 0), (150, 190), 1.0), 0.0))
    assert np.abs(missed).max() <= MOST
    assert not missed[0].any()
    assert not missed[:, [0, -1]].any()


# With an identity


def sitter(stops: float) -> Identity:
    """The rig's sitter with a strand of that many stops above the shoulder."""
    standing, _ = rig.standard()
    missed = np.zeros_like(standing.pixels)
    x, y = standing.landmarks.points[:, :2].mean(axis=0)
    right = round(x + 1.6 * standing.landmarks.ipd)
    missed[round(y) - 60 : round(y) + 60, right : right + 8] = stops
    return replace(standing, residual=storable_residual(missed))


def test_it_is_stored_exactly_and_older_identities_have_none() -> None:
    standing, _ = rig.standard()
    with_it = sitter(-1.3)
    back = load(dump(with_it)).residual
    assert back is not None
    assert with_it.residual is not None
    assert np.array_equal(back, with_it.residual)
    assert with_it.residual.min() == pytest.approx(-1.3, abs=1 / 64)
    assert load(dump(standing)).residual is None
    assert len(dump(with_it)) - len(dump(standing)) < 20_000  # almost all of it is nothing


def proof(identity: Identity, slug: str) -> Code:
    recipe = find(slug)
    recipe = replace(recipe, grain=replace(recipe.grain, amount=0.0))
    return develop.proof(set_up(seat(identity), recipe, 1))


def test_a_strand_is_seen_on_location_and_nowhere_else() -> None:
    standing, _ = rig.standard()
    changed = np.abs(proof(sitter(-1.3), "on_location").astype(int) - proof(standing, "on_location"))
    assert changed.max() > 30
    assert (changed.max(axis=2) > 3).mean() < 0.05  # it, and no more than it
    assert np.array_equal(proof(sitter(-1.3), "studio_white"), proof(standing, "studio_white"))


def test_the_full_portrait_shows_the_same_strand() -> None:
    scene = set_up(seat(sitter(-1.3)), find("on_location"), 1)
    approved = develop.proof(scene)
    full = develop.full(scene, approved)
    small = cv2.resize(full, approved.shape[1::-1], interpolation=cv2.INTER_AREA)
    away = np.abs(small.astype(int) - approved)
    assert float(away.mean()) < 0.6
    assert float(np.percentile(away, 99.9)) < 8


def test_the_selfie_beside_a_portrait_shows_it_too() -> None:
    standing, _ = rig.standard()
    placement = set_up(seat(standing), find("on_location"), 1).placement
    with_it, without = (selfie(one, placement).astype(int) for one in (sitter(-1.3), standing))
    assert (without - with_it).max() > 20
    assert Window.whole(placement.canvas).shape == with_it.shape[:2]
