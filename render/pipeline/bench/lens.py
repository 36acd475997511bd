"""Gate 14 of the optics: what the lens costs at full size, alone and on the way to a JPEG."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from render.pipeline.color import srgb
from render.pipeline.color.srgb_profile import srgb_profile
from render.pipeline.contract import CANVASES, Code, Float, Window
from render.pipeline.cores import on_all_cores
from render.pipeline.develop import strips, to_code
from render.pipeline.recipe import Lens
from render.pipeline.stages import jpeg
from render.pipeline.stages.encode import PIXELS_PER_INCH
from render.pipeline.stages.lens import Blur, Glass, glass, lens, margin

from .cost import RUNS_OF_A_RATIO, Cost, measure
from .yardsticks import blurred_jpeg

LIMIT_S, LIMIT_RATIO = 1.0, 3.5
QUALITY = 95
PRESET, SOURCE = "classic85", 0.9
"""A lens with a halo, and a photograph that it lifts in one place and lowers in another."""

CANVAS = CANVASES["4:5"]
LINEAR = srgb.decode(np.arange(256, dtype=np.float32) / 255)


@dataclass(frozen=True)
class LensCost:
    """The stage on linear strips; 8 bits through it to a JPEG; a blur and the same JPEG by libvips."""

    stage: Cost
    delivered: Cost
    vips: Cost | None
    vips_linear: Cost | None

    @property
    def ratio(self) -> float | None:
        """Times libvips's wall time."""
        return self.delivered.wall / self.vips.wall if self.vips else None


def lens_cost(approved: Code) -> LensCost:
    """Measure the lens on ``approved``, a proof (h, w, 3), enlarged to full size."""
    size = CANVAS.width * CANVAS.enlargement, CANVAS.height * CANVAS.enlargement
    large: Code = cv2.resize(approved, size, interpolation=cv2.INTER_CUBIC)
    fitted = _fitted(_linear(approved))
    stage = _stage(_linear(large), fitted)
    delivered, _ = measure("8 bits, lens, JPEG", lambda: _delivered(large, fitted), RUNS_OF_A_RATIO)
    return LensCost(stage, delivered, blurred_jpeg(large), blurred_jpeg(large, linear=True))


def _fitted(proof: Float) -> Glass:
    """The lens for a photograph that has the full portrait's pixels, so that it acts on them."""
    blur = Blur(SOURCE / CANVAS.enlargement, SOURCE, 1.0)
    return glass(proof, proof, np.ones(proof.shape[:2], np.float32), Lens(PRESET), blur, CANVAS)


def _stage(linear: Float, fitted: Glass) -> Cost:
    def work(window: Window) -> None:
        wide = _wide(window, fitted)
        lens(linear[wide.top : wide.bottom], wide, fitted, window)

    name = "lens with its limiter, linear"
    return measure(name, lambda: list(on_all_cores(work, list(strips(CANVAS)))))[0]


def _delivered(large: Code, fitted: Glass) -> bytes:
    """``large`` through the lens, band by band as a JPEG is written: no more than a band is in memory."""
    windows = list(strips(CANVAS))
    height = windows[-1].bottom

    def band(top: int) -> bytes:
        code = np.empty((min(jpeg.BAND, height - top), *large.shape[1:]), np.uint8)
        for window in (one for one in windows if top <= one.top < top + jpeg.BAND):
            wide = _wide(window, fitted)
            seen = lens(_linear(large[wide.top : wide.bottom]), wide, fitted, window)
            to_code(srgb.encode(seen), code[window.top - top : window.bottom - top])
        return jpeg.band(code, quality=QUALITY)

    bands = list(on_all_cores(band, range(0, height, jpeg.BAND)))
    return jpeg.join(bands, height=height, dots=PIXELS_PER_INCH, profile=srgb_profile())


def _linear(code: Code) -> Float:
    return np.asarray(cv2.LUT(code, LINEAR), np.float32)


def _wide(window: Window, fitted: Glass) -> Window:
    """The rows that the lens needs to see those of ``window`` exactly."""
    extra = margin(fitted, window)
    bottom = min(window.bottom + extra, CANVAS.height * CANVAS.enlargement)
    return Window(CANVAS, window.scale, max(window.top - extra, 0), bottom)
