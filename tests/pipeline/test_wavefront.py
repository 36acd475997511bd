"""Wave optics against its formulas, and against prysm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from render.pipeline.contract import Double
from render.pipeline.optics.presets import PRESETS, Preset
from render.pipeline.optics.wavefront import (
    GREEN_UM,
    PADDING,
    WHITE,
    Pupil,
    diffraction_limit,
    field,
    fit,
    mtf,
    otf,
    point_spread,
    rms,
    strehl,
)

LINE_PAIRS = np.arange(0.0, 61, 2)
ABERRATED = {
    "none": Pupil(2.8),
    "defocus": Pupil(2.8, w020=0.3),
    "spherical": Pupil(1.4, w020=-0.6, w040=0.8),
    "both orders": Pupil(4, w020=0.4, w040=-1.5, w060=1.2),
    "mirror lens": Pupil(8, w020=0.1, obstruction=0.4),
    "apodized": Pupil(2, w040=0.3, apodization=1.0),
}


@pytest.mark.parametrize("f_number", [1.4, 2.8, 8.0, 22.0])
def test_without_error_diffraction_alone_is_left(f_number: float) -> None:
    f = np.linspace(0, 1200 / (GREEN_UM * f_number), 300)  # to beyond the cutoff, where nothing passes
    assert np.abs(mtf(Pupil(f_number), f) - diffraction_limit(f, f_number)).max() < 0.0005


def test_diffraction_at_f8_and_40_line_pairs() -> None:
    assert diffraction_limit(np.array(40.0), 8) == pytest.approx(0.777, abs=5e-4)


@pytest.mark.parametrize("name", ABERRATED)
def test_agrees_with_prysm(name: str) -> None:
    pupil = ABERRATED[name]
    cutoff = 1000 / (GREEN_UM * pupil.f_number)
    f = np.linspace(0, cutoff, 60)
    assert np.abs(mtf(pupil, f) - by_prysm(pupil, f)).max() < 0.002


def test_prysm_tells_another_lens() -> None:
    f = np.linspace(0, 400, 60)
    assert np.abs(mtf(Pupil(2.8, w020=0.33), f) - by_prysm(ABERRATED["defocus"], f)).max() > 0.01


def by_prysm(pupil: Pupil, frequency: Double, samples: int = 256) -> Double:
    """The same lens as prysm computes it: its grids, its propagation, its transform."""
    from prysm.coordinates import cart_to_polar, make_xy_grid
    from prysm.geometry import circle
    from prysm.otf import mtf_from_psf
    from prysm.propagation import Wavefront

    diameter = 10.0
    x, y = make_xy_grid(samples, diameter=diameter)
    r, _ = cart_to_polar(x, y)
    radius = r / (diameter / 2)
    amplitude = circle(1, radius) * np.exp(-pupil.apodization * radius**2)
    if pupil.obstruction:
        amplitude = amplitude * ~circle(pupil.obstruction, radius)
    error_nm = 1000 * (pupil.w020 * radius**2 + pupil.w040 * radius**4 + pupil.w060 * radius**6)
    spacing = diameter / samples
    wave: Any = Wavefront.from_amp_and_phase(amplitude, error_nm, GREEN_UM, spacing)
    found = mtf_from_psf(wave.focus(pupil.f_number * diameter, Q=2).intensity)
    half = found.data.shape[0] // 2
    slice_x = found.data[half, half:]
    return np.interp(frequency, np.arange(slice_x.size) * found.dx, slice_x)


@pytest.mark.parametrize("name", ABERRATED)
def test_the_point_spread_keeps_all_light_and_is_never_negative(name: str) -> None:
    spread = point_spread(field(ABERRATED[name]))
    assert spread.min() >= 0
    assert spread.sum() == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", ABERRATED)
def test_no_wavefront_raises_contrast(name: str) -> None:
    """No MTF is above 1; and for a clear pupil none is above the one without error."""
    pupil = ABERRATED[name]
    f = np.linspace(0, 400, 100)
    contrast = mtf(pupil, f, WHITE)
    assert contrast[0] == pytest.approx(1)
    assert contrast.max() < 1 + 1e-9
    perfect = Pupil(pupil.f_number, obstruction=pupil.obstruction, apodization=pupil.apodization)
    assert (contrast <= mtf(perfect, f, WHITE) + 1e-6).all()


def test_the_first_dark_ring_is_airys() -> None:
    """A perfect spread is zero at 1.22 lambda N."""
    spread = point_spread(field(Pupil(4)), 16)
    middle = spread.shape[0] // 2
    row = spread[middle, middle:] / spread.max()
    ring = int(np.argmax(np.diff(row) > 0))
    assert ring / 16 == pytest.approx(1.22, abs=0.04)
    assert row[ring] < 1e-3


@pytest.mark.parametrize("waves", [0.02, 0.05, 0.07])
def test_small_errors_cost_what_marechal_says(waves: float) -> None:
    """Up to the next power of the error, which his formula leaves out."""
    left_out = 0.1 * (2 * np.pi * waves) ** 4
    for pupil in (Pupil(4, w020=0.1), Pupil(4, w040=0.1), Pupil(4, w020=-0.1, w040=0.12, w060=0.03)):
        scale = waves * GREEN_UM / rms(pupil)
        small = Pupil(4, pupil.w020 * scale, pupil.w040 * scale, pupil.w060 * scale)
        assert strehl(small) == pytest.approx(np.exp(-((2 * np.pi * waves) ** 2)), abs=left_out)


def test_the_errors_spread_is_that_of_the_formulas() -> None:
    """Over a disc r^2 has the variance 1/12, and r^4 4/45."""
    assert rms(Pupil(4, w020=1)) == pytest.approx(np.sqrt(1 / 12), rel=1e-3)
    assert rms(Pupil(4, w040=1)) == pytest.approx(np.sqrt(4 / 45), rel=1e-3)


def test_the_strehl_ratio_is_the_height_of_the_spread() -> None:
    flawed, perfect = (point_spread(field(pupil)) for pupil in (Pupil(4, w040=0.1), Pupil(4)))
    middle = flawed.shape[0] // 2
    assert flawed[middle, middle] / perfect[middle, middle] == pytest.approx(strehl(Pupil(4, w040=0.1)))
    assert flawed.shape == (256 * PADDING, 256 * PADDING)


def test_defocus_is_the_same_on_both_sides_but_not_beside_spherical_aberration() -> None:
    f = np.linspace(0, 300, 50)
    assert np.allclose(otf(Pupil(2.8, w020=0.4), f), otf(Pupil(2.8, w020=-0.4), f), atol=1e-12)
    front, back = (mtf(Pupil(2.8, w020=w, w040=0.5), f) for w in (0.5, -0.5))
    assert np.abs(front - back).max() > 0.1


def test_strong_defocus_reverses_contrast() -> None:
    """One wave of it: the OTF goes through zero, and the MTF is its size."""
    f = np.linspace(0, 300, 100)
    signed = otf(Pupil(2.8, w020=GREEN_UM), f)
    assert signed.min() < -0.02
    assert np.allclose(mtf(Pupil(2.8, w020=GREEN_UM), f), np.abs(signed))


def test_soft_focus_is_a_sharp_core_in_a_wide_halo() -> None:
    """Spherical aberration drops at once and then holds; defocus of the same contrast at 10 does not."""
    soft = mtf(Pupil(4, w020=-1.0, w040=3.0), LINE_PAIRS, WHITE, 512)
    assert soft[LINE_PAIRS == 10] < 0.7
    assert soft[LINE_PAIRS == 40] > 0.1
    blurred = mtf(Pupil(4, w020=1.9), LINE_PAIRS, WHITE, 512)
    assert blurred[LINE_PAIRS == 40] < soft[LINE_PAIRS == 40] / 2


def test_white_light_is_a_mean_of_its_colors() -> None:
    assert sum(share for _, share in WHITE) == pytest.approx(1)
    assert mtf(Pupil(8), np.array(40.0), WHITE) == pytest.approx(
        sum(w * diffraction_limit(np.array(40.0), 8, color) for color, w in WHITE), abs=1e-3
    )


def test_a_wavefront_too_steep_for_the_grid_is_refused() -> None:
    with pytest.raises(ValueError, match="take more"):
        field(Pupil(1.4, w040=40), samples=64)
    assert field(Pupil(1.4, w040=2), samples=64).shape == (64, 64)


FITTED = {
    "portrait lens": (Pupil(1.4, w020=-0.5, w040=1.2), 256),
    "diffraction": (Pupil(8), 256),
    "soft focus": (Pupil(4, w020=-1.0, w040=3.0), 512),
}


@pytest.mark.parametrize("name", FITTED)
def test_four_gaussians_hold_a_lens(name: str) -> None:
    pupil, samples = FITTED[name]
    traced = mtf(pupil, LINE_PAIRS, WHITE, samples)
    spread = fit(LINE_PAIRS, traced)
    assert len(spread) <= 4
    assert min(weight for _, weight in spread) > 0
    assert sum(weight for _, weight in spread) == pytest.approx(1)
    assert np.abs(Preset("", "", "", spread).mtf(LINE_PAIRS) - traced).max() < 0.02


def test_one_gaussian_does_not_hold_a_soft_lens() -> None:
    pupil, samples = FITTED["soft focus"]
    traced = mtf(pupil, LINE_PAIRS, WHITE, samples)
    alone = Preset("", "", "", fit(LINE_PAIRS, traced, most=1))
    assert np.abs(alone.mtf(LINE_PAIRS) - traced).max() > 0.1


@pytest.mark.parametrize("slug", ["modern_f12", "dc_soft", "glamour"])
def test_a_preset_is_found_again_from_its_own_mtf(slug: str) -> None:
    wanted = PRESETS[slug].mtf(LINE_PAIRS)
    found = Preset("", "", "", fit(LINE_PAIRS, wanted))
    assert np.abs(found.mtf(LINE_PAIRS) - wanted).max() < 0.01
