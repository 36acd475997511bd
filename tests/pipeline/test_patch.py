"""A face is cut out of its photograph once, and every check that looks at it sees the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from render.pipeline import run
from render.pipeline.color import srgb
from render.pipeline.contract import Code, Float, Landmarks
from render.pipeline.faces import topology
from render.pipeline.faces.mediapipe import MediaPipeDetector, shared
from render.pipeline.faces.patch import PATCH_IPD, Face

from . import selfies
from .files import save
from .selfies import ENLARGED


def light(code: Code) -> Float:
    return srgb.decode(code.astype(np.float32) / 255)


def test_a_look_reduces_the_face_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A telling share of a second, on a photograph of 12 megapixels."""
    scales, resize = [], cv2.resize

    def counted(*arguments: Any, **options: Any) -> Any:
        scales.append(options.get("fx"))
        return resize(*arguments, **options)

    code = np.repeat(np.repeat(selfies.picture(ENLARGED), 2, axis=0), 2, axis=1)
    monkeypatch.setattr(cv2, "resize", counted)
    seen = run.look(save(code, "PNG"), shared())
    assert Face(seen.pixels, seen.landmarks).scale < 1
    assert scales.count(Face(seen.pixels, seen.landmarks).scale) == 1


def test_the_patch_shows_each_landmark_where_it_says() -> None:
    face = selfies.landmarks(ENLARGED)
    twice = Landmarks(2 * face.first, 2 * face.second, face.noise)
    code = np.zeros((2048, 2048, 3), np.uint8)
    x, y = np.floor(twice.points[topology.NOSE_TIP, :2]).astype(int)
    code[y - 6 : y + 7, x - 6 : x + 7] = 255
    cut = Face(light(code), twice)
    rows, columns = np.nonzero(cut.level > 0.5)
    assert cut.points.ipd == pytest.approx(PATCH_IPD)
    assert [columns.mean() + 0.5, rows.mean() + 0.5] == pytest.approx(
        cut.points.points[topology.NOSE_TIP, :2], abs=1.0
    )


def test_a_small_face_is_looked_at_as_it_is() -> None:
    face = selfies.landmarks(ENLARGED)
    small = Landmarks(face.first / 4, face.second / 4, face.noise)
    pixels = light(selfies.picture(ENLARGED)[:256, :256])
    cut = Face(pixels, small)
    height, width = cut.patch.shape[:2]
    assert cut.scale == 1
    assert any(
        np.array_equal(cut.patch, pixels[top : top + height, left : left + width])
        for top in range(256 - height + 1)
        for left in range(256 - width + 1)
    )


def test_a_square_that_the_search_settled_on_is_not_looked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = selfies.picture(ENLARGED)
    (box, *_) = shared().detect(code)
    again = shared().landmarks(code, crops=16, box=replace(box, settled=None))
    monkeypatch.setattr(MediaPipeDetector, "_settle", None)
    known = shared().landmarks(code, crops=16, box=box)
    assert np.array_equal(known.points, again.points)
