"""Lens presets: line-spread weights computed from published patent prescriptions.

Each point spread function is a sum of round Gaussians, sigma in micrometres on a sensor whose
short side is 24 mm, with weights that sum to 1: never negative, so no edge can overshoot.
Sources: the patents named beside each preset; ray-traced on axis, white light.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.pipeline.contract import SHORT_SIDE_MM, Double


@dataclass(frozen=True)
class Preset:
    """One lens: what it is, whose prescription, and its spread as (sigma_um, weight) pairs."""

    slug: str
    design: str
    patent: str
    spread: tuple[tuple[float, float], ...]

    def mtf(self, frequency: Double) -> Double:
        """The lens's contrast at ``frequency``, line pairs per millimetre on the sensor; same shape out.

        The transform of a Gaussian is a Gaussian: the sum of w exp(-2 pi^2 sigma^2 f^2), with sigma in
        millimetres. The lens alone: a picture of it has the pixel's sinc as well.
        """
        squares = -2 * (np.pi * np.asarray(frequency)) ** 2
        return np.asarray(sum(w * np.exp(squares * (sigma / 1000) ** 2) for sigma, w in self.spread))

    def in_pixels(self, short_side: int) -> tuple[tuple[float, float], ...]:
        """The spread with sigmas in pixels of a picture whose short side has ``short_side``."""
        return tuple((pixels(sigma, short_side), weight) for sigma, weight in self.spread)


def _preset(slug: str, design: str, patent: str, *spread: tuple[float, float]) -> Preset:
    total = sum(weight for _, weight in spread)
    return Preset(slug, design, patent, tuple((sigma, weight / total) for sigma, weight in spread))


PRESETS: dict[str, Preset] = {
    preset.slug: preset
    for preset in (
        _preset(
            "apo",
            "85 mm f/1.2 at f/2.8",
            "US 2020/0012073",
            (1.1, 0.856),
            (4.4, 0.116),
            (16.7, 0.021),
            (91, 0.007),
        ),
        _preset(
            "tele105",
            "105 mm f/1.4 at f/2",
            "WO 2019/116563",
            (1.1, 0.737),
            (4.2, 0.239),
            (15, 0.018),
            (79, 0.005),
        ),
        _preset(
            "medium_format",
            "80 mm on 48 mm, f/5.6",
            "US 2001/0050819",
            (1.2, 0.838),
            (4.9, 0.124),
            (18.2, 0.030),
            (103, 0.009),
        ),
        _preset(
            "modern_f12",
            "85 mm at f/1.24",
            "US 2020/0012073",
            (1.2, 0.572),
            (4.2, 0.380),
            (9.5, 0.044),
            (54, 0.005),
        ),
        _preset(
            "double_gauss_f2",
            "50 mm f/1.4 at f/2",
            "US 3,874,771",
            (1.8, 0.399),
            (3.8, 0.580),
            (15.9, 0.017),
            (86, 0.005),
        ),
        _preset(
            "studio_f8",
            "85 mm f/1.4 at f/8",
            "US 8,767,319",
            (1.7, 0.764),
            (5.8, 0.170),
            (20, 0.050),
            (115, 0.015),
        ),
        _preset(
            "modern85",
            "85 mm at f/1.4",
            "JP 2018-005099",
            (1.3, 0.526),
            (4.3, 0.313),
            (8.4, 0.153),
            (47, 0.007),
        ),
        _preset(
            "cream85", "85 mm at f/1.4", "US 8,767,319", (0, 0.171), (3.4, 0.576), (10.1, 0.246), (47, 0.007)
        ),
        _preset(
            "classic85",
            "85 mm f/1.4, 1980s",
            "US 4,396,256",
            (1.2, 0.195),
            (6.8, 0.640),
            (16.4, 0.159),
            (64, 0.006),
        ),
        _preset(
            "vintage50s",
            "85 mm f/1.5 at f/2, 1950s",
            "US 2,645,973",
            (1.9, 0.168),
            (7.9, 0.818),
            (24.6, 0.011),
            (134, 0.003),
        ),
        _preset(
            "dc_soft",
            "135 mm f/2, defocus control",
            "US 4,908,639",
            (2.3, 0.171),
            (6.1, 0.415),
            (17, 0.395),
            (47, 0.019),
        ),
        _preset(
            "glamour_light",
            "85 mm soft, ring 3, f/5.6",
            "US 4,124,276",
            (1.5, 0.072),
            (6.3, 0.448),
            (28, 0.462),
            (98, 0.019),
        ),
        _preset(
            "glamour",
            "85 mm soft f/5.6",
            "US 5,267,086",
            (0, 0.050),
            (5.6, 0.291),
            (15.5, 0.105),
            (60, 0.553),
        ),
        _preset(
            "glamour_strong",
            "85 mm soft, ring 3, f/4",
            "US 4,124,276",
            (2.0, 0.053),
            (6.8, 0.224),
            (29, 0.157),
            (120, 0.566),
        ),
        _preset(
            "dream",
            "85 mm soft f/4",
            "US 5,267,086",
            (5.6, 0.179),
            (16.2, 0.075),
            (50.5, 0.134),
            (199, 0.613),
        ),
    )
}


def pixels(sigma_um: float, short_side: int) -> float:
    """A length on the sensor, micrometres, in pixels of a picture ``short_side`` px wide or high."""
    return sigma_um / 1000 / SHORT_SIDE_MM * short_side


def cycles_per_px(line_pairs_per_mm: float, short_side: int) -> float:
    """A frequency on the sensor in cycles per pixel of a picture ``short_side`` px wide or high."""
    return line_pairs_per_mm * SHORT_SIDE_MM / short_side
