"""Which styles suit a photograph: what is measured of it, what each thing costs, and what is said of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest

from render.pipeline.backdrops import render_backdrop
from render.pipeline.color import srgb
from render.pipeline.contract import CANVASES
from render.pipeline.faces.color_models import signed_distance
from render.pipeline.measure import traits
from render.pipeline.ranking import BEHIND, GREEN, LEVELS, LOST, SHOWN, Traits, best, level, ranked, suited
from render.pipeline.recipe import Recipe, find, load_catalogue
from render.pipeline.recipe_rules import KINDS, LOCATION

from . import rig

PLAIN = Traits(key=0.4, behind=0.15, depth=10.0, loose=0.5, side=0.0)
DRAWN = [recipe for recipe in load_catalogue() if recipe.backdrop.kind != LOCATION]


@pytest.mark.parametrize("recipe", DRAWN, ids=lambda recipe: recipe.slug)
def test_a_backdrop_is_as_light_as_it_is_taken_for(recipe: Recipe) -> None:
    canvas = CANVASES[recipe.place.aspect]
    picture = render_backdrop(
        recipe.backdrop, recipe.lens, width=canvas.width // 8, height=canvas.height // 8, seed=1
    )
    true = float(np.cbrt(srgb.luminance(picture)).mean() ** 3)
    assert abs(np.log2(level(recipe.backdrop, PLAIN) / true)) < 1.25


def test_every_kind_has_a_level_and_a_name() -> None:
    assert set(LEVELS) | {LOCATION} == set(BEHIND) == set(KINDS)


def cost(slug: str, **changes: float) -> float:
    return suited(find(slug), replace(PLAIN, **changes)).cost


def test_hair_costs_more_the_farther_the_backdrop_is_from_what_was_behind_it() -> None:
    assert cost("mono_split", behind=0.01) < cost("mono_split", behind=0.1) < cost("mono_split", behind=0.8)
    assert cost("studio_white", behind=0.8) < cost("studio_white", behind=0.1)
    assert cost("mono_split", behind=0.8, loose=1.0) > 1.5 * cost("mono_split", behind=0.8, loose=0.0)


def test_a_plain_backdrop_costs_where_what_was_behind_the_head_was_busy() -> None:
    calm, busy = (cost("executive", depth=depth) for depth in (5.0, 20.0))
    assert calm < cost("executive", depth=12.0) < busy == pytest.approx(calm + SHOWN)
    assert cost("boardroom", depth=20.0) == cost("boardroom", depth=5.0)


def test_leaves_are_shown_first_where_nothing_else_tells() -> None:
    like = {"behind": 0.25, "depth": 15.0}
    assert cost("open_shade", **like) == pytest.approx(cost("corporate", **like) - GREEN)


def test_hair_as_light_as_light_paper_costs_and_dark_hair_in_the_dark_does_not() -> None:
    lit = {"behind": 0.8, "depth": 2.0}
    paper, canvas = (level(find(slug).backdrop, PLAIN) for slug in ("studio_white", "executive"))
    assert cost("studio_white", outline=paper, **lit) == pytest.approx(cost("studio_white", **lit) + LOST)
    assert cost("studio_white", outline=0.01, **lit) == cost("studio_white", **lit)
    assert cost("executive", outline=canvas) == cost("executive")


def test_a_frontal_key_against_side_light_costs_and_one_that_can_be_hung_with_it_does_not() -> None:
    key = find("corporate").relight.lamps[0].azimuth
    assert key > 0
    assert cost("corporate", side=1.5) == cost("corporate", side=-1.5) == cost("corporate")
    assert cost("clamshell", side=1.5) == cost("clamshell", side=-1.5) > cost("clamshell") + 0.4
    assert cost("on_location", side=-1.5) == cost("on_location", side=1.5)


def test_a_dark_photograph_is_given_no_bright_print() -> None:
    assert cost("mono_bright", key=0.03, behind=0.9) > cost("mono_bright", key=0.4, behind=0.9) + 0.5


def test_a_place_with_something_in_it_is_worth_more_than_a_wall() -> None:
    assert cost("on_location", depth=12.0) < cost("on_location", depth=1.0) < cost("corporate", behind=0.02)


@pytest.mark.parametrize(
    ("slug", "changes", "said"),
    [
        ("studio_white", {"behind": 0.02}, "much lighter"),
        ("mono_split", {"behind": 0.8}, "much darker"),
        ("clamshell", {"side": -3.0}, "comes from the left"),
        ("mono_bright", {"key": 0.02, "behind": 0.9}, "is dark"),
        ("executive", {"depth": 20.0}, "was busy"),
        ("studio_white", {"behind": 0.6, "depth": 2.0, "outline": 0.68}, "its edge is lost"),
    ],
)
def test_the_weightiest_doubt_comes_first(slug: str, changes: dict[str, float], said: str) -> None:
    found = suited(find(slug), replace(PLAIN, **changes))
    assert said in found.doubts[0]
    assert all(words.endswith(".") for words in found.doubts + found.reasons)


@pytest.mark.parametrize(
    ("slug", "changes", "said"),
    [
        ("on_location", {}, "where you were"),
        ("corporate", {"behind": 0.01, "side": 1.0}, "comes from the right"),
        ("corporate", {"behind": 0.35}, "The office is about as light"),
        ("team_page", {"behind": 0.03}, "even and soft"),
    ],
)
def test_what_speaks_for_a_style_is_no_doubt(slug: str, changes: dict[str, float], said: str) -> None:
    assert said in suited(find(slug), replace(PLAIN, **changes)).reasons[0]


def test_the_order_is_of_all_styles() -> None:
    catalogue = load_catalogue()
    order = ranked(catalogue, PLAIN)
    assert sorted(one.slug for one in order) == sorted(recipe.slug for recipe in catalogue)
    assert [one.cost for one in order] == sorted(one.cost for one in order)
    assert [one.slug for one in best(catalogue, PLAIN, count=2)] == [one.slug for one in order[:2]]


@pytest.mark.parametrize("behind", [0.03, 0.1, 0.3, 0.9])
@pytest.mark.parametrize("side", [-1.5, 0.0, 1.5])
def test_the_first_eight_are_of_several_shelves_where_others_suit_too(behind: float, side: float) -> None:
    catalogue, of = load_catalogue(), replace(PLAIN, behind=behind, side=side, loose=0.2)
    first = best(catalogue, of)
    shelves = [find(one.slug).category for one in first]
    assert len(shelves) == 8
    assert shelves[0] == "on location"
    assert max(Counter(shelves).values()) <= 4
    assert len(set(shelves)) >= 4
    assert len({*shelves[:4]}) >= 2


def test_a_shelf_is_filled_with_one_category_where_nothing_else_is() -> None:
    places = [recipe for recipe in load_catalogue() if recipe.backdrop.kind == LOCATION]
    assert len(best(places, PLAIN)) == 4


def test_two_styles_give_two_reasons_where_they_have_them() -> None:
    first = best(
        [find(slug) for slug in ("mono_classic", "pictorialist")], replace(PLAIN, behind=0.12, side=1.0)
    )
    assert first[0].reasons[0] != first[1].reasons[0]
    assert set(first[0].reasons) == set(first[1].reasons)


def test_what_is_not_made_for_a_photograph_is_not_said_to_be() -> None:
    dark = [find(slug) for slug in ("mono_split", "chiaroscuro")]
    assert best(dark, replace(PLAIN, behind=0.9, loose=1.0)) == []
    cheap = suited(find("corporate"), replace(PLAIN, behind=0.05, loose=0.0))
    assert cheap.cost < 0.6
    assert not cheap.good  # nothing speaks for it


# What is measured


def test_the_light_of_a_face_and_of_its_place_are_read() -> None:
    person, _ = rig.standard()
    found = traits.read(person)
    assert found.behind == pytest.approx(0.2, rel=0.01)
    assert found.key == pytest.approx(float(srgb.luminance(np.asarray(rig.SKIN, np.float32))), rel=0.01)
    assert found.side == pytest.approx(0, abs=0.01)
    assert found.depth == pytest.approx(0, abs=0.01)
    columns = np.linspace(-2, 2, person.matte.shape[1], dtype=np.float32)[None, :, None]
    assert traits.read(replace(person, pixels=person.pixels * 2**columns)).side > 0.1
    assert traits.read(replace(person, pixels=person.pixels * 2**-columns)).side < -0.1


def test_the_outline_of_the_head_is_read_alone() -> None:
    person, _ = rig.standard()
    depth = signed_distance(person.matte > 0.5) / person.landmarks.ipd
    rim = (depth < 2 * traits.OUTLINE[1])[..., None]
    for light in (0.02, 0.7):
        painted = np.where(rim, np.float32(light), person.pixels)
        assert traits.read(replace(person, pixels=painted)).outline == pytest.approx(light, rel=0.01)


def test_fine_hair_is_told_from_a_smooth_head() -> None:
    person, _ = rig.standard()
    soft = cv2.GaussianBlur(person.matte, (0, 0), 0.08 * person.landmarks.ipd)
    assert traits.read(person).loose == 0
    assert traits.read(replace(person, matte=soft)).loose > 0.5
