"""What covers, paints and stretches a face gets its own answer, and what only looks like it is taken."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from render.pipeline import errors, run
from render.pipeline.color import srgb
from render.pipeline.contract import Code, Float, Landmarks
from render.pipeline.evaluation import coach, disguises
from render.pipeline.evaluation.coach import CASES, TAKEN, Answer
from render.pipeline.evaluation.light_conditions import window_light
from render.pipeline.faces import topology
from render.pipeline.faces.mediapipe import shared
from render.pipeline.faces.patch import Face, hull, inside
from render.pipeline.faces.unmasked import LEAST, eyes, mouth, patched
from render.pipeline.faces.unpainted import painted

from . import selfies
from .files import save
from .selfies import ASTRONAUT, CLOSE, ENLARGED

SAMPLE = [
    "a patch over one eye",
    "clear glasses",
    "full beard, black",
    "full beard, white",
    "mask, surgical, blue",
    "mask, black",
    "mask, of the skin's color",
    "sunglasses, dark",
    "sunglasses, mirrored",
    "a cat's nose and whiskers",
    "a cry",
]
"""What no other test makes; all of `CASES` are asked by the command."""

ON_A_FACE = ["a laugh", "mask, of the skin's color", "a cat's nose and whiskers"]


def said(code: Code) -> str:
    try:
        run.look(save(code, "PNG"), shared())
    except errors.Refused as refusal:
        return refusal.code
    return TAKEN


def spoiled(case: str, name: str) -> Code:
    picture = CASES[case].paint(selfies.picture(name), selfies.landmarks(name))
    assert isinstance(picture, np.ndarray)
    return picture


@pytest.mark.parametrize("case", SAMPLE)
def test_each_case_gets_its_right_answer(case: str) -> None:
    assert said(spoiled(case, ASTRONAUT)) == CASES[case].right


@pytest.mark.faces
@pytest.mark.parametrize("case", ON_A_FACE)
def test_each_case_gets_its_right_answer_on_a_sitter(case: str) -> None:
    assert said(spoiled(case, "sitter-06")) == CASES[case].right


def test_every_case_names_a_refusal_that_there_is() -> None:
    codes = {kind.code for kind in errors.Refused.__subclasses__()}
    assert {case.right for case in CASES.values()} <= codes | {TAKEN}


# Laws of what is measured


def light(code: Code) -> Float:
    return srgb.decode(code.astype(np.float32) / 255)


@cache
def masked() -> Code:
    return disguises.mask(selfies.picture(CLOSE), selfies.landmarks(CLOSE))


def mirrored(face: Landmarks, width: int) -> Landmarks:
    first, second = (
        points[topology.MIRROR] * [-1, 1, 1] + [width, 0, 0] for points in (face.first, face.second)
    )
    return replace(face, first=first, second=second)


def test_a_mirror_and_less_light_change_nothing_that_is_seen() -> None:
    face = selfies.landmarks(CLOSE)
    for code in (selfies.picture(CLOSE), masked()):
        seen = mouth(Face(light(code), face)).seen
        turned = light(np.ascontiguousarray(code[:, ::-1]))
        assert mouth(Face(turned, mirrored(face, code.shape[1]))).seen == pytest.approx(seen, abs=0.3)
        assert mouth(Face(light(code) / 3, face)).seen == pytest.approx(seen, rel=0.25, abs=0.3)


def test_a_mask_hides_what_a_beard_leaves() -> None:
    code, face = selfies.picture(CLOSE), selfies.landmarks(CLOSE)
    for color in disguises.BEARDS.values():
        assert mouth(Face(light(disguises.beard(code, face, color)), face)).seen > 2 * LEAST
    for cloth in disguises.CLOTHS.values():
        assert mouth(Face(light(disguises.mask(code, face, cloth)), face)).seen < LEAST


def test_lenses_hide_eyes_unless_they_are_clear() -> None:
    code, face = selfies.picture(CLOSE), selfies.landmarks(CLOSE)

    def covered(lens: disguises.Lens) -> bool:
        return all(eye.covered for eye in eyes(Face(light(disguises.glasses(code, face, lens)), face)))

    assert not covered(disguises.CLEAR)
    assert all(covered(lens) for lens in disguises.LENSES.values())


def test_a_patch_covers_one_eye_and_is_dark() -> None:
    code, face = selfies.picture(CLOSE), selfies.landmarks(CLOSE)
    worn = disguises.eye_patch(code, face)
    turned = mirrored(face, code.shape[1])
    both = np.minimum(worn, disguises.eye_patch(code[:, ::-1], turned)[:, ::-1])
    x, y = face.points[topology.RIGHT_CHEEK, :2].mean(axis=0).astype(int)
    palm = np.where((worn != code).any(axis=-1, keepdims=True), code[y, x], code)
    shown = [eyes(Face(light(one), face)) for one in (worn, both, palm, code)]
    assert [patched(seen) for seen in shown] == [0, None, None, None]
    assert [any(eye.covered for eye in seen) for seen in shown] == [True, True, True, False]


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_patch_is_one_beside_a_window_too(side: Literal["left", "right"]) -> None:
    """The other eye may lie in the shade."""
    code, face = selfies.picture(CLOSE), selfies.landmarks(CLOSE)
    beside = window_light(disguises.eye_patch(code, face), face, side)
    assert patched(eyes(Face(light(beside), face))) == 0
    for lens in disguises.LENSES.values():
        worn = window_light(disguises.glasses(code, face, lens), face, side)
        assert patched(eyes(Face(light(worn), face))) is None


def test_neither_whiskers_alone_nor_a_nose_alone_is_a_filter() -> None:
    """A scar, a strand of hair, a sunburn."""
    code, face = selfies.picture(CLOSE), selfies.landmarks(CLOSE)
    drawn = disguises.cat(code, face)
    nose = inside(code.shape, 1.5 * (at := hull(face.points[topology.NOSE, :2])) - 0.5 * at.mean(axis=0))
    assert painted(Face(light(drawn), face)).by_a_filter
    for part in (nose, ~nose):
        half = np.where(part[..., None], drawn, code)
        assert not painted(Face(light(half), face)).by_a_filter


@pytest.mark.parametrize("wide", [0.2, 0.3, 0.45])
def test_a_jaw_drops_as_far_as_it_is_told(wide: float) -> None:
    code = disguises.open_mouth(selfies.picture(ENLARGED), selfies.landmarks(ENLARGED), wide)
    face = shared().landmarks(code)
    assert np.linalg.norm(np.subtract(*face.points[[13, 14]])) / face.ipd == pytest.approx(wide, abs=0.08)


def test_what_is_put_on_changes_nothing_else() -> None:
    code, face = selfies.picture(CLOSE), selfies.landmarks(CLOSE)
    before = code.copy()
    nose = face.points[topology.NOSE_BRIDGE, 1]
    lips = face.points[topology.LIPS_INNER, 1].max()
    assert np.array_equal(masked()[: int(nose - 0.3 * face.ipd)], code[: int(nose - 0.3 * face.ipd)])
    assert np.array_equal(disguises.glasses(code, face, disguises.CLEAR)[int(lips) :], code[int(lips) :])
    cry = disguises.open_mouth(code, face, 0.6)
    assert np.array_equal(cry[: int(nose)], code[: int(nose)])
    assert np.array_equal(code, before)


# The command


ANSWERS = [
    Answer(f"person-{number:02}", "tan" if number % 2 else "light", case, right, right)
    for number in range(1, 21)
    for case, right in (("as it is", TAKEN), ("a cry", "mouth_open"))
]


def test_no_goal_is_missed_where_every_answer_is_right() -> None:
    assert coach.missed(ANSWERS) == []


def test_a_refused_good_picture_in_twenty_and_a_case_got_wrong_are_told() -> None:
    one = [replace(ANSWERS[0], said="covered"), *ANSWERS[1:]]
    (told,) = coach.missed(one)
    assert "1 of 20 good pictures" in told
    wrong = [replace(ANSWERS[at], said=TAKEN) if at % 4 == 1 else ANSWERS[at] for at in range(len(ANSWERS))]
    (told,) = coach.missed(wrong)
    assert told.startswith("a cry: 10 of 20")
    table = coach.tables(one, held_out=["person-02"])
    assert "| as it is | taken | 18 of 19 | 1 of 1 | person-01: covered |" in table
    assert "| tan | 10 | 1 | 10.0% |" in table


def test_the_command_asks_and_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "somebody.jpg").write_bytes(save(selfies.picture(ENLARGED), "JPEG", quality=92))
    chosen = {name: CASES[name] for name in ("as it is", "sunglasses, dark")}
    monkeypatch.setattr(coach, "CASES", chosen)
    monkeypatch.setattr(
        coach, "_all", lambda paths, _: [one for at in paths for one in coach.ask(at, chosen)]
    )
    arguments = ["--pictures", str(tmp_path), "--out", str(tmp_path / "out")]
    assert coach.main(arguments) == 0
    found = json.loads((tmp_path / "out" / "coach.json").read_text())
    assert [one["said"] for one in found] == [TAKEN, "covered"]
    assert coach.main([*arguments, "--only", "nobody"]) == 2
