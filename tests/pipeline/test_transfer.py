"""The lens's transfer on charts: gates 1 to 10 of the optics design, on the stage that portraits get."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from render.pipeline.contract import Double, Float
from render.pipeline.measure import charts
from render.pipeline.measure.edge import Edge, edge
from render.pipeline.optics import filter as optical
from render.pipeline.optics.gaussians import spread
from render.pipeline.optics.presets import PRESETS
from render.pipeline.optics.transfer import FREQUENCIES, NARROW, design, source, target

SHORT_SIDE = 6144
LP = np.array([10.0, 20.0, 30.0, 40.0])
F = LP * 24 / SHORT_SIDE  # cycles per pixel
SIGMAS = (0.6, 0.9, 1.2, 1.6)
SOFT = ("dc_soft", "glamour_light", "glamour", "glamour_strong", "dream")
ROOM = {"glamour": 900, "glamour_strong": 900, "dream": 1500}


@cache
def chart(sigma: float, width: int = 500, dark: float = 0.2, light: float = 0.8) -> Float:
    return charts.slanted_edge((200, width), 5.0, sigma, dark=dark, light=light).astype(np.float32)


@cache
def seen(slug: str, sigma: float) -> Edge:
    return edge(optical.see(chart(sigma, ROOM.get(slug, 500)), design(slug, sigma, 1.0, SHORT_SIDE)))


@pytest.mark.parametrize("sigma", SIGMAS)
@pytest.mark.parametrize("slug", PRESETS)
def test_the_edge_shows_what_was_predicted(slug: str, sigma: float) -> None:
    """Gate 1; gates 3 to 5 in floating point."""
    found = seen(slug, sigma)
    predicted = design(slug, sigma, 1.0, SHORT_SIDE).reached(F)
    assert [found.at(f) for f in F] == pytest.approx(predicted.tolist(), abs=0.03)
    assert found.peak <= 1.02
    assert max(found.overshoot, found.undershoot) <= 0.015
    assert found.halo_px() <= 3


@pytest.mark.parametrize("sigma", [0.6, 0.9])
@pytest.mark.parametrize("slug", PRESETS)
def test_a_sharp_source_is_brought_to_the_lens_itself(slug: str, sigma: float) -> None:
    """Gate 2."""
    wanted = target(PRESETS[slug], F, SHORT_SIDE)
    off = np.abs(np.array([seen(slug, sigma).at(f) for f in F]) - wanted)
    assert off[:3].max() <= 0.05
    assert off[3] <= (0.10 if slug == "apo" else 0.05)


def test_a_source_that_is_too_soft_is_not_called_a_lens() -> None:
    """The negative control of gate 2: 40 lp/mm cannot come back from 1.6 pixels, and it is not claimed."""
    wanted = target(PRESETS["apo"], F, SHORT_SIDE)
    assert wanted[3] - design("apo", 1.6, 1.0, SHORT_SIDE).reached(F)[3] > 0.2


@pytest.mark.parametrize("slug", PRESETS)
def test_noise_is_not_raised_more_than_texture_needs(slug: str) -> None:
    """Gate 7."""
    for sigma in SIGMAS:
        gain = design(slug, sigma, 1.0, SHORT_SIDE).gain(FREQUENCIES)
        assert np.sqrt((gain**2).mean()) <= 2.0
        assert gain.max() <= 5


@pytest.mark.parametrize("wrong", [0.75, 1.3])
@pytest.mark.parametrize(("dark", "light"), [(0.2, 0.8), (0.02, 0.9)])
@pytest.mark.parametrize("slug", ["apo", "modern_f12", "classic85"])
def test_a_source_taken_for_another_hardly_overshoots(
    slug: str, dark: float, light: float, wrong: float
) -> None:
    """Gate 6."""
    for sigma in (0.9, 1.2):
        found = edge(
            optical.see(chart(sigma, 500, dark, light), design(slug, wrong * sigma, 1.0, SHORT_SIDE))
        )
        assert max(found.overshoot, found.undershoot) <= 0.03


def test_without_the_limiter_it_would() -> None:
    """The negative control of gate 6."""
    wanted = design("apo", 1.3 * 1.2, 1.0, SHORT_SIDE)
    luma = chart(1.2)
    free = luma * (1 - sum(b for _, b in wanted.terms))
    for sigma, b in wanted.terms:
        free = free + spread(luma, slice(None), [(sigma, b)])
    assert edge(free).overshoot > 0.03


@pytest.mark.parametrize("slug", ["apo", "modern_f12", "classic85", "glamour"])
def test_faint_texture_keeps_its_gain(slug: str) -> None:
    """Gate 8: a sine of 5 % at 20 lp/mm."""
    frequency = 20 * 24 / SHORT_SIDE
    wanted = design(slug, 0.9, 1.0, SHORT_SIDE)
    wave = charts.sine((400, 400), frequency, contrast=0.05).astype(np.float32)
    lens = optical.see(wave, wanted)[100:300, 100:300]
    gain = amplitude(lens, frequency) / amplitude(wave[100:300, 100:300], frequency)
    assert gain == pytest.approx(float(wanted.gain(np.array([frequency]))[0]), rel=0.05)


def amplitude(picture: Float, frequency: float) -> float:
    phase = np.exp(-2j * np.pi * frequency * np.arange(picture.shape[1]))
    hann = np.hanning(picture.shape[1])
    return float(np.abs(((picture - picture.mean()) * hann * phase).sum(axis=1)).mean())


def leaves() -> Float:
    """Dead leaves in color, (300, 300, 3)."""
    gray = charts.dead_leaves((300, 300), seed=3)
    tint = charts.dead_leaves((300, 300), tones=(0.7, 1.3), seed=4)
    return cv2.GaussianBlur(np.stack([gray * tint, gray, gray / tint], -1), (0, 0), 0.9).astype(np.float32)


@pytest.mark.parametrize("slug", ["apo", "modern_f12", "classic85", "glamour"])
def test_light_and_hue_stay(slug: str) -> None:
    """Gate 9."""
    picture = leaves()
    found = optical.see(picture, design(slug, 0.9, 1.0, SHORT_SIDE))
    weights = np.array([0.2126, 0.7152, 0.0722])
    assert (found @ weights).mean() == pytest.approx((picture @ weights).mean(), rel=1e-3)
    turned = np.abs(np.angle(np.exp(1j * (hue(found) - hue(picture)))))
    assert np.degrees(np.percentile(turned, 99)) <= 1


def hue(picture: Float) -> Double:
    r, g, b = (picture[..., c].astype(np.float64) for c in range(3))
    return np.asarray(np.arctan2(np.sqrt(3) * (g - b), 2 * r - g - b))


@pytest.mark.parametrize("slug", SOFT)
def test_soft_lenses_are_as_soft_as_their_table(slug: str) -> None:
    """Gate 10, at 5, 10 and 20 lp/mm, the pixel's area taken out."""
    f = np.array([5.0, 10.0, 20.0]) * 24 / SHORT_SIDE
    found = np.array([seen(slug, 0.9).at(x) for x in f]) / np.sinc(f)
    assert found == pytest.approx(PRESETS[slug].mtf(np.array([5.0, 10.0, 20.0])), abs=0.05)


@pytest.mark.parametrize("slug", ["modern_f12", "dream"])
def test_a_part_with_its_margin_is_cut_from_the_whole(slug: str) -> None:
    """Gate 13 of the terms that act on strips; the wide ones come from the whole frame."""
    luma = leaves()[..., 1].copy()
    wanted = design(slug, 0.9, 1.0, SHORT_SIDE)
    widest = 6.0
    extra = optical.margin(wanted, widest)
    part, wide = slice(100, 180), slice(100 - extra, 180 + extra)
    inside = slice(extra, extra + 80)
    none = np.zeros_like(luma)
    assert np.array_equal(
        optical.lifted(luma[wide], inside, wanted, none[part]),
        optical.lifted(luma, slice(None), wanted, none)[part],
    )
    assert np.array_equal(
        optical.glow(luma[wide], inside, wanted, widest)[0],
        optical.glow(luma, slice(None), wanted, widest)[0][part],
    )


def test_half_the_strength_is_half_the_change_at_low_gain() -> None:
    whole, half = (design("glamour", 0.9, s, SHORT_SIDE).gain(F) for s in (1.0, 0.5))
    assert half == pytest.approx((1 + whole) / 2, abs=0.01)
    assert design("apo", 0.9, 0.0, SHORT_SIDE).gain(F) == pytest.approx(1, abs=1e-6)


def test_a_source_sharper_than_the_lens_is_only_lowered() -> None:
    gain = design("classic85", 0.3, 1.0, SHORT_SIDE).gain(FREQUENCIES)
    assert gain.max() <= 1.001
    assert len(NARROW) == 3


@pytest.mark.parametrize(("sigma", "strength"), [(0.01, 1.0), (9.0, 1.0), (0.9, 1.1), (0.9, -0.1)])
def test_numbers_outside_their_range_are_refused(sigma: float, strength: float) -> None:
    with pytest.raises(ValueError, match="outside"):
        design("apo", sigma, strength, SHORT_SIDE)


def test_the_source_alone_is_a_gaussian_and_its_pixel() -> None:
    assert source(0.9, F) == pytest.approx(charts.edge_mtf(F, 0.0, 0.9), abs=0.01)
