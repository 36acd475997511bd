"""The print: a curve that can be undone, colors that keep their hue, and the loop beside its formula."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from render.pipeline.color import srgb
from render.pipeline.contract import Double, Float
from render.pipeline.recipe import Tone, load_catalogue
from render.pipeline.stages.tone import MIDDLE, curve, tone

CURVES = {
    "plain": Tone(),
    "hard": Tone(contrast=1.4, black=-0.004, shoulder=0.6),
    "soft": Tone(contrast=0.8, black=0.01, shoulder=0.5),
}


def colors(seed: int = 0, count: int = 20000) -> Float:
    """Colors from black to four stops over white, saturated ones among them."""
    rng = np.random.default_rng(seed)
    return (rng.random((count, 3)) * 10 ** rng.uniform(-4, 1.2, (count, 1))).astype(np.float32)


def formula(picture: Float, spec: Tone) -> Double:
    """What the stage's words say, in whole arrays and double precision."""
    rgb = picture.astype(np.float64)
    weights = np.array(spec.filter if spec.monochrome else srgb.LUMINANCE, np.float64)
    luma = (rgb @ weights)[:, None]
    if spec.monochrome:
        rgb = np.repeat(luma, 3, axis=1)
    printed = curve(luma.astype(np.float32), spec).astype(np.float64)
    drawn = printed - max(spec.black, 0)
    rgb = printed + spec.saturation * (rgb * drawn / np.maximum(luma, 1e-6) - drawn)
    warm = np.array([1 + 0.12 * spec.warmth, 1, 1 - 0.16 * spec.warmth])
    shadow, light = np.array(spec.shadow_tint) * warm, np.array(spec.highlight_tint) * warm
    shadow, light = shadow / (shadow @ srgb.LUMINANCE), light / (light @ srgb.LUMINANCE)
    rgb = rgb * (shadow + printed / (printed + MIDDLE) * (light - shadow))
    level = np.clip(rgb @ srgb.LUMINANCE.astype(np.float64), 0, 1)[:, None]
    top, low = rgb.max(axis=1, keepdims=True), rgb.min(axis=1, keepdims=True)
    over = np.where(top > 1, (1 - level) / np.maximum(top - level, 1e-6), 1)
    under = np.where(low < 0, level / np.maximum(level - low, 1e-6), 1)
    return np.asarray(np.clip(level + np.minimum(over, under) * (rgb - level), 0, 1))


@pytest.mark.parametrize("spec", CURVES.values(), ids=list(CURVES))
def test_the_curve_rises_everywhere_and_can_be_undone(spec: Tone) -> None:
    luma = np.geomspace(1e-4, 4, 4000).astype(np.float32)
    printed = curve(luma, spec)
    assert (np.diff(printed) >= 0).all()
    inside = luma < 1.0
    assert (np.diff(printed[inside]) > 0).all()
    undone = np.interp(curve(luma[inside], spec), printed, luma)
    assert np.allclose(undone, luma[inside], rtol=1e-3)
    assert printed.max() <= 1


@pytest.mark.parametrize("contrast", [0.8, 1.0, 1.4])
def test_middle_gray_stays(contrast: float) -> None:
    middle = np.array([MIDDLE], np.float32)
    assert curve(middle, Tone(contrast=contrast))[0] == pytest.approx(MIDDLE, abs=1e-5)
    around = curve(np.array([MIDDLE * 0.99, MIDDLE * 1.01], np.float32), Tone(contrast=contrast))
    assert np.log(around[1] / around[0]) / np.log(1.01 / 0.99) == pytest.approx(contrast, abs=0.01)


def test_hue_is_kept() -> None:
    picture = 0.3 * np.random.default_rng(1).random((1000, 3), dtype=np.float32) + 0.02
    printed = tone(picture, Tone(contrast=1.2))
    fits = printed.max(axis=1) < 0.999
    before = picture / picture.sum(axis=1, keepdims=True)
    after = printed / printed.sum(axis=1, keepdims=True)
    assert np.allclose(before[fits], after[fits], atol=1e-4)


def test_what_lifts_the_blacks_has_no_color() -> None:
    """Hair that is all but black was printed blue: a trace of it took the whole lift."""
    nearly_black = np.array([[0, 0, 2e-6], [3e-6, 0, 0], [0, 1e-5, 2e-5]], np.float32)
    printed = srgb.encode(tone(nearly_black, Tone(black=0.003))) * 255
    assert np.ptp(printed, axis=1).max() < 1.5
    assert printed.min() > 5


def test_what_no_display_shows_is_led_to_the_gray_of_its_luminance() -> None:
    blue = np.array([[0.0, 0.0, 4.0]], np.float32)
    printed = tone(blue, Tone(shoulder=0.95))
    assert printed.max() <= 1
    assert printed[0, 0] > 0
    expected = curve(srgb.luminance(blue), Tone(shoulder=0.95))
    assert srgb.luminance(printed)[0] == pytest.approx(float(expected[0]), abs=1e-3)


def test_monochrome_is_gray_and_sees_through_its_filter() -> None:
    red_filter = Tone(monochrome=True, filter=(1.0, 0.0, 0.0))
    printed = tone(np.array([[0.5, 0.1, 0.1], [0.1, 0.5, 0.1]], np.float32), red_filter)
    assert np.ptp(printed, axis=1).max() < 1e-6
    assert printed[0, 0] > 3 * printed[1, 0]


@pytest.mark.parametrize("recipe", load_catalogue(), ids=lambda recipe: recipe.slug)
def test_the_loop_prints_what_the_formula_says(recipe: object) -> None:
    spec: Tone = recipe.tone  # type: ignore[attr-defined]
    picture = colors()
    expected = srgb.encode(formula(picture, spec).astype(np.float32))
    assert np.abs(srgb.encode(tone(picture, spec)) - expected).max() < 2e-4


def test_any_shape_prints_alike() -> None:
    picture = colors(count=24)
    spec = dataclasses.replace(CURVES["hard"], warmth=0.3, saturation=0.7)
    assert np.array_equal(tone(picture.reshape(4, 6, 3), spec).reshape(-1, 3), tone(picture, spec))
