"""The slanted-edge tool against edges and lenses whose MTF is a formula, and against sharpening."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image
from scipy.special import ndtr

from render.pipeline.color import srgb
from render.pipeline.contract import Double
from render.pipeline.measure import charts
from render.pipeline.measure.edge import NYQUIST, Edge, edge
from render.pipeline.optics.presets import PRESETS, cycles_per_px, pixels

SHAPE = (160, 120)
UNLUCKY = [float(np.degrees(np.arctan(1 / rows))) for rows in (6, 8, 10, 12, 16, 20, 24)]
"""Degrees at which the edge moves by one pixel in a whole number of rows, so that few phases are met."""


def off(found: Edge, truth: Double) -> float:
    below = found.frequencies <= NYQUIST
    return float(np.abs(found.mtf - truth)[below].max())


def unsharp(picture: Double, amount: float, radius: float) -> Double:
    return np.asarray(picture + amount * (picture - cv2.GaussianBlur(picture, (0, 0), radius)))


@pytest.mark.parametrize("angle", [2.0, 3.0, 4.3, 5.0, 7.0, 10.0, -5.0, -8.3, *UNLUCKY])
@pytest.mark.parametrize("sigma", [0.4, 0.7, 1.2, 2.0])
def test_reads_the_mtf_of_a_gaussian_edge(sigma: float, angle: float) -> None:
    for shift in (0.0, 0.37, -4.2):
        found = edge(charts.slanted_edge(SHAPE, angle, sigma, shift=shift))
        f = found.frequencies
        assert off(found, charts.edge_mtf(f, angle, sigma)) < 0.002
        assert off(found, np.exp(-2 * (np.pi * sigma * f) ** 2) * np.sinc(f)) < 0.005
        assert found.angle == pytest.approx(angle, abs=0.02)
        assert max(found.overshoot, found.undershoot) < 1e-4
        assert found.halo_px() == 0
        assert found.peak <= 1.0001


def test_the_chart_is_the_integral_over_each_pixel() -> None:
    fine = 64
    drawn = charts.slanted_edge((6, 8), 7.0, 0.5, 0, 1, shift=0.3)
    y, x = (np.mgrid[: 6 * fine, : 8 * fine] + 0.5) / fine
    away = (x - 4.3) * np.cos(np.radians(7)) + (y - 3) * np.sin(np.radians(7))
    points = ndtr(away / 0.5)
    assert np.allclose(drawn, points.reshape(6, fine, 8, fine).mean(axis=(1, 3)), atol=2e-5)


@pytest.mark.parametrize("slug", PRESETS)
def test_reads_the_mtf_of_a_lens_with_a_halo(slug: str) -> None:
    short_side = 3000
    spread = [(pixels(sigma, short_side), weight) for sigma, weight in PRESETS[slug].spread]
    found = edge(charts.slanted_edge((200, 400), 5.0, spread))
    for line_pairs in (5, 10, 20, 30, 40):
        at = cycles_per_px(line_pairs, short_side)
        truth = float(PRESETS[slug].mtf(np.array(line_pairs)) * np.sinc(at))
        assert found.at(at) == pytest.approx(truth, abs=0.005)
    assert max(found.overshoot, found.undershoot) < 1e-4


def test_the_edge_may_lie_lean_back_or_be_dark_on_the_right() -> None:
    upright = charts.slanted_edge(SHAPE, 5.0, 0.8)
    first = edge(unsharp(upright, 0.6, 3))
    turned = {"lying": (upright.T, 5.0), "mirrored": (upright[:, ::-1], -5.0), "negative": (1 - upright, 5.0)}
    for name, (picture, angle) in turned.items():
        found = edge(unsharp(picture, 0.6, 3))
        assert found.angle == pytest.approx(angle, abs=0.02), name
        assert np.allclose(found.mtf, first.mtf, atol=1e-3), name
        assert found.overshoot == pytest.approx(first.overshoot, abs=1e-3), name


def test_an_unsharp_mask_overshoots_by_what_its_formula_says() -> None:
    """The mask adds amount x (edge - wider edge): so do the profile and the MTF."""
    sigma, amount, radius = 0.8, 0.6, 3.0
    found = edge(unsharp(charts.slanted_edge(SHAPE, 5.0, sigma), amount, radius))
    narrow, wide = (charts.edge_mtf(found.frequencies, 5.0, s) for s in (sigma, np.hypot(sigma, radius)))
    assert off(found, (1 + amount) * narrow - amount * wide) < 0.005
    x = np.linspace(0, 12, 2000)
    seen, masked = np.hypot(sigma, 1 / np.sqrt(12)), np.hypot(radius, np.hypot(sigma, 1 / np.sqrt(12)))
    profile = (1 + amount) * ndtr(x / seen) - amount * ndtr(x / masked)
    assert found.overshoot == pytest.approx(profile.max() - 1, rel=0.04)
    assert found.undershoot == pytest.approx(found.overshoot, rel=0.01)
    assert found.halo_px() == pytest.approx((profile > 1.005).sum() * x[1], abs=0.3)


def test_sharpening_fails_every_gate() -> None:
    """Gate 11: what a lens must pass (peak 1.02, overshoot 1.5 %, halo 3 px), these two do not."""
    plain = charts.slanted_edge((240, 300), 5.0, 0.8)
    masked, clarified = edge(unsharp(plain, 0.6, 3)), edge(unsharp(plain, 0.3, 20))
    for found in (masked, clarified):
        assert min(found.overshoot, found.undershoot) > 0.05
        assert found.peak > 1.15
        assert found.halo_px() > 5
    assert clarified.halo_px() > 25


@pytest.mark.parametrize("noise", [0.003, 0.006])
def test_noise_is_not_taken_for_overshoot(noise: float) -> None:
    grain = np.random.default_rng(1).normal(0, noise, SHAPE)
    plain = charts.slanted_edge(SHAPE, 5.0, 0.8)
    found, masked = edge(plain + grain, reach=30), edge(unsharp(plain, 0.6, 3) + grain, reach=30)
    assert max(found.overshoot, found.undershoot) < 0.005
    assert found.halo_px() < 0.5
    assert found.peak < 1.02
    assert off(found, charts.edge_mtf(found.frequencies, 5.0, 0.8)) < 0.04
    assert masked.overshoot == pytest.approx(0.1377, abs=0.006)


def test_a_delivered_file_is_read_as_well() -> None:
    """Rounding to 8 bits swallows the last .3 % of each tail, which raises the MTF by up to .01."""
    encoded = srgb.encode(charts.slanted_edge((400, 400), 5.0, 0.8).astype(np.float32))
    file = io.BytesIO()
    Image.fromarray(np.rint(encoded * 255).astype(np.uint8)).save(file, "JPEG", quality=95)
    found = edge(srgb.decode(np.asarray(Image.open(file), np.float32) / 255))
    assert max(found.overshoot, found.undershoot) < 0.004
    assert found.halo_px() == 0
    assert off(found, charts.edge_mtf(found.frequencies, 5.0, 0.8)) < 0.015


REFUSED = {
    "two sides are equally light": np.full((60, 60), 0.3),
    "sides are equally": np.random.default_rng(1).normal(0.5, 0.1, (100, 100)),
    "too straight": charts.slanted_edge((100, 100), 0.0, 0.6),
    "runs out of the picture": charts.slanted_edge((100, 100), 5.0, 0.6, shift=49),
    "at least 12": np.zeros((5, 5)),
    "one plane": np.zeros((50, 50, 3)),
    "no straight edge": charts.dead_leaves((120, 120)),
    "no numbers": np.full((60, 60), np.nan),
}


@pytest.mark.parametrize("words", REFUSED)
def test_says_in_one_sentence_why_there_is_no_edge(words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        edge(REFUSED[words])
    assert str(caught.value).count(".") == 1


def test_a_sine_has_the_contrast_and_frequency_asked_for() -> None:
    wave = charts.sine((64, 512), 1 / 16, 0.05, 0.4)
    assert (wave.max() - wave.min()) / (wave.max() + wave.min()) == pytest.approx(0.05, rel=0.02)
    assert int(np.abs(np.fft.rfft(wave[0] - wave[0].mean())).argmax()) == 512 // 16


def test_dead_leaves_are_the_same_every_time_and_look_alike_at_every_scale() -> None:
    leaves = charts.dead_leaves((256, 256))
    assert np.array_equal(leaves, charts.dead_leaves((256, 256)))
    assert not np.array_equal(leaves, charts.dead_leaves((256, 256), seed=2))
    power = np.mean(
        [np.abs(np.fft.fft2(charts.dead_leaves((256, 256), seed=s) - 0.4)) ** 2 for s in range(3)], axis=0
    )
    radius = np.hypot(*np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(256)))
    band = (radius > 0.03) & (radius < 0.2)
    slope = np.polyfit(np.log(radius[band]), np.log(power[band]), 1)[0]
    assert -3 < slope < -1.5
