"""The stage on windows of a portrait: it loses no light, strips are cut from the whole, half is half."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from render.pipeline.color import srgb
from render.pipeline.contract import Canvas, Float, Window
from render.pipeline.optics.presets import PRESETS, cycles_per_px, pixels
from render.pipeline.recipe import Lens
from render.pipeline.stages import lens as stage
from render.pipeline.stages.lens import Blur, Glass, glass, lens, margin

CANVAS = Canvas("4:5", 256, 320, 6)
PLAIN = Lens(vignette=0, veil=0)
SITTER = np.ones((320, 256), np.float32)
SHARP = 0.3


def gray(luma: Float) -> Float:
    return np.repeat(luma[..., None], 3, axis=-1).astype(np.float32)


def fit(picture: Float, spec: Lens, pixel: float = 6.0, matte: Float = SITTER) -> Glass:
    return glass(picture, picture, matte, spec, Blur(SHARP, 1.2, pixel), CANVAS)


def see(luma: Float, spec: Lens, matte: Float = SITTER) -> Float:
    """A whole proof-sized frame of gray through the lens, as luminance."""
    picture = gray(luma)
    return srgb.luminance(lens(picture, Window.whole(CANVAS), fit(picture, spec, matte=matte)))


@pytest.mark.parametrize("preset", PRESETS)
def test_loses_and_makes_no_light(preset: str) -> None:
    flat = np.full((320, 256), 0.4, np.float32)
    assert np.abs(see(flat, dataclasses.replace(PLAIN, preset=preset)) - 0.4).max() < 1e-4


@pytest.mark.parametrize("preset", PRESETS)
def test_hardly_overshoots_a_step_that_is_sharper_than_it_was_taken_for(preset: str) -> None:
    step = np.full((320, 256), 0.05, np.float32)
    step[:, 128:] = 0.8
    seen = see(step, dataclasses.replace(PLAIN, preset=preset))
    assert seen.min() > 0.05 - 0.015 * 0.75
    assert seen.max() < 0.8 + 0.015 * 0.75


@pytest.mark.parametrize("preset", ["classic85", "glamour", "dream"])
def test_a_soft_preset_passes_the_sum_of_its_gaussians(preset: str) -> None:
    period = 16  # proof pixels
    wave = 0.5 + 0.05 * np.cos(2 * np.pi * (np.arange(256) + 0.5) / period)
    seen = see(np.repeat(wave[None].astype(np.float32), 320, axis=0), Lens(preset, vignette=0))
    expected = sum(
        weight * np.exp(-2 * (np.pi * pixels(sigma, CANVAS.short_side) / period) ** 2)
        for sigma, weight in PRESETS[preset].spread
    )
    own = np.exp(-2 * (np.pi * SHARP / period) ** 2)  # the source passes less already
    assert abs(np.ptp(seen[160, 96:160]) / np.ptp(wave) - expected / own) < 0.01


def test_half_the_strength_is_half_the_way() -> None:
    luma = np.random.default_rng(1).uniform(0.45, 0.55, (320, 256)).astype(np.float32)
    full, half = (see(luma, dataclasses.replace(PLAIN, preset="dream", strength=s)) for s in (1.0, 0.5))
    assert np.allclose(half, (luma + full) / 2, atol=1e-3)


def test_the_backdrop_is_not_lifted() -> None:
    luma = np.random.default_rng(1).uniform(0.48, 0.52, (320, 256)).astype(np.float32)
    behind = see(luma, dataclasses.replace(PLAIN, preset="apo"), np.zeros_like(SITTER))
    before = see(luma, dataclasses.replace(PLAIN, preset="apo"))
    assert behind.std() <= 1.0001 * luma.std()
    assert before.std() > 1.02 * luma.std()


@pytest.mark.parametrize("pixel", [1.0, 6.0])
@pytest.mark.parametrize("preset", ["vintage50s", "apo", "glamour"])
def test_a_strip_with_its_margin_is_cut_from_the_whole(preset: str, pixel: float) -> None:
    """Gate 13, whether the lens acts at full size or on the proof's grid."""
    spec = Lens(preset, vignette=0.3, veil=0.01)
    picture = np.random.default_rng(2).random((320 * 6, 256 * 6, 3), dtype=np.float32)
    fitted = fit(np.ascontiguousarray(picture[::6, ::6]), spec, pixel)
    assert (fitted.full is not None) == (pixel < 2)
    whole = lens(picture, Window.whole(CANVAS, 6), fitted)
    part = Window(CANVAS, 6, 600, 720)
    extra = margin(fitted, part)
    wide = Window(CANVAS, 6, part.top - extra, part.bottom + extra)
    assert np.array_equal(lens(picture[wide.top : wide.bottom], wide, fitted, part), whole[600:720])


def test_the_vignette_is_as_deep_as_its_stops() -> None:
    seen = see(np.full((320, 256), 0.4, np.float32), Lens("apo", vignette=1.0))
    assert seen[160, 128] == pytest.approx(0.4, abs=1e-4)
    assert seen[0, 0] == pytest.approx(0.2, rel=0.02)


def test_light_on_a_black_pixel_is_neutral() -> None:
    """A hole beside a glint is filled by the glow, not left black and not dyed by its own noise."""
    picture = gray(np.full((320, 256), 0.5, np.float32))
    picture[160, 128] = 0
    picture[100, 128] = (2e-4, 0, 0)
    seen = lens(picture, Window.whole(CANVAS), fit(picture, Lens("dream", vignette=0)))
    assert seen[160, 128].min() > 0.25
    assert np.ptp(seen[100, 128]) < 0.01


def test_luminance_is_that_of_srgb() -> None:
    picture = np.random.default_rng(4).random((30, 40, 3), dtype=np.float32)
    assert np.allclose(stage.luminance(picture), srgb.luminance(picture), atol=1e-6)


def test_frequencies_are_of_the_short_side() -> None:
    assert cycles_per_px(128.0, 6144) == pytest.approx(0.5)
