"""The curve on the page is the preset's."""

from dataclasses import replace

import numpy as np
import pytest

from render.pipeline.optics.presets import PRESETS
from render.pipeline.recipe import Recipe, find, load_catalogue
from studio import lens_plot
from studio.lens_plot import BOTTOM, FINEST, LEFT, RIGHT, TOP


def with_lens(slug: str, strength: float = 1.0) -> Recipe:
    made = find("rembrandt")
    return replace(made, lens=replace(made.lens, preset=slug, strength=strength))


def read(points: str) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Frequencies and contrasts back from a drawing, by its axes."""
    pairs = np.array([[float(value) for value in point.split(",")] for point in points.split()])
    return (pairs[:, 0] - LEFT) / (RIGHT - LEFT) * FINEST, (BOTTOM - pairs[:, 1]) / (BOTTOM - TOP)


@pytest.mark.parametrize("slug", PRESETS)
def test_the_curve_passes_through_the_preset(slug: str) -> None:
    drawn = lens_plot.plot(with_lens(slug))
    frequency, contrast = read(drawn.curve)
    assert contrast == pytest.approx(PRESETS[slug].mtf(frequency), abs=0.006)
    assert (frequency[0], contrast[0], frequency[-1]) == pytest.approx((0, 1, FINEST), abs=0.02)
    assert np.all(np.diff(contrast) <= 1e-9)


def test_another_lens_is_another_curve() -> None:
    frequency, contrast = read(lens_plot.plot(with_lens("dream")).curve)
    assert np.abs(contrast - PRESETS["apo"].mtf(frequency)).max() > 0.5


@pytest.mark.parametrize("slug", ["apo", "classic85", "glamour_strong"])
def test_the_readings_lie_on_the_curve(slug: str) -> None:
    for reading in lens_plot.plot(with_lens(slug)).readings:
        truth = float(PRESETS[slug].mtf(np.array([float(reading.frequency)]))[0])
        assert reading.percent == round(100 * truth)
        assert (BOTTOM - reading.v) / (BOTTOM - TOP) == pytest.approx(truth, abs=0.001)


def test_a_share_of_a_lens_lies_between_it_and_nothing() -> None:
    drawn = lens_plot.plot(with_lens("glamour_strong", 0.5))
    frequency, contrast = read(drawn.used)
    assert contrast == pytest.approx((1 + PRESETS["glamour_strong"].mtf(frequency)) / 2, abs=0.006)
    assert lens_plot.plot(with_lens("glamour_strong")).used == ""


def test_all_other_lenses_stand_behind_it() -> None:
    drawn = lens_plot.plot(with_lens("apo"))
    assert len(drawn.others) == len(PRESETS) - 1
    assert drawn.curve not in drawn.others


@pytest.mark.parametrize(
    ("slug", "level"),
    [
        ("apo", "Very high"),
        ("studio_f8", "High"),
        ("cream85", "High"),
        ("classic85", "Moderate"),
        ("glamour_light", "Low"),
        ("dream", "Very low"),
    ],
)
def test_micro_contrast_in_words(slug: str, level: str) -> None:
    drawn = lens_plot.plot(with_lens(slug))
    assert drawn.level == level
    truth = PRESETS[slug].mtf(np.linspace(10, 20, 21)).mean()
    assert drawn.mean == round(100 * float(truth))


def test_soft_styles_never_read_as_sharp_as_business() -> None:
    means = {made.slug: (made.category, lens_plot.plot(made).mean) for made in load_catalogue()}
    soft = [mean for category, mean in means.values() if category == "soft focus"]
    business = [mean for category, mean in means.values() if category == "business"]
    assert max(soft) < min(business)
