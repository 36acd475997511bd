"""A lamp's color is told and taken out, and what is balanced, dark, gray or lit in any color is left."""

from __future__ import annotations

import numpy as np
import pytest

from render.pipeline import run
from render.pipeline.color import lab, srgb, temperature, white_balance
from render.pipeline.color.xyz import XYZ_TO_SRGB
from render.pipeline.contract import Code, Double, Float, WhiteBalance
from render.pipeline.evaluation import light_conditions
from render.pipeline.faces.mediapipe import shared
from render.pipeline.faces.patch import Face
from render.pipeline.faces.white import witnesses

from . import selfies
from .files import save

MEANS = {name: np.array(witness.mean) for name, witness in white_balance.WITNESSES.items()}


def under(kelvin: float) -> Double:
    """Ratios of a white sheet in that light, as a camera balanced for daylight shows it."""
    lit, white = (XYZ_TO_SRGB @ temperature.illuminant(one) for one in (kelvin, 6504.0))
    return white_balance.ratios(lit) - white_balance.ratios(white)


def linear(code: Code) -> Float:
    return srgb.decode(code.astype(np.float32) / 255)


def found(code: Code, name: str) -> WhiteBalance | None:
    return white_balance.estimate(witnesses(Face(linear(code), selfies.landmarks(name))))


def skin(pixels: Float, name: str) -> Float:
    return Face(pixels, selfies.landmarks(name)).lit_skin


# The estimate


def test_witnesses_in_white_light_say_nothing() -> None:
    assert white_balance.estimate(MEANS) is None
    assert white_balance.estimate({}) is None


@pytest.mark.parametrize("kelvin", [2700, 3200, 4000, 12000])
def test_a_lamp_that_all_witnesses_agree_about_is_told(kelvin: float) -> None:
    told = white_balance.estimate({name: mean + under(kelvin) for name, mean in MEANS.items()})
    assert told is not None
    assert told.strength == 1
    assert 1e6 / told.kelvin == pytest.approx(1e6 / kelvin, abs=15)
    assert abs(told.duv) < 0.006
    assert np.array(told.ratios) == pytest.approx(under(kelvin), abs=0.06)


@pytest.mark.parametrize("red", np.arange(0.35, 1.45, 0.15))
def test_skin_alone_moves_nothing_whatever_its_tone(red: float) -> None:
    """From the lightest to the darkest: more melanin, redder and less blue."""
    for blue in (-0.6 * red, -0.9 * red, -0.3 * red):
        assert white_balance.estimate({"skin": np.array([red, blue])}) is None


@pytest.mark.parametrize("wall", [(0.8, -1.2), (-0.2, -0.5), (1.2, 0.0), (-0.4, 0.6)])
def test_a_colored_wall_does_not_outvote_the_eyes(wall: tuple[float, float]) -> None:
    assert white_balance.estimate(MEANS | {"scene": np.array(wall)}) is None


@pytest.mark.parametrize("club", [(1.0, 0.8), (0.7, 1.2), (-1.2, -1.2), (1.4, -0.2)])
def test_light_of_a_color_that_no_lamp_has_is_left(club: tuple[float, float]) -> None:
    shifted = {name: mean + np.array(club) for name, mean in MEANS.items()}
    assert white_balance.estimate(shifted) is None


def test_gains_take_the_lamp_out_and_keep_the_luminance() -> None:
    kept = np.array([0.5, 0.3, 0.1], np.float32)
    lamp = WhiteBalance(4000, 0.0, 1.0, (0.4, -0.6))
    gains = white_balance.gains(lamp, kept)
    assert srgb.luminance(kept * gains) == pytest.approx(srgb.luminance(kept))
    assert white_balance.ratios(gains) == pytest.approx([-0.4, 0.6], abs=1e-5)
    assert white_balance.lost(gains) == pytest.approx(-np.log2(gains[0]), abs=1e-5)
    none = white_balance.gains(WhiteBalance(4000, 0.0, 0.0, (0.4, -0.6)), kept)
    assert none == pytest.approx(np.ones(3))


def test_burnt_out_white_stays_white() -> None:
    picture = np.array([[[1.0, 1.0, 1.0], [1.0, 0.6, 0.3]]], np.float32)
    gains = np.array([0.7, 1.1, 1.6], np.float32)
    white, lit = white_balance.balanced(picture, gains)[0]
    assert white == pytest.approx(np.ones(3))
    assert lit == pytest.approx([0.7, 0.66, 0.48])


# Photographs

LIGHT_AND_DARK = [selfies.CLOSE, pytest.param(selfies.name_of(3), marks=pytest.mark.faces)]


def test_skin_whose_red_was_at_its_end_does_not_turn_blue() -> None:
    """A forehead that shines under a warm lamp: the sensor holds its green and blue, and not its red."""
    rows, columns = np.mgrid[0:240, 0:240] / 240 - 0.5
    level = 0.35 + 0.75 * np.exp(-(rows**2 + columns**2) / 0.02)
    skin = level[..., None] * np.array([1.0, 0.72, 0.58])
    lamp = np.array([1.35, 0.95, 0.5])
    factors = (1 / lamp).astype(np.float32)
    whole, held = (skin * lamp).astype(np.float32), np.minimum(skin * lamp, 1).astype(np.float32)
    shown = white_balance.balanced(held, factors)
    assert np.array_equal(
        white_balance.balanced(whole * 0.5, factors), whole * 0.5 * factors
    )  # nothing is full
    red_over_green = shown[..., 0] / shown[..., 1]
    assert held[120, 120, 0] == 1 > held[120, 120, 1]
    assert red_over_green.min() > 1.25  # of 1.39
    assert (held * factors)[120, 120, 0] < 1.05 * (held * factors)[
        120, 120, 1
    ]  # it would have been as blue as gray
    assert (shown >= held * factors - 1e-6).all()


def test_a_burnt_out_rim_under_a_warm_lamp_is_white_and_not_lilac() -> None:
    """The file holds a cream, whose blue the lamp's gain would lift above red and green."""
    skin, cream = np.array([0.6, 0.36, 0.12]), np.array([1.0, 0.88, 0.6])
    picture = np.tile(skin.astype(np.float32), (240, 240, 1))
    picture[:, 100:110] = cream
    factors = np.array([0.8, 1.17, 2.7], np.float32)
    red, green, blue = white_balance.balanced(picture, factors)[120, 105]
    assert green == pytest.approx(cream[1] * factors[1])
    assert blue == pytest.approx(green)
    assert green <= red < 1.1 * green
    lifted = cream * factors
    assert lifted[2] > 1.5 * lifted[1] > 1.5 * lifted[0], "what it would have been"
    cloth = np.tile(np.array([0.5, 0.6, 0.6], np.float32), (240, 240, 1))
    assert np.array_equal(white_balance.balanced(cloth, factors), cloth * factors), "blue things stay blue"


@pytest.mark.parametrize("name", LIGHT_AND_DARK)
def test_a_photograph_that_is_well_balanced_stays_as_it_is(name: str) -> None:
    assert found(selfies.picture(name), name) is None


@pytest.mark.parametrize("name", selfies.names())
def test_so_do_all_others(name: str) -> None:
    assert found(selfies.picture(name), name) is None


def test_black_and_white_stays_black_and_white() -> None:
    assert found(selfies.gray(selfies.picture(selfies.CLOSE)), selfies.CLOSE) is None


CASTS = {
    "2700 K": light_conditions.gains(2700),
    "4000 K": light_conditions.gains(4000),
    "tube": light_conditions.gains(6000, 0.025),
}


@pytest.mark.parametrize("name", LIGHT_AND_DARK)
@pytest.mark.parametrize("cast", CASTS)
def test_most_of_a_cast_is_taken_out_of_light_and_of_dark_skin(name: str, cast: str) -> None:
    code = selfies.picture(name)
    tinted = selfies.tinted(code, tuple(CASTS[cast]))
    told = found(tinted, name)
    assert told is not None
    pixels = linear(tinted) * white_balance.gains(told, skin(linear(tinted), name))
    good = skin(linear(code), name)
    before, after = (
        float(lab.difference(lab.from_linear(good), lab.from_linear(at_level(skin(one, name), good))))
        for one in (linear(tinted), pixels)
    )
    assert after < 0.5 * before
    assert after < 6


def at_level(color: Float, of: Float) -> Float:
    return np.asarray(color * (srgb.luminance(of) / srgb.luminance(color)), np.float32)


def test_the_identity_says_what_was_done() -> None:
    code = selfies.picture(selfies.CLOSE)
    assert selfies.identity(selfies.CLOSE).white is None
    identity = run.identify(save(light_conditions.cast(code, 4000), "PNG"), shared())
    assert identity.white is not None
    assert 3200 < identity.white.kelvin < 5000
    assert identity.skin.lab == pytest.approx(selfies.identity(selfies.CLOSE).skin.lab, abs=8)
