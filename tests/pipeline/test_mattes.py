"""The measure of mattes reads what was done to them, and the command prints it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from render.pipeline.contract import Float
from render.pipeline.evaluation import mattes
from render.pipeline.faces import topology

from . import selfies
from .files import save

FACE = selfies.landmarks
SHAPE = (600, 600)


def matte() -> Float:
    """A head with a soft rim."""
    disc = cv2.circle(np.zeros(SHAPE, np.float32), (300, 280), 200, 1.0, -1)
    return np.asarray(cv2.GaussianBlur(disc, (0, 0), 4))


def color(*rgb: float) -> Float:
    return np.broadcast_to(np.array(rgb, np.float32), (*SHAPE, 3)).copy()


def read(found: Float, colors: Float) -> mattes.MatteError:
    truth = (matte(), color(0.3, 0.2, 0.1))
    return mattes.compared("somebody", "a wall", "with networks", truth, (found, colors), FACE(selfies.CLOSE))


def test_the_truth_has_no_error() -> None:
    found = read(matte(), color(0.3, 0.2, 0.1))
    assert (found.absolute, found.gradient, found.spill) == (0, 0, 0)


def test_what_is_missing_is_a_share_of_the_face() -> None:
    oval = cv2.convexHull(np.rint(FACE(selfies.CLOSE).points[topology.FACE_OVAL, :2]).astype(np.int32))
    area = cv2.contourArea(oval)
    hole = np.zeros(SHAPE, np.float32)
    hole[250:300, 280:320] = 0.5  # in the middle, where the matte is 1
    less = np.asarray(matte() - hole)
    found = read(less, color(0.3, 0.2, 0.1))
    assert found.absolute == pytest.approx(50 * 40 * 0.5 / area, rel=0.05)
    assert found.gradient > 0
    assert found.spill == 0


def test_a_harder_rim_is_told_by_its_gradient() -> None:
    hard = (matte() > 0.5).astype(np.float32)
    soft = np.asarray(cv2.GaussianBlur(matte(), (0, 0), 2))
    assert read(hard, color(0.3, 0.2, 0.1)).gradient > 10 * read(soft, color(0.3, 0.2, 0.1)).gradient > 0


def test_the_background_s_color_along_the_rim_is_spill() -> None:
    tinted = color(0.3, 0.2, 0.1)
    assert read(matte(), tinted + 0.5 * (color(0.1, 0.2, 0.6) - tinted)).spill > 10
    tinted[matte() > 0.95] = 0  # deep inside nobody looks
    assert read(matte(), tinted).spill == 0


@pytest.mark.slow
def test_the_command_sets_a_sitter_before_every_background(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mattes, "LONG_SIDE", 400)
    pictures, out = tmp_path / "pictures", tmp_path / "out"
    pictures.mkdir()
    (pictures / "eileen.jpg").write_bytes(save(selfies.picture(selfies.CLOSE), "JPEG", quality=95))
    (pictures / "nobody.jpg").write_bytes(save(selfies.nobody(), "JPEG", quality=95))
    assert mattes.main(["--pictures", str(pictures), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "nobody: There is no face" in said.err
    rows = json.loads((out / "mattes.json").read_text())
    assert [(row["background"], row["cut"]) for row in rows] == list(
        itertools.product(mattes.BACKGROUNDS, mattes.CUTS)
    )
    for row in rows:
        assert 0 < row["absolute"] < 1
        assert f"| {row['cut']} | {row['background']} | 1 |" in said.out
    assert len({row["absolute"] for row in rows}) == len(rows)  # both were tried
    assert mattes.main(["--pictures", str(pictures), "--out", str(out), "--only", "somebody"]) == 2
