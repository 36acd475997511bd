"""The working grid follows what a photograph resolves: phones keep more pixels than their lens fills."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest

from render.pipeline import run
from render.pipeline.bench.originals import steep
from render.pipeline.develop import proof
from render.pipeline.faces.mediapipe import shared
from render.pipeline.recipe import find
from render.pipeline.scene import set_up
from render.pipeline.stages import analyze
from render.pipeline.stages.gate import placed_selfie
from render.pipeline.stages.inspect import Inspection
from tests.phone import Original

from . import selfies
from .files import save

pytestmark = pytest.mark.slow


@cache
def looked(megapixels: float = 6, sharpened: bool = False) -> Inspection:
    """The close sitter as a phone keeps it: enlarged from a small picture, so soft; or ``sharpened``."""
    code = Original(selfies.CLOSE, None, 1, megapixels).picture()
    return run.look(save(steep(code) if sharpened else code, "PNG"), shared())


def test_a_soft_photograph_is_worked_on_with_fewer_pixels() -> None:
    seen = looked()
    found = analyze.resolved(seen)
    assert found.reduction <= seen.reduction / 2
    share = found.reduction / seen.reduction
    assert found.landmarks.ipd == pytest.approx(seen.landmarks.ipd * share)
    assert found.pixels.shape[:2] == tuple(int(side * share) for side in seen.pixels.shape[:2])
    assert np.abs(found.points - seen.points).max() < 1e-3
    assert found.pixels.mean() == pytest.approx(seen.pixels.mean(), rel=1e-3)


def test_what_the_sitter_approves_is_the_same() -> None:
    """Under the lamps' light too, but for what the lens adds to an edge whose blur it knows better now."""
    seen, scenes = looked(), []
    for limit in (analyze.RESOLVED, 99.0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(analyze, "RESOLVED", limit)
            scenes.append(set_up(run.sit(analyze.model(seen, shared())), find("corporate"), run.SEED))
    coarse, fine = scenes
    assert coarse.placement.zoom <= fine.placement.zoom / 1.9
    away = 255 * np.abs(placed_selfie(coarse) - placed_selfie(fine)) * fine.matte[..., None]
    assert away.mean() < 0.2
    assert np.percentile(away, 99.9) < 10
    assert np.abs(proof(coarse).astype(int) - proof(fine)).mean() < 1  # another style: more than 5


def test_a_sharp_one_keeps_every_pixel() -> None:
    sharp = looked(sharpened=True)
    assert analyze.resolved(sharp) is sharp
    # Halved all the same, it would lose what it has.
    lost = analyze._halved(sharp)
    there = cv2.resize(lost.pixels, sharp.pixels.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    soft = analyze._halved(looked())
    here = cv2.resize(soft.pixels, looked().pixels.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    face = analyze._face(sharp)
    assert np.abs(there - sharp.pixels)[face].mean() > 5 * np.abs(here - looked().pixels)[face].mean()


def test_a_small_face_is_left_as_it_is() -> None:
    seen = looked(megapixels=1)
    assert seen.landmarks.ipd < 2 * analyze.LEAST_IPD
    assert analyze.resolved(seen) is seen


def test_what_is_unknown_is_kept() -> None:
    """A face without edges tells nothing of its lens."""
    seen = looked()
    even = replace(seen, pixels=np.full_like(seen.pixels, 0.3))
    assert analyze.resolved(even) is even
