"""An underexposed face is brightened by what shines in it, and dark skin that was exposed well is not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from render.pipeline.color import srgb
from render.pipeline.contract import Float
from render.pipeline.evaluation import light_conditions
from render.pipeline.faces import topology
from render.pipeline.faces.mediapipe import shared
from render.pipeline.stages import analyze

from . import selfies

FACE = selfies.landmarks(selfies.CLOSE)


def portrait(skin: float, shine: float, behind: float) -> Float:
    """A face of even skin with a forehead that shines, before an even wall."""
    picture = np.full((600, 600, 3), behind, np.float32)
    oval = np.rint(FACE.points[topology.FACE_OVAL, :2]).astype(np.int32)
    cv2.fillPoly(picture, [cv2.convexHull(oval)], (skin,) * 3)
    x, y = FACE.points[topology.FACE_OVAL, :2].mean(axis=0)
    cv2.circle(picture, (int(x), int(y)), 14, (shine,) * 3, -1)
    return picture


def push(skin: float, shine: float, behind: float = 0.9) -> float:
    return analyze._push(portrait(skin, shine, behind), FACE)


def test_dark_skin_that_was_exposed_well_is_not_brightened() -> None:
    assert push(0.04, 0.5) == 1


def test_the_same_skin_against_a_window_is() -> None:
    assert push(0.04 / 4, 0.5 / 4) == pytest.approx(analyze.FACE_WHITE / 0.125, rel=0.05)


def test_a_face_is_never_brightened_beyond_the_level_that_well_exposed_ones_reach() -> None:
    for stops in (1, 2, 3):
        shine = 0.5 / 2**stops
        assert push(0.2 / 2**stops, shine) * shine <= analyze.FACE_WHITE * 1.01


def test_there_is_an_end_to_it() -> None:
    assert push(0.001, 0.004) == analyze.LARGEST_PUSH


@pytest.mark.slow
@pytest.mark.parametrize("stops", [2.0, 3.0])
def test_a_backlit_selfie_comes_nearer_to_the_well_lit_one(stops: float) -> None:
    code = selfies.picture(selfies.CLOSE)
    good = srgb.decode(code.astype(np.float32) / 255)
    matte = shared().person_masks(code)[0]
    dark = srgb.decode(light_conditions.backlit(code, matte, stops).astype(np.float32) / 255)
    pushed = dark * np.float32(analyze._push(dark, FACE))
    face = np.zeros(code.shape[:2], np.uint8)
    cv2.fillPoly(face, [np.rint(FACE.points[topology.FACE_OVAL, :2]).astype(np.int32)], (1,))
    off = [np.log2(np.median(found[face > 0]) / np.median(good[face > 0])) for found in (dark, pushed)]
    assert off[0] == pytest.approx(-stops, abs=0.3)
    assert off[0] + 0.3 < off[1] <= 0.1
    assert analyze._push(good, FACE) == 1
