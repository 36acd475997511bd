"""The stranger tells people apart, and the measure of eyes reads what was done to them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from render.pipeline.color import srgb
from render.pipeline.contract import Float
from render.pipeline.evaluation import irises, judge, stranger
from render.pipeline.faces import iris
from render.pipeline.networks import weights

from . import selfies
from .files import save


def light() -> Float:
    return srgb.decode(selfies.picture(selfies.CLOSE).astype(np.float32) / 255)


def darkened(picture: Float, stops: float) -> Float:
    """Both irises, and nothing else."""
    mask = np.zeros(picture.shape[:2], np.float32)
    for eye in iris.both(picture, selfies.landmarks(selfies.CLOSE)):
        cv2.circle(mask, tuple(int(v) for v in eye.center), int(eye.radius) + 2, 1.0, -1)
    return np.asarray(picture * (2.0 ** (stops * mask))[..., None], np.float32)


# The stranger


def test_a_picture_saved_again_is_the_same_person() -> None:
    picture, points = selfies.picture(selfies.CLOSE), selfies.landmarks(selfies.CLOSE).points
    first = stranger.embedding(picture, points)
    assert first.shape == (128,)
    assert stranger.distance(first, first) == 0
    assert stranger.distance(first, stranger.embedding(selfies.jpeg_again(picture, 60), points)) < 0.1


@pytest.mark.faces
def test_somebody_else_is_not() -> None:
    names = (selfies.CLOSE, "sitter-06", "sitter-09")
    found = [stranger.embedding(selfies.picture(name), selfies.landmarks(name).points) for name in names]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert stranger.distance(found[one], found[other]) > 0.55


def test_without_its_weights_it_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(weights, "folder", lambda: tmp_path)
    stranger._networks.cache_clear()
    with pytest.raises(weights.NoWeights, match="face-alignment is not installed"):
        stranger.embedding(selfies.picture(selfies.CLOSE), selfies.landmarks(selfies.CLOSE).points)
    stranger._networks.cache_clear()


# The eyes


def test_an_unchanged_picture_has_unchanged_eyes() -> None:
    for gain in (1.0, 0.5, np.array([0.6, 0.5, 0.4], np.float32)):
        portrait = np.asarray(light() * gain, np.float32)
        found = irises.changes(light(), portrait, selfies.landmarks(selfies.CLOSE))
        assert len(found) == 2
        for eye in found:
            assert abs(eye.stops) < 0.03
            assert eye.difference < 0.3


@pytest.mark.parametrize("stops", [-1.0, -0.5, 0.4])
def test_a_darker_iris_is_read_in_stops(stops: float) -> None:
    found = irises.changes(light(), darkened(light(), stops), selfies.landmarks(selfies.CLOSE))
    assert [eye.stops for eye in found] == pytest.approx([stops, stops], abs=0.08)
    assert min(eye.difference for eye in found) > 1


def test_in_black_and_white_nothing_but_lightness_counts() -> None:
    gray = np.repeat(srgb.luminance(light())[..., None], 3, axis=-1)
    face = selfies.landmarks(selfies.CLOSE)
    assert max(eye.difference for eye in irises.changes(light(), gray, face, monochrome=True)) < 0.3
    assert max(eye.difference for eye in irises.changes(light(), gray, face)) > 3


# The command


@pytest.mark.slow
def test_the_command_judges_what_is_taken_and_names_what_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures, out = tmp_path / "pictures", tmp_path / "out"
    pictures.mkdir()
    (pictures / "eileen.jpg").write_bytes(save(selfies.picture(selfies.CLOSE), "JPEG", quality=95))
    (pictures / "nobody.jpg").write_bytes(save(selfies.nobody(), "JPEG", quality=95))
    words = ["--pictures", str(pictures), "--out", str(out), "--styles", "corporate", "--processes", "1"]
    assert judge.main(words) == 0
    assert "2 pictures, 1 of them not taken; 1 portraits." in capsys.readouterr().out
    taken, refused = json.loads((out / "judge.json").read_text())["sittings"]
    assert (taken["sitter"], refused["sitter"]) == ("eileen", "nobody")
    assert refused["refused"].startswith("There is no face")
    (portrait,) = taken["portraits"]
    assert 0.05 < portrait["distance"] < stranger.SAME
    assert len(portrait["stops"]) == len(portrait["colors"]) == 2
    assert judge.main([*words, "--only", "somebody"]) == 2


def test_tables_count_by_style_and_by_skin() -> None:
    def row(style: str, skin: str, distance: float, refused: str = "") -> judge.Portrait:
        return judge.Portrait("a", style, skin, distance, (-0.5,), (2.0,), refused)

    rows = [row("noir", "dark", 0.4, "unsteady"), row("noir", "light", 0.2), row("garden", "light", 0.1)]
    said = judge.tables([judge.Sitting("a", portraits=rows), judge.Sitting("b", refused="No face.")])
    assert "| noir | 2 | 0.300 | 0.400 | -0.50 | 2.0 | 1 |" in said
    assert "| light | 2 | 0.150 | 0.200 | -0.50 | 2.0 | 0 |" in said
    assert said.index("| garden |") < said.index("| noir |")
    assert "| b | No face. |" in said
