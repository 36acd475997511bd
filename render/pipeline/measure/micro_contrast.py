"""What the lens did to one portrait: the transfer that was wanted and reached, its edges and its features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.pipeline.contract import Double, Float
from render.pipeline.optics.presets import PRESETS, cycles_per_px
from render.pipeline.optics.transfer import Design, target

from .overshoot import Contrast, features, overshoot

LP_PER_MM = (5.0, 10.0, 20.0, 30.0, 40.0)
NYQUIST = 0.5


@dataclass(frozen=True)
class MicroContrast:
    """Of one portrait; frequencies are line pairs per mm of a sensor whose short side is 24 mm.

    Attributes
    ----------
    wanted, reached : tuple
        MTF at ``LP_PER_MM``, the pixel's area included; None beyond what the grid that the lens acted on
        can hold, because nothing is claimed there.
    predicted : float
        Overshoot of a step, as designed.
    edges, grown, p99
        Strong edges of the proof, the share of them that left their range by more than 3 % of it, and
        the 99th percentile of how far they did.
    contrast : dict
        Nose edges, lip border and brow lines, before and after.
    """

    grid: str
    source_sigma: float
    wanted: tuple[float | None, ...]
    reached: tuple[float | None, ...]
    predicted: float
    edges: int
    grown: float
    p99: float
    contrast: dict[str, Contrast]

    def as_dict(self) -> dict[str, object]:
        """For ``report.json``."""
        return {
            "acts_on": self.grid,
            "source_sigma_px_of_the_photograph": round(self.source_sigma, 3),
            "lp_per_mm": list(LP_PER_MM),
            "mtf_wanted": list(self.wanted),
            "mtf_reached": list(self.reached),
            "overshoot": {
                "predicted": round(self.predicted, 4),
                "strong_edges": self.edges,
                "grown_by_3_percent": round(self.grown, 5),
                "measured_p99": round(self.p99, 4),
            },
            "contrast": {
                name: {"before": round(one.contrast[0], 4), "after": round(one.contrast[1], 4)}
                for name, one in self.contrast.items()
            },
        }


def read(
    slug: str, design: Design, grid: str, source_sigma: float, before: Float, after: Float, points: Double
) -> MicroContrast:
    """Measure a proof's luminance ``before`` and ``after`` the lens, (h, w) linear, without grain.

    Parameters
    ----------
    slug : str
        Of the preset.
    design : Design
        That acted, on ``grid`` (``proof`` or ``full portrait``).
    source_sigma : float
        Blur of the photograph, in its pixels.
    before, after : (h, w)
    points : (478, 3)
        The face on the proof, pixels.
    """
    frequency = np.array([cycles_per_px(lp, design.short_side) for lp in LP_PER_MM])
    held = frequency < NYQUIST
    left = overshoot(before, after)
    return MicroContrast(
        grid=grid,
        source_sigma=source_sigma,
        wanted=_where(held, target(PRESETS[slug], frequency, design.short_side)),
        reached=_where(held, np.abs(design.reached(frequency))),
        predicted=design.overshoot,
        edges=len(left.shares),
        grown=left.grown,
        p99=left.percentile(99),
        contrast=features(before, after, points),
    )


def _where(held: NDArray[np.bool_], values: Double) -> tuple[float | None, ...]:
    return tuple(round(float(v), 4) if h else None for h, v in zip(held, values, strict=True))
