"""Styles: what a file may say, and what the catalogue holds."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from importlib import resources

import pytest

from render.pipeline.backdrops import KINDS
from render.pipeline.errors import UnknownStyle
from render.pipeline.optics.presets import PRESETS
from render.pipeline.recipe import Recipe, find, load_catalogue, parse
from render.pipeline.recipe_rules import CATEGORIES, LOCATION
from render.pipeline.recipe_rules import KINDS as NAMED_KINDS

MINIMAL = """
name = "Test"
category = "business"
summary = "A test."
prompt = "studio portrait photograph"

[relight]
lamps = [{ role = "key", azimuth = -40, elevation = 30 }]

[backdrop]
kind = "seamless"
"""

FLATTERY = (  # each asks for another face than the sitter's
    r"symmetr\w*|beaut\w*|perfect\w*|flawless|gorgeous|attractive|pretty|handsome|sexy|young\w*|slim\w*"
    r"|ideal\w*|smooth(ed)? skin|retouch\w*|airbrush\w*|porcelain|doll|model face|glamorous face|stunning"
)
FLATTERING = re.compile(rf"\b({FLATTERY})\b", re.IGNORECASE)
STYLES = [pytest.param(recipe, id=recipe.slug) for recipe in load_catalogue()]


# What a file may say


def test_a_short_file_is_a_style_with_defaults() -> None:
    recipe = parse("test", MINIMAL)
    assert (recipe.slug, recipe.retouch, recipe.place.aspect) == ("test", 0, "4:5")
    (key,) = recipe.relight.lamps
    assert (key.azimuth, key.power) == (-40.0, 1.0)
    assert isinstance(key.azimuth, float)
    assert recipe.toml == MINIMAL


def test_the_digest_names_the_exact_text() -> None:
    assert parse("test", MINIMAL).digest == parse("other", MINIMAL).digest
    assert parse("test", MINIMAL).digest != parse("test", MINIMAL + "\n").digest


@pytest.mark.parametrize(
    "line",
    [
        'mood = "happy"',
        "[place]\nhaed = 0.4",
        "[lens]\nfocal = 85",
        "[tone]\ncontrasts = 1",
        "[grain]\nsize = 8",
        "[sound]\nvolume = 1",
    ],
)
def test_unknown_keys_are_errors(line: str) -> None:
    text = f"{line}\n{MINIMAL}" if line.startswith("mood") else f"{MINIMAL}\n{line}"
    with pytest.raises(ValueError, match="unknown keys"):
        parse("test", text)


def test_an_unknown_key_of_a_lamp_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"unknown keys in lamp.*azimut"):
        parse("test", MINIMAL.replace("azimuth", "azimut"))


@pytest.mark.parametrize("key", ["name", "category", "summary", "prompt", "lamps", "kind", "role"])
def test_what_every_style_must_say(key: str) -> None:
    text = (
        re.sub(rf"(?m)^{key} = .*$", "", MINIMAL) if key != "role" else MINIMAL.replace('role = "key", ', "")
    )
    with pytest.raises(ValueError, match="test"):
        parse("test", text)


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ('"business"', '"busyness"', "category"),
        ("elevation = 30", "elevation = 30, power = 2", "power must be 1"),
        ('role = "key"', 'role = "fill"', "exactly one lamp"),
        ("elevation = 30", "elevation = 30, size = 0.5", "sizes"),
        ("elevation = 30", "elevation = 30, size = 181", "sizes"),
        ("[relight]", "retouch = 1.1\n[relight]", "retouch"),
        ("[relight]", "[lens]\nstrength = 1.5\n[relight]", "strength"),
        ("[relight]", "[tone]\nfilter = [0.5, 0.5, 0.5]\n[relight]", "filter"),
        ("[relight]", '[place]\naspect = "5:4"\n[relight]', "aspect"),
        ('kind = "seamless"', 'kind = "cellar"', "backdrop"),
        ("[relight]", '[lens]\npreset = "toy"\n[relight]', "lens"),
        ("elevation = 30", 'elevation = 30, shape = "heart"', "shape"),
        ("elevation = 30", "elevation = 30}, {role = 'glow'", "role"),
        ("[relight]", '[relight]\npattern = "disco"', "pattern"),
        ("elevation = 30", "elevation = 120", "elevation"),
        ("elevation = 30", "elevation = 30, kelvin = 200", "kelvin"),
        ("elevation = 30", "elevation = 30}, {role = 'fill', power = -1", "power"),
        ("[relight]", "[place]\nhead = 4\n[relight]", "head"),
        ("[relight]", "[place]\neye_line = 1.2\n[relight]", "eye_line"),
        ("[relight]", "[place]\ndistance_m = 0\n[relight]", "distance_m"),
        ("[relight]", "[lens]\naperture = 0\n[relight]", "aperture"),
        ("[relight]", "[tone]\nshoulder = 1\n[relight]", "shoulder"),
        ("[relight]", "[tone]\nwarmth = 3\n[relight]", "warmth"),
        ("[relight]", "[grain]\namount = -0.1\n[relight]", "amount"),
    ],
)
def test_what_is_out_of_range_is_an_error(before: str, after: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        parse("test", MINIMAL.replace(before, after))


def test_two_keys_are_one_too_many() -> None:
    with pytest.raises(ValueError, match="exactly one lamp must be the key"):
        parse("test", MINIMAL.replace("}]", '}, { role = "key" }]'))


def test_every_broken_rule_is_named() -> None:
    text = MINIMAL.replace('"business"', '"x"').replace("elevation = 30", "size = 0")
    with pytest.raises(ValueError, match=r"'test': category.*; lamp sizes"):
        parse("test", text)


def test_what_is_no_toml_is_an_error() -> None:
    with pytest.raises(ValueError, match="line"):
        parse("test", MINIMAL + "=")


# The catalogue


def test_there_are_40_styles_and_every_file_is_one() -> None:
    files = [p for p in resources.files("render.pipeline").joinpath("styles").iterdir() if p.is_file()]
    assert {p.name for p in files if not p.name.startswith(".")} == {
        f"{r.slug}.toml" for r in load_catalogue()
    }
    assert len(load_catalogue()) == 40


def test_every_kind_of_backdrop_that_may_be_named_can_be_drawn() -> None:
    assert set(NAMED_KINDS) == {*KINDS, LOCATION}


def test_names_are_distinct_and_categories_full() -> None:
    catalogue = load_catalogue()
    for names in (
        [r.slug for r in catalogue],
        [r.name.lower() for r in catalogue],
        [r.digest for r in catalogue],
    ):
        assert max(Counter(names).values()) == 1
    assert {recipe.category for recipe in catalogue} == set(CATEGORIES)
    order = [CATEGORIES.index(recipe.category) for recipe in catalogue]
    assert order == sorted(order)


@pytest.mark.parametrize("recipe", STYLES)
def test_every_style_is_complete(recipe: Recipe) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]{2,30}", recipe.slug)
    assert recipe.summary.endswith(".")
    assert len(recipe.summary) < 140
    assert recipe.backdrop.kind in NAMED_KINDS
    assert recipe.lens.preset in PRESETS
    assert find(recipe.slug) is recipe
    assert tomllib.loads(recipe.toml)["name"] == recipe.name


@pytest.mark.parametrize("recipe", STYLES)
def test_no_prompt_asks_for_another_face(recipe: Recipe) -> None:
    assert not FLATTERING.findall(recipe.prompt)


@pytest.mark.parametrize(
    "prompt",
    ["a beautiful woman", "Symmetrical face", "flawless, smooth skin", "young and slim", "perfected"],
)
def test_the_list_of_words_finds_flattery(prompt: str) -> None:
    assert FLATTERING.search(prompt)


@pytest.mark.parametrize("recipe", STYLES)
def test_retouching_is_said_where_it_is_done(recipe: Recipe) -> None:
    assert recipe.retouch == 0 or "retouch" in recipe.summary.lower()


def test_an_unknown_style_is_refused_in_a_sentence() -> None:
    with pytest.raises(UnknownStyle) as caught:
        find("nonesuch")
    assert "nonesuch" in caught.value.sentence
    assert "--list" in caught.value.fix
