"""Gate 15 of the optics: one portrait seen through every lens, in the order of what the lenses pass."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from render.pipeline.contract import Float, Window
from render.pipeline.measure.spectrum import spectrum
from render.pipeline.optics.presets import PRESETS, cycles_per_px
from render.pipeline.recipe import Lens, find, load_catalogue
from render.pipeline.stages.compose import compose
from render.pipeline.stages.lens import Blur, Glass, glass

from . import portraits

pytestmark = [pytest.mark.slow, pytest.mark.faces]

FACE, STYLE = "sitter-04", "corporate"
BAND = (10.0, 20.0)  # lp/mm: what the eye reads as depth and presence
SOFT = ("soft focus", "beauty and glamour")


@cache
def picture() -> Float:
    scene = portraits.scene(FACE, STYLE)
    return compose(scene, Window.whole(scene.placement.canvas), eyes=False)


@cache
def behind(lens: Lens) -> Glass:
    scene = portraits.scene(FACE, STYLE)
    canvas = scene.placement.canvas
    matte = np.clip(scene.placement.look(scene.sitter.identity.matte, Window.whole(canvas)), 0, 1)
    blur = Blur(scene.source_sigma(), scene.source_sigma(canvas.enlargement), np.inf)
    return glass(picture(), picture(), matte, lens, blur, canvas)


def contrast(lens: Lens) -> float:
    """dB of log luminance at 10-20 lp/mm, over the sitter."""
    seen = behind(lens)
    plane = np.log(np.maximum(seen.light + seen.change, 0.01).astype(np.float64))
    found = spectrum(plane, seen.matte > 0.98)
    assert found is not None
    low, high = (cycles_per_px(lp, seen.proof.short_side) for lp in BAND)
    return found.band(low, high)


def passed(slug: str) -> float:
    """Mean contrast of a preset over the band."""
    return float(PRESETS[slug].mtf(np.linspace(*BAND, 11)).mean())


def test_lenses_stand_in_the_order_of_their_presets() -> None:
    order = sorted(PRESETS, key=passed, reverse=True)
    seen = {slug: contrast(Lens(slug)) for slug in order}
    for more, less in pairwise(order):
        if passed(more) - passed(less) > 0.02:  # nearer than that two prescriptions are one
            assert seen[more] > seen[less], (more, less, seen)
    assert seen[order[0]] > seen[order[-1]] + 6


def test_soft_and_glamour_styles_hold_less_than_any_business_style() -> None:
    styles = load_catalogue()
    soft = {style.slug: contrast(style.lens) for style in styles if style.category in SOFT}
    business = {style.slug: contrast(style.lens) for style in styles if style.category == "business"}
    assert len(soft) >= 3
    assert len(business) >= 3
    assert max(soft.values()) < min(business.values()), (soft, business)


def test_without_strength_all_lenses_are_one() -> None:
    """The negative control: what was measured is the lens."""
    plain = {contrast(Lens(slug, strength=0.0)) for slug in ("apo", "dream")}
    assert max(plain) - min(plain) < 1e-6
    assert contrast(find("pictorialist").lens) < min(plain) - 3
