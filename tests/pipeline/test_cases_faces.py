"""Pictures of faces that failed once at some service or library, each with its whole kind."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from render.pipeline import errors, run
from render.pipeline.bars import has_border
from render.pipeline.contract import Code, Double
from render.pipeline.faces import topology
from render.pipeline.faces.mediapipe import shared

from . import selfies
from .files import save
from .selfies import CLOSE, ENLARGED, SITTER

ON_A_FACE_TOO = pytest.param(SITTER, marks=[pytest.mark.faces, pytest.mark.wide])


def refused(data: bytes) -> errors.Refused:
    with pytest.raises(errors.Refused) as caught:
        run.look(data, shared())
    return caught.value


# Cut by the edge


@pytest.mark.faces
@pytest.mark.parametrize(
    "name",
    [
        "chin-missing",
        "left-edge-at-cheek",
        "left-half-missing",
        "left-third-missing",
        "top-to-the-brows-missing",
    ],
)
def test_case_face_cut_by_the_edge(name: str, cases: Path) -> None:
    refusal = refused((cases / "face-cut-by-the-edge" / f"{name}.jpg").read_bytes())
    assert isinstance(refusal, errors.CutOff)
    assert refusal.outlines


def cut_at(code: Code, points: Double, edge: str, room: float) -> Code:
    """The picture without what lies more than ``room`` pixels outside the points on one side."""
    (left, top), (right, bottom) = points.min(axis=0) - room, points.max(axis=0) + room
    height, width = code.shape[:2]
    parts = {
        "left": code[:, max(0, int(left)) :],
        "top": code[max(0, int(top)) :],
        "right": code[:, : min(width, int(right))],
        "bottom": code[: min(height, int(bottom))],
    }
    return selfies.enlarged(parts[edge], 1.6)  # to at least 512 pixels on each side


@pytest.mark.parametrize("name", [ENLARGED, ON_A_FACE_TOO])
@pytest.mark.parametrize("edge", ["left", "top", "right", "bottom"])
def test_every_edge_may_come_near_a_face_and_not_cut_it(name: str, edge: str) -> None:
    code, face = selfies.picture(name), selfies.landmarks(name)
    points = face.points[topology.BELOW_FOREHEAD, :2]
    cut = save(cut_at(code, points, edge, -0.2 * face.ipd), "PNG")
    whole = save(cut_at(code, points, edge, 0.25 * face.ipd), "PNG")
    assert isinstance(refused(cut), errors.CutOff)
    run.look(whole, shared())


# Not upright


@pytest.mark.faces
def test_case_upside_down(cases: Path) -> None:
    refusal = refused((cases / "upside-down" / "upside-down.jpg").read_bytes())
    assert isinstance(refusal, errors.NotUpright)
    assert refusal.sentence == "The photograph is upside down."


@pytest.mark.parametrize("name", [CLOSE, ENLARGED, ON_A_FACE_TOO])
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_photograph_is_refused_as_such(name: str, quarters: int) -> None:
    refusal = refused(save(np.ascontiguousarray(np.rot90(selfies.picture(name), quarters)), "PNG"))
    assert isinstance(refusal, errors.NotUpright)
    assert ("upside down" in refusal.sentence) == (quarters == 2)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_photograph_that_exif_turns_upright_is_upright(orientation: int) -> None:
    run.look(selfies.turned(selfies.picture(CLOSE), orientation), shared())


@pytest.mark.faces
@pytest.mark.parametrize("number", [5, 10])
def test_a_lying_face_that_no_model_finds_is_found_by_turning(number: int) -> None:
    code = selfies.picture(f"sitter-{number:02}")
    lying = np.ascontiguousarray(np.rot90(code, 1))
    assert not shared().detect(lying)
    assert isinstance(refused(save(lying, "PNG")), errors.NotUpright)


# A print with a border

BORDERS: dict[str, tuple[tuple[int, int, int], tuple[float, float, float, float], float, float]] = {
    # color; width above, below, left and right over the longer side; grain; degrees that the print is turned
    "thin and white": ((255, 255, 255), (0.02, 0.02, 0.02, 0.02), 0, 0),
    "black": ((4, 4, 4), (0.05, 0.05, 0.05, 0.05), 0, 0),
    "red": ((180, 40, 40), (0.04, 0.04, 0.04, 0.04), 0, 0),
    "polaroid": ((245, 244, 238), (0.06, 0.2, 0.05, 0.05), 0, 0),
    "scanned": ((240, 238, 230), (0.05, 0.1, 0.03, 0.08), 5, 1),
}


def bordered(code: Code, kind: str) -> Code:
    color, widths, grain, turn = BORDERS[kind]
    above, below, left, right = (round(width * max(code.shape[:2])) for width in widths)
    framed = cv2.copyMakeBorder(code, above, below, left, right, cv2.BORDER_CONSTANT, value=color)
    height, width = framed.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1)
    framed = cv2.warpAffine(framed, matrix, (width, height), borderValue=color)
    draw = np.random.default_rng(2).normal(0, grain, framed.shape)
    return np.asarray(np.clip(framed + draw, 0, 255), np.uint8)


@pytest.mark.faces
@pytest.mark.parametrize("name", ["border", "even-border"])
def test_case_print_with_a_white_border(name: str, cases: Path) -> None:
    refusal = refused((cases / "print-with-a-white-border" / f"{name}.jpg").read_bytes())
    assert isinstance(refusal, errors.Framed)


@pytest.mark.parametrize("kind", BORDERS)
def test_a_border_of_any_color_is_refused(kind: str) -> None:
    code = bordered(selfies.picture(CLOSE), kind)
    assert isinstance(refused(save(code, "JPEG", quality=80)), errors.Framed)


@pytest.mark.faces
@pytest.mark.parametrize("kind", BORDERS)
def test_borders_are_told_from_photographs(kind: str, faces: Path) -> None:
    for name in selfies.FIT[::3]:
        code = selfies.picture(name)
        assert has_border(bordered(code, kind))
        assert not has_border(code)


@pytest.mark.faces
def test_no_photograph_of_people_has_a_border(faces: Path) -> None:
    for path in sorted(faces.parent.glob("people/*.jpg")):
        with Image.open(path) as image:
            assert not has_border(np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("backdrop", [0, 128, 255])
@pytest.mark.parametrize("body", [True, False])
def test_a_plain_backdrop_is_no_border(backdrop: int, body: bool) -> None:
    """A white wall, a dark room: the sitter is cut out by an oval, with or without shoulders below."""
    code = selfies.picture(CLOSE)
    height, width = code.shape[:2]
    seen = np.zeros((height, width), np.uint8)
    cv2.ellipse(
        seen, (width // 2, int(0.45 * height)), (int(0.25 * width), int(0.35 * height)), 0, 0, 360, 1, -1
    )
    if body:
        cv2.ellipse(seen, (width // 2, height), (int(0.4 * width), int(0.3 * height)), 0, 0, 360, 1, -1)
    alone = np.where(seen[..., None] > 0, code, np.uint8(backdrop))
    assert not has_border(alone)
    run.look(save(alone, "PNG"), shared())
