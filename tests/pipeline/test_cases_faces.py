"""Pictures of faces that failed once at some service or library, each with its whole kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from render.pipeline import errors, run
from render.pipeline.contract import Code, Double
from render.pipeline.faces import topology
from render.pipeline.faces.mediapipe import shared

from . import selfies
from .files import save
from .selfies import CLOSE, ENLARGED, SITTER

ON_A_FACE = [ENLARGED, pytest.param(SITTER, marks=pytest.mark.faces)]


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


@pytest.mark.parametrize("name", ON_A_FACE)
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


@pytest.mark.parametrize("name", [CLOSE, ENLARGED, pytest.param(SITTER, marks=pytest.mark.faces)])
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
