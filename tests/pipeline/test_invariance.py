"""The measure of invariance: the same places are compared, and only what is asked for may be refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from render.pipeline import errors
from render.pipeline.contract import Double
from render.pipeline.evaluation import invariance
from render.pipeline.evaluation.conditions import CONDITIONS, Condition
from render.pipeline.evaluation.invariance import Difference, Trial, corresponding, expected

from . import selfies
from .files import save


def points() -> Double:
    """Landmarks of a face on a canvas, (478, 2)."""
    return np.array(selfies.landmarks(selfies.CLOSE).points[:, :2])


def test_the_same_points_are_at_the_same_places() -> None:
    x, y = corresponding(points(), points(), (600, 600, 3))
    columns, rows = np.meshgrid(np.arange(600), np.arange(600))
    assert np.abs(x - columns).max() < 1e-3
    assert np.abs(y - rows).max() < 1e-3


def test_another_frame_is_undone_everywhere() -> None:
    """Half as large and moved, also far from the face."""
    x, y = corresponding(points(), 0.5 * points() + [40, 10], (600, 600, 3))
    columns, rows = np.meshgrid(np.arange(600) + 0.5, np.arange(600) + 0.5)
    assert np.abs(x + 0.5 - (0.5 * columns + 40)).max() < 1e-3
    assert np.abs(y + 0.5 - (0.5 * rows + 10)).max() < 1e-3


def test_a_moved_nose_is_followed_and_nothing_else_is() -> None:
    moved = points()
    near = np.linalg.norm(moved - moved[4], axis=1) < 30
    moved[near, 0] += 6
    x, _ = corresponding(points(), moved, (600, 600, 3))
    nose, chin = (np.rint(points()[one]).astype(int) for one in (4, 152))
    assert x[nose[1], nose[0]] - nose[0] == pytest.approx(6, abs=1)
    assert x[chin[1] - 4, chin[0]] - chin[0] == pytest.approx(0, abs=1)


def test_a_face_is_found_on_its_photograph_again() -> None:
    code = selfies.picture(selfies.CLOSE)
    identity = selfies.identity(selfies.CLOSE)
    face, matte = invariance.on_photograph(identity, code.shape)
    assert face.points == pytest.approx(selfies.landmarks(selfies.CLOSE).points, abs=1e-6)
    assert matte.shape == code.shape[:2]
    x, y = np.rint(face.points[4, :2]).astype(int)
    assert matte[y, x] > 0.95
    assert matte[5, 5] < 0.05


def test_only_the_refusal_that_is_asked_for_is_right() -> None:
    assert expected(CONDITIONS["sun patch"], errors.SunPatch())
    assert not expected(CONDITIONS["sun patch"], errors.Filtered())
    assert expected(CONDITIONS["backlit by 3"], errors.Backlit())
    assert not expected(CONDITIONS["tube light"], errors.Backlit())
    unnamed = Condition(CONDITIONS["night"].function, "refused")
    assert expected(unnamed, errors.TooDark())


def difference(**values: Any) -> Difference:
    """Two portraits that are alike, but for ``values``."""
    return replace(Difference("executive", 1.0, 2.0, 0.5, 1.0, 0.1, 1.0, 0.01), **values)


@pytest.mark.parametrize(
    "broken", [{"skin": 4.1}, {"skin_p95": 8.1}, {"distance": 0.21}, {"iris": 5.1}, {"matte": 0.016}]
)
def test_every_goal_counts(broken: dict[str, float]) -> None:
    assert difference().kept
    assert not difference(**broken).kept


def test_tables_count_by_condition_and_by_skin_and_name_what_is_wrong() -> None:
    rows = [
        Trial("a", "night", "dark", portraits=[difference(), difference(skin=6.0)]),
        Trial("b", "night", "light", refused="filtered", right=False),
        Trial("b", "white wall", "light", portraits=[difference(lighter=2.5)]),
        Trial("c", "", "", refused="turned_away"),
    ]
    said = invariance.tables(rows)
    assert "2 sitters; the good picture is refused of c (turned_away)." in said
    assert "| night | 2 | 1 | 0 | 2 | 3.5 | 6.0 |" in said
    assert "| dark | 1 | 0 | 0 | 2 | 3.5 | 6.0 |" in said
    assert "| executive | light | 1 | +2.5 | +2.5 | +1.0 | +1.0 |" in said
    assert "| b | night | filtered |" in said


@pytest.mark.slow
def test_the_command_compares_what_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A messenger changes next to nothing; an upside-down picture is refused, and rightly."""
    pictures, out = tmp_path / "pictures", tmp_path / "out"
    pictures.mkdir()
    (pictures / "eileen.jpg").write_bytes(save(selfies.picture(selfies.CLOSE), "JPEG", quality=95))
    words = ["--pictures", str(pictures), "--out", str(out), "--styles", "studio_white", "--processes", "1"]
    assert invariance.main([*words, "--conditions", "messenger;upside down", "--sheets"]) == 0
    assert "1 sitters" in capsys.readouterr().out
    sent, turned = json.loads((out / "invariance.json").read_text())["trials"]
    assert (turned["refused"], turned["right"]) == ("not_upright", True)
    (portrait,) = sent["portraits"]
    assert portrait["skin"] < 2
    assert portrait["distance"] < 0.2
    assert cv2.imread(str(out / "eileen messenger studio_white.png")) is not None
    assert invariance.main([*words, "--conditions", "fog"]) == 2
