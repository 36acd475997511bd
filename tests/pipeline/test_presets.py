"""The presets against the table of their lenses' ray-traced MTF."""

from __future__ import annotations

import numpy as np
import pytest

from render.pipeline.contract import SHORT_SIDE_MM
from render.pipeline.optics.presets import PRESETS, cycles_per_px, pixels

LINE_PAIRS = np.array([5.0, 10.0, 20.0, 30.0, 40.0])
TOLERANCE = 0.03

TRACED = {
    "apo": (0.99, 0.98, 0.95, 0.92, 0.89),
    "tele105": (0.99, 0.98, 0.94, 0.90, 0.85),
    "medium_format": (0.98, 0.97, 0.93, 0.90, 0.86),
    "modern_f12": (0.99, 0.97, 0.92, 0.85, 0.77),
    "double_gauss_f2": (0.99, 0.97, 0.91, 0.83, 0.73),
    "studio_f8": (0.97, 0.94, 0.88, 0.82, 0.75),
    "modern85": (0.99, 0.96, 0.88, 0.78, 0.69),
    "cream85": (0.98, 0.94, 0.81, 0.68, 0.58),
    "classic85": (0.96, 0.87, 0.66, 0.48, 0.34),
    "vintage50s": (0.97, 0.89, 0.66, 0.42, 0.26),
    "dc_soft": (0.93, 0.78, 0.51, 0.37, 0.27),
    "glamour_light": (0.82, 0.58, 0.40, 0.29, 0.19),
    "glamour": (0.52, 0.41, 0.30, 0.22, 0.16),
    "glamour_strong": (0.39, 0.29, 0.21, 0.15, 0.10),
    "dream": (0.28, 0.21, 0.15, 0.10, 0.07),
}
"""MTF at ``LINE_PAIRS`` per millimetre, on axis, in white light, traced from the patents' prescriptions."""


def test_every_preset_reproduces_its_lens() -> None:
    assert TRACED.keys() == PRESETS.keys()
    found = {slug: PRESETS[slug].mtf(LINE_PAIRS) for slug in TRACED}
    missed = [
        f"{slug}: {np.round(found[slug], 3)}, its lens {traced}"
        for slug, traced in TRACED.items()
        if np.abs(found[slug] - traced).max() > TOLERANCE
    ]
    assert not missed, "\n".join(missed)


def test_a_preset_of_another_lens_would_be_told() -> None:
    assert np.abs(PRESETS["classic85"].mtf(LINE_PAIRS) - TRACED["cream85"]).max() > TOLERANCE


@pytest.mark.parametrize("slug", PRESETS)
def test_no_lens_adds_contrast(slug: str) -> None:
    contrast = PRESETS[slug].mtf(np.linspace(0, 300, 1000))
    assert contrast[0] == pytest.approx(1)
    assert (np.diff(contrast) <= 0).all()
    assert contrast[-1] >= 0


def test_frequencies_and_lengths_on_the_sensor_become_those_of_the_picture() -> None:
    short_side = 6144
    pixel_um = SHORT_SIDE_MM * 1000 / short_side
    assert pixels(pixel_um, short_side) == pytest.approx(1)
    assert cycles_per_px(1000 / pixel_um, short_side) == pytest.approx(1)
    assert cycles_per_px(40, short_side) == pytest.approx(0.15625)
